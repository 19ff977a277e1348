"""Which parts of a free text look like secrets, and where they stand. Needs no key; scan and split share it.

Every pattern has bounded repeats and no nested quantifiers, so that its run time is linear in the length of hostile text.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from sealkit.secrets.places import Place, place_of_name, severity
from sealkit.secrets.tokens import AFTER, BEFORE, TOKENS, WEBHOOKS
from sealkit.secrets.value_forms import PLACEHOLDER, base64_text, is_expression, is_template_value, pattern
from sealkit.secrets.values import grade_value


class Shape(StrEnum):
    """What kind of secret a piece of text is."""

    PRIVATE_KEY = "private key"
    TOKEN = "token"  # noqa: S105
    URL_PASSWORD = "password in a URL"  # noqa: S105
    ASSIGNED = "assigned to a secret-looking name"
    ARGUMENT = "argument of a password option"
    BEARER = "credentials of an HTTP header"


class Span(NamedTuple):
    """A part of a text that looks like a secret: `text[start:end]`, its shape, the name it is assigned to, or empty, and its place."""

    start: int
    end: int
    shape: Shape
    name: str = ""
    place: Place = Place.NOTHING


_TOKEN = f"(?a){BEFORE}(?:{'|'.join(token.head + token.tail for token in TOKENS)}){AFTER}"
"""Any of the tokens."""
_PEM = (
    r"-----BEGIN (?P<kind>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----(?:[^-]|-(?!----)){1,65536}-----END (?P=kind)-----"
)
_WEBHOOK = "(?a)" + "|".join(f"(?:{hook.head})(?={hook.tail})" for hook in WEBHOOKS)
_WEBHOOK_PATH = r"[A-Za-z0-9_@/-]{16,300}"
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
_MIN_TOKEN_LENGTH = 15
"""The length of the shortest token."""
_PLAUSIBLE = rf"[:=]|--|[ \t]-[apu]|[^\s]{{{_MIN_TOKEN_LENGTH}}}"
"""A quick test: every secret in a text contains one of these, and most scalars of a manifest contain none."""


def shape_of(text: str) -> Shape | None:
    """The shape of a text that is a private key or token as a whole, also inside base64; otherwise None."""
    body = text.strip()
    if len(body) < _MIN_TOKEN_LENGTH:
        return None
    if (match := pattern(_PEM).match(body)) and match.end() == len(body):
        return Shape.PRIVATE_KEY
    if (match := pattern(_TOKEN).match(body)) and match.end() == len(body):
        return Shape.TOKEN
    decoded = base64_text(body)
    if decoded is not None and (pattern(_PEM).search(decoded) or pattern(_TOKEN).search(decoded)):
        return Shape.PRIVATE_KEY if pattern(_PEM).search(decoded) else Shape.TOKEN
    return None


def secret_spans(text: str, *, tokens: bool = True) -> list[Span]:
    """The parts of a free text that look like secrets, in order and without overlaps.

    Private keys have precedence, then tokens, passwords in URLs, headers, options, assignments. Placeholders, variables and
    public values are not reported. Without `tokens`, only what its name or context marks as a secret is.
    """
    if not pattern(_PLAUSIBLE).search(text):
        return []
    secrets: list[Span] = []
    occupied: list[tuple[int, int]] = [match.span() for match in pattern(PLACEHOLDER).finditer(text)]
    for span in chain(_spans_by_form(text) if tokens else (), _spans_by_name(text)):
        if any(start < span.end and span.start < end for start, end in occupied):
            continue
        occupied.append((span.start, span.end))
        secrets.append(span)
    return sorted(secrets, key=lambda span: span.start)


def _spans_by_form(text: str) -> Iterator[Span]:
    if "PRIVATE KEY" in text:
        for match in pattern(_PEM).finditer(text):
            yield Span(*match.span(), Shape.PRIVATE_KEY)
    for match in pattern(_TOKEN).finditer(text):
        yield Span(*match.span(), Shape.TOKEN)
    for match in pattern(_WEBHOOK).finditer(text):
        if tail := pattern(_WEBHOOK_PATH).match(text, match.end()):
            yield Span(*tail.span(), Shape.TOKEN)


def _spans_by_name(text: str) -> Iterator[Span]:
    for source, shape in (
        (_URL_WITH_PASSWORD, Shape.URL_PASSWORD),
        (_BEARER, Shape.BEARER),
        (_SHORT_OPTION, Shape.ARGUMENT),
    ):
        for match in pattern(source).finditer(text):
            if not is_template_value(match["value"]):
                place = Place.URL if shape is Shape.URL_PASSWORD else Place.PASSWORD
                yield Span(*match.span("value"), shape, "password" if shape is Shape.URL_PASSWORD else "", place)
    for source, shape in ((_OPTION, Shape.ARGUMENT), (_ASSIGNMENT, Shape.ASSIGNED)):
        for match in pattern(source).finditer(text):
            group = next(g for g in ("esc", "dq", "sq", "bare") if g in match.groupdict() and match[g] is not None)
            place = place_of_name(match["name"])
            if not is_expression(match[group]) and severity(place, grade_value(match[group])) is not None:
                yield Span(*match.span(group), shape, match["name"], place)
