"""Places in Kubernetes manifests."""

from __future__ import annotations

from quality.place import Place

_META = "metadata: {name: app, namespace: shop}\n"
SECRET = "apiVersion: v1\nkind: Secret\n" + _META

MANIFESTS = (
    Place("manifest", "secret.yaml", SECRET + "type: Opaque\nstringData:\n  @N@: @V@\n", "kebab", "yaml"),
    Place("manifest", "secret-data.yaml", SECRET + "data:\n  @N@: @V@\n", "snake", "base64"),
    Place(
        "manifest",
        "list.yaml",
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: a}\n"
        "  stringData:\n    @N@: @V@\n",
        "upper",
        "yaml",
    ),
    Place(
        "manifest",
        "deployment.yaml",
        "apiVersion: apps/v1\nkind: Deployment\n" + _META + "spec:\n  template:\n    spec:\n"
        "      containers:\n      - name: app\n        image: app:1\n        env:\n        - name: @N@\n          value: @V@\n",
        "upper",
        "yaml",
        ("{valueFrom: {secretKeyRef: {name: app, key: @S@}}}",),
    ),
    Place(
        "manifest",
        "configmap.yaml",
        "apiVersion: v1\nkind: ConfigMap\n" + _META + "data:\n  app.properties: |\n    port=80\n    @N@=@V@\n",
        "dotted",
    ),
    Place(
        "manifest",
        "config-env.yaml",
        "apiVersion: v1\nkind: ConfigMap\n" + _META + "data:\n  LOG_LEVEL: info\n  @N@: @V@\n",
        "upper",
        "yaml",
    ),
    Place(
        "manifest",
        "kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nsecretGenerator:\n"
        "- name: app\n  literals:\n  - @N@=@V@\n",
        "upper",
    ),
    Place(
        "manifest",
        "helmrelease.yaml",
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n" + _META + "spec:\n"
        "  chart: {spec: {chart: app}}\n  values:\n    auth:\n      enabled: true\n      @N@: @V@\n",
        "camel",
        "yaml",
    ),
    Place(
        "manifest",
        "fake-store.yaml",
        "apiVersion: external-secrets.io/v1\nkind: SecretStore\n" + _META + "spec:\n  provider:\n"
        "    fake:\n      data:\n      - key: /app/@N@\n        value: @V@\n",
        "kebab",
        "yaml",
    ),
    Place(
        "manifest",
        "args.yaml",
        "apiVersion: batch/v1\nkind: Job\n" + _META + "spec:\n  template:\n    spec:\n      containers:\n"
        "      - name: app\n        image: app:1\n        args: [serve, --port=80, '--@N@=@V@']\n",
        "kebab",
    ),
)
