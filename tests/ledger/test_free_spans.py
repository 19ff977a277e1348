"""What is free is the tag of an image, and nothing that is not one can stand in a free span."""

from __future__ import annotations

import json
import random
import re
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import kubernetes.client.models as models
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sealkit.ledger import image_fields
from sealkit.ledger.free_spans import FreeSpan, blanked, free_spans

HEX = "0123456789abcdef" * 4
OTHER_HEX = "fedcba9876543210" * 4
TEXT = re.compile(
    r"(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?"
    r"|[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(@sha256:[0-9a-f]{64})?|sha256:[0-9a-f]{64}"
)
DEPLOYMENT = f"""\
apiVersion: apps/v1
kind: Deployment # größer 😀
metadata: {{name: api, namespace: shop}}
spec:
  template:
    metadata:
      annotations:
        image: other:1.0
    spec:
      initContainers: [{{"name": "wait", "image": "busybox:1.36"}}]
      containers:
      - name: api
        image: registry.example:5000/shop/api:v1.2.3 # the shop
        args: [--image, other:1.0]
        env:
        - {{name: IMAGE, value: other:1.0}}
      - image: 'nginx:1.27@sha256:{HEX}'
        name: web
      - image: nginx@sha256:{HEX}
        name: pinned
      - {{name: bare, image: nginx}}
      volumes:
      - name: model
        image: {{reference: models/small:2}}
      - {{name: disk, rbd: {{image: other:1.0}}}}
"""
KUSTOMIZATION = f"""\
resources: [deployment.yaml]
images:
- name: nginx
  newTag: "1.27"
  digest: sha256:{HEX}
- {{name: api, newName: registry.example/shop/api, newTag: v1.2.3}}
- newTag: v9
helmCharts:
- {{name: cache, version: 1.2.3, valuesInline: {{image: {{repository: redis, tag: "7.2"}}}}}}
"""
VALUES = f"""\
image:
  registry: docker.io
  repository: bitnami/redis
  tag: 7.2.4-debian-12-r9
  digest: sha256:{HEX}
sidecar: {{image: redis/exporter, tag: v1.58.0@sha256:{HEX}}}
tag: v1
kind: DaemonSet
hooks: [{{image: {{repository: a/b, tag: "8"}}}}, {{name: x, tag: v3}}]
"""
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: cache}
spec:
  chart: {spec: {chart: redis, version: 1.2.3}}
  values:
    image: {repository: redis, tag: v7.2}
