"""Writing sealed files: first the file, then its line in the ledger, under the one lock of the repository.

Killed between the two, the file is whole and waits for approval; nothing is signed that is not on disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sealkit.cli import facts, say
from sealkit.errors import NoIdentityError, RefusedError, SealkitError
from sealkit.ledger import kept, pins, signing
from sealkit.ledger.entries import Entry, FileEntry, file_digest
from sealkit.ledger.text import Ledger
from sealkit.ledger.waiting import FileFact, Waiting
from sealkit.source import config, files

if TYPE_CHECKING:
    from sealkit.cli.session import Session
    from sealkit.sealed.metadata import Recipient
    from sealkit.sealed.policy import CreationRule


def approve(session: Session, found: Sequence[Waiting]) -> None:
    """Sign what waits (`Session.approve`)."""
    with kept.locked(session.common_dir):
        session.refresh()
        entries = [item.sign for item in found if item.sign is not None]
        drop = [key for item in found for key in item.drop]
        _store(session, signing.sign(session.signed(), entries, session.house_key(), drop))


def write_sealed(
    session: Session,
    texts: Mapping[str, str],
    before: Mapping[str, bytes | None],
    remove: Sequence[str],
    vouched: Sequence[str] = (),
) -> None:
    """Write, remove, sign (`Session.write_sealed`)."""
    sealed = {path: text.encode("utf-8", "surrogateescape") for path, text in texts.items()}
    with kept.locked(session.common_dir):
        session.refresh()
        _unchanged(session, before)
        ledger = session.ledger
        if ledger is None:
            _put(session, sealed, remove)
            return
        fact_of = {path: facts.file_fact(path, data) for path, data in sealed.items()}
        for path, fact in fact_of.items():
            _only_approved(ledger, path, fact)
        trusted = {path for path in (*sealed, *remove) if path in vouched or _trusted(session, ledger, path)}
        key = _signer(session)
        _put(session, sealed, remove)
        if key is None:
            say.warning(f"{', '.join(sorted(sealed))}: written, but not signed: no key here opens the house key",
                        "someone who may approve runs: sealkit approve")  # fmt: skip
            return
        entries: list[Entry] = [_entry(session, ledger, path, fact_of[path]) for path in sealed if path in trusted]
        _store(session, signing.sign(ledger, entries, key, [("file", path) for path in remove if path in trusted]))
    for path in sorted(set(sealed) - trusted):
        say.warning(f"{path}: written, and still waits for approval as before", f"sealkit approve {path}")


def new_house(session: Session, recipients: Sequence[Recipient], *, replace: bool) -> None:
    """The house key and the first ledger (`Session.new_house`)."""
    with kept.locked(session.common_dir):
        # before the ledger is asked for: a house that is taken over has one that this machine need not trust
        ledger = session.root / config.LEDGER
        if not replace and (ledger.exists() or session.pin.house):
            raise RefusedError("this house has a ledger already", hint="look at it: sealkit review")
        key = signing.new_key()
        _put(session, {config.HOUSE_KEY: _seal_keys(session, [key], recipients)}, ())
        session.__dict__.pop("tree", None)
        there = facts.file_facts(facts.sealed_files(session.tree, None), None)
        entries: list[Entry] = [FileEntry(path, 1, fact.sha256, fact.to) for path, fact in there.items()]
        entries += facts.policy_entries(session.policy)
        entries += facts.target_entries(session.house)
        _store(session, signing.sign(Ledger(key.public), entries, key), reset=True)


def new_house_key(session: Session) -> None:
    """Hand the house over to a new key (`Session.new_house_key`)."""
    with kept.locked(session.common_dir):
        session.refresh()
        ledger, old, new = session.signed(), session.house_key(), signing.new_key()
        # the file holds both until the ledger names the new one: killed in between, one of the two still signs
        both = _seal_keys(session, [new, old], ())
        _only_approved(ledger, config.HOUSE_KEY, facts.file_fact(config.HOUSE_KEY, both))
        _put(session, {config.HOUSE_KEY: both}, ())
        moved = signing.succeed(ledger, old, new)
        for data in (both, _seal_keys(session, [new], ())):
            _put(session, {config.HOUSE_KEY: data}, ())
            entry = _entry(session, moved, config.HOUSE_KEY, facts.file_fact(config.HOUSE_KEY, data))
            moved = signing.sign(moved, [entry], new)
            _store(session, moved)


def _entry(session: Session, ledger: Ledger, path: str, fact: FileFact) -> FileEntry:
    generation = max(ledger.generation(path), session.pin.generations.get(path, 0)) + 1
    return FileEntry(path, generation, fact.sha256, fact.to)


def _unchanged(session: Session, before: Mapping[str, bytes | None]) -> None:
    """Nobody else wrote the files since they were read."""
    for path, data in before.items():
        full = session.root / path
        if (full.read_bytes() if full.exists() else None) != data:
            raise SealkitError(f"{path}: changed meanwhile; nothing was written", hint="run it again")


def _only_approved(ledger: Ledger, path: str, fact: FileFact) -> None:
    """Nothing is sealed to a recipient that the ledger does not hold, be it for the rule of the path or for the file."""
    entry = ledger.files().get(path)
    allowed = facts.approved_recipients(ledger, path) | set(entry.to if entry is not None else ())
    if extra := sorted(set(fact.to) - allowed):
        raise RefusedError(
            f"{path}: would be sealed to {', '.join(extra)}, whom nobody of this house approved for it",
            hint=f"look at the recipients and sign them: sealkit approve {config.POLICY}",
        )


def _trusted(session: Session, ledger: Ledger, path: str) -> bool:
    """Whether what stands there now may be built upon: nothing, a file that is not sealed yet, or the approved one."""
    full = session.root / path
    if not full.exists():
        return True
    data = full.read_bytes()
    entry = ledger.files().get(path)
    if entry is not None:
        return entry.sha256 == file_digest(data) and entry.generation >= session.pin.generations.get(path, 0)
    return path not in ledger.files() and facts.metadata_of(path, data) is None


def _signer(session: Session) -> signing.HouseKey | None:
    """The house key, or None for someone who can open files but may not approve."""
    try:
        return session.house_key()
    except NoIdentityError:
        return None


def _seal_keys(session: Session, keys: Sequence[signing.HouseKey], recipients: Sequence[Recipient]) -> bytes:
    """`.sealkit/house.sops.yaml` with these house keys. All of it is sealed, whatever the policy's selector leaves open."""
    from sealkit.sealed.metadata import Selector
    from sealkit.sops.sealing import seal

    rule = replace(_house_rule(session, recipients), selector=Selector(), mac_only_encrypted=False)
    names = ("key", "previous")
    text = "".join(f"{name}: {key.secret_text()}\n" for name, key in zip(names, keys, strict=False))
    sealed = seal(config.HOUSE_KEY, text, rule)
    if any(key.secret_text() in sealed for key in keys):
        raise SealkitError(f"{config.HOUSE_KEY}: would not be sealed", hint=f"look at its rule in {config.POLICY}")
    return sealed.encode()


