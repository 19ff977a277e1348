"""What a value under a name yields: itself, or what stands in it: a URL, a command line, a script, a manifest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from urllib.parse import unquote

from sealkit.errors import SealkitError
from sealkit.scan.readers.mapped import Mapped, masked, part
from sealkit.secrets.fields import Field
from sealkit.secrets.names import is_neutral_name, is_neutral_parent, is_plural, is_value_word
from sealkit.secrets.places import Place, in_doubt, in_text, place_of_name, severity
from sealkit.secrets.spans import Shape, secret_spans
from sealkit.secrets.text.fallbacks import whole
from sealkit.secrets.values import grade_value

_DOCUMENT = re.compile(r"\A\s{0,400}[{\[]|(?m:^[ \t]{0,80}(?:- )?[\"']?[\w./-]{1,120}[\"']?:(?:[ \t]|\r?$))")
_LARGEST = 1 << 20
_SEALED = re.compile(r"\{[A-Za-z0-9+/]{20,4096}={0,2}\}\Z|ENC\(|\{cipher\}")
"""Passwords that Maven, Jenkins, Jasypt and Spring have encrypted."""


def leaf(names: Sequence[str], value: Mapped, place: Place | None = None) -> Iterator[Field]:
    """The fields of a value: `names` are the keys above it, its own last. `place` is given where a schema or a reader knows it."""
    name, text = names[-1] if names else "", value.text
    if (fallback := whole(text)) is not None:
        literal = list(leaf(names, part(value, fallback.at, fallback.stop), place))
        yield from literal or inside(value)
        return
    if place is None:
        place = place_under(tuple(names))
    elif place is Place.SCHEMA and is_neutral_name(name):
        place = in_doubt(place_of_name(name), text)
    bare = text.strip()
    if place is Place.NOTHING or not bare or "\n" in bare or severity(place, grade_value(text)) is None:
        yield from inside(value)
        return
    within = list(inside(value)) if "://" in text or (";" in text and "=" in text) else []
    if within:
        yield from within
    elif not _SEALED.match(bare):
        yield Field(name, text, value.start, value.stop, place)


def inside(value: Mapped, *, text: bool = False, code: bool = False) -> Iterator[Field]:
    """The secrets in a value that is more than one: in its documents where it has some, else by their forms. `text` says that the
    value is code, a comment or documentation; in `code` what stands without quotes is an expression."""
    documents = None if text else _documents(value)
    assigned = "=" in value.text and "\n" not in value.text and '":' not in value.text  # `{ name="X" }` of libconfig
    if documents or (documents is not None and not assigned):
        yield from documents
        return
    for span in secret_spans(value.text, tokens=False):
        if code and span.bare and span.shape is Shape.ASSIGNED and not _is_command(value.text, span.start):
            continue
        found = value.text[span.start : span.end]
        meant = unquote(found) if span.shape is Shape.URL_PASSWORD and "%" in found else found
        place = in_text(span.place) if text else span.place
        if severity(place, span.grade) is not None:
            yield Field(span.name or "password", meant, value.at(span.start), value.at(span.end), place)


def _is_command(text: str, at: int) -> bool:
    """Whether a line of a notebook is one for the shell: `!export NAME=value`, `%env NAME=value`."""
    return text[text.rfind("\n", 0, at) + 1 : at].lstrip().startswith(("!", "%"))


def comments(text: str, pieces: Iterable[tuple[int, int]]) -> Iterator[Field]:
    """The secrets in the comments of a file, which stand at these places, in order."""
    listed = list(pieces)
    if listed:
        yield from inside(Mapped(masked(text, listed), 0, len(text)), text=True)


def _documents(value: Mapped) -> list[Field] | None:
    """The secrets of a text that is a manifest, YAML or JSON; None where it is none."""
    text = value.text
    if ("\n" not in text.strip() and text.lstrip()[:1] not in {"{", "["}) or len(text) > _LARGEST:
        return None
    if not _DOCUMENT.search(text):
        return None
    from sealkit.secrets.in_documents import suspects
    from sealkit.yamlspan.nodes import MappingNode, SequenceNode
    from sealkit.yamlspan.parse import parse

    fields: list[Field] = []
    try:
        documents = parse(text, "")
        if not any(isinstance(document.root, MappingNode | SequenceNode) for document in documents):
            return None
        for document in documents:
            for item in suspects(document):
                if item.place is Place.NOTHING or item.severity is None:
                    continue
                start = document.text.find(item.text, item.node.start, item.node.end)
                end = start + len(item.text)
                if start < 0:
                    start, end = item.node.start, item.node.end
                fields.append(Field(item.label, item.plain or item.text, value.at(start), value.at(end), item.place))
    except (SealkitError, RecursionError):
        return None
    return fields


@lru_cache(maxsize=4096)
def place_under(names: tuple[str, ...]) -> Place:
    """The place that a name and the names above it make, as in documents: `value` below `password` is one, any other key below the
    name of a secret is one where its value is random."""
    above = Place.NOTHING
    for name in names[:-1]:
        if is_neutral_parent(name):
            return Place.NOTHING
        above = _holder(name, above)
    own = names[-1] if names else ""
    place = place_of_name(own)
    if place is not Place.NOTHING or above is Place.NOTHING:
        return place
    if is_value_word(own):
        return above
    return Place.NOTHING if is_neutral_name(own) else Place.WEAK


def _holder(name: str, above: Place) -> Place:
    place = place_of_name(name)
    if place is Place.WEAK and not is_plural(name):
        place = Place.NOTHING
    return place if place is not Place.NOTHING or not is_value_word(name) else above
