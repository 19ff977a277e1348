"""Sign what the owner commits, in the commit: for who deploys by CI and set `git config sealkit.approve commit`.

A seatbelt, as `commit.gpgsign` is: it saves a second command for text that the owner wrote, and gives up (the commit goes on, not
signed) wherever the text may be a stranger's. It never signs policy, targets, workflows, or what stands on an unsigned version.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import NamedTuple

from sealkit.errors import SealkitError
from sealkit.keys.keyring import Keyring
from sealkit.ledger import signing, write_lock
from sealkit.ledger.admission import held_under
from sealkit.ledger.entries import ConfigEntry
from sealkit.ledger.folders import following_entries
from sealkit.ledger.inputs import Inputs, read_inputs
from sealkit.ledger.text import Ledger
from sealkit.ledger.unapproved import Unapproved, find_unapproved
from sealkit.operations.approvals import APPROVE
from sealkit.operations.commit_origin import foreign_text, unfinished_operation
from sealkit.operations.events import Events
from sealkit.operations.repository import Repository
from sealkit.operations.running_files import runs_by_itself
from sealkit.sealed.file import SealedFile, file_digest
from sealkit.sops.decrypt import open_files
from sealkit.source import filenames, files, git
from sealkit.source.config import read_config
from sealkit.source.file_tree import GitTree, text_in
from sealkit.wording import count

BRANCH_SETTING = "sealkit.approveBranch"
_MODE = "100644"


def sign_commit(repository: Repository, events: Events) -> None:
    """In the hook pre-commit: sign the staged versions of files, and stage the ledger with them. Tells what was signed, or why
    nothing was. Raises SealkitError for a repository that cannot be read."""
    root = repository.root
    try:
        index = _staged(repository)
        if not index.items:
            return
        _require_owner(root, index)
        key = _signing_key(repository, index)
    except _NotSignedError as reason:
        events.warning(f"not signed: {reason}", APPROVE)
        return
    with write_lock.hold(repository.common_dir):
        entries = [item.sign for item in index.items if item.sign is not None]
        after = signing.sign(index.ledger, entries, key, [k for item in index.items for k in item.drop])
        after = signing.sign(after, following_entries(index.ledger, after, index.inputs.folders), key)
        _write(repository, index.ledger, after)
    events.progress(f"signed in this commit: {', '.join(item.path for item in index.items)}")
    if index.others:
        events.warning(f"not signed: {count(index.others, 'other change')} of this commit", APPROVE)


def mend_index(root: Path) -> None:
    """In the hook post-commit: `git commit FILE` commits another index than the one that stays. Give that one the ledger that was
    committed, where it still holds the one of the commit before."""
    blobs = [_blob(root, f"{name}:{filenames.LEDGER}") for name in ("HEAD", "HEAD^")]
    staged = next((entry.oid for entry in git.ls_index(root) if entry.path == filenames.LEDGER), "")
    if blobs[0] and staged and staged != blobs[0] and staged == blobs[1]:
        _stage(root, blobs[0])


class _NotSignedError(Exception):
    """Why nothing is signed."""


class _Index(NamedTuple):
    """What a commit is about to bring: the ledger and the inputs of the index, the items that can be signed, how many others
    there are, and the commit before."""

    ledger: Ledger
    inputs: Inputs
    items: list[Unapproved]
    others: int
    head: GitTree


def _staged(repository: Repository) -> _Index:
    root = repository.root
    if not _blob(root, "HEAD"):
        raise _NotSignedError("the first commit of a repository is not signed by the hook")
    index, head = GitTree(root), GitTree(root, "HEAD")
    ledger = _held(repository, index)
    if ledger is None:
        return _Index(Ledger(""), Inputs({}, {}), [], 0, head)
    config = repository.config
    staged_config = text_in(index, filenames.CONFIG)
    if staged_config is not None:
        config = read_config(root, staged_config)
    inputs = read_inputs(config, index, ledger)
    changed = _changed(index, head)
    waiting = [item for item in find_unapproved(ledger, inputs) if item.path in changed]
    head_ledger = None
    with contextlib.suppress(SealkitError):
        head_ledger = _held(repository, head)
    items = [
        item
        for item in waiting
        if not isinstance(item.sign, ConfigEntry)
        and not runs_by_itself(item.path)
        and _stands_on_signed(item, head, head_ledger, ledger)
    ]
    return _Index(ledger, inputs, items, len(waiting) - len(items), head)


def _held(repository: Repository, tree: GitTree) -> Ledger | None:
    """The ledger of a tree, if this machine knows its signing key. Raises SealkitError for what is no ledger."""
    text = text_in(tree, filenames.LEDGER)
    return held_under(text, repository.pin) if text is not None else None


def _stands_on_signed(item: Unapproved, head: GitTree, before: Ledger | None, ledger: Ledger) -> bool:
    """Whether the version in HEAD was signed, or there was none, nor a line of one."""
    if item.path not in head.paths():
        return not item.drop and item.path not in ledger.paths()
    entry = before.paths().get(item.path) if before is not None else None
    if entry is None:
        return False
    return file_digest(head.read(item.path)) == entry.sha256


def _require_owner(root: Path, index: _Index) -> None:
    """Raises _NotSignedError where the text of this commit may not be the owner's own."""
    if reason := unfinished_operation(root):
        raise _NotSignedError(reason)
    branch, deploys = _branch(root), _deploying_branch(root)
    if not deploys:
        raise _NotSignedError(f"which branch deploys is not known: git config {BRANCH_SETTING} BRANCH")
    if branch != deploys:
        raise _NotSignedError(f"this is not the branch that deploys ({deploys})")
    old = {item.path: index.head.read(item.path) for item in index.items if item.path in index.head.paths()}
    new = {item.path: index.inputs.files[item.path].data for item in index.items if item.path in index.inputs.files}
    if where := foreign_text(root, index.head, old, new):
        raise _NotSignedError(f"its text stands in a commit that is not in the history of this branch ({where})")


