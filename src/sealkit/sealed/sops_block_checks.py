"""What a `sops` block tells without a key: whether anyone can check the file, which versions read it, who it is sealed to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from sealkit.errors import SealkitError
from sealkit.model.finding import Finding
from sealkit.model.rules import finding
from sealkit.sealed.metadata import SELECTOR_MODES, Metadata, Recipient, Selector
from sealkit.sealed.policy import CreationRule
from sealkit.sealed.stores.parsed import Item, Parsed, ciphertext_type
from sealkit.source.filenames import POLICY, SIGNING_KEY
from sealkit.yamlspan.nodes import MappingNode
from sealkit.yamlspan.parse import parse

_NAMED = re.compile(rf"(?m)^(?:sops_|[ \t]*\"?)({'|'.join(SELECTOR_MODES)})\"?[ \t]*[:=][ \t]*\"?[^\s\",]")
_POST_QUANTUM = "age1pq1"


def several_selectors(text: str) -> list[str]:
    """The selectors that the block of an unreadable file names, where there is more than one."""
    found = list(dict.fromkeys(_NAMED.findall(text)))
    return found if len(found) > 1 else []


def block_in_later_document(text: str) -> bool:
    """Whether a YAML stream has a `sops` block, and not in its first document, where sops reads it."""
    try:
        roots = [document.root for document in parse(text)]
    except SealkitError:
        return False
    has = [isinstance(root, MappingNode) and isinstance(root.get("sops"), MappingNode) for root in roots]
    return any(has) and not has[0]


def authenticity(parsed: Parsed, block: Metadata) -> Iterator[Finding]:
    """A file that nobody can check: without a MAC, or with one that is no sealed value."""
    if ciphertext_type(block.mac) != "str":
        what = "its MAC is not a sealed value" if block.mac else "its MAC is missing or empty"
        yield finding("SK110", parsed.path, 0, ".sops.mac", f"{what}: nobody can tell whether the file was changed")


def versions(parsed: Parsed, block: Metadata) -> Iterator[Finding]:
    """What some version of sops cannot open, with the reason (tried on 3.9.4, 3.11.0, 3.13.3; for 3.13.2 its issue 2243)."""
    if not block.version:
        yield _version(parsed, 0, ".sops.version", "no version in the sops block: every sops stops there")
    if not _is_time(block.lastmodified):
        yield _version(parsed, 0, ".sops.lastmodified", "lastmodified is no time: every sops stops there")
    lists = {
        (item.document, item.route.steps[:-1]) for item in parsed.items if isinstance(_last(item.route.steps), int)
    }
    for item in parsed.items:
        kind = ciphertext_type(item.value)
        if kind == "bytes":
            yield _version(parsed, item.line, item.route, "sealed as bytes: sops crashes on it; set the value again")
        elif kind == "time":
            yield _version(parsed, item.line, item.route, "a sealed date: sops before 3.10 cannot open it")
        elif kind == "comment" and (item.document, item.route.steps) in lists:
            yield _version(
                parsed, item.line, item.route, "a sealed comment in a list: sops 3.13.2 counts it into the MAC"
            )
        elif _negative_zero(parsed, item):
            yield _version(
                parsed, item.line, item.route, "an open negative zero: sops hashes it one way and reads it another"
            )
    new = sorted({recipient.id for recipient in block.recipients if recipient.id.startswith(_POST_QUANTUM)})
    if new:
        yield _version(
            parsed, 0, ".sops", f"{len(new)} post-quantum recipients: sops before 3.12 cannot write the file"
        )


def against_rule(parsed: Parsed, block: Metadata, rule: CreationRule) -> Iterator[Finding]:
    """Recipients, threshold and selector of a file that differ from the rule of its path."""
    yield from _recipients(parsed.path, block, rule)
    # the signing key is sealed whole whatever the rule's selector; a binary file has none
    if parsed.path == SIGNING_KEY or parsed.format == "binary":
        return
    if rule.selector.mode and rule.selector != block.selector:
        old, new = _shown(block.selector), _shown(rule.selector)
        yield finding("SK402", parsed.path, 0, ".sops", f"sealed under {old}; its rule in {POLICY} has {new}")
    elif rule.mac_only_encrypted != block.mac_only_encrypted:
        old, new = ("with" if flag else "without" for flag in (block.mac_only_encrypted, rule.mac_only_encrypted))
        message = f"sealed {old} mac_only_encrypted; its rule in {POLICY} is {new}"
        yield finding("SK402", parsed.path, 0, ".sops", message)


def _recipients(path: str, block: Metadata, rule: CreationRule) -> Iterator[Finding]:
    have, want = block.recipients, rule.recipients
    extra = [who for who in have if not any(_same(wanted, who) for wanted in want)]
    missing = [who for who in want if not any(_same(who, there) for there in have)]
    parts = [f"the rule does not name {_list(extra)}"] if extra else []
    parts += [f"{_list(missing)} cannot open it"] if missing else []
    groups = [[entry.recipient for entry in group] for group in block.groups]
    if not parts and _shape(groups) != _shape(rule.groups):
        parts = ["its key groups are divided otherwise"]
    old, new = block.threshold or len(block.groups), rule.threshold or len(rule.groups)
    if len(block.groups) > 1 and len(rule.groups) > 1 and old != new:
        parts.append(f"{old} of its key groups open it, not {new}")
    if parts:
        yield finding("SK401", path, 0, ".sops", f"sealed to others than its rule in {POLICY} says: {'; '.join(parts)}")


def _same(wanted: Recipient, there: Recipient) -> bool:
    """Whether the policy means this recipient of a file. An Azure key without a version is the newest one, which sops looks up
    and writes down."""
    one, two = dict(wanted.fields), dict(there.fields)
    if wanted.kind == "azure_kv" and not one.get("version"):
        two.pop("version", None)
    return (wanted.kind, wanted.id) == (there.kind, there.id) and _set(one) == _set(two)


def _set(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}


def _shape(groups: Iterable[Iterable[Recipient]]) -> list[set[tuple[str, str]]]:
    return [{(recipient.kind, recipient.id) for recipient in group} for group in groups]


def _list(recipients: Iterable[Recipient]) -> str:
    return ", ".join(dict.fromkeys(f"{recipient.kind}:{recipient.id}" for recipient in recipients))


def _shown(selector: Selector) -> str:
    return f"{selector.mode}: {selector.pattern}" if selector.mode else "no selector"


def _negative_zero(parsed: Parsed, item: Item) -> bool:
    number = isinstance(item.value, int | float) and not isinstance(item.value, bool)
    return number and item.value == 0 and parsed.text[item.start] == "-"


def _version(parsed: Parsed, line: int, route: object, message: str) -> Finding:
    return finding("SK111", parsed.path, line, route, message)


def _last(steps: tuple[object, ...]) -> object:
    return steps[-1] if steps else None


def _is_time(text: str) -> bool:
    try:
        return "T" in text and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
