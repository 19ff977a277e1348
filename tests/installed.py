"""The installed command, and what one run of it did. In a module of its own: every folder may have a `conftest` of that name."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

SEALKIT = Path(sys.executable).with_name("sealkit")
AUDIT = Path(__file__).parent / "audit"


@dataclass
class Ran:
    """What one run of the command line did."""

    code: int
    out: str
    err: str
