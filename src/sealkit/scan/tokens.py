"""Tokens and private keys by their form, confirmed: the whole shape, and not an example of one."""

from __future__ import annotations

import re

from sealkit.secrets.identifiers import is_identifier
from sealkit.secrets.token_search import stems, tokens_in
from sealkit.secrets.tokens import Token

_DUMMY = re.compile(
    r"(?i:example|x{6}|0{8}|1234567890|abcdefghij|dummy|redacted|your[-_]?(?:token|key|api))|\.{4}|\*{4}"
)
_SAME = re.compile(r"(.)\1{15,}")
_GAP = rb"(?: |\+|%20|\\u0020)"
_BODY = re.compile(
    rb"-----BEGIN" + _GAP + rb"(?:[A-Z0-9]{1,12}" + _GAP + rb"){0,3}PRIVATE" + _GAP + rb"KEY(?:" + _GAP + rb"BLOCK)?-----"
    rb"(?P<body>.{0,400})", re.DOTALL,
)  # fmt: skip
_RUN = re.compile(
    rb"(?:\\+[nr]|\\+u000[adAD]|%0[AD]|&#1[03];|[\s\"'`+,;.|>#*\\/]|[A-Za-z-]{1,40}: [^\n\\]{1,80}(?=\\+[nr]|\n)){0,80}"
    rb"(?P<run>(?:[A-Za-z0-9+/]|%2[BF]){20,400})"
)
"""What follows a BEGIN line: line ends (also escaped), quotes, marks of comments and headers, then base64."""


def dummy(text: str, token: Token) -> bool:
    """Whether a token stands for one: `AKIAIOSFODNN7EXAMPLE`, `ghp_xxxxxxxx`, `YOUR/WEBHOOK`, a few characters over and over."""
    same = _SAME.search(text)
    if _DUMMY.search(text) or (same is not None and 2 * len(same[0]) > len(text)):
        return True
    return len(set(filter(str.isalnum, _random_part(text, token)))) < 4 or is_identifier(text)


def _random_part(text: str, token: Token) -> str:
    """What a token has after, or around, the text that all of its kind share."""
    known = max((stem for stem in stems(token.head) if text.startswith(stem)), key=len, default="")
    return text.removeprefix(known) if known else text.replace(token.infix, "", 1)


def named_token(data: bytes) -> str:
    """What the first token in `data` is, or nothing."""
    text = data.decode("latin-1")
    return next((token.title for start, end, token in tokens_in(text) if not dummy(text[start:end], token)), "")


def private_key(data: bytes, at: int = 0) -> bool:
    """Whether a private key with a body begins at or after `at`; the header alone is no key."""
    if any(_is_key(found["body"]) for found in _BODY.finditer(data, at)):
        return True
    from sealkit.scan.key_files import has_text_key

    return has_text_key(data)


def _is_key(body: bytes) -> bool:
    found = _RUN.match(body.partition(b"-----END")[0])
    return found is not None and len(set(found["run"])) > 8 and any(48 <= char <= 57 for char in found["run"])


def key_span(data: bytes, at: int) -> tuple[int, int] | None:
    """The span of the private key whose BEGIN line ends at `at`: to its END line, or to the end of what looks like one."""
    found = _BODY.search(data, max(0, at - 120), at + 400)
    if found is None or found.start("body") != at or not _is_key(found["body"]):
        return None
    end = data.find(b"-----END", at, at + 65536)
    if end < 0:
        return found.span()
    close = data.find(b"-----", end + 8, end + 200)
    return found.start(), close + 5 if close > 0 else end
