"""Which node each comment of a YAML text belongs to, as go-yaml v3 attaches them.

sops binds a sealed comment to the mapping or list that contains it, and comment selectors look at the comments before a leaf.
Source: go-yaml v3.0.4 `parserc.go` and `decode.go`, reimplemented and compared with it in the tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import yaml

from sealkit.sealed.stores.yaml_comment_groups import CommentGrouper, PlacedToken
from sealkit.sealed.stores.yaml_comment_types import Comment, CommentKind, as_unseen
from sealkit.yamlspan.nodes import MappingNode, Node, ScalarNode

_FLOW_STARTS = (yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)
_FLOW_ENDS = (yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
_BLOCK_STARTS = (yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken)
_PROPERTIES = (yaml.AnchorToken, yaml.TagToken)
_COLLECTION_TOKENS = (*_FLOW_STARTS, *_FLOW_ENDS, *_BLOCK_STARTS, yaml.BlockEntryToken)
_DOCUMENT_MARKERS = (yaml.DocumentStartToken, yaml.DocumentEndToken, yaml.StreamEndToken)


@dataclass(slots=True)
class NodeComments:
    """The comments of one node."""

    head: list[Comment] = field(default_factory=list)
    line: list[Comment] = field(default_factory=list)
    foot: list[Comment] = field(default_factory=list)
    inner: list[Comment] = field(default_factory=list)
    """After an opening brace or bracket."""
    last: list[Comment] = field(default_factory=list)
    """Comments at the end of a list or mapping that its key does not hold."""


@dataclass(slots=True)
class TextComments:
    """All comments of a text. A node is known by its offset, which is that of its anchor or tag if it has one."""

    scalars: dict[int, NodeComments] = field(default_factory=dict)
    """By scalar or alias."""
    collections: dict[int, NodeComments] = field(default_factory=dict)
    """By list or mapping."""
    documents: list[list[Comment]] = field(default_factory=list)
    """The comments that end each document."""

    def of(self, node: Node) -> NodeComments | None:
        """The comments of a node."""
        if isinstance(node, ScalarNode) or node.alias:
            return self.scalars.get(node.start)
        return self.collections.get(node.start)

    def around_pairs(self, node: MappingNode) -> list[tuple[list[Comment], list[Comment]]]:
        """The comments before and after each pair of a mapping, in the order of sops.

        In block style, the foot of a key is a comment left of the value before the key. It ends that value, and replaces the
        comment that did so.
        """
        around: list[tuple[list[Comment], list[Comment]]] = []
        feet: list[list[Comment]] = []
        for key, child in node.items:
            before: list[Comment] = []
            after: list[Comment] = []
            around.append((before, after))
            foot: list[Comment] = []
            if (of_key := self.of(key)) is not None:
                before += [*of_key.head, *of_key.line]
                if feet and not node.flow and of_key.foot:
                    feet[-1][:] = [*as_unseen(feet[-1]), *of_key.foot]
                else:
                    foot += of_key.foot
            if (of_child := self.of(child)) is not None:
                if isinstance(child, ScalarNode):
                    before += [*of_child.head, *of_child.line]
                if not (isinstance(child, MappingNode) and child.items and not child.flow):
                    scalar = isinstance(child, ScalarNode) or child.alias
                    (foot if not foot else after if scalar else of_child.last).extend(of_child.foot)
            feet.append(foot)
        own = self.of(node)
        if own is not None and feet and not node.flow and own.foot:
            feet[-1][:] = [*as_unseen(feet[-1]), *own.foot]
        return [(before, [*after, *foot]) for (before, after), foot in zip(around, feet, strict=True)]


def attach_comments(text: str, key_added: Sequence[bool]) -> TextComments:
    """The comments of a valid YAML text. `key_added` says for each document whether a `sops` key will be added at its end: the
    comments there are attached as go-yaml will attach them then."""
    grouper = CommentGrouper(text, key_added)
    tokens = grouper.place()
    attacher = _CommentAttacher(grouper)
    for number, token in enumerate(tokens):
        attacher.token(token, tokens, number)
    return attacher.comments


@dataclass(slots=True)
class _CommentAttacher:
    """Goes through the tokens and gives each node the comments that are pending when the node is complete."""

    grouper: CommentGrouper
    comments: TextComments = field(default_factory=TextComments)
    pending: NodeComments = field(default_factory=NodeComments)
    nothing_pending: bool = True
    before_dash: list[Comment] = field(default_factory=list)
    """Comments before the dash of a list item that is a list or mapping itself: they belong to the whole item."""
    blocks: list[tuple[bool, int]] = field(default_factory=list)
    """The open block collections: whether it is a mapping, and its offset."""
    flows: list[int] = field(default_factory=list)
    """The offsets of the open flow collections."""
    properties: int = -1
    """The offset of the anchor or tag of the next node, or -1."""
    in_document: bool = False
    document_end: list[Comment] = field(default_factory=list)
    """The last comments of a document to which a key will be added."""
    next_group: int = 0

    def token(self, placed: PlacedToken, tokens: Sequence[PlacedToken], number: int) -> None:
        """Process one token."""
        token, offset = placed
        kind = token.__class__
        if kind is yaml.BlockEndToken:
            self._block_end(placed)
            return
        groups = self.grouper.groups
        if self.next_group < len(groups) and groups[self.next_group].token_offset <= offset:
            self._take_groups(offset)
        if kind is yaml.ScalarToken or kind is yaml.AliasToken:
            if self.nothing_pending:
                self.before_dash = []
            else:
                self.comments.scalars[offset if self.properties < 0 else self.properties] = self._take_pending()
            self.in_document, self.properties = True, -1
        elif kind in _DOCUMENT_MARKERS:
            if self.in_document:
                self.comments.documents.append(self.document_end + self._take_document_end())
                self.document_end = []
            self.in_document = kind is yaml.DocumentStartToken
        elif kind in _COLLECTION_TOKENS:
            self.in_document = True
            self._collection_token(placed, tokens[number + 1 : number + 2])
        elif kind in _PROPERTIES:
            self.in_document = True
            self.properties = offset if self.properties < 0 else self.properties
        elif kind is not yaml.DirectiveToken and kind is not yaml.StreamStartToken:
            self.in_document, self.properties = True, -1

    def _collection_token(self, placed: PlacedToken, following: Sequence[PlacedToken]) -> None:
        """A token of a list or mapping."""
        token = placed.token
        node = placed.offset if self.properties < 0 else self.properties
        self.properties = -1
        if isinstance(token, _FLOW_STARTS):
            self.flows.append(node)
            pending = self._take_pending()
            self.comments.collections[node] = NodeComments(
                head=pending.head, inner=as_unseen([*pending.line, *pending.foot])
            )
        elif isinstance(token, _FLOW_ENDS):
            self._collection_end(self.flows.pop())
        elif isinstance(token, _BLOCK_STARTS):
            self.blocks.append((isinstance(token, yaml.BlockMappingStartToken), node))
            if self.before_dash:
                self.comments.collections[node] = NodeComments(head=self.before_dash)
                self.before_dash = []
        elif self.pending.head and following and isinstance(following[0].token, _BLOCK_STARTS):
            above = len(self.pending.head)
            self._take_groups(following[0].offset)
            self.before_dash, self.pending.head = self.pending.head[:above], self.pending.head[above:]

    def _block_end(self, placed: PlacedToken) -> None:
        mapping, start = self.blocks.pop()
        if not self.blocks and self.grouper.key_added[len(self.comments.documents)]:
            self._take_groups(placed.token.start_mark.index - 1)  # comments at the marker itself belong to the document
            pending = self._take_pending()
            self.document_end = [*pending.foot, *pending.head, *pending.line]
            return
        self._take_groups(placed.offset, heads=False)
        if mapping:
            self._collection_end(start)

    def _collection_end(self, start: int) -> None:
        """The end of a mapping, or of a flow list."""
        if self.nothing_pending:
            self.before_dash = []
            return
        pending, ending = self.comments.collections.setdefault(start, NodeComments()), self._take_pending()
        pending.inner += as_unseen(ending.head)
        pending.line += ending.line
        pending.foot += ending.foot

    def _take_groups(self, offset: int, *, heads: bool = True) -> None:
        """Add the groups up to an offset to the pending comments. Without `heads`, stop at a head: no block ends with one."""
        groups = self.grouper.groups
        while self.next_group < len(groups) and groups[self.next_group].token_offset <= offset:
            group = groups[self.next_group]
            if group.kind is CommentKind.HEAD and not heads:
                return
            by_kind = {
                CommentKind.HEAD: self.pending.head,
                CommentKind.LINE: self.pending.line,
                CommentKind.FOOT: self.pending.foot,
            }
            by_kind[group.kind].extend(group.comments)
            self.next_group, self.nothing_pending = self.next_group + 1, False

    def _take_pending(self) -> NodeComments:
        pending, self.pending, self.before_dash, self.nothing_pending = self.pending, NodeComments(), [], True
        return pending

    def _take_document_end(self) -> list[Comment]:
        """The comments that end a document. A head counts only if there is no foot."""
        pending = self._take_pending()
        head = as_unseen(pending.head) if pending.foot else pending.head
        return sorted([*head, *as_unseen(pending.line), *pending.foot])
