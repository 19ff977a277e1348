"""Connection strings that are no URL: the keywords of libpq, `host=db user=app password=X`, and Oracle's `user/X@//host`.

Sources: the PostgreSQL documentation, "Connection Strings"; the Oracle JDBC developer's guide, "Thin-style service name syntax".
"""

from __future__ import annotations

from collections.abc import Iterator

from sealkit.secrets.places import Place
from sealkit.secrets.text.found import Found, Shape
from sealkit.secrets.value_forms import pattern

_WORD = r"[^\s\"'`=;&,()]{1,200}"
_KEYWORD = r"(?:host(?:addr)?|port|dbname|user|sslmode|connect_timeout|application_name|target_session_attrs)"
_LIBPQ = (
    rf"\b{_KEYWORD}={_WORD}[ ](?:{_KEYWORD}={_WORD}[ ]){{0,6}}password=(?P<after>[^\s\"'`\\,]{{1,200}})"
    rf"|(?<![\w.])password=(?P<before>[^\s\"'`\\,]{{1,200}})[ ]{_KEYWORD}={_WORD}"
)
_BEARER = r"(?:\A|(?<=[\"'`]))[Bb]earer[ ]{1,4}(?P<value>[A-Za-z0-9._~+/=-]{20,4096})(?=\\?[\"'`]|\Z)"
"""The value of a header, wherever it stands: a flow of Node-RED names the header in another field."""
_ORACLE = r"(?i:jdbc:oracle:(?:thin|oci8?):)[^\s/@\"']{1,120}/(?P<value>[^\s/@\"']{1,120})@"


def connections(text: str) -> Iterator[Found]:
    """The passwords of connection strings, and tokens after the word that says so."""
    if "password=" in text:
        for found in pattern(_LIBPQ).finditer(text):
            group = "after" if found["after"] else "before"
            yield Found(*found.span(group), Shape.ASSIGNED, "password", Place.PASSWORD)
    if "earer " in text:
        for found in pattern(_BEARER).finditer(text):
            yield Found(*found.span("value"), Shape.BEARER, "authorization", Place.WEAK)
    if "oracle" in text:
        for found in pattern(_ORACLE).finditer(text):
            yield Found(*found.span("value"), Shape.ASSIGNED, "password", Place.URL)
