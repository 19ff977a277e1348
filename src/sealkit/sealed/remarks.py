"""Which node each comment of a YAML text belongs to, as go-yaml v3 attaches them: sops binds a sealed comment to the mapping
or list that it lands in, and its comment rules go by the comments in front of a leaf.

Source: go-yaml v3.0.4 `parserc.go` and `decode.go`, told in own words and held against it in the tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import yaml

from sealkit.sealed.gaps import Gaps, Kind, Placed, Remark

_FLOW_STARTS = (yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)
_FLOW_ENDS = (yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
_BLOCK_STARTS = (yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken)
_PROPERTIES = (yaml.AnchorToken, yaml.TagToken)


@dataclass(slots=True)
class Notes:
    """The comments of one node."""

    head: list[Remark] = field(default_factory=list)
    line: list[Remark] = field(default_factory=list)
    foot: list[Remark] = field(default_factory=list)


@dataclass(slots=True)
class Remarks:
    """All comments: those of scalars and aliases by where they end, of lists and mappings by where they start, and those that
    end each document."""

    scalars: dict[int, Notes] = field(default_factory=dict)
    collections: dict[int, Notes] = field(default_factory=dict)
    documents: list[list[Remark]] = field(default_factory=list)


def attach(text: str, added: Sequence[bool]) -> Remarks:
    """The comments of a valid YAML text. `added`: for each document, whether a `sops` key will be added at its end; its last
    comments are told as they will stand then."""
    gaps = Gaps(text, added)
    placed = gaps.place(list(yaml.scan(text, Loader=yaml.CSafeLoader)))
    builder = _Builder(gaps)
    for number, each in enumerate(placed):
        builder.token(each, placed[number + 1 : number + 2])
    return builder.found


@dataclass(slots=True)
class _Builder:
    """Goes over the tokens and gives each node the comments that are waiting by then."""

    gaps: Gaps
    found: Remarks = field(default_factory=Remarks)
    waiting: Notes = field(default_factory=Notes)
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

    def token(self, placed: Placed, following: Sequence[Placed]) -> None:
        """One token, and the one after it."""
        token = placed.token
        if isinstance(token, yaml.BlockEndToken):
            self._block_end(placed)
            return
        self._unfold(placed.at)
        if isinstance(token, yaml.DocumentStartToken | yaml.DocumentEndToken | yaml.StreamEndToken):
            if self.open:
                self.found.documents.append(self.tail + self._take())
                self.tail = []
            self.open = isinstance(token, yaml.DocumentStartToken)
        elif not isinstance(token, yaml.DirectiveToken | yaml.StreamStartToken):
            self.open = True
            self._content(placed, following)

    def _content(self, placed: Placed, following: Sequence[Placed]) -> None:
        token, start = placed.token, placed.at
        if isinstance(token, _PROPERTIES):
            self.properties = start if self.properties < 0 else self.properties
            return
        node = start if self.properties < 0 else self.properties
        self.properties = -1
        if isinstance(token, yaml.ScalarToken | yaml.AliasToken):
            self.found.scalars[token.end_mark.index] = self._notes()
        elif isinstance(token, _FLOW_STARTS):
            self.flows.append(node)
            self.found.collections[node] = self._notes()
        elif isinstance(token, _FLOW_ENDS):
            self._ending(self.flows.pop())
        elif isinstance(token, _BLOCK_STARTS):
            self.blocks.append((isinstance(token, yaml.BlockMappingStartToken), node))
            self.found.collections[node] = Notes(head=self.stem)
            self.stem = []
        elif isinstance(token, yaml.BlockEntryToken) and self.waiting.head:
            above = len(self.waiting.head)
            if following and isinstance(following[0].token, _BLOCK_STARTS):
                self._unfold(following[0].at)
                self.stem, self.waiting.head = self.waiting.head[:above], self.waiting.head[above:]

    def _block_end(self, placed: Placed) -> None:
        mapping, start = self.blocks.pop()
        if not self.blocks and self.gaps.added[len(self.found.documents)]:
            self._unfold(placed.token.start_mark.index)
            self.tail = self._take()
            return
        self._unfold(placed.at, heads=False)
        if mapping:
            self._ending(start)

    def _ending(self, start: int) -> None:
        """A mapping or flow list closes."""
        notes, ending = self.found.collections[start], self._notes()
        notes.head += ending.head
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
            self.at += 1

    def _notes(self) -> Notes:
        notes, self.waiting, self.stem = self.waiting, Notes(), []
        return notes

    def _take(self) -> list[Remark]:
        notes = self._notes()
        return sorted([*notes.head, *notes.line, *notes.foot])
