"""`unset`: one value removed from its sealed file."""

from __future__ import annotations

from sealkit.operations.approvals import warn_unapproved
from sealkit.operations.events import Events
from sealkit.operations.named_values import Location, NamedValues
from sealkit.operations.references import placeholders
from sealkit.operations.repository import Repository
from sealkit.operations.sealed_edit import SealedEdit


def unset_value(repository: Repository, events: Events, name: str, file: str | None = None) -> Location:
    """Remove a named value, or with a file what is at a route of it; where it was. Warns of each placeholder that still names
    it. Raises UsageError where there is no such value."""
    location = NamedValues(repository).find(name, file)
    warn_unapproved(repository, events, [location.path])
    edit = SealedEdit(repository, location.path)
    edit.remove(location.route, location.document)
    edit.write(events)
    events.progress(f"removed {location}")
    for path, line in placeholders(repository, events, name):
        events.warning(
            f"{path}:{line}: still has <sealed:{name}>",
            f"sealkit set {name} {location.path}, or remove the placeholder",
        )
    return location
