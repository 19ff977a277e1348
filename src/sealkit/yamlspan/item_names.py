"""Routes with list items by name instead of by index. The caller decides which field is the name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from sealkit.errors import SealkitError
from sealkit.yamlspan.nodes import MappingNode, Node, ScalarNode, SequenceNode
from sealkit.yamlspan.route import Name, Route, Step
from sealkit.yamlspan.scalars import Dialect, Scalar

Labels = Callable[[Sequence[object]], Sequence[Step]]
"""From the items of a list (a mapping as a dict of its scalar fields, any other item as None) to one step for each."""


class ItemNames:
    """Translates routes of one document between indexes and names. Each list is labelled once, so many routes are cheap.

    `hidden` are scalars whose text must not become part of a route.
    """

    def __init__(self, root: Node | None, labels: Labels, hidden: Iterable[ScalarNode] = ()) -> None:
        self._root, self._labels = root, labels
        self._hidden = {id(node) for node in hidden}
        self._steps: dict[int, Sequence[Step]] = {}
        self._children: dict[int, dict[str, Node]] = {}

    def named(self, route: Route) -> Route:
        """The same route with list items by name where they have one: `.containers[api].env[DSN].value`."""
        steps: list[Step] = []
        node = self._root
        for step in route:
            if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.items):
                steps.append(self._steps_of(node)[step])
                node = node.items[step]
            else:
                node = self._child(node, step)
                steps.append(step)
        return Route(tuple(steps))

    def indexed(self, route: Route) -> Route:
        """The same route with list items by index. A step that fits nothing stays as it is.

        `[80]` is an index where the list has so many items, else the item of that name.
        """
        steps: list[Step] = []
        node = self._root
        for step in route:
            index: Step = step
            if isinstance(node, SequenceNode):
                if isinstance(step, Name) or (isinstance(step, int) and step >= len(node.items)):
                    name = step if isinstance(step, Name) else Name(str(step))
                    index = next((i for i, label in enumerate(self._steps_of(node)) if label == name), step)
                node = node.items[index] if isinstance(index, int) and index < len(node.items) else None
            else:
                node = self._child(node, step)
            steps.append(index)
        return Route(tuple(steps))

    def _child(self, node: Node | None, step: Step) -> Node | None:
        """The value of a key; of duplicate keys the last one counts."""
        if not isinstance(node, MappingNode) or not isinstance(step, str):
            return None
        if id(node) not in self._children:
            self._children[id(node)] = {key.text: child for key, child in node.items}
        return self._children[id(node)].get(step)

    def _steps_of(self, node: SequenceNode) -> Sequence[Step]:
        if id(node) not in self._steps:  # the document keeps its nodes, so an id stays theirs
            self._steps[id(node)] = self._labels([self._fields(item) for item in node.items])
        return self._steps[id(node)]

    def _fields(self, item: Node) -> Mapping[str, Scalar] | None:
        """The scalar fields of a mapping, those that a `<<` key merges in included."""
        if not isinstance(item, MappingNode):
            return None
        fields: dict[str, Scalar] = {}
        for key, child in item.items:
            if key.text == "<<" and key.style == "":
                for source in child.items if isinstance(child, SequenceNode) else [child]:
                    inherited = self._fields(source) if isinstance(source, MappingNode) else None
                    fields = {**(inherited or {}), **fields}
        for key, child in item.items:
            fields[key.text] = self._value(child) if isinstance(child, ScalarNode) else None
        return fields

    def _value(self, node: ScalarNode) -> Scalar:
        if id(node) in self._hidden:
            return None
        try:
            return node.value(Dialect.KUBERNETES)
        except SealkitError:
            return None
