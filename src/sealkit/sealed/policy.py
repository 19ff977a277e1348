"""`.sops.yaml` as sops reads it: which creation rule applies to a path, its recipients, and the leaves that it seals.

sealkit reads only the file at the root of the repository. sops searches from the current folder upward, so below the root it
might read another one; the census reports such a file.
Source: sops 3.11 `config/config.go`, compared with the program in the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sealkit.errors import SealkitError
from sealkit.sealed import policy_recipients, policy_yaml
from sealkit.sealed.metadata import SELECTOR_MODES, Recipient, Selector
from sealkit.source import files
from sealkit.source.file_tree import FileTree
from sealkit.source.filenames import POLICY
from sealkit.source.re2 import search
from sealkit.yamlspan.nodes import MappingNode, Node, ScalarNode, SequenceNode
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.scalars import Dialect

_TOP_KEYS = ("creation_rules", "destination_rules", "stores")
_RULE_KEYS = (
    "path_regex",
    *policy_recipients.RECIPIENT_FIELDS,
    "key_groups",
    "shamir_threshold",
    *SELECTOR_MODES,
    "mac_only_encrypted",
)
_STORE_NAMES = ("dotenv", "ini", "json_binary", "json", "yaml")


@dataclass(frozen=True, slots=True)
class CreationRule:
    """How to seal files of some paths. With several `groups`, each group gets a share of the data key."""

    path_regex: str = ""
    """An RE2 pattern, searched for in the path from the root. Empty matches every path."""
    groups: list[list[Recipient]] = field(default_factory=list)
    threshold: int = 0
    """The number of groups that can decrypt a file together; 0 means all."""
    selector: Selector = field(default_factory=Selector)
    mac_only_encrypted: bool = False
    line: int = 0
    """The line in `.sops.yaml`; 0 for a rule that is not from the file."""

    def matches(self, path: str) -> bool:
        """Whether the rule matches a path (POSIX, from the root). Raises SealkitError for a pattern that is not RE2."""
        return not self.path_regex or search(self.path_regex, path)

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """The recipients of all groups, without duplicates."""
        return tuple(dict.fromkeys(recipient for group in self.groups for recipient in group))


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole of `.sops.yaml`."""

    rules: tuple[CreationRule, ...]
    warnings: tuple[str, ...] = ()
    """What sops silently ignores, mostly mistyped keys, each as `.sops.yaml:LINE: …`."""

    def find(self, path: str) -> CreationRule | None:
        """The first rule that matches a path, which is the one that sops applies; None if no rule matches."""
        return next((rule for rule in self.rules if rule.matches(path)), None)

    def rule_for(self, path: str) -> CreationRule:
        """Like `find`, but raises SealkitError if no rule matches, or if the rule has no recipients."""
        rule = self.find(path)
        if rule is None:
            raise SealkitError(
                f"{path}: no creation rule in {POLICY} matches this path",
                hint=f"add a rule with a path_regex for it to {POLICY}",
            )
        if not rule.groups or not all(rule.groups):
            raise SealkitError(
                f"{POLICY}:{rule.line}: the rule for {path}, or one of its key groups, has no recipients",
                hint="add one: age: age1…",
            )
        return rule


def load(tree: FileTree) -> Policy | None:
    """The policy at the root of a tree, or None if the tree has none. Raises SealkitError with path and line."""
    if POLICY not in tree.paths(POLICY):
        return None
    return read(files.decode(tree.read(POLICY), POLICY))


def read(text: str) -> Policy:
    """The policy of a text. Raises SealkitError with path and line."""
    documents = parse(text, POLICY)
    root = documents[0].root if documents else None
    if root is None or (isinstance(root, ScalarNode) and root.value(Dialect.SOPS) is None):
        return Policy(())
    if not isinstance(root, MappingNode):
        raise policy_yaml.invalid(root, "must be a mapping", "start it with: creation_rules:")
    warnings = [f"{POLICY}: only its first document is read"] if len(documents) > 1 else []
    top = policy_yaml.mapping(root)
    _warn_unknown(top, _TOP_KEYS, "", warnings)
    rules = [_rule(node, warnings) for node in policy_yaml.sequence(top.get("creation_rules"), "creation_rules")]
    _check_stores(top.get("stores"), warnings)
    return Policy(tuple(rules), tuple(warnings))


def _rule(node: Node, warnings: list[str]) -> CreationRule:
    if not isinstance(node, MappingNode):
        raise policy_yaml.invalid(node, "a creation rule must be a mapping", "write: - path_regex: …")
    keys = policy_yaml.mapping(node)
    _warn_unknown(keys, _RULE_KEYS, "creation_rules[].", warnings)
    modes = [(mode, text) for mode in keys if mode in SELECTOR_MODES and (text := policy_yaml.string(keys, mode))]
    if len(modes) > 1:
        names = " and ".join(mode for mode, _ in modes)
        raise policy_yaml.invalid(keys[modes[1][0]], f"the rule has {names}; sops allows one", "keep one of them")
    groups = [
        policy_recipients.group_recipients(item, warnings)
        for item in policy_yaml.sequence(keys.get("key_groups"), "key_groups")
    ]
    return CreationRule(
        policy_yaml.string(keys, "path_regex"),
        groups or [policy_recipients.rule_recipients(keys)],
        policy_yaml.integer(keys, "shamir_threshold"),
        Selector(*modes[0]) if modes else Selector(),
        policy_yaml.boolean(keys, "mac_only_encrypted"),
        node.line,
    )


def _check_stores(node: Node | None, warnings: list[str]) -> None:
    """Check `stores`. Only sops uses its `indent`: sealkit keeps the indentation of a file. Raises UsageError."""
    if not isinstance(node, MappingNode):
        return
    stores = policy_yaml.mapping(node)
    _warn_unknown(stores, _STORE_NAMES, "stores.", warnings)
    for name, child in stores.items():
        if name in _STORE_NAMES and isinstance(child, MappingNode):
            policy_yaml.integer(policy_yaml.mapping(child), "indent")


def _warn_unknown(keys: Mapping[str, Node], known: tuple[str, ...], prefix: str, warnings: list[str]) -> None:
    """Add a warning for each unknown key, unless the key defines anchors for the rules."""
    for name, node in keys.items():
        if name not in known and not _has_anchor(node):
            warnings.append(f"{POLICY}:{node.line}: sops ignores the key {prefix}{name}")


def _has_anchor(node: Node) -> bool:
    if node.anchor:
        return True
    children = (
        [child for _, child in node.items]
        if isinstance(node, MappingNode)
        else node.items
        if isinstance(node, SequenceNode)
        else []
    )
    return any(_has_anchor(child) for child in children)
