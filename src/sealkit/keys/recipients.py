"""Recipients: who a data key can be wrapped for, and the wrapping. age and ssh through pyrage, PGP through gpg."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from sealkit.errors import SealkitError, UsageError
from sealkit.keys import age_format, age_plugins, age_post_quantum, bech32, pgp, ssh
from sealkit.keys.identity_sources import child_env
from sealkit.sealed.metadata import CLOUD_KINDS, Recipient

_FINGERPRINT = re.compile(r"(?:[0-9A-F]{40}|[0-9A-F]{64})\Z")
_PLUGIN = re.compile(r"age1([a-z0-9+._-]+)\Z")
"""A plugin's name becomes part of a program's name: no slash, so that it is looked for on the PATH only."""

_TAGS = ("tag", "tagpq")
"""Recipients of hardware keys in the form of a plugin's: sealing to them needs none."""


def parse(text: str) -> Recipient:
    """A recipient from the command line: `age1…`, `age1pq1…`, `age1PLUGIN1…`, `ssh-ed25519 …`, `ssh-rsa …` or the whole
    fingerprint of a PGP key (blanks and `0x` are left out). Raises UsageError; an identity given by mistake is not repeated.
    """
    text = text.strip()
    if text.upper().startswith(("AGE-SECRET-KEY-", "AGE-PLUGIN-")) or "PRIVATE KEY" in text:
        raise UsageError("that is an identity, which is secret, not a recipient", hint="its recipient begins with age1")
    if text.startswith("age1"):
        return Recipient("age", _age(text))
    if text.startswith("ssh-"):
        return Recipient("age", _ssh(text))
    fingerprint = re.sub(r"[\s:]", "", text).upper().removeprefix("0X")
    if _FINGERPRINT.match(fingerprint):
        return Recipient("pgp", fingerprint)
    if re.fullmatch(r"[0-9A-F]{8,39}", fingerprint):
        raise UsageError(
            f"{text}: a short PGP key id, which anyone can forge", hint="the whole fingerprint: gpg --fingerprint"
        )
    shown = text if len(text) <= 80 else text[:77] + "..."
    if shown.startswith(("arn:", "projects/", "http://", "https://", "hckms:")):
        raise UsageError(
            f"{shown}: a cloud key service is named in .sops.yaml", hint="sops' own documentation says how"
        )
    raise UsageError(
        f"{shown!r}: not a recipient", hint="age1…, ssh-ed25519 …, ssh-rsa … or a PGP fingerprint of 40 digits"
    )


def plugin_name(recipient: str) -> str:
    """The plugin that a recipient names (`yubikey` for `age1yubikey1…`), or the empty string."""
    found = _PLUGIN.match(recipient.rpartition("1")[0])
    return found[1] if found else ""


def _age(text: str) -> str:
    try:
        prefix, data = bech32.decode(text)
    except ValueError as error:
        raise UsageError(f"{text[:40]}: not an age recipient: {error}", hint="copy it again, whole") from None
    size = {"age": 32, age_post_quantum.PREFIX: age_post_quantum.PUBLIC_BYTES}.get(prefix, len(data))
    if len(data) != size or (prefix != "age" and not _PLUGIN.match(prefix)):
        raise UsageError(f"{text[:40]}: not an age recipient", hint="copy it again, whole")
    return text


def _ssh(text: str) -> str:
    words = text.split()
    if words[0] not in ssh.TYPES:
        raise UsageError(f"{words[0][:40]}: age takes ssh-ed25519 and ssh-rsa", hint="ssh-keygen -t ed25519")
    recipient = " ".join(words[:2])
    _native(recipient)
    return recipient


def wrap(recipient: Recipient, secret: bytes, environ: Mapping[str, str] | None = None) -> str:
    """The data key, or its share, wrapped for one recipient: an armored age file or PGP message, as sops writes them.

    Raises UsageError for a recipient that is none, SealkitError where a plugin or gpg cannot wrap for it.
    """
    if recipient.kind == "pgp":
        return pgp.encrypt(recipient.id, secret, os.environ if environ is None else environ)
    if recipient.kind != "age":
        what = "a cloud key service" if recipient.kind in CLOUD_KINDS else f"{recipient.kind!r}"
        raise SealkitError(f"{recipient}: only the sops program seals to {what}", hint="install sops")
    text = parse(recipient.id).id
    name = plugin_name(text)
    if text.startswith(f"{age_post_quantum.PREFIX}1"):
        return _hybrid(text, secret)
    if name and name not in _TAGS:
        file_key = os.urandom(16)
        stanzas = age_plugins.wrap(name, text, file_key, child_env(os.environ if environ is None else environ))
        return age_format.sealed_to(stanzas, file_key, secret)
    import pyrage

    try:
        return pyrage.encrypt(secret, [_native(text)], armored=True).decode()
    except pyrage.EncryptError:
        raise SealkitError(f"{text[:40]}: age cannot wrap for it") from None


def _hybrid(text: str, secret: bytes) -> str:
    try:
        return age_post_quantum.wrap(text, secret)
    except ValueError:
        raise UsageError(f"{text[:40]}: not a whole public key", hint="copy it again, whole") from None


def _native(text: str) -> Any:
    """pyrage's recipient. Raises UsageError."""
    import pyrage

    kinds = {"": pyrage.x25519, "tag": pyrage.tag, "tagpq": pyrage.tagpq}
    module = pyrage.ssh if text.startswith("ssh-") else kinds[plugin_name(text)]
    try:
        return module.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise UsageError(f"{text[:40]}: not a whole public key", hint="copy it again, whole") from None
