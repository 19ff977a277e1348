"""Rehearse: the deploy of a target on a throw-away control plane, with stand-ins. No identity is looked for."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from sealkit.cluster import kubeconfig as kubeconfig_reader
from sealkit.cluster import preflight
from sealkit.cluster.apply import apply
from sealkit.cluster.client import Client, connect
from sealkit.cluster.desired import desired_objects
from sealkit.cluster.plan import PlanError, plan
from sealkit.cluster.wait import wait
from sealkit.errors import ClusterError, SealkitError
from sealkit.model.objects import Manifest, ObjectRef, ref_of
from sealkit.model.plan import Verb
from sealkit.model.tree import Body
from sealkit.operations.events import Events
from sealkit.operations.render_stand_ins import render_stand_ins
from sealkit.rehearse import binaries
from sealkit.rehearse.control_plane import CONTEXT, ControlPlane
from sealkit.rehearse.report import Rehearsal
from sealkit.source.config import Config, Target
from sealkit.source.read_once import work_tree


def rehearse(config: Config, events: Events, target: str | None = None, *, timeout: float = 60) -> Rehearsal:
    """Render a target with stand-ins and deploy it to a control plane that is started for it and stopped afterwards.

    Controllers get `timeout` seconds. Raises SealkitError for a target that does not render or has no manifests, RefusedError for
    what no cluster should get, and ClusterError where the control plane stops answering.
    """
    chosen = config.target(target)
    rendered = render_stand_ins(config, work_tree(config), events, target)
    if not rendered.manifests:
        raise SealkitError(f"target {chosen.name} has no manifests", hint="sealkit render --stand-ins")
    programs = binaries.find(say=events.progress)
    # the official client takes a second to import; the control plane starts meanwhile
    threading.Thread(target=kubeconfig_reader.warm, daemon=True).start()
    with ControlPlane(programs, events.progress) as plane:
        controllers = programs.controller_manager is not None
        return rehearse_on(plane.kubeconfig, chosen, rendered.manifests, timeout=timeout, controllers=controllers)


def rehearse_on(
    kubeconfig: Path, target: Target, manifests: Sequence[Manifest], *, timeout: float, controllers: bool = True
) -> Rehearsal:
    """Deploy manifests to the fresh control plane behind a kubeconfig, wait, and plan again. Raises as `rehearse` does."""
    preflight.check(manifests)
    client = connect(CONTEXT, str(kubeconfig))
    local = target._replace(context=CONTEXT)
    client.namespace = local.namespace
    client.know(manifests)
    stand_ins = sum(1 for manifest in manifests for _ in manifest.sensitive())
    rehearsal = Rehearsal(target.name, client.version, stand_ins, controllers)
    known: list[Manifest] = []
    for manifest in manifests:
        if client.discovery.find(manifest.api_version, manifest.ref.kind) is not None:
            known.append(manifest)
        else:
            rehearsal.undefined.append((manifest.ref, f"{manifest.api_version} {manifest.ref.kind}"))
    rehearsal.created_namespaces = _missing_namespaces(client, known)
    everything = [*map(_namespace, rehearsal.created_namespaces), *known]
    rehearsal.rejected = _deploy(client, local, everything)
    accepted = _without(client, everything, {ref for ref, _ in rehearsal.rejected})
    judged = accepted if controllers else [m for m in accepted if m.ref.kind == "CustomResourceDefinition"]
    statuses = wait(client, desired_objects(client, judged), timeout=timeout, pods=False)
    rehearsal.rejected += [(status.ref, status.message) for status in statuses if status.state != "ready"]
    refused = {ref for ref, _ in rehearsal.rejected}
    rehearsal.accepted = [item.ref for item in desired_objects(client, known) if item.ref not in refused]
    if not refused:
        rehearsal.unstable = _changes(client, local, everything)
    return rehearsal


def _deploy(client: Client, target: Target, manifests: Sequence[Manifest]) -> list[tuple[ObjectRef, str]]:
    """Plan and apply; what was refused, and why. `deploy` stops at the first stage with a refusal. Here nothing can be harmed, so
    the rest is tried without it, and one rehearsal tells all."""
    refused: list[tuple[ObjectRef, str]] = []
    remaining = list(manifests)
    while remaining:
        objects = desired_objects(client, remaining)
        try:
            result = apply(client, plan(client, target, objects), objects)
        except PlanError as error:
            refusals = [(refusal.ref, refusal.message) for refusal in error.refusals]
        else:
            if result.interrupted:
                raise KeyboardInterrupt
            refusals = [(failure.ref, failure.message) for failure in result.failed]
            if result.cut_off:
                raise ClusterError("the control plane stopped responding", hint="rehearse again")
            untried = set(result.left)
            remaining = [item.manifest for item in objects if item.ref in untried]
        refused += refusals
        remaining = _without(client, remaining, {ref for ref, _ in refusals})
    return refused


def _without(client: Client, manifests: Sequence[Manifest], refused: set[ObjectRef]) -> list[Manifest]:
    return [item.manifest for item in desired_objects(client, manifests) if item.ref not in refused]


def _changes(client: Client, target: Target, manifests: Sequence[Manifest]) -> list[ObjectRef]:
    """What a second plan would change."""
    client.discover()
    second = plan(client, target, desired_objects(client, manifests))
    return [change.ref for change in second.changes if change.verb is not Verb.UNCHANGED]


def _missing_namespaces(client: Client, manifests: Sequence[Manifest]) -> list[str]:
    """The namespaces that these objects are in, that none of them makes, and that a fresh cluster does not have."""
    made = {m.ref.name for m in manifests if m.ref.kind == "Namespace" and not m.ref.group}
    used = {item.ref.namespace for item in desired_objects(client, manifests)} | {client.namespace}
    return [name for name in sorted(used - made - {""}) if client.get(f"/api/v1/namespaces/{name}") is None]


def _namespace(name: str) -> Manifest:
    body: Body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    return Manifest(ref_of(body), "v1", body, "made for the rehearsal")
