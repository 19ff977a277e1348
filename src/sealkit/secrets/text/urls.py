"""Passwords in URLs and in the data source names of Go: `scheme://user:password@host`, `user:password@tcp(host)`."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from sealkit.secrets.places import Place
from sealkit.secrets.text.found import Found, Shape
from sealkit.secrets.value_forms import is_cut_variable, pattern

_AUTHORITY = (
    r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,30}:\\?/\\?/"
    r"(?P<login>(?:<[^<>\s]{1,300}>|\$?\{{1,2}[^{}\n]{1,100}\}{1,2}|[^\s/?\"'<>\\`{}]){1,400})@(?=[\w\[$%{<(*-])"
)
_DATA_SOURCE = r"(?<![\w.@-])[\w.-]{1,64}:(?P<value>[^\s@\"'`/]{1,256})@(?:tcp|tcp6|unix|cloudsql)\("


_SYNTAX = {
    (user, word) for user in ("user", "username") for word in ("password", "pass", "passwd", "pw", "pwd", "secret")
}
"""What documentation writes to show the parts of a URL."""


def urls(text: str) -> Iterator[Found]:
    """The password of every login in a URL. A login ends with the last `@` before the path, as `git` reads it."""
    if "@" not in text:
        return
    if "/" in text:
        for found in pattern(_AUTHORITY).finditer(text):
            user, colon, password = found["login"].partition(":")
            if (user.lower(), password.lower()) in _SYNTAX or is_cut_variable(password):
                continue
            if colon and password and not user.startswith("<sealed"):
                start = found.start("login") + len(user) + 1
                yield _found(start, start + len(password), password)
            elif colon and password:
                start = found.end("login") - len(found["login"].rpartition(">:")[2])
                yield _found(start, found.end("login"), text[start : found.end("login")])
    if "(" in text:
        for found in pattern(_DATA_SOURCE).finditer(text):
            yield _found(*found.span("value"), found["value"])


def _found(start: int, end: int, password: str) -> Found:
    value = unquote(password) if "%" in password and "%s" not in password else None
    return Found(start, end, Shape.URL_PASSWORD, "password", Place.URL, value=value)
