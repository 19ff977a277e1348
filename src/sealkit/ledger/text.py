"""`sealkit.sum`: what key holders approved, as text that people can review and git can merge.

The first line names the format version, the public signing key, and the repository. Every other line is one entry and one
signature, with a blank line between:

    sealkit.sum v1 signer=ed25519:… id=… name=homelab

    file path=private/db.yaml version=3 sha256=… to=age:age1… to=pgp:… sig=…

    public path=public/api.yaml version=7 sha256=… free=… sig=…

A line stands for itself, so lines of two branches can be put together in any order. The blank lines give each line a context of
its own, so that a merge without a merge driver does not conflict where no entry is shared. What is no plain word is a JSON text
in ASCII, so no name or path can end its field or its line; and a line is read only if writing it again gives the same text.
A line that is none, or whose signature does not verify, signs nothing and stops nothing: it is counted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import NamedTuple, TypeVar

from sealkit.errors import RefusedError, SealkitError
from sealkit.ledger.entries import KINDS, RETIRED, FolderEntry, LedgerEntry, PathEntry, VersionedEntry
from sealkit.source.filenames import OLD_SIGNING_KEY

NAME = "sealkit.sum"
VERSION = "v1"
_HEADER = re.compile(
    r"sealkit\.sum (?P<version>v\d+) signer=(?P<signer>ed25519:[A-Za-z0-9_-]{43})"
    r"(?: id=(?P<id>[0-9a-f]{32}))?(?: name=(?P<name>[A-Za-z0-9_.-]{1,100}))?\Z"
)
_OLD_HEADER = re.compile(r"sealkit\.sum v1 house=")
_PLAIN = re.compile(r"[A-Za-z0-9_./:@+,=#*^$|(){}\[\]~%!?<>;&-]+\Z")
_FIELD = re.compile(r' ([a-z0-9]+)=("(?:[ !#-\[\]-~]|\\.)*"|[!#-~]+)')  # printable ASCII
_SIG = re.compile(r"[A-Za-z0-9_-]{86}\Z")
_NAMES = {kind: tuple(spec.name for spec in fields(entry)) for kind, entry in KINDS.items()}
"""The fields of each kind of entry, in the order of a line."""
_Entry = TypeVar("_Entry", bound=VersionedEntry)


class Signed(NamedTuple):
    """An entry and its signature (base64url)."""

    entry: LedgerEntry
    sig: str

    def line(self) -> str:
        """The whole line, without its line feed."""
        return f"{line_of(self.entry)} sig={self.sig}"


@dataclass(slots=True)
class Ledger:
    """A ledger as read: the public signing key (`ed25519:…`) and its lines. `signing.verified` keeps those whose signature holds.

    `id` and `name` are the repository's (empty in a ledger of an earlier version). `ignored` counts the lines that are none, or
    whose signature does not hold.
    """

    signer: str
    lines: list[Signed] = field(default_factory=list)
    id: str = ""
    name: str = ""
    ignored: int = 0
    _paths: dict[str, PathEntry | None] | None = field(default=None, init=False, repr=False, compare=False)
    _folders: dict[str, FolderEntry | None] | None = field(default=None, init=False, repr=False, compare=False)
    _versions: dict[tuple[str, ...], int] | None = field(default=None, init=False, repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> Ledger:
        """Read the text form; lines may stand in any order. Raises RefusedError where the first line is not that of a ledger,
        SealkitError for one that this version does not read."""
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
        return replace(cls.of_lines(head["signer"], rows[1:]), id=head["id"] or "", name=head["name"] or "")

    @classmethod
    def of_lines(cls, signer: str, rows: Iterable[str]) -> Ledger:
        """A ledger of these rows, under a signing key. What is no line is counted."""
        parsed = [_parse_line(row) for row in dict.fromkeys(rows) if row and row.partition(" ")[0] not in RETIRED]
        lines = [line for line in parsed if line is not None]
        return cls(signer, lines, ignored=len(parsed) - len(lines))

    def text(self) -> str:
        """The text form: sorted, each line once, a blank line before each."""
        identity = f" id={self.id} name={self.name}" if self.id else ""
        body = sorted({signed.line() for signed in self.lines})
        return f"{NAME} {VERSION} signer={self.signer}{identity}\n" + "".join(f"\n{line}\n" for line in body)

    @property
    def entries(self) -> Iterator[LedgerEntry]:
        """All entries, in the order of the lines."""
        return (signed.entry for signed in self.lines)

    def paths(self) -> dict[str, PathEntry | None]:
        """The entry of each file by path. The highest version counts; None where two lines of one version disagree (two branches
        wrote the same file), so that neither is taken."""
        if self._paths is None:
            self._paths = _highest(entry for entry in self.entries if isinstance(entry, PathEntry))
        return self._paths

    def folders(self) -> dict[str, FolderEntry | None]:
        """The entry of each folder by path, as `paths` tells those of files."""
        if self._folders is None:
            self._folders = _highest(entry for entry in self.entries if isinstance(entry, FolderEntry))
        return self._folders

    def versions(self) -> Mapping[tuple[str, ...], int]:
        """The highest version that a line names, by the key of what it is about (`("path", PATH)`, `("folder", PATH)`)."""
        if self._versions is None:
            self._versions = {}
            for entry in self.entries:
                if isinstance(entry, VersionedEntry):
                    self._versions[entry.key] = max(self._versions.get(entry.key, 0), entry.version)
        return self._versions

    def version(self, entry_key: tuple[str, ...]) -> int:
        """The one of `versions` for a key; 0 without a line."""
        return self.versions().get(entry_key, 0)

    def with_lines(self, added: Iterable[Signed], removed: Iterable[tuple[str, ...]] = ()) -> Ledger:
        """A copy in which `added` takes the place of lines of the same key, and lines of the keys `removed` are gone."""
        fresh = list(added)
        gone = {signed.entry.key for signed in fresh} | set(removed)
        kept = [signed for signed in self.lines if signed.entry.key not in gone]
        return Ledger(self.signer, kept + fresh, self.id, self.name)


def _highest(entries: Iterable[_Entry]) -> dict[str, _Entry | None]:
    best: dict[str, _Entry | None] = {}
    top: dict[str, int] = {}
    for entry in entries:
        if entry.version > top.get(entry.path, -1):
            best[entry.path], top[entry.path] = entry, entry.version
        elif entry.version == top[entry.path] and entry != best[entry.path]:
            best[entry.path] = None
    return best


def line_of(entry: LedgerEntry) -> str:
    """The text of an entry without its signature: what is signed."""
    words = [entry.kind]
    for name in _NAMES[entry.kind]:
        value = getattr(entry, name)
        words += [f"{name}={quote(str(item))}" for item in (value if isinstance(value, tuple) else (value,))]
    return " ".join(words)


def quote(text: str) -> str:
    """A text as one word, or as a JSON text in printable ASCII where it is none."""
    if _PLAIN.match(text):
        return text
    return json.dumps(text, ensure_ascii=True).replace("\x7f", "\\u007f")


def _parse_line(row: str) -> Signed | None:
    """A line; None where it is none."""
    body, mark, sig = row.rpartition(" sig=")
    kind = KINDS.get(body.partition(" ")[0])
    if not mark or kind is None or not _SIG.match(sig):
        return None
    values: dict[str, list[str]] = {}
    for name, word in _FIELD.findall(body):
        values.setdefault(name, []).append(_unquote(word))
    try:
        entry = _build(kind, values)
    except (KeyError, ValueError):
        return None
    # one spelling only: whatever the reader skipped or read loosely ends here
    return Signed(entry, sig) if line_of(entry) == body else None


def _build(kind: type[LedgerEntry], values: dict[str, list[str]]) -> LedgerEntry:
    made: dict[str, object] = {}
    for name in _NAMES[kind.kind]:
        if name == "to":
            made[name] = tuple(values.get(name, ()))
        else:
            made[name] = int(values[name][0]) if name == "version" else values[name][0]
    return kind(**made)  # type: ignore[arg-type]


def _unquote(word: str) -> str:
    if not word.startswith('"'):
        return word
    try:
        return str(json.loads(word))
    except ValueError:
        return ""
