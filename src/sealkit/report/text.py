"""Findings for a person: one line each, then where it is, what to type next, and the fingerprint for the allow list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sealkit.model.finding import Finding
from sealkit.printable import one_line

_SHOWN = 3
"""How many commits and refs are named before the rest is counted."""


def render(findings: Sequence[Finding], *, history: bool = False) -> str:
    """The report; empty without findings. In a `history`, what a push would publish stands apart from what only this disk
    still holds."""
    if not history:
        return "".join(map(_one, findings))
    published = [item for item in findings if item.commits]
    kept = [item for item in findings if not item.commits]
    parts = []
    for title, part in (
        ("In commits, tags and branches: whoever fetches this repository has it", published),
        ("On no branch or tag: still on this disk, until git gc takes it away", kept),
    ):
        if part:
            parts.append(f"{title}\n\n{''.join(map(_one, part))}")
    return "\n".join(parts)


def _one(item: Finding) -> str:
    return "\n".join(_lines(item)) + "\n"


def _lines(item: Finding) -> Iterator[str]:
    yield one_line(f"{item.place}: {item.severity} {item.rule}: {item.message}")
    if item.route:
        yield one_line(f"    at {item.route}")
    if item.commits:
        yield one_line(f"    commit {_some(item.commits)}")
    if item.refs:
        yield one_line(f"    in {_some(item.refs)}")
    yield one_line(f"    hint: {item.hint}")
    yield f"    fingerprint: {item.fingerprint}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
