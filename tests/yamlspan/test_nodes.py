"""Nodes know their spans, and edits leave all other text byte for byte."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from canary import Canary
from sealkit.errors import SealkitError
from sealkit.model.list_items import labels
from sealkit.model.objects import expand, is_object, ref_of
from sealkit.model.tree import walk
from sealkit.yamlspan.edit import Edit, apply_edits, yaml_scalar
from sealkit.yamlspan.item_names import ItemNames
from sealkit.yamlspan.nodes import MappingNode, find
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Dialect

POD = """\
# a pod
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
  - name: web
    env: &env
    - {name: DSN, value: "postgres://x"} # here
  - name: side
    env: *env
"""


def test_spans_are_the_text_of_each_scalar() -> None:
    (document,) = parse(POD)
    spans = {str(leaf.route): POD[leaf.node.start : leaf.node.end] for leaf in document.leaves()}
    assert spans[".kind"] == "Pod"
    assert spans[".spec.containers[0].env[0].value"] == '"postgres://x"'
    assert spans[".spec.containers[1].env[0].value"] == "*env"


def test_routes_by_name() -> None:
    (document,) = parse(POD)
    names = ItemNames(document.root, labels)
    index = Route.parse(".spec.containers[0].env[0].value")
    assert str(names.named(index)) == ".spec.containers[web].env[DSN].value"
    node = find(document.root, names.indexed(names.named(index)))
    assert node is not None
    assert node is find(document.root, index)


def test_several_documents_empty_ones_too() -> None:
    documents = parse("a: 1\n---\n---\nb: 2\n...\n")
    assert [document.tree() for document in documents] == [{"a": 1}, None, {"b": 2}]


def test_tags_of_bytes_and_times() -> None:
    text = "a: !!binary aGVsbG8=\nb: !!binary |\n  aGVs\n  bG8=\nc: !!timestamp '2020-01-02'\n"
    assert parse(text)[0].tree(Dialect.SOPS) == {"a": "hello", "b": "hello", "c": "2020-01-02T00:00:00Z"}
    with pytest.raises(SealkitError, match="line 2: a !!binary value that is not base64"):
        parse("a: 1\nb: !!binary a b\n")[0].tree(Dialect.SOPS)


def test_merge_keys_and_typed_tags() -> None:
    text = "base: &b {x: 1, y: 2}\nd:\n  <<: *b\n  y: 3\n  z: !!str 4\n"
    assert parse(text)[0].tree() == {"base": {"x": 1, "y": 2}, "d": {"x": 1, "y": 3, "z": "4"}}


@pytest.mark.parametrize("text", ["a: [1", "a: b: c", "\ta: 1", "a: *x", "? [1]\n: 2", "a: 1\nb", "x: \x01"])
def test_invalid_yaml_names_the_line_and_not_the_text(text: str, canary: Canary) -> None:
    with pytest.raises(SealkitError) as caught:
        parse(f"# {canary.secret()}\n{text}\n", "f.yaml")
    assert caught.value.message.startswith("f.yaml")
    canary.hear("message", f"{caught.value.message} {caught.value.hint}")


def test_a_repeated_key_is_an_error() -> None:
    with pytest.raises(SealkitError, match="duplicate key"):
        parse("a: 1\na: 2\n")[0].tree()


def test_a_billion_laughs_is_an_error() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    with pytest.raises(SealkitError, match="too many nodes"):
        parse("\n".join(lines))


def test_deep_nesting_is_an_error() -> None:
    with pytest.raises(SealkitError, match="nested"):
        parse("[" * 5000 + "]" * 5000)


trees = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(min_size=1), inner, max_size=4)),
    max_leaves=20,
)


@given(trees, st.booleans())
def test_leaves_of_dumped_trees(tree: object, flow: bool) -> None:
    text = yaml.safe_dump({"top": tree}, default_flow_style=flow, allow_unicode=True)
    (document,) = parse(text)
    assert isinstance(document.root, MappingNode)
    scalars = list(document.leaves())
    edits = [Edit(leaf.node.start, leaf.node.end, text[leaf.node.start : leaf.node.end]) for leaf in scalars]
    assert apply_edits(text, edits) == text
    assert yaml.safe_load(text) == yaml.safe_load(apply_edits(text, edits))


values = st.one_of(st.text(), st.integers(-(2**63), 2**64 - 1), st.booleans(), st.none(), st.floats())


@given(values, st.booleans())
def test_yaml_scalar_is_read_back_by_every_reader(value: str | float | bool | None, flow: bool) -> None:
    if isinstance(value, str):
        value = "".join(char for char in value if not 0xD800 <= ord(char) <= 0xDFFF)
    source = yaml_scalar(value, flow=flow, indent=None if flow else 4)
    text = f"[{source}]" if flow else f"x:\n  y: {source}\n"
    for dialect in Dialect:
        tree = parse(text)[0].tree(dialect)
        back = tree[0] if flow else tree["x"]["y"]  # type: ignore[index,call-overload]
        assert back == value or (value != value and back != back)
        assert type(back) is type(value)
    if not isinstance(value, float):
        again = yaml.safe_load(text)
        assert (again[0] if flow else again["x"]["y"]) == value


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        apply_edits("abcdef", [Edit(0, 3, "x"), Edit(2, 4, "y")])


def test_objects_lists_are_expanded() -> None:
    tree = {
        "apiVersion": "v1",
        "kind": "List",
        "items": [{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}}],
    }
    ((route, inner),) = expand(tree)
    assert str(route) == ".items[0]"
    assert str(ref_of(inner, "shop")) == "apps/Deployment shop/a"
    assert not is_object({"apiVersion": 1, "kind": "x"})
    assert [str(r) for r, _ in walk({"a": [1, {}], "b": {"c": None}})] == [".a[0]", ".a[1]", ".b.c"]


def test_bytes_that_are_no_text_are_one_clear_error() -> None:
    with pytest.raises(SealkitError, match=r"^a\.yaml: not UTF-8$"):
        parse(b"a: \xff\n".decode("utf-8", "surrogateescape"), "a.yaml")


def test_a_password_that_begins_with_an_asterisk_is_not_quoted(canary: Canary) -> None:
    value = canary.secret()
    with pytest.raises(SealkitError, match=r"a\.yaml:1: an alias without an anchor") as caught:
        parse(f"password: *{value}\n", "a.yaml")
    assert value not in caught.value.message
