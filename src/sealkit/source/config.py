"""`sealkit.yaml`: the layout and the targets of a repository. The file is optional, and every key has a default."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from sealkit.errors import UsageError
from sealkit.source import files, git
from sealkit.source.file_tree import WorkTree
from sealkit.source.filenames import ALLOW, CONFIG
from sealkit.yamlspan.nodes import MappingNode, Node, ScalarNode, SequenceNode
from sealkit.yamlspan.parse import parse

_TOP_KEYS = ("version", "layout", "public", "private", "example", "targets", "scan", "trust", "exec")
_TARGET_KEYS = ("context", "namespace", "public", "private")
_SCAN_KEYS = ("exclude", "allow")
_TRUST_KEYS = ("free",)
_EXEC_KEYS = ("reads",)
FREE = ("image-tags",)
"""What `trust.free` may list: parts of public files that may change unsigned."""


class Target(NamedTuple):
    """An environment: its public and private folders (POSIX paths from the root), kube context and namespace."""

    name: str
    public: tuple[str, ...]
    private: tuple[str, ...]
    context: str | None = None
    namespace: str = "default"


@dataclass(frozen=True, slots=True)
class Config:
    """One repository and its configuration. All folders are POSIX paths from `root`, the top of the git work tree."""

    root: Path
    layout: str = "inline"
    public: str = ""
    private: str = ""
    example: str = "private.example"
    targets: dict[str, Target] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    allow: str = ALLOW
    free: tuple[str, ...] = ()
    reads: tuple[str, ...] | None = None
    """Patterns of what a program that `exec` starts may read; None for everything below its working directory."""
    configured: bool = False
    """Whether `sealkit.yaml` exists."""

    def target(self, name: str | None = None) -> Target:
        """A target by name. Without a name: the only target, or, if none is configured, one of all files.

        Raises UsageError for an unknown name, and for no name if there are several targets.
        """
        if name is None:
            if len(self.targets) == 1:
                return next(iter(self.targets.values()))
            if self.targets:
                raise UsageError("several targets: name one", hint=f"targets: {', '.join(self.targets)}")
            return Target("default", (self.public,), (self.private,))
        if name in self.targets:
            return self.targets[name]
        if not self.targets and name == "default":
            return self.target()
        similar = _similar(name, tuple(self.targets))
        names = ", ".join(self.targets) or "default"
        raise UsageError(f"no target {name!r}", hint=f"did you mean {similar[0]}?" if similar else f"targets: {names}")

    @property
    def private_folders(self) -> tuple[str, ...]:
        """The folders of the private trees, of all targets, sorted. Empty for `layout: inline`, which has no such folder."""
        folders = {self.private, *(folder for target in self.targets.values() for folder in target.private)}
        return tuple(sorted(folders - {""}))

    def relative(self, path: Path) -> str:
        """A path of this machine as a POSIX path from the root. Raises UsageError for one outside the repository."""
        absolute = path if path.is_absolute() else Path.cwd() / path
        normal = Path(*absolute.parts) if ".." not in absolute.parts else absolute.resolve()
        for base in (self.root, self.root.resolve()):
            if normal.is_relative_to(base):
                return normal.relative_to(base).as_posix()
            if normal.parent.resolve().is_relative_to(base):
                return (normal.parent.resolve() / normal.name).relative_to(base).as_posix()
        raise UsageError(f"{path}: outside the repository", hint=f"name a path below {self.root}")


def load_config(start: Path | None = None) -> Config:
    """The configuration of the repository that a folder (default: the current one) is in.

    Raises SealkitError outside a git work tree, UsageError with path and line for an invalid configuration.
    """
    root = git.toplevel(start or Path.cwd())
    if not os.path.lexists(root / CONFIG):  # a dangling link is an error, not a missing file
        return Config(root)
    return read_config(root, files.decode(WorkTree(root).read(CONFIG), CONFIG))


def read_config(root: Path, text: str) -> Config:
    """The configuration in the text of a `sealkit.yaml`. Raises UsageError with path and line for an invalid one."""
    documents = parse(text, CONFIG)
    top = documents[0].root if documents else None
    if len(documents) > 1 or not isinstance(top, MappingNode):
        raise UsageError(f"{CONFIG}: must be one mapping", hint="start it with: version: 1")
    _check_keys(top, _TOP_KEYS, "")
    if (version := top.scalar("version")) != "1":
        raise UsageError(
            f"{CONFIG}:{top.line}: version {version or 'missing'}, and this sealkit reads version 1",
            hint="write: version: 1",
        )
    layout = top.scalar("layout") or "split"
    if layout not in {"split", "inline"}:
        raise UsageError(f"{CONFIG}: layout is {layout!r}", hint="layout is split or inline")
    split = layout == "split"
    public = _folder(top, "public", "public" if split else "")
    private = _folder(top, "private", "private" if split else "")
    scan = _mapping(top, "scan")
    _check_keys(scan, _SCAN_KEYS, "scan.")
    targets = {}
    for key, node in _mapping(top, "targets").items:
        targets[key.text] = _target(key.text, node, public, private)
    return Config(
        root, layout, public, private, _folder(top, "example", "private.example"), targets,
        tuple(_texts(scan.get("exclude"), "scan.exclude")), scan.scalar("allow") or ALLOW, _free(top), _reads(top),
        configured=True,
    )  # fmt: skip


def _free(top: MappingNode) -> tuple[str, ...]:
    trust = _mapping(top, "trust")
    _check_keys(trust, _TRUST_KEYS, "trust.")
    free = tuple(_texts(trust.get("free"), "trust.free"))
    if unknown := [name for name in free if name not in FREE]:
        raise UsageError(f"{CONFIG}: trust.free: unknown {unknown[0]!r}", hint=f"allowed here: {', '.join(FREE)}")
    return free


def _reads(top: MappingNode) -> tuple[str, ...] | None:
    section = _mapping(top, "exec")
    _check_keys(section, _EXEC_KEYS, "exec.")
    node = section.get("reads")
    return None if node is None else tuple(_texts(node, "exec.reads"))


def _target(name: str, node: Node, public: str, private: str) -> Target:
    if isinstance(node, ScalarNode) and not node.text:
        return Target(name, (public,), (private,))
    if not isinstance(node, MappingNode):
        raise UsageError(f"{CONFIG}:{node.line}: target {name} must be a mapping")
    _check_keys(node, _TARGET_KEYS, f"targets.{name}.")
    folders = []
    for key, base in (("public", public), ("private", private)):
        child = node.get(key)
        names = _texts(child, f"targets.{name}.{key}")
        folders.append(tuple(_join(base, part, child.line if child else 0) for part in names) if names else (base,))
    return Target(name, folders[0], folders[1], node.scalar("context"), node.scalar("namespace") or "default")


def _check_keys(node: MappingNode, allowed: tuple[str, ...], prefix: str) -> None:
    seen: set[str] = set()
    for key, _ in node.items:
        if key.text in seen:
            raise UsageError(f"{CONFIG}:{key.line}: duplicate key {prefix}{key.text}", hint="remove one of the two")
        seen.add(key.text)
        if key.text not in allowed:
            similar = _similar(key.text, allowed)
            hint = f"did you mean {similar[0]}?" if similar else f"allowed here: {', '.join(allowed)}"
            raise UsageError(f"{CONFIG}:{key.line}: unknown key {prefix}{key.text}", hint=hint)


def _similar(word: str, known: tuple[str, ...]) -> list[str]:
    import difflib

    return difflib.get_close_matches(word, known, 1)


def _mapping(top: MappingNode, key: str) -> MappingNode:
    node = top.get(key)
    if node is None or (isinstance(node, ScalarNode) and not node.text):
        return MappingNode([], 0, 0, 0)
    if not isinstance(node, MappingNode):
        raise UsageError(f"{CONFIG}:{node.line}: {key} must be a mapping")
    return node


def _texts(node: Node | None, key: str) -> list[str]:
    if node is None:
        return []
    items: list[Any] = node.items if isinstance(node, SequenceNode) else [node]
    if not all(isinstance(item, ScalarNode) for item in items):
        raise UsageError(f"{CONFIG}:{node.line}: {key} must be a list of strings")
    return [item.text for item in items]


def _folder(top: MappingNode, key: str, default: str) -> str:
    node = top.get(key)
    if node is None:
        return default
    if not isinstance(node, ScalarNode):
        raise UsageError(f"{CONFIG}:{node.line}: {key} must be one folder")
    return _join("", node.text, node.line)


def _join(base: str, part: str, line: int) -> str:
    path = PurePosixPath(base) / part
    if path.is_absolute() or ".." in path.parts:
        raise UsageError(f"{CONFIG}:{line}: {part!r} is outside the repository", hint="name a folder inside it")
    return "" if path == PurePosixPath(".") else path.as_posix()
