"""What is found without a parser: keys and tokens anywhere, assignments and logins in files that have no structure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath

from sealkit.model.finding import Severity
from sealkit.scan import patterns
from sealkit.scan.encoded import inside, run_at
from sealkit.scan.file_kinds import WEAK, Kind, expression, random, strong
from sealkit.scan.line_verdicts import Place
from sealkit.scan.raw_finding import Raw
from sealkit.scan.tokens import dummy, key_span
from sealkit.secrets.token_search import whole
from sealkit.secrets.tokens import TOKENS, WEBHOOKS
from sealkit.secrets.values import Shape, Span, is_template_value, secret_spans

_LOGIN = re.compile(r"login[ \t]+\S+\s+(?:account[ \t]+\S+\s+)?password[ \t]+(?P<value>\S+)")
_AUTH = re.compile(r"\"(?:auth|identitytoken|registrytoken)\"\s{0,80}:\s{0,80}\"(?P<value>[A-Za-z0-9+/=._-]{8,8192})\"")
_PGPASS = re.compile(r"[^:\s#]+:(?:[0-9]{1,5}|\*):[^:\n]+:[^:\n]+:(?P<value>\S+)")
_RULES = {Shape.URL_PASSWORD: "SK204", Shape.BEARER: "SK207", Shape.ARGUMENT: "SK208", Shape.ASSIGNED: "SK210"}


class Lines:
    """Line numbers of offsets in bytes that only go up."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at, self._line = 0, 1

    def of(self, at: int) -> int:
        """The line, from 1."""
        if at < self._at:
            self._at, self._line = 0, 1
        self._line += self._data.count(b"\n", self._at, at)
        self._at = at
        return self._line


def by_form(data: bytes, places: Sequence[Place], lines: Lines) -> Iterator[Raw]:
    """Private keys, tokens and webhooks, also in base64."""
    for place in places:
        if place.kind == patterns.KEY:
            if (span := key_span(data, place.at)) is not None:
                first = lines.of(span[0])
                body = data[span[0] : span[1]]
                yield Raw("SK301", first, first + body.count(b"\n"), _text(body))
        elif place.kind == patterns.TOKEN:
            token, line = TOKENS[place.nth], lines.of(place.first)
            for found in whole(place.nth).finditer(data[place.first : place.last].decode("latin-1")):
                if not dummy(found[0], token):
                    yield Raw(token.rule, line, line, found[0], message=article(token.title))
        elif place.kind == patterns.HOOK:
            hook, line = WEBHOOKS[place.nth], lines.of(place.at)
            tail = re.compile(hook.tail, re.ASCII).match(data[place.at - 1 : place.last].decode("latin-1"))
            if tail and not dummy(tail[0], hook):
                yield Raw(hook.rule, line, line, tail[0], message=article(hook.title))
        elif place.kind == patterns.ENCODED and (what := inside(data, place.at)):
            start, end = run_at(data, place.at)
            rule = "SK302" if what == "private key" else "SK318"
            first = lines.of(start)
            body = data[start:end]
            yield Raw(rule, first, first + body.count(b"\n"), _text(body), message=f"{article(what)} in base64")


def by_name(
    data: bytes, places: Sequence[Place], lines: Lines, kind_at: Callable[[int, str, int], Kind | None]
) -> Iterator[Raw]:
    """Passwords in URLs, headers, arguments and assignments. `kind_at` says how a line and column is read, if at all."""
    done: set[int] = set()
    for place in places:
        if place.kind not in patterns.BY_NAME or place.first in done:
            continue
        done.add(place.first)
        text, line = _text(data[place.first : place.last]), lines.of(place.first)
        for span in secret_spans(text, tokens=False):
            kind = kind_at(line, text, span.start)
            raw = _judged(text, span, line, kind) if kind is not None else None
            if raw is not None:
                yield raw


def _judged(text: str, span: Span, line: int, kind: Kind) -> Raw | None:
    """A span as a finding: in configuration what has the name of a secret is one, elsewhere it must look like one."""
    value = text[span.start : span.end]
    quoted = text[span.start - 1 : span.start] in {'"', "'"}
    if kind is not Kind.CONFIG and (value.lower() in WEAK or len(value) < 3):
        return None
    if span.shape is Shape.ASSIGNED:
        if not quoted and expression(value + text[span.end : span.end + 1].strip()):
            return None
        if kind is Kind.CONFIG and len(value) > 2:
            return Raw("SK210", line, line, value, severity=Severity.WARNING if value.lower() in WEAK else None)
        if not (quoted or kind is Kind.PROSE) or not random(value):
            return None
        return Raw("SK210" if strong(value) else "SK211", line, line, value)
    sure = kind is Kind.CONFIG or random(value)
    if not sure and span.shape is not Shape.URL_PASSWORD:
        return None
    return Raw(_RULES[span.shape], line, line, value, hint=_ELSEWHERE, severity=None if sure else Severity.WARNING)


_ELSEWHERE = "read it from the environment or from a sealed file"


def logins(path: str, data: bytes, places: Sequence[Place], lines: Lines) -> Iterator[Raw]:
    """The entries of .netrc, .pgpass and a Docker configuration."""
    name = PurePosixPath(path).name.lower()
    done: set[tuple[str, int]] = set()
    for place in places:
        for kind, pattern in ((patterns.LOGIN, _LOGIN), (patterns.AUTH, _AUTH), (patterns.PGPASS, _PGPASS)):
            if place.kind != kind or (kind == patterns.PGPASS and "pgpass" not in name):
                continue
            low = max(0, place.first - 200)
            for found in pattern.finditer(_text(data[low : place.last + 200])):
                value = found["value"]
                line = lines.of(low) + found.string.count("\n", 0, found.start("value"))
                if (value, line) in done or is_template_value(value) or not (kind != patterns.AUTH or _basic(value)):
                    continue
                done.add((value, line))
                yield Raw("SK206", line, line, value)


def _basic(value: str) -> bool:
    """Whether an `auth` is base64 of a login, and its password no placeholder."""
    try:
        user, colon, password = base64.b64decode(value, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return len(value) > 40  # an identity token
    return bool(user and colon) and not is_template_value(password)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def article(what: str) -> str:
    """`a GitHub token`, `an OpenAI key`."""
    return f"{'an' if what[0] in 'aeioAEIO' else 'a'} {what}"
