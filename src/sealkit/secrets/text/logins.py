"""Logins in the files of programs: `.netrc`, `.pgpass`, `.npmrc`, `.htpasswd`, `shadow`; and hashes of passwords."""

from __future__ import annotations

from collections.abc import Iterator

from sealkit.secrets.places import Place
from sealkit.secrets.text.found import Found, Shape
from sealkit.secrets.value_forms import base64_text, pattern

HASHES = ("$apr1$", "$1$", "$2a$", "$2b$", "$2x$", "$2y$", "$5$", "$6$", "$7$", "$y$", "$gy$", "$argon2", "$pbkdf2", "$scrypt$",
          "$bcrypt-sha256$", "$P$", "$H$", "$S$", "pbkdf2_sha", "pbkdf2:sha", "scrypt:", "SCRAM-SHA-", "{SSHA", "{SHA", "{CRYPT}",
          "{SMD5}", "{ARGON2", "{PBKDF2", "{BCRYPT}")  # fmt: skip
"""How the hashes of passwords begin: a line with one of these is worth a look."""

_HASH = (
    r"(?<![\w$])(?:\$(?:apr1|1|5|6|md5)\$(?:rounds=\d{1,9}\$)?[A-Za-z0-9./]{1,16}\$[A-Za-z0-9./]{22,86}"
    r"|\$2[abxy]\$\d\d\$[A-Za-z0-9./]{53}|\$(?:y|gy|7)\$[A-Za-z0-9./]{1,16}\$[A-Za-z0-9./]{4,86}\$[A-Za-z0-9./]{43}|\$[PHS]\$[A-Za-z0-9./]{31,52}"
    r"|\$argon2(?:id?|d)\$v=\d{1,3}\$m=\d{1,9},t=\d{1,4},p=\d{1,3}\$[A-Za-z0-9+/]{8,90}\$[A-Za-z0-9+/]{16,180}"
    r"|\$(?:pbkdf2(?:-sha\d{1,3})?|scrypt|bcrypt-sha256)\$[^\s:\"']{30,300}"
    r"|\{(?:S?SHA(?:256|512)?|S?MD5|CRYPT|ARGON2|PBKDF2[A-Z0-9-]{0,12}|BCRYPT)\}[A-Za-z0-9+/$.=,:{}-]{16,300}"
    r"|pbkdf2[_:]sha(?:1|256|512)[$:]\d{2,8}\$[^\s\"'$]{4,64}\$[A-Za-z0-9+/=]{24,128}|scrypt:\d{3,7}:\d{1,3}:\d{1,3}\$[^\s\"'$]{4,64}\$[0-9a-f]{64,128}"
    r"|SCRAM-SHA-(?:1|256)\$\d{2,7}:[A-Za-z0-9+/=]{12,64}\$[A-Za-z0-9+/=]{24,64}:[A-Za-z0-9+/=]{24,64})(?![\w$])"
)
_OPEN_SCHEME = r"(?m:^[^\s:#]{1,128}:\{(?:PLAIN|CLEAR|CLEARTEXT)\}(?P<value>[^\s:]{1,256}))"
"""Dovecot: `user:{PLAIN}password`."""
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
    if ("$" in text or "{" in text or "pbkdf2" in text or "scrypt" in text) and any(mark in text for mark in HASHES):
        for found in pattern(_HASH).finditer(text):
            yield Found(*found.span(), Shape.HASH, "password", _place(text, found.start()))


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
                    and found[group].isalpha()
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
