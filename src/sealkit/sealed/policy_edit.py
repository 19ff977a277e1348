"""Adds, removes and replaces recipients in the text of `.sops.yaml` by span. Rules, selectors and comments are kept.

Every result is parsed and compared with the request. So YAML that this module does not handle (merge keys, unusual anchors) leads
to an error, and never to a policy with another meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.sealed import policy
from sealkit.sealed.metadata import Recipient
from sealkit.sealed.policy_recipients import RECIPIENT_FIELDS
from sealkit.source.filenames import POLICY
from sealkit.yamlspan.edit import Edit, apply_edits, yaml_scalar
from sealkit.yamlspan.node_ends import column, end_of, line_end
from sealkit.yamlspan.nodes import MappingNode, Node, ScalarNode, SequenceNode
from sealkit.yamlspan.parse import parse

_RECIPIENT_KEYS = (*RECIPIENT_FIELDS, "key_groups", "shamir_threshold")
NATIVE = ("age", "pgp")
"""The kinds of recipients that need no sops program."""
_EDIT_BY_HAND = f"edit {POLICY}, then: sealkit recipients sync"


def replace_recipients(
    text: str, recipients: Sequence[Recipient], special: Mapping[int, Sequence[Recipient]] = MappingProxyType({})
) -> str:
    """The policy with these age and PGP recipients, and no others, in every rule that has recipients; `special` has those of some
    rules, by number from 1. Raises SealkitError."""
    text = text if text.endswith("\n") else text + "\n"
    edits: list[Edit] = []
    for number, (rule, read) in enumerate(zip(_rules(text), policy.read(text).rules, strict=True), 1):
        items = [(key, child) for key, child in rule.items if key.text in _RECIPIENT_KEYS]
        if not read.recipients:
            continue  # a rule for files that are not sealed
        if not items:
            raise SealkitError(f"{POLICY}:{rule.line}: the rule has no recipients of its own", hint=_EDIT_BY_HAND)
        for index, (key, child) in enumerate(items):
            wanted = special.get(number, recipients)
            new = _recipient_fields(wanted, column(text, key.start), flow=rule.flow) if index == 0 else None
            edits.append(_replace_pair_edit(text, rule, key, child, new))

    def expected(number: int, before: Sequence[Recipient]) -> list[Recipient]:
        return list(special.get(number, recipients)) if before else []

    return _verified(apply_edits(text, edits), expected, text)


def add_recipient(text: str, recipient: Recipient, positions: Collection[int]) -> str:
    """The policy with a recipient added to the rules with these numbers (from 1). Raises SealkitError."""
    edits = []
    for position, rule in enumerate(_rules(text), 1):
        if position in positions:
            group = _target_group(rule)
            edits.append(_add_edit(text, group, recipient, grouped=group is not rule))

    def expected(position: int, before: Sequence[Recipient]) -> list[Recipient]:
        return [*before, recipient] if position in positions else list(before)

    return _verified(apply_edits(text, edits), expected, text)


def remove_recipient(text: str, recipient: Recipient) -> str:
    """The policy without a recipient. Raises RefusedError if a rule or key group would have no recipients left."""
    edits = [edit for rule in _rules(text) for edit in _remove_edits(text, rule, recipient)]
    if not edits:
        raise UsageError(f"{recipient} is not in {POLICY}", hint="sealkit recipients list")

    def expected(_: int, before: Sequence[Recipient]) -> list[Recipient]:
        return [other for other in before if other != recipient]

    return _verified(apply_edits(text, edits), expected, text)


def _verified(text: str, expected: Callable[[int, Sequence[Recipient]], list[Recipient]], before: str) -> str:
    """The new text, after a check that each rule has the expected recipients and that nothing else changed."""
    old, new = policy.read(before), policy.read(text)
    if len(old.rules) != len(new.rules):
        raise SealkitError(f"{POLICY}: cannot be rewritten", hint=_EDIT_BY_HAND)
    for position, (old_rule, new_rule) in enumerate(zip(old.rules, new.rules, strict=True), 1):
        if set(new_rule.recipients) != set(expected(position, old_rule.recipients)):
            raise SealkitError(
                f"{POLICY}:{old_rule.line}: the recipients of this rule cannot be rewritten", hint=_EDIT_BY_HAND
            )
        if (old_rule.path_regex, old_rule.selector, old_rule.mac_only_encrypted) != (
            new_rule.path_regex,
            new_rule.selector,
            new_rule.mac_only_encrypted,
        ):
            raise SealkitError(f"{POLICY}:{old_rule.line}: this rule cannot be rewritten", hint=_EDIT_BY_HAND)
    return text


def _rules(text: str) -> list[MappingNode]:
    documents = parse(text, POLICY)
    root = documents[0].root if documents else None
    rules = root.get("creation_rules") if isinstance(root, MappingNode) else None
    return [rule for rule in rules.items if isinstance(rule, MappingNode)] if isinstance(rules, SequenceNode) else []


def _target_group(rule: MappingNode) -> MappingNode:
    """The mapping that gets a new recipient: the rule, or its only key group. Raises SealkitError if it has several groups."""
    groups = rule.get("key_groups")
    if not isinstance(groups, SequenceNode):
        return rule
    if len(groups.items) == 1 and isinstance(groups.items[0], MappingNode) and not groups.alias:
        return groups.items[0]
    raise SealkitError(
        f"{POLICY}:{rule.line}: the rule has several key groups",
        hint=_EDIT_BY_HAND,
    )


def _add_edit(text: str, group: MappingNode, recipient: Recipient, *, grouped: bool) -> Edit:
    node = group.get(recipient.kind)
    if isinstance(node, ScalarNode) and not node.alias:
        ids = [part.strip() for part in node.text.split(",") if part.strip()]
        key = next(key for key, child in group.items if child is node)
        return _scalar_edit(text, node, [*ids, recipient.id], column(text, key.start))
    if isinstance(node, SequenceNode) and not node.alias and node.items:
        last = node.items[-1]
        if node.flow:
            return Edit(last.end, last.end, f", {yaml_scalar(recipient.id, flow=True)}")
        end = line_end(text, end_of(last, text))
        lead = "" if text[end - 1] == "\n" else "\n"
        return Edit(end, end, f"{lead}{' ' * column(text, node.start)}- {yaml_scalar(recipient.id)}\n")
    if node is not None or not group.items or group.alias:
        raise SealkitError(f"{POLICY}:{group.line}: this rule cannot be rewritten", hint=_EDIT_BY_HAND)
    first = group.items[0][0]
    value = yaml_scalar(recipient.id, flow=True)
    new_field = f"{recipient.kind}: [{value}]" if grouped else f"{recipient.kind}: {value}"
    if group.flow:
        return Edit(first.start, first.start, f"{new_field}, ")
    return Edit(first.start, first.start, f"{new_field}\n{' ' * column(text, first.start)}")


def _remove_edits(text: str, node: Node, recipient: Recipient) -> Iterator[Edit]:
    """The edits that remove a recipient from a rule and all its key groups."""
    if isinstance(node, SequenceNode):
        for child in node.items:
            yield from _remove_edits(text, child, recipient)
        return
    if not isinstance(node, MappingNode) or node.alias:
        return
    for key, child in node.items:
        if key.text in {"key_groups", "merge"}:
            yield from _remove_edits(text, child, recipient)
        elif key.text == recipient.kind:
            yield from _remove_edits_in_field(text, node, key, child, recipient)


def _remove_edits_in_field(
    text: str, group: MappingNode, key: ScalarNode, child: Node, recipient: Recipient
) -> Iterator[Edit]:
    if isinstance(child, ScalarNode):
        ids = [part.strip() for part in child.text.split(",") if part.strip()]
        remaining = [
            recipient_id for recipient_id in ids if recipient_id.replace(" ", "") != recipient.id.replace(" ", "")
        ]
        if remaining == ids:
            return
        if remaining:
            yield _scalar_edit(text, child, remaining, column(text, key.start))
            return
    elif isinstance(child, SequenceNode):
        hits = [item for item in child.items if isinstance(item, ScalarNode) and _same(item.text, recipient)]
        if not hits:
            return
        if len(hits) < len(child.items):
            yield from (_item_removal(text, child, hit) for hit in hits)
            return
    if not any(other.text in _RECIPIENT_KEYS and other is not key for other, _ in group.items):
        raise RefusedError(
            f"{POLICY}:{key.line}: without {recipient} the rule has no recipients",
            hint="sealkit recipients add another one first",
        )
    yield _replace_pair_edit(text, group, key, child, None)


def _same(text: str, recipient: Recipient) -> bool:
    return text.replace(" ", "") == recipient.id.replace(" ", "")


def _item_removal(text: str, parent: SequenceNode, item: Node) -> Edit:
    index = parent.items.index(item)
    if parent.flow:
        if index + 1 < len(parent.items):
            return Edit(item.start, parent.items[index + 1].start, "")
        return Edit(parent.items[index - 1].end, item.end, "")
    return Edit(text.rfind("\n", 0, item.start) + 1, line_end(text, item.end), "")


def _scalar_edit(text: str, node: ScalarNode, ids: Sequence[str], indent: int) -> Edit:
    if node.anchor:
        raise SealkitError(
            f"{POLICY}:{node.line}: other rules use these recipients (&{node.anchor})", hint=_EDIT_BY_HAND
        )
    ended = "\n" if text[node.start : end_of(node, text)].endswith("\n") else ""
    return Edit(node.start, end_of(node, text), _joined_ids(ids, indent, folded=bool(ended)) + ended)


def _recipient_fields(recipients: Sequence[Recipient], indent: int, *, flow: bool) -> str:
    """The fields `age: …` and `pgp: …` for these recipients, without a final line break."""
    by_kind = {kind: [r.id for r in recipients if r.kind == kind] for kind in NATIVE}
    parts = [
        f"{kind}: {_joined_ids(ids, indent, folded=not flow and len(ids) > 1)}" for kind, ids in by_kind.items() if ids
    ]
    return ", ".join(parts) if flow else f"\n{' ' * indent}".join(parts)


def _joined_ids(ids: Sequence[str], indent: int, *, folded: bool) -> str:
    if folded:
        spaces = " " * (indent + 2)
        return f">-\n{spaces}" + f",\n{spaces}".join(ids)
    return yaml_scalar(",".join(ids), flow=True)


def _replace_pair_edit(text: str, parent: MappingNode, key: ScalarNode, child: Node, new: str | None) -> Edit:
    """Replace a pair of a mapping, or remove it if `new` is None."""
    end = end_of(child, text)
    if new is not None:
        # a comment on the last line is about the old recipients
        end = end if parent.flow else line_end(text, end)
        return Edit(key.start, end, new + ("\n" if text[end - 1 : end] == "\n" else ""))
    index = next(i for i, (other, _) in enumerate(parent.items) if other is key)
    if parent.flow:
        if index + 1 < len(parent.items):
            return Edit(key.start, parent.items[index + 1][0].start, "")
        return Edit(end_of(parent.items[index - 1][1], text), end, "")
    row = text.rfind("\n", 0, key.start) + 1
    if text[row : key.start].strip():  # the pair is on the line of a dash: the next key moves there
        return Edit(key.start, parent.items[index + 1][0].start, "")
    return Edit(row, line_end(text, end), "")
