"""`rehearse`: the deploy of a target on a throw-away control plane, with stand-ins. No key is looked for."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from sealkit.cli import duration, ui
from sealkit.errors import ClusterError, RefusedError, SealkitError
from sealkit.printable import printable

if TYPE_CHECKING:
    from pathlib import Path

    from sealkit.cluster.client import Client
    from sealkit.model.objects import Manifest, ObjectRef
    from sealkit.rehearse.report import Rehearsal
    from sealkit.source.config import Target


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("rehearse")(rehearse)


def rehearse(
    target: str = typer.Argument(
        None, metavar="[TARGET]", help="A target of sealkit.yaml; not needed where there is one.", show_default=False
    ),
    timeout: str = typer.Option("60s", "--timeout", help="How long controllers may take: 90s, 5m."),
) -> None:
    """Deploy to a throw-away local control plane, with a stand-in for every sealed value. Needs no key and no cluster."""
    from sealkit.cli.commands.render import report
    from sealkit.cluster import kubeconfig
    from sealkit.overlay.render import render
    from sealkit.overlay.stand_ins import StandInOpener
    from sealkit.rehearse import binaries
    from sealkit.rehearse.control_plane import ControlPlane
    from sealkit.rehearse.report import text
    from sealkit.source.config import load_config
    from sealkit.source.work_tree import work_tree

    limit = duration.seconds(timeout)
    config = load_config()
    chosen = config.target(target)
    rendered = render(config, chosen, work_tree(config), StandInOpener())
    report(rendered)
    if not rendered.manifests:
        raise SealkitError(f"target {chosen.name} has no manifests", hint="sealkit render --stand-ins")
    programs = binaries.find(say=ui.info)
    # the official client takes a second to import; the control plane starts meanwhile
    threading.Thread(target=kubeconfig.warm, daemon=True).start()
    with ControlPlane(programs, ui.info) as plane:
        done = perform(
            plane.kubeconfig,
            chosen,
            rendered.manifests,
            timeout=limit,
            controllers=programs.controller_manager is not None,
        )
    sys.stdout.write(printable(text(done)))
    if done.troubles:
        ref, why = done.troubles[0]
        raise ClusterError(f"{ref}: {why}", hint="mend it in the public half, then rehearse again")
    if done.unknown:
        ref, kind = done.unknown[0]
        raise RefusedError(
            f"not rehearsed: {len(done.unknown)} of {len(rendered.manifests)} objects, first {ref} ({kind})",
            hint="put its CustomResourceDefinition into the public half, or deploy with --dry-run=server where it is installed",
        )
    if done.again:
        raise RefusedError(
            f"{done.again[0]}: a second run would change it again", hint="write it as the server keeps it"
        )


def perform(
    kubeconfig: Path, target: Target, manifests: Sequence[Manifest], *, timeout: float, controllers: bool = True
) -> Rehearsal:
    """Deploy manifests to the fresh control plane behind a kubeconfig, wait, and plan a second time.

    Raises RefusedError for what no cluster should get, and ClusterError where the control plane stops answering.
    """
    from sealkit.cluster.client import connect
    from sealkit.cluster.desired import desired
    from sealkit.cluster.wait import wait
    from sealkit.rehearse.control_plane import CONTEXT
    from sealkit.rehearse.report import Rehearsal

    client = connect(CONTEXT, str(kubeconfig))
    local = replace(target, context=CONTEXT)
    client.namespace = local.namespace
    client.know(manifests)
    sealed = sum(1 for manifest in manifests for _ in manifest.sensitive())
    done = Rehearsal(target.name, client.version, sealed, controllers)
    known: list[Manifest] = []
    for manifest in manifests:
        if client.discovery.find(manifest.api_version, manifest.ref.kind) is not None:
            known.append(manifest)
        else:
            done.unknown.append((manifest.ref, f"{manifest.api_version} {manifest.ref.kind}"))
    done.made = _lacking(client, known)
    whole = [*map(_namespace, done.made), *known]
    done.troubles = _deploy(client, local, whole)
    taken = _without(client, whole, {ref for ref, _ in done.troubles})
    settling = taken if controllers else [m for m in taken if m.ref.kind == "CustomResourceDefinition"]
    judged = wait(client, settling, timeout=timeout, pods=False)
    done.troubles += [(status.ref, status.message) for status in judged if status.state != "ready"]
    bad = {ref for ref, _ in done.troubles}
    done.accepted = [item.ref for item in desired(client, known) if item.ref not in bad]
    if not bad:
        done.again = _changes(client, local, whole)
    return done


def _deploy(client: Client, target: Target, manifests: Sequence[Manifest]) -> list[tuple[ObjectRef, str]]:
    """Plan and apply; what was refused, and why. `deploy` stops at the first stage with a refusal: here nothing can be harmed,
    so that the rest is tried without it, and one rehearsal tells all."""
    from sealkit.cluster.apply import apply
    from sealkit.cluster.desired import desired
    from sealkit.cluster.plan import PlanError, plan

    refused: list[tuple[ObjectRef, str]] = []
    left = list(manifests)
    while left:
        try:
            result = apply(client, plan(client, target, left), left)
        except PlanError as error:
            found = [(refusal.ref, refusal.message) for refusal in error.refusals]
        else:
            if result.interrupted:
                raise KeyboardInterrupt
            found = [(failure.ref, failure.message) for failure in result.failed]
            if result.cut_off:
                raise ClusterError("the control plane stopped in the middle", hint="rehearse again")
            left = _without(client, left, {item.ref for item in desired(client, left)} - set(result.left))
        refused += found
        left = _without(client, left, {ref for ref, _ in found})
    return refused


def _without(client: Client, manifests: Sequence[Manifest], refused: set[ObjectRef]) -> list[Manifest]:
    from sealkit.cluster.desired import desired

    return [item.manifest for item in desired(client, manifests) if item.ref not in refused]


def _changes(client: Client, target: Target, manifests: Sequence[Manifest]) -> list[ObjectRef]:
    from sealkit.cluster.plan import plan
    from sealkit.model.plan import Verb

    client.discover()
    return [change.ref for change in plan(client, target, manifests).changes if change.verb is not Verb.UNCHANGED]


def _lacking(client: Client, manifests: Sequence[Manifest]) -> list[str]:
    """The namespaces that these objects lie in, that none of them makes, and that a fresh cluster does not have."""
    from sealkit.cluster.desired import desired

    held = {m.ref.name for m in manifests if m.ref.kind == "Namespace" and not m.ref.group}
    used = {item.ref.namespace for item in desired(client, manifests)} | {client.namespace}
    return [name for name in sorted(used - held - {""}) if client.get(f"/api/v1/namespaces/{name}") is None]


def _namespace(name: str) -> Manifest:
    from sealkit.model.objects import Manifest, ref_of

    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    return Manifest(ref_of(body), "v1", body, "made for the rehearsal")
