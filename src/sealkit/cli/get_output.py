"""What `get` prints: a decrypted file or value, as bytes on standard output."""

from __future__ import annotations

import sys

from sealkit.cli import ui
from sealkit.operations.get_value import get_text
from sealkit.operations.repository import Repository


def write_value(name: str, route: str | None, *, terminal: bool = False) -> None:
    """Write a decrypted file, or one value exactly as it is. `terminal` allows a terminal. Raises SealkitError."""
    ui.require_may_reveal(terminal=terminal)
    text = get_text(Repository.open(), ui.TerminalEvents(), name, route)
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()
