"""The two proofs of a split: the halves give the input back, and nothing that was split out stays behind."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sealkit.errors import RefusedError
from sealkit.model.objects import Manifest, is_object
from sealkit.model.sensitive import Origin, Sensitive
from sealkit.model.tree import Leaf, Tree, convert, walk
from sealkit.overlay import load, resolve
from sealkit.overlay.split import FileChange, Moved, Proposal
from sealkit.overlay.value_search import strong
from sealkit.reveal import reveal, reveal_tree, spellings
from sealkit.yamlspan.nodes import plain
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Dialect, Scalar, Value


@dataclass(frozen=True, slots=True)
class Remains:
    """A value that still stands somewhere: its name, the path, and the line (0: not known)."""

    name: str
    path: str
    line: int


def prove(proposal: Proposal, opened: Mapping[str, list[Tree]], public: Mapping[str, bytes]) -> None:
    """Both proofs over a proposal.

    `opened` holds the documents of the other sealed files (those that the proposal rewrites are taken from it), `public`
    the bytes of every file of the public tree as it is now. Raises RefusedError naming file and line, never a value.
    """
    gives_back(proposal, opened)
    after = {**public, **{change.path: change.after.encode() for change in proposal.changes}}
    left = remaining(proposal.moved, after)
    if left:
        first = left[0]
        more = f", and {len(left) - 1} more" if len(left) > 1 else ""
        raise RefusedError(
            f"{first.path}:{first.line}: the value of {first.name} is still there{more}",
            hint="take it out there by hand (a comment, a key, a file of another kind), and run it again",
        )


def gives_back(proposal: Proposal, opened: Mapping[str, list[Tree]]) -> None:
    """Proof one: each document of each file, filled in, is what the input was, scalar by scalar and type by type."""
    trees = {path: docs for path, docs in opened.items() if path not in proposal.private}
    trees |= {path: plain_trees(path, text) for path, text in proposal.private.items()}
    names = resolve.collect(trees)
    for change in proposal.changes:
        if not _same_stream(change, names):
            raise RefusedError(
                f"{change.source}: could not be split without a change",
                hint="please report the shape of the file; nothing was written",
            )


def _same_stream(change: FileChange, names: Mapping[str, resolve.Named]) -> bool:
    before, after = _filled(change.path, change.before, names), _filled(change.path, change.after, names)
    return len(before) == len(after) and all(
        one.ref == two.ref and same(reveal_tree(one.body), reveal_tree(two.body))
        for one, two in zip(before, after, strict=True)
    )


def _filled(path: str, text: str, names: Mapping[str, resolve.Named]) -> list[Manifest]:
    filled = []
    for document in load.documents(path, text.encode()):
        if load.is_manifest(load.tree_of(document)):
            filled += [resolve.fill(manifest, names, []) for manifest in load.manifests(document)]
    return filled


def same(one: Value, two: Value) -> bool:
    """Whether two trees are equal, scalar types included, keys in the same order."""
    if type(one) is not type(two) and not (isinstance(one, str) and isinstance(two, str)):
        return False
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        return list(one) == list(two) and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(same, one, two))
    return bool(one == two) or (one != one and two != two)  # noqa: PLR0124 - not a number


def remaining(moved: Iterable[Moved], files: Mapping[str, bytes]) -> list[Remains]:
    """Proof two: every place where a value that can be searched for stands, in any spelling."""
    needles = needles_of(moved)
    found = []
    for path, data in files.items():
        for name, wanted in needles.items():
            at = min((place for needle in wanted if (place := data.find(needle)) >= 0), default=-1)
            if at >= 0:
                found.append(Remains(name, path, data.count(b"\n", 0, at) + 1))
    return sorted(found, key=lambda item: (item.path, item.line, item.name))


def needles_of(moved: Iterable[Moved]) -> dict[str, frozenset[bytes]]:
    """What to search for, by name: each strong value and its text in the input, in every spelling. Of text in several
    lines, also each long line, because indentation may differ."""
    found: dict[str, frozenset[bytes]] = {}
    for item in moved:
        texts = [text for held in (item.value, item.stood) if isinstance(text := reveal(held), str) and item.strong]
        wanted = {spelling.encode("utf-8", "surrogatepass") for text in texts for spelling in spellings(text.strip())}
        for text in texts:
            lines = [line.strip() for line in text.splitlines()]
            wanted |= {line.encode() for line in lines if len(line) >= 40 and not line.startswith("-----")}
            if inside := _inside(text):
                wanted |= {spelling.encode("utf-8", "surrogatepass") for spelling in spellings(inside)}
        if wanted:
            found[item.name] = frozenset(wanted)
    return found


def held(opened: Mapping[str, list[Tree]]) -> list[Moved]:
    """Every sealed leaf of opened files as something to search for: named values by name, others by file and route."""
    found = []
    for path, documents in opened.items():
        for document in documents:
            overlay = is_object(document)
            for route, leaf in walk(document):
                if isinstance(leaf, Sensitive):
                    name = f"{path}#{route}" if overlay else ".".join(str(step) for step in route)
                    label = str(route.steps[-1]) if len(route) else ""
                    value = reveal(leaf)
                    searchable = isinstance(value, str) and strong(value, label)
                    found.append(Moved(name, leaf, leaf, searchable, path, 0, str(route), "sealed"))
    return found


def _inside(text: str) -> str | None:
    """The text inside base64 that was kept as it is (because it is wrapped over lines)."""
    try:
        plain = base64.b64decode("".join(text.split()), validate=True).decode().strip()
    except (binascii.Error, ValueError):
        return None
    return plain if len(plain) >= 8 and plain.isprintable() else None


def plain_trees(path: str, text: str) -> list[Tree]:
    """The documents of the plain text of a sealed file, each leaf `Sensitive`, typed as sops types them."""
    origin = Origin(path, Route())

    def sealed(value: Scalar) -> Leaf:
        return Sensitive(value, origins=(origin,))

    trees = []
    for document in parse(text, path):
        if document.root is not None:
            value = plain(document.root, Dialect.SOPS, path)
            opened = convert(value)
            # identity and nulls are read as they are
            trees.append(opened if is_object(opened) else convert(value, sealed))
    return trees
