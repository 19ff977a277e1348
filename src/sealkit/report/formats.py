"""Every format that a report of findings can have, by the name that `--format` takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sealkit.model.finding import Finding

NAMES = ("text", "json", "sarif", "github", "gitlab", "csv", "html")


def render(findings: Sequence[Finding], name: str, *, history: bool = False) -> str:
    """The report of these findings in a format of `NAMES`."""
    from sealkit.report import csv, github, gitlab, html, json, sarif, text

    if name == "text":
        return text.render(findings, history=history)
    renders: dict[str, Callable[[Sequence[Finding]], str]] = {
        "json": json.render, "sarif": sarif.render, "github": github.render, "gitlab": gitlab.render,
        "csv": csv.render, "html": html.render,
    }  # fmt: skip
    return renders[name](findings)
