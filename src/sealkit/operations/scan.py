"""What `scan`, `audit` and the hooks do, without typer: find, filter, report, and say aloud what was left out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sealkit.cli import ui
from sealkit.errors import Exit, SealkitError, UsageError
from sealkit.model.finding import Finding, Severity
from sealkit.scan import context as contexts
from sealkit.scan.context import Context

if TYPE_CHECKING:
    from sealkit.scan.staged import StagedBlobs
    from sealkit.source.tree import WorkTree


def staged(taken: StagedBlobs | None, files: Sequence[str], form: str, *, quiet: bool = False) -> int:
    """The index against HEAD; of the files that are named, those that are not staged are taken from the work tree (so does
    `pre-commit run --all-files`, which stages nothing). Raises SealkitError."""
    from sealkit.scan import path_cache
    from sealkit.scan import staged as index

    if taken is None:
        from sealkit.source import git

        top = git.toplevel(Path.cwd())  # says what is wrong, where something is
        raise SealkitError(f"git cannot say what is staged in {top}", hint="see: git diff --cached")
    context = contexts.load(from_index(taken.settings))
    if taken.settings:
        path_cache.keep(*taken.ids, context)
    found = index.scan(taken, context)
    if files:
        from sealkit.scan import files as disk
        from sealkit.source import git

        root = git.toplevel(Path.cwd())
        known = {change.path for change in taken.changes}
        given = [path for path in disk.below(root, map(Path, files), _tree(root)) if path not in known]
        found += disk.scan(root, given, context)
    return report(found, context, form, quiet=quiet)


def given(files: Sequence[Path], form: str, *, detect: bool) -> int:
    """Files of the work tree, or all of it. Raises SealkitError."""
    from sealkit.scan import files as disk

    root = top()
    context = contexts.load(from_disk(root), root)
    paths = list(disk.below(root, files or [root], _tree(root)))
    found = disk.scan(root, paths, context)
    if detect:
        from sealkit.scan import detect_secrets_plugins as second

        found = second.added(root, paths, found, context)
    return report(found, context, form)


def diff(revisions: str, form: str) -> int:
    """What a range of commits brings. Raises SealkitError."""
    from sealkit.scan import history

    root = top()
    revs = span(root, revisions)
    context = contexts.load(from_commit(root, revs[0]))
    return report(history.audit(root, context, revs), context, form)


def span(root: Path, revisions: str) -> list[str]:
    """`A..B`, or `A` for what came since, as the revisions of `history.audit`: B, and not A. Raises UsageError."""
    old, dots, new = revisions.replace("...", "..").partition("..")
    return [resolved(root, (new if dots else "") or "HEAD"), f"^{resolved(root, old or 'HEAD')}"]


def resolved(root: Path, rev: str) -> str:
    """The id of a commit. Raises UsageError for a revision that is none."""
    from sealkit.source import git

    out = git.run(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}"], root, check=False)
    if not out.strip():
        raise UsageError(
            f"{rev}: no such revision", hint="name two commits: A..B; in a shallow clone: git fetch --unshallow"
        )
    return out.decode().strip()


def message(args: Sequence[str]) -> int:
    """The commit-msg hook. Raises SealkitError."""
    from sealkit.scan import commit_message as messages
    from sealkit.source import files

    if len(args) != 1:
        raise UsageError(
            "commit-msg takes the file of the message", hint="git calls it: sealkit hook run commit-msg FILE"
        )
    data = files.read(Path(args[0]))
    context = Context(read=_allow_only)
    found = messages.scan(data, context, _comment())
    return report(found, context, "text", quiet=True)


def push(args: Sequence[str], lines: str) -> int:
    """The pre-push hook. Raises SealkitError."""
    from sealkit.scan import history, push_range

    root = top()
    rows = [line for line in lines.splitlines() if line.strip()] or push_range.of_framework(os.environ)
    remote = args[0] if args else os.environ.get("PRE_COMMIT_REMOTE_NAME", "")
    revisions = push_range.revisions(root, remote, rows)
    if not revisions:
        return Exit.OK
    context = contexts.load(from_commit(root, revisions[0]))
    return report(history.audit(root, context, revisions), context, "text", quiet=True)


def report(found: Sequence[Finding], context: Context, form: str, *, quiet: bool = False, history: bool = False) -> int:
    """Print the report; the exit code: 1 with an error among the findings. What was left out is said aloud, also where
    `quiet` keeps a clean run silent."""
    from sealkit.report import formats
    from sealkit.report.counts import counts

    sys.stdout.write(formats.render(found, form, history=history))
    tally = context.tally
    left = [
        f"{number} {what}"
        for number, what in (
            (len(tally.excluded), "excluded by sealkit.yaml"),
            (tally.allowed, "on the allow list"),
            (tally.inline, "allowed by a remark on the line"),
        )
        if number
    ]
    if found or left or not quiet:
        what = f"{'object' if history else 'file'}{'' if tally.scanned == 1 else 's'}"
        ui.info("; ".join([f"{counts(found)} in {tally.scanned} {what}", *left]))
    return Exit.NO if any(item.severity is Severity.ERROR for item in found) else Exit.OK


def top() -> Path:
    """The top of the work tree, or the current folder outside a repository."""
    from sealkit.source import git

    out = (
        git.run(["rev-parse", "--show-toplevel"], Path.cwd(), check=False)
        .decode("utf-8", "surrogateescape")
        .rstrip("\n")
    )
    return Path(out) if out else Path.cwd()


def _tree(root: Path) -> WorkTree | None:
    from sealkit.source.tree import WorkTree

    tree = WorkTree(root)
    try:
        tree.paths("")
    except SealkitError:
        return None  # not a repository
    return tree


def from_index(config: dict[str, bytes]) -> Callable[[str], bytes | None]:
    def read(path: str) -> bytes | None:
        if path in {"sealkit.yaml", ".sops.yaml"}:
            return config.get(path)
        from sealkit.scan.git_pipe import Objects

        objects = Objects(1 << 24)
        try:
            return next(objects.get([f":{path}"])).data
        finally:
            objects.close()

    return read


def _allow_only(path: str) -> bytes | None:
    return from_index({})(path)


def from_disk(root: Path) -> Callable[[str], bytes | None]:
    def read(path: str) -> bytes | None:
        full = root / path
        if full.is_symlink():
            # neither followed, it may lead out of the clone, nor taken for a missing file: that would judge by no policy
            raise SealkitError(f"{path}: a symbolic link", hint="replace it with the file itself")
        return full.read_bytes() if full.is_file() else None

    return read


def from_commit(root: Path, rev: str) -> Callable[[str], bytes | None]:
    from sealkit.source import git

    def read(path: str) -> bytes | None:
        name = f"{rev}:{path}"
        if git.run(["cat-file", "-t", name], root, check=False).strip() != b"blob":
            return None
        return git.run(["cat-file", "blob", name], root)

    return read


def _comment() -> bytes:
    from sealkit.source import git

    out = git.run(["config", "core.commentChar"], Path.cwd(), check=False).strip()
    return out if out and out != b"auto" else b"#"
