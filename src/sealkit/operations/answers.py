"""Answers to what an example asks for: from a file (or standard input), or from the terminal, never from the command line."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sealkit.cli import ui
from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.printable import printable
from sealkit.source import files


class Answers:
    """Called with the name of a value and what it is for, gives the value. Collects first: `missing` says what nobody
    answered, so that all of it is told at once and nothing is begun before everything is known."""

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._known = dict(known or {})
        self.used: set[str] = set()

    @classmethod
    def read(cls, source: str | None) -> Answers:
        """The answers in a YAML or JSON file of `name: value` (nested mappings are joined with dots); `-` is standard input,
        None no file. Raises SealkitError, naming file and line and never a value."""
        if source is None:
            return cls()
        shown = "standard input" if source == "-" else source
        data = sys.stdin.buffer.read() if source == "-" else files.read(Path(source), source)
        return cls(_flat(files.decode(data, shown), shown))

    def has(self, name: str) -> bool:
        """Whether there is an answer for this name."""
        return name in self._known

    def ask(self, name: str, what: str) -> str:
        """The value: from the answers, else from the terminal. Raises RefusedError where nobody can be asked."""
        if name in self._known:
            self.used.add(name)
            return self._known[name]
        if not ui.at_terminal():
            raise RefusedError(f"{name} is asked for ({what}), and nobody is here to answer", hint=_HINT)
        return prompt(f"{name} ({what})")

    def require(self, asked: Sequence[tuple[str, str]]) -> None:
        """Raises RefusedError, listing all of them, where something is asked that neither a file nor a person answers."""
        missing = [(name, what) for name, what in asked if name not in self._known]
        if not missing or ui.at_terminal():
            return
        for name, what in missing:
            ui.info(f"asked for: {name} ({what})")
        names = ", ".join(name for name, _ in missing)
        count = "a value is" if len(missing) == 1 else f"{len(missing)} values are"
        raise RefusedError(f"{count} asked for and nobody is here to answer: {names}", hint=_HINT)

    def unused(self) -> list[str]:
        """Answers that nothing asked for: mostly a mistyped name."""
        return sorted(self._known.keys() - self.used)


_HINT = "run it on a terminal, or give a file of NAME: VALUE, or standard input: --answers FILE|-"


def prompt(what: str) -> str:
    """A value typed twice-blind on the terminal: it is not echoed. Raises RefusedError for an empty one."""
    try:
        value = getpass.getpass(f"{printable(what)}: ", stream=sys.stderr)
    except EOFError:
        raise RefusedError("no answer; nothing was written") from None
    if not value:
        raise RefusedError("an empty answer; nothing was written", hint="run it again")
    return value


def _flat(text: str, shown: str) -> dict[str, str]:
    from sealkit.yamlspan.nodes import MappingNode, Node, ScalarNode
    from sealkit.yamlspan.parse import parse

    documents = parse(text, shown)
    root = documents[0].root if documents else None
    if root is None:
        return {}
    if not isinstance(root, MappingNode):
        raise UsageError(f"{shown}:{root.line}: answers are a mapping", hint="write lines of NAME: VALUE")
    found: dict[str, str] = {}

    def walk(node: Node, prefix: str) -> None:
        if isinstance(node, MappingNode):
            for key, child in node.items:
                walk(child, f"{prefix}.{key.text}" if prefix else key.text)
        elif isinstance(node, ScalarNode):
            if prefix in found:
                raise SealkitError(f"{shown}:{node.line}: {prefix} is answered twice", hint="keep one of the two")
            found[prefix] = node.text
        else:
            raise UsageError(f"{shown}:{node.line}: the answer to {prefix} must be one text")

    walk(root, "")
    return found
