"""What a target is made of: the manifests of its public folders and the sealed files of its private ones.

Nothing is left out silently: every file that is no manifest is listed with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from sealkit.errors import RefusedError, SealkitError
from sealkit.model.objects import Manifest, ObjectRef, expand, is_list, is_object, ref_of
from sealkit.model.tree import Body, Tree, as_mapping, as_text, at, convert
from sealkit.overlay import merge, placeholder
from sealkit.sealed.detect import is_sealed
from sealkit.sealed.file import SealedFile
from sealkit.source import filenames, files
from sealkit.source.config import Config, Target
from sealkit.source.file_tree import FileTree, inside
from sealkit.yamlspan.nodes import Document, MappingNode, Node, ScalarNode, find, plain
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.scalars import Dialect, Scalar

MANIFESTS = (".yaml", ".yml", ".json")
_BUILDS = {
    "kustomization.yaml": ("a kustomization", "kustomize build"),
    "kustomization.yml": ("a kustomization", "kustomize build"),
    "Kustomization": ("a kustomization", "kustomize build"),
    "Chart.yaml": ("a Helm chart", "helm template"),
}


class Whole(str):
    """A plain-style public scalar that is exactly one placeholder: it takes the type of the sealed value."""

    __slots__ = ()


@dataclass(slots=True)
class Loaded:
    """The public half: manifests in order of folder, path and document, and what was not taken, with the reason."""

    manifests: list[Manifest] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def public(config: Config, target: Target, tree: FileTree) -> Loaded:
    """The manifests of a target's public folders. An object of a later folder lies on the same object of an earlier one.

    Raises SealkitError for a file that cannot be read and RefusedError for an object that stands twice in one folder.
    """
    loaded = Loaded()
    where: dict[tuple[str, ...], tuple[int, str]] = {}
    for folder in target.public:
        own: dict[tuple[str, ...], Manifest] = {}
        for path in _public_paths(config, target, tree, folder):
            for manifest in _file(path, tree.read(path), loaded):
                key = identity(manifest.ref, target)
                if key in own:
                    raise RefusedError(
                        f"{manifest.path}:{manifest.line}: {manifest.ref} is already defined in {own[key].path}",
                        hint="keep one of the two, or put one in a folder of its own",
                    )
                own[key] = manifest
                if key in where:
                    index = where[key][0]
                    below = loaded.manifests[index]
                    loaded.manifests[index] = _manifest(
                        merge.apply(below.body, manifest.body), manifest.path, manifest.line
                    )
                else:
                    where[key] = (len(loaded.manifests), manifest.path)
                    loaded.manifests.append(manifest)
    return loaded


def identity(ref: ObjectRef, target: Target) -> tuple[str, ...]:
    """Two refs with the same identity are the same object, whether or not they spell out the target's namespace."""
    return (ref.group, ref.kind, ref.namespace or target.namespace, ref.name)


def private_files(config: Config, target: Target, tree: FileTree) -> dict[str, SealedFile]:
    """The sealed files of a target by path, in order of folder and path.

    Raises RefusedError for a YAML or JSON file in a private folder of its own that is not sealed, SealkitError with its line
    for one that cannot be read.
    """
    sealed: dict[str, SealedFile] = {}
    for folder in target.private:
        for path in tree.paths(folder):
            if path in sealed or path in _reserved(config) or (config.example and inside(path, config.example)):
                continue
            file = SealedFile(path, tree.read(path))
            if file.is_sealed:
                sealed[path] = file
            elif config.private and inside(path, config.private) and file.data.strip() and _holds_values(path):
                if path.endswith(MANIFESTS):
                    documents(path, file.data)  # a broken sealed file shows no block: the line of its error helps more
                raise RefusedError(f"{path}: is in the private tree and is not sealed", hint=f"sealkit seal {path}")
    return sealed


def _holds_values(path: str) -> bool:
    return path.endswith((*MANIFESTS, ".env", ".ini")) or ".sops." in PurePosixPath(path).name


def example_files(config: Config, target: Target, tree: FileTree) -> dict[str, SealedFile]:
    """The files of the example tree that stand for a target's private folders, by their path there."""
    if not config.example or not config.private:
        return {}
    found = {}
    for folder in target.private:
        if not inside(folder, config.private):
            continue
        below = PurePosixPath(config.example) / PurePosixPath(folder).relative_to(config.private)
        for path in tree.paths(below.as_posix()):
            if path.endswith(MANIFESTS):
                found[path] = SealedFile(path, tree.read(path))
    return found


