"""The environment and options of every git process. Apart from `source.git`, so that a hook need not import much."""

from __future__ import annotations

import os

KEPT_VARIABLES = (
    "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH",
)  # fmt: skip
"""The git variables that a git process of a hook needs. GIT_DIR, GIT_WORK_TREE and GIT_COMMON_DIR are read by
`sealkit.source.git_repository`. Others (GIT_EXTERNAL_DIFF, GIT_CONFIG_*, GIT_SSH_COMMAND) are dropped."""

SAFE_OPTIONS = (
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false",
    "-c", "core.untrackedCache=false", "-c", "core.commitGraph=false", "-c", "core.multiPackIndex=false",
    "-c", "log.showSignature=false", "-c", "log.mailmap=false", "-c", "diff.external=", "-c", "color.ui=false",
)  # fmt: skip
"""Settings of every git process, whatever the user's own say: nothing is started that reading does not need, and nothing that
comes with a clone stands for its objects (a multi-pack index names files by path, a commit graph can leave out parents)."""


def environment() -> dict[str, str]:
    """The environment of a git process. No graft and no replacement hides what a commit is."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key in KEPT_VARIABLES}
    return env | {
        "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": os.devnull,
    }  # fmt: skip
