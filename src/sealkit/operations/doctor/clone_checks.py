"""Checks of the clone: hooks, merge driver, and key files that git must not take."""

from __future__ import annotations

from collections.abc import Iterator

from sealkit.operations import hooks
from sealkit.operations.doctor.check import Check, CheckContext, Level
from sealkit.operations.repository import Repository
from sealkit.operations.scaffold import IGNORED
from sealkit.source import git


def git_setup(context: CheckContext) -> Iterator[Check]:
    """Whether hooks, merge driver and masked diffs are set up."""
    missing = hooks.missing(context.repository.root)
    for what in missing:
        yield Check(Level.WRONG, "git", f"this clone lacks {what}", "sealkit hook install")
    if not missing:
        yield Check(Level.OK, "git", "hooks, merge driver and masked diffs are set up")


def ignored_files(context: CheckContext) -> Iterator[Check]:
    """Key files are not tracked, and would not be added."""
    root = context.repository.root
    tracked = _tracked(context.repository, IGNORED)
    for path in tracked:
        yield Check(
            Level.WRONG, "ignored", f"{path} is tracked by git", f"git rm --cached {path}, and renew what it opens"
        )
    names = [pattern.replace("*", "key") for pattern in IGNORED]
    out = git.run(["check-ignore", "-z", "--no-index", "--stdin"], root, data="\0".join(names).encode(), check=False)
    uncovered = [pattern for pattern, name in zip(IGNORED, names, strict=True) if name not in git.split(out)]
    if uncovered:
        yield Check(Level.RISK, "ignored", f".gitignore does not cover {' '.join(uncovered)}", "sealkit init")
    for source in context.repository.keyring.sources:
        if source.path is not None and source.path.resolve().is_relative_to(root.resolve()):
            yield Check(
                Level.RISK, "ignored", f"{source.label}: a key inside the repository", "move it where sops looks"
            )
    if not tracked and not uncovered:
        yield Check(Level.OK, "ignored", ".gitignore covers key files and opened files")


def _tracked(repository: Repository, patterns: tuple[str, ...]) -> list[str]:
    """The tracked files that match these patterns of git."""
    specs = [f":(top,glob)**/{pattern}" for pattern in patterns]
    return git.split(git.run(["ls-files", "-z", "--", *specs], repository.root))
