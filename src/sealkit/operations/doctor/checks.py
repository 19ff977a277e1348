"""The checks of `doctor`: what each found, and what to type next. None of them changes anything."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from sealkit.errors import NoIdentityError, SealkitError
from sealkit.ledger import observe
from sealkit.operations import reseal
from sealkit.source import filenames, git

if TYPE_CHECKING:
    from sealkit.keys.keyring import OwnRecipient
    from sealkit.operations.repository import Repository
    from sealkit.sealed.metadata import Metadata
    from sealkit.sops.decrypt import Opened

SOON = timedelta(days=60)
"""How long before it expires a PGP key is spoken of."""


class Level(StrEnum):
    """How a check ended. Only `wrong` makes the exit code 1: a risk may be taken knowingly."""

    OK = "ok"
    NOTE = "note"
    RISK = "risk"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Check:
    """One line."""

    level: Level
    topic: str
    text: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.level:5}  {self.topic}: {self.text}" + (f" -> {self.hint}" if self.hint else "")


class CheckContext:
    """What the checks share: each thing is read once, and files are opened once."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository

    @cached_property
    def sealed(self) -> dict[str, bytes]:
        """Every sealed file, the signing key's included."""
        return reseal.everything(self.repository)

    @cached_property
    def metadata(self) -> dict[str, Metadata]:
        """The `sops` block of each."""
        found = {path: observe.metadata_of(path, data) for path, data in self.sealed.items()}
        return {path: block for path, block in found.items() if block is not None}

    @cached_property
    def opened(self) -> dict[str, Opened | SealkitError]:
        """Each file opened, or why not."""
        from sealkit.sops.decrypt import open_files

        return open_files(self.sealed, self.repository.keyring)


def run(repository: Repository) -> Iterator[Check]:
    """Every check in turn. One that cannot be made is wrong, and the others are made all the same."""
    from sealkit.operations.doctor import machine

    context = CheckContext(repository)
    told: set[str] = set()
    for topic, check in (
        ("keys", _keys), ("opens", _opens), ("policy", _policy), ("recipients", _single), ("pgp", _expiry),
        ("ledger", _ledger), ("example", _example), ("data keys", _shared), ("mac", _mac_only), ("readers", _readers),
        ("git", _git), ("ignored", machine.ignored), ("swap", machine.swap), ("context", machine.contexts),
    ):  # fmt: skip
        yield from _made(topic, check, context, told)


def _made(
    topic: str, check: Callable[[CheckContext], Iterator[Check]], context: CheckContext, told: set[str]
) -> Iterator[Check]:
    """One check. What stopped an earlier one already is not said again."""
    try:
        yield from check(context)
    except SealkitError as error:
        if error.message not in told:
            told.add(error.message)
            yield Check(Level.WRONG, topic, error.message, error.hint or "")


def _keys(context: CheckContext) -> Iterator[Check]:
    ring = context.repository.keyring
    own = ring.own()
    for one in own:
        count = sum(_sealed_to(block, one, context) for block in context.metadata.values())
        files = (
            f"a recipient of {count} of {len(context.metadata)} sealed files"
            if context.metadata
            else "nothing is sealed yet"
        )
        yield Check(Level.OK, "keys", f"{one.recipient} ({one.source}): {files}")
    for problem in ring.problems:
        yield Check(Level.WRONG, "keys", problem.message, problem.hint or "")
    for message, hint in ring.warnings:
        yield Check(Level.WRONG, "keys", message, hint)
    silent = [source.label for source in ring.sources if source.command]
    silent += [key.source for key in ring.identities if not key.recipient]
    for label in dict.fromkeys(silent):
        yield Check(Level.NOTE, "keys", f"{label}: whose key it is shows when it is used")
    if not own and not silent:
        yield Check(Level.WRONG, "keys", "no identity found", "put your key where sops looks for it, or: sealkit init")


def _sealed_to(block: Metadata, one: OwnRecipient, context: CheckContext) -> bool:
    """Whether a file names this identity; gpg knows a key by its subkeys, too."""
    names = [key.matches for key in context.repository.keyring.pgp_keys if key.fingerprint == one.recipient.id]
    return any(
        other == one.recipient or (other.kind == "pgp" and any(matches(other.id) for matches in names))
        for other in block.recipients
    )


def _opens(context: CheckContext) -> Iterator[Check]:
    closed = {path: error for path, error in context.opened.items() if isinstance(error, SealkitError)}
    for path, error in closed.items():
        if isinstance(error, NoIdentityError) and path == filenames.SIGNING_KEY:
            yield Check(Level.NOTE, "opens", "not the signing key: this machine may deploy, not approve")
        else:
            closed_to_us = isinstance(error, NoIdentityError)
            hint = _let_in(context) if closed_to_us else error.hint or ""
            yield Check(Level.WRONG, "opens", error.message, hint)
    count = len(context.opened) - len(closed)
    yield Check(Level.OK if count or not context.opened else Level.WRONG, "opens",
                f"{count} of {len(context.opened)} sealed files, their MACs hold")  # fmt: skip


def _let_in(context: CheckContext) -> str:
    own = context.repository.keyring.own()
    recipient = shlex.quote(own[0].recipient.id) if own else "RECIPIENT"
    return f"who can open it lets you in: sealkit recipients add {recipient}"


