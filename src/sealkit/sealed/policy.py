"""`.sops.yaml` as sops reads it: which rule a new file falls under, to whom it is sealed, and which leaves.

Only the one at the root of the repository is read. sops looks from the current folder upward, so a second one further down
would be taken by whoever stands there: the census reports it.
Source: sops 3.11 `config/config.go`, held against the program in the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sealkit.errors import SealkitError
from sealkit.sealed import policy_recipients
from sealkit.sealed.metadata import SELECTOR_MODES, Recipient, Selector
from sealkit.source import files
from sealkit.source.filenames import POLICY
from sealkit.source.re2 import search
from sealkit.source.tree import Tree
from sealkit.yamlspan.nodes import MappingNode, Node, ScalarNode, SequenceNode
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.scalars import Dialect

_TOP = ("creation_rules", "destination_rules", "stores")
_RULE = (
    "path_regex",
    *policy_recipients.FIELDS,
    "key_groups",
    "shamir_threshold",
    *SELECTOR_MODES,
    "mac_only_encrypted",
)
_STORES = ("dotenv", "ini", "json_binary", "json", "yaml")


@dataclass(frozen=True, slots=True)
class CreationRule:
    """How files of some paths are sealed. `groups` as in the file: several mean that shares of the data key are sealed."""

    path_regex: str = ""
    """RE2, searched for anywhere in the path from the root; empty matches every path."""
    groups: list[list[Recipient]] = field(default_factory=list)
    threshold: int = 0
    """How many groups open a file; 0 means all of them."""
    selector: Selector = field(default_factory=Selector)
    mac_only_encrypted: bool = False
    line: int = 0
    """Where it stands in `.sops.yaml`; 0 for one that was made."""

    def matches(self, path: str) -> bool:
        """Whether it is for this path (POSIX, from the root). Raises SealkitError for a pattern that is not RE2."""
        return not self.path_regex or search(self.path_regex, path)

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """Everyone over all groups, each once."""
        return tuple(dict.fromkeys(recipient for group in self.groups for recipient in group))


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole of `.sops.yaml`."""

    rules: tuple[CreationRule, ...]
    warnings: tuple[str, ...] = ()
    """What sops passes over silently, `.sops.yaml:LINE: …` each: mostly a mistyped key."""

    def find(self, path: str) -> CreationRule | None:
        """The first rule that matches, as sops chooses; None where there is none."""
        return next((rule for rule in self.rules if rule.matches(path)), None)

    def rule_for(self, path: str) -> CreationRule:
        """The first rule that matches, as sops chooses. Raises SealkitError where none does, or it has nobody to seal to."""
        rule = self.find(path)
        if rule is None:
            raise SealkitError(
                f"{path}: no creation rule of {POLICY} matches it",
                hint=f"add a rule with a path_regex for it to {POLICY}",
            )
        if not rule.groups or not all(rule.groups):
            raise SealkitError(
                f"{POLICY}:{rule.line}: this rule, or a key group of it, names no recipient to seal {path} to",
                hint="add one: age: age1…",
            )
        return rule


def load(tree: Tree) -> Policy | None:
    """The policy at the root of a tree, or None where there is none. Raises SealkitError with path and line."""
    if POLICY not in tree.paths(POLICY):
        return None
    return read(files.decode(tree.read(POLICY), POLICY))


def read(text: str) -> Policy:
    """The policy that a text describes. Raises SealkitError with path and line."""
    documents = parse(text, POLICY)
    root = documents[0].root if documents else None
    if root is None or (isinstance(root, ScalarNode) and root.value(Dialect.SOPS) is None):
        return Policy(())
    if not isinstance(root, MappingNode):
        raise policy_recipients.refused(root, "must be a mapping", "start it with: creation_rules:")
    warnings = [f"{POLICY}: only its first document is read"] if len(documents) > 1 else []
    top = policy_recipients.pairs(root)
    _warn_unknown(top, _TOP, "", warnings)
    rules = [_rule(node, warnings) for node in policy_recipients.items(top.get("creation_rules"), "creation_rules")]
    _check_stores(top.get("stores"), warnings)
    return Policy(tuple(rules), tuple(warnings))


def _rule(node: Node, warnings: list[str]) -> CreationRule:
    if not isinstance(node, MappingNode):
        raise policy_recipients.refused(node, "a creation rule must be a mapping", "write: - path_regex: …")
    keys = policy_recipients.pairs(node)
    _warn_unknown(keys, _RULE, "creation_rules[].", warnings)
    chosen = [(mode, text) for mode in keys if mode in SELECTOR_MODES and (text := policy_recipients.text(keys, mode))]
    if len(chosen) > 1:
        modes = " and ".join(mode for mode, _ in chosen)
        raise policy_recipients.refused(
            keys[chosen[1][0]], f"a rule with both {modes}; sops takes one", "keep one of them"
        )
    groups = [
        policy_recipients.group(item, warnings)
        for item in policy_recipients.items(keys.get("key_groups"), "key_groups")
    ]
    return CreationRule(
        policy_recipients.text(keys, "path_regex"),
        groups or [policy_recipients.flat(keys)],
        policy_recipients.number(keys, "shamir_threshold"),
        Selector(*chosen[0]) if chosen else Selector(),
        _flag(keys, "mac_only_encrypted"),
        node.line,
    )


def _flag(keys: Mapping[str, Node], name: str) -> bool:
    node = keys.get(name)
    if node is None:
        return False
    # into a bool, go-yaml v3 also reads the words of YAML 1.1 (yes, on)
    value = node.value(Dialect.KUBERNETES) if isinstance(node, ScalarNode) else node
    if value is None or isinstance(value, bool):
        return bool(value)
    raise policy_recipients.refused(node, f"{name} must be true or false", f"write: {name}: true")


def _check_stores(node: Node | None, warnings: list[str]) -> None:
    """Check `stores`, whose `indent` only sops uses: sealkit keeps the indentation of a file. Raises UsageError."""
    if not isinstance(node, MappingNode):
        return
    stores = policy_recipients.pairs(node)
    _warn_unknown(stores, _STORES, "stores.", warnings)
    for name, child in stores.items():
        if name in _STORES and isinstance(child, MappingNode):
            policy_recipients.number(policy_recipients.pairs(child), "indent")


def _warn_unknown(keys: Mapping[str, Node], known: tuple[str, ...], where: str, warnings: list[str]) -> None:
    """A key that only holds anchors for the rules is no mistake."""
    for name, node in keys.items():
        if name not in known and not _anchored(node):
            warnings.append(f"{POLICY}:{node.line}: sops passes over the key {where}{name}")


def _anchored(node: Node) -> bool:
    if node.anchor:
        return True
    children = (
        [child for _, child in node.items]
        if isinstance(node, MappingNode)
        else node.items
        if isinstance(node, SequenceNode)
        else []
    )
    return any(_anchored(child) for child in children)
