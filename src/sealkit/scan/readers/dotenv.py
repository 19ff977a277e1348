"""Dotenv: `export`, quotes of all kinds, also over several lines, comments behind a value."""

from __future__ import annotations

import re

from sealkit.scan.readers.leaves import comments, inside, leaf
from sealkit.scan.readers.mapped import Mapped, plain, unescaped
from sealkit.secrets.fields import Field

_LEFT = re.compile(r"[ \t]*(?:export[ \t]+|-[ \t]+)?(?P<name>[A-Za-z_][\w.-]{0,200})[ \t]*(?P<sign>=|:[ \t])[ \t]*")
_DOUBLE = re.compile(r"\"(?P<value>(?:[^\"\\]|\\.){0,65536})\"[ \t]*(?=#|\r?\n|\Z)", re.DOTALL)
_SINGLE = re.compile(r"(?P<quote>['`])(?P<value>(?:(?!(?P=quote)).){0,65536})(?P=quote)[ \t]*(?=#|\r?\n|\Z)", re.DOTALL)
_BARE = re.compile(r"(?P<value>[^\r\n]*?)(?=[ \t]+#|[ \t]*\r?\n|[ \t]*\Z)")


def read(text: str) -> list[Field] | None:
    """The fields of a file; None where most of its lines assign nothing."""
    commented: list[tuple[int, int]] = []
    fields: list[Field] = []
    at = odd = known = 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        row = text[at:end]
        left = _LEFT.match(row)
        if not row.strip():
            pass
        elif row.lstrip().startswith("#"):
            commented.append((at, end))
        elif left is None:
            odd += 1
            fields += inside(plain(text, at, end))
        else:
            known += 1
            value, stop = _value(text, at + left.end(), end)
            fields += leaf((left["name"],), value)
            line = text.find("\n", stop)
            end = len(text) if line < 0 else line
            if text[stop:end].strip():
                commented.append((stop, end))
        at = end + 1
    if odd > known:
        return None
    return [*fields, *comments(text, commented)]


def _value(text: str, at: int, end: int) -> tuple[Mapped, int]:
    """The value that begins here, and where it ends with its quotes. A quote that is never closed is part of a value."""
    if text[at : at + 1] == '"' and (found := _DOUBLE.match(text, at)):
        return unescaped(text, *found.span("value")), found.end()
    if text[at : at + 1] in {"'", "`"} and (found := _SINGLE.match(text, at)):
        return plain(text, *found.span("value")), found.end()
    found = _BARE.match(text, at, end)
    stop = found.end("value") if found else end
    return plain(text, at, stop), stop
