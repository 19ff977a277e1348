"""What of an object may be shown: masks by provenance.

The manifest knows which of its leaves came from a sealed file, whatever its kind. The live object knows nothing: an admission
policy or a controller of somebody else may have written a value into any field of it, in any spelling. So of a live object, or of
what a dry run made of ours, a value is shown only in a field that the manifest has in clear, and only if the server keeps what
the manifest says there. Even so it is masked at the place of a sealed leaf, at a place that was sealed at the last deploy (the
inventory remembers places, not values), in the data of a Secret, or in a list beside a sealed leaf; and where it holds a known
value or looks like a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from sealkit.cluster.desired import LAST_APPLIED, Desired
from sealkit.cluster.diff import leaves, pattern
from sealkit.cluster.wire import Scrubber, fits
from sealkit.model.difference import ABSENT, Absent, Difference
from sealkit.model.plan import FieldChange
from sealkit.model.sensitive import Sensitive
from sealkit.model.tree import Tree
from sealkit.printable import MASK
from sealkit.secrets.places import is_secret_value
from sealkit.secrets.spans import secret_spans, shape_of
from sealkit.yamlspan.route import Name, Route

_UNITS = ["", "K", "M", "G", "T", "P", "E"]
_SEALED_BLOCKS = {("data",), ("stringData",)}


@dataclass(slots=True)
class Masks:
    """Decides for one object. `recorded` are routes that were sealed when it was deployed before."""

    item: Desired
    scrubber: Scrubber
    recorded: frozenset[str] = frozenset()
    _sealed: dict[Route, Sensitive] = field(default_factory=dict)
    _public: dict[Route, Tree] = field(default_factory=dict)
    _patterns: set[tuple[str, ...]] = field(default_factory=set)
    _values: dict[tuple[str, ...], set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for route, leaf in leaves(self.item.body):
            if isinstance(leaf, Sensitive):
                self._sealed[route] = leaf
                self._patterns.add(pattern(route))
            else:
                self._public[route] = leaf
                self._values.setdefault(pattern(route), set()).add(str(leaf))
        self._patterns |= {pattern(Route.parse(text)) for text in self.recorded}

    def change(self, difference: Difference) -> FieldChange:
        """A difference as it may be shown. Equal masks on both sides say that a sealed value changed."""
        route, new = difference.route, difference.new
        kept = route in self._public and new is not ABSENT and _same(self._public[route], new)
        return FieldChange(str(route), self._old(route, difference.old, kept=kept), self._new(route, new, kept=kept))

    def _new(self, route: Route, leaf: Tree | Absent, *, kept: bool) -> str | None:
        """`kept`: the server has there what the manifest says in clear. All else is the work of defaults and of admission."""
        if leaf is ABSENT:
            return None
        if self._data_of_secret(route):
            return MASK
        if (sealed := self._sealed.get(route)) is not None:
            return sealed.mask
        return shown(leaf) if kept else MASK

    def _old(self, route: Route, leaf: Tree | Absent, *, kept: bool) -> str | None:
        if leaf is ABSENT:
            return None
        if self._data_of_secret(route):
            return MASK
        if (sealed := self._sealed.get(route)) is not None:
            return sealed.mask if fits(sealed.mask, leaf) else MASK
        return shown(leaf) if kept and not self._hidden(route, leaf) else MASK

    def _data_of_secret(self, route: Route) -> bool:
        return self.item.secret and route.keys[:1] in _SEALED_BLOCKS

    def _hidden(self, route: Route, leaf: Tree) -> bool:
        if LAST_APPLIED in route.keys or str(route) in self.recorded:
            return True
        if not isinstance(leaf, str | int | float) or isinstance(leaf, bool):
            return False
        return self._beside_sealed(route, leaf) or _looks_secret(route, leaf) or self.scrubber.holds(leaf)

    def _beside_sealed(self, route: Route, leaf: Tree) -> bool:
        """Whether it stands in a list where a sealed leaf stands in another item: which item held what before is not known,
        unless it has a name under which something public stands now."""
        where = pattern(route)
        if where not in self._patterns or str(leaf) in self._values.get(where, ()):
            return False
        return not (route in self._public and all(isinstance(step, str | Name) for step in route))


def shown(leaf: Tree) -> str:
    """A public leaf as text."""
    if leaf is None:
        return "null"
    if isinstance(leaf, bool):
        return "true" if leaf else "false"
    return "{}" if leaf == {} else "[]" if leaf == [] else str(leaf)


def sealed_routes(item: Desired) -> Iterable[str]:
    """The places of sealed leaves, as they are remembered."""
    return sorted(str(route) for route, leaf in leaves(item.body) if isinstance(leaf, Sensitive))


def _same(said: Tree, leaf: Tree) -> bool:
    """Whether the server keeps what a manifest says: the same text, or the same quantity in another spelling."""
    if str(said) == str(leaf):
        return True
    one, other = _quantity(str(said)), _quantity(str(leaf))
    return one is not None and one == other


def _quantity(text: str) -> Decimal | None:
    found = re.fullmatch(r"([0-9]{1,30}(?:\.[0-9]{1,30})?)(m|[kMGTPE]|[KMGTPE]i)?", text)
    if found is None:
        return None
    unit = found[2] or ""
    factor = (
        Decimal("0.001")
        if unit == "m"
        else Decimal(1024 if unit.endswith("i") else 1000) ** _UNITS.index(unit[:1].upper())
    )
    return Decimal(found[1]) * factor


def _looks_secret(route: Route, leaf: str | float) -> bool:
    steps = [step.name if isinstance(step, Name) else step for step in route if not isinstance(step, int)]
    if steps[-1:] == ["value"]:
        steps.pop()  # .env[DB_PASSWORD].value
    text = str(leaf)
    named = bool(steps) and is_secret_value(steps[-1], text)
    return named or shape_of(text) is not None or bool(secret_spans(text))
