"""What a rehearsal found, as text."""

from __future__ import annotations

from dataclasses import dataclass, field

from sealkit.model.objects import ObjectRef


@dataclass(slots=True)
class Rehearsal:
    """What became of one target on a throw-away control plane.

    `accepted`: what the API server took and controllers acted on. `troubles`: the rest, with the reason; it is the cluster's no.
    `unknown`: objects whose kind nothing at hand defines, with that kind. `made`: namespaces that the objects use and do not
    hold. `again`: what a second plan would change.
    """

    target: str
    version: str
    stand_ins: int
    controllers: bool = True
    accepted: list[ObjectRef] = field(default_factory=list)
    troubles: list[tuple[ObjectRef, str]] = field(default_factory=list)
    unknown: list[tuple[ObjectRef, str]] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    again: list[ObjectRef] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether all of the target was accepted, and a second run has nothing to do."""
        return not (self.troubles or self.unknown or self.again)

    @property
    def summary(self) -> str:
        """One line."""
        counts = [f"{len(self.accepted)} accepted"]
        counts += [
            f"{len(found)} {word}"
            for found, word in (
                (self.troubles, "refused or not acted on"),
                (self.unknown, "not rehearsed"),
                (self.again, "never settled"),
            )
            if found
        ]
        return f"{self.target}: {', '.join(counts)}"


def text(rehearsal: Rehearsal) -> str:
    """The report: a line for each object, then what was not rehearsed, then the sum."""
    places = f"{rehearsal.stand_ins} place{'' if rehearsal.stand_ins == 1 else 's'}"
    lines = [f"rehearsed on a throw-away Kubernetes {rehearsal.version}, with stand-ins in {places}"]
    lines += [f"  made beforehand  Namespace {name} (not in the repository)" for name in rehearsal.made]
    lines += [f"  accepted         {ref}" for ref in rehearsal.accepted]
    lines += [f"  NO               {ref}: {why}" for ref, why in rehearsal.troubles]
    lines += [f"  NEVER SETTLED    {ref}: a second run would change it again" for ref in rehearsal.again]
    lines += [f"  not rehearsed    {ref}: nothing here defines {kind}" for ref, kind in rehearsal.unknown]
    lines.append("not rehearsed: pods (no nodes)")
    if not rehearsal.controllers:
        lines.append("not rehearsed: controllers (no kube-controller-manager)")
    lines.append(rehearsal.summary)
    return "\n".join(lines) + "\n"
