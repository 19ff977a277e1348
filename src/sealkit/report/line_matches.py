"""Which items of two sequences are the same, in near-linear time: a patience diff with a bounded search at its leaves.

`difflib` is quadratic on large texts. Here lines that occur once on both sides are the anchors; between two anchors the same
is done again. Where there is none, Myers' search looks for the shortest way, as far as its bound goes, and starts again
where it came furthest. Bounds cost minimality alone: what is reported as the same is the same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

_MAX_ROUNDS = 40
"""How often anchors are looked for between anchors."""
_MAX_EDITS = 32
"""The longest way that is searched in one piece where there is no anchor."""


class Match(NamedTuple):
    """`size` equal items, from `old` on in one sequence and from `new` on in the other."""

    old: int
    new: int
    size: int


class _Block(NamedTuple):
    old: int
    old_end: int
    new: int
    new_end: int
    round: int


def matches(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Match]:
    """The equal parts in order, joined where they touch, and an empty one at the end of both."""
    found: list[Match] = []
    blocks = [_Block(0, len(old), 0, len(new), 0)]
    while blocks:
        block = blocks.pop()
        head = _common(old, new, block, step=1)
        tail = _common(old, new, block._replace(old=block.old + head, new=block.new + head), step=-1)
        found += [Match(block.old, block.new, head), Match(block.old_end - tail, block.new_end - tail, tail)]
        rest = _Block(block.old + head, block.old_end - tail, block.new + head, block.new_end - tail, block.round + 1)
        if rest.old == rest.old_end or rest.new == rest.new_end:
            continue
        pairs = _anchors(old, new, rest) if rest.round <= _MAX_ROUNDS else []
        if not pairs:
            found += _without_anchors(old, new, rest)
            continue
        at, new_at = rest.old, rest.new
        for one, other in [*pairs, (rest.old_end, rest.new_end)]:
            blocks.append(_Block(at, one, new_at, other, rest.round))
            at, new_at = one, other  # the anchor is the head of the block that starts with it
    found.append(Match(len(old), len(new), 0))
    return list(_joined(sorted(found)))


def _joined(found: list[Match]) -> Iterator[Match]:
    last = Match(0, 0, 0)
    for match in found:
        if match.size and (last.old + last.size, last.new + last.size) == (match.old, match.new):
            last = last._replace(size=last.size + match.size)
        elif match.size:
            if last.size:
                yield last
            last = match
    if last.size:
        yield last
    yield found[-1]


def _common(old: Sequence[Hashable], new: Sequence[Hashable], block: _Block, *, step: int) -> int:
    """How many items are equal at the start of a block, or with a `step` of -1 at its end."""
    most = min(block.old_end - block.old, block.new_end - block.new)
    one, other = (block.old, block.new) if step == 1 else (block.old_end - 1, block.new_end - 1)
    count = 0
    while count < most and old[one + step * count] == new[other + step * count]:
        count += 1
    return count


def _anchors(old: Sequence[Hashable], new: Sequence[Hashable], block: _Block) -> list[tuple[int, int]]:
    """The longest run, increasing on both sides, of items that occur once on either side of a block."""
    ours = Counter(old[block.old : block.old_end])
    theirs = Counter(new[block.new : block.new_end])
    where = {item: i for i, item in enumerate(new[block.new : block.new_end], block.new) if theirs[item] == 1}
    pairs = [
        (i, where[item])
        for i, item in enumerate(old[block.old : block.old_end], block.old)
        if ours[item] == 1 and item in where
    ]
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for index, (_, position) in enumerate(pairs):
        length = bisect_left(ends, position)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [position]
        last[length : length + 1] = [index]
    chain, index = [], last[-1] if last else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]


def _without_anchors(old: Sequence[Hashable], new: Sequence[Hashable], block: _Block) -> Iterator[Match]:
    """Equal items of a block. Items that are on one side only are passed over."""
    ours, theirs = set(old[block.old : block.old_end]), set(new[block.new : block.new_end])
    places = [i for i in range(block.old, block.old_end) if old[i] in theirs]
    new_places = [i for i in range(block.new, block.new_end) if new[i] in ours]
    kept, new_kept = [old[i] for i in places], [new[i] for i in new_places]
    x = y = 0
    while x < len(kept) and y < len(new_kept):
        found, (x_end, y_end) = _search(kept, new_kept, x, y)
        for match in found:
            for i in range(match.size):
                yield Match(places[x + match.old + i], new_places[y + match.new + i], 1)
        x, y = x + x_end, y + y_end


def _search(
    old: Sequence[Hashable], new: Sequence[Hashable], start: int, new_start: int
) -> tuple[list[Match], tuple[int, int]]:
    """The equal items on the shortest way of edits from a start (Myers 1986), and where the way ends: at the bound, or at both
    ends. All count from the start."""
    height, width = len(old) - start, len(new) - new_start
    reach = {1: 0}
    history: list[dict[int, int]] = []
    for edits in range(_MAX_EDITS + 1):
        history.append(dict(reach))
        for diagonal in range(-edits, edits + 1, 2):
            x = _next(reach, diagonal, edits)[0]
            y = x - diagonal
            while x < height and y < width and old[start + x] == new[new_start + y]:
                x, y = x + 1, y + 1
            reach[diagonal] = x
            if x >= height and y >= width:
                return _way_back(history, edits, height, width), (height, width)
    # the furthest of all ways; some have left the sequences on one side
    ends = [(x, x - diagonal) for diagonal, x in reach.items() if (diagonal - _MAX_EDITS) % 2 == 0]
    inside = [(x, y) for x, y in ends if x <= height and 0 <= y <= width]
    if not inside:
        return [], (height, width)
    x, y = max(inside, key=sum)
    return _way_back(history, _MAX_EDITS, x, y), (x, y)


def _next(reach: dict[int, int], diagonal: int, edits: int) -> tuple[int, int]:
    """Where a way enters a diagonal with one edit more, and the diagonal that it comes from."""
    if diagonal == -edits or (diagonal != edits and reach[diagonal - 1] < reach[diagonal + 1]):
        return reach[diagonal + 1], diagonal + 1
    return reach[diagonal - 1] + 1, diagonal - 1


def _way_back(history: list[dict[int, int]], edits: int, x: int, y: int) -> list[Match]:
    found = []
    for step in range(edits, -1, -1):
        at, back = _next(history[step], x - y, step)
        size = x - at
        if size:
            found.append(Match(at, y - size, size))
        if step:
            x = history[step][back]
            y = x - back
    return found
