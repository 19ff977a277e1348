"""Passwords in SQL: of a user, of a role, of a login, and in the rows of an INSERT."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sealkit.secrets.names import NameGrade, grade_name
from sealkit.secrets.places import Place, place_of_name
from sealkit.secrets.text.found import Found, Shape
from sealkit.secrets.value_forms import pattern

MARKERS = ("password", "identified", "insert into")
"""One of these stands, in lower case, in every statement that is read here."""

_TEXT = r"(?:'(?P<sq>(?:[^'\\\n]|''|\\[^\n]){1,1024})'|\\{1,3}'(?P<esq>[^'\\\n]{1,1024})\\{1,3}')"
_STATEMENT = (
    r"(?i:\bPASSWORD\b(?:[ \t]{0,4}=[ \t]{0,4}|[ \t]{1,4}FOR[ \t]{1,4}[^\s=]{1,120}[ \t]{0,4}(?:=|TO)[ \t]{0,4}|[ \t]{1,8})"
    r"(?:PASSWORD[ \t]{0,4})?\(?[ \t]{0,4}N?"
    r"|\bPASSWORD[ \t]{0,4}\([ \t]{0,4}"
    r"|\bIDENTIFIED[ \t]{1,8}(?:WITH[ \t]{1,8}[\"'`]?\w{1,40}[\"'`]?[ \t]{1,8})?(?:BY|AS)[ \t]{1,8}(?:PASSWORD[ \t]{1,8}|VALUES[ \t]{1,8})?"
    r"|\bENCRYPTION[ \t]{1,8}BY[ \t]{1,8}PASSWORD[ \t]{0,4}=[ \t]{0,4}N?"
    r"|\bsp_addlogin[ \t]{1,4}N?'[^'\n]{1,80}'[ \t]{0,4},[ \t]{0,4}N?"
    r"|\bcrypt[ \t]{0,4}\([ \t]{0,4})" + _TEXT
)
_ORACLE = (
    r"(?i:\bIDENTIFIED[ \t]{1,8}BY[ \t]{1,8})(?:\\?\"(?P<dq>[^\"\\\n]{1,128})\\?\"|(?P<bare>[A-Za-z_][\w$#]{0,127}))"
)
_INSERT = (
    r"(?i:INSERT[ \t]{1,8}(?:IGNORE[ \t]{1,8})?INTO[ \t]{1,8})[\w.`\"\[\]-]{1,160}[ \t\n]{0,8}"
    r"\((?P<columns>[^()]{1,2048})\)\s{0,80}(?i:VALUES)\s{0,80}(?=\()"
)
_OPTION = r"[(,][ ]?'(?P<name>[A-Za-z_][\w.-]{2,80})',[ ]?'(?P<value>[^'\\\n]{4,512})'[ ]?[,)]"
"""A row of a table of options: a name and its value side by side."""
_ROW = r"\s{0,80}\("
_CELL = (
    r"\s{0,80}(?:[NEX]?'(?P<text>(?:[^'\\]|''|\\.){0,2048})'\s{0,80}|\"(?P<dq>[^\"\\]{0,2048})\"\s{0,80}"
    r"|[^,'\"()]{0,400}(?:\([^()]{0,400}\)[^,'\"()]{0,80})?)(?P<end>[,)])"
)
_ROWS = 10_000


def sql(text: str) -> Iterator[Found]:
    """The password of every statement, and the columns of a secret-looking name in the rows of an INSERT."""
    low = text.lower()
    if not any(marker in low for marker in MARKERS):
        return
    if "'" in text:
        for found in pattern(_STATEMENT).finditer(text):
            yield Found(*found.span("sq" if found["sq"] else "esq"), Shape.ASSIGNED, "password", Place.PASSWORD)
    if "identified" in low:
        for found in pattern(_ORACLE).finditer(text):
            group = "dq" if found["dq"] else "bare"
            yield Found(
                *found.span(group), Shape.ASSIGNED, "password", Place.PASSWORD,
                bare=group == "bare", weak=group == "dq",
            )  # fmt: skip
    if "insert" in low:
        for found in pattern(_INSERT).finditer(text):
            yield from _rows(text, found.end(), secret_columns(found["columns"]))
        for found in pattern(_OPTION).finditer(text):
            place = place_of_name(found["name"])
            if place is not Place.NOTHING:
                yield Found(*found.span("value"), Shape.ASSIGNED, found["name"], place, weak=False)


def secret_columns(columns: str) -> dict[int, str]:
    """The position and name of each column that holds a secret by its name."""
    names = [column.strip(" \t\r\n`\"[]'") for column in columns.split(",")]
    return {i: name for i, name in enumerate(names) if grade_name(name) is not NameGrade.NONE}


def _rows(text: str, at: int, columns: dict[int, str]) -> Iterator[Found]:
    row = pattern(_ROW)
    for _ in range(_ROWS if columns else 0):
        start = row.match(text, at)
        if start is None:
            return
        at, position, end = start.end(), 0, ","
        while end == ",":
            cell = re.compile(_CELL, re.DOTALL).match(text, at)
            if cell is None:
                return
            group = next((g for g in ("text", "dq") if cell[g]), "")
            if position in columns and group:
                name = columns[position]
                yield Found(*cell.span(group), Shape.ASSIGNED, name, place_of_name(name))
            at, end, position = cell.end(), cell["end"], position + 1
        if text[at : at + 1] != ",":
            return
        at += 1
