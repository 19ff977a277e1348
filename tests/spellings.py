"""Fake secrets for tests of the reader of free text."""

from __future__ import annotations

import secrets
import string

from sealkit.secrets.spans import Span, secret_spans
from sealkit.secrets.values import Value, grade_value

MARK = "¤"
"""Stands for a secret in the rows of a table of spellings."""


def random_value(length: int = 12) -> str:
    """Letters and digits that the judge takes for random."""
    while True:
        value = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))
        if grade_value(value) is Value.RANDOM and value[0].isalpha():
            return value


def values(text: str) -> list[str]:
    """What the reader takes for secrets in a text."""
    return [text[span.start : span.end] for span in spans(text)]


def spans(text: str) -> list[Span]:
    """The spans of a text without those of tokens."""
    return secret_spans(text, tokens=False)
