"""`split --verify`: the proofs of a split again, on the tree as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sealkit.errors import RefusedError
from sealkit.operations.events import Events
from sealkit.operations.repository import Repository
from sealkit.operations.split import Split, readable_files, report_remains
from sealkit.operations.split_inputs import gather
from sealkit.overlay import prove
from sealkit.overlay.render import render
from sealkit.scan import known_values


def verify(repository: Repository, events: Events, paths: Sequence[Path]) -> int:
    """How many sealed values were proved to be nowhere else: every target renders, nothing in `paths` looks like a secret, and no
    sealed value is in the public tree, in other files, in the index or in the history.

    Raises RefusedError while anything remains, after a warning for each.
    """
    split = Split(repository, events, gather(repository.config, paths))
    unsplit = split.propose().moved
    for item in unsplit:
        events.warning(f"{item.path}:{item.line} {item.route}: {item.why}, not split")
    opener = repository.opener()
    for name in repository.config.targets or (None,):
        render(repository.config, repository.config.target(name), repository.tree, opener)
    held = prove.held(opener.open_all(split.sealed) if split.sealed else {})
    public = prove.remaining(held, split.public)
    for remains in public:
        events.warning(f"{remains.path}:{remains.line}: the value of {remains.name} is in the public tree")
    others, unread = readable_files(repository.tree, {*split.public, *split.sealed}, events)
    search = known_values.search(repository.root, prove.needles_of(held), others)
    report_remains(search, events, written=False)
    weak = sum(not item.strong for item in held)
    if weak:
        events.progress(f"{weak} sealed values are too short or common to be searched for")
    count = len(unsplit) + len(public) + len(search.standing) + search.skipped + unread
    if count:
        raise RefusedError(f"{count} remain", hint="split what is open; renew what was anywhere else")
    return len(held)