def _policy(context: CheckContext) -> Iterator[Check]:
    policy = context.repository.policy
    if policy is None:
        yield Check(Level.WRONG, "policy", f"there is no {filenames.POLICY}", "sealkit init")
        return
    for warning in policy.warnings:
        yield Check(Level.RISK, "policy", warning)
    differing = reseal.differing(policy, context.sealed)
    for change in differing:
        yield Check(Level.WRONG, "policy", str(change), "sealkit recipients sync")
    unruled = [path for path in context.sealed if policy.find(path) is None]
    for path in unruled:
        yield Check(Level.RISK, "policy", f"{path}: no rule matches it", f"add one to {filenames.POLICY}")
    if not differing and not unruled:
        yield Check(Level.OK, "policy", f"{len(policy.rules)} rules, every sealed file is sealed as they say")


def _single(context: CheckContext) -> Iterator[Check]:
    alone = {block.recipients for block in context.metadata.values() if len(block.recipients) == 1}
    if not context.metadata:
        yield Check(Level.NOTE, "recipients", "nothing is sealed yet")
    elif alone:
        who = ", ".join(sorted(str(recipients[0]) for recipients in alone))
        yield Check(
            Level.RISK, "recipients", f"{who} alone opens files: if that key is lost, so are they",
            "sealkit recipients add RECOVERY, keep that key elsewhere, prove it: sealkit doctor --with KEYFILE",
        )  # fmt: skip
    else:
        yield Check(Level.OK, "recipients", "every file has more than one")


def _expiry(context: CheckContext) -> Iterator[Check]:
    from sealkit.keys import pgp

    wanted = sorted({who.id for block in context.metadata.values() for who in block.recipients if who.kind == "pgp"})
    if not wanted:
        return
    keys = pgp.public_keys(wanted, context.repository.environ)
    for key in keys:
        if key.expires is None:
            yield Check(Level.OK, "pgp", f"{key.fingerprint} never expires")
            continue
        day, left = f"{key.expires:%Y-%m-%d}", key.expires - datetime.now(UTC)
        level = Level.WRONG if left < timedelta() else Level.RISK if left < SOON else Level.OK
        word = "expired" if left < timedelta() else "expires"
        hint = (
            f"its owner: gpg --quick-set-expire {key.fingerprint} 1y, and again with '*'" if level != Level.OK else ""
        )
        yield Check(level, "pgp", f"{key.fingerprint} {word} on {day}", hint)
    for fingerprint in wanted:
        if not any(key.matches(fingerprint) for key in keys):
            yield Check(Level.RISK, "pgp", f"{fingerprint}: gpg here does not know it, so nothing can be sealed to it",
                        f"gpg --receive-keys {fingerprint}")  # fmt: skip


def _ledger(context: CheckContext) -> Iterator[Check]:
    repository = context.repository
    if repository.ledger is None:
        yield Check(Level.RISK, "ledger", "none: nobody vouches for the sealed files", "sealkit init")
        return
    waits = repository.waiting(observe.destinations(repository.config, repository.tree))
    for item in waits:
        yield Check(Level.WRONG, "ledger", f"waits for approval: {item}", "sealkit approve")
    if not waits:
        yield Check(Level.OK, "ledger", f"{len(repository.ledger.lines)} lines, every signature holds, nothing waits")


def _example(context: CheckContext) -> Iterator[Check]:
    from sealkit.cli.commands import example

    repository = context.repository
    if (
        not repository.config.private
        or not repository.config.example
        or not (repository.root / repository.config.private).exists()
    ):
        return
    differing = example.differing(repository)
    for path in differing:
        yield Check(
            Level.RISK,
            "example",
            f"{path}: has not the shape of its private file: nobody can move in",
            "sealkit example",
        )
    if not differing:
        yield Check(Level.OK, "example", "has the shape of the private tree")


def _shared(context: CheckContext) -> Iterator[Check]:
    by_key: dict[bytes, list[str]] = {}
    for path, opened in context.opened.items():
        if not isinstance(opened, SealkitError):
            by_key.setdefault(opened.data_key, []).append(path)
    shared = [paths for paths in by_key.values() if len(paths) > 1]
    for paths in shared:
        yield Check(Level.RISK, "data keys", f"{', '.join(paths)} share one: a line can be moved between them",
                    f"sealkit rotate {' '.join(paths)}")  # fmt: skip
    if by_key and not shared:
        yield Check(Level.OK, "data keys", "each file has its own")


def _mac_only(context: CheckContext) -> Iterator[Check]:
    weak = [path for path, block in context.metadata.items() if block.mac_only_encrypted]
    for path in weak:
        yield Check(Level.RISK, "mac", f"{path}: mac_only_encrypted, so sops does not notice a changed open value",
                    f"take it out of {filenames.POLICY}; the ledger covers it meanwhile")  # fmt: skip
    if context.metadata and not weak:
        yield Check(Level.OK, "mac", "covers every value of every file")


def _readers(context: CheckContext) -> Iterator[Check]:
    if context.sealed:
        text = "whoever reads a sealed file learns names, types and lengths of its values, its recipients and when it changed"
        yield Check(Level.NOTE, "readers", text)


def _git(context: CheckContext) -> Iterator[Check]:
    from sealkit.cli.commands import hook

    lacking = hook.missing(context.repository.root)
    for what in lacking:
        yield Check(Level.WRONG, "git", f"this clone lacks {what}", "sealkit hook install")
    if not lacking:
        yield Check(Level.OK, "git", "hooks, merge driver and masked diffs are set up")


def tracked(repository: Repository, patterns: tuple[str, ...]) -> list[str]:
    """The tracked files that match these git patterns."""
    return git.split(git.run(["ls-files", "-z", "--", *(f":(top,glob)**/{p}" for p in patterns)], repository.root))
