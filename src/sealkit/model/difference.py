"""One place in which two trees differ."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from sealkit.model.tree import Tree
from sealkit.yamlspan.route import Route


class Absent(Enum):
    """Stands where one of the two has nothing."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not the same at one route. `old` or `new` is `ABSENT` where it is not there at all."""

    route: Route
    old: Tree | Absent
    new: Tree | Absent
