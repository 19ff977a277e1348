"""Whether this clone has the git drivers of sealkit: asked at the start of every command, so it imports little."""

from __future__ import annotations

from pathlib import Path

from sealkit.operations.events import Events
from sealkit.source import filenames, git

DRIVER = "sealkit"
DRIVERS = "the drivers for masked diffs and for merges"
"""What `install` sets up, as a noun."""
SETTINGS = {
    f"diff.{DRIVER}.textconv": 'f() { sealkit textconv "$1" 2>/dev/null || cat -- "$1"; }; f',
    f"merge.{DRIVER}.name": "sealed files, by value",
    f"merge.{DRIVER}.driver": 'f() { sealkit merge-driver "$@" || exit 1; }; f %O %A %B %P',
}
"""Where sealkit is not on the PATH, git shows the files as they are, and a merge is a conflict that leaves ours whole: a program
that fails would stop every `git diff`."""


def configured(root: Path) -> bool:
    """Whether this clone, or the user's own configuration, has the drivers; git is asked for the latter alone."""
    wanted = {key.lower() for key in SETTINGS} - {name for name, _ in git.repository(root).settings}
    return not any(not git.user_values(name) for name in sorted(wanted))


def warn_not_configured(folder: Path, events: Events) -> None:
    """Warn where a repository with a ledger was cloned and not set up. Elsewhere git is not even started. Raises
    SealkitError."""
    root = next((top for top in (folder, *folder.parents) if (top / ".git").exists()), None)
    if root is not None and (root / filenames.LEDGER).exists() and not configured(root):
        events.warning(f"this clone lacks {DRIVERS}", "sealkit hook install")
