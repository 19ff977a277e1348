"""Render: merge and resolve, with an opener that holds the values in memory. Sealed files carry a real `sops` block's shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from canary import Canary
from sealkit.errors import RefusedError, SealkitError
from sealkit.model.objects import Manifest, ref_of
from sealkit.model.sensitive import Origin, Sensitive
from sealkit.model.tree import Tree, walk
from sealkit.overlay import emit
from sealkit.overlay.destinations import Reach, SecretAccess, ValuePlace, digest
from sealkit.overlay.render import Rendered, render
from sealkit.overlay.stand_ins import StandInOpener
from sealkit.reveal import reveal, reveal_tree
from sealkit.sealed.file import SealedFile
from sealkit.source.config import Config, Target
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Dialect

ENC = "ENC[AES256_GCM,data:{},iv:aXY=,tag:dGFn,type:{}]"
MAC = ENC.format("bWFj", "str")
BLOCK = f"sops:\n    age: []\n    lastmodified: '2026-01-01T00:00:00Z'\n    mac: {MAC}\n    version: 3.11.0\n"


class Files:
    """A tree of files in memory."""

    def __init__(self, **files: str) -> None:
        self.files = {name.replace("__", "/"): text.encode() for name, text in files.items()}

    def paths(self, under: str = "") -> list[str]:
        return sorted(path for path in self.files if under in ("", path) or path.startswith(under + "/"))

    def read(self, path: str) -> bytes:
        return self.files[path]


class Held:
    """An opener for files whose values stand in them: every scalar outside the identity of an object is sealed."""

    def open_all(self, sealed: Mapping[str, SealedFile]) -> dict[str, list[Tree]]:
        return {path: self._open(path, file.text) for path, file in sealed.items()}

    def _open(self, path: str, text: str) -> list[Tree]:
        trees = []
        for document in parse(text, path):
            tree: Any = document.tree(Dialect.SOPS)
            tree.pop("sops")
            trees.append(self._sealed(tree, Route(), path, document.index))
        return trees

    def _sealed(self, tree: Tree, route: Route, path: str, index: int) -> Tree:
        if isinstance(tree, dict):
            return {k: self._sealed(v, route / k, path, index) for k, v in tree.items()}
        if isinstance(tree, list):
            return [self._sealed(v, route / i, path, index) for i, v in enumerate(tree)]
        if tree is None or set(route.keys) & {"apiVersion", "kind", "metadata", "name"}:
            return tree
        return Sensitive(tree, origins=(Origin(path, route, index),))


CONFIG = Config(Path("/nowhere"), "split", "public", "private")
TARGET = Target("default", ("public",), ("private",), namespace="shop")


def rendered(public: str = "", private: str = "", target: Target = TARGET, opener: Any = None, **more: str) -> Rendered:
    sealed = "".join(part + BLOCK for part in private.split("---\n")) if "---\n" not in private else None
    if sealed is None:
        sealed = "---\n".join(part + BLOCK for part in private.split("---\n"))
    files = {"public__a.yaml": public, **({"private__a.sops.yaml": sealed} if private else {}), **more}
    return render(CONFIG, target, Files(**files), opener or Held())


def body(result: Rendered, index: int = 0) -> Any:
    return reveal_tree(result.manifests[index].body)


def config(data: str, name: str = "c") -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata:\n{data}"


def test_values_come_into_their_places(canary: Canary) -> None:
    value = canary.secret("p@")
    result = rendered(
        config(
            "  whole: <sealed:db.password>\n  url: postgres://app:<sealed:db.password|urlencode>@db\n"
            "  literal: <<sealed:db.password>\n  b: '<sealed:db.password|base64>'\n  port: <sealed:db.port>\n"
            "  text: '<sealed:db.port>'\n  on: <sealed:db.on>\n"
        ),
        f"db:\n  password: {value}\n  port: 5432\n  on: true\n",
    )
    data = body(result)["data"]
    assert (data["whole"], data["port"], data["text"], data["on"]) == (value, 5432, "5432", True)
    assert data["url"] == f"postgres://app:{value.replace('@', '%40')}@db"
    assert data["literal"] == "<sealed:db.password>"
    assert str(result.manifests[0].body["data"]["url"]) == "postgres://app:***@db"
    origins = {route: leaf.origins for route, leaf in result.manifests[0].sensitive()}
    assert set(map(str, origins)) == {".data.whole", ".data.url", ".data.b", ".data.port", ".data.text", ".data.on"}
    assert str(origins[Route(("data", "url"))][0]) == "private/a.sops.yaml#.db.password"


@pytest.mark.parametrize(
    ("public", "private", "message"),
    [
        (
            "  a: <sealed:no.such>\n",
            "x: 1\n",
            r"public/a\.yaml:1: ConfigMap c \.data\.a: no value for <sealed:no\.such>",
        ),
        ("  a: <sealed:x\n", "x: 1\n", r"\.data\.a: not a placeholder"),
        ("  a: b <sealed:x|rot13>\n", "x: 1\n", "no filter 'rot13'"),
        ("  <sealed:x>: 1\n", "x: 1\n", "a placeholder in a key"),
        ("  a: 'n <sealed:x>'\n", "x: null\n", "is null"),
        ("  a: <sealed:x>\n", f"x: '{ENC.format('YQ==', 'str')}'\n", r"\.data\.a: still encrypted"),
        (f"  a: '{ENC.format('YQ==', 'str')}'\n", "x: 1\n", r"\.data\.a: still encrypted"),
    ],
)
def test_what_cannot_be_resolved_is_refused_by_place(public: str, private: str, message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        rendered(config(public), private)


def test_a_sops_block_in_the_output_is_refused() -> None:
    with pytest.raises(RefusedError, match="sops block"):
        rendered(config("  a: b\n"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n", opener=Leaky())


class Leaky(Held):
    """An opener that forgets to take the block away."""

    def open_all(self, sealed: Mapping[str, SealedFile]) -> dict[str, list[Tree]]:
        return {path: [dict(parse(file.text, path)[0].tree())] for path, file in sealed.items()}  # type: ignore[call-overload]


def test_one_name_in_two_files_names_both() -> None:
    with pytest.raises(
        RefusedError, match=r"the name db\.pw is defined in both private/a\.sops\.yaml and private/b\.sops\.yaml"
    ):
        rendered(config("  a: b\n"), "db: {pw: x}\n", **{"private__b.sops.yaml": "db.pw: y\n" + BLOCK})


def test_a_sealed_file_without_structure_is_named_by_its_path(canary: Canary) -> None:
    value = canary.secret()
    more = {"private__certs__tls.key": f"data: {value}\n" + BLOCK, "private__.hidden.pem": f"data: {value}x\n" + BLOCK}
    result = rendered(
        config("  a: <sealed:private/certs/tls.key>\n  b: <sealed:private/certs/tls.key|trim>.\n"), **more
    )
    assert body(result)["data"] == {"a": value, "b": value + "."}
    assert result.files == ("private/.hidden.pem", "private/certs/tls.key")


def test_an_overlay_object_is_merged_and_one_without_partner_added(canary: Canary) -> None:
    one, two = canary.secret(), canary.secret()
    result = rendered(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\nstringData: {user: shop, old: x}\n",
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{password: {one}, old: null}}\n"
        f"---\napiVersion: v1\nkind: Secret\nmetadata: {{name: alone}}\nstringData: {{k: {two}, none: null}}\n",
    )
    assert body(result)["stringData"] == {"user": "shop", "password": one}
    assert body(result, 1)["stringData"] == {"k": two}
    assert result.manifests[1].path == "private/a.sops.yaml"
    assert not result.warnings


def test_a_target_of_two_folders_lies_one_on_the_other() -> None:
    target = Target("home", ("public/base", "public/home"), ("private/home",), namespace="n")
    tree = Files(
        **{
            "public__base__a.yaml": config("  a: base\n  b: base\n"),
            "public__home__a.yaml": config("  b: home\n"),
            "private__home__a.sops.yaml": config("  c: sealed\n") + BLOCK,
            "private__other__b.sops.yaml": config("  c: other\n") + BLOCK,
        }
    )
    result = render(CONFIG, target, tree, Held())
    assert [reveal_tree(m.body["data"]) for m in result.manifests] == [{"a": "base", "b": "home", "c": "sealed"}]


def test_an_object_twice_in_a_folder_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"public/b\.yaml:1: ConfigMap c is already defined in public/a\.yaml"):
        rendered(config("  a: b\n"), **{"public__b.yaml": config("  a: c\n")})


def test_nothing_is_skipped_silently() -> None:
    result = rendered(config("  a: b\n"), **{"public__README.md": "hi", "public__v.yaml": "just: values\n"})
    assert [path for path, _ in result.skipped] == ["public/README.md", "public/v.yaml"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("public__kustomization.yaml", "resources: []\n", "a kustomization"),
        ("public__t.yaml", "{{- if .x }}\na: b\n{{ end }}\n", "a template"),
        ("public__n.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {}\n", "has no name"),
        ("public__n.yaml", "apiVersion: v1\nkind: Job\nmetadata: {generateName: x}\n", "generateName"),
        ("public__n.yaml", "a: [\n", "invalid YAML"),
        ("private__p.yaml", "a: b\n", "is not sealed"),
        ("public__n.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: <sealed:x>}\n", "in the identity"),
    ],
)
def test_what_cannot_be_rendered_is_one_error(name: str, text: str, message: str) -> None:
    with pytest.raises(SealkitError, match=message):
        rendered(config("  a: b\n"), **{name: text})


def test_lists_are_expanded() -> None:
    text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n"
    text += "- apiVersion: v1\n  kind: Pod\n  metadata: {name: b}\n"
    result = rendered(text)
    assert [(m.ref.name, m.line) for m in result.manifests] == [("a", 4), ("b", 5)]


def test_warnings_for_the_open_and_the_unused(canary: Canary) -> None:
    text = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: "
        + canary.secret()
        + ", user: <sealed:a>}\n"
    )
    result = rendered(text, "a: b\nunused: c\n")
    assert result.warnings == [
        "public/a.yaml:1: SK201 Secret s .stringData.password is in plain text",
        "private/a.sops.yaml: used nowhere in this target: unused",
    ]


WORKLOAD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  template:
    spec:
      serviceAccountName: api
      imagePullSecrets: [{name: pull}]
      initContainers:
      - {name: init, image: "reg:5000/init:1@sha256:aa"}
      containers:
      - name: main
        image: ghcr.io/x/api:1.2
        command: [run, <sealed:a>]
        env:
        - {name: P, valueFrom: {secretKeyRef: {name: byenv, key: k}}}
        envFrom:
        - secretRef: {name: byfrom}
        - configMapRef: {name: cm}
        volumeMounts: [{name: v, mountPath: /v}, {name: w, mountPath: /w}]
      - name: side
        image: side
      volumes:
      - {name: v, secret: {secretName: byvolume}}
      - {name: w, projected: {sources: [{secret: {name: byprojected}}]}}
      - {name: unmounted, secret: {secretName: nobody}}
"""


