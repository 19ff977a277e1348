"""Arguments of functions, in any language: `setPassword("X")`, `define('DB_PASSWORD', 'X')`, `Credentials("user", "X")`."""

from __future__ import annotations

from collections.abc import Iterator

from sealkit.secrets.names import NameGrade, grade_name, words
from sealkit.secrets.places import Place
from sealkit.secrets.text.assignments import place_at
from sealkit.secrets.text.found import Found, Shape
from sealkit.secrets.text.literals import quoted_at
from sealkit.secrets.value_forms import pattern

_SETTER = r"(?<![\w-])(?P<name>[A-Za-z_]\w{1,60})\(\s{0,8}(?=[bBrRuUfFN@$]{0,2}\\?[\"'`])"
_NAMED = r"(?P<function>\b\w{1,60})?[(\[]\s{0,8}[bru]?(?P<quote>\\?[\"'])(?P<name>[A-Za-z_][\w.-]{1,80})(?P=quote)\s{0,8},\s{0,40}"
_LOGIN = (
    r"(?:\b(?i:\w{0,30}(?:credentials?|basic_?auth|login|log_?in|sign_?in|authenticate|user(?:name)?pass\w{0,40}|passwordauthentication|passwordcredentials?))"
    r"|\bauth[ \t]{0,4}=[ \t]{0,4})(?:\(\s{0,8}|[ \t])[bru]?(?P<quote>\\?[\"'`])(?P<user>[^\"'`\\\n]{1,120})(?P=quote)\s{0,8},\s{0,40}"
)
_CONNECT = (
    r"(?:\bDBI->connect|\bsqlx?\.connect|\b(?:mysqli?_connect|mysql_pconnect|mysqli|PDO|getConnection|ftp_login|imap_open|ldap_bind|ssh2_auth_password|odbc_connect|oci_connect|pg_connect|mssql_connect))"
    r"\(\s{0,8}(?:\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'|[^,()\n]{1,200}),\s{0,8}[^,()\n]{1,120},\s{0,8}"
)
"""Functions whose third argument is a password: `mysqli_connect("host", "user", "X")`."""
_BASIC = r"(?::basic,[ \t]{0,4}|\bbasic_auth[ \t]{1,4})[\"'][^\"'\n]{1,120}[\"'][ \t]{0,4},[ \t]{0,8}"
"""Ruby, without parentheses: `request :authorization, :basic, "user", "X"`, `basic_auth "user", "X"`."""
_ADMIN_CLIENT = r"(?i:admin[^\n]{0,80}algoliasearch\([ \t]{0,4}[\"']\w{4,20}[\"'][ \t]{0,4},[ \t]{0,4})"
"""A client that is given the key of an administrator; the other keys of Algolia are public."""
_HASHED = (
    r"(?i:\b(?:(?:create_?)?hmac\w{0,12}|hash_hmac|sha(?:1|224|256|384|512)|md5|SecretKeySpec)[ \t]{0,4}\("
    r"(?:[\"'][\w-]{2,12}[\"'][ \t]{0,4},[^\n\"'=<>]{0,60}|[^\n\"'=<>]{0,100})(?<=[(+,. bru]))(?=[\"'])"
)
"""What a digest or a MAC is made of: a literal is a salt or a key."""
_COMPARED = r"(?i:\b(?:md5|sha1|sha256)[ \t]{0,4}\([^()\n]{0,60}pass[^()\n]{0,20}\)[ \t]{0,4}[!=]==?[ \t]{0,4})"
"""The digest of a password, compared with that of the right one."""
_READERS = frozenset(
    ["get", "find", "fetch", "load", "read", "lookup", "has", "hash", "by", "from", "on", "t", "is", "test"]
)
"""A function that begins with one of these takes a name, and not a value: `getSecret("db")`."""


def calls(text: str) -> Iterator[Found]:
    """The arguments in quotes that are passwords: of a setter by its name, after a name, after a user."""
    yield from _positional(text)
    if "(" not in text and "[" not in text and "auth" not in text:
        return
    for named in pattern(_NAMED).finditer(text):
        place = place_at(text, named.start("name"), named["name"])
        if place is not Place.NOTHING and grade_name(named["function"] or "") is NameGrade.NONE:
            # hashPassword("password", "salt") has no names; without a function the two may be words of a list
            yield from _quoted(text, named.end(), named["name"], place, weak=named["function"] is not None)
    for setter in pattern(_SETTER).finditer(text):
        name = setter["name"]
        if grade_name(name) in {NameGrade.PASSWORD, NameGrade.SECRET} and words(name)[0] not in _READERS:
            value = quoted_at(text, setter.end())
            if value is not None and text[value.end : value.end + 40].lstrip("\\\"'` \t\n")[:1] == ")":
                yield Found(value.start, value.end, Shape.ASSIGNED, name, place_at(text, setter.start(), name))
    for source in (_LOGIN, _CONNECT):
        for login in pattern(source).finditer(text):
            yield from _quoted(text, login.end(), "password", Place.PASSWORD)


def _positional(text: str) -> Iterator[Found]:
    """Arguments that only few functions take: looked for where their names stand."""
    low = text.lower()
    for marks, source, name, place in (
        (("basic",), _BASIC, "password", Place.PASSWORD),
        (("algoliasearch",), _ADMIN_CLIENT, "admin_key", Place.SECRET),
        (("hmac", "sha", "md5", "keyspec"), _HASHED, "salt", Place.WEAK),
        (("md5", "sha"), _COMPARED, "password_digest", Place.SECRET),
    ):
        if any(mark in low for mark in marks):
            for found in pattern(source).finditer(text):
                yield from _quoted(text, found.end(), name, place)


def _quoted(text: str, at: int, name: str, place: Place, *, weak: bool = True) -> Iterator[Found]:
    value = quoted_at(text, at)
    if value is not None:
        yield Found(value.start, value.end, Shape.ASSIGNED, name, place, weak=weak)
