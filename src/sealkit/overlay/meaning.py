"""What a change means for sealed values, as far as it can be told from two renderings: an explanation, and never a gate."""

from __future__ import annotations

from sealkit.overlay.render import Rendered


def meaning(before: Rendered, after: Rendered) -> list[str]:
    """One line for each place, reach and access that is new. Values are never in it."""
    known = {*map(str, before.places), *map(str, before.reaches)}
    return [str(entry) for entry in (*after.places, *after.reaches) if str(entry) not in known]