def test_places_and_reach(canary: Canary) -> None:
    secrets = "".join(
        f"---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\nstringData: {{k: {canary.secret()}}}\n"
        for name in ("pull", "byenv", "byfrom", "byvolume", "byprojected", "nobody", "unreferenced")
    )
    result = rendered(
        WORKLOAD + "---\n" + config("  k: 'pw=<sealed:a>'\n", "cm") + "---\n"
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: open}\n",
        f"a: {canary.secret()}\n" + secrets,
    )
    assert result.places == [
        ValuePlace("a", "ConfigMap shop/cm", ".data.k", digest("pw=<sealed:a>")),
        ValuePlace(
            "a", "apps/Deployment shop/api", ".spec.template.spec.containers[main].command[1]", digest("<sealed:a>")
        ),
    ]
    reach = [(e.origin, e.container, e.image, e.account) for e in result.reaches if isinstance(e, Reach)]
    main = ("main", "ghcr.io/x/api", "api")
    assert sorted(reach) == sorted(
        [(f"Secret shop/{n}", *main) for n in ("byenv", "byfrom", "byvolume", "byprojected", "pull")]
        + [("ConfigMap shop/cm", *main), ("private/a.sops.yaml#.a", *main)]
        + [("Secret shop/pull", "init", "reg:5000/init", "api"), ("Secret shop/pull", "side", "side", "api")]
        + [("private/a.sops.yaml", "", "", "")]  # the ConfigMap itself, for what stands around the value
    )


