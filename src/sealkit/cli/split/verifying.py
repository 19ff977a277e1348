"""`split --verify`: the proofs of a split again, on the tree as it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sealkit.cli import say
from sealkit.errors import RefusedError

if TYPE_CHECKING:
    from sealkit.cli.session import Session
    from sealkit.cli.split.splitrun import Run


def verify(session: Session, paths: list[Path]) -> None:
    """Every target renders, nothing in `paths` looks like a secret any more, and no sealed value stands in the public tree,
    in other files, in the index or in the history. Raises RefusedError (exit 1) while anything remains."""
    from sealkit.cli.split.inputs import gather
    from sealkit.cli.split.splitrun import Run, readable
    from sealkit.cli.split.splitting import report
    from sealkit.overlay import prove, remains
    from sealkit.overlay.render import render

    run = Run(session, gather(session.house, paths))
    found = _unsplit(run)
    opener = session.opener()
    for name in session.house.targets or (None,):
        render(session.house, session.house.target(name), session.tree, opener)
    held = prove.held(opener.open_all(run.sealed) if run.sealed else {})
    left = prove.remaining(held, run.public)
    for item in left:
        say.warning(f"{item.path}:{item.line}: the value of {item.name} stands in the public tree")
    others, unread = readable(session.tree, {*run.public, *run.sealed})
    standing = remains.search(session.root, prove.needles_of(held), others)
    report(standing, done=False)
    count = found + len(left) + len(standing.standing) + standing.skipped + unread
    weak = sum(not item.strong for item in held)
    if weak:
        say.info(f"{weak} sealed values are too short or common to be searched for")
    if count:
        raise RefusedError(f"{count} remain", hint="split what is open; renew what stood anywhere else")
    say.info(f"proved: {len(held)} sealed values, none of them stands anywhere else")


def _unsplit(run: Run) -> int:
    moved = run.propose().moved
    for item in moved:
        say.warning(f"{item.path}:{item.line} {item.route}: {item.why}, not split")
    return len(moved)
