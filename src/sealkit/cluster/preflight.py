"""What must not reach a cluster, or would come back in an error message with its value: checked before anything is sent."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence

from sealkit.cluster.desired import is_secret
from sealkit.cluster.wire import holds
from sealkit.errors import RefusedError
from sealkit.model.objects import Manifest
from sealkit.model.sensitive import Sensitive
from sealkit.model.tree import Fields, Tree, as_mapping, walk
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar

ENCRYPTED = "ENC[AES256_GCM,"
LARGEST = 1024 * 1024
"""Bytes that a Secret or ConfigMap may hold; the API server refuses more."""
_PLACEHOLDER = re.compile(r"(?<!<)<sealed:[A-Za-z0-9_]")
_TEXT_BLOCKS = {"Secret": ("data", "stringData"), "ConfigMap": ("data", "binaryData")}
_BINARY = {("Secret", "data"), ("ConfigMap", "binaryData")}


def check(manifests: Sequence[Manifest]) -> None:
    """Raises RefusedError, naming the place, for an object that is not fit to be sent: a leftover placeholder, something still
    encrypted, a `sops` block, a value of the wrong type in a Secret, ConfigMap or environment, broken base64, too much data,
    no name, or an object that stands twice."""
    seen: dict[object, Manifest] = {}
    for manifest in manifests:
        if not manifest.ref.name:
            raise RefusedError(f"{_at(manifest)}: {manifest.ref.kind} without a name", hint="give it metadata.name")
        other = seen.setdefault(manifest.ref, manifest)
        if other is not manifest:
            raise RefusedError(
                f"{manifest.ref} is defined in both {_at(manifest)} and {_at(other)}", hint="remove one of the two"
            )
        _leftovers(manifest)
        _types(manifest)
        _size(manifest)


def _leftovers(manifest: Manifest) -> None:
    if isinstance(manifest.body.get("sops"), Mapping):
        raise RefusedError(f"{_at(manifest)}: {manifest.ref} carries a sops block", hint="sealkit edit the sealed file")
    for route, leaf in walk(manifest.body):
        if not isinstance(leaf, str | Sensitive):
            continue
        if holds(leaf, _encrypted):
            raise RefusedError(
                _place(manifest, route) + ": still encrypted (ENC[…])", hint="it was sealed twice, or copied sealed"
            )
        # a subclass is text in which placeholders were read already: what looks like one is meant literally
        if type(leaf) in {str, Sensitive} and holds(leaf, _unfilled):
            raise RefusedError(
                _place(manifest, route) + ": a placeholder that nothing fills",
                hint="placeholders are filled in the public half; in a sealed file write the value",
            )


def _types(manifest: Manifest) -> None:
    kind = "" if manifest.ref.group else manifest.ref.kind
    for block in _TEXT_BLOCKS.get(kind, ()):
        values = manifest.body.get(block)
        if values is None:
            continue
        if not isinstance(values, Mapping):
            raise RefusedError(_place(manifest, Route((block,))) + ": must be a mapping", hint="write KEY: VALUE in it")
        for key, leaf in values.items():
            route = Route((block, key))
            if not holds_text(leaf):
                raise RefusedError(
                    _place(manifest, route) + ": must be text", hint="put it in quotes; a nested value into a text"
                )
            if (kind, block) in _BINARY and not holds(leaf, _base64):
                raise RefusedError(
                    _place(manifest, route) + ": not base64", hint="use stringData for text, or the filter |base64"
                )
    for route, leaf in walk(manifest.body):
        if route.steps[-1:] == ("value",) and "env" in route.keys[-2:-1] and not holds_text(leaf):
            raise RefusedError(_place(manifest, route) + ": must be text", hint="put it in quotes")


def _size(manifest: Manifest) -> None:
    if is_secret(manifest.ref) or (manifest.ref.kind == "ConfigMap" and not manifest.ref.group):
        total = sum(_length(leaf) for leaf in _data(manifest.body))
        if total > LARGEST:
            raise RefusedError(
                f"{_at(manifest)}: {manifest.ref} holds {total} bytes, the most is {LARGEST}", hint="split it in two"
            )


def _data(body: Fields) -> Iterator[Tree]:
    for block in ("data", "stringData", "binaryData"):
        yield from as_mapping(body.get(block)).values()


def _length(leaf: Tree) -> int:
    size = 0

    def measure(value: Scalar) -> bool:
        nonlocal size
        size = len(str(value).encode("utf-8", "surrogatepass"))
        return True

    holds(leaf, measure)
    return size


def holds_text(leaf: Tree) -> bool:
    """Whether a leaf is text, or null."""
    if isinstance(leaf, Mapping | list):
        return False
    return holds(leaf, lambda value: value is None or isinstance(value, str))


def _encrypted(value: Scalar) -> bool:
    return isinstance(value, str) and ENCRYPTED in value


def _unfilled(value: Scalar) -> bool:
    return isinstance(value, str) and _PLACEHOLDER.search(value) is not None


def _base64(value: Scalar) -> bool:
    try:
        base64.b64decode("".join(str(value or "").split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _at(manifest: Manifest) -> str:
    return f"{manifest.path}:{manifest.line}" if manifest.line else manifest.path


def _place(manifest: Manifest, route: Route) -> str:
    return f"{_at(manifest)}: {manifest.ref} {route}"
