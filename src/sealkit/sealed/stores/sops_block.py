"""The `sops` block between its form in a file and `Metadata`: the names and order of its keys. `sealed.flat` has the form
for dotenv and ini.

Source: sops `stores/stores.go`, held against the program in the tests. A block is read as loosely as sops reads it (numbers
and truths may be texts); it is written as sops 3.11 does, which every version reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sealkit.errors import SealkitError
from sealkit.sealed.metadata import LISTS, Metadata, Recipient, Selector, Wrapped

Tree = Any
"""A block as dicts, lists and scalars."""

MODES = (
    "unencrypted_suffix", "encrypted_suffix", "unencrypted_regex", "encrypted_regex",
    "unencrypted_comment_regex", "encrypted_comment_regex",
)  # fmt: skip
"""The six ways to choose leaves, of which a file, or a rule, has at most one."""

_ID = {
    "kms": "arn", "gcp_kms": "resource_id", "hckms": "key_id", "azure_kv": "vault_url", "hc_vault": "vault_address",
    "age": "recipient", "pgp": "fp",
}  # fmt: skip
_ENTRY = {
    "kms": ("arn", "role", "context", "created_at", "enc", "aws_profile"),
    "gcp_kms": ("resource_id", "created_at", "enc"),
    "hckms": ("key_id", "created_at", "enc"),
    "azure_kv": ("vault_url", "name", "version", "created_at", "enc"),
    "hc_vault": ("vault_address", "engine_path", "key_name", "created_at", "enc"),
    "age": ("recipient", "enc"),
    "pgp": ("created_at", "enc", "fp"),
}
_OPTIONAL = ("role", "context")
_IN_GROUP = ("pgp", "kms", "gcp_kms", "hckms", "azure_kv", "hc_vault", "age")
_ALWAYS_IN_GROUP = ("hc_vault", "age")
ORDER = (
    "shamir_threshold", "key_groups", "kms", "gcp_kms", "hckms", "azure_kv", "hc_vault", "age", "lastmodified", "mac",
    "pgp", *MODES, "mac_only_encrypted", "version",
)  # fmt: skip
"""The keys of a new block, in order."""

_FALSE = frozenset(["", "0", "f", "F", "false", "False", "FALSE"])
_TRUE = frozenset(["1", "t", "T", "true", "True", "TRUE"])


def is_block(tree: Tree) -> bool:
    """Whether what stands under a top-level key `sops` is such a block, and not a setting of some other program."""
    if not isinstance(tree, Mapping):
        return False
    wraps = (entry for kind in LISTS if isinstance(tree.get(kind), list) for entry in tree[kind])
    return "mac" in tree or "lastmodified" in tree or any(isinstance(e, Mapping) and "enc" in e for e in wraps)


def read(tree: Mapping[str, Tree], path: str) -> Metadata:
    """The metadata of a nested block. Raises SealkitError for one that sops would not take either; a missing version or MAC
    is left to whoever opens the file."""
    found = [(mode, _text(tree.get(mode), path, mode)) for mode in MODES]
    selectors = [Selector(mode, pattern) for mode, pattern in found if pattern]
    if len(selectors) > 1:
        names = " and ".join(selector.mode for selector in selectors)
        raise SealkitError(
            f"{path}: its sops block holds {names}; sops takes one", hint="keep the one it was sealed with"
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
    """What each key of the block says: text, number, True, a list of `Wrapped` (a list of such lists for `key_groups`). Keys
    that say nothing are left out; the order is that of a new block. Two blocks say the same where this is equal."""
    said: dict[str, Any] = {
        "shamir_threshold": metadata.threshold,
        "lastmodified": metadata.lastmodified,
        "mac": metadata.mac,
        "mac_only_encrypted": metadata.mac_only_encrypted,
        "version": metadata.version,
        metadata.selector.mode: metadata.selector.pattern,
    }
    if len(metadata.groups) > 1:
        said["key_groups"] = [
            sorted(group, key=lambda wrapped: _IN_GROUP.index(wrapped.recipient.kind)) for group in metadata.groups
        ]
    else:
        said |= {kind: of for kind in LISTS if (of := [w for w in metadata.wrapped() if w.recipient.kind == kind])}
    always = ("lastmodified", "mac", "version")
    return {key: said[key] for key in ORDER if said.get(key) or key in always}


def nested(key: str, value: Any, like: Mapping[str, Sequence[str]] | None = None) -> Tree:
    """One value of `fields` as it stands in a nested block. `like`: the order of an entry's keys, by kind, as found."""
    if key == "key_groups":
        return [_group_tree(group, like or {}) for group in value]
    return [entry(wrapped, like) for wrapped in value] if key in LISTS else value