def test_access_to_secrets() -> None:
    text = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules:
- {apiGroups: [""], resources: [secrets], resourceNames: [db], verbs: [get, list]}
- {apiGroups: [""], resources: [pods], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: api, namespace: other}]
"""
    (entry,) = rendered(text).reaches
    assert isinstance(entry, SecretAccess)
    assert (entry.subject, entry.secrets, entry.verbs) == ("ServiceAccount other/api", "db", "get,list")


def test_output_is_masked_unless_told(canary: Canary) -> None:
    value = canary.secret()
    public = config(
        "  a: <sealed:x>\n  b: |\n    k = <sealed:x>\n    l = 1\n  list: [1, {c: d, e: []}, {}]\n  no: null\n  'y': '0644'\n"
    )
    private = f"x: {value}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{z: {value}}}\n"
    result = rendered(public, private)
    masked = emit.yaml(result.manifests)
    assert value not in masked
    assert pyyaml.safe_load(masked)["data"]["b"] == "k = ***\nl = 1\n"
    shown = pyyaml.safe_load(emit.yaml(result.manifests, emit.Show.VALUES))
    assert shown == body(result)
    placeholders = pyyaml.safe_load(emit.yaml(result.manifests, emit.Show.PLACEHOLDERS))["data"]
    assert placeholders["a"] == "<sealed:x>"
    assert placeholders["z"] == "<sealed:private/a.sops.yaml#.data.z>"
    listed = json.loads(emit.as_json(result.manifests))
    assert (listed["apiVersion"], listed["kind"], len(listed["items"])) == ("v1", "List", 1)
    assert emit.names(result.manifests) == "configmap/c\n"


def test_stand_ins_have_type_and_length() -> None:
    sealed = (
        f"db:\n  pw: {ENC.format('YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo=', 'str')}\n  port: {ENC.format('NTQzMg==', 'int')}\n"
        f"  on: {ENC.format('VHJ1ZQ==', 'bool')}\n  open: shown\n"
        f"  list:\n  - {ENC.format('YQ==', 'comment')}\n  - {ENC.format('YQ==', 'str')}\n"
    )
    public = config(
        "  a: <sealed:db.pw>\n  port: <sealed:db.port>\n  on: <sealed:db.on>\n  o: <sealed:db.open>\n  l: <sealed:db.list.0>\n"
    )
    data = body(rendered(public, sealed, opener=StandInOpener()))["data"]
    assert len(data["a"]) == 26
    assert data["a"].startswith("standin")
    assert 1000 <= data["port"] <= 9999
    assert data["on"] is True
    assert data["o"] == "shown"
    assert len(data["l"]) == 1
    assert body(rendered(public, sealed, opener=StandInOpener()))["data"] == data  # the same on every run


def test_stand_ins_fit_their_fields() -> None:
    import base64

    public = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ntype: kubernetes.io/dockerconfigjson\n"
        "data: {.dockerconfigjson: <sealed:a>, k: <sealed:b>}\nstringData: {x: <sealed:b>}\n"
    )
    sealed = f"a: {ENC.format('YWJjZGU=', 'str')}\nb: {ENC.format('YWJjZGU=', 'str')}\n"
    secret = body(rendered(public, sealed, opener=StandInOpener()))
    assert "auths" in json.loads(base64.b64decode(secret["data"][".dockerconfigjson"], validate=True))
    assert base64.b64decode(secret["data"]["k"], validate=True).decode() == secret["stringData"]["x"]


def test_a_clone_without_its_private_half_is_rendered_from_the_example() -> None:
    more = {
        "private.example__a.sops.yaml": "db:\n  pw: <generate:hex:64>\n  tok: <ask:the token>\n  host: db.example.org\n"
    }
    result = rendered(
        config("  a: <sealed:db.pw>\n  t: <sealed:db.tok>\n  h: <sealed:db.host>\n"), opener=StandInOpener(), **more
    )
    data = body(result)["data"]
    assert len(data["a"]) == 64
    assert int(data["a"], 16)
    assert data["h"] == "db.example.org"
    assert {str(leaf) for _, leaf in walk(result.manifests[0].body) if isinstance(leaf, Sensitive)} == {"***"}
    assert reveal(result.manifests[0].body["data"]["t"]) == data["t"]


TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.text(st.characters(codec="utf-8"), max_size=12)
    | st.just("a\nb\n"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab:#- \n'\"y", max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(TREES)
def test_what_is_printed_reads_back(tree: Any) -> None:
    body: dict[str, Any] = {"apiVersion": "v1", "kind": "Thing", "spec": tree}
    manifest = Manifest(ref_of(body), "v1", body)
    (document,) = parse(emit.yaml([manifest]), "out")
    assert document.tree() == body
    assert json.loads(emit.as_json([manifest]))["items"][0] == body
