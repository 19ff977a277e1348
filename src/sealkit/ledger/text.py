"""`sealkit.sum`: what key holders approved, as text that people can review and git can merge.

The first line names the format version and the public signing key. Every other line is one entry and one signature:

    sealkit.sum v1 signer=ed25519:…
    file path=private/db.yaml version=3 sha256=… to=age:age1… to=pgp:… sig=…
    place name=db.password object="apps/Deployment shop/api" route=.spec… around=… sig=…

A line stands for itself, so lines of two branches can be put together in any order. What is no plain word is a JSON text in
ASCII, so no name or path can end its field or its line; and a line is read only if writing it again gives the same text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import NamedTuple

from sealkit.errors import RefusedError, SealkitError
from sealkit.ledger.entries import KINDS, FileEntry, LedgerEntry
from sealkit.source.filenames import OLD_SIGNING_KEY

NAME = "sealkit.sum"
VERSION = "v1"
_HEADER = re.compile(r"sealkit\.sum (?P<version>v\d+) signer=(?P<signer>ed25519:[A-Za-z0-9_-]{43})\Z")
_OLD_HEADER = re.compile(r"sealkit\.sum v1 house=")
_PLAIN = re.compile(r"[A-Za-z0-9_./:@+,=#*^$|(){}\[\]~%!?<>;&-]+\Z")
_FIELD = re.compile(r' ([a-z0-9]+)=("(?:[ !#-\[\]-~]|\\.)*"|[!#-~]+)')  # printable ASCII
_SIG = re.compile(r"[A-Za-z0-9_-]{86}\Z")
_MARKER = re.compile(r"(?:<{7}|={7}|>{7}|\|{7})(?: |\Z)")


class Signed(NamedTuple):
    """An entry and its signature (base64url)."""

    entry: LedgerEntry
    sig: str

    def line(self) -> str:
        """The whole line, without its line feed."""
        return f"{line_of(self.entry)} sig={self.sig}"


@dataclass(slots=True)
class Ledger:
    """A ledger as read: the public signing key (`ed25519:…`) and its lines. `signing.verify` checks them."""

    signer: str
    lines: list[Signed] = field(default_factory=list)
    _files: dict[str, FileEntry | None] | None = field(default=None, init=False, repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> Ledger:
        """Read the text form; lines may stand in any order. Raises RefusedError with the line number for anything else."""
        rows = text.replace("\r\n", "\n").split("\n")
        head = _HEADER.match(rows[0])
        if head is None and _OLD_HEADER.match(rows[0]):
            raise SealkitError(
                f"{NAME}:1: house= was renamed to signer=, and generation= to version=: this ledger cannot be read any more",
                hint=f"start a new one: git rm {NAME} {OLD_SIGNING_KEY}, then: sealkit init",
            )
        if head is None:
            raise RefusedError(f"{NAME}:1: not the first line of a ledger", hint=f"restore it: git checkout -- {NAME}")
        if head["version"] != VERSION:
            raise SealkitError(
                f"{NAME}:1: version {head['version']}, this sealkit reads {VERSION}", hint="update sealkit"
            )
        found = {row: _parse_line(row, number) for number, row in enumerate(rows[1:], 2) if row}
        return cls(head["signer"], list(found.values()))

    def text(self) -> str:
        """The text form: sorted, each line once."""
        body = sorted({signed.line() for signed in self.lines})
        return "\n".join([f"{NAME} {VERSION} signer={self.signer}", *body, ""])

    @property
    def entries(self) -> Iterator[LedgerEntry]:
        """All entries, in the order of the lines."""
        return (signed.entry for signed in self.lines)

    @property
    def keys(self) -> set[tuple[str, ...]]:
        """The keys of all entries."""
        return {signed.entry.key for signed in self.lines}

    def files(self) -> dict[str, FileEntry | None]:
        """The sealed files by path. The higher version wins; None where two lines of one version disagree (two
        branches wrote the same file), so that neither is taken."""
        if self._files is None:
            best: dict[str, FileEntry | None] = {}
            top: dict[str, int] = {}
            for entry in self.entries:
                if isinstance(entry, FileEntry):
                    if entry.version > top.get(entry.path, -1):
                        best[entry.path], top[entry.path] = entry, entry.version
                    elif entry.version == top[entry.path] and entry != best[entry.path]:
                        best[entry.path] = None
            self._files = best
        return self._files

    def version(self, path: str) -> int:
        """The highest version that a line names for this path; 0 without one."""
        return max((e.version for e in self.entries if isinstance(e, FileEntry) and e.path == path), default=0)

    def with_lines(self, added: Iterable[Signed], removed: Iterable[tuple[str, ...]] = ()) -> Ledger:
        """A copy in which `added` takes the place of lines of the same key, and lines of the keys `removed` are gone."""
        fresh = list(added)
        gone = {signed.entry.key for signed in fresh} | set(removed)
        return Ledger(self.signer, [signed for signed in self.lines if signed.entry.key not in gone] + fresh)


def line_of(entry: LedgerEntry) -> str:
    """The text of an entry without its signature: what is signed."""
    words = [entry.kind]
    for spec in fields(entry):
        value = getattr(entry, spec.name)
        words += [f"{spec.name}={quote(str(item))}" for item in (value if isinstance(value, tuple) else (value,))]
    return " ".join(words)


def quote(text: str) -> str:
    """A text as one word, or as a JSON text in printable ASCII where it is none."""
    if _PLAIN.match(text):
        return text
    return json.dumps(text, ensure_ascii=True).replace("\x7f", "\\u007f")


def _parse_line(row: str, number: int) -> Signed:
    if _MARKER.match(row):
        raise RefusedError(
            f"{NAME}:{number}: a merge conflict", hint="delete the marker lines and keep the lines of both sides"
        )
    wrong = RefusedError(f"{NAME}:{number}: not a line of a ledger", hint=f"restore it: git checkout -- {NAME}")
    body, mark, sig = row.rpartition(" sig=")
    kind = KINDS.get(body.partition(" ")[0])
    if not mark or kind is None or not _SIG.match(sig):
        raise wrong
    values: dict[str, list[str]] = {}
    for name, word in _FIELD.findall(body):
        values.setdefault(name, []).append(_unquote(word))
    try:
        entry = _build(kind, values)
    except (KeyError, ValueError):
        raise wrong from None
    if line_of(entry) != body:  # one spelling only: whatever the reader skipped or read loosely ends here
        raise wrong
    return Signed(entry, sig)


def _build(kind: type[LedgerEntry], values: dict[str, list[str]]) -> LedgerEntry:
    made: dict[str, object] = {}
    for spec in fields(kind):
        if spec.name == "to":
            made["to"] = tuple(values.get("to", ()))
        elif spec.name in {"version", "position"}:
            made[spec.name] = int(values[spec.name][0])
        else:
            made[spec.name] = values[spec.name][0]
    return kind(**made)  # type: ignore[arg-type]


def _unquote(word: str) -> str:
    if not word.startswith('"'):
        return word
    try:
        return str(json.loads(word))
    except ValueError:
        return ""
