"""How sure a place is to hold a secret, and what that makes of each kind of value: the one table of scan and split."""

from __future__ import annotations

from enum import StrEnum

from sealkit.model.severity import Severity
from sealkit.secrets.names import NameGrade, grade_name, names_login
from sealkit.secrets.randomness import bits
from sealkit.secrets.values import Value, grade_value


class Place(StrEnum):
    """Where a value stands."""

    SCHEMA = "a field that holds a secret by its schema"
    PASSWORD = "named a password"  # noqa: S105
    SECRET = "named a secret of another kind"  # noqa: S105
    LOGIN = "named an access key, the public half of many logins"
    WEAK = "named key, token, auth, pin ..."
    URL = "password in a URL"
    URL_TEXT = "password in a URL, in code, comments or documentation"
    TEXT = "named a password, in code, comments or documentation"
    SECRET_TEXT = "named a secret of another kind, there"  # noqa: S105
    WEAK_TEXT = "named key, token, auth ... there"
    NOTHING = "nothing says that it is a secret"


_E, _W = Severity.ERROR, Severity.WARNING
_O = None
_COLUMNS = (
    Value.RANDOM,
    Value.GENERATED,
    Value.UUID,
    Value.PASSWORD,
    Value.COMMON,
    Value.WEAK,
    Value.OWN_WORD,
    Value.HASH,
)
_ROWS: dict[Place, tuple[Severity | None, ...]] = {
    Place.SCHEMA: (_E, _E, _E, _E, _W, _W, _W, _E),
    Place.PASSWORD: (_E, _E, _E, _E, _W, _W, _W, _W),
    Place.SECRET: (_E, _E, _E, _E, _W, _O, _O, _W),
    Place.LOGIN: (_W, _W, _W, _O, _O, _O, _O, _W),
    Place.WEAK: (_E, _E, _W, _O, _O, _O, _O, _W),
    Place.URL: (_E, _E, _E, _E, _W, _W, _W, _W),
    Place.URL_TEXT: (_E, _E, _E, _E, _W, _W, _O, _W),
    Place.TEXT: (_E, _E, _W, _W, _W, _W, _O, _W),
    Place.SECRET_TEXT: (_E, _E, _W, _W, _W, _O, _O, _W),
    Place.WEAK_TEXT: (_W, _W, _O, _O, _O, _O, _O, _W),
    Place.NOTHING: (_O, _O, _O, _O, _O, _O, _O, _W),
}
TABLE: dict[tuple[Place, Value], Severity | None] = {
    (place, value): severity for place, row in _ROWS.items() for value, severity in zip(_COLUMNS, row, strict=True)
}
"""Severity by place and value. What is not in the table is no finding; a token or private key is an error at every place."""

_PLACES = {
    NameGrade.PASSWORD: Place.PASSWORD,
    NameGrade.SECRET: Place.SECRET,
    NameGrade.WEAK: Place.WEAK,
    NameGrade.NONE: Place.NOTHING,
}


def severity(place: Place, value: Value) -> Severity | None:
    """The severity of a value of this grade at this place, or None for no finding."""
    return TABLE.get((place, value))


_IN_TEXT = {
    Place.PASSWORD: Place.TEXT,
    Place.SECRET: Place.SECRET_TEXT,
    Place.WEAK: Place.WEAK_TEXT,
    Place.LOGIN: Place.WEAK_TEXT,
    Place.URL: Place.URL_TEXT,
}


def place_of_name(name: str) -> Place:
    """The place that a name alone makes, in configuration."""
    return Place.LOGIN if names_login(name) else _PLACES[grade_name(name)]


def in_text(place: Place) -> Place:
    """The same place in code, comments or documentation, which are full of examples."""
    return _IN_TEXT.get(place, place)


def in_doubt(place: Place, value: str) -> Place:
    """The place of a key of a Secret whose name says that everyone may read it: what its value shows counts."""
    if place is not Place.NOTHING or len(value) < 32 or bits(value) < 120 or grade_value(value) is Value.UUID:
        return place
    return Place.WEAK


def is_secret_value(name: str, value: object) -> bool:
    """Whether `value` of the key, variable or option `name` is a secret."""
    if value is None or isinstance(value, bool | float):
        return False
    return severity(place_of_name(name), grade_value(str(value))) is not None
