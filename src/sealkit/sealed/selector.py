"""Which items a selector seals, exactly as sops decides it.

A suffix or pattern is tried on every key on the way to a leaf, so a match above seals (or leaves open) everything below. A
comment rule goes by the comments directly in front of a leaf, or of anything above it; a comment that matches
`encrypted_comment_regex` stays open itself. Source: sops `shouldBeEncrypted`, held against the program in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sealkit.errors import SealkitError
from sealkit.sealed.metadata import Selector
from sealkit.sealed.stores.parsed import Item, Parsed
from sealkit.source import re2
from sealkit.yamlspan.route import Route, Step

DEFAULT = Selector("unencrypted_suffix", "_unencrypted")
"""What applies where a file names no selector."""


def chosen(parsed: Parsed, selector: Selector) -> list[bool]:
    """Per item, whether it is to be sealed. Nothing is left out of a binary file; null is never sealed, and what is chosen but
    empty stays empty. Raises SealkitError for a pattern that is not RE2, and for aliases under a comment rule."""
    if parsed.format == "binary":
        return [True] * len(parsed.items)
    rule = selector if selector.pattern else DEFAULT
    if rule.mode.endswith("comment_regex"):
        seals = rule.mode == "encrypted_comment_regex"
        reached = _Comments(parsed, rule.pattern).reached(itself=not seals)
        return [item.value is not None and hit is seals for item, hit in zip(parsed.items, reached, strict=True)]
    seals, matches = rule.mode.startswith("encrypted"), _matcher(rule)
    known: dict[str, bool] = {}
    found = []
    for item in parsed.items:
        hit = False
        for key in item.route.steps:
            if isinstance(key, str):
                if (match := known.get(key)) is None:
                    match = known[key] = matches(key)
                if match:
                    hit = True
                    break
        found.append(item.value is not None and hit is seals)
    return found


def _matcher(rule: Selector) -> Callable[[str], bool]:
    if rule.mode.endswith("_suffix"):
        return lambda key: key.endswith(rule.pattern)
    re2.compile(rule.pattern)
    return lambda key: re2.search(rule.pattern, key)


class _Comments:
    """Walks the items as sops does: at each level the comments since the last leaf are in force, for that leaf and all below."""

    def __init__(self, parsed: Parsed, pattern: str) -> None:
        re2.compile(pattern)
        self.parsed, self.pattern = parsed, pattern
        self.levels: list[_Level] = []
        self.document = -1

    def reached(self, *, itself: bool) -> Iterator[bool]:
        """Per item, whether a comment that matches is in force; a comment counts for itself only if `itself`."""
        empty = iter(self.parsed.empty)
        next_empty = next(empty, None)
        last: Item | None = None
        for index, item in enumerate(self.parsed.items):
            if last is not None and not item.comment and item.end > item.start and item.start == last.start:
                raise SealkitError(
                    f"{self.parsed.path}:{item.line}: an alias, whose comments a comment rule would have to judge again",
                    hint="write the alias out, or choose by names: encrypted_regex",
                )
            last = item
            while next_empty is not None and next_empty[0] <= index:
                self._leaf(next_empty[1], next_empty[2])
                next_empty = next(empty, None)
            if item.comment:
                level = self._descend(item.document, item.route.steps)
                above = any(each.matched for each in self.levels)
                matches = index not in self.parsed.unseen and re2.search(self.pattern, str(item.value))
                level.matched = level.matched or matches
                yield above or (matches and itself)
            else:
                yield self._leaf(item.document, item.route)

    def _leaf(self, document: int, route: Route) -> bool:
        level = self._descend(document, route.steps[:-1])
        hit = any(each.matched for each in self.levels)
        level.matched = False
        return hit

    def _descend(self, document: int, steps: tuple[Step, ...]) -> _Level:
        """The level of a mapping or list; the comments of levels that are left are forgotten."""
        if document != self.document:
            self.document, self.levels = document, [_Level(None)]
        depth = 0
        while depth < len(steps) and depth + 1 < len(self.levels) and self.levels[depth + 1].step == steps[depth]:
            depth += 1
        if depth + 1 < len(self.levels):
            # what was left was a leaf to the level above it
            self.levels[depth].matched = False
            del self.levels[depth + 1 :]
        self.levels += [_Level(step) for step in steps[depth:]]
        return self.levels[-1]


class _Level:
    __slots__ = ("matched", "step")

    def __init__(self, step: Step | None) -> None:
        self.step, self.matched = step, False
