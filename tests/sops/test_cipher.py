"""One sealed value: its additional data and its type."""

from __future__ import annotations

import base64
import math
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealkit.errors import RefusedError, SealkitError
from sealkit.sops.cipher import Cipher, is_ciphertext, path_data
from sealkit.sops.mac import compute, text_form
from sealkit.yamlspan.scalars import Scalar, Timestamp

SCALARS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])), st.integers(-(2**63), 2**63 - 1), st.booleans(),
    st.floats(allow_nan=False), st.datetimes().map(lambda moment: Timestamp(f"{moment.isoformat(timespec='seconds')}Z")),
)  # fmt: skip


@given(SCALARS, st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=4))
def test_every_type_comes_back(value: Scalar, keys: list[str]) -> None:
    cipher, data = Cipher(os.urandom(32)), path_data(keys)
    sealed = cipher.seal(value, data)
    assert is_ciphertext(sealed) or value == ""
    opened = cipher.open(sealed, data)
    assert opened == value
    assert type(opened) is type(value)


@pytest.mark.parametrize(
    ("value", "text", "kind"),
    [
        (1.0, "1", "float"),
        (0.1, "0.1", "float"),
        (1e22, "10000000000000000000000", "float"),
        (1.5e-7, "0.00000015", "float"),
        (-math.inf, "-Inf", "float"),
        (math.inf, "+Inf", "float"),
        (math.nan, "NaN", "float"),
        (True, "True", "bool"),
        (False, "False", "bool"),
        (420, "420", "int"),
        (Timestamp("2020-01-02T00:00:00Z"), "2020-01-02T00:00:00Z", "time"),
        ("é\x00\udcff", "é\x00\udcff", "str"),
    ],
)
def test_the_text_that_is_sealed_and_hashed(value: Scalar, text: str, kind: str) -> None:
    assert text_form(value) == text
    cipher = Cipher(os.urandom(32))
    sealed = cipher.seal(value, "a:")
    assert sealed.endswith(f",type:{kind}]")
    assert text_form(cipher.open(sealed, "a:")) == text


def parts(sealed: str) -> dict[str, str]:
    return dict(part.split(":", 1) for part in sealed[len("ENC[AES256_GCM,") : -1].split(","))


def joined(**fields: str) -> str:
    return "ENC[AES256_GCM," + ",".join(f"{name}:{text}" for name, text in fields.items()) + "]"


def flipped(encoded: str) -> str:
    raw = bytearray(base64.b64decode(encoded))
    raw[0] ^= 1
    return base64.b64encode(raw).decode()


def test_any_change_is_refused() -> None:
    cipher = Cipher(os.urandom(32))
    sealed = cipher.seal("a value", "a:b:")
    whole = parts(sealed)
    assert joined(**whole) == sealed
    short = base64.b64encode(base64.b64decode(whole["tag"])[:12]).decode()
    longer = base64.b64encode(base64.b64decode(whole["data"]) + base64.b64decode(whole["tag"])[:1]).decode()
    bad = [joined(**{**whole, name: flipped(whole[name])}) for name in ("data", "iv", "tag")]
    bad += [
        joined(**{**whole, "tag": short}),
        joined(**{**whole, "data": longer}),
        sealed[:-1],
        sealed + " ",
        "a value",
    ]
    bad += [
        joined(**{**whole, "type": "number"}),
        joined(**{**whole, "type": "int"}),
        joined(**{**whole, "type": "time"}),
    ]
    bad += [joined(**{**whole, "iv": "AAAA"}), joined(**{**whole, "iv": base64.b64encode(bytes(4096)).decode()})]
    bad += [joined(**{**whole, "tag": "=" * 8}), joined(**{**whole, "data": "A" * 5})]
    for text in bad:
        with pytest.raises(RefusedError):
            cipher.open(text, "a:b:")
    for data in ("a:c:", "a:b", ""):
        with pytest.raises(RefusedError):
            cipher.open(sealed, data)
    with pytest.raises(RefusedError):
        Cipher(os.urandom(32)).open(sealed, "a:b:")
    assert cipher.open(sealed, "a:b:") == "a value"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("9223372036854775808", "int"),
        ("1_0", "int"),
        ("0x1", "int"),
        ("1e400x", "float"),
        ("maybe", "bool"),
        ("now", "time"),
    ],
)
def test_a_type_that_does_not_fit_is_refused_without_the_value(text: str, kind: str) -> None:
    cipher = Cipher(os.urandom(32))
    sealed = cipher.seal(text, "a:").replace("type:str", f"type:{kind}")
    with pytest.raises(RefusedError) as caught:
        cipher.open(sealed, "a:")
    assert text not in caught.value.message


def test_nonces_are_fresh_and_long() -> None:
    cipher = Cipher(os.urandom(32))
    nonces = {parts(cipher.seal("same", "a:"))["iv"] for _ in range(200)}
    assert len(nonces) == 200
    assert all(len(base64.b64decode(nonce)) == 32 for nonce in nonces)


def test_empty_text_and_null_stay_empty() -> None:
    cipher = Cipher(os.urandom(32))
    assert cipher.seal("", "a:") == ""
    assert cipher.open("", "a:") == ""


def test_what_cannot_be_sealed() -> None:
    cipher = Cipher(os.urandom(32))
    for value in (2**63, -(2**63) - 1, "\ud800"):
        with pytest.raises(SealkitError):
            cipher.seal(value, "a:")
    with pytest.raises(RefusedError, match="31 bytes"):
        Cipher(bytes(31))


def test_the_data_key_does_not_show() -> None:
    key = os.urandom(32)
    shown = repr(Cipher(key))
    assert key.hex() not in shown
    assert repr(key) not in shown


def test_the_mac_does_not_cover_value_boundaries() -> None:
    assert compute(["app", "prod"]) == compute(["appp", "rod"])
    assert compute(["a", None, ""]) == compute(["a"])
    assert compute(["a"]) != compute(["a"], only_encrypted=True)
    assert len(compute([])) == 128