def _signing_key(repository: Repository, index: _Index) -> signing.SigningKey:
    """The signing key, opened without asking anybody; the sealed files of the commit open, and their MACs hold."""
    silent = Repository(repository.config, repository.environ, Keyring.discover(repository.environ, silent=True))
    try:
        key = silent.signing_key()
    except SealkitError as error:
        raise _NotSignedError(f"the signing key does not open without a question: {error.message}") from None
    sealed: dict[str, SealedFile] = {
        path: file for path, file in index.inputs.sealed.items() if path in {item.path for item in index.items}
    }
    for path, opened in open_files(sealed, silent.keyring).items():
        if isinstance(opened, SealkitError):
            raise _NotSignedError(f"{path}: {opened.message.removeprefix(path + ': ')}")
    if key.public != index.ledger.signer:
        raise _NotSignedError("the signing key is not the one of the staged ledger")
    return key


def _write(repository: Repository, before: Ledger, after: Ledger) -> None:
    """The ledger into the index that is committed, and its new lines into the one of the work tree."""
    root, text = repository.root, after.text().encode("ascii")
    oid = git.run(["hash-object", "-w", "--no-filters", "--stdin"], root, data=text).decode().strip()
    _stage(root, oid)
    known = {signed.line() for signed in before.lines}
    fresh = [signed for signed in after.lines if signed.line() not in known]
    dropped = {signed.entry.key for signed in before.lines} - {signed.entry.key for signed in after.lines}
    repository.refresh()
    ours = repository.require_ledger().with_lines(fresh, dropped)
    files.write(root / filenames.LEDGER, ours.text().encode("ascii"))
    repository.admission.remember(ours, ours.text())


def _stage(root: Path, oid: str) -> None:
    git.run(["update-index", "--add", "--cacheinfo", f"{_MODE},{oid},{filenames.LEDGER}"], root)


def _changed(index: GitTree, head: GitTree) -> set[str]:
    """The paths that the commit adds, changes or removes."""
    old = {path: entry.oid for path, entry in head.entries.items()}
    new = {path: entry.oid for path, entry in index.entries.items()}
    return {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}


def _blob(root: Path, name: str) -> str:
    return git.run(["rev-parse", "--verify", "-q", "--end-of-options", name], root, check=False).decode().strip()


def _branch(root: Path) -> str:
    name = git.run(["symbolic-ref", "-q", "HEAD"], root, check=False).decode().strip()
    return name.removeprefix("refs/heads/")


def _deploying_branch(root: Path) -> str:
    """The branch that is named in the settings, else the default one of the remote, else the only usual one there is."""
    if named := git.repository(root).value(BRANCH_SETTING.lower()):
        return named
    remote = git.run(["symbolic-ref", "-q", "refs/remotes/origin/HEAD"], root, check=False).decode().strip()
    if remote:
        return remote.removeprefix("refs/remotes/origin/")
    usual = [name for name in ("main", "master") if _blob(root, f"refs/heads/{name}")]
    return usual[0] if len(usual) == 1 else ""
