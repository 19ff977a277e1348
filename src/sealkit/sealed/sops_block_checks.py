"""Checks of the `sops` block: is the MAC present, which versions of sops support the file, does it match its rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sealkit.errors import SealkitError
from sealkit.model.finding import Finding
from sealkit.model.rules import finding
from sealkit.sealed.metadata import SELECTOR_MODES, Metadata, Recipient, Selector
from sealkit.sealed.policy import CreationRule
from sealkit.sealed.stores.parsed import Item, Parsed, ciphertext_type
from sealkit.sealed.stores.sops_block import is_time, is_version
from sealkit.source.filenames import POLICY, SIGNING_KEY
from sealkit.yamlspan.nodes import MappingNode
from sealkit.yamlspan.parse import parse

_SELECTOR_KEY = rf"(?m)^(?:sops_|[ \t]*\"?)({'|'.join(SELECTOR_MODES)})\"?[ \t]*[:=][ \t]*\"?[^\s\",]"
_POST_QUANTUM = "age1pq1"
_RULE_PLACE = re.compile(rf"its rule in {re.escape(POLICY)}:([0-9]+)")
_NAMED = 3
"""How many files are named before the rest is counted."""


def several_selectors(text: str) -> list[str]:
    """The selectors in the block of a file that cannot be read, if there are several; otherwise an empty list."""
    modes = list(dict.fromkeys(re.findall(_SELECTOR_KEY, text)))
    return modes if len(modes) > 1 else []


def block_in_later_document(text: str) -> bool:
    """Whether a YAML stream has a `sops` block, but not in its first document, where sops reads it."""
    try:
        roots = [document.root for document in parse(text)]
    except SealkitError:
        return False
    blocks = [isinstance(root, MappingNode) and isinstance(root.get("sops"), MappingNode) for root in roots]
    return any(blocks) and not blocks[0]


def authenticity(parsed: Parsed, block: Metadata) -> Iterator[Finding]:
    """A file without a valid MAC."""
    if ciphertext_type(block.mac) != "str":
        problem = "the MAC is not a sealed value" if block.mac else "the MAC is missing or empty"
        yield finding("SK110", parsed.path, 0, ".sops.mac", f"{problem}: changes to the file cannot be detected")


def version_support(parsed: Parsed, block: Metadata) -> Iterator[Finding]:
    """What some versions of sops do not support (tested with 3.9.4, 3.11.0 and 3.13.3; for 3.13.2 see sops issue 2243)."""
    if not is_version(block.version):
        yield _version_finding(parsed, 0, ".sops.version", "no version in the sops block: sops refuses the file")
    if not is_time(block.lastmodified):
        yield _version_finding(parsed, 0, ".sops.lastmodified", "lastmodified is not a time: sops refuses the file")
    lists = {
        (item.document, item.route.steps[:-1]) for item in parsed.items if isinstance(_last_step(item.route.steps), int)
    }
    for item in parsed.items:
        if message := _item_problem(parsed, item, in_list=(item.document, item.route.steps) in lists):
            yield _version_finding(parsed, item.line, item.route, message)
    post_quantum = {recipient.id for recipient in block.recipients if recipient.id.startswith(_POST_QUANTUM)}
    if post_quantum:
        message = f"{len(post_quantum)} post-quantum recipients: sops before 3.12 cannot write the file"
        yield _version_finding(parsed, 0, ".sops", message)


def _item_problem(parsed: Parsed, item: Item, *, in_list: bool) -> str:
    """What some versions of sops do not support about an item. `in_list` is for a comment."""
    kind = ciphertext_type(item.value)
    if kind == "time":
        return "a sealed date: sops before 3.10 cannot decrypt it"
    if kind == "comment" and in_list:
        return "a sealed comment in a list: only sops 3.13.2 includes it in the MAC"
    if _is_negative_zero(parsed, item):
        return "a negative zero in clear text: sops refuses a file that it wrote with one"
    return ""


def against_rule(parsed: Parsed, block: Metadata, rule: CreationRule) -> Iterator[Finding]:
    """Differences between a file and the rule of its path: recipients, threshold and selector."""
    yield from _recipients(parsed.path, block, rule)
    # the signing key is sealed as a whole, whatever the selector of the rule; a binary file has no selector
    if parsed.path == SIGNING_KEY or parsed.format == "binary":
        return
    if rule.selector.mode and rule.selector != block.selector:
        old, new = _selector_text(block.selector), _selector_text(rule.selector)
        yield finding(
            "SK402", parsed.path, 0, ".sops", f"sealed with {old}, but its rule in {_rule_place(rule)} has {new}"
        )
    elif rule.mac_only_encrypted != block.mac_only_encrypted:
        old, new = ("with" if flag else "without" for flag in (block.mac_only_encrypted, rule.mac_only_encrypted))
        message = f"sealed {old} mac_only_encrypted, but its rule in {_rule_place(rule)} is {new} it"
        yield finding("SK402", parsed.path, 0, ".sops", message)


def _recipients(path: str, block: Metadata, rule: CreationRule) -> Iterator[Finding]:
    actual, expected = block.recipients, rule.recipients
    extra = [recipient for recipient in actual if not any(is_same_recipient(other, recipient) for other in expected)]
    missing = [recipient for recipient in expected if not any(is_same_recipient(recipient, other) for other in actual)]
    parts = [f"the rule does not name {_recipient_list(extra)}"] if extra else []
    parts += [f"{_recipient_list(missing)} cannot decrypt it"] if missing else []
    groups = [[entry.recipient for entry in group] for group in block.groups]
    if not parts and _group_recipients(groups) != _group_recipients(rule.groups):
        parts = ["its key groups have other recipients"]
    old, new = block.threshold or len(block.groups), rule.threshold or len(rule.groups)
    if len(block.groups) > 1 and len(rule.groups) > 1 and old != new:
        parts.append(f"{old} of its key groups decrypt it, not {new}")
    if parts:
        yield finding("SK401", path, 0, ".sops", f"the recipients differ from its rule in {POLICY}: {'; '.join(parts)}")


def once_per_rule(findings: Iterable[Finding]) -> list[Finding]:
    """The same findings, with one for each creation rule from which the selector (or `mac_only_encrypted`) of several files
    differs: that has one cause. It stands at the rule and counts the files."""
    kept: list[Finding] = []
    files: dict[int, list[str]] = {}
    for item in findings:
        place = _RULE_PLACE.search(item.message) if item.rule == "SK402" else None
        if place is None:
            kept.append(item)
            continue
        paths = files.setdefault(int(place[1]), [])
        paths += [item.path] if item.path not in paths else []
        if len(paths) == 1:
            kept.append(item)
    return [_of_rule(item, files) for item in kept]


def _of_rule(item: Finding, files: Mapping[int, Sequence[str]]) -> Finding:
    place = _RULE_PLACE.search(item.message) if item.rule == "SK402" else None
    paths = files[int(place[1])] if place is not None else []
    if place is None or len(paths) == 1:
        return item
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    message = f"{len(paths)} files are sealed otherwise than this rule says: {', '.join(paths[:_NAMED])}{more}"
    return finding("SK402", POLICY, int(place[1]), "", message)


def _rule_place(rule: CreationRule) -> str:
    return f"{POLICY}:{rule.line}"


def is_same_recipient(expected: Recipient, actual: Recipient) -> bool:
    """Whether a recipient of the policy is this recipient of a file. An Azure key without a version means the newest version,
    which sops looks up and writes into the file."""
    expected_fields, actual_fields = dict(expected.fields), dict(actual.fields)
    if expected.kind == "azure_kv" and not expected_fields.get("version"):
        actual_fields.pop("version", None)
    return (expected.kind, expected.id) == (actual.kind, actual.id) and _with_value(expected_fields) == _with_value(
        actual_fields
    )


def _with_value(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}


def _group_recipients(groups: Iterable[Iterable[Recipient]]) -> list[set[tuple[str, str]]]:
    return [{(recipient.kind, recipient.id) for recipient in group} for group in groups]


def _recipient_list(recipients: Iterable[Recipient]) -> str:
    return ", ".join(dict.fromkeys(f"{recipient.kind}:{recipient.id}" for recipient in recipients))


def _selector_text(selector: Selector) -> str:
    return f"{selector.mode}: {selector.pattern}" if selector.mode else "no selector"


def _is_negative_zero(parsed: Parsed, item: Item) -> bool:
    number = isinstance(item.value, int | float) and not isinstance(item.value, bool)
    return number and item.value == 0 and parsed.text[item.start] == "-"


def _version_finding(parsed: Parsed, line: int, route: object, message: str) -> Finding:
    return finding("SK111", parsed.path, line, route, message)


def _last_step(steps: tuple[object, ...]) -> object:
    return steps[-1] if steps else None
