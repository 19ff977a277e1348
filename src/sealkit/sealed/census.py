"""The census: which leaves of a file are sealed, open, empty or exempt, and what is wrong with it. Needs no key.

`census` checks one file, `survey` a tree. Invalid input is a finding (SK901), never an exception, and never ignored.
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
from sealkit.model.severity import Severity
from sealkit.sealed import file_checks, sops_block_checks
from sealkit.sealed.detect import is_sealed
from sealkit.sealed.item_routes import with_item_names
from sealkit.sealed.leaf_state import Census
from sealkit.sealed.policy import CreationRule, Policy
from sealkit.sealed.stores.parsed import Parsed
from sealkit.sealed.stores.store import format_of, store_for
from sealkit.secrets.names import words
from sealkit.source import filenames, files
from sealkit.source.config import Config, read_config
from sealkit.source.file_tree import FileTree, inside
from sealkit.yamlspan.nodes import MappingNode
from sealkit.yamlspan.parse import parse

_UNREAD_POLICY_NAMES = ("sops.yaml", "sops.yml", ".sops.yml")
_OWN_FILES = frozenset([filenames.CONFIG, filenames.LEDGER, filenames.POLICY])
_GIT_FILES = frozenset([".gitignore", ".gitattributes", ".gitmodules", ".gitkeep"])


def census(path: str, data: bytes, policy: Policy | None, *, private: bool = False) -> Census:
    """The leaves of a file, and what is wrong with it.

    A file without a `sops` block is checked if a rule singles it out by its path, or if it is in the `private` tree. A sealed
    file is checked against its own selector and its rule.
    """
    result = _census(path, data, policy, private)
    return replace(result, findings=tuple(map(_with_command, result.findings)))


def _census(path: str, data: bytes, policy: Policy | None, private: bool) -> Census:
    text = ""
    try:
        # sops accepts any bytes as binary
        text = data.decode("utf-8", "surrogateescape") if format_of(path) == "binary" else files.decode(data, path)
        parsed = store_for(path).parse(text, path)
    except SealkitError as error:
        parsed_by_content = _sealed_json(path, text)
        if parsed_by_content is None:
            return Census((), (_unreadable_file(path, text, error),))
        named = replace(unreadable(path, error), severity=Severity.WARNING)  # it is sealed, and opens with --input-type
        result = _checked(path, parsed_by_content, policy, private)
        return replace(result, findings=(*result.findings, named))
    return _checked(path, parsed, policy, private)


def _sealed_json(path: str, text: str) -> Parsed | None:
    """A file that was sealed as JSON, under a name that sops does not read as such: `terraform.tfstate.enc`."""
    if format_of(path) != "binary":
        return None
    try:
        parsed = store_for("x.json").parse(text, path)
    except SealkitError:
        return None
    return parsed if parsed.metadata is not None else None


def _checked(path: str, parsed: Parsed, policy: Policy | None, private: bool) -> Census:
    try:
        rule = policy.find(path) if policy is not None else None
    except SealkitError as error:
        return Census(file_checks.plain_file(parsed).leaves, (unreadable(filenames.POLICY, error),))
    try:
        if parsed.metadata is not None:
            return with_item_names(parsed, file_checks.sealed_file(parsed, parsed.metadata, rule))
        if (without_block := file_checks.file_without_block(parsed)) is not None:
            return with_item_names(parsed, without_block)
        if private or (rule is not None and singles_out(rule, path)):
            return with_item_names(parsed, file_checks.unsealed_file(parsed, rule, private=private))
    except SealkitError as error:  # a selector that is not RE2, an alias under a comment selector
        return Census((), (unreadable(path, error),))
    return file_checks.plain_file(parsed)


_SECRET_WORDS = frozenset(
    ["secret", "secrets", "private", "sealed", "encrypted", "enc", "sops", "credentials", "creds", "vault"]
)


def _unreadable_file(path: str, text: str, error: SealkitError) -> Finding:
    """The finding for a file that cannot be read; some reasons have a rule of their own."""
    if modes := sops_block_checks.several_selectors(text):
        return finding("SK112", path, 0, ".sops", f"the sops block has {' and '.join(modes)}; sops allows one")
    if format_of(path) == "yaml" and sops_block_checks.block_in_later_document(text):
        message = "the first document, where sops reads the sops block, is not sealed: the file cannot be decrypted"
        return finding("SK103", path, 1, "", message, hint=error.hint or "")
    return unreadable(path, error)


def _with_command(item: Finding) -> Finding:
    """The finding with its file and route in the command of the hint."""
    hint = item.hint.replace("ROUTE", shlex.quote(item.route)).replace("FILE", shlex.quote(item.path))
    return replace(item, hint=hint)


def singles_out(rule: CreationRule, path: str) -> bool:
    """Whether a rule says that this path in particular is secret. A rule that matches every path with the same extension, such as
    `path_regex: .*\\.yaml`, only says how to seal files, and not which. So does one that matches every file of a folder and seals
    some keys only, unless the folder's name says that secrets are in it."""
    if not rule.path_regex or not rule.matches(path):
        return False
    folder, _, name = path.rpartition("/")
    _, dot, extension = name.rpartition(".")
    neighbour = "0" + (dot + extension if dot else "")
    if rule.matches(f"0/{neighbour}"):
        return False
    partial = rule.selector.mode in {"encrypted_regex", "encrypted_suffix"}
    return not (partial and rule.matches(f"{folder}/{neighbour}") and _SECRET_WORDS.isdisjoint(words(path)))


