"""What a change means for sealed values, as far as it can be told: an explanation beside the diff, which gates nothing."""

from __future__ import annotations

from collections.abc import Mapping

from sealkit.errors import SealkitError
from sealkit.ledger.verified_tree import VerifiedTree
from sealkit.overlay.meaning import meaning
from sealkit.overlay.render import Rendered, render
from sealkit.overlay.stand_ins import StandInOpener
from sealkit.source.config import Config
from sealkit.source.file_tree import FileTree

_MOST = 60
"""How many lines are told before the rest is counted: the first approval of a whole repository has thousands."""
HEADING = "what it means, as far as sealkit can tell:"


def explain(config: Config, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[str]:
    """One line for each thing that a change does to sealed values, over all targets, below a heading; empty where it does nothing.

    `before` and `after` are the files that a deploy reads, by path.
    """
    lines: dict[str, None] = {}
    for name in config.targets or (None,):
        old = _rendered(config, name, VerifiedTree(before))
        new = _rendered(config, name, VerifiedTree(after))
        if isinstance(new, SealkitError):
            lines[f"not known for {name or 'the target'}: it does not render: {new.message}"] = None
        else:
            lines.update(dict.fromkeys(meaning(old if isinstance(old, Rendered) else Rendered(), new)))
    told = list(lines)
    if len(told) > _MOST:
        told = [*told[:_MOST], f"and {len(told) - _MOST} more, less dangerous as far as sealkit can tell"]
    return [HEADING, *(f"    {line}" for line in told)] if told else []


def _rendered(config: Config, name: str | None, tree: FileTree) -> Rendered | SealkitError:
    try:
        return render(config, config.target(name), tree, StandInOpener())
    except SealkitError as error:
        return error
