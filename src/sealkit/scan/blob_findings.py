"""The second half of the engine: a file in which something is worth a look, read by its structure, its lines and its forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from sealkit.model.severity import Severity
from sealkit.scan import archives, free_text, patterns, readers, streams, structure, templates
from sealkit.scan.file_kinds import IN_CODE, Kind, is_fixture, is_package, is_test, kind_of
from sealkit.scan.line_verdicts import Candidate
from sealkit.scan.raw_finding import Raw, distinct
from sealkit.secrets.document_nodes import decoded
from sealkit.secrets.names import word_set
from sealkit.secrets.places import Place, severity
from sealkit.secrets.spans import shape_of
from sealkit.secrets.values import Value, grade_value

_LONGER_THAN_TYPED = 20
"""Characters of a password that hardly anyone makes up by hand."""
_ACCOUNTS = word_set("admin administrator root user test guest demo postgres mysql")
"""Names of accounts, which tests take for their passwords as well."""


class _Last(NamedTuple):
    """What was read last: a history has the same blob at several paths, which mostly say the same of it."""

    data: bytes
    reading: tuple[object, ...]
    found: list[Raw]


_last = [_Last(b"", (), [])]


def raws(
    path: str,
    data: bytes,
    text: str,
    candidates: Sequence[Candidate],
    *,
    kind: Kind | None = None,
    sealed: bool = False,
) -> list[Raw]:
    """What these candidates turn out to be, each once, in order of line. `text` is `data` decoded; where no `kind` is given, the
    name of the file says how it is read. Of a sealed file the census has judged the leaves already."""
    if all(candidate.kind == patterns.SEALED for candidate in candidates):
        return []
    kind = kind or kind_of(path, text)
    reading = (
        path.rpartition("/")[2],
        readers.family_of(path),
        is_test(path),
        is_fixture(path),
        is_package(path),
        kind,
        sealed,
    )
    last = _last[0]
    if last.data is not data or last.reading != reading:
        found = distinct(_all(path, data, text, kind, candidates, sealed=sealed))
        if kind in IN_CODE:
            found = list(_of_tests(found)) if is_test(path) else found
        elif is_fixture(path):
            found = list(_of_fixtures(found))
        if is_package(path):
            found = list(_of_packages(found))
        last = _last[0] = _Last(data, reading, found)
    return list(last.found)


def _quoted(found: Iterable[Raw], kind: Kind) -> Iterator[Raw]:
    """Manifests inside other text. In documentation and comments, which are full of examples, what is made at random stays as it
    is, a chosen password is a warning and a word is nothing; in code, where tests have many, what looks made at random stays."""
    for raw in found:
        if kind in IN_CODE:
            if grade_value(raw.value) in {Value.RANDOM, Value.GENERATED}:
                yield raw
            continue
        value = grade_value(decoded(raw.value) or raw.value)
        if kind is not Kind.PROSE or raw.rule[:3] != "SK2" or value in {Value.RANDOM, Value.GENERATED}:
            yield raw
        elif (level := severity(Place.SECRET_TEXT, value)) is not None:
            yield replace(raw, severity=level)


def _of_tests(found: Iterable[Raw]) -> Iterator[Raw]:
    """Passwords in the source code of tests, which makes them up: a hash is nothing, and what someone may have typed is a
    warning. A key or token, and what is longer than people type, stays what it is."""
    for raw in found:
        value = grade_value(raw.value)
        if raw.rule[:3] != "SK2":
            yield raw
        elif value is Value.HASH or raw.value.lower() in _ACCOUNTS:
            continue
        elif value is not Value.GENERATED and len(raw.value) < _LONGER_THAN_TYPED and raw.severity is Severity.ERROR:
            yield replace(raw, severity=Severity.WARNING)
        else:
            yield raw


def _of_fixtures(found: Iterable[Raw]) -> Iterator[Raw]:
    """Passwords in the configuration and manifests that tests work with: what a person chose is a warning. What looks made at
    random stays what it is."""
    for raw in found:
        chosen = raw.rule[:3] == "SK2" and grade_value(decoded(raw.value) or raw.value) is Value.PASSWORD
        yield replace(raw, severity=Severity.WARNING) if chosen and raw.severity is Severity.ERROR else raw


def _of_packages(found: Iterable[Raw]) -> Iterator[Raw]:
    """What an installed package holds was published with it: passwords are nothing, tokens and keys a warning."""
    return (replace(raw, severity=Severity.WARNING) for raw in found if raw.rule[:3] != "SK2")


def _of_fields(text: str, reading: readers.Reading) -> Iterator[Raw]:
    """What a reader has understood, judged by the table."""
    if reading.rule:
        yield Raw(reading.rule, 1, 1, reading.rule)
    for field in reading.fields:
        value = grade_value(field.value)
        level = Severity.ERROR if shape_of(field.value) is not None else severity(field.place, value)
        if level is not None:
            rule = "SK212" if value is Value.HASH else "SK204" if field.place is Place.URL else "SK210"
            line = text.count("\n", 0, field.start) + 1
            end_line = line + text.count("\n", field.start, field.end)
            yield Raw(rule, line, end_line, text[field.start : field.end], name=field.name, severity=level)


def _only_comments(_line: int, row: str, _column: int) -> Kind | None:
    return Kind.PROSE if row.lstrip().startswith("#") and "ENC[" not in row else None


def _all(path: str, data: bytes, text: str, kind: Kind, candidates: Sequence[Candidate], *, sealed: bool) -> list[Raw]:
    """The most exact first: what a key says, then what a form says, then what a line says."""
    lines = free_text.Lines(data)
    found: list[Raw] = []

    def everywhere(_line: int, _row: str, _column: int) -> Kind | None:
        return kind

    kind_at: Callable[[int, str, int], Kind | None] = everywhere
    binary = archives.binary(data)
    readable = not sealed and not binary
    secret = any(candidate.kind == patterns.SECRET for candidate in candidates)
    reading = readers.read(path, text) if readable else None
    if secret and readable and kind is Kind.CONFIG and reading is None and structure.is_manifest(path, text):
        kind = Kind.STRUCTURED
    if reading is not None:
        found += _of_fields(text, reading)
    elif kind is Kind.STRUCTURED and readable:
        hot = {lines.of(at) for candidate in candidates for at in (candidate.first, candidate.at - 1)}
        text = streams.without_cold(text, hot)
        scan = structure.read(path, text, hot)
        found += scan.findings
        if secret:
            for piece in templates.commented(text):
                found += _quoted(structure.read_piece(path, piece), Kind.PROSE)
        kind_at = scan.kind_at
    elif secret and readable:
        for piece in templates.embedded(text):
            found += _quoted(structure.read_piece(path, piece), Kind.PROSE if piece.comment else kind)
    found += free_text.logins(path, data, candidates, lines)
    found += free_text.by_form(data, candidates, lines)
    if not binary and reading is None:  # of a sealed file the census has judged everything but what its comments say
        found += free_text.by_name(data, candidates, lines, _only_comments if sealed else kind_at)
    return found
