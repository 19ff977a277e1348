"""The syntax of HCL, versions 1 and 2: Terraform, OpenTofu, Packer, Nomad, Terragrunt. Its tree holds what may be a value.

Written from the HCL native syntax specification. It is tolerant: the tree of a wrong file may be odd, and a file that it cannot
read at all raises `HclError`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class HclError(ValueError):
    """A text is not HCL."""


class Token(NamedTuple):
    """A word, number, operator, newline (`\\n`), string (`"`) or heredoc (`<<`): `text[start:end]`."""

    kind: str
    start: int
    end: int
    """Of strings and heredocs, of what stands in them."""
    template: bool = False


_TOKEN = re.compile(
    r"(?P<space>[ \t\r\f\ufeff]+)|(?P<comment>#[^\n]*|//[^\n]*)|(?P<long>/\*)|(?P<newline>\n)|(?P<heredoc><<-?(?P<word>[^\W\d][\w.-]{0,120})[ \t]*\r?\n)"
    r"|(?P<number>\d[\w.]*(?:(?<=[eE])[+-]\d+)?)|(?P<name>[^\W\d][\w-]*)|(?P<quote>\")|(?P<sign>==|!=|<=|>=|&&|\|\||=>|\.\.\.|::|[-+*/%<>!?:=,.;(){}\[\]])"
)
_IN_STRING = re.compile(r"(?:[^\"\\$%\n]+|\\[^\n]|\$\$+\{|%%+\{|\$(?!\{)|%(?!\{))*")
_IN_TEMPLATE = re.compile(r"[^\"{}]*")
_INTERPOLATION = re.compile(r"(?<!\$)\$\{|(?<!%)%\{")


def tokens(text: str, comments: list[tuple[int, int]]) -> Iterator[Token]:
    """The tokens of a text; its comments are added to the list. Raises HclError."""
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise HclError
        kind, at = str(found.lastgroup), found.end()
        if kind == "comment":
            comments.append(found.span())
        elif kind == "long":
            end = text.find("*/", at)
            if end < 0:
                raise HclError
            comments.append((found.start(), end + 2))
            at = end + 2
        elif found["word"]:
            closing = re.compile(rf"(?m)^[ \t]*{re.escape(found['word'])}[ \t]*\r?$").search(text, at)
            if closing is None:
                raise HclError
            yield Token("<<", at, closing.start(), bool(_INTERPOLATION.search(text, at, closing.start())))
            at = closing.end()
        elif kind == "quote":
            end, template = _string_end(text, at)
            yield Token('"', at, end, template)
            at = end + 1
        elif kind != "space":
            yield Token(kind if kind in {"name", "number"} else found[0], *found.span())
    yield Token("", at, at)


def _string_end(text: str, at: int) -> tuple[int, bool]:
    """Where a string ends, and whether it holds an interpolation, which may hold strings again."""
    open_: list[str] = ['"']
    template = False
    while open_:
        at = (_IN_STRING if open_[-1] == '"' else _IN_TEMPLATE).match(text, at).end()  # type: ignore[union-attr]
        sign = text[at : at + 1]
        if not sign or sign == "\n":
            raise HclError
        at += 1
        if sign == open_[-1]:
            open_.pop()
        elif open_[-1] == '"':
            template, at = True, at + 1
            open_.append("}")
        else:
            open_.append("}" if sign == "{" else '"')
    return at - 1, template


class Literal(NamedTuple):
    """A string, heredoc or number."""

    token: Token


class Name(NamedTuple):
    """A word alone: a key, a reference, a switch."""

    token: Token


class Mapping(NamedTuple):
    """An object, a body or the body of a block: keys or block types, the labels of blocks, values."""

    items: list[tuple[str, tuple[str, ...], Node]]


class Several(NamedTuple):
    """A list, or the two branches of a conditional: each is a value of what it is assigned to."""

    items: list[Node]


class Call(NamedTuple):
    """A function and its arguments."""

    name: str
    arguments: list[Node]


class Other(NamedTuple):
    """Any other expression: its parts are no values of what it is assigned to."""

    parts: list[Node]


Node = Literal | Name | Mapping | Several | Call | Other
