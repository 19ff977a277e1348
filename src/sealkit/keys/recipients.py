"""Recipients: parse them, and wrap a data key for one through pyrage (age, ssh), a plugin or gpg (PGP)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from sealkit.errors import SealkitError, UsageError
from sealkit.keys import age_format, age_plugins, age_post_quantum, bech32, ssh
from sealkit.keys.identity_sources import child_env
from sealkit.sealed.metadata import CLOUD_KINDS, Recipient

_FINGERPRINT = re.compile(r"(?:[0-9A-F]{40}|[0-9A-F]{64})\Z")
_PLUGIN = re.compile(r"age1([a-z0-9+._-]+)\Z")
"""The name of a plugin becomes part of a program name. It has no slash, so that only the PATH is searched."""

_NATIVE_PLUGINS = ("tag", "tagpq")
"""Plugin recipients of hardware keys that pyrage wraps for without the plugin."""


def parse(text: str) -> Recipient:
    """A recipient from the command line: `age1…`, `age1pq1…`, `age1PLUGIN1…`, `ssh-ed25519 …`, `ssh-rsa …` or the full
    fingerprint of a PGP key (with or without spaces and `0x`).

    Raises UsageError for anything else. The message does not quote an identity that was given by mistake.
    """
    text = text.strip()
    if text.upper().startswith(("AGE-SECRET-KEY-", "AGE-PLUGIN-")) or "PRIVATE KEY" in text:
        raise UsageError(
            "this is an identity, which is secret, and not a recipient", hint="its recipient begins with age1"
        )
    if text.startswith("age1"):
        return Recipient("age", _age(text))
    if text.startswith("ssh-"):
        return Recipient("age", _ssh(text))
    fingerprint = re.sub(r"[\s:]", "", text).upper().removeprefix("0X")
    if _FINGERPRINT.match(fingerprint):
        return Recipient("pgp", fingerprint)
    if re.fullmatch(r"[0-9A-F]{8,39}", fingerprint):
        raise UsageError(
            f"{text}: a short PGP key id, which can be forged", hint="use the full fingerprint: gpg --fingerprint"
        )
    shown = text if len(text) <= 80 else text[:77] + "..."
    if shown.startswith(("arn:", "projects/", "http://", "https://", "hckms:")):
        raise UsageError(f"{shown}: a key of a cloud service is set in .sops.yaml", hint="see https://getsops.io/docs/")
    raise UsageError(
        f"{shown!r}: not a recipient", hint="use age1…, ssh-ed25519 …, ssh-rsa … or a PGP fingerprint of 40 digits"
    )


def plugin_name(recipient: str) -> str:
    """The plugin of a recipient (`yubikey` for `age1yubikey1…`), or the empty string."""
    match = _PLUGIN.match(recipient.rpartition("1")[0])
    return match[1] if match else ""


def _age(text: str) -> str:
    try:
        prefix, data = bech32.decode(text)
    except ValueError as error:
        raise UsageError(f"{text[:40]}: not an age recipient: {error}", hint="copy it again, completely") from None
    size = {"age": 32, age_post_quantum.PREFIX: age_post_quantum.PUBLIC_BYTES}.get(prefix, len(data))
    if len(data) != size or (prefix != "age" and not _PLUGIN.match(prefix)):
        raise UsageError(f"{text[:40]}: not an age recipient", hint="copy it again, completely")
    return text


def _ssh(text: str) -> str:
    words = text.split()
    if words[0] not in ssh.TYPES:
        raise UsageError(
            f"{words[0][:40]}: age supports ssh-ed25519 and ssh-rsa", hint="create one: ssh-keygen -t ed25519"
        )
    recipient = " ".join(words[:2])
    _native(recipient)
    return recipient


def wrap(recipient: Recipient, secret: bytes, environ: Mapping[str, str] | None = None) -> str:
    """A data key, or a share of one, wrapped for a recipient: an armored age file or PGP message, as sops writes it.

    Raises UsageError for an invalid recipient, SealkitError if a plugin or gpg cannot wrap for it.
    """
    if recipient.kind == "pgp":
        from sealkit.keys import pgp  # imports subprocess and tempfile, which age does not need

        return pgp.encrypt(recipient.id, secret, os.environ if environ is None else environ)
    if recipient.kind != "age":
        kind = "a cloud key service" if recipient.kind in CLOUD_KINDS else f"{recipient.kind!r}"
        raise SealkitError(f"{recipient}: only the sops program supports {kind}", hint="install sops")
    text = parse(recipient.id).id
    name = plugin_name(text)
    if text.startswith(f"{age_post_quantum.PREFIX}1"):
        return _hybrid(text, secret)
    if name and name not in _NATIVE_PLUGINS:
        file_key = os.urandom(16)
        stanzas = age_plugins.wrap(name, text, file_key, child_env(os.environ if environ is None else environ))
        return age_format.encrypt(stanzas, file_key, secret)
    import pyrage

    try:
        return pyrage.encrypt(secret, [_native(text)], armored=True).decode()
    except pyrage.EncryptError:
        raise SealkitError(f"{text[:40]}: age cannot wrap the data key for this recipient") from None


def _hybrid(text: str, secret: bytes) -> str:
    try:
        return age_post_quantum.wrap(text, secret)
    except ValueError:
        raise UsageError(f"{text[:40]}: not a complete public key", hint="copy it again, completely") from None


def _native(text: str) -> Any:
    """The recipient as a pyrage object. Raises UsageError for an invalid one."""
    import pyrage

    kinds = {"": pyrage.x25519, "tag": pyrage.tag, "tagpq": pyrage.tagpq}
    module = pyrage.ssh if text.startswith("ssh-") else kinds[plugin_name(text)]
    try:
        return module.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise UsageError(f"{text[:40]}: not a complete public key", hint="copy it again, completely") from None
