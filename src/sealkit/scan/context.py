"""What a scan knows beside the bytes: policy, folders, what is excluded and what is allowed; and what it counts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sealkit.errors import SealkitError
from sealkit.model.finding import Finding
from sealkit.scan.allow import Allowed, read_allowed
from sealkit.source import config, files
from sealkit.source.tree import inside

if TYPE_CHECKING:
    from sealkit.sealed.policy import Policy
    from sealkit.source.config import House


_GITS = frozenset([".gitignore", ".gitattributes", ".gitmodules", ".gitkeep"])
_GLOBS = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@dataclass(slots=True)
class Tally:
    """What was looked at, and what was left out: said aloud at the end."""

    scanned: int = 0
    excluded: set[str] = field(default_factory=set)
    inline: int = 0
    allowed: int = 0


def _nothing(_: str) -> None:
    return None


@dataclass(slots=True)
class Context:
    """Read once per run. The allow list is read with the first finding: most runs have none."""

    policy: Policy | None = None
    house: House | None = None
    exclude: tuple[str, ...] = ()
    read: Callable[[str], bytes | None] = _nothing
    tally: Tally = field(default_factory=Tally)
    _allowed: dict[str, Allowed] | None = None

    @property
    def allowed(self) -> dict[str, Allowed]:
        """The allow list by fingerprint. Raises SealkitError."""
        if self._allowed is None:
            path = self.house.allow if self.house is not None else config.ALLOW
            text = _text(self.read, path)
            self._allowed = read_allowed(text, path) if text is not None else {}
        return self._allowed

    def excluded(self, path: str) -> bool:
        """Whether the configuration leaves a path out. Counts it."""
        if any(glob(pattern).match(path) for pattern in self.exclude):
            self.tally.excluded.add(path)
            return True
        return False

    def private(self, path: str) -> bool:
        """Whether a path stands in a private tree of its own, where everything is sealed."""
        house = self.house
        if house is None or not house.configured or not self.sealable(path) or path.rpartition("/")[2] in _GITS:
            return False
        folders = {house.private, *(folder for target in house.targets.values() for folder in target.private)}
        return any(inside(path, folder) for folder in folders if folder)

    def singled_out(self, path: str) -> bool:
        """Whether a rule of the policy says of this path that it is secret. Raises SealkitError for a rule that is no RE2."""
        rule = self.policy.find(path) if self.policy is not None and self.sealable(path) else None
        if rule is None:
            return False
        from sealkit.sealed.census import singles_out

        return singles_out(rule, path)

    def sealable(self, path: str) -> bool:
        """Whether the policy means a path that its rules match: not the house's own files, nor the example tree."""
        example = self.house.example if self.house is not None else ""
        allow = self.house.allow if self.house is not None else config.ALLOW
        return path not in {config.NAME, config.POLICY, config.LEDGER, allow} and not (
            example and inside(path, example)
        )

    def allows(self, finding: Finding) -> bool:
        """Whether a finding is on the allow list. Counts it."""
        if finding.fingerprint in self.allowed:
            self.tally.allowed += 1
            return True
        return False


def load(read: Callable[[str], bytes | None], root: Path | None = None) -> Context:
    """The context that a tree describes: `read` gives a file of it, or None where there is none. Raises SealkitError."""
    text = _text(read, config.NAME)
    house = config.read(root or Path(), text) if text is not None else config.House(root or Path())
    rules = _text(read, config.POLICY)
    policy = None
    if rules is not None:
        from sealkit.sealed import policy as policies

        policy = policies.read(rules)
    return Context(policy, house, house.exclude, read)


def _text(read: Callable[[str], bytes | None], path: str) -> str | None:
    data = read(path)
    return None if data is None else files.decode(data, path)


@lru_cache(maxsize=256)
def glob(pattern: str) -> re.Pattern[str]:
    """A pattern of `scan.exclude`: `*` and `?` stay within one name, `**` does not; a pattern without a slash is for a name at
    any depth; one that ends in a slash is for all below that folder. Raises SealkitError for an empty one."""
    if not pattern.strip("/"):
        raise SealkitError(f"{config.NAME}: scan.exclude has an empty pattern", hint="name files or folders: vendor/**")
    body = pattern.removeprefix("/")
    if body.endswith("/"):
        body += "**"
    anywhere = "/" not in body and not pattern.startswith("/")
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", body)
    rest = "".join(_GLOBS.get(piece, re.escape(piece)) for piece in pieces)
    return re.compile(("(?:.*/)?" if anywhere else "") + rest + r"\Z", re.DOTALL)
