"""Passwords in sentences and tables of documentation, in the languages that names are known in.

A sentence has no sign between the word and the password, so a word of it must look like a password: in quotes, or after a user.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sealkit.secrets.places import Place, place_of_name
from sealkit.secrets.text.found import Found, Shape
from sealkit.secrets.value_forms import pattern

_PASSWORD = (
    r"(?i:pass(?:wor[dt]|phrase|code)|kennwort|mot[ -]de[ -]passe|mdp|contrase\u00f1a|contrasenya|clave|senha|palavra[ -]passe|"
    r"wachtwoord|parola[ ]d['\u2019]ordine|pwd)"
)
_USER = r"(?i:\b(?:user(?:name)?|login|account|benutzer(?:name)?|nutzer|konto|utilisateur|identifiant|usuari[oa]|usu\u00e1rio|utente|gebruiker(?:snaam)?)\b)"
_QUOTED = r"(?:`(?P<bq>[^`\n]{4,128})`|\u201e(?P<gq>[^\u201c\u201d\n]{4,128})[\u201c\u201d]|\u00ab[ \u00a0]?(?P<fq>[^\u00bb\n]{4,128}?)[ \u00a0]?\u00bb)"
_AFTER_WORD = rf"(?<![\w-]){_PASSWORD}\*{{0,2}}[ \u00a0]{{0,2}}[:=]?[ \u00a0]{{1,2}}\*{{0,2}}{_QUOTED}"
"""`Passwort \u201eX\u201c`, ``mot de passe : `X` ``."""
_AFTER_USER = (
    rf"{_USER}[^\n|]{{1,60}}[ ,;/]{_PASSWORD}[ \u00a0]{{1,2}}(?P<bare>[^\s`\"'<>|,;:(\[{{$][^\s`\"'<>|,;]{{5,64}})"
)
"""`gebruiker beheer, wachtwoord X`."""
_PAIR = r"`(?:admin|root|administrator|user|guest|pi|ubuntu|operator|manager|monitor|service)`[ ]?/[ ]?`(?P<bq>[^`\n]{4,128})`"
"""``log in with `admin` / `X` ``."""
_KEY = (
    r"(?i:(?<![\w-])(?:cl\u00e9|clef|clave|chave|chiave|schl\u00fcssel|sleutel|key|token|jeton)[ ](?:api|wifi|wi-fi|wlan|d'api|de api)"
    rf"(?:[ ][\w-]{{2,20}}){{0,2}})[ \u00a0]?[:=][ \u00a0]{{1,2}}(?:{_QUOTED}|(?P<bare>[^\s`\"'<>|]{{8,128}}))"
)
"""``Chiave API meteo: `X` ``: the word of a Romance language for a key, and what it opens."""
_WIRELESS = re.compile(r"(?i)wi-?fi|wlan")
_DELIMITER = r"[ \t]{0,20}\|?[ \t]{0,4}:?-{2,}[-:| \t]{0,400}\r?\Z"
_HEADING = r"[A-Za-z\u00c0-\u024f][\w'\u2019 ./()-]{0,40}\Z"
_ROWS = 60
_EDGES = " \t*_`\"'\r"


def prose(text: str) -> Iterator[Found]:
    """The passwords of sentences and of the columns of tables that say that they hold some."""
    if "|" in text and "--" in text:
        yield from _tables(text)
    if "`" in text or not text.isascii():
        for source in (_AFTER_WORD, _PAIR):
            for found in pattern(source).finditer(text):
                yield _found(found, Place.PASSWORD)
    for found in pattern(_KEY).finditer(text):
        yield _found(found, Place.PASSWORD if _WIRELESS.search(found[0]) else Place.WEAK)
    for found in pattern(_AFTER_USER).finditer(text):
        yield _found(found, Place.PASSWORD)


def _found(found: re.Match[str], place: Place) -> Found:
    groups = found.groupdict()
    start, end = found.span(next(name for name in ("bq", "gq", "fq", "bare") if groups.get(name) is not None))
    while found.string[end - 1 : end] in {".", "!", "?", ")"} and groups.get("bare"):
        end -= 1
    return Found(start, end, Shape.ASSIGNED, "password" if place is Place.PASSWORD else "key", place, weak=False)


def _tables(text: str) -> Iterator[Found]:
    """The cells below the heading of a column that is the name of a secret: tables of Markdown."""
    rows = text.split("\n")
    starts = [0]
    for row in rows:
        starts.append(starts[-1] + len(row) + 1)
    for i in range(1, len(rows)):
        if "--" not in rows[i] or "|" not in rows[i - 1] or not pattern(_DELIMITER).match(rows[i]):
            continue
        columns = {
            column: (heading, place)
            for column, (_, heading) in enumerate(_cells(rows[i - 1]))
            if pattern(_HEADING).match(heading) and (place := place_of_name(heading)) is not Place.NOTHING
        }
        for number in range(i + 1, min(len(rows), i + 1 + _ROWS) if columns else 0):
            if "|" not in rows[number]:
                break
            for column, (at, cell) in enumerate(_cells(rows[number])):
                if cell and column in columns:
                    start = starts[number] + at
                    yield Found(start, start + len(cell), Shape.ASSIGNED, *columns[column], weak=False)


def _cells(row: str) -> Iterator[tuple[int, str]]:
    """The cells of a row, each with its place: without blanks, emphasis and quotes around it."""
    at = len(row) - len(row.lstrip())
    at += row[at : at + 1] == "|"
    for cell in row[at:].split("|"):
        bare = cell.strip(_EDGES)
        yield at + cell.find(bare), bare
        at += len(cell) + 1
