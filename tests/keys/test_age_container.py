"""The age file format: what is parsed, what is rejected, and that bad input raises nothing but ValueError."""

from __future__ import annotations

import base64
import os
from contextlib import suppress

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sealkit.keys import age_format, bech32
from sealkit.keys.age_format import Stanza

WORDS = st.text("abcXYZ019+/-_", min_size=1, max_size=20)
STANZAS = st.lists(
    st.builds(Stanza, WORDS, st.lists(WORDS, max_size=3).map(tuple), st.binary(max_size=200)), min_size=1, max_size=5
)


@given(STANZAS, st.binary(min_size=1, max_size=64))
def test_what_is_written_is_read(stanzas: list[Stanza], plaintext: bytes) -> None:
    file_key = os.urandom(16)
    file = age_format.parse(age_format.encrypt(stanzas, file_key, plaintext))
    assert list(file.stanzas) == stanzas
    assert age_format.decrypt(file, file_key) == plaintext
    with pytest.raises(ValueError, match="header"):
        age_format.decrypt(file, os.urandom(16))


@given(st.integers(0, 10_000), st.integers(1, 255), st.booleans())
@settings(max_examples=300)
def test_a_changed_file_never_ends_in_another_error(at: int, mask: int, cut: bool) -> None:
    key = pyrage.x25519.Identity.generate()
    text = pyrage.encrypt(b"x" * 32, [key.to_public()], armored=True).decode()
    data = bytearray(age_format.unarmor(text))
    at %= len(data)
    changed = bytes(data[:at]) if cut else bytes(data[:at]) + bytes([data[at] ^ mask]) + bytes(data[at + 1 :])
    body = base64.b64encode(changed).decode()
    with suppress(ValueError):
        age_format.parse(f"-----BEGIN AGE ENCRYPTED FILE-----\n{body}\n-----END AGE ENCRYPTED FILE-----\n")
    with suppress(ValueError):
        age_format.parse(text[:at])


def test_reads_what_pyrage_writes() -> None:
    key = pyrage.x25519.Identity.generate()
    file = age_format.parse(pyrage.encrypt(b"x" * 32, [key.to_public()] * 3, armored=True).decode())
    assert [stanza.type for stanza in file.stanzas].count("X25519") == 3
    assert all(len(stanza.body) == 32 for stanza in file.stanzas if stanza.type == "X25519")


@given(st.text("abcdefgh-", min_size=1, max_size=12), st.binary(max_size=1300))
def test_bech32_both_ways(prefix: str, data: bytes) -> None:
    text = bech32.encode(prefix, data)
    assert bech32.decode(text) == (prefix, data)
    assert bech32.decode(text.upper()) == (prefix, data)


def test_bech32_is_what_age_writes() -> None:
    key = pyrage.x25519.Identity.generate()
    for text in (str(key.to_public()), str(key).lower()):
        prefix, data = bech32.decode(text)
        assert bech32.encode(prefix, data) == text
        assert len(data) == 32


@pytest.mark.parametrize(
    "text", ["", "1", "age1", "Age1qqqqqqq", "age1qqqqqqb", "age1qqqqqqq", "agé1qqqqqqq", "a" * 99]
)
def test_invalid_bech32(text: str) -> None:
    with pytest.raises(ValueError, match=r"case|short|character|checksum"):
        bech32.decode(text)
