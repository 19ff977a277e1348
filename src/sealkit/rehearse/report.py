"""The result of a rehearsal, and its text."""

from __future__ import annotations

from dataclasses import dataclass, field

from sealkit.model.objects import ObjectRef
from sealkit.wording import count


@dataclass(slots=True)
class Rehearsal:
    """The result for one target on a throw-away control plane.

    `stand_ins`: the number of fields with a stand-in. `controllers`: whether kube-controller-manager ran. `accepted`: objects
    that the API server accepted and controllers acted on. `rejected`: the others, each with the reason. `undefined`: objects of a
    kind that neither Kubernetes nor the repository defines, each with that kind. `created_namespaces`: namespaces that the target
    uses and the repository does not define. `unstable`: objects that a second plan would change.
    """

    target: str
    version: str
    stand_ins: int
    controllers: bool = True
    accepted: list[ObjectRef] = field(default_factory=list)
    rejected: list[tuple[ObjectRef, str]] = field(default_factory=list)
    undefined: list[tuple[ObjectRef, str]] = field(default_factory=list)
    created_namespaces: list[str] = field(default_factory=list)
    unstable: list[ObjectRef] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every object was accepted and a second plan has no changes."""
        return not (self.rejected or self.undefined or self.unstable)

    @property
    def summary(self) -> str:
        """The counts in one line."""
        counts = [f"{len(self.accepted)} accepted"]
        counts += [
            f"{len(objects)} {label}"
            for objects, label in (
                (self.rejected, "refused or not acted on"),
                (self.undefined, "not rehearsed"),
                (self.unstable, "changed by a second run"),
            )
            if objects
        ]
        return f"{self.target}: {', '.join(counts)}"


def text(rehearsal: Rehearsal) -> str:
    """The report: a line for each object, then what was not rehearsed, then the counts."""
    places = count(rehearsal.stand_ins, "place")
    lines = [f"rehearsed on a throw-away Kubernetes {rehearsal.version}, with stand-ins in {places}"]
    lines += [
        f"  made beforehand  Namespace {name} (the repository does not define it)"
        for name in rehearsal.created_namespaces
    ]
    lines += [f"  accepted         {ref}" for ref in rehearsal.accepted]
    lines += [f"  NO               {ref}: {why}" for ref, why in rehearsal.rejected]
    lines += [f"  UNSTABLE         {ref}: a second run would change it again" for ref in rehearsal.unstable]
    lines += [f"  not rehearsed    {ref}: nothing defines {kind}" for ref, kind in rehearsal.undefined]
    lines.append("not rehearsed: pods (no nodes)")
    if not rehearsal.controllers:
        lines.append("not rehearsed: controllers (no kube-controller-manager)")
    lines.append(rehearsal.summary)
    return "\n".join(lines) + "\n"
