"""The environment and the settings of every git child. Apart from `source.git`, so that a hook needs no `subprocess`."""

from __future__ import annotations

import os

KEPT = (
    "GIT_INDEX_FILE", "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH",
)  # fmt: skip
"""The git variables a hook's children need; the rest (GIT_EXTERNAL_DIFF, GIT_CONFIG_*, GIT_SSH_COMMAND, ...) is dropped."""

SAFE = (
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false",
    "-c", "diff.external=", "-c", "color.ui=false",
)  # fmt: skip
"""A hostile clone must not run a program of its choice when we ask git a question (design, promise 1)."""


def environment() -> dict[str, str]:
    """The environment for a git child."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key in KEPT}
    return env | {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1"}
