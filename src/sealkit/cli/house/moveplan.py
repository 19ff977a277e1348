"""What a move into a house will do: whose house it is, what is replaced and what must not be. Nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sealkit.cli import facts
from sealkit.cli.house import owning
from sealkit.cli.house.movein import BEGUN, Move
from sealkit.cli.seal.examples import examples
from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.ledger.entries import file_digest
from sealkit.ledger.text import Ledger
from sealkit.sealed.metadata import Recipient
from sealkit.source import config, files, git
from sealkit.source.tree import GitTree

if TYPE_CHECKING:
    from sealkit.cli.session import Session

_ANYBODY = Recipient("age", "age1" + "q" * 58)
"""Stands for a key that is not made yet, to see whether the policy can be rewritten at all."""


def begun(session: Session) -> bool:
    """Whether a move was begun here and not finished."""
    return (session.common_dir / BEGUN).exists()


def at_home(session: Session) -> bool:
    """Whether somebody who lives here comes to a new machine: a key at hand opens the house key, or a sealed file that is as
    the ledger holds it (or any, where there is no ledger). Raises SealkitError for a key file that cannot be read."""
    sealed = facts.sealed_files(session.tree, None)
    path = session.root / config.LEDGER
    if path.exists():
        # only read here: it is verified and pinned once it is known whose house this is
        ledger = Ledger.parse(files.decode(files.read(path, config.LEDGER), config.LEDGER))
        known = {name: entry.sha256 for name, entry in ledger.files().items() if entry is not None}
        sealed = {p: d for p, d in sealed.items() if p == config.HOUSE_KEY or known.get(p) == file_digest(d)}
    return bool(_opening(session, sealed))


def _opening(session: Session, sealed: Mapping[str, bytes]) -> set[str]:
    """The files that a key at hand opens. Where none does because of a key file that cannot be read, that is raised."""
    blocks = {path: block for path, data in sealed.items() if (block := facts.metadata_of(path, data)) is not None}
    sources = session.keyring.opens([(list(block.wrapped()), path) for path, block in blocks.items()])
    found = {path for path, source in zip(blocks, sources, strict=True) if source}
    if blocks and not found and session.keyring.problems:
        raise session.keyring.problems[0]
    return found


def plan(session: Session, named: Sequence[str], *, replace: bool) -> Move:
    """Read and decide everything; nothing is written. Raises SealkitError."""
    wanted = examples(session)
    if not wanted and not (session.root / config.LEDGER).exists():
        raise UsageError(f"no {session.house.example}/ here, so no house to move into", hint="begin one: sealkit init")
    sealed = facts.sealed_files(session.tree, None)
    sealed.pop(config.HOUSE_KEY, None)
    kept = _opening(session, sealed)
    replaced = {path: data for path, data in sealed.items() if path not in kept and path in wanted}
    gone = {path: data for path, data in sealed.items() if path not in kept and path not in wanted}
    _inside(session, [*wanted, config.HOUSE_KEY])
    _plain(session, [path for path in wanted if path not in sealed])
    if not replace:
        _recoverable(session, replaced, gone)
    owners = owning.known(session, named)
    todo = {path: text for path, text in wanted.items() if path not in kept}
    move = Move(session, owners, todo, replaced, kept, gone, not _owned(session))
    move.policy_text(owners.recipients if owners else [_ANYBODY])
    return move


def _owned(session: Session) -> bool:
    """Whether a run before this one made house key and ledger already."""
    try:
        session.house_key()
    except SealkitError:
        return False
    return True


def _inside(session: Session, paths: Sequence[str]) -> None:
    """What a stranger's clone names must not lead out of it, nor into git's own folder: a folder that they committed as a link,
    or an example called `.git/hooks/pre-commit`. A link of one's own (a private half that lies elsewhere) is not tracked."""
    for path in paths:
        parts = PurePosixPath(path).parts
        if ".git" in (part.lower() for part in parts):
            raise RefusedError(f"{path}: lies in the folder of git", hint="this clone is not what it seems to be")
        for depth in range(1, len(parts) + 1):
            place = "/".join(parts[:depth])
            if (session.root / place).is_symlink() and git.run(
                ["ls-files", "--", f":(top,literal){place}"], session.root
            ):
                raise RefusedError(
                    f"{place}: a symbolic link that came with the clone", hint=f"look at it, then: git rm {place}"
                )


def _plain(session: Session, paths: Sequence[str]) -> None:
    """A file of the private tree in plain text is somebody's, and not replaced."""
    for path in paths:
        if (session.root / path).exists():
            raise RefusedError(f"{path}: stands here in plain text", hint=f"sealkit seal {path}, or remove it")


def _recoverable(session: Session, replaced: Mapping[str, bytes], gone: Mapping[str, bytes]) -> None:
    """Nothing is lost without being asked for: what is replaced is in the last commit as it is."""
    try:
        tree = GitTree(session.root, "HEAD")
        held = {path for path in tree.paths() if path in replaced and tree.read(path) == replaced[path]}
    except SealkitError:
        held = set()
    for path in replaced:
        if path not in held:
            raise RefusedError(f"{path}: no key here opens it, and git does not hold it as it is",
                               hint="keep it elsewhere, then: sealkit bootstrap --replace")  # fmt: skip
    for path in gone:
        raise RefusedError(f"{path}: no key here opens it, and {session.house.example}/ has nothing for it",
                           hint="to have it removed: sealkit bootstrap --replace")  # fmt: skip
