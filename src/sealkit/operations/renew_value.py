"""`renew`: a new value from the generator that the example tree names."""

from __future__ import annotations

from dataclasses import dataclass

from sealkit.errors import UsageError
from sealkit.operations.approvals import warn_unapproved
from sealkit.operations.events import Events
from sealkit.operations.example_tree import generator_of
from sealkit.operations.named_values import Location, NamedValues
from sealkit.operations.references import workloads_to_restart
from sealkit.operations.repository import Repository
from sealkit.operations.sealed_edit import SealedEdit
from sealkit.sealed.example import generate_value


@dataclass(frozen=True, slots=True)
class RenewResult:
    """The leaf, the generator of its new value (`hex:64`), and the workloads that must be restarted to get it."""

    location: Location
    generator: str
    restart: list[str]


def renew_value(
    repository: Repository, events: Events, name: str, file: str | None = None, generator: str = ""
) -> RenewResult:
    """Give a value a new one. The generator is the one given, else the one that private.example/ names (`<generate:hex:64>`).

    Raises UsageError where there is no such value or no generator, RefusedError where the policy leaves the value open.
    """
    location = NamedValues(repository).find(name, file)
    warn_unapproved(repository, events, [location.path])
    chosen_generator = generator or generator_of(repository, location)
    if chosen_generator is None:
        raise UsageError(
            f"{location}: the example tree has no generator for it", hint=f"sealkit set {name}, or --generator password"
        )
    value = generate_value(chosen_generator)
    edit = SealedEdit(repository, location.path)
    edit.replace(location, value)
    edit.write(events, must_seal=[location])
    return RenewResult(location, chosen_generator, workloads_to_restart(repository, events, name, location))
