"""Merge the two halves of a target and put the values in. All in memory; nothing is printed or written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sealkit.errors import RefusedError
from sealkit.model.list_items import named_route
from sealkit.model.objects import Manifest, expand, ref_of
from sealkit.model.sensitive import Sensitive
from sealkit.model.tree import Body, Tree, as_mapping, as_text
from sealkit.overlay import load, merge, resolve
from sealkit.overlay.destinations import Reach, SecretAccess, ValuePlace
from sealkit.overlay.opener import Opener
from sealkit.overlay.reach import reaches
from sealkit.overlay.value_places import places
from sealkit.secrets.places import is_secret_value
from sealkit.source.config import Config, Target
from sealkit.source.file_tree import FileTree
from sealkit.yamlspan.route import Route


@dataclass(slots=True)
class Rendered:
    """A target, merged and resolved.

    `places` and `reaches` are where the values go, as far as it can be told; `files` the sealed files that were opened; `skipped`
    the public files that are no manifests, with the reason; `warnings` one line each; `namespace` is that of the target.
    """

    manifests: list[Manifest] = field(default_factory=list)
    places: list[ValuePlace] = field(default_factory=list)
    reaches: list[Reach | SecretAccess] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    files: tuple[str, ...] = ()
    skipped: list[tuple[str, str]] = field(default_factory=list)
    namespace: str = ""


def render(config: Config, target: Target, tree: FileTree, opener: Opener) -> Rendered:
    """The manifests of a target with every value in its place.

    Raises RefusedError, naming the place, for a placeholder without a value, a name or object that stands twice, or
    something still encrypted; SealkitError for files that cannot be read; whatever `opener` raises.
    """
    loaded = load.public(config, target, tree)
    sealed = load.private_files(config, target, tree)
    stand_ins = bool(getattr(opener, "stand_ins", False))
    if stand_ins and not sealed:
        sealed = load.example_files(config, target, tree)  # a fresh clone whose private half is elsewhere
    opened = opener.open_all(sealed) if sealed else {}
    ordered = {path: opened[path] for path in sealed}
    rendered = combine(loaded.manifests, ordered, target)
    rendered.files = tuple(sealed)
    rendered.skipped = loaded.skipped
    if stand_ins:
        rendered.manifests = [resolve.fit(manifest) for manifest in rendered.manifests]
    return rendered


def combine(public: list[Manifest], opened: Mapping[str, list[Tree]], target: Target) -> Rendered:
    """The same from public manifests and opened documents: what `render` does after reading."""
    overlays = [
        Manifest(ref_of(body), as_text(body["apiVersion"]), body, path)
        for path, documents in opened.items()
        for document in documents
        for _, body in expand(document)
    ]
    names = resolve.collect(opened)
    uses: list[resolve.Use] = []
    filled = [resolve.fill(manifest, names, uses) for manifest in public]
    manifests = _overlaid(filled, overlays, target)
    for manifest in manifests:
        resolve.guard(manifest)
    found = Rendered(manifests, places(uses, target.namespace), reaches(manifests, target.namespace))
    found.namespace = target.namespace
    found.warnings = [*_plain_secrets(manifests), *_unused(names, uses)]
    return found


def _overlaid(public: list[Manifest], overlays: list[Manifest], target: Target) -> list[Manifest]:
    result = list(public)
    index = {load.identity(manifest.ref, target): place for place, manifest in enumerate(result)}
    seen: dict[tuple[tuple[str, ...], str], str] = {}
    for overlay in overlays:
        key = load.identity(overlay.ref, target)
        folder = _folder(overlay.path, target)
        if (key, folder) in seen:
            raise RefusedError(
                f"{overlay.path}: {overlay.ref} is already defined in {seen[key, folder]}", hint="merge the two"
            )
        seen[key, folder] = overlay.path
        if key in index:
            below = result[index[key]]
            body = merge.apply(below.body, _without_identity(overlay.body, below.body))
            result[index[key]] = Manifest(below.ref, below.api_version, body, below.path, below.line)
        else:
            index[key] = len(result)
            body = merge.stripped(overlay.body)
            result.append(Manifest(overlay.ref, overlay.api_version, body, overlay.path, overlay.line))
    return result


def _without_identity(overlay: Body, below: Body) -> Body:
    """The public half says in which version an object is written: an overlay never changes that."""
    return {**overlay, "apiVersion": below["apiVersion"]}


def _folder(path: str, target: Target) -> str:
    """The innermost private folder of the target that a file lies in."""
    from sealkit.source.file_tree import inside

    return max((folder for folder in target.private if inside(path, folder)), key=len, default="")


def _plain_secrets(manifests: list[Manifest]) -> list[str]:
    warnings = []
    for manifest in manifests:
        if manifest.ref.group or manifest.ref.kind != "Secret":
            continue
        sealed = any(True for _ in manifest.sensitive())
        for block in ("data", "stringData"):
            for key, leaf in as_mapping(manifest.body.get(block)).items():
                if isinstance(leaf, Sensitive) or leaf in (None, ""):
                    continue
                if not sealed or is_secret_value(key, leaf if isinstance(leaf, str | int | float) else str(leaf)):
                    route = named_route(manifest.body, Route((block, key)))
                    warnings.append(f"{manifest.path}:{manifest.line}: SK201 {manifest.ref} {route} is in plain text")
    return warnings


def _unused(names: Mapping[str, resolve.Named], uses: list[resolve.Use]) -> list[str]:
    used = {use.name for use in uses}
    idle: dict[str, list[str]] = {}
    for name, named in names.items():
        if name not in used and isinstance(named.value, Sensitive):
            idle.setdefault(named.path, []).append(name)
    return [f"{path}: used nowhere in this target: {', '.join(found)}" for path, found in idle.items()]
