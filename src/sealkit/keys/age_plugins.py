"""age plugins: programs that serve hardware keys and other kinds of identities.

One session serves all files of a command, so that a hardware key asks for its PIN once; pyrage would start one per file.
A plugin is run from the PATH, under the name in the user's own identity or in an approved recipient.
Source: C2SP age plugin specification (identity-v1, recipient-v1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import IO, Self

from sealkit.errors import SealkitError
from sealkit.keys import prompt
from sealkit.keys.age_format import Stanza, decode_base64

_MAX_LINE = 1 << 16
_MAX_COMMANDS = 1000
"""Commands of one session, besides one per file. A plugin that sends more is broken."""


def unwrap(
    name: str, identities: Sequence[str], files: Sequence[Sequence[Stanza]], env: Mapping[str, str]
) -> list[bytes | None]:
    """The file key of each file, from one session of the plugin; None for a file that these identities do not open.

    `files` are the stanzas of each file. Raises SealkitError if the plugin is missing, stops, or needs a missing terminal.
    """
    stanzas = [Stanza("add-identity", (identity,)) for identity in identities]
    for index, file in enumerate(files):
        stanzas += [Stanza("recipient-stanza", (str(index), s.type, *s.args), s.body) for s in file]
    keys: list[bytes | None] = [None] * len(files)
    with _Session(name, "identity-v1", env) as session:
        session.send([*stanzas, Stanza("done")])
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
    """The stanzas in which the plugin wraps a file key for a recipient. Raises SealkitError if it gives none."""
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
        raise SealkitError(
            f"{recipient[:40]}: age-plugin-{name} did not wrap the file key",
            hint=f"test it: age-plugin-{name} --version",
        )
    return stanzas


class _Session:
    """One session of a plugin, in one of its two state machines (`identity-v1`, `recipient-v1`)."""

    def __init__(self, name: str, machine: str, env: Mapping[str, str]) -> None:
        self.name = f"age-plugin-{name}"
        import subprocess  # slow to import, and few keys need it

        try:
            self.child = subprocess.Popen(
                [self.name, f"--age-plugin={machine}"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=dict(env),
            )  # fmt: skip
        except OSError:
            raise SealkitError(
                f"{self.name} is not installed, and a key needs it", hint=f"install {self.name} on your PATH"
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
        """Write stanzas. A plugin that exited is detected at the next read."""
        assert self.child.stdin is not None
        with suppress(BrokenPipeError):
            self.child.stdin.write(b"".join(stanza.encode() for stanza in stanzas))
            self.child.stdin.flush()

    def commands(self, expected: int = 1) -> Iterable[Stanza]:
        """The commands of the plugin up to `done`, at most `expected` plus a limit for questions and messages.

        Raises SealkitError if it exits early, or sends something else or too much.
        """
        assert self.child.stdout is not None
        for _ in range(_MAX_COMMANDS + expected):
            try:
                command = _read(self.child.stdout)
            except ValueError:
                raise SealkitError(
                    f"{self.name} stopped", hint=f"connect the key, then test: {self.name} --version"
                ) from None
            if command.type == "done":
                return
            yield command
        raise SealkitError(f"{self.name} does not finish", hint=f"test it: {self.name} --version")

    def answer(self, command: Stanza) -> None:
        """Show a message of the plugin to the user, or ask the user its question, and reply."""
        text = command.body.decode("utf-8", "replace")
        reply = Stanza("ok")
        if command.type in {"msg", "error"}:
            prompt.show(f"{self.name}: {text}")
        elif command.type == "request-secret":
            reply = Stanza("ok", (), prompt.ask_secret(f"{self.name}: {text}", self.name).encode())
        elif command.type == "request-public":
            reply = Stanza("ok", (), prompt.ask(f"{self.name}: {text}", self.name).encode())
        elif command.type == "confirm" and command.args:
            reply = Stanza("ok", ("yes" if self._confirmed(text, command.args) else "no",))
        else:
            reply = Stanza("unsupported")
        self.send([reply])

    def _confirmed(self, text: str, labels: Sequence[str]) -> bool:
        yes, no = [*(decode_base64(label).decode("utf-8", "replace") for label in labels[:2]), ""][:2]
        choice = f"y: {yes}" + (f", n: {no}" if no else "")
        return prompt.ask(f"{self.name}: {text} [{choice}]", self.name).lower().startswith("y")


def _read(stream: IO[bytes]) -> Stanza:
    """The next stanza. Raises ValueError for anything else, including the end of the stream."""
    head = stream.readline(_MAX_LINE).decode("ascii")
    if not head.startswith("-> ") or not head.endswith("\n"):
        raise ValueError("not a stanza")
    words = head[3:-1].split(" ")
    body = ""
    while True:
        line = stream.readline(_MAX_LINE).decode("ascii")
        if not line.endswith("\n"):
            raise ValueError("a stanza is incomplete")
        body += line[:-1]
        if len(line) <= 64:
            return Stanza(words[0], tuple(words[1:]), decode_base64(body))
