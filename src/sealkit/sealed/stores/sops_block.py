"""Converts the `sops` block between its form in a file and `Metadata`. `sops_block_flat` has the form of dotenv and INI.

Source: sops `stores/stores.go` and `stores/metadata.go`, compared with the program in the tests. A block is read where every sops
from 3.11 on reads it, to the same meaning (3.13 takes numbers and booleans as text, 3.11 does not), and written as sops 3.11
writes it, which every version reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, TypeGuard

from sealkit.errors import SealkitError
from sealkit.sealed.metadata import RECIPIENT_KINDS, SELECTOR_MODES, Metadata, Recipient, Selector, Wrapped
from sealkit.yamlspan.scalars import Dialect, Timestamp, Value, resolve

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

_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
_VERSION = r"1\..*|v?(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)(?:[-+][0-9A-Za-z.+-]+)?"


class Source(Enum):
    """Where a block was read from, which decides the types of its values."""

    YAML = "yaml"
    JSON = "json"
    FLAT = "dotenv and INI"


def is_time(text: str) -> bool:
    """Whether a text is a time in the only form that sops reads and writes, RFC 3339."""
    return re.fullmatch(_TIME, text) is not None and isinstance(resolve(text, Dialect.SOPS), Timestamp)


def is_version(text: str) -> bool:
    """Whether a text is the version of a sops; sops decrypts no file without one."""
    return re.fullmatch(_VERSION, text) is not None


def is_block(tree: Value) -> TypeGuard[Mapping[str, Value]]:
    """Whether the value of a top-level key `sops` is a `sops` block, and not a setting of some other program."""
    if not isinstance(tree, Mapping):
        return False
    lists = [entries for kind in RECIPIENT_KINDS if isinstance(entries := tree.get(kind), list)]
    has_entry = any(isinstance(entry, Mapping) and "enc" in entry for entries in lists for entry in entries)
    return "mac" in tree or "lastmodified" in tree or has_entry


def read(tree: Mapping[str, Value], path: str, source: Source) -> Metadata:
    """The metadata of a nested block. Raises SealkitError for a block that sops refuses too. An odd version, MAC or time of
    change is not an error here: decryption checks them."""
    if source is Source.JSON:
        _require_texts(tree, path)
    patterns = [(mode, _text(tree.get(mode), path, mode)) for mode in SELECTOR_MODES]
    selectors = [Selector(mode, pattern) for mode, pattern in patterns if pattern]
    if len(selectors) > 1:
        names = " and ".join(selector.mode for selector in selectors)
        raise SealkitError(
            f"{path}: the sops block has {names}; sops allows one", hint="keep the one that the file was sealed with"
        )
    several = [_group(_mapping(group, path, "key_groups"), path) for group in _items(tree, "key_groups", path)]
    groups = [_group(tree, path)]
    if not groups[0]:
        groups = several
    return Metadata(
        [group for group in groups if group] if len(groups) == 1 else groups,
        _number(tree.get("shamir_threshold"), path, source),
        _text(tree.get("mac"), path, "mac"),
        _text(tree.get("lastmodified"), path, "lastmodified"),
        _text(tree.get("version"), path, "version"),
        selectors[0] if selectors else Selector(),
        _flag(tree.get("mac_only_encrypted"), path, source),
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
    created = _text(entry_fields.get("created_at"), path, kind)
    if kind != "age" and not is_time(created):
        raise broken(path, f"created_at of a {kind} entry")
    return Wrapped(recipient, _text(entry_fields.get("enc"), path, kind), created)


def _items(tree: Mapping[str, Value], name: str, path: str) -> list[Value]:
    value = tree.get(name)
    if value is None:
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
    # sops 3.13 refuses a time without quotes
    if isinstance(value, str | int | float) and not isinstance(value, Timestamp):
        return str(value)
    raise broken(path, name)


def _number(value: Value, path: str, source: Source) -> int:
    """The threshold: a number, or in a format of texts its digits."""
    text = _text(value, path, "shamir_threshold")
    typed = value is None or isinstance(value, str if source is Source.FLAT else int | float)
    if value is None or (source is Source.FLAT and text == "0"):
        return 0
    # sops 3.9 writes 2.000000 into INI files
    match = re.fullmatch(r"([0-9]{1,9})(?:\.0{1,9})?", text)
    if match is None or not typed or isinstance(value, bool) or (source is Source.JSON and isinstance(value, float)):
        raise broken(path, "shamir_threshold")
    return int(match[1])


def _flag(value: Value, path: str, source: Source) -> bool:
    """`mac_only_encrypted`: in a format of texts, sops 3.11 takes the word `true` alone, and 3.13 other words too."""
    if value is None or isinstance(value, bool):
        return bool(value)
    if source is not Source.FLAT or value not in {"true", "false", ""}:
        raise broken(path, "mac_only_encrypted")
    return value == "true"


def _require_texts(tree: Value, path: str, name: str = KEY) -> None:
    """Refuse a number or boolean in a JSON block, where sops requires text."""
    if isinstance(tree, Mapping):
        for key, child in tree.items():
            if name != KEY or (key in ORDER and key not in {"shamir_threshold", "mac_only_encrypted"}):
                _require_texts(child, path, key)
    elif isinstance(tree, list):
        for child in tree:
            _require_texts(child, path, name)
    elif tree is not None and not isinstance(tree, str):
        raise broken(path, name)


def broken(path: str, name: str) -> SealkitError:
    """The error for a block with an invalid value of a key."""
    return SealkitError(f"{path}: invalid value of {name} in the sops block", hint=f"restore it: git log -p -- {path}")
