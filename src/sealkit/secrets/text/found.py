"""What a form of text yields: a piece of the text, what it is called, and how it is written."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from sealkit.secrets.places import Place
from sealkit.secrets.values import Value


class Shape(StrEnum):
    """What kind of secret a piece of text is."""

    PRIVATE_KEY = "private key"
    TOKEN = "token"
    URL_PASSWORD = "password in a URL"
    ASSIGNED = "assigned to a secret-looking name"
    ARGUMENT = "argument of a password option"
    BEARER = "credentials of an HTTP header"
    LOGIN = "login in a credentials file"
    HASH = "hash of a password"


class Span(NamedTuple):
    """A part of a text that looks like a secret: `text[start:end]`, its shape, the name it is assigned to, or empty, its place,
    the grade of its value, and whether it stands there without quotes, where code would have an expression."""

    start: int
    end: int
    shape: Shape
    name: str = ""
    place: Place = Place.NOTHING
    grade: Value = Value.RANDOM
    bare: bool = False


class Found(NamedTuple):
    """What a form found, not judged yet: a part of the text and its place.

    `value` is what it means where that differs from the text (percent-encoding, base64). `bare` says that it has no quotes,
    `weak` that a weak word counts too: where a sentence may stand, it does not.
    """

    start: int
    end: int
    shape: Shape
    name: str
    place: Place
    value: str | None = None
    bare: bool = False
    weak: bool = True
