"""The objects of a plan as they are in the cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sealkit.cluster.client import ApiError, Client
from sealkit.cluster.desired import MANAGER, Desired
from sealkit.cluster.discovery import Resource
from sealkit.cluster.server_errors import Fault
from sealkit.model.objects import ObjectRef
from sealkit.model.tree import Body, Fields, Tree, as_mapping, as_mappings, as_text, at

_LISTED_FROM = 5
"""So many objects of one kind in one namespace are read with one list (measured: 1,000 in 39 ms, against 1.4 ms for each)."""
_PAGE = 500
_IGNORED = {
    "managedFields", "resourceVersion", "generation", "creationTimestamp", "uid", "selfLink", "deletionTimestamp",
    "deletionGracePeriodSeconds", "name", "namespace",
}  # fmt: skip

Outcome = Fields | ApiError | None
"""A live object, the error of reading it, or None where there is none."""


@dataclass(slots=True)
class Live:
    """Reads what there is. Secrets are read one by one, so that no other Secret of a namespace comes into memory."""

    client: Client
    items: Sequence[Desired]
    _objects: dict[ObjectRef, Fields | ApiError] = field(default_factory=dict)

    def load(
        self,
        items: Sequence[Desired],
        run: Callable[[Callable[[Desired], Outcome], Sequence[Desired]], Iterator[Outcome]],
    ) -> None:
        """Read these objects; `run` is the map of a thread pool."""
        wanted = [item for item in items if not item.new_kind and not self.awaited_namespace(item)]
        groups: dict[tuple[Resource, str], list[Desired]] = {}
        for item in wanted:
            groups.setdefault((item.resource, item.ref.namespace), []).append(item)
        single: list[Desired] = []
        for group in groups.values():
            if len(group) < _LISTED_FROM or group[0].secret or not self._list(group):
                single += group
        for item, body in zip(single, run(self._get, single), strict=True):
            if body is not None:
                self._objects[item.ref] = body

    def object(self, item: Desired) -> Fields | None:
        """The live object, None where there is none. Raises the ApiError of reading it."""
        found = self._objects.get(item.ref)
        if isinstance(found, ApiError):
            raise found
        return found

    def going(self, ref: ObjectRef) -> bool:
        """Whether it is being deleted."""
        found = self._objects.get(ref)
        return isinstance(found, Mapping) and bool(at(found, "metadata", "deletionTimestamp"))

    def awaited_namespace(self, item: Desired) -> bool:
        """Whether its namespace is one that this deploy makes: nothing is in it yet, and a dry run would say so."""
        if not item.expect.namespace:
            return False
        namespace = ObjectRef("", "Namespace", "", item.ref.namespace)
        return namespace not in self._objects or self.going(namespace)

    def _get(self, item: Desired) -> Outcome:
        try:
            return self.client.get(item.path, secret=item.secret)
        except ApiError as error:
            return error

    def _list(self, group: Sequence[Desired]) -> bool:
        """Whether one list could say it all."""
        names = {item.ref.name: item for item in group}
        path, more = group[0].resource.path(group[0].ref.namespace), ""
        while True:
            query = f"?limit={_PAGE}" + (f"&continue={more}" if more else "")
            try:
                body = self.client.get(path + query)
            except ApiError as error:
                if error.fault is Fault.FORBIDDEN or (error.answer is not None and error.answer.status == 410):
                    return False
                raise
            for found in as_mappings(at(body, "items")):
                item = names.get(str(at(found, "metadata", "name")))
                if item is not None:
                    self._objects[item.ref] = found
            more = as_text(at(body, "metadata", "continue"))
            if not more:
                return True


def comparable(body: Fields) -> Body:
    """An object without its status and what a server writes of its own accord."""
    kept = {key: value for key, value in body.items() if key not in {"apiVersion", "kind", "status", "metadata"}}
    metadata = as_mapping(body.get("metadata"))
    kept["metadata"] = {key: value for key, value in metadata.items() if key not in _IGNORED}
    return kept


def version(body: Fields) -> Tree:
    """The resource version of an object."""
    return at(body, "metadata", "resourceVersion")


def owned(body: Fields) -> Tree:
    """The fields that sealkit manages in an object, as the server keeps them; None for none."""
    return at(our_entry(body), "fieldsV1")


def our_entry(body: Fields) -> Fields | None:
    """The entry of `managedFields` about what sealkit applied."""
    return next((entry for entry in managers(body) if _ours(entry)), None)


def managers(body: Fields) -> list[Fields]:
    """The entries of `managedFields`."""
    return as_mappings(at(body, "metadata", "managedFields"))


def _ours(entry: Fields) -> bool:
    return entry.get("manager") == MANAGER and entry.get("operation") == "Apply" and not entry.get("subresource")
