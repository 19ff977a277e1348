"""The words of command lines, with their places: of a shell, of a Dockerfile, of a list in YAML or JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sealkit.secrets.value_forms import pattern

_TOKEN = (
    r"(?P<line>\\\r?\n[ \t]{0,200})|(?P<end>\n)|(?P<pipe>\|(?!\|))|(?P<stop>&&|\|\||;(?=\s|\Z)|&(?=\s|\Z))|(?P<gap>[ \t\r]+|,(?=[\s\"'\]]|\Z)|(?<=[\"']),)"
    r"|(?P<word>(?:\\{1,3}\"[^\"\\\n]{0,2048}\\{1,3}\"|\"(?:[^\"\\\n]|\\[^\n]){0,4096}\"|'[^'\n]{0,4096}'|`[^`\n]{0,1024}`|\$\{\{[^{}\n]{0,200}\}\}"
    r"|\{\{[^{}\n]{0,200}\}\}|\$\([^()\n]{0,400}\)|\\[^\n]|[^\s\"'`\\|,&;]|[&;,](?![\s\"'\]]|\Z)|[\"'`])+)|(?P<other>[\s\S])"
)
_ITEM = r"[ \t]*-[ \t]+(?=\S)"
_DEEPEST = 2
_LONGEST, _LONGEST_LIST = 400, 60
"""Words of one command that are looked at, and of one whose words are the items of a list."""


class Word(NamedTuple):
    """A word without the quotes and brackets around it: `text` stands at `start`. `number` is its place in a given list."""

    text: str
    start: int
    quoted: bool = False
    number: int = 0

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text)


class Command(NamedTuple):
    """The words of one command, and whether another is piped into it."""

    words: list[Word]
    piped: bool


def commands(text: str, start: int = 0, end: int | None = None) -> Iterator[Command]:
    """The commands of a text or of a part of it, in order; after each, those in its quoted words (`sh -c "…"`)."""
    yield from _commands(text, start, len(text) if end is None else end, 0)


def groups(text: str) -> Iterator[tuple[int, int]]:
    """The spans of the lines of a text; lines that continue each other are one span. No command reaches over its ends."""
    start, at = 0, text.find("\n")
    while at >= 0:
        if not (text.endswith(("\\", "\\\r"), start, at) or _goes_on(text, at)):
            yield start, at
            start = at + 1
        at = text.find("\n", at + 1)
    yield start, len(text)


def _commands(text: str, start: int, end: int, depth: int) -> Iterator[Command]:
    words: list[Word] = []
    piped = False
    for token in pattern(_TOKEN).finditer(text, start, end):
        kind = token.lastgroup
        if kind == "word" and len(words) < _LONGEST:
            word = _word(text, *token.span())
            if word.text or word.quoted:
                words.append(word)
            if _closes_list(token["word"]):
                yield from _with_inner(text, Command(words, piped), depth)
                words, piped = [], False
        elif kind == "end" and not _goes_on(text, token.start(), items=len(words) <= _LONGEST_LIST):
            yield from _with_inner(text, Command(words, piped), depth)
            words, piped = [], False
        elif kind in {"pipe", "stop"}:
            yield from _with_inner(text, Command(words, piped), depth)
            words, piped = [], kind == "pipe"
    yield from _with_inner(text, Command(words, piped), depth)


def _closes_list(word: str) -> bool:
    """Whether a list of words ends with this one: `--password"]`. `name[0]` closes none."""
    return word[-1] == "]" and (word[0] == "[" or "[" not in word) and len(word) > 1


def _with_inner(text: str, command: Command, depth: int) -> Iterator[Command]:
    if command.words:
        yield command
    if depth < _DEEPEST:
        for word in command.words:
            if word.quoted and " " in word.text:
                yield from _commands(text, word.start, word.end, depth + 1)


def _goes_on(text: str, at: int, *, items: bool = True) -> bool:
    """Whether a list of words goes on in the next line: after a comma, or with `items` as the next item of a list of single
    words."""
    line = text.rfind("\n", max(0, at - 300), at) + 1
    row = text[line:at].strip()
    if row.endswith((",", "[")):
        return True
    item = pattern(_ITEM)
    if not items or not item.match(text, at + 1):
        return False
    return (bool(item.match(text, line)) and len(row.split()) == 2) or row.endswith(":")


def _word(text: str, start: int, end: int) -> Word:
    """A word without brackets of a list, quotes, and the dash of an item."""
    if text[start:end] == "-":
        return Word("", start)
    while start < end and text[start] in "[(":
        start += 1
    if text[start : start + 2] == "$(" and text[end - 1] != ")":
        start += 2
    while end > start and (
        text[end - 1] in ",;"
        or (text[end - 1] == "]" and "[" not in text[start:end])
        or (text[end - 1] == ")" and "(" not in text[start:end])
    ):
        end -= 1
    return unquoted(text, start, end)


def unquoted(text: str, start: int, end: int) -> Word:
    """A piece of a text without the quotes around it."""
    for mark in ('\\"', "\\'", '"', "'", "`"):
        if end - start >= 2 * len(mark) and text.startswith(mark, start) and text.endswith(mark, start, end):
            return Word(text[start + len(mark) : end - len(mark)], start + len(mark), quoted=True)
    while start < end and text[start] in "\"'`":
        start += 1
    while start < end and text[end - 1] in "\"'`":
        end -= 1
    return Word(text[start:end].rstrip("\\"), start)
