"""Any edit of a sealed file gives one clear error, or the values that were sealed, under their keys."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from real_sops import Bench, opened

from canary import Canary
from sealkit.errors import SealkitError
from sealkit.keys.keyring import Keyring
from sealkit.model.sensitive import Sensitive
from sealkit.reveal import reveal
from sealkit.sealed.file import SealedFile
from sealkit.sops.decrypt import Opened, open_files

pytestmark = pytest.mark.slow

TEXTS = {
    "a.yaml": "# note\na: one\nb:\n    - two\n    - c: three\n      d: 4\ne: true\n",
    "a.json": '{"a": "one", "b": ["two", {"c": "three", "d": 4}], "e": true}',
    "a.env": "# note\na=one\nb=two\n",
    "a.ini": "[s]\na = one\nb = two\n",
    "a.bin": "one two three",
}
PIECES = [
    "\n",
    "---\n",
    "sops:\n",
    "- ",
    ": ",
    "\x00",
    "\ufeff",
    "&a ",
    "*a",
    "!!int ",
    "{",
    "]",
    '"',
    "#",
    "=",
    "[sops]\n",
    "\\u0000",
    "\r",
]


def places(found: Opened) -> set[tuple[object, ...]]:
    """The sealed values by their mapping keys."""
    return {
        (item.route.keys, reveal(value))
        for item, value in zip(found.parsed.items, found.values, strict=True)
        if isinstance(value, Sensitive) and not item.comment
    }


@pytest.fixture
def sealed(bench: Bench) -> dict[str, str]:
    """One file per format, encrypted by the real sops."""
    return {path: bench.encrypt(path, text).decode() for path, text in TEXTS.items()}


@settings(
    max_examples=300, deadline=None, database=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(data=st.data())
def test_no_edit_gives_other_values(sealed: dict[str, str], keyring: Keyring, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(sealed)))
    original = sealed[path]
    expected = places(opened(path, original, keyring))
    text = original
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + data.draw(st.sampled_from([0, 1, 4, 60, 400])))))
        source = data.draw(st.integers(0, len(text)))
        new = data.draw(st.one_of(st.sampled_from(PIECES), st.text(max_size=3), st.just(text[source : source + 80])))
        text = text[:start] + new + text[end:]
    found = open_files({path: SealedFile(path, text.encode("utf-8", "replace"))}, keyring)[path]
    if isinstance(found, SealkitError):
        assert found.message.startswith(path)
        assert "\n" not in found.message
        return
    assert places(found) <= expected
    found.trees()


@settings(
    max_examples=300,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(raw=st.binary(max_size=200), path=st.sampled_from([*sorted(TEXTS), "a.yml", "noend"]))
def test_no_bytes_raise_anything_else(home: object, canary: Canary, raw: bytes, path: str) -> None:
    found = open_files({path: SealedFile(path, raw)}, Keyring.discover(os.environ))[path]
    assert isinstance(found, SealkitError)
