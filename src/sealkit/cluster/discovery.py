"""Which kinds a cluster serves, and under which path: two requests with aggregated discovery (Kubernetes 1.26 and later), one
for each group and version on an older server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from sealkit.model.objects import Manifest
from sealkit.model.tree import Body, Fields, as_list, as_mapping, as_mappings, as_text, at

ACCEPT = ",".join(
    (
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
        "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
        "application/json",
    )
)

Get = Callable[[str], Body]
"""Fetches a path with `ACCEPT`; the body as a mapping, empty where the server has none."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind as the server serves it."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool

    def path(self, namespace: str = "", name: str = "") -> str:
        """The path of the collection, or of the object of that name."""
        parts = ["apis", self.group, self.version] if self.group else ["api", self.version]
        if self.namespaced and namespace:
            parts += ["namespaces", namespace]
        parts.append(self.plural)
        if name:
            parts.append(name)
        return "/" + "/".join(quote(part, safe="") for part in parts)


@dataclass(slots=True)
class Discovery:
    """The kinds of a cluster, and those that custom resource definitions of this deploy will bring."""

    served: dict[tuple[str, str], Resource] = field(default_factory=dict)
    own: dict[tuple[str, str], Resource] = field(default_factory=dict)

    @classmethod
    def load(cls, get: Get) -> Discovery:
        """Ask the server."""
        core, named = get("/api"), get("/apis")
        found = cls()
        if core.get("kind") == named.get("kind") == "APIGroupDiscoveryList":
            resources: Iterable[Resource] = (*_aggregated(core), *_aggregated(named))
        else:
            resources = _listed(core, named, get)
        for resource in resources:
            found.served.setdefault(_key(resource), resource)
        return found

    def learn(self, manifests: Iterable[Manifest]) -> None:
        """Take in what custom resource definitions among these objects define."""
        for manifest in manifests:
            if (manifest.ref.group, manifest.ref.kind) == ("apiextensions.k8s.io", "CustomResourceDefinition"):
                for resource in defined(manifest.body):
                    self.own[_key(resource)] = resource

    def find(self, api_version: str, kind: str) -> Resource | None:
        """The resource of a kind in a version, or None where neither the cluster nor this deploy knows it."""
        key = (api_version, kind)
        return self.served.get(key) or self.own.get(key)

    def of_kind(self, group: str, kind: str) -> Resource | None:
        """The resource of a kind in the version that the server prefers."""
        return next((r for r in self.served.values() if (r.group, r.kind) == (group, kind)), None)

    def awaited(self, api_version: str, kind: str) -> bool:
        """Whether this deploy itself defines the kind."""
        return (api_version, kind) in self.own


def defined(crd: Fields) -> list[Resource]:
    """The resources that a custom resource definition brings; empty where its body is not in order (the server says so)."""
    spec = as_mapping(crd.get("spec"))
    if not isinstance(names := spec.get("names"), Mapping):
        return []
    group, kind, plural = (str(value) for value in (spec.get("group"), names.get("kind"), names.get("plural")))
    return [
        Resource(group, str(version.get("name")), kind, plural, spec.get("scope") != "Cluster")
        for version in as_mappings(spec.get("versions"))
        if version.get("served")
    ]


def _key(resource: Resource) -> tuple[str, str]:
    version = f"{resource.group}/{resource.version}" if resource.group else resource.version
    return version, resource.kind


def _aggregated(body: Body) -> Iterator[Resource]:
    for group in as_mappings(body.get("items")):
        name = as_text(at(group, "metadata", "name"))
        for version in as_mappings(group.get("versions")):
            for item in as_mappings(version.get("resources")):
                kind, plural = as_text(at(item, "responseKind", "kind")), as_text(item.get("resource"))
                if kind and "patch" in as_list(item.get("verbs")):
                    yield Resource(name, as_text(version["version"]), kind, plural, item.get("scope") == "Namespaced")


def _listed(core: Body, named: Body, get: Get) -> Iterator[Resource]:
    versions = [("", as_text(version)) for version in as_list(core.get("versions"))]
    for group in as_mappings(named.get("groups")):
        versions += [
            (as_text(group["name"]), as_text(version["version"])) for version in as_mappings(group.get("versions"))
        ]
    for name, version in versions:
        body = get(f"/apis/{name}/{version}" if name else f"/api/{version}")
        for item in as_mappings(body.get("resources")):
            plural = as_text(item["name"])
            if "/" not in plural and "patch" in as_list(item.get("verbs")):
                yield Resource(name, version, as_text(item["kind"]), plural, bool(item.get("namespaced")))
