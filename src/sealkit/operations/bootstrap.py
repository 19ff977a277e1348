"""Bootstrap: move into a cloned repository with keys and values of one's own, or set up a new machine of a member."""

from __future__ import annotations

from collections.abc import Sequence

from sealkit.errors import NoIdentityError, SealkitError
from sealkit.operations import bootstrap_checks, hooks
from sealkit.operations.answers import Answers
from sealkit.operations.approvals import warn_unapproved
from sealkit.operations.events import Events
from sealkit.operations.repository import Repository


def is_member(repository: Repository) -> bool:
    """Whether this repository is the user's own, so that only this machine is set up. Raises SealkitError."""
    return not bootstrap_checks.is_unfinished(repository) and bootstrap_checks.is_own(repository)


def move_in(
    repository: Repository,
    events: Events,
    answers: Answers,
    *,
    recipients: Sequence[str] = (),
    replace: bool = False,
    yes: bool = False,
) -> None:
    """Replace keys, values, policy and ledger of a cloned repository by one's own; values come from the example tree.

    What will be done is told first, and asked where something of the previous owner is replaced (unless `yes`). `replace` allows
    to replace sealed files that git does not hold. Raises SealkitError, before anything is written, for whatever is wrong.
    """
    plan = bootstrap_checks.make_plan(repository, events, recipients, replace=replace)
    answers.require(plan.questions)
    for line in plan.describe():
        events.progress(line)
    if plan.needs_consent and not yes:
        events.require_yes("do this?", hint="read the lines above, then: sealkit bootstrap --yes")
    plan.carry_out(answers)
    for name in answers.unused():
        events.warning(f"nothing asked for the answer to {name}")
    events.hint("next: sealkit deploy; and keep it: git add -A && git commit")


def set_up_machine(repository: Repository, events: Events) -> None:
    """Set up a member's clone on a new machine: nothing is generated; hooks and drivers are installed. Raises SealkitError."""
    events.progress("this repository is yours: a key at hand opens its sealed files, so nothing is generated")
    ledger = repository.ledger
    if ledger is not None:
        told = f", by the vouch of {repository.admission.vouch}" if repository.admission.vouch else ""
        events.progress(f"this machine knows the signing key{told}: {ledger.signer}")
    missing = [
        path
        for path, entry in (ledger.paths() if ledger else {}).items()
        if entry and not (repository.root / path).exists()
    ]
    for path in missing:
        events.warning(f"{path}: the ledger holds it, and it is missing here")
    try:
        repository.signing_key()
    except NoIdentityError:
        events.progress("no key here opens the signing key: this machine may deploy, not approve")
    except SealkitError as error:
        events.warning(error.message, error.hint or "make a ledger: sealkit init")
    for line in hooks.install(repository.root):
        events.progress(line)
    if missing:
        # not "approve it": that would sign that these files are gone for good
        events.hint(
            "next: bring them (a repository of their own: clone it there; a submodule: git submodule update --init)"
        )
        return
    items = warn_unapproved(repository, events)
    events.hint("next: sealkit approve, then: sealkit deploy" if items else "next: sealkit deploy")
