"""docs/architecture.md names rooms and functions that exist."""

from __future__ import annotations

import pkgutil
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = {path.name.removesuffix(".py") for path in (ROOT / "src/sealkit").iterdir()}
TEXT = (ROOT / "docs/architecture.md").read_text()
NAMES = sorted(
    {
        name
        for name in re.findall(r"`([a-z_]+(?:\.[A-Za-z_]+)+)(?:\(|`)", TEXT)
        if name.partition(".")[0] in ROOMS and not name.endswith((".md", ".py"))
    }
)


def test_the_page_names_something() -> None:
    assert len(NAMES) > 60


@pytest.mark.parametrize("name", NAMES)
def test_every_dotted_name_exists(name: str) -> None:
    pkgutil.resolve_name(f"sealkit.{name}")


def test_every_room_is_named() -> None:
    rooms = {path.name for path in (ROOT / "src/sealkit").iterdir() if (path / "__init__.py").exists()}
    assert not [room for room in rooms if f"`{room}/`" not in TEXT]
