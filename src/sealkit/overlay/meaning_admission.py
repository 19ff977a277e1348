"""What a change of a policy, webhook, API service or definition means: what the API server shows it, and what it can change."""

from __future__ import annotations

from collections.abc import Iterator

from sealkit.model.difference import ABSENT, Difference
from sealkit.model.tree import Fields, as_list, as_mappings, as_text, at
from sealkit.overlay.masked_tree import differences
from sealkit.overlay.meaning_lines import Line, Rank, shown, some, told_fields, with_another
from sealkit.overlay.meaning_state import Object, State
from sealkit.yamlspan.route import Route

_HOLDING = ("secrets", "configmaps", "pods", "deployments", "daemonsets", "statefulsets", "replicasets", "jobs", "cronjobs",
            "replicationcontrollers", "podtemplates", "controllerrevisions")  # fmt: skip
"""Resources whose objects hold sealed values, or may."""


def policy(old: Object | None, new: Object, fields: list[Difference]) -> Iterator[Line]:
    """A ValidatingAdmissionPolicy or MutatingAdmissionPolicy: it can put what it sees into warnings, errors and other objects."""
    spec = new.body.get("spec")
    changes = new.ref.kind.startswith("Mutating")
    kind = as_text(at(spec, "paramKind", "kind"))
    sees = _resources(as_mappings(at(spec, "matchConstraints", "resourceRules")))
    facts = [f"paramKind {kind}"] if kind else []
    facts += [f"matches {some(sees, 6)}"] if sees else ["matches what its bindings say"]
    facts += ["changes what it matches"] if changes else []
    holding = [name for name in sees if _holds(name)]
    if kind == "Secret" or any(name.startswith(("secrets", "*")) for name in sees):
        what = "a policy that can read Secrets"
    elif holding or kind:
        what = f"a policy whose CEL can read the values in {some(holding) or kind}"
    else:
        what = "a policy that changes objects" if changes else "a policy"
    more = "" if old is None else f", changed: {told_fields(fields)}"
    yield Line(Rank.READS, f"{what}: {new} ({', '.join(facts)}){more}")


def binding(old: Object | None, new: Object, fields: list[Difference], state: State) -> Iterator[Line]:
    """A binding puts a policy to work, and says which object is its parameter."""
    name = as_text(at(new.body, "spec", "policyName"))
    kind = new.ref.kind.removesuffix("Binding")
    bound = state.by_kind.get((kind, name))
    param = at(new.body, "spec", "paramRef")
    what = as_text(at(bound.body if bound else None, "spec", "paramKind", "kind")) or "an object"
    given = f" and gives it {what} {as_text(at(param, 'name')) or shown(param)}" if param else ""
    where = f" of {as_text(at(param, 'namespace'))}" if at(param, "namespace") else ""
    known = "" if bound else ", which is not in this target"
    more = "" if old is None else f", changed: {told_fields(fields)}"
    yield Line(Rank.READS, f"{new} puts policy {name} to work{known}{given}{where}{more}")


def webhooks(old: Object | None, new: Object) -> Iterator[Line]:
    """A webhook is sent every object that its rules match; a mutating one changes it."""
    before = {as_text(hook.get("name")): hook for hook in as_mappings(old.body.get("webhooks") if old else None)}
    after = as_mappings(new.body.get("webhooks"))
    for hook in after:
        name = as_text(hook.get("name"))
        sees = _resources(as_mappings(hook.get("rules")))
        rank = Rank.READS if not sees or any(map(_holds, sees)) else Rank.AROUND
        who = f"webhook {name} of {new} receives {some(sees, 6) or 'nothing yet'}"
        if (known := before.get(name)) is None:
            limits = [key for key in ("namespaceSelector", "objectSelector", "matchConditions") if hook.get(key)]
            yield Line(rank, f"{who}: {_client(hook)}{', limited by ' + ', '.join(limits) if limits else ''}")
            continue
        for field in differences(known, hook):
            head = str(field.route.steps[0]) if len(field.route) else ""
            rest = Route(field.route.steps[1:])
            yield Line(rank, f"{who} {with_another(f'{head} {rest}' if len(rest) else head, field)}")
    kept = {as_text(hook.get("name")) for hook in after}
    for name in before:
        if name not in kept:
            yield Line(Rank.LEADS, f"webhook {name} of {new} removed: what it refused or changed is let through")


def definition(old: Object | None, new: Object, fields: list[Difference]) -> Iterator[Line]:
    """A CustomResourceDefinition: its conversion webhook is sent every object of the kind."""
    before, after = (at(one.body if one else None, "spec", "conversion") for one in (old, new))
    kind, group = (as_text(at(new.body, "spec", *keys)) for keys in (("names", "kind"), ("group",)))
    changed = differences(before, after)
    hook = at(after, "webhook")
    if changed and hook is not None:
        word = "gets a" if at(before, "webhook") is None else "gets another"
        more = "" if at(before, "webhook") is None else f", changed: {told_fields(changed)}"
        yield Line(Rank.READS, f"{new} {word} conversion webhook ({_client(hook)}), which receives every {kind}{more}")
    elif changed and old is not None:
        yield Line(Rank.AROUND, f"{new} has another conversion: {told_fields(changed)}")
    if old is None:
        yield Line(Rank.OTHER, f"{new} added: it defines {kind} in group {group}")
        return
    schema = [field for field in fields if "schema" in field.route.keys]
    rest = [field for field in fields if field not in schema and field.route.keys[:2] != ("spec", "conversion")]
    if rest:
        yield Line(Rank.AROUND, f"{new} changed: {told_fields(rest)}")
    if schema:
        yield Line(Rank.OTHER, f"the schema of {new} changed")


def api_service(old: Object | None, new: Object, fields: list[Difference]) -> Iterator[Line]:
    """An APIService: who answers for a version of a group sees everything that is sent there."""
    spec = new.body.get("spec")
    group, version = as_text(at(spec, "group")) or "the core group", as_text(at(spec, "version"))
    service = at(spec, "service")
    if not service:
        yield Line(Rank.AROUND, f"{new} is answered by the API server itself, changed: {told_fields(fields)}")
        return
    to = f"Service {as_text(at(service, 'namespace'))}/{as_text(at(service, 'name'))}"
    skip = ", without checking its certificate" if at(spec, "insecureSkipTLSVerify") else ""
    more = "" if old is None else f", changed: {told_fields(fields)}"
    yield Line(Rank.READS, f"{new} takes over group {group} {version}: requests go to {to}{skip}{more}")


def _resources(rules: list[Fields]) -> list[str]:
    """What rules match: `secrets`, `deployments.apps`, `*` for everything."""
    found: dict[str, None] = {}
    for rule in rules:
        for resource in as_list(rule.get("resources")):
            for group in as_list(rule.get("apiGroups")) or [""]:
                found[as_text(resource) if group in ("", "*") else f"{as_text(resource)}.{as_text(group)}"] = None
    return sorted(found, key=lambda name: (not _holds(name), name))


def _holds(name: str) -> bool:
    return name.startswith("*") or name.partition(".")[0].partition("/")[0] in _HOLDING


def _client(hook: object) -> str:
    """Where a webhook is, in words."""
    client = at(hook, "clientConfig")  # type: ignore[arg-type]
    if url := at(client, "url"):
        return f"URL {shown(url)}"
    service = at(client, "service")
    return (
        f"Service {as_text(at(service, 'namespace'))}/{as_text(at(service, 'name'))}"
        if service
        else shown(client or ABSENT)
    )