def documents(path: str, data: bytes) -> list[Document]:
    """The documents of a YAML or JSON file. Raises SealkitError, with a hint for templates."""
    content = files.decode(data, path)
    try:
        return parse(content, path)
    except SealkitError as error:
        if "{{" in content and "}}" in content:
            raise SealkitError(
                f"{path}: a template, not a manifest", hint="render it first: helm template, and keep the result"
            ) from error
        raise


def tree_of(document: Document) -> Tree:
    """A document as a tree in kubectl's reading, with `Whole` where a plain scalar is one placeholder."""
    if document.root is None:
        return None
    return convert(plain(document.root, Dialect.KUBERNETES, document.path, _leaf))


def is_manifest(tree: Tree) -> bool:
    """Whether a document can be rendered: an object with a name, or a List. A kubeconfig is an object without one."""
    return is_object(tree) and (is_list(tree) or bool(at(tree, "metadata", "name")))


def manifests(document: Document) -> Iterator[Manifest]:
    """The objects of one document, Lists expanded. Raises SealkitError for an object without a name."""
    for route, body in expand(tree_of(document)):
        node = find(document.root, route)
        yield _manifest(body, document.path, node.line if node else 0)


def _manifest(body: Body, path: str, line: int) -> Manifest:
    metadata = as_mapping(body.get("metadata"))
    name = metadata.get("name")
    if not isinstance(name, str) or not name:
        why = "generateName is not supported" if "generateName" in metadata else "no name"
        raise SealkitError(f"{path}:{line}: {body['kind']} has {why}", hint="give it a metadata.name")
    _open_keys(body, path, line)
    return Manifest(ref_of(body), as_text(body["apiVersion"]), body, path, line)


def _open_keys(body: Body, path: str, line: int) -> None:
    """No placeholder stands in a key or in the identity: who an object is must be readable without a key."""
    metadata = as_mapping(body.get("metadata"))
    identity = [body.get("apiVersion"), body.get("kind"), metadata.get("name"), metadata.get("namespace")]
    if any(isinstance(part, str) and placeholder.MARK in part for part in identity):
        raise RefusedError(f"{path}:{line}: a placeholder in the identity of an object", hint="write it out")


def _leaf(node: ScalarNode) -> Scalar:
    if node.style == "" and node.tag is None and placeholder.single(node.text) is not None:
        return Whole(node.text)
    return node.value(Dialect.KUBERNETES)


def _file(path: str, data: bytes, loaded: Loaded) -> Iterator[Manifest]:
    if path.endswith(MANIFESTS) and is_sealed(data):
        return  # layout inline: it belongs to the private half
    name = PurePosixPath(path).name
    if name in _BUILDS:
        what, command = _BUILDS[name]
        raise SealkitError(
            f"{path}: {what}, which render does not build",
            hint=f"keep the result of {command} in the tree, or name other folders in {filenames.CONFIG}",
        )
    if not path.endswith(MANIFESTS):
        loaded.skipped.append((path, "neither YAML nor JSON"))
        return
    for document in documents(path, data):
        if document.root is None or (isinstance(document.root, ScalarNode) and not document.root.text):
            continue
        if not is_object(_head(document.root)):
            loaded.skipped.append((path, f"document {document.index + 1} is not a Kubernetes object"))
            continue
        yield from manifests(document)


def _head(root: Node) -> Tree:
    return {key: root.scalar(key) for key in ("apiVersion", "kind")} if isinstance(root, MappingNode) else None


def _public_paths(config: Config, target: Target, tree: FileTree, folder: str) -> Iterator[str]:
    aside = [part for part in (config.private, config.example) if part]
    aside += [part for part in target.private if part and part not in target.public]
    for path in tree.paths(folder):
        hidden = any(part.startswith(".") for part in PurePosixPath(path.removeprefix(folder)).parts)
        if path not in _reserved(config) and not hidden and not any(inside(path, part) for part in aside):
            yield path


def _reserved(config: Config) -> set[str]:
    """Files of sealkit itself, which are never manifests."""
    return {filenames.CONFIG, filenames.POLICY, filenames.LEDGER, filenames.SIGNING_KEY, config.allow}
