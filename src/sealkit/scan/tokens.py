"""Tokens and private keys by their form, confirmed: the whole shape, and not an example of one."""

from __future__ import annotations

import re
from functools import cache

from sealkit.secrets.tokens import AFTER, BEFORE, TOKENS, Token
from sealkit.secrets.values import is_identifier

_DUMMY = re.compile(
    r"(?i:example|x{6}|0{8}|1234567890|abcdefghij|dummy|redacted|your[-_]?(?:token|key|api))|\.{4}|\*{4}"
)
START = rf"(?:{BEFORE}|(?<=\\[nrt])|(?<=\\u00[0-9A-Fa-f]{{2}})|(?<=\\x[0-9A-Fa-f]{{2}})|(?<=%[0-9A-F]{{2}}))"
"""What a token begins after: no letter or digit, unless these belong to an escape (`\\n`, `\\u0022`, `%3D`)."""
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


@cache
def confirm(nth: int) -> re.Pattern[str]:
    """The whole shape of one token, with what may not stand beside it."""
    token = TOKENS[nth]
    return re.compile(f"{START}(?:{token.head})(?:{token.tail}){AFTER}", re.ASCII)


def dummy(text: str) -> bool:
    """Whether a token stands for one: `AKIAIOSFODNN7EXAMPLE`, `ghp_xxxxxxxx`, `YOUR/WEBHOOK`, a few characters over and over."""
    return bool(_DUMMY.search(text)) or len(set(text[4:])) < 4 or is_identifier(text)


@cache
def _any() -> re.Pattern[bytes]:
    inner = "|".join(f"(?P<t{nth}>{token.head}{token.tail})" for nth, token in enumerate(TOKENS))
    return re.compile(f"{START}(?:{inner}){AFTER}".encode(), re.ASCII)


def named_token(data: bytes) -> str:
    """What the first token in `data` is, or nothing."""
    for found in _any().finditer(data):
        if not dummy(found[0].decode("latin-1")):
            return TOKENS[int((found.lastgroup or "t0")[1:])].title
    return ""


def private_key(data: bytes, at: int = 0) -> bool:
    """Whether a private key with a body begins at or after `at`; the header alone is no key."""
    if any(_is_key(found["body"]) for found in _BODY.finditer(data, at)):
        return True
    from sealkit.scan.key_files import has_text_key

    return has_text_key(data)


def _is_key(body: bytes) -> bool:
    found = _RUN.match(body.partition(b"-----END")[0])
    return found is not None and len(set(found["run"])) > 8 and any(48 <= char <= 57 for char in found["run"])


@cache
def _exact() -> re.Pattern[str]:
    return re.compile(_any().pattern.decode(), re.ASCII)


def token_at(text: str) -> Token | None:
    """Which token a text is, or begins with; None for none."""
    found = _exact().match(text.strip())
    return TOKENS[int((found.lastgroup or "t0")[1:])] if found else None


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
