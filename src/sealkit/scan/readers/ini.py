"""INI, `.properties` and units of systemd: sections, keys, quotes, continued lines, comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from sealkit.scan.readers.leaves import comments, inside, leaf
from sealkit.scan.readers.mapped import Mapped, joined, part, plain, unescaped
from sealkit.secrets.fields import Field
from sealkit.secrets.places import Place

_SECTION = re.compile(r"[ \t]*\[(?P<name>[^\[\]\n]{1,200})\][ \t]*(?:[#;].*)?\r?\Z")
_KEY = re.compile(r"[ \t]*(?:export[ \t]+)?(?P<name>[^\s=:#;\[][^=:\n]{0,200}?)[ \t]*(?P<sign>[=:])[ \t]*")
_PROPERTY = re.compile(r"[ \t\f]*(?P<name>(?:[^\s=:\\]|\\.){1,200})(?:[ \t\f]*[=:][ \t\f]*|[ \t\f]+)")
_QUOTED = re.compile(r"\"(?P<dq>(?:[^\"\\]|\\.)*)\"[ \t]*(?:[#;,].*)?\Z|'(?P<sq>[^']*)'[ \t]*(?:[#;,].*)?\Z")
_MACRO = re.compile(r"\$USER\d{1,3}\$\Z")
"""A macro of Nagios: what holds passwords, and paths, so that no command line shows them."""
_REMARK = re.compile(r"[ \t][#;](?=[ \t]|\Z)")
_ASSIGNMENT = re.compile(
    r"(?:(?P<quote>[\"'])(?P<qname>[A-Za-z_]\w{0,120})=(?P<qvalue>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)"
    r"|(?P<name>[A-Za-z_]\w{0,120})=(?:\"(?P<dq>(?:[^\"\\]|\\.)*)\"|'(?P<sq>[^']*)'|(?P<bare>[^\s\"']*)))(?=\s|\Z)"
)
_CREDENTIAL = re.compile(r"(?P<name>[^:\s]{1,200}):")


class _Line(NamedTuple):
    """A line of the file, or several where one goes on in the next."""

    start: int
    end: int
    parts: list[tuple[int, int]]


def read(text: str) -> list[Field] | None:
    """The fields of an INI file; None where its lines are of no such form."""
    return _read(text, "ini")


def properties(text: str) -> list[Field] | None:
    """The fields of a `.properties` file; None where its lines are of no such form."""
    return _read(text, "properties")


def units(text: str) -> list[Field] | None:
    """The fields of a unit of systemd; None where its lines are of no such form."""
    return _read(text, "systemd")


def _read(text: str, family: str) -> list[Field] | None:
    commented: list[tuple[int, int]] = []
    fields: list[Field] = []
    section, name = "", ""
    odd = known = 0
    for line in _lines(text, family, commented):
        row = text[line.start : line.end]
        if family != "properties" and (found := _SECTION.match(row)):
            section, name = found["name"], ""
            known += 1
            continue
        found = (_PROPERTY if family == "properties" else _KEY).match(row)
        if found is None or (name and row[:1].isspace() and "=" not in row):
            odd += not (row[:1].isspace() and name)
            fields += _loose(text, line, section, name)
            continue
        known, name = known + 1, found["name"]
        fields += _entry(text, line, found.end(), (section, name), family)
    if odd > known:
        return None
    return [*fields, *comments(text, commented)]


def _loose(text: str, line: _Line, section: str, name: str) -> Iterator[Field]:
    """A line without a key: one more line of the value before it, or a key without a value."""
    value = plain(text, *_stripped(text, line.start, line.end))
    return leaf((section, name), value) if name else inside(value)


def _lines(text: str, family: str, commented: list[tuple[int, int]]) -> Iterator[_Line]:
    marks = ("#", "!") if family == "properties" else ("#", ";")
    at = 0
    while at < len(text):
        parts: list[tuple[int, int]] = []
        while True:
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            row = text[at:end].rstrip("\r")
            if row.lstrip().startswith(marks) and (not parts or family == "systemd"):
                commented.append((at, at + len(row)))
                more = bool(parts)
            else:
                more = family != "ini" and (len(row) - len(row.rstrip("\\"))) % 2 == 1
                if row.strip():
                    parts.append((at, at + len(row) - more))
            at = end + 1
            if not more or at >= len(text):
                break
        if parts:
            yield _Line(parts[0][0], parts[0][1], parts)


def _entry(text: str, line: _Line, begin: int, names: tuple[str, str], family: str) -> Iterator[Field]:
    """A key with its value, which may go on in further lines."""
    section, name = names
    spans = [(line.start + begin, line.end), *line.parts[1:]]
    if family == "systemd":
        value = joined(plain(text, *span) for span in spans)
        yield from _directive(name, value)
        return
    if family == "properties":
        spans = [spans[0], *((_left(text, *span), span[1]) for span in spans[1:])]
        value = joined(unescaped(text, *span) for span in spans)
        yield from leaf((unescaped(name, 0, len(name)).text,), value)
        return
    start, end = _stripped(text, *spans[0])
    if (quoted := _QUOTED.match(text[start:end])) is not None:
        group = "dq" if quoted["dq"] is not None else "sq"
        start, end = start + quoted.start(group), start + quoted.end(group)
    elif (remark := _REMARK.search(text, start, end)) is not None:
        yield from comments(text, [(remark.start(), end)])
        end = remark.start()
    if _MACRO.match(name) and text[start : start + 1] not in {"/", "-"}:
        yield from leaf(("token",), plain(text, start, end))
        return
    if text[start : start + 2] == '\\"' == text[end - 2 : end] and end - start > 4:
        start, end = start + 2, end - 2  # a macro of a compiler: `-D NAME=\"value\"`
    yield from leaf((section, name.split()[-1]), plain(text, start, end))


def _directive(name: str, value: Mapped) -> Iterator[Field]:
    """A line of a systemd unit."""
    if name in {"SetCredentialEncrypted", "Secret"}:
        return  # what systemd encrypts; the name of a secret of Podman
    if name == "SetCredential" and (found := _CREDENTIAL.match(value.text)):
        yield from leaf((found["name"],), part(value, found.end(), len(value.text.rstrip())), Place.SCHEMA)
    elif name in {"Environment", "DefaultEnvironment", "ManagerEnvironment"}:
        for found in _ASSIGNMENT.finditer(value.text):
            group = next(key for key in ("qvalue", "dq", "sq", "bare") if found[key] is not None)
            yield from leaf((found["qname"] or found["name"],), part(value, *found.span(group)))
    else:
        yield from leaf((name,), part(value, 0, len(value.text.rstrip())))


def _left(text: str, start: int, end: int) -> int:
    return end - len(text[start:end].lstrip())


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    start = _left(text, start, end)
    return start, start + len(text[start:end].rstrip())
