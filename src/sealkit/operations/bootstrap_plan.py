"""The plan of a bootstrap and its steps: everything is read, asked and sealed first, then written in an order that a second run
can continue wherever the first one was killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sealkit.errors import RefusedError, SealkitError
from sealkit.ledger.entries import PathEntry
from sealkit.ledger.inputs import read_inputs
from sealkit.ledger.unapproved import find_unapproved
from sealkit.operations import hooks, own_recipients, scaffold
from sealkit.operations.answers import Answers
from sealkit.operations.approvals import approve, unapproved
from sealkit.operations.events import Events
from sealkit.operations.example_tree import path_of
from sealkit.operations.own_recipients import OwnRecipients
from sealkit.operations.repository import Repository
from sealkit.operations.sealed_writer import write_sealed
from sealkit.operations.signer import create_signer
from sealkit.operations.value_destinations import describe, destinations_from_example
from sealkit.overlay.resolve import NoValueError
from sealkit.sealed import policy as policies
from sealkit.sealed import policy_edit, policy_signing_key, policy_template
from sealkit.sealed.example import RequiredValue, fill_in, required_values
from sealkit.sealed.file import SealedFile
from sealkit.sealed.metadata import Recipient
from sealkit.sealed.policy import Policy
from sealkit.sealed.selector import chosen
from sealkit.sealed.stores.store import store_for
from sealkit.sops.encrypt import seal
from sealkit.source import filenames, files
from sealkit.wording import count, counted

UNFINISHED = Path("sealkit", "bootstrap-unfinished")
"""This file is in the git folder from the first write of a bootstrap to its last."""


@dataclass
class BootstrapPlan:
    """What a bootstrap will write. Made by `bootstrap_checks.make_plan`."""

    repository: Repository
    events: Events
    own: OwnRecipients | None
    """None: a new age key will be made."""
    examples: dict[str, str]
    """The texts of the example tree, by the private path that each is for."""
    replaced: dict[str, SealedFile]
    """Sealed files that an example replaces."""
    kept: set[str]
    """Private files that an identity at hand opens already."""
    removed: dict[str, SealedFile]
    """Sealed files that no identity opens and no example replaces."""
    foreign: bool
    """Whether signing key and ledger are still somebody else's."""
    approved: dict[str, str] = field(default_factory=dict)
    """The files that `describe` told would be signed, with the digests of their bytes then."""

    @cached_property
    def required_values(self) -> dict[str, list[RequiredValue]]:
        """The values that each example needs."""
        return {path: required_values(text, self._example_path(path)) for path, text in self.examples.items()}

    def label(self, path: str, name: str) -> str:
        """What an answer is called: the name of the value, with its file where several files ask for that name."""
        counts = Counter(value.name for values in self.required_values.values() for value in values if value.ask)
        return name if counts[name] < 2 else f"{path}#{name}"

    @property
    def questions(self) -> list[tuple[str, str]]:
        """What must be answered: name and purpose."""
        return [
            (self.label(path, value.name), value.ask)
            for path, values in self.required_values.items()
            for value in values
            if value.ask
        ]

    @property
    def needs_consent(self) -> bool:
        """Whether something of the previous owner is replaced, or files of the clone are signed."""
        return self.foreign or bool(self.replaced or self.removed or self.approved)

    def policy_text(self, recipients: Sequence[Recipient], approvers: Sequence[Recipient]) -> str:
        """`.sops.yaml` with these recipients and its own rules; `approvers` open the signing key.

        Raises SealkitError where it cannot be rewritten, has no rule for a file that will be sealed, or has one that leaves a value
        open.
        """
        path = self.repository.root / filenames.POLICY
        if path.exists():
            text = files.decode(files.read(path, filenames.POLICY), filenames.POLICY)
            own_rule = policy_signing_key.find_own_rule(policies.read(text))
            text = policy_edit.replace_recipients(text, recipients, {own_rule: approvers} if own_rule else {})
        else:
            text = policy_template.policy_text(recipients, self.repository.config.private, approvers)
        if policy_signing_key.find_own_rule(policies.read(text)) is None:
            text = policy_signing_key.with_signing_key_rule(text, approvers)
        self._require_sealed(policies.read(text))
        return text

    def describe(self) -> list[str]:
        """What will be done, one line each."""
        root = self.repository.root
        who = ", ".join(map(str, self.own.recipients)) if self.own else "a new age key, made where sops looks for it"
        foreign = [filenames.POLICY, filenames.SIGNING_KEY, filenames.LEDGER] if self.foreign else []
        lines = [f"sealed to {who}", *(f"replaces {path}" for path in foreign if (root / path).exists())]
        lines += [f"keeps {path}, which a key at hand opens" for path in sorted(self.kept)]
        lines += [f"{'replaces' if path in self.replaced else 'makes'} {path}" for path in self.examples]
        lines += [f"removes {path}" for path in self.removed]
        lines += self._destinations()
        self.approved = self._waiting()
        if self.approved:
            lines.append(
                f"signs {count(len(self.approved), 'file')} of the repository as it is: {', '.join(self.approved)}"
            )
        return lines

    def _destinations(self) -> list[str]:
        """Where values go, as far as it can be told. Raises NoValueError for a value that the example lacks."""
        hidden = [*self.replaced, *self.removed, *self.kept]
        try:
            every = destinations_from_example(self.repository.config, self.repository.tree, hidden)
        except NoValueError:
            raise
        except SealkitError as error:
            return [f"where values go is not known: {error.message}"]
        return [f"lets values go where they went: {describe(entry)}" for entry in every]

    def _waiting(self) -> dict[str, str]:
        """What no key of one's own has signed yet, and is not written by this run."""
        ledger = None if self.foreign else self.repository.ledger
        inputs = read_inputs(self.repository.config, self.repository.tree, ledger)
        written = {filenames.POLICY, filenames.SIGNING_KEY, *self.examples, *self.removed}
        files_ = {path: file for path, file in inputs.files.items() if path not in written}
        if ledger is not None:
            waiting = {item.path for item in find_unapproved(ledger, inputs)}
            files_ = {path: file for path, file in files_.items() if path in waiting}
        return {path: file.sha256 for path, file in files_.items()}

    def carry_out(self, answers: Answers) -> None:
        """Generate, ask and seal everything, then write it; steps are told at the end. Killed anywhere, a second run finishes."""
        repository = self.repository
        steps: list[str] = []
        if self.own is None:
            self.own = own_recipients.make(repository)
            steps.append(f"made an age key: {self.own.key_file} (keep a copy elsewhere: without it nothing here opens)")
        text = self.policy_text(self.own.recipients, self.own.approvers)
        sealed = self._seal(answers, policies.read(text))
        unfinished = repository.common_dir / UNFINISHED
        files.write(unfinished, b"sealkit bootstrap was started here and did not finish\n")
        steps += self._write_policy_and_signer(text)
        if sealed or self.removed:
            before = {
                file.path: self.replaced[file.path].data if file.path in self.replaced else None for file in sealed
            }
            write_sealed(repository, self.events, sealed, before=before, remove=list(self.removed))
            steps += [f"sealed {file.path}" for file in sealed] + [f"removed {path}" for path in self.removed]
        repository.refresh()
        steps += self._approve()
        if added := scaffold.extend_ignore(repository.root):
            steps.append(f"added to .gitignore: {' '.join(added)}")
        steps += hooks.install(repository.root)
        files.drop(unfinished)
        for step in steps:
            self.events.progress(step)

    def _example_path(self, path: str) -> str:
        return path_of(self.repository.config, path)

    def _require_sealed(self, policy: Policy) -> None:
        for path, text in self.examples.items():
            parsed = store_for(path).parse(text, path)
            sealing = chosen(parsed, policy.rule_for(path).selector)
            for value in self.required_values[path]:
                if not sealing[value.item]:
                    raise RefusedError(
                        f"{path}: its rule in {filenames.POLICY} leaves {value.name} open; nothing was written",
                        hint="give it a rule that seals every value",
                    )

    def _seal(self, answers: Answers, policy: Policy) -> list[SealedFile]:
        sealed = []
        for path, text in self.examples.items():

            def ask(name: str, purpose: str, path: str = path) -> str:
                return answers.ask(self.label(path, name), purpose)

            plain = fill_in(text, self._example_path(path), ask)
            sealed.append(seal(path, plain, policy.rule_for(path), self.repository.keyring))
        return sealed

    def _write_policy_and_signer(self, policy: str) -> list[str]:
        """The policy, then the signing key and the ledger: each is whole whenever the run ends."""
        repository, path, steps = self.repository, self.repository.root / filenames.POLICY, []
        if not path.exists() or files.decode(files.read(path), filenames.POLICY) != policy:
            files.write(path, policy.encode())
            rules = policies.read(policy).rules
            names = ", ".join(dict.fromkeys(str(recipient) for rule in rules for recipient in rule.recipients))
            steps.append(f"wrote {filenames.POLICY}: its rules stay, sealed to {names}")
        repository.refresh()
        if self.foreign:
            create_signer(repository, replace_existing=True)
            steps.append(f"made a signing key and a ledger of your own ({filenames.SIGNING_KEY}, {filenames.LEDGER})")
        return steps

    def _approve(self) -> list[str]:
        """Sign the files that were told, as they were then, and no others."""
        repository = self.repository
        items = unapproved(repository)
        told = [
            item
            for item in items
            if item.implied or (isinstance(item.sign, PathEntry) and self.approved.get(item.path) == item.sign.sha256)
        ]
        if any(not item.implied for item in told):
            approve(repository, told)
        waiting = [item for item in unapproved(repository) if not item.implied]
        return [f"{counted(len(waiting), 'change', 'is')} not approved: sealkit approve"] if waiting else []