def _house_rule(session: Session, recipients: Sequence[Recipient]) -> CreationRule:
    from sealkit.sealed.policy import CreationRule

    if recipients:
        return CreationRule(groups=[list(recipients)])
    if session.policy is None:
        raise SealkitError(f"no {config.POLICY}, so nobody to seal the house key to", hint="sealkit init -r RECIPIENT")
    return session.policy.rule_for(config.HOUSE_KEY)


def _put(session: Session, sealed: Mapping[str, bytes], remove: Sequence[str]) -> None:
    """Stage everything, then rename: a full disk leaves all files as they were."""
    staged = []
    try:
        for path, data in sealed.items():
            staged.append((files.stage(session.root / path, data), session.root / path))
    except SealkitError:
        for temporary, _ in staged:
            files.drop(temporary)
        raise
    for temporary, full in staged:
        files.commit(temporary, full)
    for path in remove:
        files.drop(session.root / path)


def _store(session: Session, ledger: Ledger, *, reset: bool = False) -> None:
    """Write the ledger, move the pin, and keep copies of what it approves now."""
    text = ledger.text()
    files.write(session.root / config.LEDGER, text.encode("ascii"))
    pins.remember(session.pin, ledger, text, session.environ, reset=reset)
    known = {entry.sha256: path for path, entry in ledger.files().items() if entry is not None}
    for sha256, path in known.items():
        full = session.root / path
        if not kept.has(session.common_dir, sha256) and full.is_file():
            data = full.read_bytes()
            if file_digest(data) == sha256:
                kept.keep(session.common_dir, data)
    kept.forget(session.common_dir, {*known, *session.pin.digests.values()})
    session.refresh()
