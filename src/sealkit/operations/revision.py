"""A repository as it is in one commit or in the work tree, and the two that a review compares. No key is needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sealkit.errors import UsageError
from sealkit.ledger.inputs import Inputs, read_inputs
from sealkit.ledger.recipient_names import recipient_names
from sealkit.ledger.signing import verified
from sealkit.ledger.text import Ledger
from sealkit.sealed import policy as policies
from sealkit.source import filenames, git
from sealkit.source.config import Config, read_config
from sealkit.source.file_tree import GitTree, SourceTree, text_in
from sealkit.source.read_once import work_tree


@dataclass(frozen=True)
class Revision:
    """The repository as it is in one tree: a commit, or the work tree."""

    name: str
    config: Config
    tree: SourceTree

    @classmethod
    def of(cls, config: Config, revision: str | None) -> Revision:
        """A commit, or the work tree for None. Its own configuration says where its private folders are."""
        if revision is None:
            return cls("the work tree", config, work_tree(config))
        tree = GitTree(config.root, revision)
        text = text_in(tree, filenames.CONFIG)
        return cls(revision, Config(config.root) if text is None else read_config(config.root, text), tree)

    @cached_property
    def inputs(self) -> Inputs:
        """What a deploy reads of it, and what else its ledger names. Raises SealkitError."""
        return read_inputs(self.config, self.tree, self.ledger)

    @cached_property
    def ledger(self) -> Ledger | None:
        """The lines of the ledger that verify under the signing key that it names. Raises RefusedError."""
        text = self.text(filenames.LEDGER)
        return verified(Ledger.parse(text)) if text is not None else None

    def text(self, path: str) -> str | None:
        """The text of a file, or None where there is none."""
        return text_in(self.tree, path)

    def policy(self) -> list[tuple[int, str, str, str]]:
        """Who each creation rule seals to: its number, its path_regex, its selector, and the recipient."""
        loaded = policies.load(self.tree)
        return [
            (number, rule.path_regex or "", str(rule.selector), name)
            for number, rule in enumerate(loaded.rules if loaded is not None else (), 1)
            for name in recipient_names(rule.recipients)
        ]


def revisions_of(config: Config, text: str) -> tuple[str | None, str | None]:
    """The names of two revisions; None is the work tree. Raises UsageError where they have no common ancestor."""
    if not text:
        return "HEAD", None
    old, dots, new = text.partition("...") if "..." in text else text.partition("..")
    if not dots:
        return old, None
    old, new = old or "HEAD", new or "HEAD"
    if dots == "...":
        base = git.run(["merge-base", "--end-of-options", old, new], config.root, check=False).decode().strip()
        if not base:
            raise UsageError(
                f"{text}: no common ancestor", hint="name both: A..B; in a shallow clone: git fetch --unshallow"
            )
        old = base
    return old, new
