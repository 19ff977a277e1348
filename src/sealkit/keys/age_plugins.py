"""age plugins: hardware keys and other identities that a program of the user's opens.

One session serves all files of a command, so that a hardware key asks for its PIN once; pyrage starts one for each file.
A plugin is looked for on the PATH, under a name that the user's own identity or an approved recipient gives.
Source: C2SP age plugin specification (identity-v1, recipient-v1).
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import IO, Self

from sealkit.errors import SealkitError
from sealkit.keys import passphrase
from sealkit.keys.age_format import Stanza, unpadded

_LINE = 1 << 16
_ASKED = 1000
"""Commands of one session, besides one for each file, after which a plugin is taken to be broken."""


def unwrap(
    name: str, identities: Sequence[str], files: Sequence[Sequence[Stanza]], env: Mapping[str, str]
) -> list[bytes | None]:
    """The file key of each file whose stanzas the plugin can open with these identities, from one session.

    Raises SealkitError where the plugin is missing, breaks off, or needs a terminal that is not there.
    """
    send = [Stanza("add-identity", (identity,)) for identity in identities]
    for index, stanzas in enumerate(files):
        send += [Stanza("recipient-stanza", (str(index), s.type, *s.args), s.body) for s in stanzas]
    keys: list[bytes | None] = [None] * len(files)
    with _Session(name, "identity-v1", env) as session:
        session.send([*send, Stanza("done")])
        for command in session.commands(len(files)):
            if command.type == "file-key" and command.args[:1] and command.args[0].isdigit():
                index = int(command.args[0])
                if index < len(keys):
                    keys[index] = command.body
                session.send([Stanza("ok")])
            else:
                session.answer(command)
    return keys


def wrap(name: str, recipient: str, file_key: bytes, env: Mapping[str, str]) -> list[Stanza]:
    """The stanzas by which the plugin wraps a file key for a recipient. Raises SealkitError where it does not."""
    stanzas: list[Stanza] = []
    with _Session(name, "recipient-v1", env) as session:
        session.send([Stanza("add-recipient", (recipient,)), Stanza("wrap-file-key", (), file_key), Stanza("done")])
        for command in session.commands():
            if command.type == "recipient-stanza" and len(command.args) > 1:
                stanzas.append(Stanza(command.args[1], command.args[2:], command.body))
                session.send([Stanza("ok")])
            else:
                session.answer(command)
    if not stanzas:
        raise SealkitError(f"{recipient[:40]}: age-plugin-{name} did not wrap for it")
    return stanzas


class _Session:
    """One run of a plugin."""

    def __init__(self, name: str, machine: str, env: Mapping[str, str]) -> None:
        self.name = f"age-plugin-{name}"
        try:
            self.child = subprocess.Popen(
                [self.name, f"--age-plugin={machine}"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=dict(env),
            )  # fmt: skip
        except OSError:
            raise SealkitError(
                f"{self.name} is needed, and it is not installed", hint=f"put {self.name} on your PATH"
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.child.kill()
        for stream in (self.child.stdin, self.child.stdout):
            assert stream is not None
            with suppress(OSError):
                stream.close()
        self.child.wait()

    def send(self, stanzas: Iterable[Stanza]) -> None:
        """Write stanzas. A plugin that went away is noticed when it is read from."""
        assert self.child.stdin is not None
        with suppress(BrokenPipeError):
            self.child.stdin.write(b"".join(stanza.encode() for stanza in stanzas))
            self.child.stdin.flush()

    def commands(self, expected: int = 1) -> Iterable[Stanza]:
        """What the plugin says, up to `done`: so many answers and some questions.

        Raises SealkitError where it breaks off or speaks something else.
        """
        assert self.child.stdout is not None
        for _ in range(_ASKED + expected):
            try:
                command = _read(self.child.stdout)
            except ValueError:
                raise SealkitError(
                    f"{self.name} broke off", hint=f"plug the key in, and see whether it runs: {self.name} --version"
                ) from None
            if command.type == "done":
                return
            yield command
        raise SealkitError(f"{self.name} does not come to an end")

    def answer(self, command: Stanza) -> None:
        """Pass on what the plugin says to the person, and ask what it asks."""
        text = command.body.decode("utf-8", "replace")
        reply = Stanza("ok")
        if command.type in {"msg", "error"}:
            passphrase.tell(f"{self.name}: {text}")
        elif command.type == "request-secret":
            reply = Stanza("ok", (), passphrase.passphrase(f"{self.name}: {text}", self.name).encode())
        elif command.type == "request-public":
            reply = Stanza("ok", (), passphrase.answer(f"{self.name}: {text}", self.name).encode())
        elif command.type == "confirm" and command.args:
            reply = Stanza("ok", ("yes" if self._confirmed(text, command.args) else "no",))
        else:
            reply = Stanza("unsupported")
        self.send([reply])

    def _confirmed(self, text: str, labels: Sequence[str]) -> bool:
        yes, no = [*(unpadded(label).decode("utf-8", "replace") for label in labels[:2]), ""][:2]
        choice = f"y: {yes}" + (f", n: {no}" if no else "")
        return passphrase.answer(f"{self.name}: {text} [{choice}]", self.name).lower().startswith("y")


def _read(stream: IO[bytes]) -> Stanza:
    """The next stanza. Raises ValueError for anything else, the end included."""
    head = stream.readline(_LINE).decode("ascii")
    if not head.startswith("-> ") or not head.endswith("\n"):
        raise ValueError("not a stanza")
    words = head[3:-1].split(" ")
    body = ""
    while True:
        line = stream.readline(_LINE).decode("ascii")
        if not line.endswith("\n"):
            raise ValueError("a stanza does not end")
        body += line[:-1]
        if len(line) <= 64:
            return Stanza(words[0], tuple(words[1:]), unpadded(body))
