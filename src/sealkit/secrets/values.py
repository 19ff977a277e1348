"""Which values look like a secret, and which parts of a free text do. Needs no key; scan and split share it.

Every pattern has bounded repeats and no nested quantifiers, so that its run time is linear in the length of hostile text.
Patterns are compiled when first needed: together they take 20 ms, and most commands use few of them.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from sealkit.secrets.names import is_secret_name
from sealkit.secrets.token_search import token_at, tokens_in, webhooks_in

if TYPE_CHECKING:
    from sealkit.yamlspan.scalars import Scalar


class Shape(StrEnum):
    """What kind of secret a piece of text is."""

    PRIVATE_KEY = "private key"
    TOKEN = "token"  # noqa: S105
    URL_PASSWORD = "password in a URL"  # noqa: S105
    ASSIGNED = "assigned to a secret-looking name"
    ARGUMENT = "argument of a password option"
    BEARER = "credentials of an HTTP header"


class Span(NamedTuple):
    """A part of a text that looks like a secret: `text[start:end]`, its shape, and the name it is assigned to, or empty."""

    start: int
    end: int
    shape: Shape
    name: str = ""


@cache
def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source)


_PEM = (
    r"-----BEGIN (?P<kind>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----(?:[^-]|-(?!----)){1,65536}-----END (?P=kind)-----"
)
_URL_WITH_PASSWORD = (
    r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,30}://(?P<user>[^\s/:@?#\"'<>\\]{0,256}):"  # noqa: S105
    r"(?P<value>[^\s/@?#\"'\\]{1,512})@"
)
_BEARER = (
    r"(?i:authorization[\"']?[ \t]{0,8}[:=][ \t]{0,8}[\"']?(?:bearer|basic|token))"
    r"[ \t]{1,8}(?P<value>[A-Za-z0-9._~+/=-]{8,8192})"
)
_ASSIGNMENT = (
    r"(?<![A-Za-z0-9_.-])(?<!\$\{)(?P<name>[A-Za-z_][A-Za-z0-9_.-]{1,80})(?P<close>\\?[\"']?)[ \t]{0,16}(?:=>|:=|[:=])[ \t]{0,16}"
    r"(?:\\\"(?P<esc>[^\"\\\n]{1,4096})\\\"|\"(?P<dq>(?:[^\"\\\n]|\\.){1,4096})\"|'(?P<sq>[^'\n]{1,4096})'"
    r"|(?P<bare>[^\s\"'{}\[\],;#&|`\\][^\s,;\"'`&|\\]{0,4096}))"
)
_OPTION = (
    r"(?<![A-Za-z0-9_-])--(?P<name>[A-Za-z][A-Za-z0-9-]{1,60})(?:=|[ \t]{1,4})"
    r"(?:\"(?P<dq>[^\"\n]{1,1024})\"|'(?P<sq>[^'\n]{1,1024})'|(?P<bare>[^\s\"'\-;|&][^\s\"';|&]{0,1024}))"
)
_SHORT_OPTION = (
    r"(?:\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)\b[^\n;|&]{0,200}?[ \t]-p|\bsshpass[ \t]{1,4}-p[ \t]{0,4}"
    r"|\bredis-cli\b[^\n;|&]{0,200}?[ \t]-a[ \t]{1,4}|\bcurl\b[^\n;|&]{0,200}?[ \t]-u[ \t]{0,4}[\"']?[^\s:\"']{1,64}:)"
    r"(?P<value>[^\s\"';|&]{1,256})"
)
_PLAIN_WORD = (
    r"(?i:true|false|null|nil|none|yes|no|on|off|undefined|required|optional"
    r"|disabled|enabled|string|bearer|basic|read|write)\Z"
)
_VARIABLE = (
    r"(?:\$\([A-Za-z_][\w.-]*\)|\$?\$\{[^{}]{1,200}\}|\{[A-Za-z_][\w.\[\]()]{0,80}\}|\$[A-Za-z_]\w*|%\([\w.]{1,80}\)s|\$?\{\{[^{}]{0,400}\}\}|<%[^%]{0,200}%>"
    r"|__[A-Z0-9_]{2,80}__|@[A-Z_]{3,80}@|%[A-Z_]{3,80}%)"
)
_TEMPLATE = (
    r"(?i:<{1,3}(?!sealed:)[^<>\n]{1,200}>{1,3}|\[[^\[\]\n]{1,80}\]|x{3,}|\*{3,}|\.{3,}|…|_+"
    r"|(?:please[-_ ]?)?(?:change|replace)[-_ ]?(?:this|it|me)?(?:[-_ ].{0,40})?"
    r"|to[-_ ]?do|fix[-_ ]?me|redacted|placeholder|your[-_ ].{1,60}|example|insert[-_ ].{1,60})\Z"
)
_PLAIN_WORDS = r"[a-z]{0,12}(?:[-_:/.@ ][a-z]{0,12}){0,8}\Z"
_ALNUM = r"[^\W_]|[^\x00-\x7f]"
_REFERENCE = (
    r"(?:(?:ref\+)?(?:op|vault|awsssm|awssecrets|gcpsecrets|azurekeyvault|sops|tfstate|bws?|doppler|conjur|keepass)://"
    r"|ref\+[a-z0-9]{2,20}://|vault:[\w/.-]{1,200}#|env:[A-Za-z_])\S{0,400}\Z"
)
"""References that another tool resolves: `op://vault/item/field`, `ref+vault://…`, `vault:secret/data/db#password`."""
_EXPRESSION_STARTS = ("$(", "${", "{{", "<%", "$[")
"""Starts of expressions, which the pattern of an unquoted value cuts off: `${{ secrets.TOKEN }}`, `$(pass show token)`."""
_PUBLIC_FORM = (
    r"(?:-----BEGIN (?:CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY|X509 CRL|CERTIFICATE REQUEST|PGP PUBLIC KEY BLOCK)-----"
    r"|ssh-(?:rsa|ed25519|dss) AAAA|ecdsa-sha2-|sk-ssh-|age1[0-9a-z]{20}|sha(?:1|256|384|512):[0-9a-fA-F]{32}"
    r"|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\Z|ENC\[AES256_GCM,|A[gQ][A-D][A-Za-z0-9+/]{300})"
)
_FILE_PATH = (
    r"(?:file:)?(?:~/[\w./@-]{1,200}\Z|(?:~|\.{1,2})?"
    r"/(?:run|var|etc|secrets?|vault|mnt|opt|home|tmp|usr|root|data|config|certs?|keys?)(?:/[\w.@-]+)*/?\Z)"
)
_URL_WITHOUT_PASSWORD = r"(?i)[a-z][a-z0-9+.-]{1,20}://[^@\s]{1,2000}\Z"  # noqa: S105
_PLACEHOLDER = r"<sealed:[^<>\n]{1,300}>"


_MIN_TOKEN_LENGTH = 15
"""The length of the shortest token."""
_PLAUSIBLE = rf"[:=]|--|[ \t]-[apu]|[^\s]{{{_MIN_TOKEN_LENGTH}}}"
"""A quick test: every secret in a text contains one of these, and most scalars of a manifest contain none."""


def is_template_value(text: str) -> bool:
    """Whether a value only stands for one: empty, a variable, `CHANGE_ME`, `<your token>`, a placeholder, or words around a
    variable (`x-access-token:${TOKEN}`)."""
    rest = _pattern(_PLACEHOLDER).sub("", _pattern(_VARIABLE).sub("", text)).strip()
    if (
        not _pattern(_ALNUM).search(rest)
        or rest in {"Bearer", "Basic"}
        or _pattern(_TEMPLATE).match(rest)
        or _pattern(_REFERENCE).match(rest)
    ):
        return True
    return rest != text.strip() and bool(_pattern(_PLAIN_WORDS).match(rest))


def is_public_value(text: str) -> bool:
    """Whether the form of a value shows that it is not a secret: a certificate, public key, recipient, digest, UUID, sealed
    value, file path, URL without a password, or a template."""
    text = text.strip()
    if is_template_value(text) or _pattern(_PLAIN_WORD).match(text) or _pattern(_FILE_PATH).match(text):
        return True
    if _pattern(_PUBLIC_FORM).match(text):
        return not _pattern(_PEM).search(text)
    if _pattern(_URL_WITHOUT_PASSWORD).match(text):
        return not _pattern(_URL_WITH_PASSWORD).search(text) and next(webhooks_in(text), None) is None
    decoded = _base64_text(text)
    return decoded is not None and decoded.startswith("-----BEGIN") and is_public_value(decoded)


def is_secret_value(name: str, value: Scalar) -> bool:
    """Whether `value` of the key, variable or option `name` is a secret: by the name, unless the value is public."""
    if value is None or isinstance(value, bool | float) or not is_secret_name(name):
        return False
    return not is_public_value(str(value))


def shape_of(text: str) -> Shape | None:
    """The shape of a text that is a private key or token as a whole, also inside base64; otherwise None."""
    body = text.strip()
    if len(body) < _MIN_TOKEN_LENGTH:
        return None
    if (match := _pattern(_PEM).match(body)) and match.end() == len(body):
        return Shape.PRIVATE_KEY
    if (found := token_at(body)) and found[1] == len(body):
        return Shape.TOKEN
    decoded = _base64_text(body)
    if decoded is None:
        return None
    if _pattern(_PEM).search(decoded):
        return Shape.PRIVATE_KEY
    return Shape.TOKEN if next(tokens_in(decoded), None) else None


def _base64_text(text: str) -> str | None:
    body = "".join(text.split())
    if len(body) < 24 or len(body) % 4 or len(body) > 262144:
        return None
    try:
        return base64.b64decode(body, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None


def secret_spans(text: str, *, tokens: bool = True) -> list[Span]:
    """The parts of a free text that look like secrets, in order and without overlaps.

    Private keys have precedence, then tokens, passwords in URLs, headers, options, assignments. Placeholders, variables and
    public values are not reported. Without `tokens`, only what its name or context marks as a secret is.
    """
    if not _pattern(_PLAUSIBLE).search(text):
        return []
    secrets: list[Span] = []
    occupied: list[tuple[int, int]] = [match.span() for match in _pattern(_PLACEHOLDER).finditer(text)]
    for span in chain(_spans_by_form(text) if tokens else (), _spans_by_name(text)):
        if any(start < span.end and span.start < end for start, end in occupied):
            continue
        occupied.append((span.start, span.end))
        secrets.append(span)
    return sorted(secrets, key=lambda span: span.start)


def _spans_by_form(text: str) -> Iterator[Span]:
    if "PRIVATE KEY" in text:
        for match in _pattern(_PEM).finditer(text):
            yield Span(*match.span(), Shape.PRIVATE_KEY)
    for start, end, _ in chain(tokens_in(text), webhooks_in(text)):
        yield Span(start, end, Shape.TOKEN)


def _spans_by_name(text: str) -> Iterator[Span]:
    for pattern, shape in (
        (_URL_WITH_PASSWORD, Shape.URL_PASSWORD),
        (_BEARER, Shape.BEARER),
        (_SHORT_OPTION, Shape.ARGUMENT),
    ):
        for match in _pattern(pattern).finditer(text):
            if not is_template_value(match["value"]):
                yield Span(*match.span("value"), shape, "password" if shape is Shape.URL_PASSWORD else "")
    for pattern, shape in ((_OPTION, Shape.ARGUMENT), (_ASSIGNMENT, Shape.ASSIGNED)):
        for match in _pattern(pattern).finditer(text):
            group = next(g for g in ("esc", "dq", "sq", "bare") if g in match.groupdict() and match[g] is not None)
            is_expression = match[group].startswith(_EXPRESSION_STARTS)  # also `secret="$(basename "$1")"`
            if not is_expression and is_secret_value(match["name"], match[group]):
                yield Span(*match.span(group), shape, match["name"])
