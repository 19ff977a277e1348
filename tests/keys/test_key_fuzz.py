"""Damaged key files and data keys: a clear error or None, never a crash and never a hang."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keys_lab import ssh_key

from sealkit.errors import SealkitError
from sealkit.keys import identities
from sealkit.keys.identity_sources import Source
from sealkit.keys.keyring import Keyring
from sealkit.sealed.metadata import Recipient, Wrapped

pytestmark = pytest.mark.slow


@cache
def whole(kind: str) -> bytes:
    """A valid key file of each kind."""
    if kind == "age":
        return f"# c\n{pyrage.x25519.Identity.generate()}\n".encode()
    with TemporaryDirectory() as folder:
        name, _, form = kind.partition("-")
        ssh_key(Path(folder) / "k", kind=name, form=form)
        return (Path(folder) / "k").read_bytes()


@given(
    st.sampled_from(["age", "ed25519", "rsa", "rsa-PEM"]),
    st.integers(0, 1 << 16),
    st.binary(max_size=4),
    st.integers(0, 4),
)
@settings(max_examples=400, deadline=None)
def test_damaged_key_files(kind: str, at: int, put: bytes, drop: int) -> None:
    data = whole(kind)
    at %= len(data)
    with suppress(SealkitError):
        identities.read(data[:at] + put + data[at + drop :], "k")


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_for_a_key_file(data: bytes) -> None:
    with suppress(SealkitError):
        identities.read(data, "k")


@pytest.mark.parametrize("kind", ["x25519", "ed25519", "rsa"])
def test_damaged_data_keys(kind: str, tmp_path: Path) -> None:
    if kind == "x25519":
        key = pyrage.x25519.Identity.generate()
        text, public = str(key), key.to_public()
        who = str(public)
    else:
        who = ssh_key(tmp_path / "k", kind=kind)
        text, public = (tmp_path / "k").read_text(), pyrage.ssh.Recipient.from_str(who)
    enc = pyrage.encrypt(b"x" * 32, [public], armored=True).decode()
    held = Keyring([Source("k", text=text)], os.environ)
    assert held.first([Wrapped(Recipient("age", who), enc)]) == b"x" * 32
    for at in range(40, len(enc) - 40, 7):
        for char in "A/\n-":
            changed = enc[:at] + char + enc[at + 1 :]
            if changed != enc:
                assert held.first([Wrapped(Recipient("age", who), changed)]) is None
