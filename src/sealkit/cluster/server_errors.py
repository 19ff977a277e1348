"""What an API server says when it does not say yes: which fault it is, and what of its words may be shown.

Measured on kube-apiserver 1.36 and 1.37: a `stringData` that is a number comes back as a 500 with the value in its text, a
changed Job as a 422 with the whole pod template. So a message is taken apart: what stands after "Invalid value:" or "got"
never passes, of the answers about a Secret nothing but the reason and the paths of fields, of a refusal by an admission policy
or webhook only its name, and any other text only in a form of `known_messages`.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from sealkit.cluster.known_messages import REASONS, UNCALLED, gatekeeper, known_text
from sealkit.model.tree import Body, Fields, as_mappings, as_text, at
from sealkit.printable import MASK
from sealkit.secrets.spans import secret_spans


class Fault(Enum):
    """What kind of refusal an answer is; the rules for trying again are in `retry`."""

    TRANSIENT = "the server or the way to it had a moment"
    THROTTLED = "too many requests"
    WEBHOOK = "an admission webhook could not be called"
    FIELDS = "fields belong to another manager"
    CONFLICT = "the object changed meanwhile"
    NO_KIND = "the server does not serve this kind"
    NO_NAMESPACE = "there is no such namespace"
    NOT_FOUND = "there is no such object"
    TERMINATING = "the namespace is being deleted"
    UNAUTHORIZED = "the credentials are not accepted"
    FORBIDDEN = "the credentials may not do this"
    PERMANENT = "the server will not take it"


@dataclass(slots=True)
class Answer:
    """One answer of the server. `text` is its body, still unscrubbed: not to be shown."""

    status: int
    data: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the server did what it was asked."""
        return 200 <= self.status < 300

    def tree(self) -> Body:
        """The body as a mapping; empty where it is none (a `text/plain` 404 or 429, a proxy's HTML)."""
        try:
            body = json.loads(self.data)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def text(self) -> str:
        """The message of a `Status`, or the body as text."""
        message = self.tree().get("message")
        return message if isinstance(message, str) else self.data[:2000].decode("utf-8", "replace")

    @property
    def reason(self) -> str:
        """The reason of a `Status`, or empty."""
        return as_text(self.tree().get("reason"))

    def causes(self) -> list[Fields]:
        """The causes of a `Status`."""
        return as_mappings(at(self.tree(), "details", "causes"))

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks to wait."""
        value = self.headers.get("Retry-After", "")
        return float(value) if value.isascii() and value.isdigit() else None


def classify(answer: Answer) -> Fault:
    """Which fault a refused request is."""
    status, reason, causes = answer.status, answer.reason, answer.causes()
    if (gate := gatekeeper(answer.text)) is not None:
        # a webhook chooses the status of its refusal: a 401 of it says nothing about our credentials
        return Fault.WEBHOOK if gate.endswith(UNCALLED) else Fault.PERMANENT
    if status == 429:
        return Fault.THROTTLED
    if status == 401:
        return Fault.UNAUTHORIZED
    if status == 403:
        terminating = any(cause.get("reason") == "NamespaceTerminating" for cause in causes)
        return Fault.TERMINATING if terminating else Fault.FORBIDDEN
    if status == 404:
        return _missing(answer)
    if status == 409:
        return Fault.FIELDS if any(c.get("reason") == "FieldManagerConflict" for c in causes) else Fault.CONFLICT
    if status in {502, 503, 504}:
        return Fault.TRANSIENT
    if status == 500 and (reason in {"ServerTimeout", "Timeout"} or "etcdserver" in answer.text or not answer.tree()):
        return Fault.TRANSIENT
    return Fault.PERMANENT


def _missing(answer: Answer) -> Fault:
    kind = at(answer.tree(), "details", "kind")
    if kind == "namespaces" and "namespaces" in answer.text:
        return Fault.NO_NAMESPACE
    return Fault.NOT_FOUND if kind else Fault.NO_KIND


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """A field that another manager holds."""

    path: str
    manager: str

    def __str__(self) -> str:
        return f"{self.path} ({self.manager})"


_MANAGER = re.compile(r'conflict with "([^"]{1,200})"')


def field_conflicts(answer: Answer, clean: Callable[[str], str] = str) -> list[FieldConflict]:
    """The fields of a refused server-side apply and who manages them. The server puts paths and names here (measured); the path
    to an item of a set holds the item, so `clean` masks known values."""
    found = []
    for cause in answer.causes():
        if cause.get("reason") == "FieldManagerConflict":
            manager = _MANAGER.search(str(cause.get("message")))
            found.append(FieldConflict(clean(str(cause.get("field"))), manager[1] if manager else "another manager"))
    return found


_PATH = re.compile(
    r": (?P<path>\.[A-Za-z0-9_.\[\]=\"/-]{1,200}): (?P<why>expected [a-z]+|field not declared in schema|duplicate entries)"
)
_VALUE = re.compile(r"(?P<what>Invalid|Unsupported|Duplicate) value(?:: (?P<rest>.*))?", re.DOTALL)
_QUOTED = re.compile(r'(?:"(?:[^"\\]|\\.)*"|`[^`]*`|[A-Za-z0-9.+-]{1,64})(?=: )')
_IMMUTABLE = re.compile(
    r"field is immutable|may not change once set|is immutable after creation|updates to [\w' ]+ are forbidden"
)
_EXAMPLE = re.compile(r"\s*\(e\.g\. .*", re.DOTALL)
_BUILT_IN = re.compile(
    r"(?:|apps|batch|autoscaling|policy|extensions|(?:admissionregistration|apiextensions|apiregistration|authentication"
    r"|authorization|certificates|coordination|discovery|events|flowcontrol\.apiserver|internal\.apiserver|networking|node"
    r"|rbac\.authorization|resource|scheduling|storage|storagemigration)\.k8s\.io)"
)
"""The API groups of the server itself, whose messages it writes. In other groups, a definition brings expressions that do."""
_SCHEMA = re.compile(r"Required value|.{0,200}? in body (?P<shown>must be of type [a-z]{1,20})")
_LONGEST = 300


def immutable(answer: Answer) -> bool:
    """Whether the server refuses because a field of a live object cannot change."""
    return answer.status == 422 and _IMMUTABLE.search(answer.text) is not None


def shown(answer: Answer, clean: Callable[[str], str], *, secret: bool) -> str:
    """What of a refusal may be printed, in one line.

    `clean` masks every known value; `secret` says that the answer is about a Secret, whose message is reduced to reason and
    field paths. Texts that look like secrets are masked too: they may be values of an earlier deploy, which nobody here knows.
    """
    causes = [cause for cause in answer.causes() if cause.get("field")]
    if (gate := gatekeeper(answer.text)) is not None:
        text = gate  # the rest of the answer, its reason and causes too, is what somebody in the cluster says
    elif (found := _PATH.search(answer.text)) is not None:
        text = f"{found['path']}: {found['why']}"
    elif secret:
        where = dict.fromkeys(str(cause["field"]) for cause in causes)
        text = ": ".join(filter(None, (_reason(answer), ", ".join(where))))
        if not where and answer.status in {401, 403, 404, 429}:
            text = known_text(answer.text) or text  # says who, what and where, before the body is looked at
    elif causes:
        built_in = _BUILT_IN.fullmatch(as_text(at(answer.tree(), "details", "group"))) is not None
        text = "; ".join(_cause(cause, built_in=built_in) for cause in causes[:5])
        text += f"; and {len(causes) - 5} more" if len(causes) > 5 else ""
    else:
        text = known_text(answer.text)
    line = _masked(clean(text.strip().split("\n")[0]))
    line = line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
    return line or _reason(answer)


def _reason(answer: Answer) -> str:
    return answer.reason if answer.reason in REASONS else f"HTTP {answer.status}"


def _cause(cause: Fields, *, built_in: bool) -> str:
    where, message = str(cause["field"]), as_text(cause.get("message")) or as_text(cause.get("reason"))
    if not built_in:
        schema = _SCHEMA.search(message)
        known = (schema["shown"] or schema[0].lower()) if schema is not None else "not valid for its definition"
        return known if where == "[]" else f"{where}: {known}".split("\n")[0]
    found = _VALUE.match(message)
    if found is not None:
        why = _why(found["rest"] or "")
        message = f"{found['what'].lower()} value" + (f": {why}" if why else "")
    return message if where == "[]" else f"{where}: {message}".split("\n")[0]


def _why(rest: str) -> str:
    """What stands after the value that the server repeats: the value is a quoted text, a word, or a dump in JSON or Go."""
    end = None
    if rest[:1] in {"{", "["}:
        with contextlib.suppress(ValueError):
            end = json.JSONDecoder().raw_decode(rest)[1]
    elif (quoted := _QUOTED.match(rest)) is not None:
        end = quoted.end()
    if end is not None and rest[end : end + 2] == ": ":
        return _EXAMPLE.sub("", rest[end + 2 :])
    known = _IMMUTABLE.search(rest)
    return known[0] if known else ""


def _masked(text: str) -> str:
    for span in reversed(secret_spans(text)):
        text = text[: span.start] + MASK + text[span.end :]
    return text
