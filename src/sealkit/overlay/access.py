"""Access: who may come to Secrets without being given one. RBAC on secrets and on what leads to them, webhooks that the API
server sends objects to, and pods that can read them: by the rights of their service account, or off the node.

RBAC is additive: a role only ever grants, so whatever a rule names counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sealkit.ledger.entries import AccessEntry
from sealkit.model.objects import Manifest, ObjectRef, Tree
from sealkit.overlay.places import located

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


def accesses(manifests: Iterable[Manifest], namespace: str) -> list[AccessEntry]:
    """Every access that these manifests give, each once."""
    every = list(manifests)
    return list(dict.fromkeys([*_bound(every, namespace), *_unbound(every, namespace), *_webhooks(every, namespace)]))


def rights(found: Iterable[AccessEntry], namespace: str, account: str) -> list[AccessEntry]:
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


def of_node(spec: Mapping[str, Tree], container: Mapping[str, Tree], volumes: Iterable[Tree]) -> bool:
    """Whether a container can read the Secrets of other pods off its node."""
    context = container.get("securityContext")
    privileged = isinstance(context, Mapping) and context.get("privileged") not in (None, False)
    return (
        privileged
        or spec.get("hostPID") not in (None, False)
        or any(isinstance(volume, Mapping) and "hostPath" in volume for volume in volumes)
    )


def items(tree: Mapping[str, Tree], key: str) -> list[Mapping[str, Tree]]:
    """The mappings in a list of a mapping."""
    held = tree.get(key)
    return [item for item in held if isinstance(item, Mapping)] if isinstance(held, list) else []


def _roles(manifests: list[Manifest], namespace: str) -> dict[tuple[str, str, str], tuple[ObjectRef, list[Grant]]]:
    found = {}
    for manifest in manifests:
        if manifest.ref.group == _RBAC and manifest.ref.kind in {"Role", "ClusterRole"}:
            ref = located(manifest.ref, namespace)
            # what is aggregated is in the cluster, not here
            more = [("*", "?")] if manifest.body.get("aggregationRule") else []
            found[ref.kind, ref.namespace, ref.name] = ref, [*_grants(manifest.body), *more]
    return found


def _bound(manifests: list[Manifest], namespace: str) -> Iterator[AccessEntry]:
    roles = _roles(manifests, namespace)
    for manifest in manifests:
        if manifest.ref.kind not in {"RoleBinding", "ClusterRoleBinding"}:
            continue
        role = manifest.body.get("roleRef")
        kind, name = (
            (str(role.get("kind") or ""), str(role.get("name") or "")) if isinstance(role, Mapping) else ("", "")
        )
        where = located(manifest.ref, namespace).namespace
        # a role that we do not hold (cluster-admin, edit) may grant anything
        _, grants = roles.get((kind, where if kind == "Role" else "", name), (None, [("*", "?")]))
        for secrets, verbs in grants:
            for subject in items(manifest.body, "subjects"):
                label = f"{subject.get('kind')} {subject.get('namespace') or where}/{subject.get('name')}"
                yield AccessEntry(f"{kind} {name} by {located(manifest.ref, namespace)}", label, secrets, verbs)


def _unbound(manifests: list[Manifest], namespace: str) -> Iterator[AccessEntry]:
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
        metadata = manifest.body.get("metadata")
        labels = metadata.get("labels") if isinstance(metadata, Mapping) else None
        joins = (
            sorted(label for label in labels if "aggregate-to-" in str(label)) if isinstance(labels, Mapping) else []
        )
        for secrets, verbs in grants if joins or key not in named else ():
            yield AccessEntry(str(ref), f"whoever is bound to {', '.join(joins) or 'it'}", secrets, verbs)


def _webhooks(manifests: list[Manifest], namespace: str) -> Iterator[AccessEntry]:
    for manifest in manifests:
        if manifest.ref.kind not in _WEBHOOKS:
            continue
        for hook in items(manifest.body, "webhooks"):
            client = hook.get("clientConfig")
            if not isinstance(client, Mapping):
                continue
            service = client.get("service")
            to = f"Service {service.get('namespace')}/{service.get('name')}" if isinstance(service, Mapping) else ""
            for rule in items(hook, "rules"):
                sent = ",".join(sorted(_texts(rule.get("resources"))))
                verbs = ",".join(sorted(_texts(rule.get("operations"))))
                yield AccessEntry(
                    str(located(manifest.ref, namespace)),
                    to or f"URL {client.get('url')}",
                    f"sent to it: {sent}",
                    verbs,
                )


def _grants(body: Mapping[str, Tree]) -> Iterator[Grant]:
    for rule in items(body, "rules"):
        groups, resources, verbs = (_texts(rule.get(key)) for key in ("apiGroups", "resources", "verbs"))
        if {"", "*"} & groups and {"secrets", "*"} & resources and verbs:
            yield ",".join(sorted(_texts(rule.get("resourceNames")))) or "*", ",".join(sorted(verbs))
        for group, ways, needed in _AROUND:
            met = sorted(resources & (ways | _ANY)) if {group, "*"} & groups and verbs & needed else []
            if met and not ({"", "*"} & groups and _ANY & resources):  # that is Secrets themselves
                yield f"through {','.join(met)}", ",".join(sorted(verbs & needed))


def _texts(tree: Tree) -> set[str]:
    return {str(item) for item in tree} if isinstance(tree, list) else set()
