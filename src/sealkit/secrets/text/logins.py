"""Logins in the files of programs: `.netrc`, `.pgpass`, `.npmrc`, `.htpasswd`, `shadow`; and hashes of passwords."""

from __future__ import annotations

from collections.abc import Iterator

from sealkit.secrets.password_hashes import hashes_in
from sealkit.secrets.places import Place
from sealkit.secrets.text.found import Found, Shape
from sealkit.secrets.value_forms import base64_text, pattern

_OPEN_SCHEME = r"(?m:(?:^|(?<=[\"' ]))[^\s:#\"']{1,128}:\{(?:PLAIN|CLEAR|CLEARTEXT)\}(?P<value>[^\s:\"']{1,256}))"
"""Dovecot: a user, a colon, `{PLAIN}` and the password."""
_NETRC = (
    r"\b(?:login|user)[ \t]{1,16}[^\s]{1,256}\s{1,80}(?:account[ \t]{1,16}\S{1,128}\s{1,80})?pass(?:word|wd)[ \t]{1,16}"
    r"(?:\"(?P<dq>[^\"\n]{1,256})\"|(?P<value>[^\s\"]{1,256}))"
)
_NETRC_TURNED = r"\bmachine[ \t]{1,16}\S{1,256}\s{1,80}password[ \t]{1,16}(?P<value>[^\s\"]{1,256})\s{1,80}login\b"
_AUTH = r"(?<![\w.])_(?P<name>auth|password)[ \t]{0,8}=[ \t]{0,8}[\"']?(?P<value>[A-Za-z0-9+/_-]{4,2048}={0,2})"
"""npm: `_auth` is base64 of `user:password`, `_password` base64 of a password."""
_PGPASS = (
    r"(?m:^(?!#)[^:\s#]{1,256}:(?:[0-9]{1,5}|\*):[^:\n]{1,128}:[^:\n]{1,128}:(?P<value>[^\s]{1,256})[ \t\r]{0,8}$)"
)


def hashes(text: str) -> Iterator[Found]:
    """The hashes of passwords, wherever they stand."""
    for start, end in hashes_in(text):
        value = text[start:end].replace("$$", "$") if "$$" in text[start:end] else None  # Compose doubles the dollar
        yield Found(start, end, Shape.HASH, "password", _place(text, start), value=value)


def _place(text: str, at: int) -> Place:
    """A table of users, such as `shadow` and `.htpasswd`, holds hashes by its form; elsewhere one may be an example."""
    row = text[text.rfind("\n", max(0, at - 160), at) + 1 : at]
    return Place.SCHEMA if pattern(r"[ \t]{0,40}[\w.@-]{1,100}:\Z").match(row) else Place.PASSWORD


def logins(text: str) -> Iterator[Found]:
    """The entries of `.netrc`, `.npmrc` and of a table of users with passwords."""
    if "login" in text or "user" in text or "machine" in text:
        for source in (_NETRC, _NETRC_TURNED):
            for found in pattern(source).finditer(text):
                group = "dq" if found.groupdict().get("dq") else "value"
                bare = (
                    group == "value"
                    and found[group].rstrip("?!.)").isalpha()
                    and "machine" not in text[max(0, found.start() - 300) : found.start()]
                )
                yield Found(*found.span(group), Shape.LOGIN, "password", Place.PASSWORD, weak=not bare)
    if "_auth" in text or "_password" in text:
        for found in pattern(_AUTH).finditer(text):
            plain = base64_text(found["value"] + "=" * (-len(found["value"]) % 4), 4)
            if plain is not None and found["name"] == "auth":
                plain = plain.partition(":")[2] or None
            if plain:
                yield Found(*found.span("value"), Shape.LOGIN, found["name"], Place.PASSWORD, value=plain)
    if ":{" in text:
        for found in pattern(_OPEN_SCHEME).finditer(text):
            yield Found(*found.span("value"), Shape.LOGIN, "password", Place.PASSWORD)


def pgpass(text: str) -> Iterator[Found]:
    """The entries of a `.pgpass`. Other files have lines of that form too: only the name of the file says that it is one."""
    for found in pattern(_PGPASS).finditer(text):
        yield Found(*found.span("value"), Shape.LOGIN, "password", Place.PASSWORD)
