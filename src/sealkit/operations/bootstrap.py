"""The move into somebody else's house: everything is read, asked and sealed first, then written in an order that a second run
can take up wherever the first one was killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sealkit.errors import RefusedError
from sealkit.ledger import observe
from sealkit.operations import own_recipients, scaffold
from sealkit.operations.example_tree import path_of
from sealkit.operations.value_destinations import going, told
from sealkit.sealed import policy_edit, policy_signing_key, policy_template
from sealkit.sealed.metadata import Recipient
from sealkit.source import filenames, files

if TYPE_CHECKING:
    from sealkit.operations.answers import Answers
    from sealkit.operations.own_recipients import OwnRecipients
    from sealkit.operations.repository import Repository
    from sealkit.sealed.example import RequiredValue
    from sealkit.sealed.policy import Policy

BEGUN = Path("sealkit", "moving-in")
"""Stands in the git folder from the first write to the last."""


@dataclass
class BootstrapPlan:
    """What will be written. `examples` are texts of the example tree by the private path that each is for, `replaced` what
    stands there now, `kept` private files that open already, `gone` sealed files that are removed."""

    repository: Repository
    owners: OwnRecipients | None
    examples: dict[str, str]
    replaced: dict[str, bytes]
    kept: set[str]
    gone: dict[str, bytes]
    foreign: bool
    """Whether the signing key and the ledger are still somebody else's."""
    shown: set[tuple[str, ...]] = field(default_factory=set)
    done: list[str] = field(default_factory=list)

    @cached_property
    def wanted(self) -> dict[str, list[RequiredValue]]:
        """What each example needs."""
        from sealkit.sealed.example import required_values

        return {path: required_values(text, self._example(path)) for path, text in self.examples.items()}

    def _example(self, path: str) -> str:
        return path_of(self.repository.config, path)

    def label(self, path: str, name: str) -> str:
        """What an answer is called: the name of the value, with its file where several files ask for that name."""
        counts = Counter(one.name for many in self.wanted.values() for one in many if one.ask)
        return name if counts[name] < 2 else f"{path}#{name}"

    @property
    def asked(self) -> list[tuple[str, str]]:
        """What must be answered: name and what it is for."""
        return [(self.label(path, one.name), one.ask) for path, many in self.wanted.items() for one in many if one.ask]

    @property
    def questionable(self) -> bool:
        """Whether something of the previous owner is replaced, or places are approved: then a person is asked."""
        return self.foreign or bool(self.replaced or self.gone or self.shown)

    def policy_text(self, recipients: Sequence[Recipient]) -> str:
        """`.sops.yaml` with these recipients, its rules kept. Raises SealkitError where it cannot be rewritten, or has no rule
        for a file that will be sealed, or a rule that leaves a value open."""
        place = self.repository.root / filenames.POLICY
        if place.exists():
            text = policy_edit.replace_recipients(
                files.decode(files.read(place, filenames.POLICY), filenames.POLICY), recipients
            )
        else:
            text = policy_template.policy_text(recipients, self.repository.config.private)
        if _read(text).find(filenames.SIGNING_KEY) is None:
            text = policy_signing_key.with_signing_key_rule(text, recipients)
        self._nothing_open(_read(text))
        return text

    def _nothing_open(self, policy: Policy) -> None:
        from sealkit.sealed.selector import chosen
        from sealkit.sealed.stores.store import store_for

        for path, text in self.examples.items():
            parsed = store_for(path).parse(text, path)
            sealing = chosen(parsed, policy.rule_for(path).selector)
            for one in self.wanted[path]:
                if not sealing[one.item]:
                    raise RefusedError(
                        f"{path}: its rule in {filenames.POLICY} leaves {one.name} open; nothing was written",
                        hint="give it a rule that seals every value",
                    )

    def intended(self) -> list[str]:
        """What will be done, one line each."""
        root = self.repository.root
        who = (
            ", ".join(map(str, self.owners.recipients))
            if self.owners
            else "a new age key, made where sops looks for it"
        )
        there = [path for path in (filenames.POLICY, filenames.SIGNING_KEY, filenames.LEDGER) if (root / path).exists()]
        lines = [f"sealed to {who}", *(f"replaces {path}" for path in (there if self.foreign else ()))]
        lines += [f"keeps {path}, which a key at hand opens" for path in sorted(self.kept)]
        lines += [f"{'replaces' if path in self.replaced else 'makes'} {path}" for path in self.examples]
        lines += [f"removes {path}" for path in self.gone]
        everything = going(self.repository, hide=[*self.replaced, *self.gone, *self.kept])
        ledger = None if self.foreign else self.repository.ledger
        fresh = [entry for entry in everything if ledger is None or entry.key not in ledger.keys]
        self.shown = {entry.key for entry in fresh}
        return lines + [f"approves that {told(entry)}" for entry in fresh]

    def carry_out(self, answers: Answers) -> list[str]:
        """Generate, ask and seal everything, then write it; what was done. Killed anywhere, a second run finishes it."""
        repository = self.repository
        if self.owners is None:
            self.owners = own_recipients.made(repository)
            self.done.append(
                f"made an age key: {self.owners.made} (keep a copy elsewhere: without it nothing here opens)"
            )
        text = self.policy_text(self.owners.recipients)
        sealed = self._sealed(answers, _read(text))
        mark = repository.common_dir / BEGUN
        files.write(mark, b"sealkit bootstrap was begun here\n")
        self._config(text)
        if sealed or self.gone:
            before = {path: self.replaced.get(path) for path in sealed}
            repository.write_sealed(sealed, before=before, remove=list(self.gone))
            self.done += [f"sealed {path}" for path in sealed] + [f"removed {path}" for path in self.gone]
        repository.refresh()
        self._approve()
        if added := scaffold.extend_ignore(repository.root):
            self.done.append(f"added to .gitignore: {' '.join(added)}")
        from sealkit.cli.commands.init import install

        self.done += install(repository)
        files.drop(mark)
        return self.done

    def _sealed(self, answers: Answers, policy: Policy) -> dict[str, str]:
        from sealkit.sealed.example import fill_in
        from sealkit.sops.encrypt import seal

        found = {}
        for path, text in self.examples.items():

            def ask(name: str, what: str, path: str = path) -> str:
                return answers.ask(self.label(path, name), what)

            found[path] = seal(
                path, fill_in(text, self._example(path), ask), policy.rule_for(path), self.repository.keyring
            )
        return found

    def _config(self, policy: str) -> None:
        """The policy, then the signing key and the ledger: each is whole whenever the run ends."""
        repository, place = self.repository, self.repository.root / filenames.POLICY
        if not place.exists() or files.decode(files.read(place), filenames.POLICY) != policy:
            files.write(place, policy.encode())
            self.done.append(f"wrote {filenames.POLICY}: its rules stay, sealed to {_names(_read(policy))}")
        repository.refresh()
        if self.foreign:
            repository.create_signer(replace=True)
            self.done.append(
                f"made a signing key and a ledger of your own ({filenames.SIGNING_KEY}, {filenames.LEDGER})"
            )
            repository.refresh()

    def _approve(self) -> None:
        """Sign where values go, as it was shown, and nothing that was not."""
        repository = self.repository
        waits = repository.waiting(observe.destinations(repository.config, repository.tree))
        mine = [item for item in waits if item.sign is not None and item.sign.key in self.shown]
        if mine:
            repository.approve(mine)
            self.done.append(f"approved {len(mine)} places and reaches of the house as it was cloned")
        if len(mine) < len(waits):
            self.done.append(f"{len(waits) - len(mine)} more wait: sealkit approve")


def _read(text: str) -> Policy:
    from sealkit.sealed import policy

    return policy.read(text)


def _names(policy: Policy) -> str:
    return ", ".join(dict.fromkeys(str(who) for rule in policy.rules for who in rule.recipients))
