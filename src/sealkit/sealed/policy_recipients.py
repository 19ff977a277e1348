"""The recipients of a creation rule of `.sops.yaml`, in the form that the `sops` block of a file has.

Source: sops 3.11 `config/config.go` and its key sources, compared with the program in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlsplit

from sealkit.sealed.metadata import Recipient
from sealkit.sealed.policy_yaml import invalid, mapping, sequence, string
from sealkit.source.filenames import POLICY
from sealkit.yamlspan.nodes import MappingNode, Node, ScalarNode, SequenceNode
from sealkit.yamlspan.scalars import Dialect

RECIPIENT_FIELDS = ("age", "pgp", "kms", "aws_profile", "gcp_kms", "hckms", "azure_keyvault", "hc_vault_transit_uri")
"""The fields with the recipients of a rule without key groups, in the order in which sops reads them."""

_GROUP_KEYS = ("merge", "age", "pgp", "kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault")
_AZURE_URL = r"(https://[^/]+)/keys/([^/]+)(?:/([^/]*))?\Z"
_VAULT_PATH = r"/v\d+/[^/]+/[^/]+/[^/]+"
_NESTED_VAULT_PATH = r"/[^/]+/v\d+/[^/]+/[^/]+/[^/]+"


def rule_recipients(keys: Mapping[str, Node]) -> list[Recipient]:
    """The recipients of a rule without `key_groups`. Keeps duplicates, as sops does."""
    profile = string(keys, "aws_profile")
    return [
        *_field_recipients(keys, "age", _age),
        *_field_recipients(keys, "pgp", _pgp),
        *_field_recipients(keys, "kms", lambda arn, _: _kms_of_arn(arn, profile)),
        *_field_recipients(keys, "gcp_kms", _gcp),
        *_field_recipients(keys, "hckms", _hckms),
        *_field_recipients(keys, "azure_keyvault", _azure),
        *_field_recipients(keys, "hc_vault_transit_uri", _vault),
    ]


def group_recipients(node: Node, warnings: list[str]) -> list[Recipient]:
    """The recipients of one of `key_groups`, without duplicates; those of merged groups come first."""
    if not isinstance(node, MappingNode):
        raise invalid(node, "a key group must be a mapping", "write: - age: [age1…]")
    keys = mapping(node)
    warnings += [
        f"{POLICY}:{keys[name].line}: sops ignores the key key_groups[].{name}"
        for name in keys
        if name not in _GROUP_KEYS
    ]
    recipients = [
        recipient for item in sequence(keys.get("merge"), "merge") for recipient in group_recipients(item, warnings)
    ]
    for item in sequence(keys.get("age"), "age"):
        recipients += [_age(value, item) for value in _text_of(item, "age").split(",")]
    recipients += [_pgp(_text_of(item, "pgp"), item) for item in sequence(keys.get("pgp"), "pgp")]
    recipients += [_kms(_entry(item, "kms")) for item in sequence(keys.get("kms"), "kms")]
    for item in sequence(keys.get("gcp_kms"), "gcp_kms"):
        recipients.append(_gcp(string(_entry(item, "gcp_kms"), "resource_id"), item))
    for item in sequence(keys.get("hckms"), "hckms"):
        recipients.append(_hckms(string(_entry(item, "hckms"), "key_id"), item))
    for item in sequence(keys.get("azure_keyvault"), "azure_keyvault"):
        entry = _entry(item, "azure_keyvault")
        recipients.append(_azure_key(string(entry, "vaultUrl"), string(entry, "key"), string(entry, "version")))
    recipients += [_vault(_text_of(item, "hc_vault"), item) for item in sequence(keys.get("hc_vault"), "hc_vault")]
    return list(dict.fromkeys(recipients))


def _field_recipients(keys: Mapping[str, Node], name: str, make: Callable[[str, Node], Recipient]) -> list[Recipient]:
    """The recipients of a field that is a comma-separated string, or a list of such strings."""
    node = keys.get(name)
    if node is None:
        return []
    if isinstance(node, SequenceNode):
        return [make(value, item) for item in node.items for value in _text_of(item, name).split(",")]
    if isinstance(node, ScalarNode) and node.value(Dialect.SOPS) is None:
        return []
    if name == "hckms":
        raise invalid(node, "hckms must be a list", "write the items as: - region:key-uuid")
    return [make(value.strip(), node) for value in _text_of(node, name).split(",") if value.strip()]


def _text_of(node: Node, name: str) -> str:
    if isinstance(node, ScalarNode) and isinstance(node.value(Dialect.SOPS), str):
        return node.text
    raise invalid(node, f"{name} must contain strings", "quote the value")


def _entry(node: Node, name: str) -> dict[str, Node]:
    if not isinstance(node, MappingNode):
        raise invalid(
            node, f"an entry of {name} in a key group must be a mapping", "see: sops documentation, key groups"
        )
    return mapping(node)


def _recipient(kind: str, identity: str, fields: Iterable[tuple[str, str]] = ()) -> Recipient:
    """A recipient with its non-empty settings, sorted by name."""
    return Recipient(kind, identity, tuple(sorted(pair for pair in fields if pair[1])))


def _age(value: str, node: Node) -> Recipient:
    value = value.strip()
    if not value.startswith(("age1", "ssh-")):
        raise invalid(node, "not an age recipient", "use one that starts with age1 or ssh-, never a secret key")
    return _recipient("age", value)


def _pgp(value: str, node: Node) -> Recipient:
    fingerprint = value.replace(" ", "")
    if not fingerprint:
        raise invalid(node, "empty PGP fingerprint", "remove it")
    return _recipient("pgp", fingerprint)


def _kms_of_arn(value: str, profile: str) -> Recipient:
    arn, plus, role = value.replace(" ", "").partition("+arn:")
    return _recipient("kms", arn, [("role", f"arn:{role}" if plus else ""), ("aws_profile", profile)])


def _kms(entry: Mapping[str, Node]) -> Recipient:
    context = entry.get("context")
    values = mapping(context) if isinstance(context, MappingNode) else {}
    joined = ",".join(f"{name}:{string(values, name)}" for name in sorted(values))
    fields = [("role", string(entry, "role")), ("context", joined), ("aws_profile", string(entry, "aws_profile"))]
    return _recipient("kms", string(entry, "arn"), fields)


def _gcp(value: str, node: Node) -> Recipient:  # noqa: ARG001 - one signature for all kinds
    return _recipient("gcp_kms", value.replace(" ", ""))


def _hckms(value: str, node: Node) -> Recipient:
    region, colon, key = value.strip().partition(":")
    if not (colon and region.strip() and key.strip()):
        raise invalid(node, "not a Huawei KMS key", "write: region:key-uuid")
    return _recipient("hckms", value.strip())


def _azure(value: str, node: Node) -> Recipient:
    match = re.match(_AZURE_URL, value.strip())
    if match is None:
        raise invalid(node, "not an Azure Key Vault key", "write: https://NAME.vault.azure.net/keys/KEY/VERSION")
    return _azure_key(match[1], match[2], match[3] or "")


def _azure_key(vault: str, name: str, version: str) -> Recipient:
    return _recipient("azure_kv", vault, [("name", name), ("version", version)])


def _vault(value: str, node: Node) -> Recipient:
    url = urlsplit(value)
    if not url.scheme or url.query or re.search(_NESTED_VAULT_PATH, url.path) or not re.search(_VAULT_PATH, url.path):
        raise invalid(node, "not a key of a Vault transit engine", "write: https://HOST:8200/v1/transit/keys/NAME")
    parts = url.path.strip("/").split("/")
    address = f"{url.scheme}://{url.netloc}"
    return _recipient("hc_vault", address, [("engine_path", "/".join(parts[1:-2])), ("key_name", parts[-1])])
