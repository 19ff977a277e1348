"""Values that a template or a shell falls back on: `${DB_PASSWORD:-X}`, `{{ .Values.password | default "X" }}`, `{{ "X" | b64enc }}`.

An expression stands for a value that somebody else provides, but a literal in it is published with the file. Only a literal at a
place where the expression yields it counts; an argument that names something (`include "X"`, `required "X"`) does not. Sources:
POSIX shell, 2.6.2; the Compose specification; Spring's property placeholders; the functions of Sprig, Jinja, consul-template, confd and gomplate; ERB.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from sealkit.secrets.places import Place, place_of_name
from sealkit.secrets.text.assignments import place_at
from sealkit.secrets.text.found import Found, Shape
from sealkit.secrets.value_forms import pattern

_EXPANSION = (
    r"\$\{(?:(?P<name>[A-Za-z_]\w{0,80}|[0-9])(?:\[[^\[\]{}]{1,20}\])?:?[-=]"
    r"|(?P<property>[A-Z][A-Z0-9_]{2,80}|[a-z][\w-]{0,60}(?:\.[\w-]{1,60}){1,8}):(?![-=?+:]))"
    r"(?:\\?\"(?P<dq>[^\"\\{}\n]{1,200})\\?\"|'(?P<sq>[^'{}\n]{1,200})'|(?P<bare>[^{}\s$\"'`]{1,200}))\}"
)
"""`${NAME:-X}` of a shell and of Compose, `${NAME:X}` of Spring."""
_OPENERS = {"{{": "}}", "{%": "%}", "<%": "%>"}
_OPENER = r"\$?\{\{\{?|\{%|<%"
_LITERAL = r"\\{0,2}(?:\"(?P<dq>(?:[^\"\\\n]|\\[^\"\n]){1,400})\\{0,2}\"|'(?P<sq>(?:[^'\\\n]|\\[^'\n]){1,400})'|`(?P<bq>[^`\n]{1,400})`)"
_QUOTE = r"\\{0,2}[\"']"
_FILTERS = "b64enc|b64encode|base64Encode|b32enc|quote|squote|toString|string|trim|toJson|to_json|tojson|password_hash|hash|bcrypt|sha256sum"
_BEFORE = (
    rf"(?:\b(?:default|d)[ ]{{0,4}}\([ ]{{0,4}}(?:value[ ]{{0,2}}=[ ]{{0,2}})?"  # Jinja
    rf"|\b(?:default|{_FILTERS}|ternary|coalesce)[ ]{{1,4}}\(?"  # Sprig
    rf"|\b(?:or|coalesce)[ ]{{1,4}}(?:[\w.$]{{1,80}}[ ]{{1,4}}){{1,4}}|(?:\|\||\?\?|\bor|\belse)[ ]{{1,4}}"
    rf"|\b(?:getv|keyOrDefault|envOrDefault|[Gg]etenv|fetch)[ (]{{1,4}}{_QUOTE}[^\"'\n]{{1,100}}{_QUOTE}(?:,?[ ]{{1,4}}|\)[ ]?\{{[ ]?)"
    r"|(?P<assigned>\$?\b[A-Za-z_]\w{1,80})[ ]{0,4}(?::=|=)[ ]{0,4})"
)
"""What stands before a literal that the expression yields."""
_FIRST = rf"[-~=]?[ ]{{0,8}}\(?{_LITERAL}(?=[ )]{{0,4}}(?:\|[ ]{{0,4}}(?:{_FILTERS})\b|if\b|or\b|[-~]?\Z))"
"""A literal that begins an expression and goes through filters, or is all of it."""
_IDENTIFIER = r"[A-Za-z_$][\w$-]{1,80}(?:\.[A-Za-z_][\w-]{0,80}){0,8}"
_LEFT = (
    r"(?P<name>[A-Za-z_][\w.-]{1,80})\\?[\"'\]]?[ \t]{0,8}(?:=>|[:?+]?=|:)[ \t]{0,8}(?:[!&]\S{1,40}[ \t]{1,4})?\\?[\"']?"
    r"(?:\$\{\w{1,80}:?[-=]\\?[\"']?){0,3}\Z"
)
_OPTION = r"(?<![\w-])--?(?P<name>[A-Za-z][\w.-]{1,60})[ =]\\?[\"']?\Z"
_NAME_BEFORE = r"(?P<name>[A-Za-z_]\w{0,80})\\?[\"']?[\])]{0,2}[ ]{0,4}\Z"
_OR = ("||", "??", "?:", " or ")
_ALTERNATIVE = rf"[ ]{{0,4}}{_LITERAL}(?=[ ]{{0,4}}(?:[;,)\]}}\r\n]|\Z))"
"""An expression of code with a literal at its end: `process.env.DB_PASSWORD || "X"`, `os.getenv("DB_PASSWORD") or "X"`."""
_CALL = r"\([ ]?\\{0,2}[\"'][A-Za-z_]"
_GETTER = r"(?:[Gg]et|[Ee]nv|ENV|[Cc]onfig|[Dd]efault|[Pp]roperty)\w{0,20}\Z"
_LOOKED_UP = (
    rf"\([ ]?{_QUOTE}(?P<name>[A-Za-z_][\w.-]{{0,80}}){_QUOTE},[ ]?"
    rf"(?:default[ ]?=[ ]?)?{_LITERAL}[ ]?\)"
)
"""A function that gets a setting, with its default: `os.environ.get("DB_PASSWORD", "X")`."""
_ASSIGNED = r"(?P<name>[A-Za-z_][\w.-]{1,80})\\?[\"'\]]?[ ]{0,8}(?::[ ]?[\w.\[\]|]{1,40}[ ])?(?::=|[:=])[ ]{0,8}(?:await[ ])?[\w.$()]{0,80}[(\[]?\\?[\"']?\Z"
"""What such an expression is assigned to."""
_LOGIN = r"://[^\s/:@]{0,120}:\Z"
_STRENGTH = {Place.PASSWORD: 3, Place.SECRET: 2, Place.WEAK: 1}
_REACH, _NEAR = 200, 100
_LONGEST = 1000


class Fallback(NamedTuple):
    """An expression `text[start:end]` that may yield the literal `text[at:stop]`, without its quotes. `names` are what it calls the
    value: variables, keys."""

    start: int
    end: int
    at: int
    stop: int
    names: tuple[str, ...]


def fallbacks(text: str) -> Iterator[Fallback]:
    """The expressions of a text that yield a literal."""
    if "${" in text:
        for found in pattern(_EXPANSION).finditer(text):
            at, stop = _literal(found)
            yield Fallback(*found.span(), at, stop, _identifiers(found["name"] or found["property"]))
    if "{{" in text or "{%" in text or "<%" in text:
        yield from _of_actions(text)
    yield from _alternatives(text)
    if "," in text:
        yield from _defaults(text)


def whole(text: str) -> Fallback | None:
    """The expression that a value is as a whole, with or without quotes around it; None where it is none, or only a part is."""
    if "{" not in text and "<%" not in text:
        return None
    bare = text.strip().strip("\"'")
    start = text.find(bare)
    return next((item for item in fallbacks(text) if (item.start, item.end) == (start, start + len(bare))), None)


def found_fallbacks(text: str) -> Iterator[Found]:
    """The literals of expressions that a name says to be secrets: what the expression is assigned to, or a variable in it."""
    for item in fallbacks(text):
        place, name = _place(text, item)
        if place is not Place.NOTHING:
            yield Found(item.at, item.stop, Shape.ASSIGNED, name, place)


def _of_actions(text: str) -> Iterator[Fallback]:
    done = 0
    for opener in pattern(_OPENER).finditer(text):
        if opener.start() < done:
            continue
        end = text.find(_OPENERS[opener[0].lstrip("$")[:2]], opener.end(), opener.end() + _LONGEST)
        if end < 0:
            continue
        done = end + 2
        for at, stop, assigned in _literals(text, opener.end(), end):
            names = (assigned,) if assigned else _identifiers(text[opener.end() : at])
            if names == ("default",):  # the function comes first, as in `default "X" .Values.password`
                names = _identifiers(text[stop:end])
            yield Fallback(opener.start(), done, at, stop, names)


def _alternatives(text: str) -> Iterator[Fallback]:
    """What stands after an `or`, with the name before it."""
    for sign in _OR:
        at = text.find(sign)
        while at >= 0:
            found = pattern(_ALTERNATIVE).match(text, at + len(sign))
            low = max(0, at - _NEAR)
            if found is not None and (name := pattern(_NAME_BEFORE).search(text[low:at])) is not None:
                yield _of_code(text, found, low + name.start("name"), name["name"])
            at = text.find(sign, at + len(sign))


def _defaults(text: str) -> Iterator[Fallback]:
    """The default of a function that gets a setting."""
    for call in pattern(_CALL).finditer(text):
        low = max(0, call.start() - _NEAR)
        getter = pattern(_GETTER).search(text[low : call.start()])
        found = pattern(_LOOKED_UP).match(text, call.start())
        if getter is not None and found is not None:
            yield _of_code(text, found, low + getter.start(), found["name"])


def _of_code(text: str, found: re.Match[str], start: int, name: str) -> Fallback:
    """An expression of code that begins at `start` and ends with a match; the variable that it is assigned to is a name too."""
    left = pattern(_ASSIGNED).search(text[max(0, start - _REACH) : start])
    return Fallback(start, found.end(), *_literal(found), (name,) if left is None else (name, left["name"]))


def _literals(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """The literals that an action yields, and for an assignment the variable."""
    if first := pattern(_FIRST).match(text, start, end):
        yield *_literal(first), ""
    for found in pattern(_BEFORE + _LITERAL).finditer(text, start, end):
        yield *_literal(found), (found["assigned"] or "").lstrip("$")


def _literal(found: re.Match[str]) -> tuple[int, int]:
    groups = found.groupdict()
    return found.span(next(name for name in ("dq", "sq", "bq", "bare") if groups.get(name) is not None))


def _identifiers(body: str) -> tuple[str, ...]:
    """The variables and keys of an expression, each by its last part: `.Values.db.password` is a password."""
    return tuple(found[0].rpartition(".")[2] for found in pattern(_IDENTIFIER).finditer(body))


def _place(text: str, item: Fallback) -> tuple[Place, str]:
    """The place of a literal and the name that makes it."""
    before = text[max(0, item.start - _REACH) : item.start]
    if pattern(_LOGIN).search(before) and text[item.end : item.end + 1] == "@":
        return Place.URL, "password"
    places = [(place_of_name(name), name) for name in item.names]
    for source in (_LEFT, _OPTION):
        if (left := pattern(source).search(before)) is not None:
            places.insert(0, (place_at(before, left.start("name"), left["name"]), left["name"]))
    return max(places, key=lambda pair: _STRENGTH.get(pair[0], 0), default=(Place.NOTHING, ""))
