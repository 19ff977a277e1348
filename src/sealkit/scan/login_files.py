"""Files of logins that only their name tells from other text: the maps of Postfix, the secrets of rsync, key files.

Sources: the SASL_README of Postfix; rsyncd.conf(5), "secrets file"; the Rails guide, "Custom credentials";
the MongoDB manual, "keyFile"; turnserver.conf of coturn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sealkit.secrets.places import Place
from sealkit.secrets.text.found import Found, Shape
from sealkit.secrets.value_forms import pattern

_USER_ROW = r"(?m:^[ \t]{0,8}(?!#)[^\s:#]{1,128}:(?P<value>[^\s:][^\s:]{1,255}|[^\n:]{3,255}?)[ \t\r]{0,8}$)"
_SASL_ROW = r"(?m:^(?!#)\[?[\w.@-]{1,200}\]?(?::\w{1,12})?[ \t]{1,40}[^\s:]{1,128}:(?P<value>\S{1,255})[ \t\r]{0,8}$)"
_TURN_ROW = r"(?m:^user=[^\s:]{1,128}:(?P<value>[^\s]{1,255}))"
_HEX_KEY = r"\A\s{0,8}(?P<value>[0-9a-f]{32})\s{0,8}\Z"
_BASE64_KEY = r"\A\s{0,8}(?P<value>[A-Za-z0-9+/=\s]{60,1400})\Z"
_FAMILIES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?:.*[._-])?(?:sasl|smtp|relay)[._-]?(?:passwd|password|auth|map)s?(?:\.\w+)?"), _SASL_ROW),
    (re.compile(r"(?:.*[._-])?(?:rsync\w*[._-]secrets?|secrets|passwd|passwords?|users\.auth)(?:\.(?:txt|conf|j2))?"), _USER_ROW),
    (re.compile(r"turnserver[\w.-]*\.conf(?:\.\w+)?"), _TURN_ROW),
    (re.compile(r"master\.key|(?:development|staging|production|test)\.key"), _HEX_KEY),
    (re.compile(r"(?:.*[._-])?key-?file(?:\.\w+)?|mongo\w*[._-]?key(?:\.\w+)?"), _BASE64_KEY),
)  # fmt: skip
"""The name of the file, and a row of it; a key file is one row."""


def reader_of(path: str) -> Callable[[str], Iterator[Found]] | None:
    """What reads a file of this name, or None: then its rows are no logins."""
    name = path.rpartition("/")[2].lower()
    for names, row in _FAMILIES:
        if names.fullmatch(name):
            return lambda text: _rows(text, row)
    return None


def _rows(text: str, row: str) -> Iterator[Found]:
    for found in pattern(row).finditer(text):
        value = "".join(found["value"].split()) if row == _BASE64_KEY else None
        yield Found(*found.span("value"), Shape.LOGIN, "password", Place.SCHEMA, value=value)
