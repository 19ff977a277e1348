"""The environment and options of every git process. Apart from `source.git`, so that a hook need not import `subprocess`."""

from __future__ import annotations

import os

KEPT_VARIABLES = (
    "GIT_INDEX_FILE", "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH",
)  # fmt: skip
"""The git variables that a git process of a hook needs. Others (GIT_EXTERNAL_DIFF, GIT_CONFIG_*, GIT_SSH_COMMAND) are dropped."""

SAFE_OPTIONS = (
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false",
    "-c", "diff.external=", "-c", "color.ui=false",
)  # fmt: skip
"""Options that keep git from running programs that the configuration of a hostile clone names."""


def environment() -> dict[str, str]:
    """The environment of a git process."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key in KEPT_VARIABLES}
    return env | {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1"}
