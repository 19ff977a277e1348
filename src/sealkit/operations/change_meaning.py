"""What a change means for sealed values, as far as it can be told: an explanation beside the diff, which gates nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sealkit.errors import SealkitError
from sealkit.ledger.unapproved import Unapproved
from sealkit.ledger.verified_tree import VerifiedTree
from sealkit.operations.repository import Repository
from sealkit.overlay.meaning import meaning
from sealkit.overlay.render import Rendered, render
from sealkit.overlay.stand_ins import StandInOpener
from sealkit.source.config import Config
from sealkit.source.file_tree import FileTree

HEADING = "what it means, as far as sealkit can tell:"


def meaning_of_changes(repository: Repository, items: Sequence[Unapproved]) -> list[str]:
    """One line for each thing that these changes do to sealed values, over all targets, below a heading; empty where none does."""
    versions = repository.approved_versions()
    before = {path: file.data for path, file in repository.inputs.files.items()}
    after = dict(before)
    for item in items:
        if item.path.endswith("/"):
            continue
        approved = versions.before(item.path)
        before.pop(item.path, None)
        if approved is not None:
            before[item.path] = approved
    return explain(repository.config, before, after)


def explain(config: Config, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[str]:
    """The same for two sets of files by path."""
    lines: dict[str, None] = {}
    for name in config.targets or (None,):
        old = _rendered(config, name, VerifiedTree(before))
        new = _rendered(config, name, VerifiedTree(after))
        if isinstance(new, SealkitError):
            lines[f"not known for {name or 'the target'}: it does not render: {new.message}"] = None
        else:
            lines.update(dict.fromkeys(meaning(old if isinstance(old, Rendered) else Rendered(), new)))
    return [HEADING, *(f"    {line}" for line in lines)] if lines else []


def _rendered(config: Config, name: str | None, tree: FileTree) -> Rendered | SealkitError:
    try:
        return render(config, config.target(name), tree, StandInOpener())
    except SealkitError as error:
        return error