"""
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: cache}
spec:
  source: {helm: {valuesObject: {image: {repository: redis, tag: v7.2}}}}
  sources:
  - {helm: {valuesObject: {image: {repository: redis, tag: v7.3}}}}
"""
FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: shop}
spec: {images: [{name: nginx, newTag: v1.27}]}
"""
LIST = json.dumps(
    {
        "apiVersion": "v1",
        "kind": "List",
        "items": [
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": n}, "spec": {"containers": [{"image": f"{n}:1"}]}}
            for n in ("a", "b")
        ],
    },
    indent=2,
)
FILES = {
    "deploy.yaml": DEPLOYMENT,
    "all.yml": f"{DEPLOYMENT}---\n{VALUES}---\n{DEPLOYMENT}",
    "kustomization.yaml": KUSTOMIZATION,
    "Kustomization": f"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n{KUSTOMIZATION}",
    "values.yaml": VALUES,
    "release.yaml": RELEASE,
    "application.yaml": APPLICATION,
    "flux.yaml": FLUX,
    "list.json": LIST,
}


def pod(image: str, rest: str = "") -> str:
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n  - name: x\n    image: {image}\n{rest}"


def texts(path: str, text: str) -> list[str]:
    return [span.text for span in free_spans(path, text.encode())]


def refill(data: bytes, spans: tuple[FreeSpan, ...], new: list[bytes]) -> bytes:
    parts, at = [], 0
    for span, text in zip(spans, new, strict=True):
        parts += [data[at : span.start], text]
        at = span.end
    return b"".join([*parts, data[at:]])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("deploy.yaml", [":1.36", ":v1.2.3", f":1.27@sha256:{HEX}", f"@sha256:{HEX}", ":2"]),
        ("kustomization.yaml", ["1.27", f"sha256:{HEX}", "v1.2.3", "7.2"]),
        ("Kustomization", ["1.27", f"sha256:{HEX}", "v1.2.3", "7.2"]),
        ("values.yaml", ["7.2.4-debian-12-r9", f"sha256:{HEX}", f"v1.58.0@sha256:{HEX}", "8"]),
        ("release.yaml", ["v7.2"]),
        ("application.yaml", ["v7.2", "v7.3"]),
        ("flux.yaml", ["v1.27"]),
        ("list.json", [":1", ":1"]),
    ],
)
def test_what_is_free(path: str, expected: list[str]) -> None:
    assert texts(path, FILES[path]) == expected


def test_a_place_is_the_document_and_the_route() -> None:
    assert [span.place for span in free_spans("all.yml", FILES["all.yml"].encode())][4:8] == [
        "apps/Deployment shop/api .spec.template.spec.volumes[model].image.reference",
        "document 2 .image.tag",
        "document 2 .image.digest",
        "document 2 .sidecar.tag",
    ]
    assert free_spans("all.yml", FILES["all.yml"].encode())[-1].place.startswith("apps/Deployment shop/api #2 .spec")


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_offsets_count_bytes_and_places_are_unique(path: str, mark: str) -> None:
    data = (mark + FILES[path]).encode()
    spans = free_spans(f"public/{path}", data)
    assert spans
    assert [data[span.start : span.end].decode() for span in spans] == [span.text for span in spans]
    assert all(TEXT.fullmatch(span.text) for span in spans)
    assert len({span.place for span in spans}) == len(spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))
    mark_bytes = blanked(b"\0", [FreeSpan(0, 1, "", "")])
    assert blanked(data, spans).split(mark_bytes) == refill(data, spans, [mark_bytes] * len(spans)).split(mark_bytes)
    assert refill(data, spans, [span.text.encode() for span in spans]) == data


def _images(name: str, keys: tuple[str, ...], above: frozenset[str]) -> Iterator[tuple[str, ...]]:
    """The paths at which the schema of Kubernetes has the image of a container or of a volume."""
    schema = getattr(models, name, None)
    if schema is None or name in above:
        return
    for field, kind in schema.openapi_types.items():
        item = re.fullmatch(r"[Ll]ist\[(.*)\]", kind)
        path = (*keys, schema.attribute_map[field], *(["*"] if item else []))
        if (name, field) in {
            ("V1Container", "image"),
            ("V1EphemeralContainer", "image"),
            ("V1ImageVolumeSource", "reference"),
        }:
            yield path
        yield from _images(item[1] if item else kind, path, above | {name})


@pytest.mark.slow
def test_the_table_is_that_of_the_schema() -> None:
    found: dict[str, set[tuple[str, ...]]] = {}
    for name in dir(models):
        fields = getattr(getattr(models, name), "attribute_map", {})
        if {"api_version", "kind", "metadata"} <= fields.keys() and "items" not in fields:
            paths = {path for path in _images(name, (), frozenset()) if path[0] != "status"}
            if paths:
                found[re.sub(r"^V\d+(?:(?:alpha|beta)\d+)?", "", name)] = paths
    assert found == {
        kind: {(*spec, *image) for image in image_fields._IMAGES} for (_, kind), spec in image_fields._POD_SPECS.items()
    }


@pytest.mark.parametrize(("version", "kind"), image_fields._POD_SPECS)
def test_each_built_in_kind(version: str, kind: str) -> None:
    tree: Any = {
        "containers": [{"name": "a", "image": "a:1"}],
        "volumes": [{"name": "v", "image": {"reference": "v:2"}}],
    }
    for key in reversed(image_fields._POD_SPECS[version, kind]):
        tree = {key: tree}
    body = {"apiVersion": version, "kind": kind, "metadata": {"name": "x"}, **tree}
    assert texts("a.json", json.dumps(body)) == [":1", ":2"]
    assert texts("a.yaml", yaml.safe_dump(body)) == [":1", ":2"]
    for other in ("x/v1", f"x.{version}", "apps/v2", ""):
        assert texts("a.json", json.dumps(body | {"apiVersion": other})) == []
    assert texts("a.json", json.dumps(body | {"kind": f"{kind}x"})) == []


@pytest.mark.parametrize(
    "image",
    [
        "nginx", "nginx:", "':1'", "nginx:1.2:3", "nginx:-1", "nginx:.1", "nginx:1 2", "'nginx:1 '", "' nginx:1'", "nginx:1#x", "nginx:1;x",
        "'nginx:1\n      2'", '"nginx:1\\n"', '"nginx\\u003a1"', '"nginx:\\\n      1"', "'nginx:''1'", "|\n      nginx:1", ">-\n      nginx:1",
        "nginx\n      :1", "&a nginx:1", "!!str nginx:1", "! nginx:1", "!x nginx:1", "[nginx:1]", "{nginx:1: }", "nginx:１", "nginx:1.٢", "nginх:1",
        "nginx:1\u200b", "nginx:1\u00a0", "$(REG)/nginx:1", "${REG}/nginx:1", "'{{ .image }}:1'", "<sealed:reg.host>/nginx:1", "'<sealed:image>:1'",
        "nginx:" + "1" * 129, "n" * 256 + ":1", f"nginx@sha256:{HEX}0", f"nginx@sha256:{HEX[:-1]}", f"nginx@sha256:{HEX.upper()}", f"nginx@sha512:{HEX}",
        f"nginx@sha256:{HEX}:1", "12:30", "1:30:30", "12", "nginx/", "https://nginx:1", "nginx//x:1", "a/b:5000/", "user@host:1", "null", "~", "", "nginx:1\t2",
    ],
)  # fmt: skip
def test_no_free_span_in_an_image_like_this(image: str) -> None:
    assert texts("a.yaml", pod(image)) == []


@pytest.mark.parametrize(
    "text",
    [
        pod("&a nginx:1", "  - {name: y, image: *a}\n"),
        pod("nginx:1").replace("spec:", "spec: &spec"),
        pod("nginx:1").replace("spec:", "spec: !x"),
        pod("nginx:1").replace("spec:", "spec: !!map"),
        pod("nginx:1").replace("  containers:", "  containers: &list"),
        pod("nginx:1").replace("- name", "- &item\n    name"),
        pod("nginx:1").replace("- name", "- ? a\n    : b\n    name").replace("- ? a", "- !!map\n    ? a"),
        pod("nginx:1").replace("    image", "    !!str image"),
        pod("nginx:1").replace("    image", '    "im\\u0061ge"'),
        pod("nginx:1").replace("    image", "    ? image\n   "),
        pod("nginx:1", "    image: nginx:2\n"),
        pod("nginx:1", "    'image': nginx:2\n"),
        pod("nginx:1", "    name: z\n"),
        pod("nginx:1", "    !!binary aW1hZ2U=: nginx:2\n"),
        pod("nginx:1", "    <<: {image: nginx:2}\n"),
        pod("nginx:1").replace("    image: nginx:1", "    <<: {image: nginx:1}"),
        "base: &base {image: {repository: x, tag: v1}}\nshop: *base\n",
        "shop:\n  <<: {repository: x, tag: v1}\n",
        "shop: {repository: x, tag: v1, <<: {a: b}}\n",
        pod("nginx:1").replace("kind: Pod", "kind: Pod\nkind: Pod"),
        pod("nginx:1").replace("kind: Pod", "<<: {kind: Pod}"),
        pod("nginx:1").replace("v1", "&v v1"),
        pod("nginx:1").replace("v1", "!!str v1"),
        pod("nginx:1", "---x: y\n"),
        pod("nginx:1", "# \u2028\n"),
        pod("nginx:1", "# \x85\n"),
        pod("nginx:1", "# \ufeff\n"),
        pod("nginx:1").replace("\n", "\r\n"),
        pod("nginx:1", "#\r\n"),
        pod("nginx:1", "\tx: y\n"),
        pod("nginx:1", "  - {\n"),
        pod("nginx:1", "sops:\n    mac: x\n    lastmodified: y\n    version: 3.9.0\n"),
        pod("nginx:1").replace("Pod", "Podx"),
        pod("nginx:1").replace("v1", "example.org/v1"),
        pod("nginx:1").replace("containers", "Containers"),
        pod("nginx:1").replace("  containers:\n  - name", "  containers:\n    name"),
        "tag: v1\n",
        "image: {tag: v1}\n",
        "image: {repository: '', tag: v1}\n",
        "image: {repository: [x], tag: v1}\n",
        "image: {repository: x:1, tag: v1}\n",
        "image: {repository: {x: y}, tag: v1, digest: v1}\n",
        "image: {repository: x, tag: 1.2}\n",
        "image: {repository: x, tag: 12}\n",
        "image: {repository: x, tag: 1e3}\n",
        "image: {repository: x, tag: 0x1F}\n",
        "image: {repository: x, tag: 2024-11-03}\n",
        "image: {repository: x, tag: on}\n",
        "image: {repository: x, tag: null}\n",
        f"image: {{repository: x, digest: '{HEX}'}}\n",
        "apiVersion: example.org/v1\nkind: X\nspec: {image: {repository: x, tag: v1}}\n",
        "apiVersion: v1\nkind: ConfigMap\ndata: {image: x, tag: v1}\n",
    ],
)  # fmt: skip
def test_no_free_span_in_a_file_like_this(text: str) -> None:
    assert texts("a.yaml", text) == []


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("a.txt", DEPLOYMENT.encode()),
        ("a.yaml.bak", DEPLOYMENT.encode()),
        ("yaml", DEPLOYMENT.encode()),
        ("a.yaml", DEPLOYMENT.encode("utf-16")),
        ("a.yaml", DEPLOYMENT.encode() + b"\xff"),
        ("a.yaml", DEPLOYMENT.encode() + b"# \0"),
        ("a.yaml", b""),
        ("a.yaml", b"image: " + b"[" * 3000),
        ("chart/templates/a.yaml", b"# {{ define \"x\" }}\n" + DEPLOYMENT.encode()),
        ("a.json", LIST.encode() + LIST.encode()),
        ("a.json", b"# comment\n" + LIST.encode()),
        ("a.json", LIST.replace('"v1"', "v1").encode()),
        ("a.json", LIST.replace('"v1",', '"v1", "x": NaN,').encode()),
        ("a.json", LIST.replace('"image": "a:1"', '"image": "a:1", "image": "a:2"').encode()),
        ("a.json", LIST.replace('"v1",', '"v1", "x": "\\ud83d\\ude00",').encode()),
        ("other.yaml", KUSTOMIZATION.encode()[: KUSTOMIZATION.index("helm")]),
        ("kustomization.yaml", b"apiVersion: x/v1\n" + KUSTOMIZATION.encode()),
        ("kustomization.yaml", b"kind: Deployment\n" + KUSTOMIZATION.encode()),
    ],
)  # fmt: skip
def test_no_free_span_in_another_file(path: str, data: bytes) -> None:
    assert free_spans(path, data) == ()


def test_blanked_is_not_confused_with_content() -> None:
    data = pod("nginx:1").encode()
    mark = blanked(b"", [FreeSpan(0, 0, "", "")])
    open_text = blanked(data, free_spans("a.yaml", data))
    assert open_text == data.replace(b":1", mark)
    forged = open_text
    assert free_spans("a.yaml", forged) == ()
    assert blanked(forged, ()) != open_text


@given(st.lists(st.binary(max_size=6) | st.sampled_from([b"\0", b"\0free\0", b"free\0"]), min_size=1, max_size=5),
       st.lists(st.binary(max_size=6) | st.sampled_from([b"\0", b"\0free\0", b"free\0"]), min_size=1, max_size=5))  # fmt: skip
def test_blanked_tells_every_two_contents_apart(one: list[bytes], other: list[bytes]) -> None:
    def cut(parts: list[bytes]) -> bytes:
        spans, at = [], 0
        for part in parts[:-1]:
            at += len(part)
            spans.append(FreeSpan(at, at + 1, "", ""))
            at += 1
        return blanked(b"x".join(parts), spans)

    assert (cut(one) == cut(other)) is (one == other)


GRAMMAR = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", fullmatch=True)
HOSTILE = st.sampled_from(
    ["\n", "'", '"', "#", " #", ": ", ":", "&a", "*a", "<<", "{", "}", "]", ",", "/", "@", "\\", "\t", "\r", "\u2028", "\x85", "\ufeff", "٣", "\0", "%", "!"]
)  # fmt: skip
FILLS = st.one_of(
    GRAMMAR,
    GRAMMAR.map(lambda tag: f":{tag}"),
    st.sampled_from([f"sha256:{OTHER_HEX}", f"@sha256:{OTHER_HEX}", f":2@sha256:{OTHER_HEX}", "", "1.2", "null", ":12:30", "0x1", "2024-11-03"]),
    st.tuples(GRAMMAR, HOSTILE, GRAMMAR).map("".join),
    st.tuples(GRAMMAR, HOSTILE, GRAMMAR).map(lambda parts: ":" + "".join(parts)),
    st.text(max_size=10),
)  # fmt: skip


def leaves(tree: Any, route: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(tree, dict | list):
        yield route, (type(tree), len(tree))
        for key, child in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from leaves(child, (*route, key))
    else:
        yield route, tree


def assert_only_tags_differ(before: bytes, after: bytes, count: int) -> None:
    """Read by PyYAML, which is neither our parser's typing nor ours."""
    old, new = (dict(leaves(list(yaml.safe_load_all(data)))) for data in (before, after))
    assert old.keys() == new.keys()
    changed = [route for route in old if old[route] != new[route]]
    assert len(changed) <= count
    for route in changed:
        assert route[-1] in {"image", "reference", "newTag", "tag", "digest"}
        assert type(old[route]) is type(new[route]) is str
        stem = re.compile(r"([a-z./]+(?::5000/[a-z/]+)?)?(.*)", re.DOTALL)
        if route[-1] in {"image", "reference"}:
            assert stem.fullmatch(old[route])[1] == stem.fullmatch(new[route])[1]  # type: ignore[index]
            assert TEXT.fullmatch(stem.fullmatch(new[route])[2])  # type: ignore[index]
        else:
            assert TEXT.fullmatch(new[route])


