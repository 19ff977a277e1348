"""The kinds of Kubernetes itself, and what each of them can do for whoever wants a sealed value."""

from __future__ import annotations

from enum import Enum

from sealkit.model.objects import ObjectRef


class Family(Enum):
    """What a change of an object of a kind means."""

    WORKLOAD = "runs containers"
    SECRET = "holds values"  # noqa: S105
    CONFIG = "holds text that containers read"
    ACCOUNT = "who a pod is"
    ACCESS = "who may do what"
    POLICY = "sees or changes what is written"
    BINDING = "puts a policy to work"
    WEBHOOK = "is sent what is written"
    CRD = "defines a kind"
    API = "answers for a group"
    ISOLATION = "who may talk to whom"
    TRAFFIC = "where a connection leads"
    STORAGE = "where data lies"
    NODE = "where and how pods run"
    HARMLESS = "capacity and bookkeeping"
    UNKNOWN = "no kind of Kubernetes"


_TABLE: dict[Family, str] = {
    Family.WORKLOAD: (
        "Pod PodTemplate ReplicationController apps/ControllerRevision apps/DaemonSet apps/Deployment apps/ReplicaSet "
        "apps/StatefulSet batch/CronJob batch/Job Binding"
    ),
    Family.SECRET: "Secret",
    Family.CONFIG: "ConfigMap",
    Family.ACCOUNT: "ServiceAccount certificates.k8s.io/PodCertificateRequest",
    Family.ACCESS: (
        "rbac.authorization.k8s.io/Role rbac.authorization.k8s.io/RoleBinding rbac.authorization.k8s.io/ClusterRole! "
        "rbac.authorization.k8s.io/ClusterRoleBinding! certificates.k8s.io/CertificateSigningRequest! "
        "certificates.k8s.io/ClusterTrustBundle! Namespace!"
    ),
    Family.POLICY: (
        "admissionregistration.k8s.io/MutatingAdmissionPolicy! admissionregistration.k8s.io/ValidatingAdmissionPolicy!"
    ),
    Family.BINDING: (
        "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding! "
        "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding!"
    ),
    Family.WEBHOOK: (
        "admissionregistration.k8s.io/MutatingWebhookConfiguration! "
        "admissionregistration.k8s.io/ValidatingWebhookConfiguration!"
    ),
    Family.CRD: "apiextensions.k8s.io/CustomResourceDefinition!",
    Family.API: "apiregistration.k8s.io/APIService!",
    Family.ISOLATION: "networking.k8s.io/NetworkPolicy",
    Family.TRAFFIC: (
        "Service Endpoints discovery.k8s.io/EndpointSlice networking.k8s.io/Ingress networking.k8s.io/IngressClass! "
        "networking.k8s.io/IPAddress! networking.k8s.io/ServiceCIDR!"
    ),
    Family.STORAGE: (
        "PersistentVolume! PersistentVolumeClaim storage.k8s.io/CSIDriver! storage.k8s.io/CSINode! "
        "storage.k8s.io/StorageClass! storage.k8s.io/VolumeAttachment! storage.k8s.io/VolumeAttributesClass! "
        "storagemigration.k8s.io/StorageVersionMigration!"
    ),
    Family.NODE: (
        "Node! node.k8s.io/RuntimeClass! resource.k8s.io/DeviceClass! resource.k8s.io/DeviceTaintRule! "
        "resource.k8s.io/ResourceClaim resource.k8s.io/ResourceClaimTemplate resource.k8s.io/ResourceSlice!"
    ),
    Family.HARMLESS: (
        "ComponentStatus! Event LimitRange ResourceQuota autoscaling/HorizontalPodAutoscaler coordination.k8s.io/Lease "
        "events.k8s.io/Event policy/PodDisruptionBudget scheduling.k8s.io/PriorityClass! "
        "storage.k8s.io/CSIStorageCapacity flowcontrol.apiserver.k8s.io/FlowSchema! "
        "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration! authentication.k8s.io/SelfSubjectReview! "
        "authentication.k8s.io/TokenReview! authorization.k8s.io/LocalSubjectAccessReview "
        "authorization.k8s.io/SelfSubjectAccessReview! authorization.k8s.io/SelfSubjectRulesReview! "
        "authorization.k8s.io/SubjectAccessReview!"
    ),
}
"""`group/Kind`, with `!` for one without a namespace. As kube-apiserver 1.37 serves them, virtual ones included."""

_KINDS = {name.rstrip("!"): family for family, names in _TABLE.items() for name in names.split()}
CLUSTER_SCOPED = frozenset(
    name.rstrip("!").rpartition("/")[2] for names in _TABLE.values() for name in names.split() if name.endswith("!")
)
"""The kinds that have no namespace."""
_GATEWAY = "gateway.networking.k8s.io"


def built_in() -> list[str]:
    """Every `group/Kind` of the table."""
    return sorted(_KINDS)


def family(ref: ObjectRef) -> Family:
    """What an object is. The Gateway API counts as traffic."""
    if ref.group == _GATEWAY:
        return Family.TRAFFIC
    return _KINDS.get(f"{ref.group}/{ref.kind}" if ref.group else ref.kind, Family.UNKNOWN)


def told(ref: ObjectRef) -> str:
    """An object in words: `Deployment shop/api`, and the group of a kind that Kubernetes does not know."""
    name = f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name
    known = family(ref) is not Family.UNKNOWN
    return f"{ref.kind} {name}" if known or not ref.group else f"{ref.kind} {name} ({ref.group})"
