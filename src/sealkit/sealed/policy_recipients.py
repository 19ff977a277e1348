"""The key fields of a rule of `.sops.yaml`, made into recipients exactly as the `sops` block of a file names them.

Source: sops 3.11 `config/config.go` and the key sources; held against the program in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlsplit

from sealkit.errors import UsageError
from sealkit.sealed.metadata import Recipient
from sealkit.source.filenames import POLICY
from sealkit.yamlspan.nodes import MappingNode, Node, ScalarNode, SequenceNode
from sealkit.yamlspan.scalars import Dialect

FIELDS = ("age", "pgp", "kms", "aws_profile", "gcp_kms", "hckms", "azure_keyvault", "hc_vault_transit_uri")
"""The fields of a rule without key groups, in the order in which sops reads them."""

_GROUP = ("merge", "age", "pgp", "kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault")
_AZURE = re.compile(r"(https://[^/]+)/keys/([^/]+)(?:/([^/]*))?\Z")
_VAULT = re.compile(r"/v\d+/[^/]+/[^/]+/[^/]+")
_NESTED_VAULT = re.compile(r"/[^/]+/v\d+/[^/]+/[^/]+/[^/]+")


def refused(node: Node, message: str, hint: str) -> UsageError:
    """What is wrong with a place of the policy."""
    return UsageError(f"{POLICY}:{node.line}: {message}", hint=hint)


def pairs(node: MappingNode) -> dict[str, Node]:
    """The keys of a mapping, merge keys (`<<`) applied. Raises UsageError for a key that stands twice, as go-yaml does."""
    own: dict[str, Node] = {}
    merged: dict[str, Node] = {}
    for key, child in node.items:
        if key.text == "<<" and key.style == "":
            for source in child.items if isinstance(child, SequenceNode) else [child]:
                if isinstance(source, MappingNode):
                    merged = {**pairs(source), **merged}
            continue
        if key.text in own:
            raise refused(key, f"the key {key.text} stands twice", "keep one of the two")
        own[key.text] = child
    return {**merged, **own}


def items(node: Node | None, name: str) -> list[Node]:
    """The items of a list; none where it is missing or null. Raises UsageError for anything else."""
    if node is None or (isinstance(node, ScalarNode) and node.value(Dialect.SOPS) is None):
        return []
    if not isinstance(node, SequenceNode):
        raise refused(node, f"{name} must be a list", f"write its items as: - …, below {name}:")
    return node.items


def text(keys: Mapping[str, Node], name: str) -> str:
    """A text field; empty where it is missing or null."""
    node = keys.get(name)
    if node is None:
        return ""
    if not isinstance(node, ScalarNode):
        raise refused(node, f"{name} must be one text", f"write: {name}: …")
    return "" if node.value(Dialect.SOPS) is None else node.text


def number(keys: Mapping[str, Node], name: str) -> int:
    """A number field; 0 where it is missing or null."""
    node = keys.get(name)
    value = node.value(Dialect.SOPS) if isinstance(node, ScalarNode) else node
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int):
        assert node is not None
        raise refused(node, f"{name} must be a number", f"write: {name}: 2")
    return value


def flat(keys: Mapping[str, Node]) -> list[Recipient]:
    """The one group of a rule without `key_groups`. Repeats stay, as sops keeps them."""
    profile = text(keys, "aws_profile")
    return [
        *_each(keys, "age", _age),
        *_each(keys, "pgp", _pgp),
        *_each(keys, "kms", lambda arn, _: _kms_of_arn(arn, profile)),
        *_each(keys, "gcp_kms", _gcp),
        *_each(keys, "hckms", _hckms),
        *_each(keys, "azure_keyvault", _azure),
        *_each(keys, "hc_vault_transit_uri", _vault),
    ]


def group(node: Node, warnings: list[str]) -> list[Recipient]:
    """One of `key_groups`, what it merges first, each recipient once."""
    if not isinstance(node, MappingNode):
        raise refused(node, "a key group must be a mapping", "write: - age: [age1…]")
    keys = pairs(node)
    warnings += [
        f"{POLICY}:{keys[name].line}: sops passes over the key key_groups[].{name}"
        for name in keys
        if name not in _GROUP
    ]
    found = [recipient for item in items(keys.get("merge"), "merge") for recipient in group(item, warnings)]
    for item in items(keys.get("age"), "age"):
        found += [_age(one, item) for one in _text_of(item, "age").split(",")]
    found += [_pgp(_text_of(item, "pgp"), item) for item in items(keys.get("pgp"), "pgp")]
    found += [_kms(_entry(item, "kms")) for item in items(keys.get("kms"), "kms")]
    for item in items(keys.get("gcp_kms"), "gcp_kms"):
        found.append(_gcp(text(_entry(item, "gcp_kms"), "resource_id"), item))
    for item in items(keys.get("hckms"), "hckms"):
        found.append(_hckms(text(_entry(item, "hckms"), "key_id"), item))
    for item in items(keys.get("azure_keyvault"), "azure_keyvault"):
        entry = _entry(item, "azure_keyvault")
        found.append(_azure_key(text(entry, "vaultUrl"), text(entry, "key"), text(entry, "version")))
    found += [_vault(_text_of(item, "hc_vault"), item) for item in items(keys.get("hc_vault"), "hc_vault")]
    return list(dict.fromkeys(found))


def _each(keys: Mapping[str, Node], name: str, make: Callable[[str, Node], Recipient]) -> list[Recipient]:
    """A field that is a comma-separated text or a list of such."""
    node = keys.get(name)
    if node is None:
        return []
    if isinstance(node, SequenceNode):
        return [make(one, item) for item in node.items for one in _text_of(item, name).split(",")]
    if isinstance(node, ScalarNode) and node.value(Dialect.SOPS) is None:
        return []
    if name == "hckms":
        raise refused(node, "hckms must be a list", "write its items as: - region:key-uuid")
    return [make(one.strip(), node) for one in _text_of(node, name).split(",") if one.strip()]


def _text_of(node: Node, name: str) -> str:
    if isinstance(node, ScalarNode) and isinstance(node.value(Dialect.SOPS), str):
        return node.text
    raise refused(node, f"{name} must hold texts", "put the value in quotes")


def _entry(node: Node, name: str) -> dict[str, Node]:
    if not isinstance(node, MappingNode):
        raise refused(
            node, f"an entry of {name} in a key group must be a mapping", "see: sops documentation, key groups"
        )
    return pairs(node)


def recipient(kind: str, identity: str, fields: Iterable[tuple[str, str]] = ()) -> Recipient:
    """A recipient whose settings are those that say something, in the order of their names."""
    return Recipient(kind, identity, tuple(sorted(pair for pair in fields if pair[1])))


def _age(value: str, node: Node) -> Recipient:
    value = value.strip()
    if not value.startswith(("age1", "ssh-")):
        raise refused(node, "not an age recipient", "it begins with age1 or ssh-; a secret key never stands here")
    return recipient("age", value)


def _pgp(value: str, node: Node) -> Recipient:
    fingerprint = value.replace(" ", "")
    if not fingerprint:
        raise refused(node, "an empty PGP fingerprint", "remove it")
    return recipient("pgp", fingerprint)


def _kms_of_arn(value: str, profile: str) -> Recipient:
    arn, plus, role = value.replace(" ", "").partition("+arn:")
    return recipient("kms", arn, [("role", f"arn:{role}" if plus else ""), ("aws_profile", profile)])


def _kms(entry: Mapping[str, Node]) -> Recipient:
    context = entry.get("context")
    values = pairs(context) if isinstance(context, MappingNode) else {}
    joined = ",".join(f"{name}:{text(values, name)}" for name in sorted(values))
    fields = [("role", text(entry, "role")), ("context", joined), ("aws_profile", text(entry, "aws_profile"))]
    return recipient("kms", text(entry, "arn"), fields)


def _gcp(value: str, node: Node) -> Recipient:  # noqa: ARG001 - one signature for all kinds
    return recipient("gcp_kms", value.replace(" ", ""))


def _hckms(value: str, node: Node) -> Recipient:
    region, colon, key = value.strip().partition(":")
    if not (colon and region.strip() and key.strip()):
        raise refused(node, "not a key of Huawei KMS", "write: region:key-uuid")
    return recipient("hckms", value.strip())


def _azure(value: str, node: Node) -> Recipient:
    found = _AZURE.match(value.strip())
    if found is None:
        raise refused(node, "not a key of Azure Key Vault", "write: https://NAME.vault.azure.net/keys/KEY/VERSION")
    return _azure_key(found[1], found[2], found[3] or "")


def _azure_key(vault: str, name: str, version: str) -> Recipient:
    return recipient("azure_kv", vault, [("name", name), ("version", version)])


def _vault(value: str, node: Node) -> Recipient:
    url = urlsplit(value)
    if not url.scheme or url.query or _NESTED_VAULT.search(url.path) or not _VAULT.search(url.path):
        raise refused(node, "not a key of a Vault transit engine", "write: https://HOST:8200/v1/transit/keys/NAME")
    parts = url.path.strip("/").split("/")
    address = f"{url.scheme}://{url.netloc}"
    return recipient("hc_vault", address, [("engine_path", "/".join(parts[1:-2])), ("key_name", parts[-1])])
