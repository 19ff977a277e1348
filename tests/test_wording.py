"""Numbers with their noun and verb, and articles."""

from __future__ import annotations

import pytest

from sealkit.wording import article, count, counted


@pytest.mark.parametrize(
    ("number", "noun", "text"),
    [
        (0, "file", "0 files"), (1, "file", "1 file"), (2, "file", "2 files"), (2, "policy", "2 policies"),
        (2, "key", "2 keys"), (1, "policy", "1 policy"), (3, "branch", "3 branches"), (2, "address", "2 addresses"),
    ],
)  # fmt: skip
def test_count(number: int, noun: str, text: str) -> None:
    assert count(number, noun) == text


@pytest.mark.parametrize(
    ("number", "verb", "text"),
    [
        (1, "is", "1 value is"), (2, "is", "2 values are"), (1, "has", "1 value has"), (0, "has", "0 values have"),
        (1, "needs", "1 value needs"), (2, "needs", "2 values need"),
    ],
)  # fmt: skip
def test_counted(number: int, verb: str, text: str) -> None:
    assert counted(number, "value", verb) == text


@pytest.mark.parametrize(("noun", "text"), [("error", "an error"), ("file", "a file"), ("Ingress", "an Ingress")])
def test_article(noun: str, text: str) -> None:
    assert article(noun) == text
