"""What a move into a house will do: whose house it is, what is replaced and what must not be. Nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.ledger import observe
from sealkit.ledger.entries import file_digest
from sealkit.ledger.text import Ledger
from sealkit.operations import own_recipients
from sealkit.operations.bootstrap import BEGUN, BootstrapPlan
from sealkit.operations.example_tree import examples
from sealkit.sealed.metadata import Recipient
from sealkit.source import filenames, files, git
from sealkit.source.tree import GitTree

if TYPE_CHECKING:
    from sealkit.operations.repository import Repository

_ANYBODY = Recipient("age", "age1" + "q" * 58)
"""Stands for a key that is not made yet, to see whether the policy can be rewritten at all."""


def begun(repository: Repository) -> bool:
    """Whether a move was begun here and not finished."""
    return (repository.common_dir / BEGUN).exists()


def at_home(repository: Repository) -> bool:
    """Whether somebody who lives here comes to a new machine: a key at hand opens the signing key, or a sealed file that is as
    the ledger holds it (or any, where there is no ledger). Raises SealkitError for a key file that cannot be read."""
    sealed = observe.sealed_files(repository.tree, None)
    path = repository.root / filenames.LEDGER
    if path.exists():
        # only read here: it is verified and pinned once it is known whose house this is
        ledger = Ledger.parse(files.decode(files.read(path, filenames.LEDGER), filenames.LEDGER))
        known = {name: entry.sha256 for name, entry in ledger.files().items() if entry is not None}
        sealed = {p: d for p, d in sealed.items() if p == filenames.SIGNING_KEY or known.get(p) == file_digest(d)}
    return bool(_opening(repository, sealed))


def _opening(repository: Repository, sealed: Mapping[str, bytes]) -> set[str]:
    """The files that a key at hand opens. Where none does because of a key file that cannot be read, that is raised."""
    blocks = {path: block for path, data in sealed.items() if (block := observe.metadata_of(path, data)) is not None}
    sources = repository.keyring.opened_by([(list(block.wrapped()), path) for path, block in blocks.items()])
    found = {path for path, source in zip(blocks, sources, strict=True) if source}
    if blocks and not found and repository.keyring.problems:
        raise repository.keyring.problems[0]
    return found


def plan(repository: Repository, named: Sequence[str], *, replace: bool) -> BootstrapPlan:
    """Read and decide everything; nothing is written. Raises SealkitError."""
    wanted = examples(repository)
    if not wanted and not (repository.root / filenames.LEDGER).exists():
        raise UsageError(
            f"no {repository.config.example}/ here, so no house to move into", hint="begin one: sealkit init"
        )
    sealed = observe.sealed_files(repository.tree, None)
    sealed.pop(filenames.SIGNING_KEY, None)
    kept = _opening(repository, sealed)
    replaced = {path: data for path, data in sealed.items() if path not in kept and path in wanted}
    gone = {path: data for path, data in sealed.items() if path not in kept and path not in wanted}
    _inside(repository, [*wanted, filenames.SIGNING_KEY])
    _plain(repository, [path for path in wanted if path not in sealed])
    if not replace:
        _recoverable(repository, replaced, gone)
    owners = own_recipients.known(repository, named)
    todo = {path: text for path, text in wanted.items() if path not in kept}
    move = BootstrapPlan(repository, owners, todo, replaced, kept, gone, not _owned(repository))
    move.policy_text(owners.recipients if owners else [_ANYBODY])
    return move


def _owned(repository: Repository) -> bool:
    """Whether a run before this one made signing key and ledger already."""
    try:
        repository.signing_key()
    except SealkitError:
        return False
    return True


def _inside(repository: Repository, paths: Sequence[str]) -> None:
    """What a stranger's clone names must not lead out of it, nor into git's own folder: a folder that they committed as a link,
    or an example called `.git/hooks/pre-commit`. A link of one's own (a private half that lies elsewhere) is not tracked."""
    for path in paths:
        parts = PurePosixPath(path).parts
        if ".git" in (part.lower() for part in parts):
            raise RefusedError(f"{path}: lies in the folder of git", hint="this clone is not what it seems to be")
        for depth in range(1, len(parts) + 1):
            place = "/".join(parts[:depth])
            if (repository.root / place).is_symlink() and git.run(
                ["ls-files", "--", f":(top,literal){place}"], repository.root
            ):
                raise RefusedError(
                    f"{place}: a symbolic link that came with the clone", hint=f"look at it, then: git rm {place}"
                )


def _plain(repository: Repository, paths: Sequence[str]) -> None:
    """A file of the private tree in plain text is somebody's, and not replaced."""
    for path in paths:
        if (repository.root / path).exists():
            raise RefusedError(f"{path}: stands here in plain text", hint=f"sealkit seal {path}, or remove it")


def _recoverable(repository: Repository, replaced: Mapping[str, bytes], gone: Mapping[str, bytes]) -> None:
    """Nothing is lost without being asked for: what is replaced is in the last commit as it is."""
    try:
        tree = GitTree(repository.root, "HEAD")
        held = {path for path in tree.paths() if path in replaced and tree.read(path) == replaced[path]}
    except SealkitError:
        held = set()
    for path in replaced:
        if path not in held:
            raise RefusedError(f"{path}: no key here opens it, and git does not hold it as it is",
                               hint="keep it elsewhere, then: sealkit bootstrap --replace")  # fmt: skip
    for path in gone:
        raise RefusedError(f"{path}: no key here opens it, and {repository.config.example}/ has nothing for it",
                           hint="to have it removed: sealkit bootstrap --replace")  # fmt: skip
