"""Shares of a data key: any `threshold` of them give it back, fewer do not. test_key_groups.py tests against the real sops."""

from __future__ import annotations

import itertools
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealkit.errors import RefusedError, SealkitError
from sealkit.sops.shamir import combine, split


@given(st.binary(min_size=1, max_size=64), st.integers(2, 6), st.data())
def test_any_threshold_shares_give_the_secret_back(secret: bytes, count: int, data: st.DataObject) -> None:
    threshold = data.draw(st.integers(2, count))
    shares = split(secret, count, threshold)
    assert {len(share) for share in shares} == {len(secret) + 1}
    for chosen in itertools.combinations(shares, threshold):
        assert combine(chosen) == secret
    assert combine(shares[::-1]) == secret


def test_a_share_too_few_gives_another_secret() -> None:
    secret = os.urandom(32)
    shares = split(secret, 5, 3)
    assert all(combine(pair) != secret for pair in itertools.combinations(shares, 2))


def test_a_known_answer() -> None:
    """1 + 2x over the field of AES: at x=1 it is 3, at x=3 it is 7, at x=0x80 it is 0x1a (0x100 reduced by 0x11b, plus 1)."""
    assert combine([b"\x03\x01", b"\x07\x03"]) == b"\x01"
    assert combine([b"\x03\x01", b"\x1a\x80"]) == b"\x01"


@pytest.mark.parametrize(("count", "threshold"), [(1, 1), (3, 1), (2, 3), (256, 2), (3, 0)])
def test_invalid_thresholds(count: int, threshold: int) -> None:
    with pytest.raises(SealkitError, match="key groups"):
        split(b"x", count, threshold)


@pytest.mark.parametrize(
    "shares", [[], [b"ab"], [b"ab", b"abc"], [b"a\x01", b"b\x01"], [b"a\x01", b"b\x00"], [b"", b""], [b"\x01", b"\x02"]]
)
def test_shares_that_do_not_belong_together(shares: list[bytes]) -> None:
    with pytest.raises(RefusedError):
        combine(shares)
