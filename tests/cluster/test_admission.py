"""Admission policies and webhooks of somebody else, on the real API server: they see every object and write what they like, in any
spelling. Nothing of it may be printed."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cluster_objects import apply, manifests, plan

from canary import Canary
from sealkit.cluster.client import Client
from sealkit.cluster.plan import PlanError
from sealkit.model.plan import Plan, Verb
from sealkit.rehearse.certificates import Authority
from sealkit.source.config import Target

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\ndata: {pw: <<pw>>, open: %s}\n"
METRICS = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: metrics}\ndata: {a: "%s"}\n'
VALUE = "string(object.data.pw)"
CEL = {
    "clear": VALUE, "dotted": f"{VALUE}.split('').join('.')", "upper": f"{VALUE}.upperAscii()",
    "turned": f"{VALUE}.substring(9) + {VALUE}.substring(0, 9)", "doubled": f"{VALUE}.split('').map(c, c + c).join('')",
}  # fmt: skip
HOLDS = "object.metadata.namespace == '%(namespace)s' && object.metadata.name == '%(object)s'"
RULES = "matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [configmaps]}]}"
VALIDATING = (
    """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: %(name)s}
spec:
  failurePolicy: Ignore
  """
    + RULES
    + """
  matchConditions: [{name: here, expression: "%(holds)s"}]
  validations: [{expression: "false", reason: %(reason)s, messageExpression: "%(say)s"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: %(name)s}
spec: {policyName: %(name)s, validationActions: [%(action)s]}
"""
)
MUTATING = (
    """
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: %(name)s}
spec:
  paramKind: {apiVersion: v1, kind: Secret}
  failurePolicy: Fail
  reinvocationPolicy: Never
  """
    + RULES
    + """
  matchConditions: [{name: here, expression: "%(holds)s"}]
  mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: "Object{data: {%(fields)s}}"}}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: %(name)s}
spec: {policyName: %(name)s, paramRef: {name: src, namespace: %(namespace)s, parameterNotFoundAction: Deny}}
"""
)


class Gate:
    """Installs policies and webhooks for the namespace of one test, and takes them away. `spelled` are the value's spellings."""

    def __init__(self, client: Client, cluster: Any, canary: Canary) -> None:
        self.client, self.cluster, self.canary = client, cluster, canary
        self.target = Target("home", (), (), namespace=client.namespace)
        self.value = canary.secret()
        coded = base64.b64encode(self.value.encode()).decode()
        self.spelled = [
            self.value, ".".join(self.value), self.value[::-1], coded, self.value.upper(), ".".join(coded), self.value.encode().hex(), self.value[9:] + self.value[:9],
            "".join(letter * 2 for letter in self.value),
        ]  # fmt: skip
        self._made: list[str] = []

    def install(self, text: str, **names: str) -> None:
        """Create the objects of a template and wait until the server uses them."""
        filled = text % {"namespace": self.target.namespace, **names}
        self.cluster.kubectl("create", "-f", "-", input=filled)
        self._made.append(filled)

    def remove(self) -> None:
        for text in self._made:
            self.cluster.kubectl("delete", "--ignore-not-found", "-f", "-", input=text)

    def until(self, wanted: Any) -> Any:
        """The first true answer: a policy takes effect some seconds after it is made."""
        deadline = time.monotonic() + 60
        while not (found := wanted()):
            assert time.monotonic() < deadline, "the policy has no effect"
            time.sleep(0.3)
        return found

    def refused(self, text: str) -> PlanError | None:
        try:
            self.plan(text)
        except PlanError as error:
            return error
        return None

    def plan(self, text: str) -> Plan:
        return plan(self.client, self.target, manifests(text, {"pw": self.value}))

    def deploy(self, text: str) -> None:
        found = manifests(text, {"pw": self.value})
        assert apply(self.client, plan(self.client, self.target, found), found).ok

    def silent(self, *said: object) -> None:
        """None of the spellings stands in what was said."""
        for text in map(repr, said):
            self.canary.hear("said", text)
            assert [spelling for spelling in self.spelled if spelling in text] == []


@pytest.fixture
def gate(client: Client, cluster: Any, canary: Canary) -> Iterator[Gate]:
    made = Gate(client, cluster, canary)
    yield made
    made.remove()


@pytest.mark.parametrize("reason", ["Invalid", "Forbidden"])
@pytest.mark.parametrize("spelling", CEL)
def test_a_validating_policy_is_named_without_its_words(gate: Gate, spelling: str, reason: str) -> None:
    holds = HOLDS % {"namespace": gate.target.namespace, "object": "conf"}
    name = f"leak-{spelling}-{reason}-{gate.target.namespace}".lower()
    gate.deploy(CONFIG % "first")
    gate.install(VALIDATING, name=name, holds=holds, say=CEL[spelling], reason=reason, action="Deny")
    error = gate.until(lambda: gate.refused(CONFIG % "second"))
    gate.silent(error.message, error.hint, error.refusals, str(error))
    assert error.message.endswith(f"admission policy {name} denied the request")


