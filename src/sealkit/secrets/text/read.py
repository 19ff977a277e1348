"""Every form of free text, in the order of their precedence, and the judgement on what they find."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

from sealkit.secrets.places import severity
from sealkit.secrets.text.assignments import assignments
from sealkit.secrets.text.calls import calls
from sealkit.secrets.text.command_lines import command_lines
from sealkit.secrets.text.connections import connections
from sealkit.secrets.text.dialogues import dialogues
from sealkit.secrets.text.directives import directives
from sealkit.secrets.text.fallbacks import found_fallbacks
from sealkit.secrets.text.found import Found, Shape, Span
from sealkit.secrets.text.headers import headers
from sealkit.secrets.text.logins import hashes, logins
from sealkit.secrets.text.markup import markup
from sealkit.secrets.text.number_lists import number_lists
from sealkit.secrets.text.prose import prose
from sealkit.secrets.text.sql import sql
from sealkit.secrets.text.urls import urls
from sealkit.secrets.value_forms import pattern
from sealkit.secrets.values import Value, grade_value

FORMS: tuple[Callable[[str], Iterator[Found]], ...] = (
    hashes,
    urls,
    headers,
    logins,
    dialogues,
    connections,
    sql,
    markup,
    calls,
    command_lines,
    found_fallbacks,
    assignments,
    directives,
    number_lists,
    prose,
)
"""The most exact first: where two forms see the same piece of a text, the first one counts."""

_REGEX = r"\\[sSwWdDbB](?:[*+{)\]?]|\Z)|\[\^?[^\]\s]{0,20}[a-zA-Z0-9]-[a-zA-Z0-9][^\]\s]{0,20}\]|\(\?[:=!<Pi]|\.[*+][)?$]|\[\^[^\]]{1,20}\]"
"""Signs of a regular expression."""
_SHORTEST_IN_SENTENCE = 8
_CODE = r"\A[A-Za-z_$][\w$]*(?:(?:\.|->|::)[A-Za-z_$][\w$]*){0,8}(?:\(|\[[\w\"'.-]{1,40}\]\Z)|\$\("
"""A call, of a function or of a shell, or an item of a list."""


def by_name(text: str) -> Iterator[Span]:
    """What a name or a place in a text gives away as a secret, judged; later ones may overlap with earlier ones."""
    for form in FORMS:
        yield from judged(text, form(text))


def _is_of_a_sentence(value: str, grade: Value) -> bool:
    """Whether a value may be a word of the sentence that it stands in: `client secret: OAuth2 client`."""
    return grade in {Value.COMMON, Value.WEAK, Value.OWN_WORD} or (
        grade is Value.PASSWORD and len(value) < _SHORTEST_IN_SENTENCE
    )


def judged(text: str, found: Iterable[Found]) -> Iterator[Span]:
    """Those of the pieces that are secrets by the table of places and values."""
    for item in found:
        value = text[item.start : item.end] if item.value is None else item.value
        if not value.strip():
            continue
        grade = grade_value(value)
        if severity(item.place, grade) is None or (not item.weak and _is_of_a_sentence(value, grade)):
            continue
        if pattern(_REGEX).search(value) or (item.bare and pattern(_CODE).search(value)):
            continue
        if item.shape is Shape.ASSIGNED and "://" in value:
            continue  # the form of URLs has judged it
        yield Span(item.start, item.end, item.shape, item.name, item.place, grade, item.bare)


class Taken:
    """Parts of a text, without overlaps."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, start: int, end: int) -> bool:
        """Take a part; False where it overlaps with one that is taken."""
        at = bisect_left(self._starts, end)
        if at and self._ends[at - 1] > start:
            return False
        self._starts.insert(at, start)
        self._ends.insert(at, end)
        return True
