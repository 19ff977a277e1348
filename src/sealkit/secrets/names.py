"""Which names of keys, variables and options usually hold a secret.

Names are judged word by word: `dbPassword`, `DB_PASSWORD` and `db-password` are all the words `db password`.
"""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET_WORDS = frozenset(
    "password passwd passwords passphrase passcode pwd psk pass token apikey secretkey privatekey accesskey "  # noqa: SIM905
    "credentials credential authtoken accesstoken clientsecret passwort dsn requirepass masterauth".split()
)
_BEFORE_KEY = frozenset(
    "api private secret access signing signature encryption encrypt session master shared account storage app "  # noqa: SIM905
    "application license auth hmac jwt cookie ssh deploy rndc tsig preshared server client unseal root crypt".split()
)
"""`key` names a secret after one of these words: `apiKey`, `SECRET_KEY`, `client-key-data`."""
_BEFORE_SECRET = frozenset(
    "client app shared webhook jwt api session cookie consumer hmac oauth oidc signing encryption bot oauth2 token "  # noqa: SIM905
    "hook refresh master turn application".split()
)
"""In camel case or with dashes, `secret` names a Kubernetes Secret unless it follows one of these words: `clientSecret`."""
_METADATA_WORDS = frozenset(
    "name names ref refs reference file files path paths url uri endpoint type types kind seconds minutes hours ttl expiry "  # noqa: SIM905
    "expiration lifetime duration interval namespace enabled disabled length size policy rotation hash hashed algorithm "
    "algo method mode version store source provider class count limit limits max min issuer audience audiences format "
    "header field prefix suffix selector template mount volume dir directory cm configmap id ids required optional "
    "reset strategy encoding review reviews host port env var generator charset env description hint label title "
    "message cert certificate crt ca public pub manager operator service controller list keys".split()
)
"""A name that ends with one of these describes a secret, and does not hold one: `secretName`, `tokenPath`, `PASSWORD_FILE`."""
_SWITCH_WORDS = frozenset("no ask without use enable disable allow require show skip is has existing".split())  # noqa: SIM905
"""A name that starts with one of these is a switch: `--no-password`, `ask_pass`."""
_REFERENCES = frozenset(
    "secretkeyref secretref existingsecret secretname secretnamespace passwordkey passwordsecret tokensecret "  # noqa: SIM905
    "usernamekey secretkeyname automountserviceaccounttoken publickey secretstore imagepullsecret imagepullsecrets "
    "pullsecret tlssecret authsecret serviceaccounttoken".split()
)
"""Whole names, words joined, of references to a secret."""


def words(name: str) -> list[str]:
    """The words of a name in lower case: `clientSecretKey` is client, secret, key."""
    return [word.lower() for word in _WORD.findall(name[-128:])]


@lru_cache(maxsize=16384)
def is_secret_name(name: str) -> bool:
    """Whether a key, variable or option of this name usually holds a secret, and not the name or location of one."""
    parts = words(name)
    if parts and parts[-1] in {"data", "value", "plain", "base64", "b64", "text", "string"} and len(parts) > 1:
        parts.pop()  # client-key-data, password_value
    if not parts or "".join(parts) in _REFERENCES or parts[-1] in _METADATA_WORDS or parts[0] in _SWITCH_WORDS:
        return False
    last, before = parts[-1], parts[-2] if len(parts) > 1 else ""
    if parts[-2:] in (["public", "key"], ["pass", "through"]) or "public" in parts:
        return False
    if last.isdigit() and before:
        last, before = before, parts[-3] if len(parts) > 2 else ""
    if last == "key":
        return before in _BEFORE_KEY
    if last == "secret":
        upper_case = name.upper() == name
        return upper_case or before in _BEFORE_SECRET or not before
    return last in _SECRET_WORDS or any(last.endswith(word) and len(word) > 5 for word in _SECRET_WORDS)
