"""Secrets in text that no YAML parser takes: Helm templates, heredocs in scripts, manifests quoted in documentation.

Read by indentation alone: the lines below `data:` or `stringData:` of the mapping that says `kind: Secret`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sealkit.scan.raw_finding import Raw
from sealkit.secrets.document_nodes import decoded
from sealkit.secrets.names import is_neutral_name
from sealkit.secrets.places import Place, severity
from sealkit.secrets.spans import shape_of
from sealkit.secrets.value_forms import is_template_value
from sealkit.secrets.values import grade_value

_KIND = re.compile(
    r"^(?P<indent>[ \t]*(?:- )?)[\"']?kind[\"']?[ \t]*:[ \t]*[\"']?Secret[\"']?[ \t]*,?[ \t]*(?:#.*)?$", re.MULTILINE
)
_DATA = re.compile(r"[\"']?(?:data|stringData)[\"']?[ \t]*:[ \t]*(?:\{[ \t]*)?(?:#.*)?\Z")
_PAIR = re.compile(
    r"(?P<indent>[ \t]*)(?P<quote>[\"']?)(?P<key>[\w.-]{1,253})(?P=quote)[ \t]*:[ \t]+"
    r"(?:\"(?P<dq>(?:[^\"\\]|\\.)*)\"|'(?P<sq>[^']*)'|(?P<bare>[^#\s].*?))[ \t]*,?[ \t]*(?:#.*)?\Z"
)
_BLOCK = re.compile(r"[|>][0-9+-]{0,2}\Z")
_ACTION = re.compile(r"\{\{[^{}]{0,400}\}\}")
_END = re.compile(r"^(?:---|EOF|```)", re.MULTILINE)


def secrets_in(text: str, first: int = 1) -> Iterator[Raw]:
    """Every key of every Secret in a text whose value is no placeholder. `first` is the line on which the text begins."""
    for found in _KIND.finditer(text):
        ends = [end.start() for end in _END.finditer(text)]
        low = max((end for end in ends if end <= found.start()), default=0)
        high = min((end for end in ends if end > found.start()), default=len(text))
        margin = len(found["indent"].expandtabs())
        yield from _object(text[low:high], margin, first + text.count("\n", 0, low))


def _object(text: str, margin: int, first: int) -> Iterator[Raw]:
    inside = False
    block: tuple[int, int, str] | None = None
    for line, row in enumerate(text.splitlines(), first):
        bare = row.strip()
        if not bare or bare.startswith("#"):
            continue
        depth = len(row.expandtabs()) - len(row.expandtabs().lstrip(" "))
        column = depth + 2 if bare.startswith("- ") else depth
        if block is not None and depth > block[0]:
            if not stands_for_one(_ACTION.sub("", bare)):
                yield Raw("SK201", block[1], line, bare, block[2])
                block = None
            continue
        block = None
        if column == margin and not bare.startswith("{{"):
            inside = bool(_DATA.match(bare.removeprefix("- ")))
        elif inside and (pair := _PAIR.match(row)) is not None:
            value = next(v for v in (pair["dq"], pair["sq"], pair["bare"]) if v is not None)
            route = f".data.{pair['key']}"
            if _BLOCK.match(value):
                block = (depth, line, route)
            elif not stands_for_one(value, pair["key"]) and not is_template_value(_ACTION.sub("", value)):
                yield Raw("SK201", line, line, value, route)


def stands_for_one(value: str, key: str = "") -> bool:
    """Whether a key of a Secret holds no secret."""
    plain = decoded(value)
    if plain is None or shape_of(plain) is not None:
        return False
    return severity(Place.NOTHING if is_neutral_name(key) else Place.SCHEMA, grade_value(plain)) is None
