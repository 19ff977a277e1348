"""A rule of its own for the signing key, in a policy that somebody wrote before there was a house."""

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
    """The policy with a rule of its own for the signing key at its end: sops takes the first rule that matches, so nothing else
    falls under it. Raises SealkitError where there is nobody to seal to."""
    native = [who for who in recipients if who.kind in NATIVE]
    if not native:
        raise SealkitError(
            f"{POLICY}: names no age or PGP recipient for the signing key", hint="sealkit init -r RECIPIENT"
        )
    text = text if text.endswith("\n") or not text else text + "\n"
    documents = parse(text, POLICY)
    root = documents[0].root if documents else None
    rules = root.get("creation_rules") if isinstance(root, MappingNode) else None
    if not isinstance(rules, SequenceNode) or not rules.items:
        return _same_rules(text, text + "creation_rules:\n" + signing_key_rule(native))
    if rules.flow or rules.alias:
        raise SealkitError(
            f"{POLICY}:{rules.line}: needs a rule for {SIGNING_KEY}", hint="add it by hand, then: sealkit init"
        )
    dash = column(text, rules.start)
    at = line_end(text, end_of(rules, text))
    block = "".join(
        " " * (dash - 2) + line if dash > 2 else line[2 - dash :] for line in signing_key_rule(native).splitlines(True)
    )
    return _same_rules(text, text[:at] + block + text[at:])


def _same_rules(before: str, text: str) -> str:
    old, new = policy.read(before).rules, policy.read(text).rules
    if [(r.path_regex, r.groups, r.selector) for r in old] != [(r.path_regex, r.groups, r.selector) for r in new[:-1]]:
        raise SealkitError(f"{POLICY}: needs a rule for {SIGNING_KEY}", hint="add it by hand, then: sealkit init")
    return text
