"""Converts the `sops` block between its form in a file and `Metadata`. `sops_block_flat` has the form of dotenv and INI.

Source: sops `stores/stores.go`, compared with the program in the tests. A block is read as tolerantly as sops reads it (numbers
and booleans may be strings) and written as sops 3.11 writes it, which every version reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeGuard

from sealkit.errors import SealkitError
from sealkit.sealed.metadata import RECIPIENT_KINDS, SELECTOR_MODES, Metadata, Recipient, Selector, Wrapped
from sealkit.yamlspan.scalars import Value

KEY = "sops"
"""The key, or the name of the section, of a block."""

_ID_FIELD = {
    "kms": "arn", "gcp_kms": "resource_id", "hckms": "key_id", "azure_kv": "vault_url", "hc_vault": "vault_address",
    "age": "recipient", "pgp": "fp",
}  # fmt: skip
_ENTRY_FIELDS = {
    "kms": ("arn", "role", "context", "created_at", "enc", "aws_profile"),
    "gcp_kms": ("resource_id", "created_at", "enc"),
    "hckms": ("key_id", "created_at", "enc"),
    "azure_kv": ("vault_url", "name", "version", "created_at", "enc"),
    "hc_vault": ("vault_address", "engine_path", "key_name", "created_at", "enc"),
    "age": ("recipient", "enc"),
    "pgp": ("created_at", "enc", "fp"),
}
_OPTIONAL_FIELDS = ("role", "context")
_GROUP_ORDER = ("pgp", "kms", "gcp_kms", "hckms", "azure_kv", "hc_vault", "age")
_ALWAYS_IN_GROUP = ("hc_vault", "age")
ORDER = (
    "shamir_threshold", "key_groups", "kms", "gcp_kms", "hckms", "azure_kv", "hc_vault", "age", "lastmodified", "mac",
    "pgp", *SELECTOR_MODES, "mac_only_encrypted", "version",
)  # fmt: skip
"""The keys of a new block, in the order of sops."""

_FALSE = frozenset(["", "0", "f", "F", "false", "False", "FALSE"])
_TRUE = frozenset(["1", "t", "T", "true", "True", "TRUE"])


def is_block(tree: Value) -> TypeGuard[Mapping[str, Value]]:
    """Whether the value of a top-level key `sops` is a `sops` block, and not a setting of some other program."""
    if not isinstance(tree, Mapping):
        return False
    lists = [entries for kind in RECIPIENT_KINDS if isinstance(entries := tree.get(kind), list)]
    has_entry = any(isinstance(entry, Mapping) and "enc" in entry for entries in lists for entry in entries)
    return "mac" in tree or "lastmodified" in tree or has_entry


def read(tree: Mapping[str, Value], path: str) -> Metadata:
    """The metadata of a nested block. Raises SealkitError for a block that sops refuses too. A missing version or MAC is not an
    error here: decryption checks them."""
    patterns = [(mode, _text(tree.get(mode), path, mode)) for mode in SELECTOR_MODES]
    selectors = [Selector(mode, pattern) for mode, pattern in patterns if pattern]
    if len(selectors) > 1:
        names = " and ".join(selector.mode for selector in selectors)
        raise SealkitError(
            f"{path}: the sops block has {names}; sops allows one", hint="keep the one that the file was sealed with"
        )
    groups = [_group(tree, path)]
    if not groups[0]:
        groups = [_group(_mapping(group, path, "key_groups"), path) for group in _items(tree, "key_groups", path)]
    return Metadata(
        [group for group in groups if group] if len(groups) == 1 else groups,
        _number(tree.get("shamir_threshold"), path, "shamir_threshold"),
        _text(tree.get("mac"), path, "mac"),
        _text(tree.get("lastmodified"), path, "lastmodified"),
        _text(tree.get("version"), path, "version"),
        selectors[0] if selectors else Selector(),
        _flag(tree.get("mac_only_encrypted"), path),
        tuple(tree),
    )


def fields(metadata: Metadata) -> dict[str, Any]:
    """The value of each key of the block: text, number, True, a list of `Wrapped`, or for `key_groups` a list of such lists.
    Keys without a value are left out, in the order of a new block. Two blocks are equivalent if their fields are equal."""
    values: dict[str, Any] = {
        "shamir_threshold": metadata.threshold,
        "lastmodified": metadata.lastmodified,
        "mac": metadata.mac,
        "mac_only_encrypted": metadata.mac_only_encrypted,
        "version": metadata.version,
        metadata.selector.mode: metadata.selector.pattern,
    }
    if len(metadata.groups) > 1:
        values["key_groups"] = [
            sorted(group, key=lambda wrapped: _GROUP_ORDER.index(wrapped.recipient.kind)) for group in metadata.groups
        ]
    else:
        by_kind = {kind: [w for w in metadata.wrapped() if w.recipient.kind == kind] for kind in RECIPIENT_KINDS}
        values |= {kind: entries for kind, entries in by_kind.items() if entries}
    always = ("lastmodified", "mac", "version")
    return {key: values[key] for key in ORDER if values.get(key) or key in always}


def nested(key: str, value: Any, key_order: Mapping[str, Sequence[str]] | None = None) -> Value:
    """One value of `fields` in the form of a nested block. `key_order` is the order of the keys of an entry, by kind."""
    if key == "key_groups":
        return [_group_tree(group, key_order or {}) for group in value]
    return [entry(wrapped, key_order) for wrapped in value] if key in RECIPIENT_KINDS else value


def entry(wrapped: Wrapped, key_order: Mapping[str, Sequence[str]] | None = None) -> dict[str, Value]:
    """One wrapped data key in the form of a nested block."""
    kind, settings = wrapped.recipient.kind, dict(wrapped.recipient.fields)
    entry_values: dict[str, Value] = {
        **settings, _ID_FIELD[kind]: wrapped.recipient.id, "created_at": wrapped.created_at, "enc": wrapped.enc
    }  # fmt: skip
    if context := settings.get("context"):
        entry_values["context"] = dict(pair.partition(":")[::2] for pair in context.split(","))
    names = [name for name in _ENTRY_FIELDS[kind] if entry_values.get(name) or name not in _OPTIONAL_FIELDS]
    order = (key_order or {}).get(kind, ())
    names.sort(key=lambda name: order.index(name) if name in order else len(order))
    return {name: entry_values.get(name, "") for name in names}


def order_of_entries(tree: Mapping[str, Value]) -> dict[str, Sequence[str]]:
    """The order of the keys of an entry, by kind, and of a key group, in an existing block: the argument `key_order`."""
    groups = tree.get("key_groups")
    orders: dict[str, Sequence[str]] = {}
    if isinstance(groups, list) and groups and isinstance(groups[0], Mapping):
        orders["key_groups"] = tuple(groups[0])
    for level in [tree, *(groups if isinstance(groups, list) else [])]:
        for kind in RECIPIENT_KINDS:
            entries = level.get(kind) if isinstance(level, Mapping) else None
            if isinstance(entries, list) and entries and isinstance(entries[0], Mapping):
                orders.setdefault(kind, tuple(entries[0]))
    return orders


def nested_block(metadata: Metadata) -> dict[str, Value]:
    """The whole block in nested form, its keys in the order of `metadata.order`."""
    values = fields(metadata)
    return {name: nested(name, values[name]) for name in ordered(values, metadata.order)}


def ordered(keys: Iterable[str], existing: Sequence[str]) -> list[str]:
    """Keys of a block in their existing order. A new key goes before the first one that follows it in a new block."""
    wanted = list(keys)
    result = [key for key in existing if key in wanted]
    for key in sorted(set(wanted) - set(result), key=ORDER.index):
        later = (i for i, other in enumerate(result) if other in ORDER and ORDER.index(other) > ORDER.index(key))
        result.insert(next(later, len(result)), key)
    return result


def _group(tree: Mapping[str, Value], path: str) -> list[Wrapped]:
    """The wrapped data keys of one key group, in the order of the block."""
    return [_wrapped(kind, item, path) for kind in tree if kind in RECIPIENT_KINDS for item in _items(tree, kind, path)]


def _group_tree(group: Sequence[Wrapped], key_order: Mapping[str, Sequence[str]]) -> dict[str, Value]:
    by_kind: dict[str, list[Value]] = {
        kind: [entry(w, key_order) for w in group if w.recipient.kind == kind] for kind in _GROUP_ORDER
    }
    names = [kind for kind, entries in by_kind.items() if entries or kind in _ALWAYS_IN_GROUP]
    order = key_order.get("key_groups", ())
    names.sort(key=lambda kind: order.index(kind) if kind in order else len(order))
    return {kind: by_kind[kind] for kind in names}


def _wrapped(kind: str, item: Value, path: str) -> Wrapped:
    entry_fields = _mapping(item, path, kind)
    settings = []
    for name in sorted(_ENTRY_FIELDS[kind]):
        if name in {_ID_FIELD[kind], "enc", "created_at"}:
            continue
        value = entry_fields.get(name)
        if name == "context" and isinstance(value, Mapping):
            value = ",".join(f"{key}:{_text(value[key], path, kind)}" for key in sorted(value))
        if text := _text(value, path, kind):
            settings.append((name, text))
    recipient = Recipient(kind, _text(entry_fields.get(_ID_FIELD[kind]), path, kind), tuple(settings))
    return Wrapped(
        recipient, _text(entry_fields.get("enc"), path, kind), _text(entry_fields.get("created_at"), path, kind)
    )


def _items(tree: Mapping[str, Value], name: str, path: str) -> list[Value]:
    value = tree.get(name)
    if value is None or value == "":
        return []
    if not isinstance(value, list):
        raise broken(path, name)
    return value


def _mapping(value: Value, path: str, name: str) -> Mapping[str, Value]:
    if not isinstance(value, Mapping):
        raise broken(path, name)
    return value


def _text(value: Value, path: str, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, str | int | float):
        return str(value)
    raise broken(path, name)


def _number(value: Value, path: str, name: str) -> int:
    text = _text(value, path, name)
    if not text:
        return 0
    # sops 3.9 writes 2.000000 into INI files
    if (match := re.fullmatch(r"([0-9]{1,9})(?:\.0{1,9})?", text)) is None:
        raise broken(path, name)
    return int(match[1])


def _flag(value: Value, path: str) -> bool:
    text = _text(value, path, "mac_only_encrypted")
    if text not in _FALSE | _TRUE:
        raise broken(path, "mac_only_encrypted")
    return text in _TRUE


def broken(path: str, name: str) -> SealkitError:
    """The error for a block with an invalid value of a key."""
    return SealkitError(f"{path}: invalid value of {name} in the sops block", hint=f"restore it: git log -p -- {path}")
