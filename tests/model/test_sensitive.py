"""A sealed value in memory cannot be printed by accident."""

from __future__ import annotations

import base64
import copy
import json
import pickle
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary import Canary
from sealkit.model.sensitive import Sensitive
from sealkit.printable import MASK
from sealkit.reveal import Redactor, reveal, reveal_tree, spellings


def test_every_way_to_print_it_shows_the_mask(canary: Canary) -> None:
    value = Sensitive(canary.secret(), mask="postgres://app:***@db")
    shown = [str(value), repr(value), f"{value}", f"{value!r:>40}", "%s" % value, str([value]), repr({"a": value})]  # noqa: UP031
    for text in shown:
        canary.hear("shown", text)
        assert "***" in text


def test_it_is_neither_pickled_nor_dumped(canary: Canary) -> None:
    value = Sensitive(canary.secret())
    for way in (pickle.dumps, copy.copy, json.dumps):
        with pytest.raises(TypeError) as caught:
            way(value)
        canary.hear("exception", str(caught.value))


def test_only_reveal_gets_the_value(canary: Canary) -> None:
    secret = canary.secret()
    value = Sensitive(secret)
    assert reveal(value) == secret
    assert reveal_tree({"a": [value, 1, None]}) == {"a": [secret, 1, None]}
    assert value == Sensitive(secret)
    assert value != Sensitive("other")
    assert Sensitive(1) != Sensitive(True)
    with pytest.raises(TypeError):
        reveal(["a list slips through nowhere"])


@given(st.binary(max_size=5), st.text(min_size=6, max_size=40), st.binary(max_size=5))
def test_spellings_hold_every_base64_alignment(before: bytes, value: str, after: bytes) -> None:
    data = before + value.encode("utf-8", "surrogatepass") + after
    encoded = base64.b64encode(data).decode()
    assert any(spelling in encoded for spelling in spellings(value))
    urlsafe = base64.urlsafe_b64encode(data).decode()
    assert any(spelling in urlsafe for spelling in spellings(value))


def test_the_redactor_masks_every_spelling(canary: Canary) -> None:
    secret = canary.secret(prefix='p"w/ ', suffix="+ü")
    redactor = Redactor([Sensitive(secret), 7, True, None])
    for text in (
        f"got &{{{secret}}}",
        json.dumps({"value": secret}),
        base64.b64encode(secret.encode()).decode(),
        urllib.parse.quote(secret, safe=""),
    ):
        cleaned = redactor.clean(text)
        assert MASK in cleaned
        canary.hear("cleaned", cleaned)
