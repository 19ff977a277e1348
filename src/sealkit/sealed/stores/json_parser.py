"""Parses JSON into values that know their span in the text. As strict as Go's `encoding/json`, which sops uses."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]

from sealkit.errors import SealkitError
from sealkit.yamlspan.scalars import Scalar, Value

_BLANK = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<fraction>\.[0-9]+)?(?P<exponent>[eE][-+]?[0-9]+)?")
_LITERALS: dict[str, Scalar] = {"true": True, "false": False, "null": None}
_MAX_DEPTH = 300
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class JsonValue:
    """One value. `content` is a scalar, the values of a list, or the pairs of an object (key, offset of the key, value)."""

    content: Scalar | list[JsonValue] | list[tuple[str, int, JsonValue]]
    start: int
    end: int
    kind: str = ""
    """`{`, `[`, or empty for a scalar."""

    @property
    def pairs(self) -> list[tuple[str, int, JsonValue]]:
        """The pairs of an object; empty for anything else."""
        return self.content if self.kind == "{" else []  # type: ignore[return-value]

    @property
    def items(self) -> list[JsonValue]:
        """The values of a list; empty for anything else."""
        return self.content if self.kind == "[" else []  # type: ignore[return-value]

    @property
    def scalar(self) -> Scalar:
        """The value of a scalar."""
        assert not isinstance(self.content, list)
        return self.content

    def plain(self) -> Value:
        """As dicts, lists and scalars."""
        if self.kind == "{":
            return {key: child.plain() for key, _, child in self.pairs}
        if self.kind == "[":
            return [child.plain() for child in self.items]
        return self.scalar


class JsonParser:
    """Parses one text."""

    def __init__(self, text: str, path: str) -> None:
        self.text, self.path, self.position = text, path, 0

    def document(self) -> JsonValue:
        """The value of the text. Raises SealkitError with the line for invalid JSON and for a duplicate key."""
        self._skip_blanks()
        try:
            value = self._value(0)
        except RecursionError:
            raise SealkitError(f"{self.path}: nested too deeply") from None
        self._skip_blanks()
        if self.position < len(self.text):
            raise self._error("text after the end of the value")
        return value

    def _value(self, depth: int) -> JsonValue:
        start, first = self.position, self.text[self.position : self.position + 1]
        if depth > _MAX_DEPTH:
            raise self._error(f"nested deeper than {_MAX_DEPTH} levels")
        if first == "{":
            return JsonValue(self._object(depth), start, self.position, "{")
        if first == "[":
            return JsonValue(self._list(depth), start, self.position, "[")
        if first == '"':
            return JsonValue(self._string(), start, self.position)
        if match := _NUMBER.match(self.text, start):
            self.position = match.end()
            return JsonValue(self._number(match), start, self.position)
        for word, value in _LITERALS.items():
            if self.text.startswith(word, start):
                self.position += len(word)
                return JsonValue(value, start, self.position)
        raise self._error("expected a value")

    def _object(self, depth: int) -> list[tuple[str, int, JsonValue]]:
        pairs: list[tuple[str, int, JsonValue]] = []
        keys: set[str] = set()
        while self._has_next("}", first=not pairs):
            start = self.position
            if self.text[start : start + 1] != '"':
                raise self._error("expected a key in double quotes")
            key = self._string()
            if key in keys:
                raise SealkitError(
                    f"{self.path}:{self.line(start)}: duplicate key {key!r} in an object",
                    hint="remove one of the two",
                )
            keys.add(key)
            self._skip_blanks()
            if self.text[self.position : self.position + 1] != ":":
                raise self._error("expected a colon after the key")
            self.position += 1
            self._skip_blanks()
            pairs.append((key, start, self._value(depth + 1)))
        return pairs

    def _list(self, depth: int) -> list[JsonValue]:
        items: list[JsonValue] = []
        while self._has_next("]", first=not items):
            items.append(self._value(depth + 1))
        return items

    def _has_next(self, close: str, *, first: bool) -> bool:
        """Move past the opening bracket or a comma to the next item. False at the end, after the closing bracket."""
        if first:
            self.position += 1
        self._skip_blanks()
        character = self.text[self.position : self.position + 1]
        if character == close:
            self.position += 1
            return False
        if not first:
            if character != ",":
                raise self._error(f"expected a comma or {close}")
            self.position += 1
            self._skip_blanks()
        return True

    def _string(self) -> str:
        try:
            text, self.position = scanstring(self.text, self.position + 1, True)
        except JSONDecodeError:
            raise self._error("unterminated string, or an invalid escape or control character in it") from None
        # Go replaces half of a surrogate pair by the replacement character
        return _SURROGATE.sub("\ufffd", text) if _SURROGATE.search(text) else text

    def _number(self, match: re.Match[str]) -> int | float:
        """An integer if it fits in 64 bits, otherwise a float."""
        text = match[0]
        if match["fraction"] is None and match["exponent"] is None and len(text) < 21:
            integer = int(text)
            if -(2**63) <= integer < 2**63 and text != "-0":
                return integer
        number = float(text)
        if math.isinf(number):
            raise self._error("number out of range")
        return number

    def _skip_blanks(self) -> None:
        match = _BLANK.match(self.text, self.position)
        assert match is not None
        self.position = match.end()

    def _error(self, reason: str) -> SealkitError:
        return SealkitError(
            f"{self.path}:{self.line(self.position)}: invalid JSON: {reason}", hint="fix the line and run it again"
        )

    def line(self, position: int) -> int:
        """The line of an offset, from 1."""
        return self.text.count("\n", 0, position) + 1
