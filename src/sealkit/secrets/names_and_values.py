"""What looks like a secret: key names, value shapes, and spans inside free text. Pure, keyless, shared by scan and overlay.

Every pattern is linear: bounded repeats, no nested quantifiers, so hostile text costs no more than its length.
Names are judged word by word (`dbPassword`, `DB_PASSWORD`, `db-password` are the words `db password`).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache, lru_cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from sealkit.secrets.tokens import AFTER, BEFORE, TOKENS, WEBHOOKS

if TYPE_CHECKING:
    from sealkit.yamlspan.scalars import Scalar


class Shape(StrEnum):
    """What a piece of text is, by its form alone."""

    PRIVATE_KEY = "private key"
    TOKEN = "token"  # noqa: S105
    URL_PASSWORD = "password in a URL"  # noqa: S105
    ASSIGNED = "assigned to a secret-looking name"
    ARGUMENT = "argument of a password option"
    BEARER = "credentials of an HTTP header"


class Span(NamedTuple):
    """A secret-looking piece of a text: `text[start:end]`, what it is, and the name it was assigned to (may be empty)."""

    start: int
    end: int
    shape: Shape
    name: str = ""


_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET_WORDS = frozenset(
    "password passwd passwords passphrase passcode pwd psk pass token apikey secretkey privatekey accesskey "  # noqa: SIM905
    "credentials credential authtoken accesstoken clientsecret passwort dsn requirepass masterauth".split()
)
_KEY_OWNERS = frozenset(
    "api private secret access signing signature encryption encrypt session master shared account storage app "  # noqa: SIM905
    "application license auth hmac jwt cookie ssh deploy rndc tsig preshared server client unseal root crypt".split()
)
"""`KEY` is secret after one of these: `apiKey`, `SECRET_KEY`, `client-key-data`."""
_SECRET_OWNERS = frozenset(
    "client app shared webhook jwt api session cookie consumer hmac oauth oidc signing encryption bot oauth2 token "  # noqa: SIM905
    "hook refresh master turn application".split()
)
"""In camel case or with dashes `secret` names a Secret object unless one of these stands before it: `clientSecret`."""
_ABOUT = frozenset(
    "name names ref refs reference file files path paths url uri endpoint type types kind seconds minutes hours ttl expiry "  # noqa: SIM905
    "expiration lifetime duration interval namespace enabled disabled length size policy rotation hash hashed algorithm "
    "algo method mode version store source provider class count limit limits max min issuer audience audiences format "
    "header field prefix suffix selector template mount volume dir directory cm configmap id ids required optional "
    "reset strategy encoding review reviews host port env var generator charset env description hint label title "
    "message cert certificate crt ca public pub manager operator service controller list keys".split()
)
"""A name that ends so tells about a secret, and is none: `secretName`, `tokenPath`, `PASSWORD_FILE`, `tokenUrl`."""
_DOINGS = frozenset("no ask without use enable disable allow require show skip is has existing".split())  # noqa: SIM905
"""A name that begins so is a switch: `--no-password`, `ask_pass`."""
_REFERENCES = frozenset(
    "secretkeyref secretref existingsecret secretname secretnamespace passwordkey passwordsecret tokensecret "  # noqa: SIM905
    "usernamekey secretkeyname automountserviceaccounttoken publickey secretstore imagepullsecret imagepullsecrets "
    "pullsecret tlssecret authsecret serviceaccounttoken".split()
)


@cache
def _tokens() -> re.Pattern[str]:
    """All tokens in one pattern; made when it is first needed, because that takes 15 ms."""
    return re.compile(f"{BEFORE}(?:{'|'.join(token.head + token.tail for token in TOKENS)}){AFTER}", re.ASCII)


def words(name: str) -> list[str]:
    """The words of a name in lower case: `clientSecretKey` is client, secret, key."""
    return [word.lower() for word in _WORD.findall(name[-128:])]


@lru_cache(maxsize=16384)
def secret_name(name: str) -> bool:
    """Whether a key, variable or option of this name usually holds a secret, and not the name or the place of one."""
    parts = words(name)
    if parts and parts[-1] in {"data", "value", "plain", "base64", "b64", "text", "string"} and len(parts) > 1:
        parts.pop()  # client-key-data, password_value
    if not parts or "".join(parts) in _REFERENCES or parts[-1] in _ABOUT or parts[0] in _DOINGS:
        return False
    last, before = parts[-1], parts[-2] if len(parts) > 1 else ""
    if parts[-2:] in (["public", "key"], ["pass", "through"]) or "public" in parts:
        return False
    if last.isdigit() and before:
        last, before = before, parts[-3] if len(parts) > 2 else ""
    if last == "key":
        return before in _KEY_OWNERS
    if last == "secret":
        shouting = name.upper() == name
        return shouting or before in _SECRET_OWNERS or not before
    return last in _SECRET_WORDS or any(last.endswith(word) and len(word) > 5 for word in _SECRET_WORDS)


_PEM = re.compile(
    r"-----BEGIN (?P<kind>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----(?:[^-]|-(?!----)){1,65536}-----END (?P=kind)-----"
)
_WEBHOOK = re.compile("|".join(f"(?:{hook.head})(?={hook.tail})" for hook in WEBHOOKS), re.ASCII)
_HOOK_TAIL = re.compile(r"[A-Za-z0-9_@/-]{16,300}")
_URL = re.compile(
    r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,30}://(?P<user>[^\s/:@?#\"'<>\\]{0,256}):"
    r"(?P<value>[^\s/@?#\"'\\]{1,512})@"
)
_BEARER = re.compile(
    r"(?i:authorization[\"']?[ \t]{0,8}[:=][ \t]{0,8}[\"']?(?:bearer|basic|token))[ \t]{1,8}(?P<value>[A-Za-z0-9._~+/=-]{8,8192})"
)
_ASSIGN = re.compile(
    r"(?<![A-Za-z0-9_.-])(?<!\$\{)(?P<name>[A-Za-z_][A-Za-z0-9_.-]{1,80})(?P<close>\\?[\"']?)[ \t]{0,16}(?:=>|:=|[:=])[ \t]{0,16}"
    r"(?:\\\"(?P<esc>[^\"\\\n]{1,4096})\\\"|\"(?P<dq>(?:[^\"\\\n]|\\.){1,4096})\"|'(?P<sq>[^'\n]{1,4096})'"
    r"|(?P<bare>[^\s\"'{}\[\],;#&|`\\][^\s,;\"'`&|\\]{0,4096}))"
)
_OPTION = re.compile(
    r"(?<![A-Za-z0-9_-])--(?P<name>[A-Za-z][A-Za-z0-9-]{1,60})(?:=|[ \t]{1,4})"
    r"(?:\"(?P<dq>[^\"\n]{1,1024})\"|'(?P<sq>[^'\n]{1,1024})'|(?P<bare>[^\s\"'\-;|&][^\s\"';|&]{0,1024}))"
)
_SHORT = re.compile(
    r"(?:\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)\b[^\n;|&]{0,200}?[ \t]-p|\bsshpass[ \t]{1,4}-p[ \t]{0,4}"
    r"|\bredis-cli\b[^\n;|&]{0,200}?[ \t]-a[ \t]{1,4}|\bcurl\b[^\n;|&]{0,200}?[ \t]-u[ \t]{0,4}[\"']?[^\s:\"']{1,64}:)"
    r"(?P<value>[^\s\"';|&]{1,256})"
)
_NOT_VALUES = re.compile(
    r"(?i:true|false|null|nil|none|yes|no|on|off|undefined|required|optional|disabled|enabled|string|bearer|basic|read|write)\Z"
)
_VARIABLE = re.compile(
    r"(?:\$\([A-Za-z_][\w.-]*\)|\$?\$\{[^{}]{1,200}\}|\{[A-Za-z_][\w.\[\]()]{0,80}\}|\$[A-Za-z_]\w*|%\([\w.]{1,80}\)s|\$?\{\{[^{}]{0,400}\}\}|<%[^%]{0,200}%>"
    r"|__[A-Z0-9_]{2,80}__|@[A-Z_]{3,80}@|%[A-Z_]{3,80}%)"
)
_TEMPLATE = re.compile(
    r"(?i:<{1,3}(?!sealed:)[^<>\n]{1,200}>{1,3}|\[[^\[\]\n]{1,80}\]|x{3,}|\*{3,}|\.{3,}|…|_+"
    r"|(?:please[-_ ]?)?(?:change|replace)[-_ ]?(?:this|it|me)?(?:[-_ ].{0,40})?"
    r"|to[-_ ]?do|fix[-_ ]?me|redacted|placeholder|your[-_ ].{1,60}|example|insert[-_ ].{1,60})\Z"
)
_WORDS_ONLY = re.compile(r"[a-z]{0,12}(?:[-_:/.@ ][a-z]{0,12}){0,8}\Z")
_ALNUM = re.compile(r"[^\W_]|[^\x00-\x7f]")
_REFERRED = re.compile(
    r"(?:(?:ref\+)?(?:op|vault|awsssm|awssecrets|gcpsecrets|azurekeyvault|sops|tfstate|bws?|doppler|conjur|keepass)://"
    r"|ref\+[a-z0-9]{2,20}://|vault:[\w/.-]{1,200}#|env:[A-Za-z_])\S{0,400}\Z"
)
"""Where another tool finds the value: `op://vault/item/field`, `ref+vault://…`, `vault:secret/data/db#password`."""
_CUT = ("$(", "${", "{{", "<%", "$[")
"""How an expression begins that an unquoted value breaks off: `${{ secrets.TOKEN }}`, `$(pass show token)`."""
_PUBLIC = re.compile(
    r"(?:-----BEGIN (?:CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY|X509 CRL|CERTIFICATE REQUEST|PGP PUBLIC KEY BLOCK)-----"
    r"|ssh-(?:rsa|ed25519|dss) AAAA|ecdsa-sha2-|sk-ssh-|age1[0-9a-z]{20}|sha(?:1|256|384|512):[0-9a-fA-F]{32}"
    r"|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\Z|ENC\[AES256_GCM,|A[gQ][A-D][A-Za-z0-9+/]{300})"
)
_FILE = re.compile(
    r"(?:file:)?(?:~/[\w./@-]{1,200}\Z|(?:~|\.{1,2})?/(?:run|var|etc|secrets?|vault|mnt|opt|home|tmp|usr|root|data|config|certs?|keys?)(?:/[\w.@-]+)*/?\Z)"
)
_LINK = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^@\s]{1,2000}\Z", re.IGNORECASE)
_SEALED = re.compile(r"<sealed:[^<>\n]{1,300}>")


_SHORTEST = 15
"""No token is shorter."""
_PLAUSIBLE = re.compile(rf"[:=]|--|[ \t]-[apu]|[^\s]{{{_SHORTEST}}}")
"""Every span has one of these: most scalars of a manifest have none."""


def template_value(text: str) -> bool:
    """Whether a value only holds the place of one: empty, a variable, `CHANGE_ME`, `<your token>`, a placeholder, or words
    around a variable (`x-access-token:${TOKEN}`)."""
    rest = _SEALED.sub("", _VARIABLE.sub("", text)).strip()
    if not _ALNUM.search(rest) or rest in {"Bearer", "Basic"} or _TEMPLATE.match(rest) or _REFERRED.match(rest):
        return True
    return rest != text.strip() and bool(_WORDS_ONLY.match(rest))


def public_value(text: str) -> bool:
    """Whether a value is no secret by its form: a certificate, public key, recipient, digest, UUID, sealed value, path of a
    file, address without a password, or only the place of a value."""
    text = text.strip()
    if template_value(text) or _NOT_VALUES.match(text) or _FILE.match(text):
        return True
    if _PUBLIC.match(text):
        return not _PEM.search(text)
    if _LINK.match(text):
        return not _URL.search(text) and not _WEBHOOK.search(text)
    decoded = _decoded(text)
    return decoded is not None and decoded.startswith("-----BEGIN") and public_value(decoded)


def secret_value(name: str, value: Scalar) -> bool:
    """Whether `value` under the key, variable or option `name` is a secret: the name says so, and the value is one."""
    if value is None or isinstance(value, bool | float) or not secret_name(name):
        return False
    return not public_value(str(value))


def shaped(text: str) -> Shape | None:
    """What a whole text is, where its form alone says that it is a secret (also inside base64); else None."""
    body = text.strip()
    if len(body) < _SHORTEST:
        return None
    if (found := _PEM.match(body)) and found.end() == len(body):
        return Shape.PRIVATE_KEY
    if (found := _tokens().match(body)) and found.end() == len(body):
        return Shape.TOKEN
    decoded = _decoded(body)
    if decoded is not None and (_PEM.search(decoded) or _tokens().search(decoded)):
        return Shape.PRIVATE_KEY if _PEM.search(decoded) else Shape.TOKEN
    return None


def _decoded(text: str) -> str | None:
    body = "".join(text.split())
    if len(body) < 24 or len(body) % 4 or len(body) > 262144:
        return None
    try:
        return base64.b64decode(body, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None


def spans(text: str, *, tokens: bool = True) -> list[Span]:
    """Every secret-looking piece of a free text, in order, none overlapping: private keys first, then tokens, passwords in
    URLs, headers, options and assignments. Placeholders, variables and public material are left out. Without `tokens`, only
    what a name or a place gives away is looked for."""
    if not _PLAUSIBLE.search(text):
        return []
    found: list[Span] = []
    taken: list[tuple[int, int]] = [found.span() for found in _SEALED.finditer(text)]
    for span in chain(_by_form(text) if tokens else (), _by_name(text)):
        if any(start < span.end and span.start < end for start, end in taken):
            continue
        taken.append((span.start, span.end))
        found.append(span)
    return sorted(found, key=lambda span: span.start)


def _by_form(text: str) -> Iterator[Span]:
    if "PRIVATE KEY" in text:
        for match in _PEM.finditer(text):
            yield Span(*match.span(), Shape.PRIVATE_KEY)
    for match in _tokens().finditer(text):
        yield Span(*match.span(), Shape.TOKEN)
    for match in _WEBHOOK.finditer(text):
        if tail := _HOOK_TAIL.match(text, match.end()):
            yield Span(*tail.span(), Shape.TOKEN)


def _by_name(text: str) -> Iterator[Span]:
    for pattern, shape in ((_URL, Shape.URL_PASSWORD), (_BEARER, Shape.BEARER), (_SHORT, Shape.ARGUMENT)):
        for match in pattern.finditer(text):
            if not template_value(match["value"]):
                yield Span(*match.span("value"), shape, "password" if shape is Shape.URL_PASSWORD else "")
    for pattern, shape in ((_OPTION, Shape.ARGUMENT), (_ASSIGN, Shape.ASSIGNED)):
        for match in pattern.finditer(text):
            group = next(g for g in ("esc", "dq", "sq", "bare") if g in match.groupdict() and match[g] is not None)
            cut = match[group].startswith(_CUT)  # `secret="$(basename "$1")"` ends early too
            if not cut and secret_value(match["name"], match[group]):
                yield Span(*match.span(group), shape, match["name"])
