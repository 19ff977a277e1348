"""How serious a finding is. Apart from findings, because a hook needs no more of them."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """The severity of a finding. An error stops the commit; a warning and a note are only shown."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
