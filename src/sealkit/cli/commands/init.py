"""`init`: an author's house in a repository, empty or not. Nothing that exists is overwritten, and each step is said."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from sealkit.cli import ui
from sealkit.errors import NoIdentityError, RefusedError, SealkitError, UsageError
from sealkit.source import filenames, files, git
from sealkit.source.config import load_config

if TYPE_CHECKING:
    from sealkit.operations.own_recipients import OwnRecipients
    from sealkit.operations.repository import Repository
    from sealkit.sealed.metadata import Recipient


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("init")(init)


def init(
    recipients: list[str] = typer.Option(
        [], "-r", "--recipient", metavar="RECIPIENT",
        help="To whom to seal: age1…, 'ssh-ed25519 …' or a PGP fingerprint; repeat it. Default: your own identities.",
        show_default=False,
    ),
) -> None:  # fmt: skip
    """Begin a house in this repository: key, .sops.yaml, signing key and ledger, .gitignore, git hooks.

    Where there is a SOPS repository already it is taken as it is (layout inline). What exists stays; a second run does what
    is missing.
    """
    from sealkit.operations import own_recipients
    from sealkit.operations.repository import Repository

    repository = Repository.open()
    sealed = _looked(repository)
    _named_in_policy(repository, recipients)
    inline = not repository.config.configured and not (repository.root / "public").exists()
    inline = inline and (repository.policy is not None or bool(sealed))
    who = own_recipients.known(repository, recipients) or own_recipients.made(repository)
    done = [*_key(who), *_folders(repository, inline=inline)]
    repository = Repository.open(repository.root)
    done += _policy(repository, who.recipients)
    done += _config(repository, sealed)
    done += install(repository)
    for line in done:
        ui.info(line)
    for own in who.unused if any(".sops.yaml" in line for line in done) else ():
        ui.info(f"not used: {own.recipient} ({own.source}); to add it: sealkit recipients add")
    _next(repository, done)


def _looked(repository: Repository) -> dict[str, bytes]:
    """The sealed files that are there, opened where a key is at hand. Everything that can be wrong is wrong here, before the
    first file is written."""
    from sealkit.ledger import observe
    from sealkit.operations.named_values import is_sealed
    from sealkit.sops.decrypt import open_files

    _ = repository.policy
    ledger = repository.ledger
    if ledger is not None:
        try:
            repository.signing_key()
        except NoIdentityError as error:
            raise _outside(repository) from error
        return {}
    if (repository.root / filenames.SIGNING_KEY).exists() and git.run(
        ["ls-files", "--", filenames.SIGNING_KEY], repository.root
    ):
        raise RefusedError(
            f"{filenames.SIGNING_KEY} is here and {filenames.LEDGER} is gone: this was a house",
            hint=f"restore it: git log -- {filenames.LEDGER}, git checkout COMMIT -- {filenames.LEDGER}",
        )
    sealed = {path: data for path, data in observe.sealed_files(repository.tree, None).items() if is_sealed(data)}
    for path, opened in open_files(sealed, repository.keyring).items():
        if isinstance(opened, NoIdentityError):
            ui.warning(f"{path}: no identity at hand opens it, so it is taken into the ledger unseen")
        elif isinstance(opened, SealkitError):
            raise opened
    return sealed


def _outside(repository: Repository) -> NoIdentityError:
    """The house stands and does not let us in. Who has no key at all gets one: its recipient is what the owner needs."""
    from sealkit.operations import own_recipients

    who = own_recipients.known(repository) or own_recipients.made(repository)
    for line in _key(who):
        ui.info(line)
    return NoIdentityError(
        "this is somebody's house already, and no identity at hand opens its signing key",
        hint=f"who lives here lets you in: sealkit recipients add {shlex.quote(who.recipients[0].id)}; "
        "or move in with keys and values of your own: sealkit bootstrap",
    )


def _named_in_policy(repository: Repository, named: Sequence[str]) -> None:
    """Raises UsageError for a recipient that an existing policy does not name: it stays as it is."""
    from sealkit.keys import recipients

    if repository.policy is None:
        return
    known = {who for rule in repository.policy.rules for who in rule.recipients}
    for text in named:
        if recipients.parse(text) not in known:
            raise UsageError(
                f"{filenames.POLICY} exists and stays, and it does not name {text}",
                hint=f"sealkit recipients add '{text}'",
            )


def _key(who: OwnRecipients) -> list[str]:
    if who.made is None:
        return []
    return [f"made an age key: {who.made} (keep a copy elsewhere: without it nothing here opens)"]


def _folders(repository: Repository, *, inline: bool) -> list[str]:
    """The configuration and the three trees of the layout split, and .gitignore."""
    from sealkit.operations import scaffold

    done, root = [], repository.root
    if inline:
        ui.info("layout inline: sealed files stay where they are, nothing is moved")
    elif scaffold.create(root / filenames.CONFIG, scaffold.CONFIG):
        done.append(f"wrote {filenames.CONFIG} (layout split)")
    config = repository.config if repository.config.configured or inline else load_config(root)
    for folder in dict.fromkeys((config.public, config.private, config.example)) if config.layout == "split" else ():
        if folder and not (root / folder).exists():
            files.write(root / folder / ".gitkeep", b"")
            done.append(f"made {folder}/")
    if added := scaffold.extend_ignore(root):
        done.append(f"added to .gitignore: {' '.join(added)}")
    return done


def _policy(repository: Repository, recipients: Sequence[Recipient]) -> list[str]:
    from sealkit.operations import scaffold
    from sealkit.sealed import policy_signing_key

    place = repository.root / filenames.POLICY
    if scaffold.create(place, scaffold.policy(recipients, repository.config.private)):
        repository.refresh()
        return [f"wrote {filenames.POLICY}: sealed to {', '.join(map(str, recipients))}"]
    if repository.policy is None:
        raise SealkitError(f"{filenames.POLICY}: cannot be read", hint="is it a link out of the repository?")
    if repository.policy.find(filenames.SIGNING_KEY) is None:
        everyone = tuple(dict.fromkeys(who for rule in repository.policy.rules for who in rule.recipients))
        text = files.decode(files.read(place, filenames.POLICY), filenames.POLICY)
        files.write(place, policy_signing_key.with_signing_key_rule(text, everyone or tuple(recipients)).encode())
        repository.refresh()
        return [f"added a rule for {filenames.SIGNING_KEY} to {filenames.POLICY}; the rest of it stays"]
    return []


def _config(repository: Repository, sealed: dict[str, bytes]) -> list[str]:
    if repository.ledger is not None:
        return []
    repository.create_signer()
    count = f", which holds {len(sealed)} sealed files as they are" if sealed else ""
    done = [f"made the signing key ({filenames.SIGNING_KEY}) and the ledger ({filenames.LEDGER}){count}"]
    try:
        repository.signing_key()
    except NoIdentityError:
        ui.warning(
            "nothing here opens the signing key, so nothing can be signed on this machine",
            "sealed to the wrong recipient? remove what was made, and: sealkit init -r RECIPIENT",
        )
    return done


def install(repository: Repository) -> list[str]:
    """The hooks, the merge driver and the masked diffs of this clone; what was done, one line each."""
    from sealkit.operations import hooks

    return hooks.install(repository.root)


def _next(repository: Repository, done: Sequence[str]) -> None:
    if not done:
        ui.info("nothing to do: the house stands")
        return
    waits = repository.waiting()
    if waits:
        ui.say_hint(f"{len(waits)} things wait: sealkit approve")
    if repository.config.layout == "inline":
        ui.say_hint("next: sealkit scan, then: git add -A && git commit")
    else:
        ui.say_hint("next: sealkit split PATH..., or sealkit edit private/NAME.yaml; then: git add -A && git commit")
