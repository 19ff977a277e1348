"""JSON as text with spans, in the dialect of Go's `encoding/json`: strict, and every node knows where it stands."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]

from sealkit.errors import SealkitError
from sealkit.yamlspan.scalars import Scalar

_BLANK = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<fraction>\.[0-9]+)?(?P<exponent>[eE][-+]?[0-9]+)?")
_WORDS: dict[str, Scalar] = {"true": True, "false": False, "null": None}
_DEEPEST = 300
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class Value:
    """One value. `content` is a scalar, a list of values, or a list of pairs of an object (key, where the key starts, value)."""

    content: Scalar | list[Value] | list[tuple[str, int, Value]]
    start: int
    end: int
    kind: str = ""
    """`{`, `[`, or empty for a scalar."""

    @property
    def pairs(self) -> list[tuple[str, int, Value]]:
        """Those of an object; none of anything else."""
        return self.content if self.kind == "{" else []  # type: ignore[return-value]

    @property
    def items(self) -> list[Value]:
        """Those of a list; none of anything else."""
        return self.content if self.kind == "[" else []  # type: ignore[return-value]

    @property
    def scalar(self) -> Scalar:
        """The value of a scalar."""
        assert not isinstance(self.content, list)
        return self.content

    def plain(self) -> object:
        """As dicts, lists and scalars."""
        if self.kind == "{":
            return {key: child.plain() for key, _, child in self.pairs}
        if self.kind == "[":
            return [child.plain() for child in self.items]
        return self.scalar


class Reader:
    """Reads one text."""

    def __init__(self, text: str, path: str) -> None:
        self.text, self.path, self.at = text, path, 0

    def document(self) -> Value:
        """The only value of the text. Raises SealkitError with the line for what is not JSON, and for a key that stands twice."""
        self._blank()
        try:
            value = self._value(0)
        except RecursionError:
            raise SealkitError(f"{self.path}: nested too deeply") from None
        self._blank()
        if self.at < len(self.text):
            raise self._broken("something after its end")
        return value

    def _value(self, depth: int) -> Value:
        start, first = self.at, self.text[self.at : self.at + 1]
        if depth > _DEEPEST:
            raise self._broken(f"nested deeper than {_DEEPEST} levels")
        if first == "{":
            return Value(self._object(depth), start, self.at, "{")
        if first == "[":
            return Value(self._list(depth), start, self.at, "[")
        if first == '"':
            return Value(self._string(), start, self.at)
        if found := _NUMBER.match(self.text, start):
            self.at = found.end()
            return Value(self._number(found), start, self.at)
        for word, value in _WORDS.items():
            if self.text.startswith(word, start):
                self.at += len(word)
                return Value(value, start, self.at)
        raise self._broken("no value where one is due")

    def _object(self, depth: int) -> list[tuple[str, int, Value]]:
        pairs: list[tuple[str, int, Value]] = []
        seen: set[str] = set()
        while self._more("}", first=not pairs):
            start = self.at
            if self.text[start : start + 1] != '"':
                raise self._broken("no key in quotes where one is due")
            key = self._string()
            if key in seen:
                raise SealkitError(
                    f"{self.path}:{self.line(start)}: the key {key!r} stands twice in one object",
                    hint="keep one of the two",
                )
            seen.add(key)
            self._blank()
            if self.text[self.at : self.at + 1] != ":":
                raise self._broken("no colon after a key")
            self.at += 1
            self._blank()
            pairs.append((key, start, self._value(depth + 1)))
        return pairs

    def _list(self, depth: int) -> list[Value]:
        items: list[Value] = []
        while self._more("]", first=not items):
            items.append(self._value(depth + 1))
        return items

    def _more(self, close: str, *, first: bool) -> bool:
        """Step over the opening sign or a comma; False, past the closing sign, at the end."""
        if first:
            self.at += 1
        self._blank()
        sign = self.text[self.at : self.at + 1]
        if sign == close:
            self.at += 1
            return False
        if not first:
            if sign != ",":
                raise self._broken(f"no comma and no {close}")
            self.at += 1
            self._blank()
        return True

    def _string(self) -> str:
        try:
            text, self.at = scanstring(self.text, self.at + 1, True)
        except JSONDecodeError:
            raise self._broken("a text that does not end, or holds what must be escaped") from None
        # half of a pair is no character: Go reads it as the sign for a broken one
        return _SURROGATE.sub("\ufffd", text) if _SURROGATE.search(text) else text

    def _number(self, found: re.Match[str]) -> int | float:
        """Whole within 64 bits, else a double."""
        text = found[0]
        if found["fraction"] is None and found["exponent"] is None and len(text) < 21:
            whole = int(text)
            if -(2**63) <= whole < 2**63 and text != "-0":
                return whole
        number = float(text)
        if math.isinf(number):
            raise self._broken("a number larger than any double")
        return number

    def _blank(self) -> None:
        found = _BLANK.match(self.text, self.at)
        assert found is not None
        self.at = found.end()

    def _broken(self, what: str) -> SealkitError:
        return SealkitError(
            f"{self.path}:{self.line(self.at)}: invalid JSON: {what}", hint="mend the line and run it again"
        )

    def line(self, at: int) -> int:
        """The line of an offset, from 1."""
        return self.text.count("\n", 0, at) + 1
