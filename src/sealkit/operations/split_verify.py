"""`split --verify`: the proofs of a split again, on the tree as it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sealkit.cli import ui
from sealkit.errors import RefusedError

if TYPE_CHECKING:
    from sealkit.operations.repository import Repository
    from sealkit.operations.split import Run


def verify(repository: Repository, paths: list[Path]) -> None:
    """Every target renders, nothing in `paths` looks like a secret any more, and no sealed value stands in the public tree,
    in other files, in the index or in the history. Raises RefusedError (exit 1) while anything remains."""
    from sealkit.cli.commands.split import report
    from sealkit.operations.split import Run, readable
    from sealkit.operations.split_inputs import gather
    from sealkit.overlay import prove
    from sealkit.overlay.render import render
    from sealkit.scan import known_values

    run = Run(repository, gather(repository.config, paths))
    found = _unsplit(run)
    opener = repository.opener()
    for name in repository.config.targets or (None,):
        render(repository.config, repository.config.target(name), repository.tree, opener)
    held = prove.held(opener.open_all(run.sealed) if run.sealed else {})
    left = prove.remaining(held, run.public)
    for item in left:
        ui.warning(f"{item.path}:{item.line}: the value of {item.name} stands in the public tree")
    others, unread = readable(repository.tree, {*run.public, *run.sealed})
    standing = known_values.search(repository.root, prove.needles_of(held), others)
    report(standing, done=False)
    count = found + len(left) + len(standing.standing) + standing.skipped + unread
    weak = sum(not item.strong for item in held)
    if weak:
        ui.info(f"{weak} sealed values are too short or common to be searched for")
    if count:
        raise RefusedError(f"{count} remain", hint="split what is open; renew what stood anywhere else")
    ui.info(f"proved: {len(held)} sealed values, none of them stands anywhere else")


def _unsplit(run: Run) -> int:
    moved = run.propose().moved
    for item in moved:
        ui.warning(f"{item.path}:{item.line} {item.route}: {item.why}, not split")
    return len(moved)
