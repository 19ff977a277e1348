"""Checks of policy, recipients, ledger and example tree."""

from __future__ import annotations

from collections.abc import Iterator

from sealkit.operations.approvals import unapproved
from sealkit.operations.doctor.check import Check, CheckContext, Level
from sealkit.operations.example import differing_examples
from sealkit.operations.reseal import recipient_changes
from sealkit.source.filenames import LEDGER, POLICY
from sealkit.wording import count


def policy(context: CheckContext) -> Iterator[Check]:
    """Whether every file is sealed as its creation rule says."""
    loaded = context.repository.policy
    if loaded is None:
        yield Check(Level.WRONG, "policy", f"there is no {POLICY}", "sealkit init")
        return
    for warning in loaded.warnings:
        yield Check(Level.RISK, "policy", warning)
    changes = recipient_changes(loaded, context.sealed)
    for change in changes:
        yield Check(Level.WRONG, "policy", str(change), "sealkit recipients sync")
    without_rule = [path for path in context.sealed if loaded.find(path) is None]
    for path in without_rule:
        yield Check(Level.RISK, "policy", f"{path}: no rule matches it", f"add one to {POLICY}")
    if not changes and not without_rule:
        yield Check(Level.OK, "policy", f"{count(len(loaded.rules), 'rule')}, every sealed file is sealed as they say")


def single_recipient(context: CheckContext) -> Iterator[Check]:
    """Whether a file has one recipient only: with that key it would be lost."""
    alone = {block.recipients for block in context.metadata.values() if len(block.recipients) == 1}
    if not context.metadata:
        yield Check(Level.NOTE, "recipients", "nothing is sealed yet")
    elif alone:
        names = ", ".join(sorted(str(recipients[0]) for recipients in alone))
        yield Check(
            Level.RISK, "recipients", f"{names} alone opens files: if that key is lost, so are they",
            "sealkit recipients add RECOVERY, keep that key elsewhere, prove it: sealkit doctor --with KEYFILE",
        )  # fmt: skip
    else:
        yield Check(Level.OK, "recipients", "every file has more than one")


def ledger(context: CheckContext) -> Iterator[Check]:
    """Whether everything is approved."""
    repository = context.repository
    if repository.ledger is None:
        yield Check(Level.RISK, "ledger", "none: nobody vouches for the sealed files", "sealkit init")
        return
    if repository.ledger.ignored:
        text = f"{repository.ledger.ignored} lines of {LEDGER} sign nothing; the next approval drops them"
        yield Check(Level.RISK, "ledger", text, "sealkit review")
    items = [item for item in unapproved(repository) if not item.implied]
    for item in items:
        yield Check(Level.WRONG, "ledger", f"not approved: {item}", "sealkit approve")
    if not items:
        count = len(repository.ledger.lines)
        yield Check(Level.OK, "ledger", f"{count} lines, everything is approved")


def example(context: CheckContext) -> Iterator[Check]:
    """Whether the example tree has the shape of the private tree, so that somebody else can move in."""
    repository, config = context.repository, context.repository.config
    if not config.private or not config.example or not (repository.root / config.private).exists():
        return
    paths = differing_examples(repository)
    for path in paths:
        text = f"{path}: does not have the shape of its private file, so nobody can move in"
        yield Check(Level.RISK, "example", text, "sealkit example")
    if not paths:
        yield Check(Level.OK, "example", "has the shape of the private tree")
