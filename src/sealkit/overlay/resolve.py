"""Values into places. This module and `emit` are where sealed values become text in memory; nothing here is printed."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sealkit.errors import RefusedError
from sealkit.model.list_items import TreeNames, named_route
from sealkit.model.objects import Literal, Manifest, is_object
from sealkit.model.sensitive import Origin, Sensitive
from sealkit.model.tree import Body, Fields, Leaf, Tree, as_mapping, walk
from sealkit.overlay import placeholder
from sealkit.overlay.load import Whole
from sealkit.overlay.placeholder import Placeholder
from sealkit.printable import MASK
from sealkit.reveal import reveal
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar

STRUCTURED = (".yaml", ".yml", ".json", ".env", ".ini")
"""By the end of the name, as sops chooses: any other sealed file holds one value."""

ENCRYPTED = "ENC[AES256_GCM,"
_REGISTRY = {"stand-in.example": {"auth": base64.b64encode(b"stand:in").decode()}}
_DOCKER = {".dockerconfigjson": json.dumps({"auths": _REGISTRY}), ".dockercfg": json.dumps(_REGISTRY)}


class NoValueError(RefusedError):
    """A placeholder names a value that no sealed file holds."""


class Resolved(Sensitive):
    """A public text whose placeholders have their values. `written` is the text as it stands in the public tree."""

    __slots__ = ("written",)

    def __init__(self, value: Scalar, *, mask: str, origins: tuple[Origin, ...], written: str) -> None:
        super().__init__(value, mask=mask, origins=origins)
        self.written = written


@dataclass(frozen=True, slots=True)
class Named:
    """One named value and the file it came from. `value` is open where the file leaves it open."""

    value: Leaf
    path: str


@dataclass(frozen=True, slots=True)
class Use:
    """A placeholder at work: which name, in which manifest, at which index route, within which text."""

    name: str
    manifest: Manifest
    route: Route
    text: str


def collect(opened: Mapping[str, list[Tree]]) -> dict[str, Named]:
    """The named values of opened files: every scalar of a mapping that is no object; of a file without structure (a key, a
    certificate) the whole content, named by the path of the file. Raises RefusedError for a name that stands twice."""
    names: dict[str, Named] = {}
    for path, trees in opened.items():
        for tree in trees:
            if is_object(tree):
                continue
            top = as_mapping(tree)
            whole = not path.endswith(STRUCTURED) and "data" in top
            for name, value in _scalars(top["data"], path) if whole else _scalars(tree, ""):
                if name in names:
                    other = names[name].path
                    place = f"twice in {path}" if other == path else f"in both {other} and {path}"
                    raise RefusedError(f"the name {name} is defined {place}", hint="give one of the two another name")
                names[name] = Named(value, path)
    return names


def _scalars(tree: Tree, prefix: str) -> Iterator[tuple[str, Leaf]]:
    if isinstance(tree, Mapping):
        for key, child in tree.items():
            yield from _scalars(child, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(tree, list):
        for index, child in enumerate(tree):
            yield from _scalars(child, f"{prefix}.{index}" if prefix else str(index))
    elif prefix:
        yield prefix, tree


def fill(manifest: Manifest, names: Mapping[str, Named], uses: list[Use]) -> Manifest:
    """The manifest with every placeholder replaced; `uses` gets one entry for each.

    Raises RefusedError, naming the place, for a placeholder that has no value.
    """
    body = _Filler(manifest, names, uses).fill_body()
    return Manifest(manifest.ref, manifest.api_version, body, manifest.path, manifest.line)


class _Filler:
    """Fills the placeholders of one manifest."""

    def __init__(self, manifest: Manifest, names: Mapping[str, Named], uses: list[Use]) -> None:
        self.manifest, self.names, self.uses = manifest, names, uses
        self.items = TreeNames(manifest.body)

    def where(self, route: Route) -> str:
        """The place of a route, for messages."""
        return _where(self.manifest, self.items.named(route))

    def fill_body(self) -> Body:
        """The body of the manifest with its values."""
        self.check_keys(self.manifest.body, Route())
        return {key: self.fill(child, Route((key,))) for key, child in self.manifest.body.items()}

    def check_keys(self, tree: Fields, route: Route) -> None:
        for key in tree:
            if placeholder.MARK in key and key != placeholder.escape(key):
                raise RefusedError(f"{self.where(route)}: a placeholder in a key", hint="keys are public")

    def fill(self, tree: Tree, route: Route) -> Tree:
        if isinstance(tree, Mapping):
            self.check_keys(tree, route)
            return {key: self.fill(child, route / key) for key, child in tree.items()}
        if isinstance(tree, list):
            return [self.fill(child, route / index) for index, child in enumerate(tree)]
        if not isinstance(tree, str) or placeholder.MARK not in tree:
            return tree
        parts = placeholder.parse(tree, self.where(route))
        for part in parts:
            if isinstance(part, Placeholder):
                if part.name not in self.names:
                    raise NoValueError(
                        f"{self.where(route)}: no value for <sealed:{part.name}>",
                        hint=f"sealkit set {part.name} FILE, or fix the name in the placeholder",
                    )
                self.uses.append(Use(part.name, self.manifest, route, str(tree)))
        return self.text(str(tree), parts, route, whole=isinstance(tree, Whole))

    def text(self, text: str, parts: list[placeholder.Part], route: Route, *, whole: bool) -> Leaf:
        origins: list[Origin] = []
        if whole and isinstance(parts[0], Placeholder) and not parts[0].filters:
            value = self.names[parts[0].name].value
            if not isinstance(value, Sensitive):
                return value
            return Resolved(reveal(value), mask=MASK, origins=value.origins, written=text)
        pieces, masked, sealed = [], [], False
        for part in parts:
            if isinstance(part, str):
                pieces.append(part)
                masked.append(part)
                continue
            value = self.names[part.name].value
            piece = part.apply(self.as_text(reveal(value), part, route))
            pieces.append(piece)
            masked.append(MASK if isinstance(value, Sensitive) else piece)
            if isinstance(value, Sensitive):
                sealed = True
                origins += [origin for origin in value.origins if origin not in origins]
        joined = "".join(pieces)
        if not sealed:
            return Literal(joined)
        return Resolved(joined, mask="".join(masked), origins=tuple(origins), written=text)

    def as_text(self, value: Scalar, part: Placeholder, route: Route) -> str:
        if value is None:
            raise RefusedError(
                f"{self.where(route)}: <sealed:{part.name}> is null and cannot be part of a text",
                hint=f"sealkit set {part.name}",
            )
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value)


def guard(manifest: Manifest) -> None:
    """Raises RefusedError, naming the place, for what must not reach a cluster: a `sops` block or a value still encrypted."""
    if isinstance(manifest.body.get("sops"), Mapping):
        raise RefusedError(
            f"{_where(manifest, Route())}: still carries a sops block", hint="sealkit edit the sealed file"
        )
    for route, leaf in walk(manifest.body):
        if isinstance(leaf, str | Sensitive):
            text = reveal(leaf)
            if isinstance(text, str) and ENCRYPTED in text:
                raise RefusedError(
                    f"{_where(manifest, named_route(manifest.body, route))}: still encrypted (ENC[…])",
                    hint="it was sealed twice, or copied sealed",
                )


def fit(manifest: Manifest) -> Manifest:
    """A manifest of stand-ins in which the fields that Kubernetes validates are valid: base64 in `data` of a Secret, JSON
    in a docker configuration. Only for stand-ins: a true value is never changed."""
    if manifest.ref.kind != "Secret" or manifest.ref.group:
        return manifest
    body = dict(manifest.body)
    for block in ("data", "stringData"):
        if isinstance(values := body.get(block), Mapping):
            body[block] = {key: _fit(key, leaf, block == "data") for key, leaf in values.items()}
    return Manifest(manifest.ref, manifest.api_version, body, manifest.path, manifest.line)


def _fit(key: str, leaf: Tree, encoded: bool) -> Tree:
    if not isinstance(leaf, Sensitive) or not isinstance(value := reveal(leaf), str):
        return leaf
    inner = _unbase64(value) if encoded else value
    if key in _DOCKER and not _is_json(inner or ""):
        fitted = _DOCKER[key]
    elif inner is None:
        fitted = value
    else:
        return leaf
    text = base64.b64encode(fitted.encode()).decode() if encoded else fitted
    written = leaf.written if isinstance(leaf, Resolved) else ""
    return Resolved(text, mask=leaf.mask, origins=leaf.origins, written=written)


def _unbase64(text: str) -> str | None:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return None


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _where(manifest: Manifest, route: Route) -> str:
    at = f"{manifest.path}:{manifest.line}: " if manifest.line else f"{manifest.path}: "
    return f"{at}{manifest.ref} {route}"
