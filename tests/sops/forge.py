"""Make sealed files by hand, with any type word, any form and a MAC that fits: what a person with a recipient's public key, or
with the data key of a file, can write and `sops` never does."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sealkit.keys import recipients
from sealkit.sealed.metadata import Recipient

STAMP = "2026-01-02T03:04:05Z"
_ONLY = hashlib.sha256(b"sops").digest()


@dataclass(frozen=True)
class Case:
    """One file: what it is about, its name, its text, and whether its MAC is made for a reader that takes the subject."""

    name: str
    path: str
    text: str


@dataclass(frozen=True)
class Parts:
    """The parts of one sealed value, to be put together in any form."""

    data: bytes
    iv: bytes
    tag: bytes

    def text(self, kind: str = "str", **other: bytes | str) -> str:
        """The value as sops writes it, with other parts: bytes are encoded, text stands as it is."""
        parts = {"data": self.data, "iv": self.iv, "tag": self.tag, **other}
        coded = {name: part if isinstance(part, str) else b64(part) for name, part in parts.items()}
        return f"ENC[AES256_GCM,data:{coded['data']},iv:{coded['iv']},tag:{coded['tag']},type:{kind}]"


def b64(data: bytes) -> str:
    """Base64 with padding."""
    return base64.b64encode(data).decode()


class Forge:
    """Makes values and blocks under one data key, wrapped for one age recipient."""

    def __init__(self, recipient: str, environ: Mapping[str, str] = os.environ) -> None:
        self.recipient = recipient
        self.key = os.urandom(32)
        self.enc = recipients.wrap(Recipient("age", recipient), self.key, environ)

    def parts(self, plain: bytes | str, aad: str, *, iv: int = 32, key: bytes = b"") -> Parts:
        """A text encrypted under the data key, for the place `aad`."""
        nonce = os.urandom(iv)
        raw = plain.encode() if isinstance(plain, str) else plain
        whole = AESGCM(key or self.key).encrypt(nonce, raw, aad.encode())
        return Parts(whole[:-16], nonce, whole[-16:])

    def sealed(self, plain: bytes | str, aad: str, kind: str = "str") -> str:
        """The same as sops writes it."""
        return self.parts(plain, aad).text(kind)

    def mac(self, hashed: Iterable[bytes | str], *, stamp: str = STAMP, kind: str = "str", only: bool = False) -> str:
        """The sealed MAC over texts."""
        raw = b"".join(each.encode() if isinstance(each, str) else each for each in hashed)
        digest = hashlib.sha512((_ONLY if only else b"") + raw).hexdigest().upper()
        return self.parts(digest, stamp).text(kind)

    def block(self, mac: str, /, **lines: str | None) -> dict[str, str]:
        """The entries of a YAML block in source, with others or without (None)."""
        wrapped = self.enc.rstrip("\n").replace("\n", "\n            ")
        block: dict[str, str | None] = {
            "age": f"\n        - recipient: {self.recipient}\n          enc: |\n            {wrapped}",
            "lastmodified": f' "{STAMP}"', "mac": f" {mac}", "version": " 3.11.0", **lines,
        }  # fmt: skip
        return {name: source for name, source in block.items() if source is not None}

    def yaml(self, body: str, mac: str, /, **lines: str | None) -> str:
        """A YAML file."""
        block = self.block(mac, **lines)
        return f"{body}sops:\n" + "".join(f"    {name}:{source}\n" for name, source in block.items())

    def json(self, body: str, mac: str, /, **lines: str | None) -> str:
        """A JSON file; `body` are the pairs of the object in source."""
        import json

        block: dict[str, str | None] = {
            "age": json.dumps([{"recipient": self.recipient, "enc": self.enc}]),
            "lastmodified": f'"{STAMP}"', "mac": json.dumps(mac), "version": '"3.11.0"', **lines,
        }  # fmt: skip
        pairs = ", ".join(f'"{name}": {source}' for name, source in block.items() if source is not None)
        return f'{{{body}, "sops": {{{pairs}}}}}'

    def flat(self, path: str, body: str, mac: str, /, **lines: str | None) -> str:
        """A dotenv or INI file."""
        block: dict[str, str | None] = {
            "age__list_0__map_enc": self.enc.replace("\n", "\\n"), "age__list_0__map_recipient": self.recipient,
            "lastmodified": STAMP, "mac": mac, "version": "3.11.0", **lines,
        }  # fmt: skip
        env = path.endswith(".env")
        rows = (f"{'sops_' if env else ''}{key}={text}\n" for key, text in block.items() if text is not None)
        return body + ("" if env else "[sops]\n") + "".join(rows)
