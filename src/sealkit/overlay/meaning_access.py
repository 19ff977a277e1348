"""What a change of roles and bindings means: who may do more than before, and why that leads to sealed values.

RBAC is additive: a rule only ever grants. Whatever is granted is told; the table below only says what it leads to, and what is on
no list of it is told as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sealkit.model.tree import Fields, as_list, as_mapping, as_mappings, as_text, at
from sealkit.overlay.kinds import told
from sealkit.overlay.meaning_lines import Line, Rank, some
from sealkit.overlay.meaning_state import Object, State

_RBAC = "rbac.authorization.k8s.io"
_MOST = 2000
"""Resources times groups of one role that are compared one by one; beyond, whole rules are."""
_READ = frozenset({"get", "list", "watch"})
_WRITE = frozenset({"create", "update", "patch", "delete", "deletecollection"})
_BLIND = frozenset({"events", "leases", "endpointslices", "poddisruptionbudgets", "horizontalpodautoscalers", "limitranges",
                    "resourcequotas", "priorityclasses", "componentstatuses", "subjectaccessreviews", "tokenreviews",
                    "selfsubjectaccessreviews", "selfsubjectrulesreviews", "localsubjectaccessreviews"})  # fmt: skip
"""Resources from which no way to a value is known."""
_RUNS = "deployments daemonsets statefulsets replicasets jobs cronjobs pods replicationcontrollers podtemplates"
_SERVES = (
    "mutatingadmissionpolicies mutatingadmissionpolicybindings validatingadmissionpolicies validatingadmissionpolicybindings "
    "mutatingwebhookconfigurations validatingwebhookconfigurations apiservices customresourcedefinitions"
)
_CERTIFICATES = (
    "certificatesigningrequests certificatesigningrequests/approval certificatesigningrequests/status signers"
)
_WAYS: tuple[tuple[str, str, frozenset[str], str], ...] = (
    # groups, resources, verbs, what it leads to (Kubernetes, RBAC good practices: privilege escalation risks)
    ("", "secrets", _READ | _WRITE, "read or replace Secrets"),
    ("", "pods/exec pods/attach pods/ephemeralcontainers", _READ | _WRITE, "run programs in pods that get values"),
    ("", "pods/portforward pods/proxy services/proxy", _READ | _WRITE, "talk to pods that get values"),
    ("", "nodes/proxy", _READ | _WRITE, "run programs in every pod of a node"),
    ("", "serviceaccounts/token", _WRITE, "make tokens of service accounts"),
    ("", "users groups serviceaccounts userextras uids", frozenset({"impersonate"}), "act as somebody else"),
    ("", "persistentvolumes", _WRITE, "come to the files of nodes"),
    ("", "nodes", _WRITE, "move pods to other nodes"),
    ("", "namespaces", _WRITE, "change what pods may do there"),
    ("", "configmaps", _WRITE, "change what containers with values read"),
    ("", "configmaps", _READ, "read values in ConfigMaps"),
    ("", "pods/log", _READ, "read what containers with values write"),
    ("", "services endpoints", _WRITE, "lead connections elsewhere"),
    (" apps batch", _RUNS, _WRITE, "create pods, which can mount Secrets"),
    (" apps batch", _RUNS, _READ, "read values in pod specs"),
    ("discovery.k8s.io networking.k8s.io", "endpointslices ingresses networkpolicies", _WRITE, "lead connections elsewhere"),
    (_RBAC, "roles clusterroles", frozenset({"bind", "escalate"}), "give itself any right"),
    (_RBAC, "roles clusterroles rolebindings clusterrolebindings", _WRITE, "give rights"),
    ("admissionregistration.k8s.io apiregistration.k8s.io apiextensions.k8s.io", _SERVES, _WRITE,
     "see and change what the API server is sent, Secrets too"),
    ("certificates.k8s.io", _CERTIFICATES, _WRITE | {"approve", "sign"}, "make certificates and so impersonate anybody"),
    ("node.k8s.io storage.k8s.io", "runtimeclasses storageclasses csidrivers", _WRITE, "change how pods run and where data lies"),
)  # fmt: skip

Target = tuple[str, str, tuple[str, ...]]
"""Group, resource and the names to which a grant is limited."""
Grants = dict[Target, frozenset[str]]
"""What a role grants: the verbs for each target."""


_Resource = tuple[str, str]
"""Group and resource."""


class _Where(NamedTuple):
    """A role, and where it holds."""

    scope: str
    role: str


class _Holding(NamedTuple):
    """Somebody who has a role somewhere."""

    subject: str
    scope: str
    role: str


def access(before: State, after: State) -> Iterator[tuple[Line, str]]:
    """The lines for what anybody may do more or less, each with the roles or bindings that it speaks of."""
    old, new = _held(before), _held(after)
    together: dict[tuple[str, str, bool], tuple[list[str], Grants | None, Grants | None]] = {}
    for holding, grants in new.items():
        key = (holding.role, holding.scope, holding in old)
        together.setdefault(key, ([], old.get(holding, {}), grants))[0].append(holding.subject)
    for (role, scope, _), (subjects, known, grants) in together.items():
        who = some(dict.fromkeys(subjects), 4)
        if grants is None:
            if known is not None:
                yield Line(Rank.READS, f"{who} gets {role}, which is not in this target, in {scope}"), role
            continue
        gained = _more(grants, known or {})
        for (names, verbs), targets in _grouped(gained).items():
            yield _granted(who, _Where(scope, role), names, verbs, targets), role
        for (names, verbs), targets in _grouped(_more(known or {}, grants)).items():
            what = _what(targets, names)
            yield Line(Rank.LESS, f"{who} may no longer {_verbs(verbs)} {what} in {scope} ({role})"), role
    for holding in old:
        if holding not in new:
            yield Line(Rank.LESS, f"{holding.subject} no longer has {holding.role} in {holding.scope}"), holding.role


def powers(state: State) -> dict[tuple[str, str], list[str]]:
    """What the service accounts that are bound here may do that leads to values, in words; key: namespace and name."""
    found: dict[tuple[str, str], list[str]] = {}
    for holding, grants in _held(state).items():
        kind, _, name = holding.subject.partition(" ")
        if kind != "ServiceAccount":
            continue
        space, _, account = name.partition("/")
        words = [f"has {holding.role}, which is not in this target"] if grants is None else []
        for (names, verbs), targets in _grouped(grants or {}).items():
            line = _granted("", _Where(holding.scope, holding.role), names, verbs, targets)
            words += [line.text.strip()] if line.rank is Rank.READS else []
        found.setdefault((space, account), []).extend(words)
    return found


def _held(state: State) -> dict[_Holding, Grants | None]:
    """Who has which role where, and what it grants; None for a role that is not here."""
    roles: dict[tuple[str, str, str], tuple[Object, Grants]] = {}
    for item in state.objects.values():
        if item.ref.group == _RBAC and item.ref.kind in {"Role", "ClusterRole"}:
            roles[item.ref.kind, item.ref.namespace, item.ref.name] = item, _grants(item.body)
    found: dict[_Holding, Grants | None] = {}
    bound = set()
    for item in state.objects.values():
        if item.ref.group != _RBAC or item.ref.kind not in {"RoleBinding", "ClusterRoleBinding"}:
            continue
        kind, name = (as_text(at(item.body, "roleRef", key)) for key in ("kind", "name"))
        where = item.ref.namespace if item.ref.kind == "RoleBinding" else ""
        key = (kind, where if kind == "Role" else "", name)
        role, grants = roles.get(key, (None, None))
        bound.add(key)
        words = told(role.ref) if role else f"{kind} {name}"
        for subject in as_mappings(item.body.get("subjects")):
            held = _Holding(_subject(subject, where), where or "all namespaces", f"{words} by {item}")
            found[held] = grants
    for key, (item, grants) in roles.items():
        joins = sorted(k for k in as_mapping(at(item.body, "metadata", "labels")) if "aggregate-to-" in k)
        if joins or key not in bound:
            who = f"whoever is bound to {', '.join(joins) or 'it'}"
            found[_Holding(who, item.ref.namespace or "all namespaces", str(item))] = grants
    return found


def _subject(subject: Fields, where: str) -> str:
    kind, name = as_text(subject.get("kind")), as_text(subject.get("name"))
    return (
        f"{kind} {as_text(subject.get('namespace')) or where}/{name}" if kind == "ServiceAccount" else f"{kind} {name}"
    )


def _grants(body: Fields) -> Grants:
    found: dict[Target, set[str]] = {}
    for rule in as_mappings(body.get("rules")):
        groups, resources, verbs = (_texts(rule, key) for key in ("apiGroups", "resources", "verbs"))
        names = tuple(_texts(rule, "resourceNames"))
        targets: list[Target]
        if len(groups) * len(resources) + len(found) > _MOST:
            targets = [(",".join(groups), ",".join(resources), names)]
        else:
            targets = [(group, resource, names) for group in groups for resource in resources]
        targets += [("", f"the URL {url}", ()) for url in _texts(rule, "nonResourceURLs")]
        for target in targets:
            found.setdefault(target, set()).update(verbs)
    if body.get("aggregationRule"):
        found["", "what other roles grant that it collects", ()] = {"do"}
    return {target: frozenset(verbs) for target, verbs in found.items()}


def _texts(rule: Fields, key: str) -> list[str]:
    return sorted({as_text(item) for item in as_list(rule.get(key))})


def _more(one: Grants, other: Grants) -> Grants:
    """What `one` grants and `other` does not, by the letter."""
    left = {target: verbs - other.get(target, frozenset()) for target, verbs in one.items()}
    return {target: verbs for target, verbs in left.items() if verbs and "*" not in other.get(target, ())}


def _grouped(grants: Grants) -> dict[tuple[tuple[str, ...], frozenset[str]], list[_Resource]]:
    """The groups and resources with the same names and verbs, Secrets on their own."""
    found: dict[tuple[tuple[str, ...], frozenset[str]], list[_Resource]] = {}
    for (group, resource, names), verbs in grants.items():
        found.setdefault((names, verbs), []).append((group, resource))
    return found


def _granted(
    who: str, holding: _Where, names: tuple[str, ...], verbs: frozenset[str], targets: list[_Resource]
) -> Line:
    reasons = list(dict.fromkeys(reason for group, resource in targets for reason in _reasons(group, resource, verbs)))
    blind = all(resource.partition("/")[0] in _BLIND for _, resource in targets)
    rank = Rank.READS if reasons else Rank.OTHER
    if not reasons and not blind and any(group not in _KNOWN for group, _ in targets):
        writes = bool(verbs - _READ)
        rank = Rank.READS if writes else Rank.AROUND
        reasons = [
            "command what acts on these objects, which may read Secrets or create pods" if writes else "read them"
        ]
    why = f": enough to {', '.join(reasons)}" if reasons else ""
    return Line(rank, f"{who} may {_verbs(verbs)} {_what(targets, names)} in {holding.scope} ({holding.role}){why}")


def _reasons(group: str, resource: str, verbs: frozenset[str]) -> Iterator[str]:
    for groups, resources, needed, reason in _WAYS:
        if not (group == "*" or "," in group or group in groups.split(" ")):
            continue
        if "*" not in verbs and not verbs & needed:
            continue
        if "," in resource or any(_covers(resource, one) for one in resources.split()):
            yield reason


def _covers(rule: str, resource: str) -> bool:
    """Whether a resource in a rule matches a real one: `*` all, `*/exec` each with this subresource."""
    return rule in ("*", resource) or (rule.startswith("*/") and resource.endswith(rule[1:]))


_KNOWN = frozenset(group for groups, *_ in _WAYS for group in groups.split(" ")) | {
    "autoscaling", "coordination.k8s.io", "events.k8s.io", "policy", "authentication.k8s.io", "authorization.k8s.io",
    "scheduling.k8s.io", "flowcontrol.apiserver.k8s.io", "metrics.k8s.io",
}  # fmt: skip
"""Groups of Kubernetes whose objects nobody but Kubernetes acts on."""


def _verbs(verbs: frozenset[str]) -> str:
    return ", ".join(sorted(verbs)) if "*" not in verbs else "do anything with"


def _what(targets: list[_Resource], names: tuple[str, ...]) -> str:
    parts = []
    for group, resource in targets:
        name = "everything" if resource == "*" and group in ("*", "") else resource
        shown = name if group in ("", "*") else f"{name}.{group}"
        parts.append(f"{shown} {','.join(names) or '*'}" if names or resource == "secrets" else shown)
    return some(dict.fromkeys(parts), 6)
