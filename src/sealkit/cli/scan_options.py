"""The options of `scan`, once: for the command line that people see, and for the short way that hooks take.

Nothing is imported here: a hook reads this before anything else.
"""

from __future__ import annotations

FORMATS = ("text", "json", "sarif", "github", "gitlab", "csv", "html")

STAGED = ("--staged", "What a commit would publish: the index, not the work tree.")
DIFF = ("--diff", "What the commits of A..B bring, also what a later one of them removes again.")
FORMAT = ("--format", f"{', '.join(FORMATS)}.")
DETECT = ("--detect-secrets", "Ask the plugins of detect-secrets too, on the lines that look like something.")

HOOKS = ("pre-commit", "pre-merge-commit", "commit-msg", "pre-push")
"""The hooks that `hook install` writes."""


class Wanted:
    """A parsed `scan`."""

    __slots__ = ("detect", "diff", "files", "format", "staged")

    def __init__(self) -> None:
        self.files: list[str] = []
        self.staged = self.detect = False
        self.diff, self.format = "", "text"


def parse(args: list[str]) -> Wanted | None:
    """The options of these arguments, or None where only the full command line can tell (help, a mistake)."""
    wanted, rest = Wanted(), list(args)
    while rest:
        arg = rest.pop(0)
        name, equals, value = arg.partition("=")
        if arg == "--":
            wanted.files += rest
            break
        if arg == STAGED[0]:
            wanted.staged = True
        elif arg == DETECT[0]:
            wanted.detect = True
        elif name in {DIFF[0], FORMAT[0]} and (equals or rest):
            value = value if equals else rest.pop(0)
            if name == DIFF[0]:
                wanted.diff = value
            elif value in FORMATS:
                wanted.format = value
            else:
                return None
        elif arg.startswith("-"):
            return None
        else:
            wanted.files.append(arg)
    return None if wanted.staged and wanted.diff else wanted
