"""`init`: an author's house in a repository, empty or not. Nothing that exists is overwritten, and each step is said."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from sealkit.cli import say
from sealkit.errors import NoIdentityError, RefusedError, SealkitError, UsageError
from sealkit.source import config, files, git

if TYPE_CHECKING:
    from sealkit.cli.house.owning import Owners
    from sealkit.cli.session import Session
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
    """Begin a house in this repository: key, .sops.yaml, house key and ledger, .gitignore, git hooks.

    Where there is a SOPS repository already it is taken as it is (layout inline). What exists stays; a second run does what
    is missing.
    """
    from sealkit.cli.house import owning
    from sealkit.cli.session import Session

    session = Session.open()
    sealed = _looked(session)
    _named_in_policy(session, recipients)
    inline = not session.house.configured and not (session.root / "public").exists()
    inline = inline and (session.policy is not None or bool(sealed))
    who = owning.known(session, recipients) or owning.made(session)
    done = [*_key(who), *_folders(session, inline=inline)]
    session = Session.open(session.root)
    done += _policy(session, who.recipients)
    done += _house(session, sealed)
    done += install(session)
    for line in done:
        say.info(line)
    for own in who.unused if any(".sops.yaml" in line for line in done) else ():
        say.info(f"not used: {own.recipient} ({own.source}); to add it: sealkit recipients add")
    _next(session, done)


def _looked(session: Session) -> dict[str, bytes]:
    """The sealed files that are there, opened where a key is at hand. Everything that can be wrong is wrong here, before the
    first file is written."""
    from sealkit.cli import facts
    from sealkit.cli.seal.locating import is_sealed
    from sealkit.sops.opening import open_files

    _ = session.policy
    ledger = session.ledger
    if ledger is not None:
        try:
            session.house_key()
        except NoIdentityError as error:
            raise _outside(session) from error
        return {}
    if (session.root / config.HOUSE_KEY).exists() and git.run(["ls-files", "--", config.HOUSE_KEY], session.root):
        raise RefusedError(
            f"{config.HOUSE_KEY} is here and {config.LEDGER} is gone: this was a house",
            hint=f"restore it: git log -- {config.LEDGER}, git checkout COMMIT -- {config.LEDGER}",
        )
    sealed = {path: data for path, data in facts.sealed_files(session.tree, None).items() if is_sealed(data)}
    for path, opened in open_files(sealed, session.keyring).items():
        if isinstance(opened, NoIdentityError):
            say.warning(f"{path}: no identity at hand opens it, so it is taken into the ledger unseen")
        elif isinstance(opened, SealkitError):
            raise opened
    return sealed


def _outside(session: Session) -> NoIdentityError:
    """The house stands and does not let us in. Who has no key at all gets one: its recipient is what the owner needs."""
    from sealkit.cli.house import owning

    who = owning.known(session) or owning.made(session)
    for line in _key(who):
        say.info(line)
    return NoIdentityError(
        "this is somebody's house already, and no identity at hand opens its house key",
        hint=f"who lives here lets you in: sealkit recipients add {shlex.quote(who.recipients[0].id)}; "
        "or move in with keys and values of your own: sealkit bootstrap",
    )


def _named_in_policy(session: Session, named: Sequence[str]) -> None:
    """Raises UsageError for a recipient that an existing policy does not name: it stays as it is."""
    from sealkit.keys import recipients

    if session.policy is None:
        return
    known = {who for rule in session.policy.rules for who in rule.recipients}
    for text in named:
        if recipients.parse(text) not in known:
            raise UsageError(
                f"{config.POLICY} exists and stays, and it does not name {text}",
                hint=f"sealkit recipients add '{text}'",
            )


def _key(who: Owners) -> list[str]:
    if who.made is None:
        return []
    return [f"made an age key: {who.made} (keep a copy elsewhere: without it nothing here opens)"]


def _folders(session: Session, *, inline: bool) -> list[str]:
    """The configuration and the three trees of the layout split, and .gitignore."""
    from sealkit.cli.house import scaffold

    done, root = [], session.root
    if inline:
        say.info("layout inline: sealed files stay where they are, nothing is moved")
    elif scaffold.create(root / config.NAME, scaffold.CONFIG):
        done.append(f"wrote {config.NAME} (layout split)")
    house = session.house if session.house.configured or inline else config.load(root)
    for folder in dict.fromkeys((house.public, house.private, house.example)) if house.layout == "split" else ():
        if folder and not (root / folder).exists():
            files.write(root / folder / ".gitkeep", b"")
            done.append(f"made {folder}/")
    if added := scaffold.extend_ignore(root):
        done.append(f"added to .gitignore: {' '.join(added)}")
    return done


def _policy(session: Session, recipients: Sequence[Recipient]) -> list[str]:
    from sealkit.cli.house import houserule, scaffold

    place = session.root / config.POLICY
    if scaffold.create(place, scaffold.policy(recipients, session.house.private)):
        session.refresh()
        return [f"wrote {config.POLICY}: sealed to {', '.join(map(str, recipients))}"]
    if session.policy is None:
        raise SealkitError(f"{config.POLICY}: cannot be read", hint="is it a link out of the repository?")
    if session.policy.find(config.HOUSE_KEY) is None:
        everyone = tuple(dict.fromkeys(who for rule in session.policy.rules for who in rule.recipients))
        text = files.decode(files.read(place, config.POLICY), config.POLICY)
        files.write(place, houserule.with_house_rule(text, everyone or tuple(recipients)).encode())
        session.refresh()
        return [f"added a rule for {config.HOUSE_KEY} to {config.POLICY}; the rest of it stays"]
    return []


def _house(session: Session, sealed: dict[str, bytes]) -> list[str]:
    if session.ledger is not None:
        return []
    session.new_house()
    count = f", which holds {len(sealed)} sealed files as they are" if sealed else ""
    done = [f"made the house key ({config.HOUSE_KEY}) and the ledger ({config.LEDGER}){count}"]
    try:
        session.house_key()
    except NoIdentityError:
        say.warning(
            "nothing here opens the house key, so nothing can be signed on this machine",
            "sealed to the wrong recipient? remove what was made, and: sealkit init -r RECIPIENT",
        )
    return done


def install(session: Session) -> list[str]:
    """The hooks, the merge driver and the masked diffs of this clone; what was done, one line each."""
    from sealkit.cli.scan import hooking

    return hooking.install(session.root)


def _next(session: Session, done: Sequence[str]) -> None:
    if not done:
        say.info("nothing to do: the house stands")
        return
    waits = session.waiting()
    if waits:
        say.say_hint(f"{len(waits)} things wait: sealkit approve")
    if session.house.layout == "inline":
        say.say_hint("next: sealkit scan, then: git add -A && git commit")
    else:
        say.say_hint("next: sealkit split PATH..., or sealkit edit private/NAME.yaml; then: git add -A && git commit")
