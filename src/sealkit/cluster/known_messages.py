"""What of a text from the cluster may be shown: the forms that Kubernetes itself writes, and nothing else.

A message of an admission webhook or policy, a condition of a controller or the state of a container is written by whoever runs
in the cluster. A policy in CEL can print a value of the object in any spelling (dotted, reversed, in hex), so no scrubber finds
it. So a text passes only where it matches a form below; the parts that vary are names, numbers and words of Kubernetes.
"""

from __future__ import annotations

import re
from collections.abc import Container

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._:/*-]{0,251}[A-Za-z0-9*])?"
_QUANTITIES = r"(?:[a-z0-9./-]{1,80}[=<][0-9][0-9A-Za-z.]{0,20},?){1,20}"
_GATES = re.compile(
    rf"""(?:(?:Validating|Mutating)AdmissionPolicy|policy) ['"](?P<policy>{_NAME})['"]"""
    rf"""|(?P<what>admission|calling) webhook "(?P<hook>{_NAME})\""""
    r"""|conversion webhook for (?P<kind>[a-z0-9.-]{1,253}/\w{1,63}, Kind=\w{1,63})"""
    r"""|(?P<other>webhook|admissionpolicy|admission policy)""",
    re.IGNORECASE,
)
"""What the API server puts before the words of a policy or webhook. Only the first one in a message is its own."""
_NAMED = re.compile(
    rf'(?:secret|configmap) "(?P<object>{_NAME})" not found\Z'
    rf"|couldn't find key (?P<key>{_NAME}) in (?:Secret|ConfigMap) (?:{_NAME}/)?(?P<of>[A-Za-z0-9.-]{{1,253}})\Z"
)

_LOOKED_FOR = re.compile(r'\b(serviceaccount|priorityclass|secret|configmap) "([A-Za-z0-9.-]{1,253})" not found')

UNCALLED = "could not be called"
REASONS = frozenset((
    "Unauthorized", "Forbidden", "NotFound", "AlreadyExists", "Conflict", "Gone", "Invalid", "ServerTimeout",
    "StoreReadError", "Timeout", "TooManyRequests", "BadRequest", "MethodNotAllowed", "NotAcceptable",
    "RequestEntityTooLarge", "UnsupportedMediaType", "InternalError", "Expired", "ServiceUnavailable",
))  # fmt: skip
"""The reasons of a `Status`. A webhook may write any other text there."""

_OBJECT = rf'{_NAME}(?: "{_NAME}")? is forbidden: '
_BODY = r"(?:.{0,200}: )?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        # authorization, without what an authorizer adds
        (
            _OBJECT + r'User "[^"]{1,253}" cannot [a-z]{1,20} resource "[a-z0-9./-]{1,253}"'
            rf'(?: in API group "[a-z0-9.-]{{0,253}}")?(?: in the namespace "{_NAME}"| at the cluster scope)?'
        ),
        rf'{_NAME} "{_NAME}" (?:not found|already exists)',
        r"the server could not find the requested resource",
        rf'Operation cannot be fulfilled on {_NAME} "{_NAME}": the object has been modified',
        r"Too many requests, please try again later",
        r"etcdserver: [a-z ]{1,60}",
        r"[Tt]he server is currently unable to handle the request",
        r"[Tt]imeout: request did not complete within [a-z0-9 ]{1,30}",
        # the API server's own reading of a body
        _BODY + r'(?P<shown>strict decoding error: unknown field "[A-Za-z0-9_.\[\]-]{1,200}")',
        (
            _BODY + r"(?P<shown>json: cannot unmarshal [a-z]{1,20} into Go (?:struct field [A-Za-z0-9_.]{1,120}|value)"
            r" of type [A-Za-z0-9_.\[\]*]{1,80})"
        ),
        r"illegal base64 data at input byte [0-9]{1,9}",
        # admission that is built in: namespaces, quotas, limits, Pod Security, service accounts
        _OBJECT + rf"unable to create new content in namespace {_NAME} because it is being terminated",
        _OBJECT + rf"exceeded quota: {_NAME}, requested: {_QUANTITIES}, used: {_QUANTITIES}, limited: {_QUANTITIES}",
        _OBJECT + rf"failed quota: {_NAME}: must specify [a-z0-9., :/-]{{1,200}}",
        _OBJECT + r'violates PodSecurity "[a-z0-9:.-]{1,40}"',
        _OBJECT + r"(?:max|min)imum [a-z-]{1,40} usage per [A-Za-z]{1,30} is [0-9A-Za-z.]{1,20}",
        _OBJECT + rf"error looking up service account {_NAME}",
        _OBJECT + rf"no PriorityClass with name {_NAME} was found",
    )
)

_PHRASES = (
    # controllers
    "exceeded quota", "failed quota", "violates PodSecurity", "error looking up service account", "no PriorityClass",
    "has timed out progressing", "reached the specified backoff limit", "longer than specified deadline",
    # the scheduler
    "Insufficient cpu", "Insufficient memory", "Insufficient ephemeral-storage", "Insufficient pods", "Too many pods",
    "didn't match Pod's node affinity/selector", "untolerated taint", "volume node affinity conflict", "were unschedulable",
    "didn't have free ports", "didn't match pod affinity rules", "didn't match pod anti-affinity rules",
    "didn't match pod topology spread constraints", "unbound immediate PersistentVolumeClaims",
)  # fmt: skip

CONDITION_REASONS = frozenset((
    "ProgressDeadlineExceeded", "FailedCreate", "FailedDelete", "BackoffLimitExceeded", "DeadlineExceeded",
    "PodFailurePolicy", "FailedIndexes", "Unschedulable", "Evicted", "OOMKilled", "Error", "ContainersNotReady",
    "ContainersNotInitialized", "NodeLost", "Preempting", "Shutdown", "Unknown", "Pending", "Failed", "Progressing",
    "ProgressingWithRetry", "Reconciling", "ReconciliationFailed", "ReconciliationSucceeded", "DependencyNotReady",
    "HealthCheckFailed", "ArtifactFailed", "BuildFailed", "InstallFailed", "UpgradeFailed", "RollbackFailed", "TestFailed",
    "GetLastReleaseFailed", "NotReady", "Ready", "Issuing", "DoesNotExist", "InProgress", "Stalled", "SecretSyncedError",
    "SecretSynced", "UpdateFailed", "NamesAccepted", "NotAccepted", "Conflict", "Installing", "Terminating",
    "ServiceNotFound", "EndpointsNotFound", "MissingEndpoints", "ServicePortError", "FailedDiscoveryCheck", "Passed",
    "Local", "NoPods", "InsufficientPods", "SyncFailed",
))  # fmt: skip
"""Reasons of conditions that Kubernetes, Flux, cert-manager and the like write."""


def gatekeeper(text: str) -> str | None:
    """Which admission policy or webhook a message of the API server comes from, told without its words; None for no such one."""
    gate = _GATES.search(text)
    if gate is None:
        return None
    if gate["kind"]:
        return f"the conversion webhook of {gate['kind']} failed"
    if gate["policy"]:
        return f"admission policy {gate['policy']} denied the request"
    if gate["hook"] and text.startswith(f'admission webhook "{gate["hook"]}" does not support dry run'):
        return f'admission webhook "{gate["hook"]}" does not support dry run'
    if gate["hook"]:
        verb = UNCALLED if gate["what"].lower() == "calling" else "denied the request"
        return f'admission webhook "{gate["hook"]}" {verb}'
    return "an admission webhook or policy denied the request"


def known_text(text: str) -> str:
    """The part of a message of the API server that has a known form; empty where it has none."""
    for form in _FORMS:
        if (found := form.match(text)) is not None:
            return next((part for part in found.groups() if part), found[0])
    return ""


def missing(text: str, names: Container[str]) -> str:
    """The message of a kubelet that a Secret, a ConfigMap or a key in it is not there, if these `names` are known; else empty."""
    found = _NAMED.match(text)
    known = found is not None and all(name in names for name in found.groups() if name)
    return text if known else ""


def phrases(text: str, names: Container[str] = ()) -> str:
    """What a message of a controller or scheduler says in known words, and which of `names` it looked for."""
    said = [phrase for phrase in _PHRASES if phrase in text]
    said += [f"{found[1]} {found[2]}" for found in _LOOKED_FOR.finditer(text) if found[2] in names]
    return ", ".join(said)


def condition(reason: str, message: str, names: Container[str]) -> str:
    """A condition in known words; empty where it has none."""
    return ": ".join(filter(None, (reason if reason in CONDITION_REASONS else "", phrases(message, names))))
