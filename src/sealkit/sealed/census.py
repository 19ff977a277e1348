"""The census: which leaves of a file are sealed, open, empty or exempt, and what is wrong with it, all without a key.

`census` looks at one file, `survey` at a tree. Broken input is a finding (SK901), never an exception and never silence.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.model.finding import Finding
from sealkit.model.rules import finding
from sealkit.sealed import file_checks, sops_block_checks
from sealkit.sealed.detect import is_sealed
from sealkit.sealed.leaf_state import Census, Leaf, State
from sealkit.sealed.policy import CreationRule, Policy
from sealkit.sealed.stores.store import format_of, store_for
from sealkit.source import filenames, files
from sealkit.source.config import Config, read_config
from sealkit.source.tree import Tree, inside
from sealkit.yamlspan.nodes import MappingNode
from sealkit.yamlspan.parse import parse

__all__ = ["Census", "Leaf", "State", "census", "singles_out", "survey"]

_UNREAD = ("sops.yaml", "sops.yml", ".sops.yml")
_OURS = frozenset([filenames.CONFIG, filenames.LEDGER, filenames.POLICY])
_GITS = frozenset([".gitignore", ".gitattributes", ".gitmodules", ".gitkeep"])


def census(path: str, data: bytes, policy: Policy | None, *, private: bool = False) -> Census:
    """The leaves of a file and what is wrong with it.

    A file without a `sops` block is held against the policy where a rule singles it out by its path, or where it lies in
    the `private` tree. A sealed file is held against its own selector and against its rule.
    """
    found = _judged(path, data, policy, private)
    return replace(found, findings=tuple(map(_typed_out, found.findings)))


def _judged(path: str, data: bytes, policy: Policy | None, private: bool) -> Census:
    text = ""
    try:
        # sops seals any bytes as binary
        text = data.decode("utf-8", "surrogateescape") if format_of(path) == "binary" else files.decode(data, path)
        parsed = store_for(path).parse(text, path)
    except SealkitError as error:
        return Census((), (_why(path, text, error),))
    try:
        rule = policy.find(path) if policy is not None else None
    except SealkitError as error:
        return Census(file_checks.unjudged(parsed).leaves, (unreadable(filenames.POLICY, error),))
    try:
        if parsed.metadata is not None:
            return file_checks.sealed(parsed, parsed.metadata, rule)
        if (torn := file_checks.torn(parsed)) is not None:
            return torn
        if private or (rule is not None and singles_out(rule, path)):
            return file_checks.unsealed(parsed, rule)
    except SealkitError as error:  # a selector that is not RE2, an alias under a comment rule
        return Census((), (unreadable(path, error),))
    return file_checks.unjudged(parsed)


def _why(path: str, text: str, error: SealkitError) -> Finding:
    """What a file cannot be read for, where that is a rule of its own."""
    if modes := sops_block_checks.several_selectors(text):
        return finding("SK112", path, 0, ".sops", f"the sops block has {' and '.join(modes)}: sops refuses the file")
    if format_of(path) == "yaml" and sops_block_checks.block_in_later_document(text):
        message = "its first document is not sealed, and sops reads the sops block there: nothing opens the rest"
        return finding("SK103", path, 1, "", message, hint=error.hint or "")
    return unreadable(path, error)


def _typed_out(found: Finding) -> Finding:
    """The hint as it can be typed."""
    hint = found.hint.replace("ROUTE", shlex.quote(found.route)).replace("FILE", shlex.quote(found.path))
    return replace(found, hint=hint)


def singles_out(rule: CreationRule, path: str) -> bool:
    """Whether a rule says of this path that it is secret. One that would match any path of the same ending says only how
    to seal what is to be sealed: `path_regex: .*\\.yaml` is as good as none."""
    name = path.rpartition("/")[2]
    _, dot, ending = name.rpartition(".")
    return bool(rule.path_regex) and rule.matches(path) and not rule.matches("0/0" + (dot + ending if dot else ""))


def survey(tree: Tree, policy: Policy | None, paths: Iterable[str] | None = None) -> list[Finding]:
    """The findings of a whole tree, or of some paths of it: every sealed file, every file that a rule singles out or that lies
    in the private tree, and policies where sops does not look for them. Files of the example tree are plain by design.

    With `paths` (those that the tree does not have are passed over) nothing is said about rules without a file.
    """
    known = tree.paths()
    wanted = known if paths is None else sorted(set(known).intersection(paths))
    found: list[Finding] = []
    if policy is not None and (paths is None or filenames.POLICY in wanted):
        found += _policy_warnings(policy)
    config = _house(tree, known, found)
    for path in wanted:
        if path == config.allow:
            continue
        example = bool(config.example) and inside(path, config.example)
        found += _one(
            tree, path, policy, example=example, private=any(inside(path, folder) for folder in config.private_folders)
        )
    if policy is not None and paths is None:
        found += _idle(policy, known)
    return list(dict.fromkeys(found))


def unreadable(path: str, error: SealkitError) -> Finding:
    """What could not be read, as a finding."""
    at = re.match(rf"{re.escape(path)}(?::(\d+))?: ", error.message)
    line = int(at[1]) if at and at[1] else 0
    return finding("SK901", path, line, "", error.message[at.end() :] if at else error.message, hint=error.hint or "")


def _one(tree: Tree, path: str, policy: Policy | None, *, example: bool, private: bool) -> Iterator[Finding]:
    try:
        data = tree.read(path)
    except SealkitError as error:
        yield unreadable(path, error)
        return
    name = path.rpartition("/")[2]
    if path != filenames.POLICY and name in {*_UNREAD, filenames.POLICY}:
        yield from _stray(path, name, data)
    if path in _OURS or name in _GITS:
        return
    try:
        rule = policy.find(path) if policy is not None else None
    except SealkitError as error:
        yield unreadable(filenames.POLICY, error)
        rule = None
    carries = is_sealed(data) or b"ENC[AES256_GCM," in data
    judged = not example and (private or (rule is not None and singles_out(rule, path)))
    if carries or judged:
        yield from census(path, data, policy, private=private and not example).findings


def _stray(path: str, name: str, data: bytes) -> Iterator[Finding]:
    """A file that looks like a policy and is none for sops, or only for who stands in its folder."""
    try:
        documents = parse(files.decode(data, path), path)
    except SealkitError:
        return
    root = documents[0].root if documents else None
    if isinstance(root, MappingNode) and root.get("creation_rules") is not None:
        yield _typed_out(finding("SK404" if name == filenames.POLICY else "SK403", path, root.line))


def _policy_warnings(policy: Policy) -> Iterator[Finding]:
    for warning in policy.warnings:
        at = re.match(rf"{re.escape(filenames.POLICY)}(?::(\d+))?: ", warning)
        assert at is not None
        yield finding("SK406", filenames.POLICY, int(at[1] or 0), "", warning[at.end() :])


def _idle(policy: Policy, paths: list[str]) -> Iterator[Finding]:
    """Rules that are the first for no file."""
    try:
        used = {id(policy.find(path)) for path in paths}
    except SealkitError:
        return  # told for each path already
    for position, rule in enumerate(policy.rules):
        if id(rule) not in used:
            route = f".creation_rules[{position}]"
            yield finding("SK405", filenames.POLICY, rule.line, route)


def _house(tree: Tree, known: list[str], found: list[Finding]) -> Config:
    """Where the private and the example tree are, as the tree itself says."""
    if filenames.CONFIG in known:
        try:
            return read_config(Path(), files.decode(tree.read(filenames.CONFIG), filenames.CONFIG))
        except SealkitError as error:
            found.append(unreadable(filenames.CONFIG, error))
    return Config(Path())
