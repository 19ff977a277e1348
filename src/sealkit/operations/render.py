"""Render: a target merged and resolved in memory with its true values, from approved files alone."""

from __future__ import annotations

from collections.abc import Sequence

from sealkit.errors import RefusedError
from sealkit.ledger.unapproved import Unapproved
from sealkit.operations.approvals import (
    approved_tree,
    refusal,
    require_approved,
    unapproved,
    waiting_for,
    warn_without_ledger,
)
from sealkit.operations.approve import describe
from sealkit.operations.events import Events
from sealkit.operations.render_stand_ins import render_stand_ins, warn_of, warn_of_links
from sealkit.operations.repository import Repository
from sealkit.overlay import load
from sealkit.overlay import render as overlay_render
from sealkit.overlay.render import Rendered
from sealkit.source.config import read_config
from sealkit.source.file_tree import FileTree
from sealkit.source.filenames import CONFIG


def render(repository: Repository, events: Events, target: str | None = None) -> Rendered:
    """A target (by name; the only one without) with its true values, as `Sensitive` leaves.

    Raises RefusedError while anything is not approved (after asking, on a terminal), NoIdentityError where no identity opens a
    file, and SealkitError for a target that does not render.
    """
    repository.deploys()
    chosen = repository.config.target(target)
    tree = require_approved(repository, events, chosen, show=lambda items: describe(repository, items))
    return render_tree(repository, events, tree, target)


def render_tree(repository: Repository, events: Events, tree: FileTree, target: str | None = None) -> Rendered:
    """A target with its true values from the files of a tree that were judged before. Raises as `render` does."""
    _require_same_config(repository, tree)
    warn_of_links(repository.inputs.links, events)
    chosen = repository.config.target(target)
    load.private_files(repository.config, chosen, repository.tree)  # an unsealed file there is refused, not left out
    rendered = overlay_render.render(repository.config, chosen, tree, repository.opener())
    warn_of(rendered, events)
    return rendered


def render_masked(repository: Repository, events: Events, target: str | None = None) -> Rendered:
    """A target to be shown with its values masked. While something is not approved, it has stand-ins, whose masks are the same,
    and a warning. Raises as `render` does, but for what is not approved."""
    repository.deploys()
    everything = unapproved(repository)
    if items := waiting_for(repository.config.target(target), everything):
        warn_waiting(items, events)
        return render_stand_ins(repository.config, repository.tree, events, target)
    warn_without_ledger(repository, events)
    return render_tree(repository, events, approved_tree(repository, everything), target)


def warn_waiting(items: Sequence[Unapproved], events: Events) -> None:
    """Warn that what is shown is not approved, and was made without a sealed value."""
    error = refusal(items)
    events.warning(f"{error.message}; sealed values are not compared", error.hint)


def _require_same_config(repository: Repository, tree: FileTree) -> None:
    """The configuration in memory is the one that was judged. Raises RefusedError where it changed since it was read."""
    if CONFIG in tree.paths():
        text = tree.read(CONFIG).decode("utf-8-sig")
        if read_config(repository.root, text) != repository.config:
            raise RefusedError(f"{CONFIG}: was changed meanwhile", hint="run it again")
