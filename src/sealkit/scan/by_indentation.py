"""The last resort: Secrets in text that no parser takes, read by indentation alone.

What stands below `data:` or `stringData:` of the mapping that says `kind: Secret`; no other kind.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from sealkit.model.severity import Severity
from sealkit.scan.raw_finding import Raw
from sealkit.scan.stand_ins import neutral
from sealkit.secrets.document_nodes import decoded
from sealkit.secrets.names import is_neutral_name
from sealkit.secrets.places import Place, severity
from sealkit.secrets.spans import shape_of
from sealkit.secrets.values import grade_value

_KIND = re.compile(
    r"^(?P<indent>[ \t]{0,200}(?:- )?)[\"']?kind[\"']?[ \t]*:\s{0,80}(?:[&!]\S{1,80}[ \t]+){0,2}"
    r"[\"']?Secret[\"']?[ \t\r]*,?[ \t]*(?:#.*)?$",
    re.MULTILINE,
)
_DATA = re.compile(r"[\"']?(?P<key>data|stringData)[\"']?[ \t]*:[ \t]*(?:[&!]\S{1,80}[ \t]*)?(?:\{[ \t]*)?(?:#.*)?\Z")
_PAIR = re.compile(
    r"[ \t]*(?P<quote>[\"']?)(?P<key>[\w.-]{1,253})(?P=quote)[ \t]*:[ \t]+(?:[&!]\S{1,80}[ \t]+)?"
    r"(?:\"(?P<dq>(?:[^\"\\]|\\.)*)\"|'(?P<sq>[^']*)'|(?P<bare>[^#\s].*?))[ \t]*,?[ \t]*(?:#.*)?\Z"
)
_BLOCK = re.compile(r"[|>][0-9+-]{0,2}\Z")
_END = re.compile(r"^(?:---|\.\.\.|[A-Z]{3,20}$|```)", re.MULTILINE)


def secrets_in(text: str, first: int = 1) -> Iterator[Raw]:
    """Every key of every Secret in a text whose value is a secret. `first` is the line on which the text begins."""
    text = neutral(text) or text
    ends = [found.start() for found in _END.finditer(text)]
    seen: set[tuple[int, int]] = set()
    for found in _KIND.finditer(text):
        nth = bisect_right(ends, found.start())
        low, high = ends[nth - 1] if nth else 0, ends[nth] if nth < len(ends) else len(text)
        margin = len(found["indent"].expandtabs())
        if (low, margin) not in seen:
            seen.add((low, margin))
            yield from _object(text[low:high], margin, first + text.count("\n", 0, low))


def _object(text: str, margin: int, first: int) -> Iterator[Raw]:
    inside = ""
    block: tuple[int, int, str, list[str]] | None = None
    for line, row in enumerate([*text.splitlines(), "end"], first):
        bare = row.strip()
        if not bare or bare.startswith("#"):
            continue
        depth = len(row.expandtabs()) - len(row.expandtabs().lstrip(" "))
        column = depth + 2 if bare.startswith("- ") else depth
        if block is not None and depth > block[0]:
            block[3].append(bare)
            continue
        if block is not None:
            yield from _judged(block[2], "\n".join(block[3]), block[1], line - 1, inside)
            block = None
        if column == margin:
            inside = found["key"] if (found := _DATA.match(bare.removeprefix("- "))) else ""
        elif column < margin:
            inside = ""
        elif inside and (pair := _PAIR.match(row)) is not None:
            value = next(v for v in (pair["dq"], pair["sq"], pair["bare"]) if v is not None)
            if _BLOCK.match(value):
                block = (depth, line, pair["key"], [])
            else:
                yield from _judged(pair["key"], value, line, line, inside)


def _judged(key: str, value: str, line: int, end_line: int, inside: str) -> Iterator[Raw]:
    level = _severity(key, decoded(value) if inside == "data" else value)
    if level is not None:
        yield Raw("SK201", line, end_line, value, f".{inside}.{key}", severity=level)


def _severity(key: str, plain: str | None) -> Severity | None:
    """What a key of a Secret is; `plain` is None for bytes."""
    if plain is None or shape_of(plain) is not None:
        return Severity.ERROR
    return severity(Place.NOTHING if is_neutral_name(key) else Place.SCHEMA, grade_value(plain))
