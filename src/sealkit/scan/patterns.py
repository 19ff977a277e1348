"""What the prefilter looks for: one table of patterns that Hyperscan and Python's `re` both accept.

A pattern only says "look here": whether it is a finding is decided on the line, the document or the file. So they may match
too much but never too little, and none looks around. No `dataclasses` here: a hook imports this before anything else.
"""

from __future__ import annotations

import base64
import re
from typing import NamedTuple

from sealkit.secrets.token_search import stems
from sealkit.secrets.tokens import TOKENS, WEBHOOKS, Token


class Pattern(NamedTuple):
    """`kind` groups what is looked at alike; `nth` is the token's place in its table."""

    kind: str
    regex: str
    caseless: bool = False
    nth: int = 0
    literals: tuple[bytes, ...] = ()
    """One of these stands in every match, in lower case where `caseless`: without Hyperscan this is looked for first."""


TOKEN, HOOK, KEY, ENCODED, SECRET, NAMED, LABEL, OPTION, URL, HEADER, SHORT, SEALED, LOGIN, AUTH, PGPASS = (
    "token", "hook", "key", "encoded", "secret", "named", "label", "option", "url", "header", "short", "sealed",
    "login", "auth", "pgpass",
)  # fmt: skip

BY_FORM = frozenset([TOKEN, HOOK, KEY, ENCODED])
"""Kinds that are a secret wherever they stand."""
BY_NAME = frozenset([NAMED, URL, HEADER, OPTION, SHORT])
"""Kinds that a name or a place gives away."""

_WORDS = (
    "passw(?:or)?ds?|passwd|passwort|passphrase|passcode|pwd|psk|pass|token|credentials?|dsn|masterauth|secret|"
    "(?:api|private|secret|access|signing|signature|encryption|encrypt|session|master|shared|account|storage|app|"
    "application|license|auth|hmac|jwt|cookie|ssh|deploy|rndc|tsig|preshared|server|client|unseal|root|crypt)[_.-]*key"
)
"""Where the names of `secrets.names.is_secret_name` end, over-approximated."""
_NAME = rf"(?:{_WORDS})(?:[_.-]*(?:[0-9]+|data|value|plain|base64|b64|text|string))*[_.-]*"
_TAILS = re.compile(r"\{(\d+),\d{3,}\}")
_LONGEST = 8
"""As many characters of a token are looked for in base64: many tokens of an issuer differ only in what follows."""
_SHORTEST = 4
"""Fewer characters of base64 are not looked for: they stand there by chance."""


def _loose(head: str) -> str:
    """A head for Hyperscan: an upper bound of hundreds costs states and tells nothing."""
    return _TAILS.sub(r"{\1,}", head)


def _literals(token: Token) -> tuple[bytes, ...]:
    """The texts one of which every match holds."""
    return (token.infix.encode(),) if token.infix else tuple(stem.encode() for stem in stems(token.head))


def shifted(text: bytes) -> list[bytes]:
    """`text` in base64 at each of the three alignments, without the characters shared with its neighbours."""
    cores = []
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + text)
        cores.append(encoded[-(-shift * 8 // 6) : (shift + len(text)) * 8 // 6])
    return cores


def _encoded() -> list[Pattern]:
    """What base64 of a key or token holds. `nth` is 1 for tokens, whose few letters other base64 holds too."""
    key = b"PRIVATE KEY-----"
    once = shifted(key)
    keys = [*once, *(core for inner in once for core in shifted(inner))]
    keys += [core for core in shifted(b"-----BEGIN OPENSSH PRIV") if len(core) > 12]
    openings = {
        stem[:_LONGEST].encode()
        for token in TOKENS
        if not token.head.startswith("eyJ")  # base64 itself
        for stem in stems(token.head)
    }
    cores = {core for opening in openings for core in shifted(opening) if len(core) >= _SHORTEST}
    return [
        *(_core(core, 0) for core in dict.fromkeys(keys)),
        *(_core(core, 1) for core in sorted(cores)),
        Pattern(ENCODED, "H4sI[A-Za-z0-9+/]{40}", literals=(b"H4sI",)),
    ]


def _core(core: bytes, nth: int) -> Pattern:
    return Pattern(ENCODED, re.escape(core.decode()) + "[A-Za-z0-9+/_-]{8}", nth=nth, literals=(core,))


def _table() -> tuple[Pattern, ...]:
    tokens = [
        Pattern(TOKEN, _loose(token.head), nth=nth, literals=_literals(token)) for nth, token in enumerate(TOKENS)
    ]
    hooks = [
        Pattern(HOOK, _loose(hook.head) + "[A-Za-z0-9]", nth=nth, literals=_literals(hook))
        for nth, hook in enumerate(WEBHOOKS)
    ]
    return (
        *tokens,
        *hooks,
        *_encoded(),
        Pattern(KEY, r"PRIVATE KEY(?: BLOCK)?-----", literals=(b"PRIVATE KEY",)),
        Pattern(SECRET, r"kind[\"']?[ \t]*:[ \t]*[\"']?Secret[\"'\s,}#]", literals=(b"Secret",)),
        Pattern(NAMED, rf"(?:{_NAME}\\?[\"']?|\.dockerconfigjson[\"']?)[ \t]*(?:=>|:=|[:=])", caseless=True),
        Pattern(LABEL, rf"(?:name|key)[\"']?[ \t]*:[ \t]*[\"']?[\w.-]*{_NAME}[\"']?[ \t]*[,}}\r\n#]", caseless=True),
        Pattern(OPTION, rf"(?:^|[\s\"'\[,])--?[\w-]*(?:{_WORDS})[0-9]*(?:[\"']?[ \t]*,?[ \t\r\n]|=)", caseless=True),
        Pattern(URL, r"://[^\s/:@?#\"'<>\\]*:[^\s/@?#\"'\\]+@", literals=(b"://",)),
        Pattern(HEADER, r"authorization", caseless=True, literals=(b"authorization",)),
        Pattern(SHORT, r"(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)[^\n;|&]*[ \t]-p[^\s]"),
        Pattern(SHORT, r"sshpass[ \t]+-p"),
        Pattern(SHORT, r"redis-cli[^\n;|&]*[ \t]-a[ \t]"),
        Pattern(SHORT, r"curl[^\n;|&]*[ \t](?:-u|--user)[ \t=]*[\"']?[^\s:\"']+:"),
        Pattern(SEALED, r"ENC\[AES256_GCM,", literals=(b"ENC[AES256_GCM,",)),
        Pattern(SEALED, r"sops[\"']?[ \t]*:[ \t]*[\r\n{]", literals=(b"sops",)),
        Pattern(SEALED, r"sops_(?:mac|lastmodified)=|\[sops\]", literals=(b"sops",)),
        Pattern(LOGIN, r"login[ \t]+\S+[ \t\r\n]+(?:account[ \t]+\S+[ \t\r\n]+)?password[ \t]+\S", literals=(b"login",)),
        Pattern(AUTH, r"\"(?:auth|identitytoken|registrytoken)\"[ \t\r\n]*:[ \t\r\n]*\"[A-Za-z0-9+/._-]{8}"),
        Pattern(PGPASS, r"(?:^|\n)[^:\s#]+:(?:[0-9]{1,5}|\*):[^:\n]+:[^:\n]+:[^:\s]+[\r\n]", literals=(b":",)),
    )  # fmt: skip


PATTERNS: tuple[Pattern, ...] = _table()
