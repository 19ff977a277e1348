"""Adds the creation rule of the signing key to an existing policy."""

from __future__ import annotations

from collections.abc import Sequence

from sealkit.errors import SealkitError
from sealkit.sealed import policy
from sealkit.sealed.metadata import Recipient
from sealkit.sealed.policy_edit import NATIVE
from sealkit.sealed.policy_template import signing_key_rule
from sealkit.source.filenames import POLICY, SIGNING_KEY
from sealkit.yamlspan.node_ends import column, end_of, line_end
from sealkit.yamlspan.nodes import MappingNode, SequenceNode
from sealkit.yamlspan.parse import parse


def with_signing_key_rule(text: str, recipients: Sequence[Recipient]) -> str:
    """The policy with a rule for the signing key as its last rule. sops applies the first rule that matches, so the new rule does
    not change the rule of any other file. Raises SealkitError without an age or PGP recipient."""
    age_and_pgp = [recipient for recipient in recipients if recipient.kind in NATIVE]
    if not age_and_pgp:
        raise SealkitError(f"{POLICY}: no age or PGP recipient for the signing key", hint="sealkit init -r RECIPIENT")
    text = text if text.endswith("\n") or not text else text + "\n"
    documents = parse(text, POLICY)
    root = documents[0].root if documents else None
    rules = root.get("creation_rules") if isinstance(root, MappingNode) else None
    if not isinstance(rules, SequenceNode) or not rules.items:
        return _checked(text, text + "creation_rules:\n" + signing_key_rule(age_and_pgp))
    if rules.flow or rules.alias:
        raise SealkitError(
            f"{POLICY}:{rules.line}: needs a rule for {SIGNING_KEY}", hint="add it by hand, then run: sealkit init"
        )
    dash = column(text, rules.start)
    at = line_end(text, end_of(rules, text))
    block = "".join(
        " " * (dash - 2) + line if dash > 2 else line[2 - dash :]
        for line in signing_key_rule(age_and_pgp).splitlines(True)
    )
    return _checked(text, text[:at] + block + text[at:])


def _checked(before: str, text: str) -> str:
    """The new text, after a check that all other rules are unchanged."""
    old, new = policy.read(before).rules, policy.read(text).rules
    if [(r.path_regex, r.groups, r.selector) for r in old] != [(r.path_regex, r.groups, r.selector) for r in new[:-1]]:
        raise SealkitError(f"{POLICY}: needs a rule for {SIGNING_KEY}", hint="add it by hand, then run: sealkit init")
    return text
