"""What of a plan and of an answer may be shown."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from cluster_objects import manifests, sealed
from hypothesis import given
from hypothesis import strategies as st

from canary import Canary
from sealkit.cluster.desired import Desired
from sealkit.cluster.diff import differences, leaves
from sealkit.cluster.discovery import Resource
from sealkit.cluster.mask import Masks, sealed_routes
from sealkit.cluster.retry import Expect
from sealkit.cluster.server_errors import Answer, Fault, classify, field_conflicts, immutable, shown
from sealkit.cluster.wire import Scrubber, data_of_secret, encoded, fits, holds
from sealkit.errors import SealkitError
from sealkit.model.difference import ABSENT, Difference
from sealkit.model.objects import Manifest
from sealkit.model.plan import FieldChange
from sealkit.yamlspan.route import Route

SPELLINGS: dict[str, Callable[[str], str]] = {
    "clear": str, "dotted": ".".join, "reversed": lambda text: text[::-1], "hex": lambda text: text.encode().hex(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
}  # fmt: skip
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  template:
    spec:
      containers:
        - name: api
          image: api:1
          args: [--verbose, --password=<<pw>>]
          env:
            - {name: LEVEL, value: info}
            - {name: DSN, value: "postgres://app:<<pw>>@db/shop"}
"""
CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data:
  level: info
  app.ini: "color = red\\ntoken = <<pw>>\\n"
