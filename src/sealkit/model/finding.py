"""Findings and rules: what scan, audit and the census report."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Never

from sealkit.model.severity import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `SK101`, a short slug, its severity, a one-line title, and a hint with the command to type next."""

    id: str
    slug: str
    severity: Severity
    title: str
    hint: str


def without_space(text: str) -> str:
    """A value without white space, also where JSON escapes it: the same key may be read from a scalar and from its text."""
    return "".join(text.replace("\\n", "").replace("\\r", "").split())


class FoundValue:
    """The value of a finding, from which only digests come out: no repr, report or traceback shows it.

    `name` is the key or variable that holds it, empty where the form of the value alone says what it is. White space does not
    count: the same key is read from a block of YAML, from JSON and from a file of its own.
    """

    __slots__ = ("_bare", "_text", "name")

    def __init__(self, text: str, name: str = "") -> None:
        self._text, self.name = text, name
        self._bare = without_space(text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FoundValue) and self._bare == other._bare

    def __hash__(self) -> int:
        return hash(self._bare)

    def __repr__(self) -> str:
        return "FoundValue()"

    def __deepcopy__(self, memo: object) -> None:
        """What is copied, as `dataclasses.asdict` does, is plain data without the value."""

    def __reduce__(self) -> Never:
        raise TypeError("a found value does not leave the process")

    def digest(self, rule: str) -> str:
        """40 bits over rule, name and value, the same in every repository."""
        return _digest(rule, self.name, self._bare)

    def has_sha1(self, digests: Collection[str]) -> bool:
        """Whether one of these SHA-1 digests, which detect-secrets writes, is that of the value."""
        import hashlib

        forms = {self._text, self._text.strip(), self._bare}
        return any(
            hashlib.sha1(form.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest() in digests
            for form in forms
        )


_UNGUESSABLE = 20
"""A value with so many different characters was made at random: nobody guesses it."""
_HEX = re.compile(r"[0-9a-fA-F-]{24,}\Z")
"""So are digits and letters of base 16, if they are many and no repetition."""


@lru_cache(maxsize=8192)
def _digest(rule: str, name: str, bare: str) -> str:
    """scrypt (3 ms), so that a password is not read off the allow list; a quick hash for what is beyond guessing anyway."""
    import hashlib

    salt = "\0".join(("sealkit", rule, name)).encode("utf-8", "surrogatepass")
    value = bare.encode("utf-8", "surrogatepass")
    if len(set(bare)) >= (_UNGUESSABLE if not _HEX.match(bare) else _UNGUESSABLE // 2):
        return hashlib.sha256(salt + b"\0" + value).hexdigest()[:10]
    return hashlib.scrypt(value, salt=salt, n=1024, r=8, p=1, dklen=5).hex()


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that violates a rule. Message, hint and route never contain the value.

    `line` and `end_line` count from 1 (0: the file as a whole). `route` is empty outside structured text. `value` is what was
    found there, None where the file as a whole or its policy is wrong.
    """

    rule: str
    severity: Severity
    path: str
    line: int
    route: str
    message: str
    hint: str
    end_line: int = 0
    value: FoundValue | None = field(default=None, repr=False)
    commits: tuple[str, ...] = field(default=())
    refs: tuple[str, ...] = field(default=())
    archive: str = ""
    """The file of the repository, where `path` names a member of it: `x.tgz` of `x.tgz!values.yaml`."""
    object: str = ""
    """What `path` names where it is no file: `commit` or `tag` (its message), `note`, `ref` or `file name` (the name itself),
    `blob`, `repository`."""

    @property
    def fingerprint(self) -> str:
        """16 hex digits that identify what was found: rule, name and value, wherever it stands. Without a value: rule, path, and
        route or message. Computed when asked for: most findings are never asked."""
        import hashlib

        content = (self.name, self.value.digest(self.rule)) if self.value else (self.path, self.route or self.message)
        material = "\0".join((self.rule, *content))
        return hashlib.sha256(material.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def name(self) -> str:
        """The key or variable that holds the value, where it counts."""
        return self.value.name if self.value is not None else ""

    @property
    def file(self) -> str:
        """The file of the repository: the archive, for a finding in a member of one."""
        return self.archive or self.path

    @property
    def within(self) -> str:
        """Where in an archive the finding is, `values.yaml:7`; empty for any other file."""
        return self.place[len(self.archive) :].lstrip("!:") if self.archive else ""

    @property
    def place(self) -> str:
        """`path:line`, or `path` for the file as a whole."""
        return f"{self.path}:{self.line}" if self.line else self.path
