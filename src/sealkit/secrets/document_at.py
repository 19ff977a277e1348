"""Where the finder of a document stands: the route, the object, the names above."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from sealkit.secrets.document_nodes import Owner
from sealkit.secrets.names import is_neutral_name, is_plural, is_value_word
from sealkit.secrets.places import Place, place_of_name
from sealkit.yamlspan.nodes import MappingNode, Node, ScalarNode
from sealkit.yamlspan.route import Route


class At(NamedTuple):
    """Where the finder is: `steps` lead from the top of the object, `name` is what judges the node, `inherited` is the place that
    the names above make of it."""

    route: Route
    owner: Owner
    steps: tuple[str, ...] = ()
    name: str = ""
    inherited: Place = Place.NOTHING

    def item(self, index: int, name: str) -> At:
        """The item of a list here."""
        return At(self.route / index, self.owner, (*self.steps, "[]"), name, self.inherited)

    def key(self, key: str, name: str, inherited: Place) -> At:
        """The value under a key here."""
        return At(self.route / key, self.owner, (*self.steps, key), name, inherited)

    def below(self, *, neutral: bool) -> At:
        """The same place, where all below it only refers to secrets or describes them, or no longer does."""
        if self.owner.neutral is neutral:
            return self
        return self._replace(owner=replace(self.owner, neutral=neutral))


def below(key: str, child: Node, inherited: Place) -> Place:
    """What the names above make of the child under `key`: a `value` or an item inherits its parent's place, any other key below
    the name of a secret is one where its value is random."""
    if isinstance(child, ScalarNode):
        if is_value_word(key):
            return inherited
        return Place.WEAK if inherited is not Place.NOTHING and not is_neutral_name(key) else Place.NOTHING
    place = place_of_name(key)
    if isinstance(child, MappingNode) and place is Place.WEAK and not is_plural(key):
        return Place.NOTHING if not is_value_word(key) else inherited
    return place if place is not Place.NOTHING else (inherited if is_value_word(key) else Place.NOTHING)
