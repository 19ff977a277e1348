"""Findings as one self-contained HTML page without scripts."""

from __future__ import annotations

import html
from collections.abc import Sequence

from sealkit import __version__
from sealkit.model.finding import Finding
from sealkit.printable import one_line
from sealkit.report.counts import LEVELS, counts

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1a1a1a;background:#fff}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.4rem .6rem;"
    "border-bottom:1px solid #ddd}code{font-size:.92em;overflow-wrap:anywhere}.error{color:#a40000}.warning{color:#8a5a00}"
    ".note{color:#444}.hint{color:#555}"
    "@media (prefers-color-scheme:dark){body{color:#ddd;background:#161616}td,th{border-color:#333}"
    ".error{color:#ff7b72}.warning{color:#e3b341}.note,.hint{color:#aaa}}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def render(findings: Sequence[Finding]) -> str:
    """The page: a table of the findings, errors first, each with its location, hint and fingerprint."""
    rows = [_row(finding) for level in LEVELS for finding in findings if finding.severity is level]
    header = "<tr><th>Rule</th><th>Location</th><th>Message</th><th>Fingerprint</th></tr>"
    table = f"<table><thead>{header}</thead><tbody>\n{chr(10).join(rows)}\n</tbody></table>\n" if rows else ""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>sealkit: {_safe(counts(findings))}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{_safe(_POLICY)}">'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>\n'
        f"<body><h1>sealkit: {_safe(counts(findings))}</h1>\n{table}"
        f"<p class=hint>sealkit {_safe(__version__)}</p></body></html>\n"
    )


def _row(finding: Finding) -> str:
    route = f"<br><code>{_safe(finding.route)}</code>" if finding.route else ""
    commits = f"<br>commit <code>{_safe(' '.join(finding.commits[:3]))}</code>" if finding.commits else ""
    return (
        f"<tr><td class={finding.severity.value}>{_safe(finding.rule)}<br>{_safe(finding.severity.value)}</td>"
        f"<td><code>{_safe(finding.place)}</code>{route}{commits}</td>"
        f"<td>{_safe(finding.message)}<br><span class=hint>{_safe(finding.hint)}</span></td>"
        f"<td><code>{_safe(finding.fingerprint)}</code></td></tr>"
    )


def _safe(text: str) -> str:
    return html.escape(one_line(text))
