"""Which scalars of a manifest, or which spans of them, look like secrets. Needs no key.

This module knows the structure of documents; `secrets.schemas` knows kinds, `secrets.names` and `secrets.values` judge names and
values. `split` and `scan` share it, so `split` moves what `scan` reports.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sealkit.errors import SealkitError
from sealkit.model.severity import Severity
from sealkit.secrets.document_at import At, below
from sealkit.secrets.document_forms import byte_key, is_encrypted, rows_of_logins
from sealkit.secrets.document_nodes import (
    BINARY,
    LABELS,
    Owner,
    content,
    decoded,
    is_schema,
    labelled_value,
    origin_of,
    owner_of,
)
from sealkit.secrets.loose_words import random_word
from sealkit.secrets.names import is_neutral_name, is_neutral_parent
from sealkit.secrets.places import Place, in_doubt, in_text, place_of_name, severity
from sealkit.secrets.schemas import Meaning, is_judged_by_name, meaning_of
from sealkit.secrets.spans import Shape, secret_spans, shape_of
from sealkit.secrets.suspect import A_COPY, A_KEY, Part, Suspect
from sealkit.secrets.values import grade_value
from sealkit.yamlspan.nodes import Document, MappingNode, Node, ScalarNode, SequenceNode
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.route import Route

_PLACEHOLDER_MARK = "sealed:"
"""Part of every placeholder."""
_HEADER = re.compile(r"(?i:(?:bearer|basic|token)[ \t]+)(?P<value>\S{4,8192})\Z")
_LITERAL = re.compile(r"(?P<name>[^=]{1,253})=(?P<value>.+)\Z", re.DOTALL)
_OBJECT = re.compile(r"\bkind[\"']?\s*:|\A\s*[{\[]")
_DEEPEST = 3
"""Manifests in strings of manifests."""
_COMMANDS = frozenset(["args", "command", "cmd", "entrypoint", "exec", "test"])
_DEFAULT_LABELS = {
    Shape.PRIVATE_KEY: "private_key",
    Shape.TOKEN: "token",
    Shape.URL_PASSWORD: "password",
    Shape.BEARER: "credentials",
    Shape.ARGUMENT: "password",
    Shape.ASSIGNED: "value",
    Shape.LOGIN: "password",
}
_NOWHERE = Place.NOTHING
_WEIGHT = {Severity.ERROR: 2, Severity.WARNING: 1, None: 0}


def suspects(document: Document, depth: int = 0) -> list[Suspect]:
    """Everything in a document that looks like a secret, in document order and without overlaps; and every other key
    of a Secret, which has no severity. `depth` counts the documents around this one."""
    if document.root is None:
        return []
    finder = _Finder(document, depth)
    finder.node(document.root, At(Route(), Owner("", "")))
    unique = {(item.node.start, item.start): item for item in reversed(finder.items)}
    return [unique[key] for key in sorted(unique)]


class _Finder:
    def __init__(self, document: Document, depth: int) -> None:
        self.document, self.depth = document, depth
        self.items: list[Suspect] = []

    def node(self, node: Node, at: At) -> None:
        meaning = meaning_of(at.owner.kind, at.steps) if at.owner.has_schema else None
        if meaning is Meaning.SEALED:
            return
        if meaning is Meaning.NEUTRAL:
            at = at.below(neutral=True)
            if at.inherited is not _NOWHERE:
                at = at._replace(inherited=_NOWHERE)
        elif at.owner.neutral and is_judged_by_name(at.owner.kind, at.steps):
            at = at.below(neutral=False)
        if isinstance(node, ScalarNode):
            self.scalar(node, at, meaning)
        elif isinstance(node, SequenceNode):
            self.sequence(node, at)
        else:
            self.mapping(node, at)

    def mapping(self, node: MappingNode, at: At) -> None:
        keys = {key.text for key, _ in node.items}
        own = owner_of(node, at.owner) if "kind" in keys or "<<" in keys else None
        if own is not None:
            at = At(at.route, own)
        label, value = labelled_value(node) if not LABELS.isdisjoint(keys) else ("", None)
        for key, child in node.items:
            if key.text == "<<" and not isinstance(child, ScalarNode):
                self.merged(child, at._replace(route=at.route / "<<"))
            elif child is value and label:
                self.node(child, at.key(key.text, label, _NOWHERE))  # env, HTTP headers, parameters
            elif is_encrypted(key.text, child):
                continue
            elif not isinstance(child, ScalarNode) and (is_neutral_parent(key.text) or is_schema(key.text, child)):
                self.node(child, at.below(neutral=True).key(key.text, key.text, _NOWHERE))
            else:
                self.node(child, at.key(key.text, key.text, below(key.text, child, at.inherited)))

    def merged(self, node: MappingNode | SequenceNode, at: At) -> None:
        """What a merge key brings in: its keys are keys of the mapping around it."""
        for source in node.items if isinstance(node, SequenceNode) else [node]:
            if isinstance(source, MappingNode):
                self.mapping(source, at)

    def sequence(self, node: SequenceNode, at: At) -> None:
        scalars = [child for child in node.items if isinstance(child, ScalarNode)]
        if (key := byte_key(scalars, at)) is not None:
            self.whole(scalars[0], at.item(0, at.name), at.name, Shape.ASSIGNED, place=key[0], plain=key[1])
            return
        command = at.name in _COMMANDS
        options = any(child.text.startswith("-") for child in scalars)
        taken = self.arguments(scalars, at) if (command or options) and len(scalars) == len(node.items) else set()
        for index, child in enumerate(node.items):
            if index not in taken:
                self.node(child, at.item(index, "" if command or options else at.name))

    def arguments(self, items: Sequence[ScalarNode], at: At) -> set[int]:
        """The passwords in a command that is written as a list. Returns the indexes of their items."""
        from sealkit.secrets.text.command_lines import in_list

        taken: set[int] = set()
        for index, start, end, name, place in in_list([item.text for item in items]):
            item = items[index]
            self.add(Suspect(at.route / index, item, start, end, at.owner.name, name, str(Shape.ARGUMENT), place))
            taken.add(index)
        return taken

    def scalar(self, node: ScalarNode, at: At, meaning: Meaning | None) -> None:
        text = content(node)
        if not text:
            return
        if meaning in {Meaning.SECRET, Meaning.BASE64}:
            self.key_of_secret(node, at, text, encoded=meaning is Meaning.BASE64)
        elif meaning is Meaning.LITERAL and (found := _LITERAL.match(text)):
            self.literal(node, at, found)
        elif (shape := shape_of(text)) is not None:
            self.whole(node, at, at.name or _DEFAULT_LABELS[shape], shape)
        elif at.name.endswith("last-applied-configuration") and at.owner.kind == "Secret":
            self.whole(node, at, "last-applied-configuration", A_COPY, place=Place.SCHEMA, plain="")
        elif not self.embedded(node, at, text):
            self.named(node, at, text)

    def named(self, node: ScalarNode, at: At, text: str) -> None:
        """A scalar that only its name, the names above it, or its own text can give away."""
        name, owner = at.name, at.owner
        if name.lower() in {"authorization", "proxy-authorization"} and (match := _HEADER.match(text)):
            self.add(Suspect(at.route, node, *match.span("value"), owner.name, name, str(Shape.BEARER), Place.PASSWORD))
            return
        place = _NOWHERE if owner.neutral else place_of_name(name)
        if place is _NOWHERE and not owner.neutral and not is_neutral_name(name):
            place = at.inherited
        judged = place is not _NOWHERE and _PLACEHOLDER_MARK not in text and "\n" not in text.strip()
        if judged and severity(place, grade_value(text)) is not None:
            if not ("://" in text and self.spans(node, at)):
                self.whole(node, at, name, Shape.ASSIGNED, place=place)
        else:
            self.spans(node, at)

    def key_of_secret(self, node: ScalarNode, at: At, text: str, *, encoded: bool) -> None:
        if _PLACEHOLDER_MARK in text:
            self.spans(node, at)
            return
        plain = decoded(text) if encoded or node.tag == BINARY else text
        place = Place.SCHEMA
        parts: tuple[Part, ...] = ()
        if plain is None:
            plain = ""
        elif shape_of(plain) is None and shape_of(text) is None:
            if any(mark in plain.strip() for mark in ("\n", " ", "://")) or _OBJECT.search(plain):
                parts = self._parts(plain)
                place, plain = max(parts, key=lambda part: _WEIGHT[part.severity], default=Part(_NOWHERE, plain))
            elif is_neutral_name(at.name):
                place = in_doubt(place_of_name(at.name), plain)
        self.add(
            Suspect(at.route, node, 0, len(node.text), at.owner.name, at.name, A_KEY, place, encoded, plain, parts)
        )

    def _parts(self, plain: str) -> tuple[Part, ...]:
        """What is secret in a file, an address or an object under a key of a Secret."""
        held: list[Part] = []
        for span in secret_spans(plain):
            line = plain[plain.rfind("\n", 0, span.start) + 1 : span.start].lstrip()
            place = in_text(span.place) if line.startswith(("#", ";", "//")) else span.place
            held.append(Part(place, plain[span.start : span.end]))
        if (word := random_word(plain)) is not None:
            held.append(Part(Place.SCHEMA, plain[slice(*word)]))
        for inner in _parsed(plain, self.depth):
            found = (item for item in suspects(inner, self.depth + 1) if item.severity is not None)
            held += [Part(item.place, item.plain or item.text) for item in found]
        return tuple(dict.fromkeys(part for part in held if part.severity is not None))

    def literal(self, node: ScalarNode, at: At, found: re.Match[str]) -> None:
        """`KEY=VALUE` of a secretGenerator."""
        name, value = found["name"], found["value"]
        place = place_of_name(name) if is_neutral_name(name) else Place.SCHEMA
        if shape_of(value) is not None or severity(place, grade_value(value)) is not None:
            self.add(Suspect(at.route, node, *found.span("value"), at.owner.name, name, A_KEY, place))
        else:
            self.spans(node, at)

    def embedded(self, node: ScalarNode, at: At, text: str) -> bool:
        """A string that is itself a manifest or an object: a patch, extraManifests, JSON. Returns whether it was read as one."""
        if ("\n" not in text and text[:1] not in {"{", "["}) or not _OBJECT.search(text):
            return False
        documents = _parsed(text, self.depth)
        for document in documents:
            for item in suspects(document, self.depth + 1):
                self._lift(item, document, node, at)
        return bool(documents)

    def _lift(self, item: Suspect, document: Document, node: ScalarNode, at: At) -> None:
        """A suspect of an inner document as a span of the outer scalar."""
        value = item.text
        start = document.text.find(value, item.node.start, item.node.end)
        if start < 0:
            start, value = item.node.start, document.text[item.node.start : item.node.end].rstrip()
        owner = item.owner or at.owner.name
        self.add(
            replace(
                item,
                route=at.route,
                node=node,
                start=start,
                end=start + len(value),
                owner=owner,
                plain=item.plain or item.text,
            )
        )

    def spans(self, node: ScalarNode, at: At) -> bool:
        name = at.name
        spans = rows_of_logins(node.text, at) or secret_spans(node.text)
        for span in spans:
            suffix = span.name or _DEFAULT_LABELS[span.shape]
            label = f"{name}_{suffix}" if name and span.name != name else suffix
            self.add(Suspect(at.route, node, span.start, span.end, at.owner.name, label, str(span.shape), span.place))
        return bool(spans)

    def whole(
        self, node: ScalarNode, at: At, label: str, why: str, *, place: Place = _NOWHERE, encoded: bool = False,
        plain: str | None = None,
    ) -> None:  # fmt: skip
        self.add(Suspect(at.route, node, 0, len(node.text), at.owner.name, label, str(why), place, encoded, plain))

    def add(self, suspect: Suspect) -> None:
        node = suspect.node
        if node.alias:
            origin = origin_of(self.document, node)
            if origin is None:
                return
            suspect = replace(suspect, node=origin)
        self.items.append(suspect)


def _parsed(text: str, depth: int) -> list[Document]:
    if depth >= _DEEPEST or len(text) > 1 << 20:
        return []
    try:
        return [item for item in parse(text, "") if isinstance(item.root, MappingNode | SequenceNode)]
    except (SealkitError, RecursionError):
        return []
