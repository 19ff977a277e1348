"""One blob in, its findings out. The same for a staged file, a file on disk and a blob of the history.

A fast pass says whether there is anything to look at, a second looks at those lines, and only then is a file parsed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from sealkit.errors import SealkitError
from sealkit.model.finding import Finding
from sealkit.model.rules import finding
from sealkit.scan import archives, key_files, line_verdicts, patterns, prefilter
from sealkit.scan.allow import remarked
from sealkit.scan.context import NAME, POLICY, Context
from sealkit.sealed.detect import is_sealed

if TYPE_CHECKING:
    from sealkit.scan.file_kinds import Kind
    from sealkit.scan.line_verdicts import Candidate
    from sealkit.scan.raw_finding import Raw

LARGEST = 64 * 1024 * 1024
"""A file that is larger is not read: it is a finding of its own, or excluded by name."""
_DEEPEST = 3
"""Archives in archives."""
POLICY_NAMES = {POLICY, "sops.yaml", "sops.yml", ".sops.yml"}
_OWN = {"sealkit.sum"}
"""Signed lines of public facts: digests and recipients."""


def scan_blob(path: str, data: bytes, context: Context, kind: Kind | None = None) -> list[Finding]:
    """Every finding of one file, in order of line, without those that are allowed.

    `kind` is how it is read; where it is not given, the name says so. Never raises for what a file holds: a reader that fails is
    a finding, and the others are asked all the same. Raises SealkitError for an allow list that cannot be read.
    """
    found: list[Finding] = []
    packed = data
    with _guarded(path, found):
        if archives.archive(data):
            for item in _members(path, data, context, 0):  # one by one: those before an error stay
                found.append(replace(item, archive=path))  # noqa: PERF401
    with _guarded(path, found):
        data = archives.text(data)
    found += _scan(path, data, context, kind)
    kept = [item for item in found if not context.allows(item)]
    if not kept:
        return []
    from sealkit.scan import hints

    return sorted(hints.fitting(path, packed, kept, context), key=order)


@contextmanager
def _guarded(path: str, found: list[Finding]) -> Iterator[None]:
    """Turn whatever a reader raises into a finding of this file. Its message names the kind of error alone: the text of an
    exception may quote what was read."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the next file must be judged, whatever this one did
        hint = f"exclude it by name: scan.exclude in {NAME}; a file that sealkit cannot take is an error of sealkit"
        found.append(unreadable(path, f"its reader failed with {type(error).__name__}", hint))


def order(item: Finding) -> tuple[str, int, str, str]:
    """The order of a report."""
    return (item.path, item.line, item.rule, item.route)


def unreadable(path: str, why: str, hint: str = "") -> Finding:
    """What could not be read is not clean."""
    return finding("SK901", path, 0, message=f"could not be read: {why}", hint=hint)


def _too_many(path: str, data: bytes, at: int) -> Finding:
    """What a file is that asks for more work than a scan takes on: the rest was not looked at."""
    line = data.count(b"\n", 0, at) + 1
    why = f"it holds too many names with a value, and from line {line:,} on they were not judged"
    return unreadable(path, why, f"split it, or exclude it by name: scan.exclude in {NAME}")


class _Few:
    """A tree of a few files in memory."""

    def __init__(self, held: Mapping[str, bytes]) -> None:
        self._held = held

    def paths(self, under: str = "") -> list[str]:
        return sorted(path for path in self._held if path.startswith(under))

    def read(self, path: str) -> bytes:
        return self._held[path]


def policies(held: Mapping[str, bytes], context: Context) -> list[Finding]:
    """What is wrong with the policies among these files, and with files that only look like one."""
    few = {path: data for path, data in held.items() if path.rpartition("/")[2] in POLICY_NAMES}
    if not few:
        return []
    from sealkit.sealed import census

    found = census.survey(_Few(few), context.policy, list(few))
    for rule in context.policy.rules if context.policy is not None and POLICY in few else ():
        try:
            rule.matches("")
        except SealkitError as error:
            found.append(unreadable(POLICY, error.message, error.hint or ""))
    return [item for item in found if item.rule[:3] in {"SK4", "SK9"} and not context.allows(item)]


