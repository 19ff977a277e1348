"""A small house, and what a change of it means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

from sealkit.model.objects import Manifest, ref_of
from sealkit.model.sensitive import Origin, Sensitive
from sealkit.overlay.meaning import meaning
from sealkit.overlay.render import Rendered, combine
from sealkit.source.config import Target
from sealkit.yamlspan.route import Route

Objects = list[dict[str, Any]]
TARGET = Target("home", ("public",), ("private",), namespace="shop")
VALUE = "the-value-that-nobody-sees"

HOUSE = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, labels: {app: api}}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      serviceAccountName: api
      containers:
        - name: api
          image: ghcr.io/example/api:1
          command: [/api]
          env:
            - {name: DSN, value: "postgres://shop:<sealed:db.password|urlencode>@postgres:5432/shop"}
            - {name: LOG_URL, value: "https://logs.example"}
          envFrom: [{secretRef: {name: signing}}]
          livenessProbe: {exec: {command: [ok]}, periodSeconds: 5}
          volumeMounts: [{name: tmp, mountPath: /tmp}, {name: config, mountPath: /etc/api}, {name: data, mountPath: /data}]
      volumes:
        - {name: tmp, emptyDir: {}}
        - {name: config, configMap: {name: api}}
        - {name: data, persistentVolumeClaim: {claimName: data}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web, image: "ghcr.io/example/web:1"}]}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: api}, data: {conf.ini: "level=info", dsn: "x"}}
---
{apiVersion: v1, kind: Service, metadata: {name: postgres}, spec: {selector: {app: postgres}, ports: [{port: 5432}]}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: api}}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {volumeName: data, resources: {requests: {storage: 1Gi}}}}
---
{apiVersion: v1, kind: PersistentVolume, metadata: {name: data}, spec: {capacity: {storage: 1Gi}, nfs: {server: nas.example, path: /data}}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny}, spec: {podSelector: {}, policyTypes: [Ingress, Egress]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules: [{apiGroups: [""], resources: [events], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader}
roleRef: {kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: api}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: guard}
webhooks:
- name: guard.example
  clientConfig: {service: {name: guard, namespace: shop}}
  namespaceSelector: {matchLabels: {guarded: "true"}}
  failurePolicy: Fail
  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [services]}]
---
apiVersion: source.example/v1
kind: GitRepository
metadata: {name: repo}
spec: {url: "https://git.example", secretRef: {name: signing}}
"""


def sealed(path: str, route: str) -> Sensitive:
    return Sensitive(VALUE, origins=(Origin(path, Route.parse(route)),))


def house() -> Objects:
    return list(yaml.safe_load_all(HOUSE))


def rendered(objects: Objects) -> Rendered:
    """The objects with a named value and a sealed Secret, as `render` gives them."""
    signing = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "signing", "namespace": "shop"}}
    opened: Any = {
        "private/db.yaml": [{"db": {"password": sealed("private/db.yaml", ".db.password"), "port": 5432}}],
        "private/signing.yaml": [{**signing, "stringData": {"KEY": sealed("private/signing.yaml", ".stringData.KEY")}}],
    }
    manifests = [Manifest(ref_of(body), body["apiVersion"], body, "public/a.yaml", 1) for body in objects]
    return combine(manifests, opened, TARGET)


def change(edit: Callable[[Objects], object]) -> list[str]:
    objects = house()
    edit(objects)
    return meaning(rendered(house()), rendered(objects))


def added(text: str) -> list[str]:
    return change(lambda objects: objects.extend(yaml.safe_load_all(text)))


def find(objects: Objects, kind: str, name: str) -> dict[str, Any]:
    return next(one for one in objects if (one["kind"], one["metadata"]["name"]) == (kind, name))


def pod(objects: Objects, name: str = "api") -> dict[str, Any]:
    return find(objects, "Deployment", name)["spec"]["template"]["spec"]


def app(objects: Objects) -> dict[str, Any]:
    return pod(objects)["containers"][0]


def put(tree: Any, keys: str, value: object) -> None:
    *above, last = (key.replace("~", "/") for key in keys.split("/"))
    for key in above:
        tree = tree[int(key)] if isinstance(tree, list) else tree.setdefault(key, {})
    tree[int(last) if isinstance(tree, list) else last] = value
