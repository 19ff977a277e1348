"""The formats of a report of findings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sealkit.model.finding import Finding

NAMES = ("text", "json", "sarif", "github", "gitlab", "csv", "html")
"""What `--format` takes."""


def render(findings: Sequence[Finding], name: str, *, history: bool = False) -> str:
    """The report of these findings in the format of that name. `history` is used by `text` alone. Of many findings of one
    rule in one file, the first and their number are shown."""
    from sealkit.report import csv, github, gitlab, html, json, limits, sarif, text

    findings = limits.limited(findings)
    if name == "text":
        return text.render(findings, history=history)
    renderers: dict[str, Callable[[Sequence[Finding]], str]] = {
        "json": json.render, "sarif": sarif.render, "github": github.render, "gitlab": gitlab.render,
        "csv": csv.render, "html": html.render,
    }  # fmt: skip
    return renderers[name](findings)
