"""The history: every unique blob once, every message, and the names of branches, tags and files.

Commits are looked up for hits alone. What commits, tags and branches reach is published by a push; the rest stands on this disk
until git removes it. A finding that stays through many versions of a file is one, with all its commits.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from sealkit.model.finding import Finding
from sealkit.scan import commit_of_blob, earlier_blobs, hints, ref_names, suspicious_objects
from sealkit.scan.commit_of_blob import BlobOrigin, Log
from sealkit.scan.context import Context
from sealkit.scan.earlier import Earlier
from sealkit.scan.engine import LARGEST, order, scan_blob, unreadable
from sealkit.scan.file_kinds import Kind, kind_of
from sealkit.scan.suspicious_objects import ListedObject
from sealkit.source import git

_ALL = ("--all",)
_NOT_LEAKS = ("SK106", "SK107", "SK109", "SK110", "SK111", "SK112", "SK4")
"""What is wrong with a file today says nothing in an old version of it."""

NOT_HERE = ("(missing objects)", "(shallow clone)")
"""The places of what was not looked at, because this clone lacks it."""


def audit(root: Path, context: Context, revs: Sequence[str] = (), *, added: bool = False) -> list[Finding]:
    """Every leak in the repository; with `revs` (as `git rev-list` takes them) only in what these bring. Raises SealkitError.

    With `added`, without the leaks that the commits before these have at the same paths, which are counted in the tally.
    A finding has commits where a push would publish it, and none where only this disk has it.
    """
    if revs:
        listed, known = suspicious_objects.reachable_objects(root, revs)
    else:
        listed, known = suspicious_objects.all_objects(root), {}
    suspects = suspicious_objects.suspicious(root, listed)
    wanted = {item.oid for item in suspects} | {item.oid for item in listed if item.size > LARGEST}
    log = commit_of_blob.read(root, list(revs or _ALL), wanted, blobs=context.governed, replaced=added)
    suspects += _singled_out(listed, wanted, log, context) if context.governed else []
    staged = {entry.oid: entry.path for entry in git.ls_index(root)} if not revs else known
    context.tally.scanned += len(listed)
    earlier = (
        Earlier(lambda: earlier_blobs.of_range(root, log, (item.oid for item in listed)), context) if added else None
    )
    found = list(_judged(root, suspects, log, staged, context, earlier=earlier))
    found += [item for big in listed if big.size > LARGEST for item in _unread(big, log, context)]
    named = ref_names.of_history(root, log, everything=not revs)
    in_names = [item for item in named.findings if not context.allows(item)]
    if earlier is not None and in_names:
        earlier.know(earlier_blobs.in_names(path for path, oids in log.replaced.items() if oids - known.keys()))
        in_names = earlier.without(in_names, "")
    found += in_names
    if not revs:
        found += [*ref_names.of_clone(root, context), *_not_here(root, log.blobs - {item.oid for item in listed})]
    kept = [item for item in named.masked(found) if not item.rule.startswith(_NOT_LEAKS)]
    return merged(hints.of_history(kept, lambda: _paths_of_today(root)))


def _paths_of_today(root: Path) -> set[str]:
    """The paths in HEAD and in the index; in a mirror without a branch, or a new repository, one of both is empty."""
    head = git.run(["ls-tree", "-r", "-z", "--full-tree", "--name-only", "HEAD"], root, check=False)
    return {entry.path for entry in git.ls_index(root)} | set(git.split(head))


def _not_here(root: Path, missing: set[str]) -> list[Finding]:
    """What commits name and this clone does not have: nobody has looked at it."""
    found = []
    if missing:
        hint = "git fetch --refetch --no-filter; where that does not help: git fsck"
        found.append(unreadable(NOT_HERE[0], f"{len(missing)} of the blobs that commits name are not here", hint))
    if git.run(["rev-parse", "--is-shallow-repository"], root).strip() == b"true":
        found.append(unreadable(NOT_HERE[1], "the older history is not here", "git fetch --unshallow"))
    return [replace(item, object="repository") for item in found]


def _singled_out(listed: Sequence[ListedObject], wanted: set[str], log: Log, context: Context) -> list[ListedObject]:
    """The blobs that stood, in whatever version, where today's policy wants a sealed file."""
    by_oid = {item.oid: item for item in listed}
    found: dict[str, ListedObject] = {}
    for path, oids in log.paths.items():
        if context.private(path) or context.singled_out(path):
            for oid in oids - wanted:
                if oid in by_oid and by_oid[oid].size <= LARGEST:
                    found[oid] = by_oid[oid]
                    origin = log.origins.setdefault(oid, BlobOrigin())
                    origin.paths.append(path)
    return list(found.values())


