"""The census calls sealed exactly those leaves that the real sops changes when it opens the file."""

from __future__ import annotations

import configparser
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from census_files import Sealer
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sealkit.sealed.census import census
from sealkit.sealed.leaf_state import LeafState
from sealkit.yamlspan.route import Route

MODES = [
    "", "unencrypted_suffix: _open", "encrypted_suffix: _sealed", "unencrypted_regex: ^(kind|da)", "encrypted_regex: data",
    "encrypted_comment_regex: seal", "unencrypted_comment_regex: open",
]  # fmt: skip
KEYS = st.sampled_from(["a", "kind", "data", "metadata", "x_open", "y_sealed", "z_unencrypted", "tls.key", "ä b"])
SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 10**12), st.sampled_from(["", "x", "multi\nline", "true", "0644", "<&>"]),
    st.text("abc é:#", min_size=1, max_size=8), st.sampled_from([1.5, 2.0, 1e21]),
)  # fmt: skip
COMMENTS = st.sampled_from(["", "", "plain", "seal this", "open this"])
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
TOPS = st.dictionaries(KEYS, TREES, min_size=1, max_size=4)
FLAT = st.dictionaries(
    st.sampled_from(["A", "B_open", "C_sealed", "data", "D_unencrypted"]), st.text("abc é#=", max_size=6), min_size=1
)


@pytest.fixture
def sealer(tmp_path: Path, age_key: str) -> Sealer:
    return Sealer(tmp_path, age_key)


def block(tree: Any, draw: Any, indent: int = 0) -> Iterator[str]:
    """YAML in block style, with comments before some items."""
    pad = " " * indent
    for mark, value in (
        [(f"{json.dumps(key, ensure_ascii=False)}:", value) for key, value in tree.items()]
        if isinstance(tree, dict)
        else [("-", value) for value in tree]
    ):
        if comment := draw(COMMENTS):
            yield f"{pad}# {comment}"
        if isinstance(value, dict | list) and value:
            yield f"{pad}{mark}"
            yield from block(value, draw, indent + 4)
        else:
            yield f"{pad}{mark} {json.dumps(value, ensure_ascii=False)}"


def flatten(tree: Any, route: Route = Route()) -> Iterator[tuple[str, str]]:  # noqa: B008
    """The leaves as another parser sees them. A sealed comment in a list is an item there, and none for us."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if not (key == "sops" and not len(route)):
                yield from flatten(value, route / key)
    elif isinstance(tree, list):
        items = [item for item in tree if not (isinstance(item, str) and item.endswith(",type:comment]"))]
        for index, value in enumerate(items):
            yield from flatten(value, route / index)
    else:
        yield str(route), str(tree)


def other_parser(path: str, text: str) -> set[tuple[int, str, str]]:
    """(document, route, value) by a parser that is not ours."""
    if path.endswith(".json"):
        trees = [json.loads(text)]
    elif path.endswith(".env"):
        pairs = [row.partition("=")[::2] for row in text.splitlines() if row and row[0] != "#"]
        trees = [{key: value for key, value in pairs if not key.startswith("sops_")}]
    elif path.endswith(".ini"):
        parser = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#", ";"), default_section="\0")
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read_string(text)
        trees = [{name: dict(parser[name]) for name in parser.sections()}]
    else:
        trees = list(yaml.load_all(text, yaml.BaseLoader))
    return {(at, route, value) for at, tree in enumerate(trees) for route, value in flatten(tree)}


def agrees(sealer: Sealer, path: str, text: str) -> None:
    sealed = sealer.seal(text, path)
    opened = sealer.open(sealed, path)
    # go-yaml moves some comments when it writes, and then sops cannot open what it wrote under a comment rule
    assume(opened.returncode == 0)
    before, after = other_parser(path, sealed), other_parser(path, opened.stdout)
    found = census(path, sealed.encode(), None)
    leaves = [leaf for leaf in found.leaves if not leaf.comment]
    assert {(leaf.document, str(leaf.route)) for leaf in leaves} == {(at, route) for at, route, _ in before}
    changed = {(at, route) for at, route, _ in before - after}
    assert {(leaf.document, str(leaf.route)) for leaf in leaves if leaf.state is LeafState.SEALED} == changed
    assert LeafState.OPEN not in {leaf.state for leaf in leaves}
    warned = "possibly unencrypted comment" in opened.stderr
    assert warned == any(leaf.comment and leaf.state is LeafState.OPEN for leaf in found.leaves)
    assert sum(leaf.comment and leaf.state is LeafState.SEALED for leaf in found.leaves) == sealed.count(
        ",type:comment]"
    )
    assert {each.rule for each in found.findings} <= {"SK105", "SK107", "SK108", "SK109", "SK111"}


common = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@common
@given(data=st.data())
def test_yaml(sealer: Sealer, mode: str, data: st.DataObject) -> None:
    sealer.policy_of(*([mode] if mode else []))
    trees = data.draw(st.lists(TOPS, min_size=1, max_size=3))
    agrees(sealer, "a.yaml", "\n---\n".join("\n".join(block(tree, data.draw)) for tree in trees) + "\n")


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES[:5])
@common
@given(tree=TOPS)
def test_json(sealer: Sealer, mode: str, tree: dict[str, Any]) -> None:
    sealer.policy_of(*([mode] if mode else []))
    agrees(sealer, "a.json", json.dumps(tree, ensure_ascii=False))


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES[:5])
@common
@given(values=FLAT)
def test_dotenv_and_ini(sealer: Sealer, mode: str, values: dict[str, str]) -> None:
    sealer.policy_of(*([mode] if mode else []))
    stripped = {key: value.strip() for key, value in values.items()}
    agrees(sealer, "a.env", "".join(f"{key}={value}\n" for key, value in stripped.items()))
    plain = {key: value.replace("#", "").replace("=", "") for key, value in stripped.items()}
    agrees(sealer, "a.ini", "[top_open]\n" + "".join(f"{key} = {value}\n" for key, value in plain.items()))


@pytest.mark.parametrize("mode", MODES[:5])
def test_binary_is_sealed_whole_whatever_the_selector(sealer: Sealer, mode: str) -> None:
    policy = sealer.policy_of(*([mode] if mode else []))
    found = census("a.tfvars.enc", sealer.seal("a = 1\n", "a.tfvars.enc").encode(), policy)
    assert [leaf.state for leaf in found.leaves] == [LeafState.SEALED]
    assert found.findings == ()