def test_the_warnings_of_a_policy_are_not_shown(gate: Gate, capfd: pytest.CaptureFixture[str]) -> None:
    holds = HOLDS % {"namespace": gate.target.namespace, "object": "conf"}
    name = f"warn-{gate.target.namespace}"
    gate.install(VALIDATING, name=name, holds=holds, say=CEL["dotted"], reason="Invalid", action="Warn")
    text = (CONFIG % "x").replace("<<pw>>", gate.value)
    namespace = ["-n", gate.target.namespace]
    gate.until(
        lambda: (
            "Warning" in gate.cluster.kubectl("create", *namespace, "--dry-run=server", "-f", "-", input=text).stderr
        )
    )
    made = gate.plan(CONFIG % "first")
    gate.deploy(CONFIG % "first")
    gate.silent(made, capfd.readouterr())


def test_what_a_mutating_policy_writes_is_masked(gate: Gate) -> None:
    """It copies a Secret into a field of its own and over a public one: the plan names both, and shows neither."""
    gate.deploy(
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: src}}\nstringData: {{KEY: <<pw>>}}\n---\n{METRICS % 1}"
    )
    key = "string(params.data.KEY)"
    fields = f"'x': {key}.split('').join('.'), 'a': {key} + '=', 'open': {key}.substring(8) + {key}.substring(0, 8)"
    holds = HOLDS % {"namespace": gate.target.namespace, "object": "metrics"}
    gate.install(MUTATING, name=f"copy-{gate.target.namespace}", holds=holds, fields=fields)
    made = gate.until(lambda: next((p for p in [gate.plan(METRICS % 2)] if ".data.x" in repr(p)), None))
    gate.silent(made)
    change = made.changes[0]
    assert change.verb is Verb.UPDATE
    assert {field.route: (field.old, field.new) for field in change.fields} == {
        ".data.a": ("***", "***"), ".data.x": (None, "***"), ".data.open": (None, "***"),
    }  # fmt: skip
    gate.deploy(METRICS % 2)  # the live object holds the copies now
    live = json.loads(gate.cluster.kubectl("get", "cm", "metrics", "-n", gate.target.namespace, "-o", "json").stdout)
    assert any(spelling in live["data"]["x"] for spelling in gate.spelled)
    again = gate.plan(METRICS.replace("{a:", "{level: info, a:") % 3)
    gate.silent(again)
    assert (".data.level", None, "info") in [(field.route, field.old, field.new) for field in again.changes[0].fields]


class Webhook:
    """A webhook over TLS that answers with the value in every spelling, wherever a `Status` has text."""

    def __init__(self, folder: Path, spelled: list[str]) -> None:
        folder.mkdir()
        authority = Authority(folder)
        certificate, key = authority.issue("webhook", "127.0.0.1")
        self.bundle = base64.b64encode(authority.path.read_bytes()).decode()
        self.asked = 0
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                hook.asked += 1
                said = " ".join(spelled)
                code = int(self.path.partition("?")[0].rpartition("/")[2])
                status = {
                    "code": code, "message": said, "reason": said,
                    "details": {"name": said, "group": "", "kind": said, "causes": [{"field": said, "message": said, "reason": said}]},
                }  # fmt: skip
                answer = {"uid": body["request"]["uid"], "allowed": False, "status": status, "warnings": spelled[:2]}
                data = json.dumps({"apiVersion": body["apiVersion"], "kind": body["kind"], "response": answer}).encode()
                if code == 600:  # an answer that is no answer
                    data = said.encode()
                self.send_response(200 if code < 599 else 500)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def configuration(self, name: str, namespace: str, code: int) -> str:
        """The webhook for ConfigMaps of a namespace."""
        return f"""
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {{name: {name}}}
webhooks:
  - name: {name}.example.org
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Fail
    clientConfig: {{url: "{self.url}/{code}", caBundle: {self.bundle}}}
    namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {namespace}}}}}
    rules: [{{apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [configmaps]}}]
"""


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 422, 429, 500, 503, 599, 600])
def test_a_webhook_is_named_without_its_words(gate: Gate, tmp_path: Path, canary: Canary, code: int) -> None:
    gate.client.timeout = 3
    gate.deploy(CONFIG % "first")
    hook = Webhook(tmp_path / "hook", gate.spelled)
    name = f"hook-{code}-{gate.target.namespace}"
    try:
        gate.install(hook.configuration(name, gate.target.namespace, code).replace("%", "%%"))
        error = gate.until(lambda: gate.refused(CONFIG % "second"))
    finally:
        gate.remove()
        hook.server.shutdown()
    gate.silent(error.message, error.hint, error.refusals, str(error))
    assert hook.asked
    assert f'admission webhook "{name}.example.org"' in error.message, error.message
