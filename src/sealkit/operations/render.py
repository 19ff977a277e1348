"""Render: a target merged and resolved in memory with its true values, once everything is approved."""

from __future__ import annotations

from sealkit.ledger.unapproved import Observed
from sealkit.operations.approvals import require_approved
from sealkit.operations.events import Events
from sealkit.operations.render_stand_ins import warn_of
from sealkit.operations.repository import Repository
from sealkit.overlay import render as overlay_render
from sealkit.overlay.render import Rendered


def render(repository: Repository, events: Events, target: str | None = None) -> Rendered:
    """A target (by name; the only one without) with its true values, as `Sensitive` leaves.

    Raises RefusedError while anything is not approved, NoIdentityError where no identity opens a file, and SealkitError for a
    target that does not render. The tree of a repository reads each file once: what is judged is what was decrypted.
    """
    chosen = repository.config.target(target)
    rendered = overlay_render.render(repository.config, chosen, repository.tree, repository.opener())
    warn_of(rendered, events)
    opened = {path: repository.sealed[path] for path in rendered.files if path in repository.sealed}
    require_approved(repository, events, Observed(places=rendered.places, reaches=rendered.reaches), opened)
    return rendered
