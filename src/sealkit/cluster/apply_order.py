"""The order in which objects are applied: what others need comes first, what could refuse others comes last."""

from __future__ import annotations

from enum import IntEnum

from sealkit.model.objects import ObjectRef


class Stage(IntEnum):
    """One stage is complete, and its kinds are served, before the next begins."""

    NAMESPACES = 0
    DEFINITIONS = 1
    POLICY = 2
    DATA = 3
    SERVICES = 4
    WORKLOADS = 5
    REST = 6
    ADMISSION = 7


_STAGES = {
    Stage.NAMESPACES: {"Namespace"},
    Stage.DEFINITIONS: {"apiextensions.k8s.io/CustomResourceDefinition"},
    Stage.POLICY: {
        "ResourceQuota", "LimitRange", "ServiceAccount", "scheduling.k8s.io/PriorityClass", "storage.k8s.io/StorageClass",
        "storage.k8s.io/CSIDriver", "node.k8s.io/RuntimeClass", "networking.k8s.io/IngressClass",
        "gateway.networking.k8s.io/GatewayClass", "snapshot.storage.k8s.io/VolumeSnapshotClass",
        "rbac.authorization.k8s.io/ClusterRole", "rbac.authorization.k8s.io/Role",
        "rbac.authorization.k8s.io/ClusterRoleBinding", "rbac.authorization.k8s.io/RoleBinding",
        "networking.k8s.io/NetworkPolicy",
    },
    Stage.DATA: {"Secret", "ConfigMap", "PersistentVolume", "PersistentVolumeClaim"},
    Stage.SERVICES: {"Service", "Endpoints", "discovery.k8s.io/EndpointSlice"},
    Stage.WORKLOADS: {
        "Pod", "ReplicationController", "PodTemplate", "apps/Deployment", "apps/StatefulSet", "apps/DaemonSet",
        "apps/ReplicaSet", "batch/Job", "batch/CronJob", "policy/PodDisruptionBudget",
        "autoscaling/HorizontalPodAutoscaler",
    },
    Stage.ADMISSION: {
        "admissionregistration.k8s.io/MutatingWebhookConfiguration",
        "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
        "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
        "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
        "admissionregistration.k8s.io/MutatingAdmissionPolicy",
        "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding",
        "apiregistration.k8s.io/APIService",
    },
}  # fmt: skip
_STAGE = {kind: stage for stage, kinds in _STAGES.items() for kind in kinds}


def of(ref: ObjectRef) -> Stage:
    """The stage of an object. Ingresses, custom resources and all other kinds come after the workloads that serve them (an
    operator with its webhook, say) and before admission rules."""
    return _STAGE.get(f"{ref.group}/{ref.kind}" if ref.group else ref.kind, Stage.REST)
