"""The option `--format` of the commands that report findings."""

from __future__ import annotations

from typing import Annotated

import typer

from sealkit.errors import UsageError
from sealkit.report.formats import NAMES


def _checked(name: str) -> str:
    if name not in NAMES:
        raise UsageError(f"no format {name!r}", hint=f"one of: {', '.join(NAMES)}")
    return name


Format = Annotated[str, typer.Option("--format", metavar="FORMAT", help=f"{', '.join(NAMES)}.", callback=_checked)]
"""The name of a format, checked. Raises UsageError for another one."""
