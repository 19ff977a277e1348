"""Edits by text span (everything outside the spans stays byte for byte), and the YAML source of a scalar."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import NamedTuple

from sealkit.yamlspan.scalars import Dialect, Scalar, resolve

# `?` ends a plain scalar in a flow collection for libyaml and PyYAML
_PLAIN = re.compile(r"[A-Za-z0-9_<./$+=@%^*~;()-][^\n\r\t#:\"'`,\[\]{}&!|?]*\Z")
_INDICATORS = tuple("-?:,[]{}#&*!|>'\"%@`")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


class Edit(NamedTuple):
    """Replace `text[start:end]` with `replacement`."""

    start: int
    end: int
    replacement: str


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """`text` with all edits applied, in any order. Raises ValueError if two overlap or one lies outside the text."""
    parts, position = [], 0
    for edit in sorted(edits):
        if edit.start < position or not edit.start <= edit.end <= len(text):
            raise ValueError("edits overlap or lie outside the text")
        parts += [text[position : edit.start], edit.replacement]
        position = edit.end
    return "".join([*parts, text[position:]])


def yaml_scalar(value: Scalar, *, flow: bool = False, indent: int | None = None) -> str:
    """YAML source for a scalar, which every YAML 1.1 and 1.2 parser reads back with the same type and value.

    `flow`: the scalar goes into a flow collection. Text of several lines becomes a literal block, indented by `indent` columns,
    if `indent` is given and the block is lossless; otherwise it becomes a double-quoted scalar.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    if indent is not None and not flow and _is_block(value):
        return _block(value, indent)
    if _is_plain(value):
        return value
    return _double_quoted(value)


def _double_quoted(value: str) -> str:
    escaped = json.dumps(value, ensure_ascii=False)
    # valid in a JSON string, not printable in YAML
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", escaped)


def _is_block(value: str) -> bool:
    lossless = not _CONTROL.search(value) and "\r" not in value and not value.startswith((" ", "\n", "\t"))
    # a line of blanks alone is read as an empty one at the end of a block
    lossless = lossless and not any(line and not line.strip() for line in value.split("\n"))
    return "\n" in value and lossless and bool(value.strip("\n"))


def _float(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    text = repr(value)
    # YAML 1.1 requires a dot in a number with an exponent
    return re.sub(r"^(-?\d+)e", r"\1.0e", text)


def _is_plain(value: str) -> bool:
    if (
        value in {"", "=", "<<"}  # YAML 1.1 gives `=` and `<<` tags of their own
        or value != value.strip()
        or value.startswith(_INDICATORS)
        or not _PLAIN.match(value)
        or _CONTROL.search(value)
    ):
        return False
    return all(
        isinstance(resolve(value, dialect), str) and resolve(value, dialect) == value for dialect in Dialect
    ) and (not re.match(r"[-+.\d]", value) or value.count(".") == 3)


def _block(value: str, indent: int) -> str:
    trailing = len(value) - len(value.rstrip("\n"))
    chomp = {0: "-", 1: ""}.get(trailing, "+")
    body = value if trailing else value + "\n"
    lines = [(" " * indent + line if line else line) for line in body.split("\n")[:-1]]
    return f"|{chomp}\n" + "\n".join(lines)
