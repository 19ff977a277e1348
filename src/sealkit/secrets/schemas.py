"""What the schema of an object says of its fields: which hold secrets, which hold sealed values, which only refer to them.

One table instead of kinds that are left out whole: a literal in the template of a SealedSecret is found, its ciphertext is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache


class Meaning(StrEnum):
    """What a field holds: a secret, a secret in base64, `KEY=VALUE` with a secret, ciphertext, or names and descriptions."""

    SECRET = "secret"  # noqa: S105
    BASE64 = "secret in base64"
    LITERAL = "NAME=secret"
    SEALED = "sealed"
    NEUTRAL = "neutral"


_SECRET, _BASE64, _LITERAL = Meaning.SECRET, Meaning.BASE64, Meaning.LITERAL
_SEALED, _NEUTRAL = Meaning.SEALED, Meaning.NEUTRAL
_REFERS = (("spec", _NEUTRAL),)
_STORE = (
    ("spec.provider.fake.data[].value", _SECRET),
    ("spec.provider.fake.data[].valueMap.*", _SECRET),
    ("spec", _NEUTRAL),
)
_EXTERNAL = (("spec.target.template", None), ("spec.externalSecretSpec.target.template", None), ("spec", _NEUTRAL))
_KUSTOMIZATION = (("secretGenerator[].literals[]", _LITERAL), ("configMapGenerator[].literals[]", None))

_Row = tuple[str, Meaning | None]
SCHEMAS: dict[str, tuple[_Row, ...]] = {
    "Secret": (("data.*", _BASE64), ("stringData.*", _SECRET), ("metadata.annotations", None)),
    "SecretList": (("items[].data.*", _BASE64), ("items[].stringData.*", _SECRET), ("items[].metadata.annotations", None)),
    "SealedSecret": (
        ("spec.encryptedData", _SEALED),
        ("spec.template.data.*", _SECRET),
        ("spec.template.stringData.*", _SECRET),
    ),
    "SopsSecret": (("spec.secretTemplates[].stringData.*", _SECRET), ("spec.secretTemplates[].data.*", _BASE64)),
    "ExternalSecret": _EXTERNAL,
    "ClusterExternalSecret": _EXTERNAL,
    "SecretStore": _STORE,
    "ClusterSecretStore": _STORE,
    "Fake": (("spec.data.*", _SECRET),),
    "Config": (
        ("users[].user.token", _SECRET),
        ("users[].user.password", _SECRET),
        ("users[].user.client-key-data", _BASE64),
    ),
    "CustomResourceDefinition": (("spec", _NEUTRAL),),
    "Kustomization": _KUSTOMIZATION,
    "Component": _KUSTOMIZATION,
    "": _KUSTOMIZATION,
    **dict.fromkeys(
        ("PushSecret", "ClusterPushSecret", "Password", "UUID", "SecretProviderClass", "VaultStaticSecret", "VaultDynamicSecret",
         "VaultPKISecret", "VaultAuth", "VaultConnection", "VaultSecret", "OnePasswordItem", "BitwardenSecret", "InfisicalSecret",
         "DopplerSecret", "AzureKeyVaultSecret", "AWSSecret", "ClusterGenerator", "ClusterSecret", "SecretTransform"),
        _REFERS,
    ),
}  # fmt: skip
"""Kind to routes and what they mean, the most exact first. `*` is any key, `[]` any item of a list; None: as the names say."""


@lru_cache(maxsize=1)
def _compiled() -> dict[str, tuple[tuple[tuple[str, ...], Meaning | None], ...]]:
    return {
        kind: tuple((tuple(route.replace("[]", ".[]").split(".")), meaning) for route, meaning in rows)
        for kind, rows in SCHEMAS.items()
    }


def has_schema(kind: str) -> bool:
    """Whether the table knows a kind."""
    return kind in SCHEMAS


def meaning_of(kind: str, steps: Sequence[str]) -> Meaning | None:
    """What the field at these steps from the top of an object means; None where only its name can tell.

    Steps are keys, and `[]` for an item of a list. A field below `SEALED` or `NEUTRAL` is that too.
    """
    for route, meaning in _compiled().get(kind, ()):
        below = meaning in {_SEALED, _NEUTRAL, None}
        if len(steps) < len(route) or (len(steps) > len(route) and not below):
            continue
        if all(want in {"*", step} for want, step in zip(route, steps, strict=False)):
            return meaning
    return None


def is_judged_by_name(kind: str, steps: Sequence[str]) -> bool:
    """Whether a row of the table says of this very part that its names count again, inside a neutral one."""
    routes = (route for route, meaning in _compiled().get(kind, ()) if meaning is None)
    return any(tuple(steps[: len(route)]) == route for route in routes)
