"""Manifests as the overlay room would render them, made from text: `<<name>>` stands for a sealed value; and plan, apply and wait
for manifests."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from sealkit.cluster import apply as applier
from sealkit.cluster import plan as planner
from sealkit.cluster import preflight
from sealkit.cluster import wait as waiter
from sealkit.cluster.apply import Result
from sealkit.cluster.client import Client
from sealkit.cluster.desired import desired_objects
from sealkit.cluster.status import Status
from sealkit.model.objects import Manifest, ref_of
from sealkit.model.plan import Plan
from sealkit.model.sensitive import Origin, Sensitive
from sealkit.source.config import Target
from sealkit.yamlspan.route import Route

_SLOT = re.compile(r"<<(\w+)>>")


def manifests(text: str, values: Mapping[str, object] | None = None) -> list[Manifest]:
    """The objects of a YAML stream. `values` are the sealed values by name; a scalar that is only a slot takes its type."""
    found = []
    for body in yaml.safe_load_all(text):
        filled = _fill(body, values or {})
        found.append(Manifest(ref_of(filled), filled["apiVersion"], filled, "public/objects.yaml", 1))
    return found


def plan(client: Client, target: Target, found: Sequence[Manifest], *, server_side: bool = True) -> Plan:
    """The plan for manifests, checked as a deploy checks them."""
    preflight.check(found)
    client.namespace = target.namespace
    return planner.plan(client, target, desired_objects(client, found), server_side=server_side)


def apply(client: Client, made: Plan, found: Sequence[Manifest], **options: Any) -> Result:
    """Apply a plan for manifests."""
    return applier.apply(client, made, desired_objects(client, found), **options)


def wait(client: Client, found: Sequence[Manifest], **options: Any) -> list[Status]:
    """Wait for manifests."""
    return waiter.wait(client, desired_objects(client, found), **options)


def sealed(value: object, name: str = "value", mask: str = "***") -> Sensitive:
    """A leaf that came from a sealed file."""
    return Sensitive(value, mask=mask, origins=(Origin("private/values.yaml", Route((name,))),))  # type: ignore[arg-type]


def _fill(tree: Any, values: Mapping[str, object]) -> Any:
    if isinstance(tree, dict):
        return {key: _fill(child, values) for key, child in tree.items()}
    if isinstance(tree, list):
        return [_fill(child, values) for child in tree]
    if not isinstance(tree, str) or not (names := _SLOT.findall(tree)):
        return tree
    if _SLOT.fullmatch(tree):
        return sealed(values[names[0]], names[0])
    return sealed(_SLOT.sub(lambda found: str(values[found[1]]), tree), names[0], _SLOT.sub("***", tree))
