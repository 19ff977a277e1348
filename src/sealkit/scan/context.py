"""What a scan knows beside the bytes: policy, folders, what is excluded and what is allowed; and what it counts.

Where a repository has neither `sealkit.yaml` nor `.sops.yaml`, nothing that parses YAML is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealkit.source.path_patterns import glob

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sealkit.model.finding import Finding
    from sealkit.scan.allow import Allowed, AllowList
    from sealkit.sealed.policy import Policy
    from sealkit.source.config import Config

NAME, POLICY = "sealkit.yaml", ".sops.yaml"
_LEDGER, _ALLOW = "sealkit.sum", ".sealkit/allow.yaml"
_GITS = frozenset([".gitignore", ".gitattributes", ".gitmodules", ".gitkeep"])


class Tally:
    """What was looked at, and what was left out: said aloud at the end."""

    def __init__(self) -> None:
        self.scanned = self.inline = self.allowed = self.earlier = 0
        self.excluded: set[str] = set()
        self.unmet: list[Allowed] = []
        """Entries of the allow list that nothing has, where everything was looked at."""


def _nothing(_: str) -> None:
    return None


class Context:
    """Read once per run. The allow list is read with the first finding: most runs have none."""

    def __init__(
        self,
        policy: Policy | None = None,
        config: Config | None = None,
        read: Callable[[str], bytes | None] = _nothing,
    ) -> None:
        self.policy, self.config, self._read = policy, config, read
        self.exclude: tuple[str, ...] = config.exclude if config is not None else ()
        self.tally = Tally()
        self._allowed: AllowList | None = None

    @property
    def allowed(self) -> AllowList:
        """The allow list. Raises SealkitError."""
        if self._allowed is None:
            from sealkit.scan.allow import AllowList, read_allowed

            text = _text(self._read, self.allow_path)
            self._allowed = AllowList(read_allowed(text, self.allow_path) if text is not None else {})
        return self._allowed

    @property
    def allow_path(self) -> str:
        """Where the allow list stands, from the root."""
        return self.config.allow if self.config is not None else _ALLOW

    def without_allow_list(self) -> Context:
        """The same settings with a tally of their own, for which nothing is allowed."""
        return Context(self.policy, self.config)

    @property
    def governed(self) -> bool:
        """Whether anything says of paths that their files are sealed."""
        return self.policy is not None or (self.config is not None and self.config.configured)

    def excluded(self, path: str) -> bool:
        """Whether the configuration leaves a path out. Counts it."""
        if any(glob(pattern).match(path) for pattern in self.exclude):
            self.tally.excluded.add(path)
            return True
        return False

    def private(self, path: str) -> bool:
        """Whether a path stands in a private tree of its own, where everything is sealed."""
        if not self.sealable(path) or path.rpartition("/")[2] in _GITS:
            return False
        return any(_below(path, folder) for folder in self.private_folders)

    @property
    def private_folders(self) -> tuple[str, ...]:
        """The private trees that are folders of their own."""
        return self.config.private_folders if self.config is not None else ()

    def singled_out(self, path: str) -> bool:
        """Whether a rule of the policy says of this path that it is secret. Raises SealkitError for a rule that is no RE2."""
        rule = self.policy.find(path) if self.policy is not None and self.sealable(path) else None
        if rule is None:
            return False
        from sealkit.sealed.census import singles_out

        return singles_out(rule, path)

    def sealable(self, path: str) -> bool:
        """Whether the policy means a path that its rules match: not sealkit's own files, nor the example tree."""
        example = self.config.example if self.config is not None else ""
        return path not in {NAME, POLICY, _LEDGER, self.allow_path} and not (example and _below(path, example))

    def allows(self, finding: Finding) -> bool:
        """Whether a finding is on the allow list. Counts it."""
        if self.allowed.allows(finding):
            self.tally.allowed += 1
            return True
        return False


def load(read: Callable[[str], bytes | None], root: Path | None = None) -> Context:
    """The context that a tree describes: `read` gives a file of it, or None where there is none. Raises SealkitError."""
    config, policy = None, None
    if (text := _text(read, NAME)) is not None:
        from pathlib import Path

        from sealkit.source.config import read_config

        config = read_config(root or Path(), text)
    if (rules := _text(read, POLICY)) is not None:
        from sealkit.sealed import policy as policies

        policy = policies.read(rules)
    return Context(policy, config, read)


def _text(read: Callable[[str], bytes | None], path: str) -> str | None:
    data = read(path)
    if data is None:
        return None
    from sealkit.source import files

    return files.decode(data, path)


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