@settings(deadline=None)
@given(st.sampled_from(sorted(FILES)), st.data())
def test_equal_blanked_bytes_are_trees_that_differ_in_tags_alone(path: str, draw: st.DataObject) -> None:
    data = FILES[path].encode()
    spans = free_spans(path, data)
    fills = [
        draw.draw(FILLS).encode("utf-8", "replace") if draw.draw(st.booleans()) else span.text.encode()
        for span in spans
    ]
    other = refill(data, spans, fills)
    found = free_spans(path, other)
    if blanked(other, found) != blanked(data, spans):
        return
    assert [span.place for span in found] == [span.place for span in spans]
    assert [span.text.encode() for span in found] == fills
    assert all(TEXT.fullmatch(span.text) for span in found)
    assert_only_tags_differ(data, other, len(spans))


@settings(deadline=None)
@given(st.sampled_from(sorted(FILES)), st.data())
def test_each_text_of_the_grammar_is_free(path: str, draw: st.DataObject) -> None:
    data = FILES[path].encode()
    spans = free_spans(path, data)
    new = [
        f":{draw.draw(GRAMMAR)}" if span.text[0] in ":@" else f"sha256:{OTHER_HEX}" if span.place.endswith(".digest")
        else f"v{draw.draw(GRAMMAR)[:127]}" for span in spans
    ]  # fmt: skip
    other = refill(data, spans, [text.encode() for text in new])
    assert [span.text for span in free_spans(path, other)] == new
    assert blanked(other, free_spans(path, other)) == blanked(data, spans)
    assert_only_tags_differ(data, other, len(spans))


