"""Three-way merge of files of assignments (dotenv, ini, tfvars, simple TOML), by name. Pure, as `three_way_merge` is.

Each line is blank, a comment, a `[section]` or `NAME = value`. Text with other lines (values of several lines, blocks) is not
supported.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sealkit.yamlspan.route import Route

_SECTION = re.compile(r"\s*\[\[?(?P<name>[^\[\]]+)\]\]?\s*(?:[#;].*)?\Z")
_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?(?P<name>[\w.\"'-]+)\s*[=:]\s*(?P<value>.*)\Z", re.DOTALL)
_OPENERS = ('"""', "'''", "{", "[", "(")
"""A value with one of these at its end may continue on the next line."""

Lines = dict[Route, str]
"""The line of each name in order, with its line break."""

Resolve = Callable[[Route], bool | None]
"""Resolves the conflict of a name: True for theirs, False for ours, None to leave it unresolved."""


def merge(base: str, ours: str, theirs: str, resolve: Resolve) -> tuple[str, list[Route]] | None:
    """Our text with their changes, and the names with an unresolved conflict; None if one of the texts has unsupported lines."""
    old, our_lines, their_lines = (_read(text) for text in (base, ours, theirs))
    if old is None or our_lines is None or their_lines is None:
        return None
    merged, conflicts = dict(our_lines), []
    for name in dict.fromkeys([*their_lines, *old]):
        before, our_value, their_value = (_value(lines.get(name)) for lines in (old, our_lines, their_lines))
        if their_value in (before, our_value):
            continue
        if our_value != before and (use_theirs := resolve(name)) is not True:
            if use_theirs is None:
                conflicts.append(name)
            continue
        if name in their_lines:
            merged[name] = their_lines[name]
        else:
            merged.pop(name, None)
    return _written(ours, our_lines, merged), conflicts


def _read(text: str) -> Lines | None:
    lines: Lines = {}
    section = Route()
    for line in text.splitlines(keepends=True):
        content = line.strip()
        if not content or content[0] in "#;":
            continue
        if (header := _SECTION.match(content)) is not None:
            section = Route((header["name"].strip(),))
            continue
        assignment = _ASSIGNMENT.match(line.rstrip("\r\n"))
        if (
            assignment is None
            or assignment["value"].rstrip().endswith(_OPENERS)
            or assignment["value"].startswith("<<")
        ):
            return None
        name = section / assignment["name"]
        if name in lines:
            return None
        lines[name] = line
    return lines


def _value(line: str | None) -> str | None:
    return None if line is None else line.partition("=")[2].strip() or line.strip()


def _written(text: str, before: Lines, after: Lines) -> str:
    """`text` with the lines of `after`. A new name follows the last one of its section; comments stay in their places."""
    rows = text.splitlines(keepends=True)
    if rows and not rows[-1].endswith("\n"):
        rows[-1] += "\n"
    row_of = {name: rows.index(line if line.endswith("\n") else line + "\n") for name, line in before.items()}
    last = {Route(name.steps[:-1]): index for name, index in row_of.items()}
    new: dict[int, list[str]] = {}
    new_sections: dict[Route, list[str]] = {}
    for name, line in after.items():
        whole = line if line.endswith("\n") else line + "\n"
        if name in before:
            rows[row_of[name]] = whole
        elif (section := Route(name.steps[:-1])) in last:
            new.setdefault(last[section], []).append(whole)
        elif not section.steps:
            new.setdefault(-1, []).append(whole)  # before any section
        else:
            new_sections.setdefault(section, []).append(whole)
    removed = {row_of[name] for name in before if name not in after}
    result = new.get(-1, [])
    for index, row in enumerate(rows):
        result += ([] if index in removed else [row]) + new.get(index, [])
    for section, lines in new_sections.items():
        result += [f"[{section.steps[0]}]\n", *lines]
    return "".join(result)