"""


def desired(manifest: Manifest) -> Desired:
    body = data_of_secret(manifest.body) if manifest.ref.kind == "Secret" else manifest.body
    resource = Resource(manifest.ref.group, "v1", manifest.ref.kind, manifest.ref.kind.lower() + "s", True)
    return Desired(manifest, manifest.ref, resource, body, Expect(), new_kind=False)


def masked(text: str, pw: str, live: object, *, recorded: frozenset[str] = frozenset()) -> dict[str, FieldChange]:
    """The field changes from a live object to what the manifest says."""
    manifest = manifests(text, {"pw": pw})[0]
    scrubber = Scrubber()
    scrubber.learn([manifest])
    item = desired(manifest)
    masks = Masks(item, scrubber, recorded)
    after = json.loads(encoded(item.body))
    return {change.route: change for change in map(masks.change, differences(live, after))}


def live(text: str, pw: str) -> dict[str, object]:
    """The object as it was deployed with another value."""
    return json.loads(encoded(desired(manifests(text, {"pw": pw})[0]).body))  # type: ignore[no-any-return]


def printed(changes: dict[str, FieldChange]) -> str:
    return repr([(c.route, c.old, c.new) for c in changes.values()])


def test_a_changed_value_shows_equal_masks(canary: Canary) -> None:
    old, new = canary.secret(), canary.secret()
    changes = masked(DEPLOYMENT, new, live(DEPLOYMENT, old))
    dsn = changes[".spec.template.spec.containers[api].env[DSN].value"]
    assert dsn.old == dsn.new == "postgres://app:***@db/shop"
    canary.hear("changes", printed(changes))


def test_the_old_value_is_masked_wherever_it_stood(canary: Canary) -> None:
    """The variable had another name, the argument another index, the value is one that nobody here knows any more."""
    old, new = canary.secret(), canary.secret()
    before = live(DEPLOYMENT.replace("DSN", "URL").replace("--verbose, ", ""), old)
    changes = masked(DEPLOYMENT, new, before)
    assert changes[".spec.template.spec.containers[api].env[URL].value"].old == "***"
    assert changes[".spec.template.spec.containers[api].args[0]"] == FieldChange(
        ".spec.template.spec.containers[api].args[0]", "***", "--verbose"
    )
    canary.hear("changes", printed(changes))


def test_public_neighbours_stay_visible(canary: Canary) -> None:
    pw = canary.secret()
    before = live(DEPLOYMENT.replace("info", "debug").replace("api:1", "api:0"), pw)
    changes = masked(DEPLOYMENT, pw, before)
    assert changes[".spec.template.spec.containers[api].env[LEVEL].value"].old == "debug"
    assert changes[".spec.template.spec.containers[api].image"].old == "api:0"
    assert len(changes) == 2


def test_a_key_that_goes_beside_a_sealed_one_is_masked(canary: Canary) -> None:
    before = live(CONFIG.replace("app.ini", "old.ini"), canary.secret())
    changes = masked(CONFIG, canary.secret(), before)
    assert changes['.data["old.ini"]'].old == "***"
    canary.hear("changes", printed(changes))


def test_a_place_that_was_sealed_is_remembered(canary: Canary) -> None:
    """The manifest says a public value now; what stands in the cluster is the sealed one of before."""
    old = canary.secret()
    public = CONFIG.replace("<<pw>>", "none")
    route = '.data["app.ini"]'
    assert set(sealed_routes(desired(manifests(CONFIG, {"pw": old})[0]))) == {route}
    changes = masked(public, "", live(CONFIG, old), recorded=frozenset({route}))
    assert changes[route].old == "***"
    assert changes[route].new == "color = red\ntoken = none\n"
    canary.hear("changes", printed(changes))


def test_a_file_around_a_value_shows_what_changed_in_it(canary: Canary) -> None:
    """Where the live text is not the template with another value, its public part is not known either: all of it is masked."""
    new = canary.secret()
    same = masked(CONFIG, new, live(CONFIG, canary.secret()))
    assert same['.data["app.ini"]'].old == same['.data["app.ini"]'].new == "color = red\ntoken = ***\n"
    other = masked(CONFIG, new, live(CONFIG.replace("red", "blue"), canary.secret()))
    assert other['.data["app.ini"]'].old == "***"
    canary.hear("changes", printed(same) + printed(other))


def test_all_data_of_a_secret_is_masked(canary: Canary) -> None:
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {user: app, password: <<pw>>}\n"
    before = live(text.replace("app", "root"), canary.secret())
    changes = masked(text, canary.secret(), before)
    assert {c.route: (c.old, c.new) for c in changes.values()} == {
        ".data.user": ("***", "***"),
        ".data.password": ("***", "***"),
    }


def test_live_text_that_looks_like_a_secret_is_masked(canary: Canary) -> None:
    """Somebody wrote it there by hand."""
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n"
    token = canary.secret("ghp_" + "a" * 12)
    before = {
        **live(text, ""),
        "data": {"a": f"https://u:{canary.secret()}@host/", "API_TOKEN": canary.secret(), "t": token},
    }
    changes = masked(text, "", before)
    assert [c.old for c in changes.values()].count("***") == 3
    canary.hear("changes", printed(changes))


def test_the_last_applied_annotation_is_never_shown(canary: Canary) -> None:
    before = live(CONFIG, canary.secret())
    name = "kubectl.kubernetes.io/last-applied-configuration"
    before["metadata"] = {"name": "conf", "annotations": {name: json.dumps(before)}}
    changes = masked(CONFIG, canary.secret(), before)
    assert changes[f'.metadata.annotations["{name}"]'].old == "***"
    canary.hear("changes", printed(changes))


TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("abc", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcn"), inner, max_size=3),
    max_leaves=12,
)


@given(TREES, TREES)
def test_differences_are_symmetric_and_only_where_there_are_any(one: object, other: object) -> None:
    there = [(d.route, repr(d.old), repr(d.new)) for d in differences(one, other)]
    back = [(d.route, repr(d.new), repr(d.old)) for d in differences(other, one)]
    assert sorted(map(str, there)) == sorted(map(str, back))
    assert not list(differences(one, one))


def test_items_are_known_by_name() -> None:
    old = [{"name": "a", "image": "1"}, {"name": "b", "image": "1"}]
    new = [{"name": "new", "image": "1"}, {"name": "a", "image": "1"}, {"name": "b", "image": "2"}]
    assert [str(d.route) for d in differences(old, new)] == ["[new].name", "[new].image", "[b].image"]
    ports = [{"port": 53, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]
    assert next(str(route) for route, _ in leaves(ports)) == "[53/TCP].port"
    assert list(differences([1, 2], [1, 2, 3])) == [Difference(Route((2,)), ABSENT, 3)]


def test_a_sealed_leaf_never_names_an_item(canary: Canary) -> None:
    items = [{"name": sealed(canary.secret())}, {"name": sealed(canary.secret())}]
    routes = [str(route) for route, _ in leaves(items)]
    assert routes == ["[0].name", "[1].name"]
    canary.hear("routes", repr(routes))


@pytest.mark.parametrize(
    ("template", "value", "expected"),
    [
        ("a***b", "aXb", True),
        ("a***b", "ab", True),
        ("a***b", "a", False),
        ("***", "anything", True),
        ("***-***", "x-y-z", True),
        ("***-***", "xyz", False),
        ("ab***ba", "aba", False),
        ("no mask", "no mask", False),
    ],
)
def test_a_template_is_shown_only_for_what_fits_it(template: str, value: str, expected: bool) -> None:
    assert fits(template, value) is expected
    assert fits(template, sealed(value)) is expected


def test_string_data_becomes_data(canary: Canary) -> None:
    pw = canary.secret()
    body = data_of_secret(
        {"kind": "Secret", "stringData": {"a": sealed(pw), "b": "x"}, "data": {"b": "old", "c": "Yw=="}}
    )
    assert "stringData" not in body
    assert repr(body["data"]) == "{'b': 'eA==', 'c': 'Yw==', 'a': Sensitive('***')}"
    assert holds(body["data"]["a"], lambda value: isinstance(value, str) and len(value) > len(pw))


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(SealkitError, match="JSON cannot hold"):
        encoded({"a": float("nan")})


def answer(status: int, message: str, reason: str = "", causes: list[dict[str, str]] | None = None) -> Answer:
    details = {"details": {"causes": causes}} if causes else {}
    body = {"kind": "Status", "message": message, "code": status, **({"reason": reason} if reason else {}), **details}
    return Answer(status, json.dumps(body).encode())


def cause(field: str, message: str, reason: str = "FieldValueInvalid") -> dict[str, str]:
    return {"field": field, "message": message, "reason": reason}


IMMUTABLE = 'Invalid value: {{"Env":[{{"Name":"P","Value":"{v}"}}],"n":": x"}}: field is immutable'
TYPED = (
    "failed to create typed patch object (/s; /v1, Kind=ConfigMap): "
    ".data.PW: expected string, got &value.valueUnstructured{{Value:{v}}}"
)


@pytest.mark.parametrize(
    ("status", "message", "causes", "expected"),
    [
        (500, TYPED, [], ".data.PW: expected string"),
        (500, "failed to create typed patch object (/s; v1): .data: expected map, got &{{{v}}}", [], ".data: expected map"),
        (422, "dump {v}", [cause("spec.template", IMMUTABLE)], "spec.template: invalid value: field is immutable"),
        (
            422,
            "dump {v}",
            [cause("spec.template", 'Invalid value: core.PodTemplateSpec{{V:"{v}"}}: field is immutable')],
            "spec.template: invalid value: field is immutable",
        ),
        (
            422,
            "",
            [cause("metadata.name", "Invalid value: \"{v}: it\": must be lower case (e.g. 'x', regex used is '[a]')")],
            "metadata.name: invalid value: must be lower case",
        ),
        (422, "", [cause("a", 'Duplicate value: "x: {v}"')], "a: duplicate value"),
        (
            422,
            "",
            [cause("type", 'Unsupported value: "{v}": supported values: "Local", "Cluster"')],
            'type: unsupported value: supported values: "Local", "Cluster"',
        ),
        (
            422,
            "",
            [cause("spec", "Forbidden: spec is immutable after creation\n  core.Spec{{\n-  V: \"{v}\"", "FieldValueForbidden")],
            "spec: Forbidden: spec is immutable after creation",
        ),
        (400, 'parsing time "{v}" as "2006-01-02"', [], "Invalid"),
        (400, 'strict decoding error: unknown field "spec.foo"', [], 'strict decoding error: unknown field "spec.foo"'),
        (403, 'pods is forbidden: User "u" cannot create resource "pods"', [],
         'pods is forbidden: User "u" cannot create resource "pods"'),
        (400, 'admission webhook "w.io" denied the request: https://u:{v}@h is bad', [],
         'admission webhook "w.io" denied the request'),
    ],
)  # fmt: skip
def test_no_answer_repeats_a_value_that_nobody_knows(
    canary: Canary, status: int, message: str, causes: list[dict[str, str]], expected: str
) -> None:
    """The values of an earlier deploy are unknown here: only the form of the message protects them."""
    old = canary.secret()
    filled = [{**one, "message": one["message"].format(v=old)} if "{v}" in one["message"] else one for one in causes]
    said = shown(
        answer(status, message.format(v=old) if "{v}" in message else message, "Invalid", filled), str, secret=False
    )
    canary.hear("message", said)
    assert said == expected


def test_answers_about_secrets_are_reason_and_paths(canary: Canary) -> None:
    v = canary.secret()
    causes = [cause("data[tls.crt]", f"Required value: {v}"), cause("data[tls.key]", v)]
    said = [
        shown(answer(422, v, "Invalid", causes), str, secret=True),
        shown(answer(500, TYPED.format(v=v)), str, secret=True),
        shown(answer(500, f"illegal base64 {v}"), str, secret=True),
        shown(answer(400, f'admission webhook "w.io" denied the request: {v}', "BadRequest"), str, secret=True),
    ]
    canary.hear("messages", repr(said))
    assert said == [
        "Invalid: data[tls.crt], data[tls.key]",
        ".data.PW: expected string",
        "HTTP 500",
        'admission webhook "w.io" denied the request',
    ]


def test_known_values_are_cleaned_from_any_answer(canary: Canary) -> None:
    pw = canary.secret()
    scrubber = Scrubber()
    scrubber.learn(manifests(CONFIG, {"pw": pw}))
    line = manifests("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: <<pw>>}\n", {"pw": pw})
    scrubber.learn(line)
    said = shown(
        answer(403, f"pods is forbidden: no PriorityClass with name {pw} was found"), scrubber.clean, secret=False
    )
    assert said == "pods is forbidden: no PriorityClass with name *** was found"


DENIALS = {
    "policy": (
        "deployments.apps \"api\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: {v}",
        "admission policy p",
    ),
    "mutating policy": (
        "deployments.apps \"api\" is forbidden: policy 'p' with binding 'b' denied request: {v}",
        "admission policy p",
    ),
    "webhook": ('admission webhook "w.io" denied the request: {v}', 'admission webhook "w.io" denied'),
    "two in one": (
        "admission webhook \"w.io\" denied the request: ValidatingAdmissionPolicy '{v}' denied",
        'admission webhook "w.io" denied',
    ),
    "call": ('Internal error occurred: failed calling webhook "w.io": {v}', 'admission webhook "w.io" could not'),
    "conversion": (
        "conversion webhook for x.io/v1, Kind=Thing failed: {v}",
        "the conversion webhook of x.io/v1, Kind=Thing",
    ),
    "unknown": ("some webhook says {v}", "an admission webhook or policy denied the request"),
    "other": ("{v}", ""),
    "known form": ('pods "{v}" is forbidden: {v}', ""),
}


@pytest.mark.parametrize("what", DENIALS)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 418, 422, 429, 500, 503])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_words_of_a_policy_are_never_shown(canary: Canary, what: str, status: int, spelling: str) -> None:
    """Whatever the status, the reason, the causes and the details say: a webhook writes all of them."""
    value = SPELLINGS[spelling](canary.secret())
    message, start = DENIALS[what]
    causes = [cause(value, f"Invalid value: {value}", value)] if start else []
    given = answer(status, message.format(v=value), value, causes)
    for secret in (True, False):
        said = shown(given, str, secret=secret)
        assert value not in said
        assert said.startswith(start)


def test_the_expressions_of_a_definition_are_never_shown(canary: Canary) -> None:
    """A rule of a custom resource definition writes its message in CEL, of the values of the object."""
    value = ".".join(canary.secret())
    body = {"message": value, "reason": "Invalid", "details": {"group": "example.org", "causes": [
        cause("spec", f'Invalid value: "object": {value}'), cause("spec.n", f'Invalid value: "string": spec.n in body must be of type integer: "{value}"'),
        cause("spec.m", "Required value", "FieldValueRequired")]}}  # fmt: skip
    said = shown(Answer(422, json.dumps(body).encode()), str, secret=False)
    assert said == "spec: not valid for its definition; spec.n: must be of type integer; spec.m: required value"


def test_what_the_server_made_of_a_field_is_masked(canary: Canary) -> None:
    """A field that the manifest does not have, and one that does not keep what it says."""
    pw = canary.secret()
    manifest = manifests(CONFIG, {"pw": pw})[0]
    masks = Masks(desired(manifest), Scrubber())
    value = ".".join(canary.secret())
    for route, old, new in (
        ("x", ABSENT, value),
        ("x", value, ABSENT),
        ("x", value, value + "."),
        ("level", "info", value),
        ("level", value, value + "."),
    ):
        change = masks.change(Difference(Route(("data", route)), old, new))
        assert {change.old, change.new} <= {None, "***"}
    kept = masks.change(Difference(Route(("data", "level")), "debug", "info"))
    assert (kept.old, kept.new) == ("debug", "info")


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (Answer(429, b"Too many requests, please try again later.\n", {"Retry-After": "1"}), Fault.THROTTLED),
        (Answer(404, b"404 page not found\n"), Fault.NO_KIND),
        (Answer(404, b'{"kind":"Status","reason":"NotFound","details":{},"code":404}'), Fault.NO_KIND),
        (
            Answer(404, b'{"message":"namespaces \\"n\\" not found","details":{"name":"n","kind":"namespaces"}}'),
            Fault.NO_NAMESPACE,
        ),
        (Answer(404, b'{"message":"configmaps \\"c\\" not found","details":{"name":"c","kind":"configmaps"}}'), Fault.NOT_FOUND),
        (answer(409, "", "Conflict", [cause(".data.A", 'conflict with "x" using v1', "FieldManagerConflict")]), Fault.FIELDS),
        (answer(409, "the object has been modified", "Conflict"), Fault.CONFLICT),
        (answer(403, "", "Forbidden", [cause("metadata.namespace", "", "NamespaceTerminating")]), Fault.TERMINATING),
        (answer(403, "", "Forbidden"), Fault.FORBIDDEN),
        (answer(401, "", "Unauthorized"), Fault.UNAUTHORIZED),
        (answer(500, 'failed calling webhook "w"', "InternalError"), Fault.WEBHOOK),
        (answer(500, "etcdserver: request timed out"), Fault.TRANSIENT),
        (answer(504, "", "Timeout"), Fault.TRANSIENT),
        (Answer(502, b"<html>"), Fault.TRANSIENT),
        (answer(500, TYPED), Fault.PERMANENT),
        (answer(422, "", "Invalid"), Fault.PERMANENT),
        (Answer(413, b"[]"), Fault.PERMANENT),
    ],
)  # fmt: skip
def test_faults_are_told_apart(given: Answer, fault: Fault) -> None:
    assert classify(given) is fault


def test_a_conflict_names_field_and_manager() -> None:
    given = answer(
        409, "", "Conflict", [cause(".spec.replicas", 'conflict with "hpa" using v1', "FieldManagerConflict")]
    )
    assert [str(conflict) for conflict in field_conflicts(given)] == [".spec.replicas (hpa)"]
    held = answer(409, "", "Conflict", [cause('.spec.hosts[="secret-host"]', "", "FieldManagerConflict")])
    cleaned = field_conflicts(held, lambda text: text.replace("secret-host", "***"))
    assert [str(conflict) for conflict in cleaned] == ['.spec.hosts[="***"] (another manager)']
    assert immutable(answer(422, "spec.selector: Invalid value: {}: field is immutable"))
