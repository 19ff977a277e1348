"""Stand-ins: sealed files opened without a key. Each leaf is a made-up value of the same type and, where the ciphertext tells
it (AES-GCM keeps the length), of the same length; unique per occurrence and the same on every run."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

from sealkit.model.sensitive import Origin, Sensitive
from sealkit.model.tree import Leaf, Tree, nested
from sealkit.sealed.file import SealedFile
from sealkit.yamlspan.nodes import Node, ScalarNode, SequenceNode, plain
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Dialect, Scalar

_SEALED = re.compile(r"ENC\[AES256_GCM,data:(?P<data>[^,]*),iv:[^,]*,tag:[^,]*,type:(?P<type>[a-z]+)\]")
_SPEC = re.compile(r"<(?:generate:(?P<what>[a-z0-9]+)(?::(?P<size>\d{1,5}))?|ask:[^<>]*)>\Z")
_ALNUM = "abcdefghijklmnopqrstuvwxyz0123456789"
_HEX = "0123456789abcdef"
_DIGITS = "123456789"
_MARK = "standin"
_STRUCTURED = (".yaml", ".yml", ".json")
_USUAL = 24
_LARGEST = 1 << 20


class StandInOpener:
    """An `Opener` that holds no key. It reads sealed files, and the files of the example tree where there are no others."""

    stand_ins = True

    def open_all(self, sealed: Mapping[str, SealedFile]) -> dict[str, list[Tree]]:
        """The documents of each file with stand-ins for its sealed leaves. Raises SealkitError for an unreadable file."""
        return {path: self._open(file) for path, file in sealed.items()}

    def _open(self, file: SealedFile) -> list[Tree]:
        path, text = file.path, file.text
        if not path.endswith(_STRUCTURED):
            return [self._flat(file)]
        trees = []
        for document in parse(text, path):
            if document.root is None:
                continue
            plain(document.root, Dialect.SOPS, path)  # refuses repeated keys
            tree = _annotated(document.root, Route(), path, document.index)
            if isinstance(tree, dict):
                tree.pop("sops", None)
            trees.append(tree)
        return trees

    @staticmethod
    def _flat(file: SealedFile) -> Tree:
        """dotenv, ini and binary: one level of names (two for ini), as the census sees them."""
        return nested(
            (item.route.keys, stand_in(item.value, Origin(file.path, item.route, item.document)))
            for item in file.parsed.items
            if item.route.keys and not item.comment
        )


def _annotated(node: Node, route: Route, path: str, index: int) -> Tree:
    if isinstance(node, ScalarNode):
        value = node.value(Dialect.SOPS)
        return stand_in(value, Origin(path, route, index))
    if isinstance(node, SequenceNode):
        kept = [child for child in node.items if not _is_comment(child)]
        return [_annotated(child, route / at, path, index) for at, child in enumerate(kept)]
    return {key.text: _annotated(child, route / key.text, path, index) for key, child in node.items}


def _is_comment(node: Node) -> bool:
    """sops keeps a comment in a list as an item of its own."""
    found = _SEALED.match(node.text) if isinstance(node, ScalarNode) else None
    return found is not None and found["type"] == "comment"


def stand_in(value: Scalar, origin: Origin) -> Leaf:
    """The stand-in for one leaf, or the leaf itself where it is open."""
    if not isinstance(value, str):
        return value
    if (found := _SEALED.match(value)) is not None:
        return Sensitive(
            _typed(found["type"], _length(found["data"]), str(origin) + str(origin.document)), origins=(origin,)
        )
    if (spec := _SPEC.match(value)) is not None:
        size = min(int(spec["size"] or _USUAL), _LARGEST)
        return Sensitive(_specified(spec["what"] or "", size, str(origin)), origins=(origin,))
    return value


def _length(data: str) -> int:
    try:
        return min(len(base64.b64decode(data)), _LARGEST)
    except (binascii.Error, ValueError):
        return _USUAL


def _typed(kind: str, length: int, seed: str) -> Scalar:
    if kind == "int":
        return int(_drawn(seed, max(1, min(length, 18)), _DIGITS))
    if kind == "float":
        return float(_drawn(seed, max(1, min(length - 2, 12)), _DIGITS) + ".5")
    if kind == "bool":
        return length == 4  # sops writes True and False
    if kind == "time":
        return datetime(2026, 1, 1, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _text(seed, length)


def _specified(what: str, size: int, seed: str) -> str:
    if what == "hex":
        return _drawn(seed, size, _HEX)
    if what == "base64":
        return base64.b64encode(_bytes(seed, size)).decode()
    if what == "uuid":
        return str(uuid.UUID(bytes=_bytes(seed, 16), version=4))
    return _text(seed, size)


def _text(seed: str, length: int) -> str:
    """Lower-case letters and digits, so it is valid in a URL, a header, a shell word, and mostly in base64."""
    if length < 2 * len(_MARK):
        return _drawn(seed, length, _ALNUM)
    return _MARK + _drawn(seed, length - len(_MARK), _ALNUM)


def _drawn(seed: str, length: int, alphabet: str) -> str:
    return "".join(alphabet[byte % len(alphabet)] for byte in _bytes(seed, length))


def _bytes(seed: str, length: int) -> bytes:
    return hashlib.shake_256(b"sealkit stand-in\0" + seed.encode()).digest(length)
