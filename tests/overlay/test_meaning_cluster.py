"""What a change of anything but a workload means: rights, policies, webhooks, networks, storage, custom resources."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from meaning_kit import Objects, added, change, find, house, pod, put, rendered
from sealkit.overlay.meaning import meaning

RBAC = "rbac.authorization.k8s.io"
RULES: dict[str, tuple[str, str, str, str]] = {
    "secrets": ("", "secrets", "get", "may get secrets * in all namespaces"),
    "everything": ("*", "*", "*", "may do anything with everything in all namespaces"),
    "exec": ("", "pods/exec", "create", "run programs in pods"),
    "any exec": ("", "*/exec", "create", "run programs in pods"),
    "attach": ("", "pods/attach", "create", "run programs in pods"),
    "ephemeral": ("", "pods/ephemeralcontainers", "patch", "run programs in pods"),
    "any token": ("", "*/token", "create", "make tokens"),
    "token": ("", "serviceaccounts/token", "create", "make tokens"),
    "port-forward": ("", "pods/portforward", "create", "talk to pods"),
    "node proxy": ("", "nodes/proxy", "get", "run programs in every pod"),
    "pods": ("", "pods", "create", "create pods"),
    "read pods": ("", "pods", "list", "read values in pod specs"),
    "read deployments": ("apps", "deployments", "get", "read values in pod specs"),
    "deployments": ("apps", "deployments", "patch", "create pods"),
    "jobs": ("batch", "jobs", "create", "create pods"),
    "impersonate": ("", "users", "impersonate", "act as somebody else"),
    "bind": (RBAC, "clusterroles", "bind", "give itself any right"),
    "escalate": (RBAC, "roles", "escalate", "give itself any right"),
    "bindings": (RBAC, "rolebindings", "create", "give rights"),
    "policies": (
        "admissionregistration.k8s.io",
        "mutatingadmissionpolicies",
        "create",
        "see and change what the API server",
    ),
    "certificates": ("certificates.k8s.io", "certificatesigningrequests/approval", "update", "make certificates"),
    "signers": ("certificates.k8s.io", "signers", "approve", "make certificates"),
    "rollouts": ("argoproj.io", "rollouts", "create", "command what acts on these objects"),
    "volumes": ("", "persistentvolumes", "create", "files of nodes"),
    "definitions": ("apiextensions.k8s.io", "customresourcedefinitions", "patch", "see and change what the API server"),
    "API services": ("apiregistration.k8s.io", "apiservices", "patch", "see and change what the API server"),
    "namespaces": ("", "namespaces", "patch", "change what pods may do"),
    "configmaps": ("", "configmaps", "get", "read values in ConfigMaps"),
    "logs": ("", "pods/log", "get", "read what containers"),
    "endpoints": ("", "endpoints", "update", "lead connections elsewhere"),
    "something new": ("", "futurethings", "create", "may create futurethings"),
}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_that_is_granted(name: str) -> None:
    group, resource, verb, told = RULES[name]
    rule = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}

    def with_role(objects: Objects) -> None:
        objects.append({"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": "ex"}, "rules": [rule]})
        subject = {"kind": "ServiceAccount", "name": "evil", "namespace": "evil"}
        objects.append(
            {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "ex"},
             "roleRef": {"kind": "ClusterRole", "name": "ex"}, "subjects": [subject]}
        )  # fmt: skip

    lines = change(with_role)
    assert any(line.startswith("ServiceAccount evil/evil may ") and told in line for line in lines), lines
    lines = change(lambda o: find(o, "Role", "reader")["rules"].append(rule))
    assert any(line.startswith("ServiceAccount shop/api may ") for line in lines), lines
    lines = change(
        lambda o: (
            with_role(o)
            or find(o, "ClusterRole", "ex")["metadata"].update(labels={f"{RBAC}/aggregate-to-view": "true"})
        )
    )
    assert any(line.startswith(f"whoever is bound to {RBAC}/aggregate-to-view may ") for line in lines), lines


def test_who_is_bound_and_to_what_is_not_here() -> None:
    lines = change(lambda o: find(o, "RoleBinding", "reader")["subjects"].append({"kind": "Group", "name": "all"}))
    assert any(line.startswith("Group all may get events in shop") for line in lines), lines
    lines = change(lambda o: find(o, "RoleBinding", "reader").update(roleRef={"kind": "ClusterRole", "name": "edit"}))
    assert any(
        "ServiceAccount shop/api gets ClusterRole edit" in line and "not in this target" in line for line in lines
    )
    lines = change(lambda o: find(o, "Role", "reader").update(rules=[]))
    assert any(line.startswith("ServiceAccount shop/api may no longer get events in shop") for line in lines), lines


def test_a_pod_that_runs_as_an_account_with_rights() -> None:
    def rights(objects: Objects) -> Objects:
        find(objects, "Role", "reader")["rules"] = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]
        return objects

    objects = rights(house())
    pod(objects, "web")["serviceAccountName"] = "api"
    lines = meaning(rendered(rights(house())), rendered(objects))
    assert any(
        line.startswith("Deployment shop/web runs as service account api, which may get secrets * in shop")
        for line in lines
    )


LEADS: dict[str, tuple[Callable[[Objects], object], str]] = {
    "a policy of the network is gone": (
        lambda o: o.remove(find(o, "NetworkPolicy", "deny")), "NetworkPolicy shop/deny removed"),
    "a policy of the network": (
        lambda o: put(find(o, "NetworkPolicy", "deny"), "spec/egress", [{}]), "NetworkPolicy shop/deny changed (who may talk to whom): .spec.egress[0] ({})"),
    "another selector": (
        lambda o: put(find(o, "Service", "postgres"), "spec/selector/app", "evil"),
        "Service shop/postgres now leads elsewhere: .spec.selector.app (evil, was postgres)"),
    "an external name": (
        lambda o: put(find(o, "Service", "postgres"), "spec/externalName", "evil.test"), ".spec.externalName (evil.test)"),
    "another server": (
        lambda o: put(find(o, "PersistentVolume", "data"), "spec/nfs/server", "evil"),
        "PersistentVolume data now leads elsewhere: .spec.nfs.server (evil, was nas.example)"),
    "another volume": (
        lambda o: put(find(o, "PersistentVolumeClaim", "data"), "spec/volumeName", "evil"), "volumeName (evil, was data)"),
    "the rules of a webhook": (
        lambda o: put(find(o, "ValidatingWebhookConfiguration", "guard"), "webhooks/0/rules/0/resources", ["*"]),
        "webhook guard.example of ValidatingWebhookConfiguration guard receives * with another rules"),
    "the selector of a webhook": (
        lambda o: find(o, "ValidatingWebhookConfiguration", "guard")["webhooks"][0].pop("namespaceSelector"),
        "without its namespaceSelector"),
    "the address of a webhook": (
        lambda o: put(find(o, "ValidatingWebhookConfiguration", "guard"), "webhooks/0/clientConfig", {"url": "https://evil"}),
        "https://evil"),
    "the authority of a webhook": (
        lambda o: put(find(o, "ValidatingWebhookConfiguration", "guard"), "webhooks/0/clientConfig/caBundle", "eA=="), "caBundle"),
    "a webhook that fails open": (
        lambda o: put(find(o, "ValidatingWebhookConfiguration", "guard"), "webhooks/0/failurePolicy", "Ignore"),
        "another failurePolicy (Ignore, was Fail)"),
    "a webhook is gone": (
        lambda o: put(find(o, "ValidatingWebhookConfiguration", "guard"), "webhooks", []), "webhook guard.example of"),
    "another URL beside a reference": (
        lambda o: put(find(o, "GitRepository", "repo"), "spec/url", "https://evil"),
        "GitRepository shop/repo (source.example), which names Secret signing, changed: .spec.url (https://evil"),
    "the identity of an account": (
        lambda o: put(find(o, "ServiceAccount", "api"), "metadata/annotations", {"eks.amazonaws.com/role-arn": "evil"}), "role-arn"),
}  # fmt: skip


@pytest.mark.parametrize("name", LEADS)
def test_what_leads_elsewhere(name: str) -> None:
    edit, told = LEADS[name]
    lines = change(edit)
    assert any(told in line for line in lines), lines


ADMISSION = "admissionregistration.k8s.io/v1"
SERVES: dict[str, tuple[str, str]] = {
    "a policy with a Secret as its parameter": (
        (f"{{apiVersion: {ADMISSION}, kind: MutatingAdmissionPolicy, metadata: {{name: copy}}, spec: {{paramKind: {{kind: Secret}}, "
        "matchConstraints: {resourceRules: [{apiGroups: [''], resources: [configmaps]}]}}}"),
        "a policy that can read Secrets: MutatingAdmissionPolicy copy (paramKind Secret, matches configmaps"),
    "a policy over Secrets": (
        (f"{{apiVersion: {ADMISSION}, kind: ValidatingAdmissionPolicy, metadata: {{name: leak}}, "
        "spec: {matchConstraints: {resourceRules: [{apiGroups: [''], resources: [secrets]}]}}}"),
        "a policy that can read Secrets: ValidatingAdmissionPolicy leak (matches secrets)"),
    "a policy over everything": (
        (f"{{apiVersion: {ADMISSION}, kind: ValidatingAdmissionPolicy, metadata: {{name: leak}}, "
        "spec: {matchConstraints: {resourceRules: [{apiGroups: ['*'], resources: ['*']}]}}}"),
        "a policy that can read Secrets: ValidatingAdmissionPolicy leak"),
    "a policy over pods": (
        (f"{{apiVersion: {ADMISSION}, kind: MutatingAdmissionPolicy, metadata: {{name: inj}}, "
        "spec: {matchConstraints: {resourceRules: [{apiGroups: [''], resources: [pods]}]}}}"),
        "a policy whose CEL can read the values in pods: MutatingAdmissionPolicy inj (matches pods, changes what it matches)"),
    "a policy over something else": (
        (f"{{apiVersion: {ADMISSION}, kind: MutatingAdmissionPolicy, metadata: {{name: inj}}, "
        "spec: {matchConstraints: {resourceRules: [{apiGroups: [''], resources: [services]}]}}}"),
        "a policy that changes objects: MutatingAdmissionPolicy inj (matches services"),
    "a binding": (
        (f"{{apiVersion: {ADMISSION}, kind: MutatingAdmissionPolicyBinding, metadata: {{name: b}}, "
        "spec: {policyName: copy, paramRef: {name: signing, namespace: shop}}}"),
        "MutatingAdmissionPolicyBinding b puts policy copy to work, which is not in this target and gives it an object signing of shop"),
    "a webhook": (
        (f"{{apiVersion: {ADMISSION}, kind: MutatingWebhookConfiguration, metadata: {{name: h}}, webhooks: [{{name: h.x, "
        "clientConfig: {url: 'https://evil'}, rules: [{apiGroups: [''], resources: [secrets, pods]}]}]}"),
        "webhook h.x of MutatingWebhookConfiguration h receives pods, secrets: URL https://evil"),
    "a conversion": (
        ("{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: foos.e}, spec: {group: e, "
        "names: {kind: Foo}, conversion: {strategy: Webhook, webhook: {clientConfig: {url: 'https://evil'}}}}}"),
        "CustomResourceDefinition foos.e gets a conversion webhook (URL https://evil), which receives every Foo"),
    "an API service": (
        ("{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1.apps}, spec: {group: apps, version: v1, "
        "insecureSkipTLSVerify: true, service: {name: evil, namespace: evil}}}"),
        "APIService v1.apps takes over group apps v1: requests go to Service evil/evil, without checking its certificate"),
}  # fmt: skip


@pytest.mark.parametrize("name", SERVES)
def test_what_serves_the_cluster(name: str) -> None:
    text, told = SERVES[name]
    lines = added(text)
    assert any(line.startswith(told) for line in lines), lines


CUSTOM: dict[str, tuple[str, str]] = {
    "monitoring.coreos.com/v1 ServiceMonitor": (
        "{endpoints: [{basicAuth: {password: {name: signing, key: k}}}]}",
        "basicAuth",
    ),
    "monitoring.coreos.com/v1alpha1 ScrapeConfig": ("{authorization: {credentials: {name: signing}}}", "credentials"),
    "networking.istio.io/v1 Gateway": ("{servers: [{tls: {credentialName: signing}}]}", "credentialName"),
    "velero.io/v1 BackupStorageLocation": ("{credential: {name: signing, key: k}}", "credential"),
    "postgresql.cnpg.io/v1 Cluster": ("{backup: {s3: {accessKeyId: {name: signing, key: k}}}}", "accessKeyId"),
    "kyverno.io/v1 ClusterPolicy": ("{rules: [{generate: {clone: {name: signing, namespace: shop}}}]}", "clone"),
    "external-secrets.io/v1 ExternalSecret": ("{data: [{remoteRef: {key: signing}}]}", "remoteRef"),
    "pkg.crossplane.io/v1 ProviderConfig": ("{credentials: {ref: {name: signing, namespace: shop}}}", "ref"),
    "cert-manager.io/v1 Certificate": ("{secretName: signing}", "secretName"),
    "helm.toolkit.fluxcd.io/v2 HelmRelease": ("{values: {auth: {existing: signing}}}", "existing"),
    "source.toolkit.fluxcd.io/v1 GitRepository": ("{url: 'https://evil', secretRef: {name: signing}}", "secretRef"),
    "argoproj.io/v1alpha1 Application": ("{source: {helm: {parameters: [{name: s, value: signing}]}}}", "parameters"),
    "traefik.io/v1alpha1 IngressRoute": ("{tls: {store: shop/signing}}", "store"),
    "keda.sh/v1alpha1 TriggerAuthentication": ("{refs: [{parameter: p, name: signing}]}", "refs"),
    "tekton.dev/v1 Pipeline": ("{workspaces: [{binding: 'k8s://signing'}]}", "binding"),
    "example.test/v1 Anything": ("{script: 'kubectl get signing -o yaml'}", "script"),
    "example.test/v1 Keyed": ("{by: {signing: 1}}", "by"),
}


@pytest.mark.parametrize("name", CUSTOM)
def test_a_custom_resource_that_names_a_sealed_secret(name: str) -> None:
    api, kind = name.split()
    spec, told = CUSTOM[name]
    lines = added(f"{{apiVersion: {api}, kind: {kind}, metadata: {{name: x}}, spec: {spec}}}")
    group = api.partition("/")[0]
    assert lines[0].startswith(f"custom resource {kind} shop/x ({group}) names Secret signing: "), lines
    assert told in lines[0]
    assert any(
        line.startswith(f"object of a kind that sealkit does not know was added: {kind} shop/x") for line in lines
    )


def test_what_a_new_namespace_secret_or_request_says() -> None:
    (label, _) = added(
        "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {pod-security/enforce: privileged}}}"
    )
    assert label.startswith("annotations or labels of Namespace shop changed")
    assert "privileged" in label
    (line,) = added("{apiVersion: v1, kind: Secret, type: kubernetes.io/service-account-token, metadata: {name: t}}")
    assert line == "Secret shop/t added, of type kubernetes.io/service-account-token"
    (line,) = added(
        "{apiVersion: certificates.k8s.io/v1, kind: CertificateSigningRequest, metadata: {name: x}, spec: {signerName: client}}"
    )
    assert line == "CertificateSigningRequest x added (who may do what): .spec.signerName (client)"


def test_a_custom_resource_that_selects_secrets_without_a_name() -> None:
    spec = "{selector: {secret: {selector: {matchLabels: {}}}}}"
    lines = added(f"{{apiVersion: external-secrets.io/v1, kind: PushSecret, metadata: {{name: p}}, spec: {spec}}}")
    assert any(
        "PushSecret shop/p (external-secrets.io) speaks of secrets: .spec.selector.secret" in line for line in lines
    )
