"""Findings as text: location and message, then route, commits, hint, and the fingerprint that the allow list takes."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from sealkit.model.finding import Finding
from sealkit.printable import one_line

_MAX_NAMES = 3
"""How many commits and refs are named before the rest is counted."""


_MAX_FINGERPRINTS = 100
"""How many findings are shown with a fingerprint: nobody accepts more one by one, and each takes 3 ms of scrypt."""


def render(findings: Sequence[Finding], *, history: bool = False) -> str:
    """The report; empty without findings. With `history`, findings in commits come before findings in unreachable objects."""
    with_print = {id(finding) for finding in findings[:_MAX_FINGERPRINTS]}
    more = len(findings) - len(with_print)
    text = _sections(findings, with_print) if history else _entries(findings, with_print)
    return text + (f"\n{more} more fingerprints: --format json\n" if more else "")


def _sections(findings: Sequence[Finding], with_print: Container[int]) -> str:
    reachable = [finding for finding in findings if finding.commits]
    unreachable = [finding for finding in findings if not finding.commits]
    sections = []
    for title, section in (
        ("In commits of branches or tags: everyone who fetches this repository gets them", reachable),
        ("On no branch or tag: only in this clone, until git gc deletes them", unreachable),
    ):
        if section:
            sections.append(f"{title}\n\n{_entries(section, with_print)}")
    return "\n".join(sections)


def _entries(findings: Sequence[Finding], with_print: Container[int]) -> str:
    return "".join("\n".join(_lines(finding, id(finding) in with_print)) + "\n" for finding in findings)


def _lines(finding: Finding, with_print: bool) -> Iterator[str]:
    yield one_line(f"{finding.place}: {finding.severity} {finding.rule}: {finding.message}")
    if finding.route:
        yield one_line(f"    at {finding.route}")
    if finding.commits:
        yield one_line(f"    commit {_first_names(finding.commits)}")
    if finding.refs:
        yield one_line(f"    in {_first_names(finding.refs)}")
    yield one_line(f"    hint: {finding.hint}")
    if with_print:
        yield f"    fingerprint: {finding.fingerprint}"


def _first_names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return ", ".join(names[:_MAX_NAMES]) + more
