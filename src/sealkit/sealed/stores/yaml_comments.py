"""Which node each comment of a YAML text belongs to, as go-yaml v3 attaches them: sops binds a sealed comment to the mapping
or list that it lands in, and its comment rules go by the comments in front of a leaf.

Source: go-yaml v3.0.4 `parserc.go` and `decode.go`, told in own words and held against it in the tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import yaml

from sealkit.sealed.stores.yaml_comment_groups import Gaps, Placed
from sealkit.sealed.stores.yaml_comment_types import Kind, Remark, forgotten

_FLOW_STARTS = (yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)
_FLOW_ENDS = (yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
_BLOCK_STARTS = (yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken)
_PROPERTIES = (yaml.AnchorToken, yaml.TagToken)
_COLLECTION = (*_FLOW_STARTS, *_FLOW_ENDS, *_BLOCK_STARTS, yaml.BlockEntryToken)
_DOCUMENT = (yaml.DocumentStartToken, yaml.DocumentEndToken, yaml.StreamEndToken)


@dataclass(slots=True)
class Notes:
    """The comments of one node."""

    head: list[Remark] = field(default_factory=list)
    line: list[Remark] = field(default_factory=list)
    foot: list[Remark] = field(default_factory=list)
    inner: list[Remark] = field(default_factory=list)
    """Behind an opening brace or bracket."""
    last: list[Remark] = field(default_factory=list)
    """What ends a list or mapping and found no place at its key."""


@dataclass(slots=True)
class Remarks:
    """All comments: those of scalars and aliases, and of lists and mappings, by where these start (with anchor and tag), and
    those that end each document."""

    scalars: dict[int, Notes] = field(default_factory=dict)
    collections: dict[int, Notes] = field(default_factory=dict)
    documents: list[list[Remark]] = field(default_factory=list)


def attach(text: str, added: Sequence[bool]) -> Remarks:
    """The comments of a valid YAML text. `added`: for each document, whether a `sops` key will be added at its end; its last
    comments are told as they will stand then."""
    gaps = Gaps(text, added)
    placed = gaps.place()
    builder = _Builder(gaps)
    for number, each in enumerate(placed):
        builder.token(each, placed, number)
    return builder.found


@dataclass(slots=True)
class _Builder:
    """Goes over the tokens and gives each node the comments that are waiting by then."""

    gaps: Gaps
    found: Remarks = field(default_factory=Remarks)
    waiting: Notes = field(default_factory=Notes)
    idle: bool = True
    """Whether nothing waits."""
    stem: list[Remark] = field(default_factory=list)
    """Comments in front of the dash of a list item that is a list or mapping: they are of the whole item."""
    blocks: list[tuple[bool, int]] = field(default_factory=list)
    """Open block collections: whether a mapping, and where it starts."""
    flows: list[int] = field(default_factory=list)
    properties: int = -1
    """Where the anchor or tag of the next node starts."""
    open: bool = False
    """Whether a document is."""
    tail: list[Remark] = field(default_factory=list)
    """The last comments of a document that gets a key after them."""
    at: int = 0
    """How many groups have been given out."""

    def token(self, placed: Placed, all_placed: Sequence[Placed], number: int) -> None:
        """One token."""
        token, at = placed
        kind = token.__class__
        if kind is yaml.BlockEndToken:
            self._block_end(placed)
            return
        groups = self.gaps.groups
        if self.at < len(groups) and groups[self.at].at <= at:
            self._unfold(at)
        if kind is yaml.ScalarToken or kind is yaml.AliasToken:
            if self.idle:
                self.stem = []
            else:
                self.found.scalars[at if self.properties < 0 else self.properties] = self._notes()
            self.open, self.properties = True, -1
        elif kind in _DOCUMENT:
            if self.open:
                self.found.documents.append(self.tail + self._take())
                self.tail = []
            self.open = kind is yaml.DocumentStartToken
        elif kind in _COLLECTION:
            self.open = True
            self._content(placed, all_placed[number + 1 : number + 2])
        elif kind in _PROPERTIES:
            self.open = True
            self.properties = at if self.properties < 0 else self.properties
        elif kind is not yaml.DirectiveToken and kind is not yaml.StreamStartToken:
            self.open, self.properties = True, -1

    def _content(self, placed: Placed, following: Sequence[Placed]) -> None:
        """A sign of a list or mapping."""
        token = placed.token
        node = placed.at if self.properties < 0 else self.properties
        self.properties = -1
        if isinstance(token, _FLOW_STARTS):
            self.flows.append(node)
            notes = self._notes()
            self.found.collections[node] = Notes(head=notes.head, inner=forgotten([*notes.line, *notes.foot]))
        elif isinstance(token, _FLOW_ENDS):
            self._ending(self.flows.pop())
        elif isinstance(token, _BLOCK_STARTS):
            self.blocks.append((isinstance(token, yaml.BlockMappingStartToken), node))
            if self.stem:
                self.found.collections[node] = Notes(head=self.stem)
                self.stem = []
        elif self.waiting.head and following and isinstance(following[0].token, _BLOCK_STARTS):
            above = len(self.waiting.head)
            self._unfold(following[0].at)
            self.stem, self.waiting.head = self.waiting.head[:above], self.waiting.head[above:]

    def _block_end(self, placed: Placed) -> None:
        mapping, start = self.blocks.pop()
        if not self.blocks and self.gaps.added[len(self.found.documents)]:
            self._unfold(placed.token.start_mark.index - 1)  # what stands at the marker itself is of the document
            notes = self._notes()
            self.tail = [*notes.foot, *notes.head, *notes.line]
            return
        self._unfold(placed.at, heads=False)
        if mapping:
            self._ending(start)

    def _ending(self, start: int) -> None:
        """A mapping or flow list closes."""
        if self.idle:
            self.stem = []
            return
        notes, ending = self.found.collections.setdefault(start, Notes()), self._notes()
        notes.inner += forgotten(ending.head)
        notes.line += ending.line
        notes.foot += ending.foot

    def _unfold(self, at: int, *, heads: bool = True) -> None:
        """The groups up to a place begin to wait for the next node; no head is given to the end of a block."""
        groups = self.gaps.groups
        while self.at < len(groups) and groups[self.at].at <= at:
            group = groups[self.at]
            if group.kind is Kind.HEAD and not heads:
                return
            by_kind = {Kind.HEAD: self.waiting.head, Kind.LINE: self.waiting.line, Kind.FOOT: self.waiting.foot}
            by_kind[group.kind].extend(group.remarks)
            self.at, self.idle = self.at + 1, False

    def _notes(self) -> Notes:
        notes, self.waiting, self.stem, self.idle = self.waiting, Notes(), [], True
        return notes

    def _take(self) -> list[Remark]:
        """What ends a document: what would be the head of something, unless there is something else."""
        notes = self._notes()
        head = forgotten(notes.head) if notes.foot else notes.head
        return sorted([*head, *forgotten(notes.line), *notes.foot])