def _members(path: str, data: bytes, context: Context, depth: int) -> Iterator[Finding]:
    try:
        for name, inner in archives.members(data):
            below = f"{path}!{name}" if name else path
            if archives.archive(inner):
                if depth + 1 >= _DEEPEST:
                    raise ValueError(f"archives in archives, more than {_DEEPEST} deep")
                yield from _members(below, inner, context, depth + 1)
            yield from _scan(below, archives.text(inner), context, None, archived=True)
    except ValueError as error:
        yield unreadable(path, str(error), f"unpack it, or exclude it by name: scan.exclude in {NAME}")


def _scan(path: str, data: bytes, context: Context, kind: Kind | None, *, archived: bool = False) -> list[Finding]:
    result: list[Finding] = []
    candidates: list[Candidate] = []
    sealed = carries = False
    with _guarded(path, result):
        hits = prefilter.shared().hits(data)
        if path in _OWN:
            hits = [hit for hit in hits if patterns.at(hit[0]).kind in patterns.BY_FORM]
        candidates = line_verdicts.hot(data, hits) if hits else []
        carries = any(candidate.kind == patterns.SEALED for candidate in candidates)
        sealed = carries and is_sealed(data)
    if not archived:
        with _guarded(path, result):
            result += _census(path, data, context, carries=sealed or (carries and b"ENC[AES256" in data))
    with _guarded(path, result):
        if raw := key_files.look(data):
            result.append(raw.finished(path))
    end = len(data)
    if candidates and candidates[-1].kind == patterns.BEYOND:
        end = candidates.pop().first
        result.append(_too_many(path, data, end))
    if not candidates and not result:
        return []
    text = data.decode("utf-8", "replace")
    taken = {line for item in result for line in range(item.line, max(item.line, item.end_line) + 1)} - {0}
    if end == len(data):
        found = _raws(path, data, text, candidates, result, kind=kind, sealed=sealed)
    else:
        near = [candidate for candidate in candidates if candidate.at <= end]
        part = data[:end]
        found = _raws(path, part, part.decode("utf-8", "replace"), near, result, kind=kind, sealed=sealed)
        found += _by_form(path, data, candidates[len(near) :], result)
    result += [raw.finished(path) for raw in found if raw.line not in taken]
    with _guarded(path, result):
        allowed = remarked(text)
        kept = [item for item in result if not item.line or item.line not in allowed]
        context.tally.inline += len(result) - len(kept)
        return kept
    return result


def _raws(
    path: str,
    data: bytes,
    text: str,
    candidates: Sequence[Candidate],
    result: list[Finding],
    *,
    kind: Kind | None,
    sealed: bool,
) -> list[Raw]:
    """What the candidates turn out to be. Where the reader of the structure fails, what has the form of a key or token stays."""
    from sealkit.scan import blob_findings

    found: list[Raw] = []
    failed = len(result)
    with _guarded(path, result):
        found = blob_findings.raws(path, data, text, candidates, kind=kind, sealed=sealed)
    return found if len(result) == failed else _by_form(path, data, candidates, result)


def _by_form(path: str, data: bytes, candidates: Sequence[Candidate], result: list[Finding]) -> list[Raw]:
    from sealkit.scan import forms

    with _guarded(path, result):
        return list(forms.by_form(data, candidates, forms.Lines(data)))
    return []


def _census(path: str, data: bytes, context: Context, *, carries: bool) -> list[Finding]:
    """What the sealed half must hold: every leaf of a sealed file, and every file that the policy or the private tree seals."""
    private = context.private(path)
    try:
        judged = private or context.singled_out(path)
    except SealkitError as error:
        return [unreadable(POLICY, error.message, error.hint or "")]
    if not carries and not (judged and data.strip()):
        return []
    from sealkit.sealed import census

    return list(census.census(path, data, context.policy if context.sealable(path) else None, private=private).findings)