def _judged(
    root: Path, suspects: Sequence[ListedObject], log: Log, staged: dict[str, str], context: Context,
    *, earlier: Earlier | None,
) -> Iterator[Finding]:  # fmt: skip
    for item, data in suspicious_objects.contents(root, suspects):
        if item.type != "blob":
            messages = list(_message(item, data, log, context))
            yield from earlier.without(messages, "") if earlier is not None else messages
            continue
        origin = log.origins.get(item.oid, BlobOrigin())
        paths = origin.paths or ([staged[item.oid]] if item.oid in staged else [])
        kind, thing = None, ""
        if not paths:
            paths, thing = [f"blob {item.oid[:12]}"], "blob"
            guess = kind_of(paths[0], data[:65536].decode("utf-8", "replace"))
            kind = guess if guess is Kind.STRUCTURED else Kind.PROSE
        elif _is_note(origin, log):
            paths, kind, thing = [f"note on {path.replace('/', '')[:12]}" for path in paths], Kind.PROSE, "note"
        for path in paths:
            if not context.excluded(path):
                findings = scan_blob(path, data, context, kind)
                if earlier is not None:
                    findings = earlier.without(findings, path, item.oid, data)
                for found in findings:
                    placed = _with_commits(replace(found, object=thing), origin.commits, log)
                    yield hints.of_object(placed, _removing(path, placed.refs)) if thing else placed


def _removing(note: str, refs: Sequence[str]) -> str:
    ref = next(iter(refs), "")
    return f"git notes --ref={shlex.quote(ref.removeprefix('refs/notes/'))} remove {note.rpartition(' ')[2]}"


def _is_note(origin: BlobOrigin, log: Log) -> bool:
    """Whether only the notes of git have a blob. Its path there is the id of what the note is on."""
    refs = {log.refs.get(commit, "") for commit in origin.commits}
    return bool(refs) and all(ref.startswith("refs/notes/") for ref in refs)


def _message(item: ListedObject, data: bytes, log: Log, context: Context) -> Iterator[Finding]:
    """The message of a commit or an annotated tag."""
    head, _, body = data.partition(b"\n\n")
    fields = dict(line.split(b" ", 1) for line in head.splitlines() if b" " in line[1:] and line[:1] != b" ")
    if item.type == "commit":
        name, commits = f"commit {item.oid[:12]}", [item.oid] if item.oid in log.refs else []
        command = f"git rebase -i {item.oid[:12]}^" if b"parent" in fields else "git rebase -i --root"
    else:
        target = fields.get(b"object", b"").decode("ascii", "replace")
        name, commits = (
            f"tag {fields.get(b'tag', b'').decode('utf-8', 'replace')}",
            [target] if target in log.refs else [],
        )
        command = f"git tag -d {shlex.quote(name.removeprefix('tag '))}"
    for found in scan_blob(name, body, context, Kind.PROSE):
        noted = replace(found, message=f"{found.message}, in the message", object=item.type)
        yield hints.of_object(_with_commits(noted, commits, log), command)


def _unread(item: ListedObject, log: Log, context: Context) -> Iterator[Finding]:
    origin = log.origins.get(item.oid, BlobOrigin())
    for path in origin.paths or [f"blob {item.oid[:12]}"]:
        if not context.excluded(path):
            hint = "exclude it by name: scan.exclude in sealkit.yaml"
            found = unreadable(path, f"{item.size // 1_000_000} MB are more than is read", hint)
            yield _with_commits(found if origin.paths else replace(found, object="blob"), origin.commits, log)


def _with_commits(found: Finding, commits: Sequence[str], log: Log) -> Finding:
    refs = dict.fromkeys(log.refs[commit] for commit in commits if log.refs.get(commit))
    return replace(found, commits=tuple(commits), refs=tuple(refs))


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for what was found at one place in many versions, with the commits of all; what a push publishes first."""
    found: dict[object, Finding] = {}
    for item in findings:
        key = (item.rule, item.path, item.route, item.value or item.message)
        known = found.get(key)
        if known is None:
            found[key] = item
        else:
            commits = tuple(dict.fromkeys((*known.commits, *item.commits)))
            refs = tuple(dict.fromkeys((*known.refs, *item.refs)))
            found[key] = replace(known, commits=commits, refs=refs)
    return sorted(found.values(), key=lambda item: (not item.commits, *order(item)))
