"""Answers to what the example tree asks for: from a text of `name: value`, or from a person, never from the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.operations.events import Events
from sealkit.wording import counted
from sealkit.yamlspan.nodes import MappingNode, Node, ScalarNode
from sealkit.yamlspan.parse import parse

_HINT = "run it on a terminal, or give a file of NAME: VALUE, or standard input: --answers FILE|-"


class Answers:
    """The values of an answers file, and whom to ask for the others. `unused` tells mistyped names."""

    def __init__(self, events: Events, values: Mapping[str, str] | None = None) -> None:
        self._events = events
        self._values = dict(values or {})
        self._used: set[str] = set()

    @classmethod
    def parse(cls, events: Events, text: str, display_path: str) -> Answers:
        """The answers of a YAML or JSON text of `name: value`; nested mappings are joined with dots. Raises SealkitError, naming
        file and line and never a value."""
        return cls(events, _values_of(text, display_path))

    def ask(self, name: str, purpose: str) -> str:
        """The value of a name: from the text, else from a person. Raises RefusedError where nobody can be asked."""
        if name in self._values:
            self._used.add(name)
            return self._values[name]
        if not self._events.interactive:
            raise RefusedError(f"no answer for {name} ({purpose}), and this is not a terminal", hint=_HINT)
        return self._events.ask_secret(f"{name} ({purpose})")

    def require(self, questions: Sequence[tuple[str, str]]) -> None:
        """Raises RefusedError, after telling each, where neither the text nor a person answers one of these (name, purpose): all
        of it is told at once, and nothing is begun before everything is known."""
        missing = [(name, purpose) for name, purpose in questions if name not in self._values]
        if not missing or self._events.interactive:
            return
        for name, purpose in missing:
            self._events.progress(f"no answer: {name} ({purpose})")
        names = ", ".join(name for name, _ in missing)
        raise RefusedError(
            f"{counted(len(missing), 'value', 'has')} no answer, and this is not a terminal: {names}", hint=_HINT
        )

    def unused(self) -> list[str]:
        """The names of answers that nothing asked for: usually mistyped."""
        return sorted(self._values.keys() - self._used)


def _values_of(text: str, display_path: str) -> dict[str, str]:
    documents = parse(text, display_path)
    root = documents[0].root if documents else None
    if root is None:
        return {}
    if not isinstance(root, MappingNode):
        raise UsageError(f"{display_path}:{root.line}: answers must be a mapping", hint="write lines of NAME: VALUE")
    values: dict[str, str] = {}

    def collect(node: Node, name: str) -> None:
        if isinstance(node, MappingNode):
            for key, child in node.items:
                collect(child, f"{name}.{key.text}" if name else key.text)
        elif isinstance(node, ScalarNode):
            if name in values:
                raise SealkitError(f"{display_path}:{node.line}: {name} is answered twice", hint="keep one of the two")
            values[name] = node.text
        else:
            raise UsageError(f"{display_path}:{node.line}: the answer to {name} must be a single text")

    collect(root, "")
    return values
