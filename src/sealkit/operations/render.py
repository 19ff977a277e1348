"""Render: a target merged and resolved in memory, approved where identities are used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sealkit.errors import UsageError
from sealkit.ledger.unapproved import Observed
from sealkit.model.objects import Manifest
from sealkit.operations.approvals import require_approved
from sealkit.operations.events import Events
from sealkit.operations.repository import Repository
from sealkit.overlay import render as overlay_render
from sealkit.overlay.places import located
from sealkit.overlay.render import Rendered
from sealkit.overlay.stand_ins import StandInOpener
from sealkit.source.config import Config, Target
from sealkit.source.tree import Tree


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


def render_stand_ins(config: Config, tree: Tree, events: Events, target: str | None = None) -> Rendered:
    """The same with stand-ins: needs no identity and no approval. Raises SealkitError."""
    rendered = overlay_render.render(config, config.target(target), tree, StandInOpener())
    warn_of(rendered, events)
    return rendered


def warn_of(rendered: Rendered, events: Events) -> None:
    """Warn of what is not as it should be, and of what was not rendered."""
    for warning in rendered.warnings:
        events.warning(warning)
    if rendered.skipped:
        first, why = rendered.skipped[0]
        more = f", and {len(rendered.skipped) - 1} more" if len(rendered.skipped) > 1 else ""
        events.warning(f"not rendered: {first} ({why}){more}")


def select(manifests: Sequence[Manifest], target: Target, namespace: str = "", selector: str = "") -> list[Manifest]:
    """The objects of a namespace (empty: of all) whose labels match a selector (as kubectl's `-l`). Raises UsageError."""
    return [
        manifest
        for manifest in manifests
        if (not namespace or located(manifest.ref, target.namespace).namespace == namespace)
        and matches(selector, _labels(manifest))
    ]


def matches(selector: str, labels: Mapping[str, object]) -> bool:
    """Whether labels match an equality-based selector: `a=b`, `a==b`, `a!=b`, `a`, `!a`, joined by commas. Raises UsageError."""
    for term in filter(None, (part.strip() for part in selector.split(","))):
        if any(mark in term for mark in "() "):
            raise UsageError(f"-l {term}: not supported", hint="write a=b, a!=b, a or !a, joined by commas")
        key, unequal, value = term.partition("!=")
        if not unequal:
            key, equal, value = term.partition("=")
            value = value.removeprefix("=")
            if not equal:
                if (term.lstrip("!") in labels) == term.startswith("!"):
                    return False
                continue
        label = labels.get(key)
        if (label is not None and str(label) == value) == bool(unequal):
            return False
    return True


def _labels(manifest: Manifest) -> Mapping[str, object]:
    metadata = manifest.body.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    return labels if isinstance(labels, dict) else {}
