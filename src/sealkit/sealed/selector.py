"""Which items a selector seals, exactly as sops decides it.

A suffix or pattern is matched with every key on the path to a leaf, so a match on a parent seals (or exempts) everything below.
A comment selector matches the comments directly before a leaf, or before one of its parents. A comment that matches
`encrypted_comment_regex` is not sealed itself. Source: sops `shouldBeEncrypted`, compared with the program in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sealkit.errors import SealkitError
from sealkit.sealed.metadata import Selector
from sealkit.sealed.stores.parsed import Item, Parsed
from sealkit.source import re2
from sealkit.yamlspan.route import Route, Step

_DEFAULT = Selector("unencrypted_suffix", "_unencrypted")
"""What applies to a file without a selector."""


def chosen(parsed: Parsed, selector: Selector) -> list[bool]:
    """For each item, whether the selector seals it. A binary file is sealed as a whole; null is never sealed; an empty text is
    selected like any other, but sops leaves it empty.

    Raises SealkitError for a pattern that is not RE2, and for an alias under a comment selector.
    """
    if parsed.format == "binary":
        return [True] * len(parsed.items)
    effective = selector if selector.pattern else _DEFAULT
    if effective.mode.endswith("comment_regex"):
        encrypts = effective.mode == "encrypted_comment_regex"
        matches = _CommentMatcher(parsed, effective.pattern).matches_by_item(match_itself=not encrypts)
        return [item.value is not None and match is encrypts for item, match in zip(parsed.items, matches, strict=True)]
    encrypts, key_matches = effective.mode.startswith("encrypted"), _key_matcher(effective)
    matched_keys: dict[str, bool] = {}
    selected = []
    for item in parsed.items:
        matched = False
        for key in item.route.steps:
            if isinstance(key, str):
                if (match := matched_keys.get(key)) is None:
                    match = matched_keys[key] = key_matches(key)
                if match:
                    matched = True
                    break
        selected.append(item.value is not None and matched is encrypts)
    return selected


def _key_matcher(selector: Selector) -> Callable[[str], bool]:
    if selector.mode.endswith("_suffix"):
        return lambda key: key.endswith(selector.pattern)
    re2.compile(selector.pattern)
    return lambda key: re2.search(selector.pattern, key)


class _CommentMatcher:
    """Walks the items as sops does. At each level, the comments since the last leaf apply to the next leaf and all below it."""

    def __init__(self, parsed: Parsed, pattern: str) -> None:
        re2.compile(pattern)
        self.parsed, self.pattern = parsed, pattern
        self.levels: list[_Level] = []
        self.document = -1

    def matches_by_item(self, *, match_itself: bool) -> Iterator[bool]:
        """For each item, whether a matching comment applies to it. With `match_itself`, such a comment applies to itself too."""
        empty_collections = iter(self.parsed.empty_collections)
        next_empty = next(empty_collections, None)
        last: Item | None = None
        for index, item in enumerate(self.parsed.items):
            if last is not None and not item.comment and item.end > item.start and item.start == last.start:
                raise SealkitError(
                    f"{self.parsed.path}:{item.line}: an alias is ambiguous under a comment selector",
                    hint="write out the alias, or select by key names: encrypted_regex",
                )
            last = item
            while next_empty is not None and next_empty.next_item <= index:
                self._leaf(next_empty.document, next_empty.route)
                next_empty = next(empty_collections, None)
            if item.comment:
                level = self._descend(item.document, item.route.steps)
                above = any(level.matched for level in self.levels)
                matches = index not in self.parsed.dropped_comments and re2.search(self.pattern, str(item.value))
                level.matched = level.matched or matches
                yield above or (matches and match_itself)
            else:
                yield self._leaf(item.document, item.route)

    def _leaf(self, document: int, route: Route) -> bool:
        level = self._descend(document, route.steps[:-1])
        matched = any(each.matched for each in self.levels)
        level.matched = False
        return matched

    def _descend(self, document: int, steps: tuple[Step, ...]) -> _Level:
        """The level of a mapping or list. Forgets the comments of the levels outside its path."""
        if document != self.document:
            self.document, self.levels = document, [_Level(None)]
        depth = 0
        while depth < len(steps) and depth + 1 < len(self.levels) and self.levels[depth + 1].step == steps[depth]:
            depth += 1
        if depth + 1 < len(self.levels):
            # to the level above, the subtree that ends here was a leaf
            self.levels[depth].matched = False
            del self.levels[depth + 1 :]
        self.levels += [_Level(step) for step in steps[depth:]]
        return self.levels[-1]


class _Level:
    __slots__ = ("matched", "step")

    def __init__(self, step: Step | None) -> None:
        self.step, self.matched = step, False
