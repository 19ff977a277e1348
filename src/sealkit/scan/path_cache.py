"""Which paths the settings of a repository treat specially (excluded, private, sealed by a rule), in a form that a hook reads
without a YAML parser.

Kept in the cache under the git ids of `sealkit.yaml` and `.sops.yaml`. It only answers "this path is an ordinary one"; any other
path, and any pattern that Python's `re` might read unlike RE2, takes the long way.
"""

from __future__ import annotations

import re

from sealkit.scan import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sealkit.scan.context import Context

_VERSION = "1"
_SAME_IN_RE = r"(?!.*(?:\(\?|[*+?][*+]))(?:[\w/ .*+?|()^$-]|\\[./_-]|\[\^?[\w./-]+\])*\Z"
"""Patterns that mean the same to RE2 and to `re`."""
_RULES = frozenset([".sops.yaml", ".sops.yml", "sops.yaml", "sops.yml"])


class PathPatterns:
    """Patterns of paths that need a longer look."""

    def __init__(self, apart: list[str], rules: list[str]) -> None:
        self._apart = [re.compile(pattern, re.DOTALL) for pattern in apart]
        self._rules = [re.compile(pattern) for pattern in rules]

    def ordinary(self, path: str) -> bool:
        """Whether nothing sets this path apart."""
        name = path.rpartition("/")[2]
        if name in _RULES or any(pattern.match(path) for pattern in self._apart):
            return False
        ending = "." + name.rpartition(".")[2] if "." in name else ""
        return not any(rule.search(path) and not rule.search("0/0" + ending) for rule in self._rules)


def load(config: str, policy: str) -> PathPatterns | None:
    """The patterns of these two files, by their git ids (empty where there is none); None where it was never made."""
    data = cache.read(_name(config, policy))
    rows = data.decode("utf-8", "replace").split("\n") if data else []
    if rows[:1] != [_VERSION] or rows[-1:] != ["end"]:
        return None
    try:
        return PathPatterns([row[2:] for row in rows if row[:2] == "a "], [row[2:] for row in rows if row[:2] == "r "])
    except re.error:
        return None


def keep(config: str, policy: str, context: Context) -> None:
    """Write the patterns of a context, unless one of its patterns needs RE2."""
    from sealkit.source.path_patterns import glob

    apart = [glob(pattern).pattern for pattern in context.exclude]
    apart += [rf"{re.escape(folder)}(?:/|\Z)" for folder in context.private_folders]
    rules = [rule.path_regex for rule in context.policy.rules if rule.path_regex] if context.policy is not None else []
    same = re.compile(_SAME_IN_RE, re.ASCII)
    if all(map(same.match, rules)) and not any("\n" in row for row in [*apart, *rules]):
        rows = [_VERSION, *(f"a {row}" for row in apart), *(f"r {row}" for row in rules), "end"]
        cache.keep(_name(config, policy), "\n".join(rows).encode())


def _name(config: str, policy: str) -> str:
    return f"paths-{config or '0'}-{policy or '0'}"
