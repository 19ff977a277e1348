"""Values that are one expression with a literal, shown as the literal: the parser then says what stands around it.

`password: {{ .Values.password | default "X" | quote }}` and `POSTGRES_PASSWORD: ${PW:-X}` publish X like `password: "X"` does.
"""

from __future__ import annotations

import re

from sealkit.secrets.text.fallbacks import Fallback, fallbacks

_BEFORE = re.compile(
    r"(?:^[ \t]*(?:- +)?|[ \t{,]|- +)(?:[\"']?[\w./-]{1,253}[\"']?[ \t]*:[ \t]*|- +)(?:[!&][\w!-]{1,40}[ \t]+)?(?P<quote>[\"']?)\Z",
    re.MULTILINE,
)
_AFTER = re.compile(r"[ \t]*(?:[,}\]]|#|\r?$)", re.MULTILINE)
_REACH = 300


def shown(text: str) -> str:
    """The text, as long and with the same lines, in which every value that is one expression is the literal that it may yield,
    in quotes at the place where the expression began."""
    pieces: list[str] = []
    done = 0
    for item in fallbacks(text):
        if item.start < done or (span := _value(text, item)) is None:
            continue
        start, end = span
        quote = "'" if any(mark in text[item.at : item.stop] for mark in '"\\') and text[item.at - 1] != '"' else '"'
        literal = f"{quote}{text[item.at : item.stop]}{quote}"
        pieces += (text[done:start], literal.ljust(end - start))
        done = end
    return "".join([*pieces, text[done:]]) if done else text


def _value(text: str, item: Fallback) -> tuple[int, int] | None:
    """The span of the value that this expression is, with its quotes; None where it is a part of one."""
    before = _BEFORE.search(text[max(0, item.start - _REACH) : item.start])
    if before is None or "\n" in text[item.start : item.end]:
        return None
    quote = before["quote"]
    if not text.startswith(quote, item.end) or _AFTER.match(text, item.end + len(quote)) is None:
        return None
    return item.start - len(quote), item.end + len(quote)
