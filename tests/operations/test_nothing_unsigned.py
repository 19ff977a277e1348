"""A stranger's pull request changes, adds or removes one file of any kind below a target: nothing is rendered with values.

No kind is looked at to decide, so that none can be forgotten; these lists only show it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from commandline import Ran
from sealkit.errors import RefusedError
from sealkit.operations.approvals import require_approved
from sealkit.operations.events import Events
from sealkit.operations.render import render
from sealkit.operations.repository import Repository
from trust_kit import TrustedRepo

BUILT_IN = """\
v1 Binding ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim Pod PodTemplate
v1 ReplicationController ResourceQuota Secret Service ServiceAccount
admissionregistration.k8s.io/v1 MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration
admissionregistration.k8s.io/v1beta1 MutatingAdmissionPolicy MutatingAdmissionPolicyBinding
apiextensions.k8s.io/v1 CustomResourceDefinition
apiregistration.k8s.io/v1 APIService
apps/v1 ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet
autoscaling/v2 HorizontalPodAutoscaler
batch/v1 CronJob Job
certificates.k8s.io/v1 CertificateSigningRequest
certificates.k8s.io/v1beta1 ClusterTrustBundle
coordination.k8s.io/v1 Lease
discovery.k8s.io/v1 EndpointSlice
events.k8s.io/v1 Event
flowcontrol.apiserver.k8s.io/v1 FlowSchema PriorityLevelConfiguration
internal.apiserver.k8s.io/v1alpha1 StorageVersion
networking.k8s.io/v1 Ingress IngressClass IPAddress NetworkPolicy ServiceCIDR
node.k8s.io/v1 RuntimeClass
policy/v1 PodDisruptionBudget
rbac.authorization.k8s.io/v1 ClusterRole ClusterRoleBinding Role RoleBinding
resource.k8s.io/v1 DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice
scheduling.k8s.io/v1 PriorityClass
storage.k8s.io/v1 CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment VolumeAttributesClass
storagemigration.k8s.io/v1alpha1 StorageVersionMigration
"""
CUSTOM = """\
acid.zalan.do/v1 postgresql
argoproj.io/v1alpha1 Application ApplicationSet Rollout Sensor Workflow
bitnami.com/v1alpha1 SealedSecret
cert-manager.io/v1 Certificate ClusterIssuer Issuer
cilium.io/v2 CiliumNetworkPolicy
crossplane.io/v1 Provider
db.atlasgo.io/v1alpha1 AtlasSchema
external-secrets.io/v1 ExternalSecret PushSecret SecretStore
gateway.networking.k8s.io/v1 Gateway HTTPRoute
helm.cattle.io/v1 HelmChart
helm.toolkit.fluxcd.io/v2 HelmRelease
image.toolkit.fluxcd.io/v1 ImageUpdateAutomation
jenkins.io/v1alpha2 Jenkins
kafka.strimzi.io/v1 Kafka KafkaUser
keda.sh/v1alpha1 ScaledObject TriggerAuthentication
kustomize.toolkit.fluxcd.io/v1 Kustomization
kyverno.io/v1 ClusterPolicy Policy
longhorn.io/v1beta2 RecurringJob
monitoring.coreos.com/v1 AlertmanagerConfig Prometheus PodMonitor ServiceMonitor
networking.istio.io/v1 EnvoyFilter VirtualService
notification.toolkit.fluxcd.io/v1 Receiver
postgresql.cnpg.io/v1 Cluster
security.istio.io/v1 AuthorizationPolicy
serving.knative.dev/v1 Service
source.toolkit.fluxcd.io/v1 GitRepository
tekton.dev/v1 PipelineRun
traefik.io/v1alpha1 Middleware
velero.io/v1 Backup BackupStorageLocation
"""
TYPES: dict[str, bytes] = {
    "a.yaml": b"a: 1\n", "a.yml": b"a: 1\n", "a.json": b'{"a": 1}\n', "a.json5": b"{a: 1}\n", "a.toml": b"a = 1\n", "a.ini": b"[a]\nb=1\n",
    "a.txt": b"text\n", "a.md": b"# text\n", "a.html": b"<p>\n", "a.xml": b"<a/>\n", "a.properties": b"a=1\n", "a.conf": b"a 1\n",
    "a.sh": b"#!/bin/sh\n", "a.py": b"pass\n", "a.lua": b"x=1\n", "a.js": b"1\n", "a.sql": b"select 1;\n", "a.rego": b"package a\n",
    "a.tf": b"locals {}\n", "a.hcl": b"a = 1\n", "a.jsonnet": b"{}\n", "a.libsonnet": b"{}\n", "a.cue": b"a: 1\n", "a.k": b"a = 1\n",
    "a.tpl": b"{{ . }}\n", "a.tmpl": b"{{ . }}\n", "a.gotmpl": b"{{ . }}\n", "a.j2": b"{{ a }}\n", "a.starlark": b"a = 1\n",
    "a.pem": b"-----BEGIN CERTIFICATE-----\n", "a.crt": b"x\n", "a.patch": b"--- a\n", "a.diff": b"--- a\n",
    "a.tgz": b"\x1f\x8b\x08\0\r\n\0", "a.zip": b"PK\x03\x04\0\r\n", "a.png": b"\x89PNG\r\n\x1a\n\0", "a.wasm": b"\0asm\1", "a.bin": bytes(range(256)),
    "no-suffix": b"x\n", "UPPER.YAML": b"a: 1\n", "with blank.yaml": b"a: 1\n", ".hidden": b"x\n", ".yaml": b"a: 1\n", "\u00fcmlaut.yaml": b"a: 1\n",
    "kustomize/kustomization.yaml": b"resources: []\n", "kustomize/.krmignore": b"x\n", "chart/Chart.yaml": b"name: a\n",
    "chart/values.yaml": b"a: 1\n", "chart/values.schema.json": b"{}\n", "chart/.helmignore": b"x\n", "chart/templates/_helpers.tpl": b"x\n",
    "chart/templates/NOTES.txt": b"x\n", "chart/charts/sub.tgz": b"\x1f\x8b\0", "chart/Chart.lock": b"x: 1\n", "skaffold.yaml": b"a: 1\n",
    "Dockerfile": b"FROM a\n", "Makefile": b"all:\n", "Tiltfile": b"x\n", ".env.example": b"A=b\n", ".gitignore": b"*.tmp\n", ".gitattributes": b"* text\n",
    "dos.txt": b"a\r\nb\r\n", "mark.yaml": b"\xef\xbb\xbfa: 1\n", "utf16.txt": "a\n".encode("utf-16"), "latin.txt": b"caf\xe9\n", "empty": b"", "no-line-feed": b"x",
}  # fmt: skip


def kinds(table: str) -> list[tuple[str, str]]:
    return [(api, kind) for api, *names in map(str.split, table.splitlines()) for kind in names]


def document(api: str, kind: str) -> bytes:
    return f"apiVersion: {api}\nkind: {kind}\nmetadata:\n  name: example\nspec:\n  a: b\n".encode()


@pytest.fixture
def refuses(trusted_repo: TrustedRepo) -> Callable[..., bool]:
    """`refuses("public/a", data)`: whether that file with other bytes stops what gets values, and is named in the message."""

    def check(path: str, data: bytes | None, *, judge: Callable[[Repository], object]) -> bool:
        full = trusted_repo.root / path
        before = full.read_bytes() if full.exists() else None
        if data is None:
            full.unlink()
        else:
            full.write_bytes(data)
        try:
            judge(trusted_repo.repository)
        except RefusedError as error:
            return f"first: {path}:" in error.message and error.exit_code == 1
        finally:
            if before is None:
                full.unlink()
            else:
                full.write_bytes(before)
        return False

    return check


def changed(data: bytes) -> list[bytes]:
    """The same with one byte of another value, one less, and one more, at three places."""
    middle = len(data) // 2
    return [
        *([data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :], data[:-1]] if data else []),
        b" " + data,
    ]


def rendered(repository: Repository) -> object:
    return render(repository, Events())


def approved(repository: Repository) -> object:
    return require_approved(repository, Events())


@pytest.mark.slow
@pytest.mark.parametrize("table", [BUILT_IN, CUSTOM], ids=["built-in", "custom"])
def test_an_object_of_any_kind(trusted_repo: TrustedRepo, refuses: Callable[..., bool], table: str) -> None:
    """Changed in its last byte, added, and removed."""
    names = {f"public/{api.partition('/')[0]}-{kind}.yaml".lower(): document(api, kind) for api, kind in kinds(table)}
    assert len(names) == len(kinds(table)) >= 40
    odd = dict(list(names.items())[::2])  # the others are what a stranger adds
    for path, data in odd.items():
        (trusted_repo.root / path).write_bytes(data)
    trusted_repo.approve()
    assert len(rendered(trusted_repo.repository).manifests) >= len(odd)  # type: ignore[attr-defined]
    passed = [path for path, data in odd.items() if not refuses(path, data[:-2] + b"c\n", judge=rendered)]
    passed += [path for path in odd if not refuses(path, None, judge=approved)]
    passed += [path for path, data in names.items() if path not in odd and not refuses(path, data, judge=approved)]
    assert passed == []
    rendered(trusted_repo.repository)


@pytest.mark.slow
def test_a_file_of_any_type(trusted_repo: TrustedRepo, refuses: Callable[..., bool]) -> None:
    """Changed in one byte, or removed."""
    for name, data in TYPES.items():
        path = trusted_repo.root / "public/types" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    trusted_repo.approve()
    trusted_repo.require_approved()
    cases = [(name, other) for name, data in TYPES.items() for other in (None, *changed(data))]
    assert [case for case in cases if not refuses(f"public/types/{case[0]}", case[1], judge=approved)] == []
    trusted_repo.require_approved()


def test_the_command_says_nothing_on_standard_output(trusted_repo: TrustedRepo, sealkit: Callable[..., Ran]) -> None:
    (trusted_repo.root / "public/policy.yaml").write_bytes(
        document("admissionregistration.k8s.io/v1", "MutatingAdmissionPolicy")
    )
    done = sealkit("render", "--reveal", cwd=trusted_repo.root)
    assert (done.code, done.out) == (1, "")
    assert "public/policy.yaml: a public file that is not approved" in done.err
