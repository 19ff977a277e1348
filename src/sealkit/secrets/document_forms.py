"""Forms that only the structure of a document shows: a key as a list of bytes, rows of `user:password`, what a service encrypted.

Sources: the Zigbee2MQTT documentation, "advanced.network_key"; the module `cc_set_passwords` of cloud-init; the documentation of
Travis CI and AppVeyor, "encryption keys" and "secure variables".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sealkit.secrets.document_at import At
from sealkit.secrets.places import Place, place_of_name
from sealkit.secrets.spans import Shape, Span, secret_spans
from sealkit.secrets.text.number_lists import LEAST, key_of
from sealkit.yamlspan.nodes import Node, ScalarNode

_CIPHERTEXT = re.compile(r"[A-Za-z0-9+/\s]{80,8192}={0,2}\s?\Z")
_HEAD = "chpasswd list:\n"


def byte_key(items: Sequence[ScalarNode], at: At) -> tuple[Place, str] | None:
    """The place and, in hex, the value of a key that is a list of bytes; None where a list is none."""
    if len(items) < LEAST or at.owner.neutral or (place := place_of_name(at.name)) is Place.NOTHING:
        return None
    key = key_of([item.text for item in items])
    return (place, key) if key else None


def rows_of_logins(text: str, at: At) -> list[Span]:
    """The passwords of `chpasswd: {list: …}` of cloud-init."""
    if at.name != "list" or "chpasswd" not in at.steps:
        return []
    spans = (span for span in secret_spans(_HEAD + text) if span.shape is Shape.LOGIN)
    return [span._replace(start=span.start - len(_HEAD), end=span.end - len(_HEAD)) for span in spans]


def is_encrypted(key: str, child: Node) -> bool:
    """Whether a value is `secure: X` of Travis CI and AppVeyor, encrypted for the service with RSA or AES: its base64 is long."""
    return key == "secure" and isinstance(child, ScalarNode) and _CIPHERTEXT.match(child.text) is not None
