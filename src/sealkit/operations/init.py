"""Init: key, policy, signing key, ledger, folders and git hooks of a repository. Nothing that exists is replaced."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from sealkit.errors import NoIdentityError, SealkitError, UsageError
from sealkit.keys import recipients as key_recipients
from sealkit.ledger import vouches
from sealkit.ledger.text import Ledger
from sealkit.operations import hooks, own_recipients, scaffold, trust
from sealkit.operations.approvals import unapproved
from sealkit.operations.events import Events
from sealkit.operations.own_recipients import OwnRecipients
from sealkit.operations.repository import Repository
from sealkit.operations.signer import create_signer
from sealkit.sealed import policy_edit, policy_signing_key, policy_template
from sealkit.sealed.file import SealedFile
from sealkit.sealed.metadata import Recipient
from sealkit.sealed.policy import Policy
from sealkit.sops.decrypt import open_files
from sealkit.source import filenames, files
from sealkit.source.config import load_config
from sealkit.wording import counted


def init(
    repository: Repository, events: Events, recipients: Sequence[str] = (), may_approve: Sequence[str] = ()
) -> bool:
    """Set the repository up, sealed to these recipients (default: the own identities); whether there was anything to do. The own
    identities may approve, and the recipients in `may_approve`.

    An existing SOPS repository is taken as it is (layout inline). Each step is told; a second run does what is missing. Raises
    SealkitError, before the first file is written, for whatever is wrong with what exists.
    """
    steps: list[str] = []
    sealed = _check_existing(repository, events)
    _require_named_in_policy(repository, [*recipients, *may_approve])
    split = repository.config.configured or (repository.root / "public").exists()
    inline = not split and (repository.policy is not None or bool(sealed))
    own = own_recipients.find(repository, recipients, may_approve) or own_recipients.make(repository, may_approve)
    steps += _key_made(own)
    steps += _make_folders(repository, events, inline=inline)
    repository.reload_config()
    wrote_policy = _write_policy(repository, own)
    steps += wrote_policy
    steps += _make_ledger(repository, events, sealed)
    steps += hooks.install(repository.root)
    for step in steps:
        events.progress(step)
    for identity in own.unused if wrote_policy else ():
        events.progress(f"not used: {identity.recipient} ({identity.source}); to add it: sealkit recipients add")
    _tell_next(repository, events, done=bool(steps))
    return bool(steps)


def _check_existing(repository: Repository, events: Events) -> Mapping[str, SealedFile]:
    """The sealed files that exist, decrypted where an identity is at hand. Whatever is wrong is an error here."""
    _ = repository.policy
    if repository.ledger_text is not None:
        Ledger.parse(repository.ledger_text)
        try:
            repository.signing_key()  # a newcomer, who opens nothing, is told so before the signer is judged
        except NoIdentityError as error:
            raise _not_a_member(repository, events) from error
        return {}
    _ = repository.ledger  # one that was removed stops
    sealed = {path: file for path, file in repository.sealed.items() if file.is_sealed}
    for path, opened in open_files(sealed, repository.keyring).items():
        if isinstance(opened, NoIdentityError):
            events.warning(f"{path}: no identity at hand opens it; it enters the ledger unread")
        elif isinstance(opened, SealkitError):
            raise opened
    return sealed


def _not_a_member(repository: Repository, events: Events) -> NoIdentityError:
    """The repository is set up, and no identity here opens its signing key. Who has no key gets one: its recipient is what the
    owner needs."""
    own = own_recipients.find(repository) or own_recipients.make(repository)
    for line in _key_made(own):
        events.progress(line)
    return NoIdentityError(
        "this repository is set up already, and no identity at hand opens its signing key",
        hint=f"who can open it adds you: sealkit recipients add {shlex.quote(own.recipients[0].id)}; "
        "or move in with keys and values of your own: sealkit bootstrap",
    )


def _require_named_in_policy(repository: Repository, recipients: Sequence[str]) -> None:
    """Raises UsageError for a recipient that an existing policy does not name: the policy stays as it is."""
    if repository.policy is None:
        return
    known = {recipient for rule in repository.policy.rules for recipient in rule.recipients}
    for text in recipients:
        if key_recipients.parse(text) not in known:
            raise UsageError(
                f"{filenames.POLICY} exists and is kept, and it does not name {text}",
                hint=f"sealkit recipients add '{text}'",
            )


def _key_made(own: OwnRecipients) -> list[str]:
    if own.key_file is None:
        return []
    return [f"made an age key: {own.key_file} (keep a copy elsewhere: without it nothing here opens)"]


def _make_folders(repository: Repository, events: Events, *, inline: bool) -> list[str]:
    """The config and the three trees of the layout split, and .gitignore."""
    steps, root = [], repository.root
    if inline:
        events.progress("layout inline: sealed files stay where they are, nothing is moved")
    elif scaffold.create(root / filenames.CONFIG, scaffold.CONFIG):
        steps.append(f"wrote {filenames.CONFIG} (layout split)")
    config = repository.config if repository.config.configured or inline else load_config(root)
    for folder in dict.fromkeys((config.public, config.private, config.example)) if config.layout == "split" else ():
        if folder and not (root / folder).exists():
            files.write(root / folder / ".gitkeep", b"")
            steps.append(f"made {folder}/")
    if added := scaffold.extend_ignore(root):
        steps.append(f"added to .gitignore: {' '.join(added)}")
    return steps


def _write_policy(repository: Repository, own: OwnRecipients) -> list[str]:
    path = repository.root / filenames.POLICY
    if scaffold.create(path, policy_template.policy_text(own.recipients, repository.config.private, own.approvers)):
        repository.refresh()
        told = [f"wrote {filenames.POLICY}: sealed to {', '.join(map(str, own.recipients))}"]
        return [*told, f"who may approve: {', '.join(map(str, own.approvers))}"]
    if repository.policy is None:
        raise SealkitError(f"{filenames.POLICY}: cannot be read", hint="is it a link out of the repository?")
    if policy_signing_key.find_own_rule(repository.policy) is None:
        approvers = _approvers(repository, repository.policy, own)
        text = files.decode(files.read(path, filenames.POLICY), filenames.POLICY)
        files.write(path, policy_signing_key.with_signing_key_rule(text, approvers).encode())
        repository.refresh()
        names = ", ".join(map(str, approvers))
        return [
            f"added the rule of the signing key to {filenames.POLICY}; who may approve: {names}. The rest of it stays"
        ]
    return []


def _approvers(repository: Repository, policy: Policy, own: OwnRecipients) -> tuple[Recipient, ...]:
    """Who may approve in a repository whose policy exists: whom the signing key is sealed to already, else those of the policy's
    recipients whose identity is at hand or who were named. Raises UsageError where that is nobody."""
    if (sealed := repository.sealed.get(filenames.SIGNING_KEY)) is not None and sealed.recipients:
        return tuple(sealed.recipients)
    every = tuple(dict.fromkeys(recipient for rule in policy.rules for recipient in rule.recipients))
    native = tuple(recipient for recipient in every if recipient.kind in policy_edit.NATIVE)
    if not native:
        return own.approvers
    named = {*own.approvers, *own_recipients.at_hand(repository, native)}
    if chosen := tuple(recipient for recipient in native if recipient in named):
        return chosen
    if len(native) == 1:
        return native
    raise UsageError(
        f"no recipient in {filenames.POLICY} is an identity at hand, so it is open who may approve",
        hint=f"name who may: sealkit init --may-approve '{native[0].id}'",
    )


def _make_ledger(repository: Repository, events: Events, sealed: Mapping[str, SealedFile]) -> list[str]:
    if repository.ledger is not None:
        return []
    create_signer(repository)
    _vouch(repository, events)
    count = f", which holds {len(sealed)} sealed files as they are" if sealed else ""
    try:
        repository.signing_key()
    except NoIdentityError:
        events.warning(
            "no identity here opens the signing key, so nothing can be signed on this machine",
            "sealed to the wrong recipient? remove what was made, and: sealkit init -r RECIPIENT",
        )
    return [f"made the signing key ({filenames.SIGNING_KEY}) and the ledger ({filenames.LEDGER}){count}"]


def _vouch(repository: Repository, events: Events) -> None:
    """Vouch with own identities that could not without a passphrase or gpg."""
    if trust.add_own_vouches(repository, with_gpg=True):
        return
    ledger = repository.require_ledger()
    if not vouches.about(ledger):
        events.hint(
            f"no identity here can vouch for the signing key: keep it where you keep your keys: {ledger.signer}"
        )


def _tell_next(repository: Repository, events: Events, *, done: bool) -> None:
    if not done:
        events.progress("nothing to do: the repository is set up")
        return
    items = unapproved(repository)
    if items:
        changes = counted(len(items), "change", "is")
        events.hint(f"{changes} not approved: sealkit approve")
    if repository.config.layout == "inline":
        events.hint("next: sealkit scan, then: git add -A && git commit")
    else:
        events.hint("next: sealkit split PATH..., or sealkit edit private/NAME.yaml; then: git add -A && git commit")
