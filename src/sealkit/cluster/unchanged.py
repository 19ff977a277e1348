"""Whether applying an object would change nothing, told from the live object alone: no dry run is needed, and no value is sent.

It is so where sealkit's entry in `managedFields` holds exactly the fields that the manifest has, and each of them has the value
that the manifest gives. Anything that another manager took or changed is missing from that entry. What cannot be told (a quantity
in another spelling, a default inside a part that is owned as a whole, another version of the kind) counts as not settled and is
tried.

Measured: a server-side apply that changes nothing costs the server 3 ms of CPU, as much as a creation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from sealkit.cluster.live_objects import our_entry
from sealkit.model.sensitive import Sensitive
from sealkit.model.tree import Fields, Tree, as_mapping, at

FieldSet = Fields
"""Which fields an entry of `managedFields` holds: `{"f:spec": {"f:replicas": {}}}`."""
_UNMANAGED = ("apiVersion", "kind")


def is_unchanged(body: Fields, now: Fields) -> bool:
    """Whether `body`, as it would be sent, is what the live object `now` holds and what sealkit manages in it."""
    entry = our_entry(now)
    if entry is not None and entry.get("apiVersion") != body["apiVersion"]:
        return False
    fields = as_mapping(at(entry, "fieldsV1"))
    wanted = {key: value for key, value in body.items() if key not in _UNMANAGED}
    metadata = {
        key: value for key, value in as_mapping(body.get("metadata")).items() if key not in {"name", "namespace"}
    }
    wanted = {**wanted, "metadata": metadata}
    if not metadata:
        del wanted["metadata"]
    return _mapping(wanted, fields, now)


def _mapping(wanted: Fields, fields: FieldSet, now: Tree) -> bool:
    if not isinstance(now, Mapping) or {f"f:{key}" for key in wanted} != fields.keys() - {"."}:
        return False
    return all(key in now and _value(value, as_mapping(fields[f"f:{key}"]), now[key]) for key, value in wanted.items())


def _value(wanted: Tree, fields: FieldSet, now: Tree) -> bool:
    if not fields:
        return _same(wanted, now)  # a scalar, or a list or mapping that is owned as a whole
    if isinstance(wanted, Mapping):
        return _mapping(wanted, fields, now)
    return isinstance(wanted, list) and isinstance(now, list) and _list(wanted, fields, now)


def _list(wanted: list[Tree], fields: FieldSet, now: list[Tree]) -> bool:
    """A list whose items are owned one by one: `k:{"name":"api"}` by key, `v:"x"` by value."""
    owned = {key: inner for key, inner in fields.items() if key != "."}
    if len(owned) != len(wanted):
        return False
    for key, inner in owned.items():
        sort, _, text = key.partition(":")
        known = json.loads(text)
        if sort == "v":
            if not any(_same(item, known) for item in wanted) or known not in now:
                return False
            continue
        mine, theirs = _by_keys(wanted, known, whole=False), _by_keys(now, known, whole=True)
        if sort != "k" or mine is None or theirs is None or not _item(mine, as_mapping(inner), theirs):
            return False
    return True


def _item(mine: Fields, fields: FieldSet, theirs: Fields) -> bool:
    return _mapping(mine, fields, theirs) if fields.keys() - {"."} else _same(mine, theirs)


def _by_keys(items: list[Tree], keys: Fields, *, whole: bool) -> Fields | None:
    """The one item with these keys. Not `whole`: one that is left to its default (`protocol`) need not be there."""
    found = [item for item in items if isinstance(item, Mapping) and _has(item, keys, whole=True)]
    if not found and not whole:
        found = [item for item in items if isinstance(item, Mapping) and _has(item, keys, whole=False)]
    return found[0] if len(found) == 1 else None


def _has(item: Fields, keys: Fields, *, whole: bool) -> bool:
    return all(_same(item[key], value) if key in item else not whole for key, value in keys.items())


def _same(wanted: Tree, now: Tree) -> bool:
    if isinstance(wanted, Mapping) and isinstance(now, Mapping):
        return wanted.keys() == now.keys() and all(_same(value, now[key]) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(now, list):
        return len(wanted) == len(now) and all(map(_same, wanted, now))
    if isinstance(wanted, Sensitive):
        return bool(wanted == now)
    if isinstance(wanted, Mapping | list) or isinstance(now, Mapping | list):
        return False
    # json gives str where the manifest may hold a subclass of it
    return isinstance(wanted, bool) is isinstance(now, bool) and bool(wanted == now)
