"""The message of a commit that is about to be made."""

from __future__ import annotations

from dataclasses import replace

from sealkit.model.finding import Finding
from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob
from sealkit.scan.file_kinds import Kind

NAME = "the commit message"
HINT = "take it out, and commit again: git commit -e -F .git/COMMIT_EDITMSG"
_SCISSORS = b" ------------------------ >8 ------------------------"


def body(data: bytes, comment: bytes = b"#") -> bytes:
    """What will be kept of a message file: without the diff below the scissors; comment lines are emptied, so that lines
    count as in the file."""
    rows = []
    for row in data.split(b"\n"):
        if row == comment + _SCISSORS:
            break
        rows.append(b"" if row.startswith(comment) else row)
    return b"\n".join(rows)


def scan(data: bytes, context: Context, comment: bytes = b"#") -> list[Finding]:
    """The findings of a message file."""
    return [
        replace(item, object="commit", hint=HINT) for item in scan_blob(NAME, body(data, comment), context, Kind.PROSE)
    ]
