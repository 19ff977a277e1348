"""Access: who may come to Secrets without being given one. RBAC on secrets and on what leads to them, webhooks that the API
server sends objects to, and pods that can read them: by the rights of their service account, or off the node.

RBAC is additive: a role only ever grants, so whatever a rule names counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sealkit.model.objects import Manifest, ObjectRef
from sealkit.model.tree import Fields, Tree, as_list, as_mapping, as_mappings, as_text, at
from sealkit.overlay.destinations import SecretAccess
from sealkit.overlay.value_places import located

_RBAC = "rbac.authorization.k8s.io"
_WEBHOOKS = {"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"}
_WRITE = frozenset({"create", "update", "patch", "*"})
_ANY = frozenset({"*"})
_AROUND: tuple[tuple[str, frozenset[str], frozenset[str]], ...] = (
    # group, resources, verbs that come to Secrets by another way: (Kubernetes, RBAC good practices, privilege escalation risks)
    ("", frozenset({"pods/exec", "pods/attach", "pods/ephemeralcontainers", "nodes/proxy"}), _WRITE | {"get"}),
    ("", frozenset({"pods", "replicationcontrollers", "serviceaccounts/token"}), _WRITE),
    ("", frozenset({"users", "groups", "serviceaccounts"}), frozenset({"impersonate", "*"})),
    ("apps", frozenset({"deployments", "daemonsets", "statefulsets", "replicasets"}), _WRITE),
    ("batch", frozenset({"jobs", "cronjobs"}), _WRITE),
    (_RBAC, frozenset({"roles", "clusterroles"}), frozenset({"escalate", "bind", "*"})),
    ("admissionregistration.k8s.io", frozenset({"mutatingwebhookconfigurations", "validatingwebhookconfigurations"}), _WRITE),
)  # fmt: skip

Grant = tuple[str, str]
"""What of (names of Secrets, `*`, or the resource that leads to them) and which verbs."""


def accesses(manifests: Iterable[Manifest], namespace: str) -> list[SecretAccess]:
    """Every access that these manifests give, each once."""
    every = list(manifests)
    return list(dict.fromkeys([*_bound(every, namespace), *_unbound(every, namespace), *_webhooks(every, namespace)]))


def rights(found: Iterable[SecretAccess], namespace: str, account: str) -> list[SecretAccess]:
    """What of these a pod has by its service account."""
    mine = {
        ("ServiceAccount", f"{namespace}/{account}"),
        ("User", f"system:serviceaccount:{namespace}:{account}"),
        ("Group", f"system:serviceaccounts:{namespace}"),
        ("Group", "system:serviceaccounts"),
        ("Group", "system:authenticated"),
    }
    return [entry for entry in found if _who(entry.subject) in mine]


def _who(subject: str) -> tuple[str, str]:
    """Kind and name of a subject; users and groups have no namespace."""
    kind, _, name = subject.partition(" ")
    return kind, name if kind == "ServiceAccount" else name.partition("/")[2]


def of_node(spec: Fields, container: Fields, volumes: Iterable[Fields]) -> bool:
    """Whether a container can read the Secrets of other pods off its node."""
    return (
        at(container, "securityContext", "privileged") not in (None, False)
        or spec.get("hostPID") not in (None, False)
        or any("hostPath" in volume for volume in volumes)
    )


def _roles(manifests: list[Manifest], namespace: str) -> dict[tuple[str, str, str], tuple[ObjectRef, list[Grant]]]:
    found = {}
    for manifest in manifests:
        if manifest.ref.group == _RBAC and manifest.ref.kind in {"Role", "ClusterRole"}:
            ref = located(manifest.ref, namespace)
            # what is aggregated is in the cluster, not here
            more = [("*", "?")] if manifest.body.get("aggregationRule") else []
            found[ref.kind, ref.namespace, ref.name] = ref, [*_grants(manifest.body), *more]
    return found


def _bound(manifests: list[Manifest], namespace: str) -> Iterator[SecretAccess]:
    roles = _roles(manifests, namespace)
    for manifest in manifests:
        if manifest.ref.kind not in {"RoleBinding", "ClusterRoleBinding"}:
            continue
        kind, name = (as_text(at(manifest.body, "roleRef", key)) for key in ("kind", "name"))
        where = located(manifest.ref, namespace).namespace
        # a role that we do not hold (cluster-admin, edit) may grant anything
        _, grants = roles.get((kind, where if kind == "Role" else "", name), (None, [("*", "?")]))
        for secrets, verbs in grants:
            for subject in as_mappings(manifest.body.get("subjects")):
                label = f"{subject.get('kind')} {subject.get('namespace') or where}/{subject.get('name')}"
                yield SecretAccess(f"{kind} {name} by {located(manifest.ref, namespace)}", label, secrets, verbs)


def _unbound(manifests: list[Manifest], namespace: str) -> Iterator[SecretAccess]:
    """Roles whose bindings are not here: whoever the cluster binds to them gets what they grant, and so does whoever is bound
    to a role that they are aggregated to."""
    named = set()
    for manifest in manifests:
        role = manifest.body.get("roleRef")
        if manifest.ref.kind in {"RoleBinding", "ClusterRoleBinding"} and isinstance(role, Mapping):
            where = located(manifest.ref, namespace).namespace
            named.add((role.get("kind"), where if role.get("kind") == "Role" else "", role.get("name")))
    for key, (ref, grants) in _roles(manifests, namespace).items():
        manifest = next(m for m in manifests if located(m.ref, namespace) == ref)
        labels = as_mapping(at(manifest.body, "metadata", "labels"))
        joins = sorted(label for label in labels if "aggregate-to-" in label)
        for secrets, verbs in grants if joins or key not in named else ():
            yield SecretAccess(str(ref), f"whoever is bound to {', '.join(joins) or 'it'}", secrets, verbs)


def _webhooks(manifests: list[Manifest], namespace: str) -> Iterator[SecretAccess]:
    for manifest in manifests:
        if manifest.ref.kind not in _WEBHOOKS:
            continue
        for hook in as_mappings(manifest.body.get("webhooks")):
            client = hook.get("clientConfig")
            if not isinstance(client, Mapping):
                continue
            service = client.get("service")
            to = f"Service {service.get('namespace')}/{service.get('name')}" if isinstance(service, Mapping) else ""
            for rule in as_mappings(hook.get("rules")):
                sent = ",".join(sorted(_texts(rule.get("resources"))))
                verbs = ",".join(sorted(_texts(rule.get("operations"))))
                yield SecretAccess(
                    str(located(manifest.ref, namespace)),
                    to or f"URL {client.get('url')}",
                    f"sent to it: {sent}",
                    verbs,
                )


def _grants(body: Fields) -> Iterator[Grant]:
    for rule in as_mappings(body.get("rules")):
        groups, resources, verbs = (_texts(rule.get(key)) for key in ("apiGroups", "resources", "verbs"))
        if {"", "*"} & groups and {"secrets", "*"} & resources and verbs:
            yield ",".join(sorted(_texts(rule.get("resourceNames")))) or "*", ",".join(sorted(verbs))
        for group, ways, needed in _AROUND:
            met = sorted(resources & (ways | _ANY)) if {group, "*"} & groups and verbs & needed else []
            if met and not ({"", "*"} & groups and _ANY & resources):  # that is Secrets themselves
                yield f"through {','.join(met)}", ",".join(sorted(verbs & needed))


def _texts(tree: Tree) -> set[str]:
    return {str(item) for item in as_list(tree)}
