"""What the tests of the command line share. A module of its own: `conftest` is the name of several."""

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
