"""The routes of findings in sealed files, with list items by name, as scan, plans and reviews show them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sealkit.model.finding import Finding
from sealkit.model.list_items import TreeNames
from sealkit.sealed.leaf_state import Census, LeafState
from sealkit.sealed.stores.parsed import Item, Parsed
from sealkit.yamlspan.route import Step


def with_item_names(parsed: Parsed, census: Census) -> Census:
    """The same census, with the routes of its findings by name. A value that is open or reported never becomes a name."""
    reported = {(finding.route, finding.line) for finding in census.findings if "[" in finding.route}
    if not reported:
        return census
    items = {(str(item.route), item.line): item for item in parsed.items if (str(item.route), item.line) in reported}
    hidden = {id(item) for item in items.values()}
    hidden |= {id(i) for i, leaf in zip(parsed.items, census.leaves, strict=False) if leaf.state is LeafState.OPEN}
    names = {document: TreeNames(_tree(parsed, document, hidden)) for document in {i.document for i in items.values()}}

    def named(finding: Finding) -> Finding:
        item = items.get((finding.route, finding.line))
        return finding if item is None else replace(finding, route=str(names[item.document].named(item.route)))

    return replace(census, findings=tuple(named(finding) for finding in census.findings))


def _tree(parsed: Parsed, document: int, hidden: Collection[int]) -> object:
    """The values of one document as mappings and lists; a hidden value is None."""
    top: dict[Step, object] = {}
    for item in parsed.items:
        if item.document == document and not item.comment and item.route.steps:
            node = top
            for step in item.route.steps[:-1]:
                child = node.get(step)
                if not isinstance(child, dict):
                    child = node[step] = {}
                node = child
            node[item.route.steps[-1]] = None if id(item) in hidden else _plain(item)
    return _lists(top)


def _plain(item: Item) -> object:
    return None if item.sealed else item.value


def _lists(node: object) -> object:
    """Mappings with indexes as keys become lists; an index without a value (an empty mapping or list) is None."""
    if not isinstance(node, dict):
        return node
    if node and all(isinstance(step, int) for step in node):
        return [_lists(node.get(index)) for index in range(max(node) + 1)]
    return {step: _lists(child) for step, child in node.items()}
