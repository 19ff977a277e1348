"""Options and arguments that several commands share, with one spelling and one help text."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from sealkit.errors import UsageError
from sealkit.report import formats

TARGET = typer.Argument(
    None, metavar="[TARGET]", help="A target in sealkit.yaml; required if there are several.", show_default=False
)
CONTEXT = typer.Option(
    "",
    "--context",
    help="The kube context. Default: the context of the target, else the current one.",
    show_default=False,
)
KUBECONFIG = typer.Option("", "--kubeconfig", help="The kubeconfig file. Default: as kubectl.", show_default=False)


class PlanOutput(StrEnum):
    """How a plan is printed."""

    TEXT = "text"
    JSON = "json"


PLAN_OUTPUT = typer.Option(PlanOutput.TEXT, "-o", "--output", help="How the plan is printed.")


def seconds(duration: str) -> float:
    """The seconds of a duration as Go and kubectl write it: `90s`, `5m`, `1h30m`. Raises UsageError."""
    import durationpy  # only the commands that wait need it

    try:
        if set(duration) & set("dwy"):  # durationpy also reads days and more, which kubectl does not
            raise ValueError(duration)
        limit = float(durationpy.from_str(duration).total_seconds())
        if limit >= 0:
            return limit
    except (durationpy.DurationError, ValueError, OverflowError):
        pass
    raise UsageError(f"not a duration: {duration}", hint="write it like 90s, 5m or 1h30m")


def _known_format(name: str) -> str:
    if name not in formats.NAMES:
        raise UsageError(f"no format {name!r}", hint=f"one of: {', '.join(formats.NAMES)}")
    return name


ReportFormat = Annotated[
    str,
    typer.Option("--format", metavar="FORMAT", help=f"{', '.join(formats.NAMES)}.", callback=_known_format),
]
"""The format of a report of findings, checked."""
