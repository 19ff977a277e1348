"""What has the form of a secret wherever it stands: private keys, tokens, addresses of webhooks; also encoded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sealkit.model.severity import Severity
from sealkit.scan import escapes, patterns
from sealkit.scan.encoded import Hidden, hidden_at
from sealkit.scan.key_files import text_key
from sealkit.scan.line_verdicts import Candidate
from sealkit.scan.raw_finding import Raw
from sealkit.scan.tokens import dummy, key_span
from sealkit.secrets.token_search import whole
from sealkit.secrets.tokens import TOKENS, WEBHOOKS
from sealkit.wording import article


class Lines:
    """Line numbers of offsets in bytes. Each is counted from the one before, so that offsets in order cost one pass."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at, self._line = 0, 1

    def of(self, at: int) -> int:
        """The line, from 1."""
        if at < self._at:
            self._line -= self._data.count(b"\n", at, self._at)
        else:
            self._line += self._data.count(b"\n", self._at, at)
        self._at = at
        return self._line


def by_form(data: bytes, candidates: Sequence[Candidate], lines: Lines) -> Iterator[Raw]:
    """Private keys, tokens and webhooks, also in base64, hex and escapes. A run that is encoded is one finding."""
    last: Hidden | None = None
    for candidate in candidates:
        if candidate.kind == patterns.KEY:
            yield from _key(data, candidate.at, lines)
        elif candidate.kind == patterns.TOKEN:
            token, line = TOKENS[candidate.nth], lines.of(candidate.first)
            for found in whole(candidate.nth).finditer(data[candidate.first : candidate.last].decode("latin-1")):
                if not dummy(found[0], token):
                    yield Raw(token.rule, line, line, found[0], message=article(token.title))
        elif candidate.kind == patterns.HOOK:
            hook, line = WEBHOOKS[candidate.nth], lines.of(candidate.at)
            tail = re.compile(hook.tail, re.ASCII).match(data[candidate.at - 1 : candidate.last].decode("latin-1"))
            if tail and not dummy(tail[0], hook):
                yield Raw(hook.rule, line, line, tail[0], message=article(hook.title))
        elif candidate.kind == patterns.ENCODED and (hidden := hidden_at(data, candidate.at)).what and hidden != last:
            last = hidden
            rule = "SK302" if hidden.key else "SK318"
            yield _spanned(data, (hidden.start, hidden.end), lines, rule, f"{article(hidden.what)} in {hidden.how}")


def _key(data: bytes, at: int, lines: Lines) -> Iterator[Raw]:
    """The private key whose beginning ends at `at`: a PEM, or another form of text."""
    if (span := key_span(data, at)) is not None:
        yield _spanned(data, span, lines, "SK301")
    elif (key := text_key(data, at)) is not None:
        severity = Severity.WARNING if key.rule == "SK206" else None
        yield _spanned(data, (key.start, key.end), lines, key.rule, key.what, severity=severity)


def _spanned(
    data: bytes, span: tuple[int, int], lines: Lines, rule: str, message: str = "", *, severity: Severity | None = None
) -> Raw:
    body, first = data[slice(*span)], lines.of(span[0])
    text = escapes.plain(body).decode("utf-8", "replace")  # as a parser reads it, so that both are one finding
    return Raw(rule, first, first + body.count(b"\n"), text, message=message, severity=severity)
