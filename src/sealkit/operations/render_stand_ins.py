"""Render with stand-ins: the same manifests with made-up values. Never imports code that could use a key."""

from __future__ import annotations

from collections.abc import Sequence

from sealkit.operations.events import Events
from sealkit.overlay.render import Rendered, render
from sealkit.overlay.stand_ins import StandInOpener
from sealkit.source.config import Config
from sealkit.source.file_tree import FileTree


def render_stand_ins(config: Config, tree: FileTree, events: Events, target: str | None = None) -> Rendered:
    """A target (by name; the only one without) with stand-ins. Needs no identity and no approval. Raises SealkitError."""
    rendered = render(config, config.target(target), tree, StandInOpener())
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


def warn_of_links(links: Sequence[str], events: Events) -> None:
    """Warn of symbolic links below public folders: they are not deployed."""
    for path in links:
        events.warning(f"not deployed: {path} is a symbolic link", f"replace it with the file itself: {path}")
