"""A check of what hook managers keep: pre-commit and prek write unstaged changes to a patch before they run hooks, and leave it.

Such a patch holds whatever stood in the work tree, in plain text, outside the repository and for good. Sources:
`pre_commit/staged_files_only.py` and `pre_commit/store.py` of pre-commit, `crates/prek/src/store.rs` of prek.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from sealkit.operations.doctor.check import Check, CheckContext, Level
from sealkit.wording import counted


def kept_patches(context: CheckContext) -> Iterator[Check]:
    """The patches that pre-commit and prek keep in the cache of this user."""
    found = False
    for program, pattern in _patterns(context.repository.environ):
        number = sum(1 for path in pattern.parent.glob(pattern.name) if path.is_file())
        if number:
            found = True
            folder = shlex.quote(str(pattern.parent))
            yield Check(Level.RISK, "patches",
                        f"{counted(number, 'patch', 'is')} kept by {program}: unstaged changes of any repository, in plain text",
                        f"if nothing in them is missed: rm {folder}/{pattern.name}")  # fmt: skip
    if not found:
        yield Check(Level.OK, "patches", "pre-commit and prek keep no unstaged changes")


def _patterns(environ: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """Each program with the pattern of its patches."""
    home = Path(environ.get("HOME") or Path.home())
    cache = Path(environ.get("XDG_CACHE_HOME") or home / ".cache")
    yield "pre-commit", Path(environ.get("PRE_COMMIT_HOME") or cache / "pre-commit") / "patch[0-9]*"
    yield "prek", Path(environ.get("PREK_HOME") or cache / "prek") / "patches" / "*.patch"
