"""Which parts of a free text look like secrets, and where they stand. Needs no key; scan and split share it.

Every pattern has bounded repeats and no nested quantifiers, so that its run time is linear in the length of hostile text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain

from sealkit.secrets.text.found import Shape, Span
from sealkit.secrets.token_search import token_at, tokens_in, webhooks_in
from sealkit.secrets.value_forms import PLACEHOLDER, base64_text, is_published_example, pattern

__all__ = ["Shape", "Span", "secret_spans", "shape_of"]

_PEM = (
    r"-----BEGIN (?P<kind>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----(?:[^-]|-(?!----)){1,65536}-----END (?P=kind)-----"
)
_MIN_TOKEN_LENGTH = 15
"""The length of the shortest token."""
_SHORT = 512
"""What was found in a text up to this length is remembered: a history repeats the values of its files."""
_PLAUSIBLE = rf"[:=<({{$>]|[ \t]\S|[^\s]{{{_MIN_TOKEN_LENGTH}}}"
"""A quick test: every secret in a text contains one of these, and many scalars of a manifest contain none."""


def shape_of(text: str) -> Shape | None:
    """The shape of a text that is a private key or token as a whole, also inside base64; otherwise None."""
    body = text.strip()
    if len(body) < _MIN_TOKEN_LENGTH:
        return None
    if (match := pattern(_PEM).match(body)) and match.end() == len(body):
        return Shape.PRIVATE_KEY
    if (found := token_at(body)) and found[1] == len(body):
        return Shape.TOKEN
    decoded = base64_text(body)
    if decoded is None:
        return None
    if pattern(_PEM).search(decoded):
        return Shape.PRIVATE_KEY
    return Shape.TOKEN if next(tokens_in(decoded), None) and not is_published_example(decoded) else None


def secret_spans(text: str, *, tokens: bool = True) -> list[Span]:
    """The parts of a free text that look like secrets, in order and without overlaps.

    Private keys have precedence, then tokens, then the forms of `secrets.text` in their order. Placeholders, variables and
    public values are not reported. Without `tokens`, only what its name or context marks as a secret is.
    """
    return list(_remembered(text, tokens) if len(text) <= _SHORT else _spans(text, tokens))


def _spans(text: str, tokens: bool) -> Sequence[Span]:
    if not pattern(_PLAUSIBLE).search(text):
        return ()
    from sealkit.secrets.text.read import Taken, by_name

    taken = Taken()
    for placeholder in pattern(PLACEHOLDER).finditer(text):
        taken.add(*placeholder.span())
    secrets: list[Span] = []
    if tokens:
        secrets += [span for span in _spans_by_form(text) if taken.add(span.start, span.end)]
    secrets += [span for span in by_name(text) if taken.add(span.start, span.end)]
    return sorted(secrets)


@lru_cache(maxsize=32768)
def _remembered(text: str, tokens: bool) -> tuple[Span, ...]:
    return tuple(_spans(text, tokens))


def _spans_by_form(text: str) -> Iterator[Span]:
    if "PRIVATE KEY" in text:
        for match in pattern(_PEM).finditer(text):
            yield Span(*match.span(), Shape.PRIVATE_KEY)
    for start, end, _ in chain(tokens_in(text), webhooks_in(text)):
        yield Span(start, end, Shape.TOKEN)