def survey(tree: FileTree, policy: Policy | None, paths: Iterable[str] | None = None) -> list[Finding]:
    """The findings of a tree: of every sealed file, every file that a rule singles out or that is in the private tree, and every
    policy file that sops does not read. Files of the example tree are meant to be plain text.

    `paths` limits the check to these paths, and skips the check for unused rules. Paths that are not in the tree are ignored.
    """
    paths_in_tree = tree.paths()
    checked = paths_in_tree if paths is None else sorted(set(paths_in_tree).intersection(paths))
    findings: list[Finding] = []
    if policy is not None and (paths is None or filenames.POLICY in checked):
        findings += _policy_warnings(policy)
    config = _config(tree, paths_in_tree, findings)
    private = {
        folder for folder in (config.private, *(p for t in config.targets.values() for p in t.private)) if folder
    }
    for path in checked:
        if path == config.allow:
            continue
        example = bool(config.example) and inside(path, config.example)
        findings += _file_findings(
            tree, path, policy, example=example, private=any(inside(path, folder) for folder in private)
        )
    if policy is not None and paths is None:
        findings += _unused_rules(policy, paths_in_tree)
    return sops_block_checks.once_per_rule(dict.fromkeys(findings))


def unreadable(path: str, error: SealkitError) -> Finding:
    """The finding for a file that could not be read, from the error."""
    prefix = re.match(rf"{re.escape(path)}(?::(\d+))?: ", error.message)
    line = int(prefix[1]) if prefix and prefix[1] else 0
    return finding(
        "SK901", path, line, "", error.message[prefix.end() :] if prefix else error.message, hint=error.hint or ""
    )


def _file_findings(
    tree: FileTree, path: str, policy: Policy | None, *, example: bool, private: bool
) -> Iterator[Finding]:
    try:
        data = tree.read(path)
    except SealkitError as error:
        yield unreadable(path, error)
        return
    name = path.rpartition("/")[2]
    if path != filenames.POLICY and name in {*_UNREAD_POLICY_NAMES, filenames.POLICY}:
        yield from _stray_policy(path, name, data)
    if path in _OWN_FILES or name in _GIT_FILES:
        return
    try:
        rule = policy.find(path) if policy is not None else None
    except SealkitError as error:
        yield unreadable(filenames.POLICY, error)
        rule = None
    has_sealed_content = is_sealed(data) or b"ENC[AES256_GCM," in data
    must_be_sealed = not example and (private or (rule is not None and singles_out(rule, path)))
    if has_sealed_content or must_be_sealed:
        yield from census(path, data, policy, private=private and not example).findings


def _stray_policy(path: str, name: str, data: bytes) -> Iterator[Finding]:
    """A policy file that sops does not read, or reads only from its own folder."""
    try:
        documents = parse(files.decode(data, path), path)
    except SealkitError:
        return
    root = documents[0].root if documents else None
    if isinstance(root, MappingNode) and root.get("creation_rules") is not None:
        yield _with_command(finding("SK404" if name == filenames.POLICY else "SK403", path, root.line))


def _policy_warnings(policy: Policy) -> Iterator[Finding]:
    for warning in policy.warnings:
        prefix = re.match(rf"{re.escape(filenames.POLICY)}(?::(\d+))?: ", warning)
        assert prefix is not None
        yield finding("SK406", filenames.POLICY, int(prefix[1] or 0), "", warning[prefix.end() :])


def _unused_rules(policy: Policy, paths: list[str]) -> Iterator[Finding]:
    """Rules that are the first match for no file."""
    try:
        used = {id(policy.find(path)) for path in paths}
    except SealkitError:
        return  # reported for each path already
    for position, rule in enumerate(policy.rules):
        if id(rule) not in used:
            route = f".creation_rules[{position}]"
            yield finding("SK405", filenames.POLICY, rule.line, route)


def _config(tree: FileTree, paths_in_tree: list[str], findings: list[Finding]) -> Config:
    """The config of the tree itself, which says where the private and the example tree are."""
    if filenames.CONFIG in paths_in_tree:
        try:
            return read_config(Path(), files.decode(tree.read(filenames.CONFIG), filenames.CONFIG))
        except SealkitError as error:
            findings.append(unreadable(filenames.CONFIG, error))
    return Config(Path())
