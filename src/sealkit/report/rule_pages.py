"""The pages of the rules in `docs/rules/`. A wheel carries them as `sealkit/rules/`."""

from __future__ import annotations

import difflib
from pathlib import Path

from sealkit.errors import UsageError
from sealkit.model.rules import RULES

_FOLDERS = (Path(__file__).parents[1] / "rules", Path(__file__).parents[3] / "docs" / "rules")
"""In a wheel, and in a source checkout."""


def page(name: str) -> str:
    """The page of a rule, by its id or its name, as Markdown. Raises UsageError for an unknown rule."""
    wanted = name.strip()
    rule = next((rule for rule in RULES.values() if wanted.upper() == rule.id or wanted.lower() == rule.slug), None)
    if rule is None:
        near = difflib.get_close_matches(wanted.upper(), RULES, 1) or difflib.get_close_matches(
            wanted.lower(), [known.slug for known in RULES.values()], 1
        )
        raise UsageError(f"no rule {wanted!r}", hint=f"did you mean {near[0]}?" if near else "the list: sealkit rule")
    for folder in _FOLDERS:
        path = folder / f"{rule.id}.md"
        if path.is_file():
            return path.read_text()
    return f"# {rule.id} {rule.slug} ({rule.severity})\n\n{rule.title}\n\nWhat to do: {rule.hint}\n"


def listed() -> str:
    """Every rule with id, severity, name and title, one line each."""
    width = max(len(rule.slug) for rule in RULES.values())
    return "".join(f"{rule.id}  {rule.severity:7}  {rule.slug:{width}}  {rule.title}\n" for rule in RULES.values())
