"""The second half of the engine: a file in which something is worth a look, read by its structure, its lines and its forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from sealkit.model.finding import Severity
from sealkit.scan import archives, free_text, patterns, secret_templates, structure
from sealkit.scan.file_kinds import Kind, kind_of, random
from sealkit.scan.line_verdicts import Place
from sealkit.scan.raw_finding import Raw, distinct


def raws(
    path: str, data: bytes, text: str, places: Sequence[Place], *, kind: Kind | None = None, sealed: bool = False
) -> list[Raw]:
    """What these places turn out to be, each once, in order of line. `text` is `data` decoded; where no `kind` is given, the
    name of the file says how it is read. Of a sealed file the census has judged the leaves already."""
    if all(place.kind == patterns.SEALED for place in places):
        return []
    return distinct(_all(path, data, text, kind or kind_of(path, text), places, sealed=sealed))


def _quoted(found: Iterable[Raw], kind: Kind) -> list[Raw]:
    """Manifests inside other text: in documentation a warning; in code, where tests have many, what looks made at random."""
    if kind is Kind.CODE:
        return [raw for raw in found if random(raw.value)]
    return [replace(raw, severity=Severity.WARNING) for raw in found] if kind is Kind.PROSE else list(found)


def _all(path: str, data: bytes, text: str, kind: Kind, places: Sequence[Place], *, sealed: bool) -> list[Raw]:
    """The most exact first: what a key says, then what a form says, then what a line says."""
    lines = free_text.Lines(data)
    found: list[Raw] = []

    def everywhere(_line: int, _row: str, _column: int) -> Kind | None:
        return kind

    kind_at: Callable[[int, str, int], Kind | None] = everywhere
    binary = archives.binary(data)
    if kind is Kind.STRUCTURED and not sealed and not binary:
        scan = structure.read(path, text)
        found += scan.findings
        for first, piece in scan.unparsed:
            found += secret_templates.secrets_in(piece, first)
        kind_at = scan.kind_at
    elif any(place.kind == patterns.SECRET for place in places):
        found += _quoted(secret_templates.secrets_in(text), kind)
    found += free_text.logins(path, data, places, lines)
    found += free_text.by_form(data, places, lines)
    if not sealed and not binary:
        found += free_text.by_name(data, places, lines, kind_at)
    return found
