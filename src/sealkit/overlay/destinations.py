"""Where values go, as far as it can be told: places of named values, what reaches a sealed object, who may read Secrets.

An explanation for whoever approves a change, and never a gate: what a deploy reads is signed whole.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class ValuePlace:
    """Value `name` stands in `route` of `object`, within some text.

    `object` is `str(ObjectRef)`, `route` the named form (`.env[DSN].value`), `around` the `digest` of the field's text with the
    placeholder in it, so that a moved host in a URL is another place.
    """

    name: str
    object: str
    route: str
    around: str


@dataclass(frozen=True, slots=True, order=True)
class Reach:
    """A container that gets a sealed object or value.

    `origin` says what (`private/db.yaml#.password`, or `Secret shop/db`), `workload` is `str(ObjectRef)`, `image` is the
    repository without tag or digest, `account` is the service account. An object that is no workload and holds or names a sealed
    value is one too: it has no container and no image.
    """

    origin: str
    workload: str
    container: str
    image: str
    account: str = ""


@dataclass(frozen=True, slots=True, order=True)
class SecretAccess:
    """RBAC on Secrets: `subject` may do `verbs` (comma-separated) on `secrets` (names, or `*`) through `role`."""

    role: str
    subject: str
    secrets: str
    verbs: str


def digest(*parts: str) -> str:
    """SHA-256 in hex of a list of texts, unambiguous about where one ends. Sealed values are masked before."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()
