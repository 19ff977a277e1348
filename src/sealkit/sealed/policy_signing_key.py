"""The creation rule of the signing key: a rule of its own, the first, so that no broader rule says who may approve."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sealkit.errors import SealkitError
from sealkit.sealed import policy
from sealkit.sealed.metadata import Recipient
from sealkit.sealed.policy_edit import NATIVE
from sealkit.sealed.policy_template import signing_key_rule
from sealkit.source.filenames import POLICY, SIGNING_KEY
from sealkit.yamlspan.node_ends import column
from sealkit.yamlspan.nodes import MappingNode, SequenceNode
from sealkit.yamlspan.parse import parse

_OWN = re.compile(r"\^(?:\\\.|\[\.\]|\.)sealkit/[^|]*\Z")
"""A pattern that matches nothing but files of sealkit itself: it is anchored at their folder and has no other branch."""
_BY_HAND = "add it by hand as the first rule, then run: sealkit init"


def find_own_rule(rules: policy.Policy) -> int | None:
    """The number (from 1) of the rule that the signing key has to itself; None where it has none, or where a broader rule stands
    before it."""
    for number, rule in enumerate(rules.rules, 1):
        if rule.matches(SIGNING_KEY):
            return number if _OWN.match(rule.path_regex) else None
    return None


def with_signing_key_rule(text: str, recipients: Sequence[Recipient]) -> str:
    """The policy with a rule for the signing key as its first rule, for these age and PGP recipients. It matches the path of the
    signing key alone, so the rule of any other file stays. Raises SealkitError without an age or PGP recipient."""
    age_and_pgp = [recipient for recipient in recipients if recipient.kind in NATIVE]
    if not age_and_pgp:
        raise SealkitError(
            f"{POLICY}: no age or PGP recipient for the signing key", hint="sealkit init --may-approve RECIPIENT"
        )
    text = text if text.endswith("\n") or not text else text + "\n"
    documents = parse(text, POLICY)
    root = documents[0].root if documents else None
    rules = root.get("creation_rules") if isinstance(root, MappingNode) else None
    if not isinstance(rules, SequenceNode) or not rules.items:
        return _checked(text, text + "creation_rules:\n" + signing_key_rule(age_and_pgp))
    dash = column(text, rules.start)
    at = text.rfind("\n", 0, rules.start) + 1
    if rules.flow or rules.alias or text[at : rules.start].strip():
        raise SealkitError(f"{POLICY}:{rules.line}: needs a rule for {SIGNING_KEY}", hint=_BY_HAND)
    block = "".join(
        " " * (dash - 2) + line if dash > 2 else line[2 - dash :]
        for line in signing_key_rule(age_and_pgp).splitlines(True)
    )
    return _checked(text, text[:at] + block + text[at:])


def _checked(before: str, text: str) -> str:
    """The new text, after a check that the new rule is the first and all others are unchanged."""
    old, new = policy.read(before).rules, policy.read(text)
    if find_own_rule(new) != 1 or _told(old) != _told(new.rules[1:]):
        raise SealkitError(f"{POLICY}: needs a rule for {SIGNING_KEY}", hint=_BY_HAND)
    return text


def _told(rules: Sequence[policy.CreationRule]) -> list[object]:
    return [(r.path_regex, r.groups, r.threshold, r.selector, r.mac_only_encrypted) for r in rules]
