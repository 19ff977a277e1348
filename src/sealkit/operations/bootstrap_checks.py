"""Whose repository it is, what a bootstrap may replace, and what it must not. Nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.ledger.text import Ledger
from sealkit.operations import own_recipients
from sealkit.operations.bootstrap_plan import UNFINISHED, BootstrapPlan
from sealkit.operations.events import Events
from sealkit.operations.example_tree import examples
from sealkit.operations.repository import Repository
from sealkit.sealed.file import SealedFile
from sealkit.sealed.metadata import Recipient
from sealkit.source import filenames, files, git
from sealkit.source.file_tree import GitTree

_ANY_RECIPIENT = Recipient("age", "age1" + "q" * 58)
"""In place of a key that is not made yet, to see whether the policy can be rewritten at all."""


def is_unfinished(repository: Repository) -> bool:
    """Whether a bootstrap was started here and did not finish."""
    return (repository.common_dir / UNFINISHED).exists()


def is_own(repository: Repository) -> bool:
    """Whether a member of this repository comes to a new machine: an identity at hand opens the signing key, or a sealed file
    that is as the ledger holds it (or any, without a ledger). Raises SealkitError for a key file that cannot be read."""
    sealed = _sealed_files(repository)
    path = repository.root / filenames.LEDGER
    if path.exists():
        # only read here: it is verified and pinned once it is known whose repository this is
        ledger = Ledger.parse(files.decode(files.read(path, filenames.LEDGER), filenames.LEDGER))
        approved = {name: entry.sha256 for name, entry in ledger.paths().items() if entry is not None}
        sealed = {
            path: file
            for path, file in sealed.items()
            if path == filenames.SIGNING_KEY or approved.get(path) == file.digest
        }
    return bool(_openable(repository, sealed))


def make_plan(repository: Repository, events: Events, named: Sequence[str], *, replace: bool) -> BootstrapPlan:
    """Read and decide everything; nothing is written. Raises SealkitError."""
    texts = examples(repository)
    if not texts and not (repository.root / filenames.LEDGER).exists():
        raise UsageError(
            f"there is no {repository.config.example}/, so there is nothing to move into",
            hint="set the repository up: sealkit init",
        )
    sealed = _sealed_files(repository)
    sealed.pop(filenames.SIGNING_KEY, None)
    kept = _openable(repository, sealed)
    replaced = {path: file for path, file in sealed.items() if path not in kept and path in texts}
    removed = {path: file for path, file in sealed.items() if path not in kept and path not in texts}
    _require_inside(repository, [*texts, filenames.SIGNING_KEY])
    _require_no_plain_file(repository, [path for path in texts if path not in sealed])
    if not replace:
        _require_recoverable(repository, replaced, removed)
    own = own_recipients.find(repository, named)
    todo = {path: text for path, text in texts.items() if path not in kept}
    plan = BootstrapPlan(repository, events, own, todo, replaced, kept, removed, not _has_signing_key(repository))
    plan.policy_text(*((own.recipients, own.approvers) if own else ([_ANY_RECIPIENT], [_ANY_RECIPIENT])))
    return plan


def _sealed_files(repository: Repository) -> dict[str, SealedFile]:
    """Every sealed file, whatever a ledger says."""
    return repository.found


def _openable(repository: Repository, sealed: Mapping[str, SealedFile]) -> set[str]:
    """The files that an identity at hand opens. Where none does because of a key file that cannot be read, that is raised."""
    blocks = {path: file.metadata for path, file in sealed.items()}
    requests = {path: (list(block.wrapped()), path) for path, block in blocks.items() if block is not None}
    sources = repository.keyring.opened_by(list(requests.values()))
    openable = {path for path, source in zip(requests, sources, strict=True) if source}
    if requests and not openable and repository.keyring.problems:
        raise repository.keyring.problems[0]
    return openable


def _has_signing_key(repository: Repository) -> bool:
    """Whether an earlier run made signing key and ledger already."""
    try:
        repository.signing_key()
    except SealkitError:
        return False
    return True


def _require_inside(repository: Repository, paths: Sequence[str]) -> None:
    """Raises RefusedError for a path of a clone that leads out of it, or into git's own folder: a folder that was committed as a
    link, or an example called `.git/hooks/pre-commit`. A link of one's own (a private half elsewhere) is not tracked."""
    for path in paths:
        parts = PurePosixPath(path).parts
        if ".git" in (part.lower() for part in parts):
            raise RefusedError(f"{path}: is in the folder of git", hint="this clone is not what it seems to be")
        for depth in range(1, len(parts) + 1):
            parent = "/".join(parts[:depth])
            if (repository.root / parent).is_symlink() and git.run(
                ["ls-files", "--", f":(top,literal){parent}"], repository.root
            ):
                raise RefusedError(
                    f"{parent}: a symbolic link that came with the clone", hint=f"look at it, then: git rm {parent}"
                )


def _require_no_plain_file(repository: Repository, paths: Sequence[str]) -> None:
    """A plain-text file in the private tree belongs to somebody, and is not replaced."""
    for path in paths:
        if (repository.root / path).exists():
            raise RefusedError(f"{path}: exists in plain text", hint=f"sealkit seal {path}, or remove it")


def _require_recoverable(
    repository: Repository, replaced: Mapping[str, SealedFile], removed: Mapping[str, SealedFile]
) -> None:
    """Nothing is lost that was not asked for: what is replaced must be in the last commit as it is."""
    try:
        tree = GitTree(repository.root, "HEAD")
        committed = {path for path in tree.paths() if path in replaced and tree.read(path) == replaced[path].data}
    except SealkitError:
        committed = set()
    for path in replaced:
        if path not in committed:
            raise RefusedError(f"{path}: no key here opens it, and git does not hold it as it is",
                               hint="keep it elsewhere, then: sealkit bootstrap --replace")  # fmt: skip
    for path in removed:
        raise RefusedError(f"{path}: no key here opens it, and {repository.config.example}/ has nothing for it",
                           hint="to have it removed: sealkit bootstrap --replace")  # fmt: skip
