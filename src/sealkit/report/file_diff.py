"""A unified diff over the bytes that will be signed, for terminals and Markdown.

It does not ask git, so no attribute or setting of a clone changes it, and nothing of a change is left out. Lines end at a line
feed and nowhere else. What a reader could not see is spelled out (see `visible`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence

from sealkit.report.line_matches import Match, matches
from sealkit.report.visible import MIXED, mixes_scripts, visible

_LONG = 500
"""Characters of a line that are shown whole."""
_AROUND = 60
"""Characters that are shown on either side of what differs in a longer line."""
_PART = re.compile(r"\w+|\s+|.", re.DOTALL)
_NOTHING = "/dev/null"
_NO_LINE_FEED = "\\ No newline at end of file"
_LEFT_OUT = re.compile(r"<U\+0000>(\d+)<U\+0000>")
_FENCES = re.compile("`+|~+")

_Change = tuple[int, int, int, int]
"""Start and end of lines on the old side, and of those on the new side that replace them."""


def file_diff(path: str, before: bytes | None, after: bytes | None, *, context: int = 3) -> list[str]:
    """The lines of a unified diff between two contents of a file; None is a file that is not there. Empty if they are equal.

    Of long lines only the parts that differ are shown, with `<…123 more…>` for equal characters that are left out. A file that
    is not text is one line with sizes and digests.
    """
    if before == after:
        return []
    name = _shown(path)
    old, new = _text(before), _text(after)
    if old is None or new is None:
        return [f"Binary file {name} differs: {_summary(before)} -> {_summary(after)}"]
    head = [
        f"--- {name if before is not None else _NOTHING}",
        f"+++ {name if after is not None else _NOTHING}",
    ]
    return [*head, *_hunks(_lines(old), _lines(new), context)]


def fenced(lines: Sequence[str]) -> str:
    """The lines as a block of Markdown that they cannot leave, without a line feed at its end."""
    longest = max((len(run) for line in lines for run in _FENCES.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}diff", *lines, fence])


def _text(data: bytes | None) -> str | None:
    """The content as text; None for what is not."""
    data = data or b""
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _summary(data: bytes | None) -> str:
    return "no file" if data is None else f"{len(data)} bytes sha256:{hashlib.sha256(data).hexdigest()}"


def _lines(text: str) -> list[str]:
    """Lines with their line feeds, so that one without differs."""
    *whole, rest = text.split("\n")
    lines = [f"{line}\n" for line in whole]
    return [*lines, rest] if rest else lines


def _hunks(old: list[str], new: list[str], context: int) -> Iterator[str]:
    group: list[_Change] = []
    for change in _changes(matches(old, new)):
        if group and change[0] - group[-1][1] > 2 * context:
            yield from _hunk(old, new, group, context)
            group = []
        group.append(change)
    if group:
        yield from _hunk(old, new, group, context)


def _changes(found: list[Match]) -> Iterator[_Change]:
    at, new_at = 0, 0
    for match in found:
        if (at, new_at) != (match.old, match.new):
            yield at, match.old, new_at, match.new
        at, new_at = match.old + match.size, match.new + match.size


def _hunk(old: list[str], new: list[str], group: list[_Change], context: int) -> Iterator[str]:
    before = min(context, group[0][0])
    after = min(context, len(old) - group[-1][1])
    start, end = group[0][0] - before, group[-1][1] + after
    new_start, new_end = group[0][2] - before, group[-1][3] + after
    yield f"@@ -{_range(start, end)} +{_range(new_start, new_end)} @@"
    at = start
    for first, last, new_first, new_last in group:
        yield from _context(old[at:first])
        yield from _replaced(old[first:last], new[new_first:new_last])
        at = last
    yield from _context(old[at:end])


def _range(start: int, end: int) -> str:
    """Lines as `diff -u` counts them: from 1, or the line before an empty range."""
    size = end - start
    return f"{start + 1}" if size == 1 else f"{start + 1 if size else start},{size}"


def _context(lines: list[str]) -> Iterator[str]:
    for line in lines:
        text = line.removesuffix("\n")
        short = text if len(text) <= _LONG else f"{text[:_AROUND]}{_left_out(len(text) - _AROUND)}"
        yield from _line(" ", line, _shown(short, text, changed=False))


def _replaced(old: list[str], new: list[str]) -> Iterator[str]:
    """Removed and added lines. Where each has its counterpart, long ones show only what differs."""
    ours, theirs = [line.removesuffix("\n") for line in old], [line.removesuffix("\n") for line in new]
    short, new_short = list(ours), list(theirs)
    if len(old) == len(new):
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            if max(len(one), len(other)) > _LONG:
                short[index], new_short[index] = _what_differs(one, other)
    for sign, lines, texts, shorts in (("-", old, ours, short), ("+", new, theirs, new_short)):
        for line, text, shown in zip(lines, texts, shorts, strict=True):
            yield from _line(sign, line, _shown(shown, text))


def _line(sign: str, line: str, shown: str) -> Iterator[str]:
    yield f"{sign}{shown}"
    if not line.endswith("\n"):
        yield _NO_LINE_FEED


def _what_differs(one: str, other: str) -> tuple[str, str]:
    """Two lines with their long equal parts left out."""
    parts, new_parts = _PART.findall(one), _PART.findall(other)
    equal: list[tuple[str, str, str]] = []
    """What differs in front of an equal part on both sides, and that part."""
    at, new_at = 0, 0
    for match in matches(parts, new_parts):
        gap, new_gap = "".join(parts[at : match.old]), "".join(new_parts[new_at : match.new])
        at, new_at = match.old + match.size, match.new + match.size
        head = _common(gap, new_gap)
        tail = _common(gap[head:][::-1], new_gap[head:][::-1])
        equal.append(("", "", gap[:head]))
        equal.append((gap[head : len(gap) - tail], new_gap[head : len(new_gap) - tail], gap[len(gap) - tail :]))
        equal.append(("", "", "".join(parts[match.old : at])))
    shown, new_shown, same = [], [], ""
    is_first = True
    for gap, new_gap, part in equal:
        if gap or new_gap:
            short = _shortened(same, 0 if is_first else _AROUND, _AROUND)
            shown += [short, gap]
            new_shown += [short, new_gap]
            same, is_first = "", False
        same += part
    short = _shortened(same, _AROUND, 0)
    return "".join([*shown, short]), "".join([*new_shown, short])


def _common(one: str, other: str) -> int:
    """How many characters are equal at the start."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), min(len(one), len(other)))


def _shortened(text: str, head: int, tail: int) -> str:
    """A part that is equal on both sides, with its middle left out."""
    count = len(text) - head - tail
    return text if count <= _AROUND else f"{text[:head]}{_left_out(count)}{text[head + count :]}"


def _left_out(count: int) -> str:
    """The place of characters that are left out. A NUL never stands in a text."""
    return f"\0{count}\0"


def _shown(text: str, whole: str | None = None, *, changed: bool = True) -> str:
    """A text on one line, marked if it, or the `whole` of which it is what differs, mixes scripts."""
    shown = visible(text, changed=changed)
    if "\0" in text:
        shown = _LEFT_OUT.sub(r"<…\1 more…>", shown)
    return f"{shown}{MIXED}" if mixes_scripts(text if whole is None else whole) else shown
