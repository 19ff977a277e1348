"""`get`: one sealed file, or one value, decrypted. One of the few modules that may reveal a value."""

from __future__ import annotations

from sealkit.operations.approvals import warn_unapproved
from sealkit.operations.events import Events
from sealkit.operations.named_values import NamedValues
from sealkit.operations.repository import Repository
from sealkit.reveal import reveal
from sealkit.sealed.leaf_edit import require_leaf
from sealkit.sops.decrypt import open_file
from sealkit.sops.encrypt import plain
from sealkit.yamlspan.scalars import Scalar


def get_text(repository: Repository, events: Events, name: str, route: str | None = None) -> str:
    """The plain text of a sealed file; of one value, where `name` is a named value or a route is given.

    Bytes that are not UTF-8 are surrogate escapes. Warns where the file is not approved. Raises SealkitError where there is
    no such file or value, and as `open_file` does.
    """
    named_values = NamedValues(repository)
    if route is not None:
        location = named_values.find(route, name)
    elif named_values.means_file(name):
        location = None
    else:
        location = named_values.find(name)
    path = location.path if location is not None else named_values.require_file(name)
    warn_unapproved(repository, events, [path])
    opened = open_file(named_values.files[path], repository.keyring)
    if location is None:
        return plain(opened)
    index = require_leaf(opened.parsed, location.route, location.document)
    return scalar_text(reveal(opened.values[index]))


def scalar_text(value: Scalar) -> str:
    """A scalar as text: numbers and truth values as YAML writes them, null as the empty text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