def entry(wrapped: Wrapped, like: Mapping[str, Sequence[str]] | None = None) -> dict[str, Tree]:
    """One recipient's copy as it stands in a nested block."""
    kind, settings = wrapped.recipient.kind, dict(wrapped.recipient.fields)
    known: dict[str, Tree] = {
        **settings, _ID[kind]: wrapped.recipient.id, "created_at": wrapped.created_at, "enc": wrapped.enc
    }  # fmt: skip
    if context := settings.get("context"):
        known["context"] = dict(pair.partition(":")[::2] for pair in context.split(","))
    names = [name for name in _ENTRY[kind] if known.get(name) or name not in _OPTIONAL]
    order = (like or {}).get(kind, ())
    names.sort(key=lambda name: order.index(name) if name in order else len(order))
    return {name: known.get(name, "") for name in names}


def order_of_entries(tree: Mapping[str, Tree]) -> dict[str, Sequence[str]]:
    """How the entries of each kind, and key groups, order their keys in a block as found, for `like`."""
    groups = tree.get("key_groups")
    found: dict[str, Sequence[str]] = {}
    if isinstance(groups, list) and groups and isinstance(groups[0], Mapping):
        found["key_groups"] = tuple(groups[0])
    for level in [tree, *(groups if isinstance(groups, list) else [])]:
        for kind in LISTS:
            entries = level.get(kind) if isinstance(level, Mapping) else None
            if isinstance(entries, list) and entries and isinstance(entries[0], Mapping):
                found.setdefault(kind, tuple(entries[0]))
    return found


def ordered(keys: Iterable[str], found: Sequence[str]) -> list[str]:
    """Keys of a block in the order found; one that is new goes before the first that comes later in a new block."""
    wanted = list(keys)
    placed = [key for key in found if key in wanted]
    for key in sorted(set(wanted) - set(placed), key=ORDER.index):
        later = (i for i, other in enumerate(placed) if other in ORDER and ORDER.index(other) > ORDER.index(key))
        placed.insert(next(later, len(placed)), key)
    return placed


def _group(tree: Mapping[str, Tree], path: str) -> list[Wrapped]:
    """The copies of one key group, in the order of the block."""
    return [_wrapped(kind, item, path) for kind in tree if kind in LISTS for item in _items(tree, kind, path)]


def _group_tree(group: Sequence[Wrapped], like: Mapping[str, Sequence[str]]) -> dict[str, Tree]:
    of = {kind: [entry(w, like) for w in group if w.recipient.kind == kind] for kind in _IN_GROUP}
    names = [kind for kind, entries in of.items() if entries or kind in _ALWAYS_IN_GROUP]
    order = like.get("key_groups", ())
    names.sort(key=lambda kind: order.index(kind) if kind in order else len(order))
    return {kind: of[kind] for kind in names}


def _wrapped(kind: str, item: Tree, path: str) -> Wrapped:
    found = _mapping(item, path, kind)
    settings = []
    for name in sorted(_ENTRY[kind]):
        if name in {_ID[kind], "enc", "created_at"}:
            continue
        value = found.get(name)
        if name == "context" and isinstance(value, Mapping):
            value = ",".join(f"{key}:{_text(value[key], path, kind)}" for key in sorted(value))
        if text := _text(value, path, kind):
            settings.append((name, text))
    recipient = Recipient(kind, _text(found.get(_ID[kind]), path, kind), tuple(settings))
    return Wrapped(recipient, _text(found.get("enc"), path, kind), _text(found.get("created_at"), path, kind))


def _items(tree: Mapping[str, Tree], name: str, path: str) -> list[Tree]:
    value = tree.get(name)
    if value is None or value == "":
        return []
    if not isinstance(value, list):
        raise broken(path, name)
    return value


def _mapping(value: Tree, path: str, name: str) -> Mapping[str, Tree]:
    if not isinstance(value, Mapping):
        raise broken(path, name)
    return value


def _text(value: Tree, path: str, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, str | int | float):
        return str(value)
    raise broken(path, name)


def _number(value: Tree, path: str, name: str) -> int:
    text = _text(value, path, name)
    if not text:
        return 0
    # sops 3.9 writes 2.000000 into ini files
    if (found := re.fullmatch(r"([0-9]{1,9})(?:\.0{1,9})?", text)) is None:
        raise broken(path, name)
    return int(found[1])


def _flag(value: Tree, path: str) -> bool:
    text = _text(value, path, "mac_only_encrypted")
    if text not in _FALSE | _TRUE:
        raise broken(path, "mac_only_encrypted")
    return text in _TRUE


def broken(path: str, name: str) -> SealkitError:
    """The error for a block that says nothing sensible at one of its keys."""
    return SealkitError(f"{path}: its sops block is broken at {name}", hint=f"restore it: git log -p -- {path}")
