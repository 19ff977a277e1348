"""Terraform, OpenTofu, Packer, Nomad, Terragrunt: the literal strings of HCL under their names. References, interpolated strings
and arguments of functions such as `format` are no values."""

from __future__ import annotations

from collections.abc import Iterator

from sealkit.scan.readers.hcl_parser import parse
from sealkit.scan.readers.hcl_schemas import PASSING, SECRET_ATTRIBUTES, SECURE_PARAMETER, TEXT_FOR_PEOPLE
from sealkit.scan.readers.hcl_syntax import Call, HclError, Literal, Mapping, Name, Node, Other, Several, Token
from sealkit.scan.readers.leaves import comments, inside, leaf
from sealkit.scan.readers.mapped import Mapped, masked, plain, unescaped
from sealkit.secrets.fields import Field
from sealkit.secrets.places import Place

_LABELS = ("name", "key", "variable", "envName")
_VALUES = frozenset(["value", "default", "content"])
_VALUE_OF_LABEL = {"variable": "default", "output": "value"}
_RESOURCES = frozenset(["resource", "data", "ephemeral"])


def read(text: str) -> list[Field] | None:
    """The fields of a file; None where it is not HCL."""
    try:
        tree, commented = parse(text)
        walker = _Walker(text)
        walker.mapping(tree, ())
    except (HclError, RecursionError):
        return None
    return [*walker.fields, *comments(text, commented)]


class _Walker:
    def __init__(self, text: str) -> None:
        self.text = text
        self.fields: list[Field] = []

    def mapping(self, node: Mapping, names: tuple[str, ...], place: Place | None = None, kind: str = "") -> None:
        """The attributes and blocks of a body or object. `kind` is the type of its block or resource."""
        schema = SECRET_ATTRIBUTES.get(kind, frozenset())
        if kind == SECURE_PARAMETER and self.literal(node, "type") == "SecureString":
            schema = frozenset(["value", "insecure_value", "value_wo"])
        label = next((found for key in _LABELS if (found := self.literal(node, key))), "")
        for key, labels, child in node.items:
            if key in TEXT_FOR_PEOPLE and not place:
                continue
            if key in {"variable", "output"} and labels and isinstance(child, Mapping):
                self.declared(key, labels[0], child)
            elif isinstance(child, Mapping) and (labels or kind == ""):
                resource = labels[0] if labels and key in _RESOURCES else key
                self.mapping(child, (*names, key) if not labels else (), place, resource)
            elif key in schema:
                self.value(child, (*names, key), Place.SCHEMA)
            elif label and key in _VALUES:
                self.value(child, (label,), place)
            else:
                self.value(child, (*names, key), place, key)

    def declared(self, key: str, name: str, body: Mapping) -> None:
        """A variable or output: its label is the name of its value."""
        sensitive = any(
            attribute == "sensitive" and isinstance(node, Name) and self.word(node.token) == "true"
            for attribute, _, node in body.items
        )
        for attribute, _, node in body.items:
            if attribute == _VALUE_OF_LABEL[key]:
                self.value(node, (name,), Place.SCHEMA if sensitive else None)

    def value(self, node: Node, names: tuple[str, ...], place: Place | None = None, kind: str = "") -> None:
        """What is assigned to a name."""
        if isinstance(node, Literal):
            self.fields += self.string(node.token, names, place)
        elif isinstance(node, Mapping):
            self.mapping(node, names, place, kind)
        elif isinstance(node, Several):
            self.several(node, names, place)
        elif isinstance(node, Call):
            passing = node.name in PASSING
            for at, argument in enumerate(node.arguments):
                last = node.name == "lookup" and at == 2
                if passing or last or isinstance(argument, Mapping | Several | Call):
                    self.value(argument, names, place)
                else:
                    self.value(argument, ())
        elif isinstance(node, Other):
            for part in node.parts:
                branches = isinstance(part, Several | Mapping)
                self.value(part, names if branches else (), place if branches else None)

    def several(self, node: Several, names: tuple[str, ...], place: Place | None) -> None:
        """The items of a list: a command is read as one line."""
        strings = [item.token for item in node.items if isinstance(item, Literal) and item.token.kind == '"']
        if len(strings) == len(node.items) and any(self.word(token).startswith("-") for token in strings):
            start, end = strings[0].start, strings[-1].end
            pieces = [(token.start - start, token.end - start) for token in strings]
            line = masked(self.text[start:end], pieces).replace("\n", " ")
            self.fields += inside(Mapped(line, start, end))
            return
        for item in node.items:
            self.value(item, names, place)

    def string(self, token: Token, names: tuple[str, ...], place: Place | None) -> Iterator[Field]:
        read = unescaped if token.kind == '"' else plain
        value = read(self.text, token.start, token.end)
        return inside(value) if token.template or not names else leaf(names, value, place)

    def literal(self, node: Mapping, name: str) -> str:
        """The literal string under a key, or nothing."""
        for key, _, child in node.items:
            if key == name and isinstance(child, Literal) and child.token.kind == '"' and not child.token.template:
                return self.word(child.token)
        return ""

    def word(self, token: Token) -> str:
        return self.text[token.start : token.end]
