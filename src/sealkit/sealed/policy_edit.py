"""Recipients in the text of `.sops.yaml`: added, removed or replaced by span. Rules, selectors and comments stay as they are.

Every result is read again and held against what was asked for, so a spelling that is not understood here (merge keys,
anchors in odd places) ends in an error and never in a policy that says something else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.sealed import policy
from sealkit.sealed.metadata import Recipient
from sealkit.sealed.policy_recipients import FIELDS
from sealkit.source.filenames import POLICY
from sealkit.yamlspan.edit import Edit, apply_edits, yaml_scalar
from sealkit.yamlspan.node_ends import column, end_of, line_end
from sealkit.yamlspan.nodes import MappingNode, Node, ScalarNode, SequenceNode
from sealkit.yamlspan.parse import parse

_WHO = (*FIELDS, "key_groups", "shamir_threshold")
NATIVE = ("age", "pgp")
"""The kinds that are sealed to without the sops program."""
_BY_HAND = f"edit {POLICY}, then: sealkit recipients sync"


def replaced(text: str, recipients: Sequence[Recipient]) -> str:
    """The policy with every rule that seals sealing to these (age and PGP) recipients alone. Raises SealkitError."""
    text = text if text.endswith("\n") else text + "\n"
    edits: list[Edit] = []
    for rule, read in zip(_rules(text), policy.read(text).rules, strict=True):
        items = [(key, child) for key, child in rule.items if key.text in _WHO]
        if not read.recipients:
            continue  # it says that these files stay open
        if not items:
            raise SealkitError(f"{POLICY}:{rule.line}: a rule that names no recipients itself", hint=_BY_HAND)
        for index, (key, child) in enumerate(items):
            new = _fields(recipients, column(text, key.start), flow=rule.flow) if index == 0 else None
            edits.append(_over(text, rule, key, child, new))
    return _proved(apply_edits(text, edits), lambda _, before: list(recipients) if before else [], text)


def added(text: str, recipient: Recipient, positions: Collection[int]) -> str:
    """The policy with a recipient added to the rules at these positions (from 1). Raises SealkitError."""
    edits = []
    for position, rule in enumerate(_rules(text), 1):
        if position in positions:
            group = _group_of(rule)
            edits.append(_addition(text, group, recipient, grouped=group is not rule))

    def wanted(position: int, before: Sequence[Recipient]) -> list[Recipient]:
        return [*before, recipient] if position in positions else list(before)

    return _proved(apply_edits(text, edits), wanted, text)


def removed(text: str, recipient: Recipient) -> str:
    """The policy without a recipient. Raises RefusedError where a rule or a key group would seal to nobody."""
    edits = [edit for rule in _rules(text) for edit in _removals(text, rule, recipient)]
    if not edits:
        raise UsageError(f"{recipient} stands nowhere in {POLICY}", hint="sealkit recipients list")

    def wanted(_: int, before: Sequence[Recipient]) -> list[Recipient]:
        return [other for other in before if other != recipient]

    return _proved(apply_edits(text, edits), wanted, text)


def _proved(text: str, wanted: Callable[[int, Sequence[Recipient]], list[Recipient]], before: str) -> str:
    """The new text, read again: each rule seals to whom it should, and nothing else about it changed."""
    old, new = policy.read(before), policy.read(text)
    if len(old.rules) != len(new.rules):
        raise SealkitError(f"{POLICY}: could not be rewritten", hint=_BY_HAND)
    for position, (was, now) in enumerate(zip(old.rules, new.rules, strict=True), 1):
        if set(now.recipients) != set(wanted(position, was.recipients)):
            raise SealkitError(
                f"{POLICY}:{was.line}: the recipients of this rule could not be rewritten", hint=_BY_HAND
            )
        if (was.path_regex, was.selector, was.mac_only_encrypted) != (
            now.path_regex,
            now.selector,
            now.mac_only_encrypted,
        ):
            raise SealkitError(f"{POLICY}:{was.line}: this rule could not be rewritten", hint=_BY_HAND)
    return text


def _rules(text: str) -> list[MappingNode]:
    documents = parse(text, POLICY)
    root = documents[0].root if documents else None
    rules = root.get("creation_rules") if isinstance(root, MappingNode) else None
    return [rule for rule in rules.items if isinstance(rule, MappingNode)] if isinstance(rules, SequenceNode) else []


def _group_of(rule: MappingNode) -> MappingNode:
    """Where a recipient is added: the rule itself, or its only key group. Raises SealkitError where there are several."""
    groups = rule.get("key_groups")
    if not isinstance(groups, SequenceNode):
        return rule
    if len(groups.items) == 1 and isinstance(groups.items[0], MappingNode) and not groups.alias:
        return groups.items[0]
    raise SealkitError(f"{POLICY}:{rule.line}: several key groups, so it must be said which", hint=_BY_HAND)


def _addition(text: str, group: MappingNode, recipient: Recipient, *, grouped: bool) -> Edit:
    node = group.get(recipient.kind)
    if isinstance(node, ScalarNode) and not node.alias:
        ids = [part.strip() for part in node.text.split(",") if part.strip()]
        key = next(key for key, child in group.items if child is node)
        return _scalar_edit(text, node, [*ids, recipient.id], column(text, key.start))
    if isinstance(node, SequenceNode) and not node.alias and node.items:
        last = node.items[-1]
        if node.flow:
            return Edit(last.end, last.end, f", {yaml_scalar(recipient.id, flow=True)}")
        at = line_end(text, end_of(last, text))
        lead = "" if text[at - 1] == "\n" else "\n"
        return Edit(at, at, f"{lead}{' ' * column(text, node.start)}- {yaml_scalar(recipient.id)}\n")
    if node is not None or not group.items or group.alias:
        raise SealkitError(f"{POLICY}:{group.line}: this rule could not be rewritten", hint=_BY_HAND)
    first = group.items[0][0]
    value = yaml_scalar(recipient.id, flow=True)
    one = f"{recipient.kind}: [{value}]" if grouped else f"{recipient.kind}: {value}"
    if group.flow:
        return Edit(first.start, first.start, f"{one}, ")
    return Edit(first.start, first.start, f"{one}\n{' ' * column(text, first.start)}")


def _removals(text: str, node: Node, recipient: Recipient) -> Iterator[Edit]:
    """The edits that take a recipient out of a rule, wherever in its groups it stands."""
    if isinstance(node, SequenceNode):
        for child in node.items:
            yield from _removals(text, child, recipient)
        return
    if not isinstance(node, MappingNode) or node.alias:
        return
    for key, child in node.items:
        if key.text in {"key_groups", "merge"}:
            yield from _removals(text, child, recipient)
        elif key.text == recipient.kind:
            yield from _without(text, node, key, child, recipient)


def _without(text: str, group: MappingNode, key: ScalarNode, child: Node, recipient: Recipient) -> Iterator[Edit]:
    if isinstance(child, ScalarNode):
        ids = [part.strip() for part in child.text.split(",") if part.strip()]
        kept = [one for one in ids if one.replace(" ", "") != recipient.id.replace(" ", "")]
        if kept == ids:
            return
        if kept:
            yield _scalar_edit(text, child, kept, column(text, key.start))
            return
    elif isinstance(child, SequenceNode):
        hits = [item for item in child.items if isinstance(item, ScalarNode) and _same(item.text, recipient)]
        if not hits:
            return
        if len(hits) < len(child.items):
            yield from (_item_removal(text, child, hit) for hit in hits)
            return
    if not any(other.text in _WHO and other is not key for other, _ in group.items):
        raise RefusedError(
            f"{POLICY}:{key.line}: without {recipient} this would be sealed to nobody",
            hint="sealkit recipients add another one first",
        )
    yield _over(text, group, key, child, None)


def _same(text: str, recipient: Recipient) -> bool:
    return text.replace(" ", "") == recipient.id.replace(" ", "")


def _item_removal(text: str, parent: SequenceNode, item: Node) -> Edit:
    index = parent.items.index(item)
    if parent.flow:
        if index + 1 < len(parent.items):
            return Edit(item.start, parent.items[index + 1].start, "")
        return Edit(parent.items[index - 1].end, item.end, "")
    return Edit(text.rfind("\n", 0, item.start) + 1, line_end(text, item.end), "")


def _scalar_edit(text: str, node: ScalarNode, ids: Sequence[str], at: int) -> Edit:
    if node.anchor:
        raise SealkitError(f"{POLICY}:{node.line}: other rules take these recipients (&{node.anchor})", hint=_BY_HAND)
    ended = "\n" if text[node.start : end_of(node, text)].endswith("\n") else ""
    return Edit(node.start, end_of(node, text), _joined(ids, at, folded=bool(ended)) + ended)


def _fields(recipients: Sequence[Recipient], at: int, *, flow: bool) -> str:
    """`age: …` and `pgp: …`, as many as there are, without a last line break."""
    by_kind = {kind: [r.id for r in recipients if r.kind == kind] for kind in NATIVE}
    parts = [f"{kind}: {_joined(ids, at, folded=not flow and len(ids) > 1)}" for kind, ids in by_kind.items() if ids]
    return ", ".join(parts) if flow else f"\n{' ' * at}".join(parts)


def _joined(ids: Sequence[str], at: int, *, folded: bool) -> str:
    if folded:
        indent = " " * (at + 2)
        return f">-\n{indent}" + f",\n{indent}".join(ids)
    return yaml_scalar(",".join(ids), flow=True)


def _over(text: str, parent: MappingNode, key: ScalarNode, child: Node, new: str | None) -> Edit:
    """Replace a whole item of a mapping, or take it out."""
    end = end_of(child, text)
    if new is not None:
        # a comment on the last line is about who goes
        end = end if parent.flow else line_end(text, end)
        return Edit(key.start, end, new + ("\n" if text[end - 1 : end] == "\n" else ""))
    index = next(i for i, (other, _) in enumerate(parent.items) if other is key)
    if parent.flow:
        if index + 1 < len(parent.items):
            return Edit(key.start, parent.items[index + 1][0].start, "")
        return Edit(end_of(parent.items[index - 1][1], text), end, "")
    row = text.rfind("\n", 0, key.start) + 1
    if text[row : key.start].strip():  # on the line of a dash: the next key takes its place
        return Edit(key.start, parent.items[index + 1][0].start, "")
    return Edit(row, line_end(text, end), "")
