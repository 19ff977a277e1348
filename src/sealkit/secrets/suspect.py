"""One thing that looks like a secret in a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sealkit.model.severity import Severity
from sealkit.secrets.places import Place, severity
from sealkit.secrets.spans import Shape, shape_of
from sealkit.secrets.values import Value, grade_value
from sealkit.yamlspan.nodes import ScalarNode
from sealkit.yamlspan.route import Route

A_KEY = "a key of a Secret"
A_COPY = "a copy of a Secret"


class Part(NamedTuple):
    """A secret in a text: its place and what it is."""

    place: Place
    text: str

    @property
    def severity(self) -> Severity | None:
        """What the table says of it."""
        return Severity.ERROR if shape_of(self.text) is not None else severity(self.place, grade_value(self.text))


@dataclass(frozen=True, slots=True)
class Suspect:
    """`node.text[start:end]` looks like a secret.

    `owner` is the name of the object and `label` the name of the value in it. `why` is the reason, for messages. `encoded` says
    that the schema of the field requires base64. `plain` is what the value means, or the worst in it, where that is not its text;
    empty for bytes. `parts` are all that a text under a key of a Secret holds.
    """

    route: Route
    node: ScalarNode
    start: int
    end: int
    owner: str
    label: str
    why: str
    place: Place = Place.NOTHING
    encoded: bool = False
    plain: str | None = None
    parts: tuple[Part, ...] = ()

    @property
    def text(self) -> str:
        """The text of the value as it stands."""
        return self.node.text[self.start : self.end]

    @property
    def whole(self) -> bool:
        """Whether the secret is the whole scalar."""
        return self.start == 0 and self.end == len(self.node.text)

    @property
    def severity(self) -> Severity | None:
        """What the table of places and values says. None: a key of a Secret that everyone may read, which scan leaves alone
        and split moves with the others."""
        plain = self.text if self.plain is None else self.plain
        if self.why in {Shape.TOKEN, Shape.PRIVATE_KEY, Shape.BEARER} or shape_of(plain) is not None:
            return Severity.ERROR
        if not plain and self.place is Place.SCHEMA:
            return severity(self.place, Value.GENERATED)
        return severity(self.place, grade_value(plain))