INSERTS = [
    b"\n",
    b" ",
    b"#",
    b":",
    b"'",
    b'"',
    b"-",
    b"1",
    b"a",
    b".",
    b"/",
    b"@",
    b"&a ",
    b"*a",
    b"<<",
    b"{",
    b"}",
    b",",
    b"\0",
    b"\xc2\xa0",
    b"\t",
    b"!!str ",
]


@pytest.mark.slow
def test_every_change_outside_the_spans_shows() -> None:
    chance = random.Random(9)
    sources = [(path, text.encode()) for path, text in FILES.items() if path != "all.yml"]
    sources += [("a.yaml", pod(image).encode()) for image in ("nginx:1.2", "'r.io:5000/a/b:v1'", f'"a@sha256:{HEX}"')]
    known = [(path, data, free_spans(path, data)) for path, data in sources]
    changed = parsed = 0
    while changed < 20_000:
        path, data, spans = chance.choice(known)
        start = chance.randrange(len(data))
        end = min(len(data), start + chance.choice([0, 0, 1, 1, 2, 30]))
        insert = chance.choice([b"", chance.choice(INSERTS), bytes([chance.randrange(256)])])
        mutated = data[:start] + insert + data[end:]
        # what is put in at the edge of a span is in it
        touched = any(
            (span.start < end and start < span.end) or (start == end and start in {span.start, span.end})
            for span in spans
        )
        if touched or mutated == data:
            continue
        found = free_spans(path, mutated)
        changed += 1
        parsed += bool(found)
        assert blanked(mutated, found) != blanked(data, spans), (path, start, end, insert)
    assert parsed > 2_000


def test_kubectl_reads_the_same(tmp_path: Path) -> None:
    """The parsers of kustomize see another tag, and nothing else."""

    def build(data: bytes) -> dict[tuple[Any, ...], Any]:
        (tmp_path / "deploy.yaml").write_bytes(data)
        (tmp_path / "kustomization.yaml").write_text("resources: [deploy.yaml]\n")
        done = subprocess.run(["kubectl", "kustomize", str(tmp_path)], capture_output=True, check=True)
        return dict(leaves(list(yaml.safe_load_all(done.stdout))))

    data = DEPLOYMENT.encode()
    spans = free_spans("deploy.yaml", data)
    before, after = build(data), build(refill(data, spans, [b":2.0"] * len(spans)))
    assert before.keys() == after.keys()
    changed = [route for route in before if before[route] != after[route]]
    assert len(changed) == len(spans)
    assert {route[-1] for route in changed} == {"image", "reference"}
