"""Three-way merge of files of assignments (dotenv, ini, tfvars, simple TOML), by name. Pure, as `threeway` is.

Each line is blank, a comment, a `[section]` or `NAME = value`. A text with anything else (a value of several lines, a block) is
not for this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sealkit.yamlspan.route import Route

_SECTION = re.compile(r"\s*\[\[?(?P<name>[^\[\]]+)\]\]?\s*(?:[#;].*)?\Z")
_ASSIGNED = re.compile(r"\s*(?:export\s+)?(?P<name>[\w.\"'-]+)\s*[=:]\s*(?P<value>.*)\Z", re.DOTALL)
_OPENS = ('"""', "'''", "{", "[", "(")
"""A value that ends so may go on in the next line."""

Lines = dict[Route, str]
"""The line of each name, with its line break, in order."""

Take = Callable[[Route], bool | None]
"""What was decided about a name that both changed: True theirs, False ours, None nobody."""


def merge(base: str, ours: str, theirs: str, take: Take) -> tuple[str, list[Route]] | None:
    """Our text with what only they changed, and the names that both changed and nobody decided; None where one of the texts
    has other lines than this module knows."""
    read = [_read(text) for text in (base, ours, theirs)]
    old, mine, other = read
    if old is None or mine is None or other is None:
        return None
    merged, conflicts = dict(mine), []
    for name in dict.fromkeys([*other, *old]):
        was, my, their = (_value(lines.get(name)) for lines in (old, mine, other))
        if their in (was, my):
            continue
        if my != was and (decided := take(name)) is not True:
            if decided is None:
                conflicts.append(name)
            continue
        if name in other:
            merged[name] = other[name]
        else:
            merged.pop(name, None)
    return _written(ours, mine, merged), conflicts


def _read(text: str) -> Lines | None:
    found: Lines = {}
    section = Route()
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        if not bare or bare[0] in "#;":
            continue
        if (head := _SECTION.match(bare)) is not None:
            section = Route((head["name"].strip(),))
            continue
        assigned = _ASSIGNED.match(line.rstrip("\r\n"))
        if assigned is None or assigned["value"].rstrip().endswith(_OPENS) or assigned["value"].startswith("<<"):
            return None
        name = section / assigned["name"]
        if name in found:
            return None
        found[name] = line
    return found


def _value(line: str | None) -> str | None:
    return None if line is None else line.partition("=")[2].strip() or line.strip()


def _written(text: str, before: Lines, after: Lines) -> str:
    """`text` with each name's line as it is in `after`; a new one behind the last of its section, comments where they were."""
    rows = text.splitlines(keepends=True)
    if rows and not rows[-1].endswith("\n"):
        rows[-1] += "\n"
    place = {name: rows.index(line if line.endswith("\n") else line + "\n") for name, line in before.items()}
    last = {Route(name.steps[:-1]): index for name, index in place.items()}
    new: dict[int, list[str]] = {}
    tail: dict[Route, list[str]] = {}
    for name, line in after.items():
        whole = line if line.endswith("\n") else line + "\n"
        if name in before:
            rows[place[name]] = whole
        elif (section := Route(name.steps[:-1])) in last:
            new.setdefault(last[section], []).append(whole)
        elif not section.steps:
            new.setdefault(-1, []).append(whole)  # before any section
        else:
            tail.setdefault(section, []).append(whole)
    gone = {place[name] for name in before if name not in after}
    result = new.get(-1, [])
    for index, row in enumerate(rows):
        result += ([] if index in gone else [row]) + new.get(index, [])
    for section, lines in tail.items():
        result += [f"[{section.steps[0]}]\n", *lines]
    return "".join(result)
