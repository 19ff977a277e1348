"""Generated documents, in both directions against the real `sops`; many documents per file, to start few processes."""

from __future__ import annotations

import json
import math
import os

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from real_sops import Bench, GoLoader, meaning, opened, reseal, rule, seal, trees, values

from sealkit.keys.keyring import Keyring
from sealkit.sops.encrypt import plain
from sealkit.yamlspan.edit import yaml_scalar

pytestmark = pytest.mark.slow

Both = tuple[Bench, Keyring]

MODES = [
    ("", ""),
    ("encrypted_regex", "[a-m]"),
    ("unencrypted_regex", "^[a-m]"),
    ("encrypted_suffix", "x"),
    ("unencrypted_suffix", "a"),
]
ODD = [
    "1.0", "0644", "1_000", "0o17", "0x1F", "0b11", "1e3", ".5", "5.", ".inf", "-.INF", "1e400", "1e-400", "2020-01-02",
    "2020-1-2t3:4:5Z", "2020-01-02 03:04:05", "yes", "on", "True", "~", "Null", "1:30", "089", "9223372036854775807",
    "-9223372036854775808", "123456789012345678901234567890", "''", '""', "|\n{pad}a\n{pad}b\n", ">-\n{pad}a\n{pad}b\n", "x # y",
]  # fmt: skip
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBER = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False).filter(lambda f: f != 0 or math.copysign(1, f) > 0)
)
LEAF = st.one_of(st.sampled_from(ODD), st.one_of(TEXT, NUMBER, st.booleans(), st.none()).map(yaml_scalar))
KEY = st.one_of(st.text("abxyz_.:-# é", min_size=1, max_size=4), TEXT).filter(lambda k: k not in {"sops", "<<"})
BOUNDED = settings(
    max_examples=25, deadline=None, database=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


def lines(node: object, pad: str) -> str:
    """A tree whose leaves are YAML source, as block YAML with comments."""
    if isinstance(node, dict):
        if not node:
            return " {}\n"
        return "\n" + "".join(f"{pad}{yaml_scalar(key)}:{lines(child, pad + '    ')}" for key, child in node.items())
    if isinstance(node, list):
        if not node:
            return " []\n"
        return "\n" + "".join(f"{pad}-{lines(child, pad + '    ')}" for child in node)
    source = str(node).replace("{pad}", pad) if "{pad}" in str(node) else str(node)
    return f" {source}" if source.endswith("\n") and source[0] in "|>" else f" {source}\n"


def trees_of(leaf: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    """Mappings with lists and mappings in them."""
    inside = st.recursive(
        leaf,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEY, inner, max_size=3)),
        max_leaves=8,
    )
    return st.dictionaries(KEY, inside, min_size=1, max_size=4)


TREE = trees_of(LEAF)
YAML = st.lists(TREE.map(lambda tree: lines(tree, "")[1:]), min_size=1, max_size=6).map("---\n".join)


def same(one: object, other: object) -> bool:
    """Equality in which a boolean is not a number. sops writes 1.0 as 1, and 1e22 without an exponent."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (one, other))
    if numbers and float in {type(one), type(other)}:
        return float(one) == float(other)  # type: ignore[arg-type]
    return (
        one == other
        and isinstance(one, bool) is isinstance(other, bool)
        and isinstance(one, str) is isinstance(other, str)
    )


@BOUNDED
@given(text=YAML, mode=st.sampled_from(MODES), mac_only=st.booleans())
def test_yaml(bench_: Both, text: str, mode: tuple[str, str], *, mac_only: bool) -> None:
    expected = meaning(text)
    bench, ring = bench_
    config = f"creation_rules:\n  - age: {bench.recipient}\n    mac_only_encrypted: {str(mac_only).lower()}\n"
    config += f"    {mode[0]}: '{mode[1]}'\n" if mode[0] else ""
    theirs = opened("a.yaml", bench.encrypt("a.yaml", text, config=config), ring)
    assert same(trees(theirs), expected)
    mine = seal("a.yaml", text, rule(bench.recipient, mode=mode[0], pattern=mode[1], mac_only=mac_only))
    assert same(meaning(plain(opened("a.yaml", mine, ring))), expected)
    assert same(list(yaml.load_all(bench.decrypt("a.yaml", mine), Loader=GoLoader)), expected)
    again = reseal(theirs, plain(theirs) + "added: value\n")
    added = [*expected[:-1], {**expected[-1], "added": "value"}]
    assert same(list(yaml.load_all(bench.decrypt("a.yaml", again), Loader=GoLoader)), added)


FINITE = NUMBER.filter(lambda number: isinstance(number, float) and math.isfinite(number))
JSON = trees_of(st.one_of(TEXT, st.integers(-(2**53), 2**53), FINITE, st.booleans(), st.none()))


@BOUNDED
@given(tree=JSON, mode=st.sampled_from(MODES), indent=st.sampled_from([None, 2, "\t"]), ascii_only=st.booleans())
def test_json(bench_: Both, tree: object, mode: tuple[str, str], indent: object, *, ascii_only: bool) -> None:
    text = json.dumps(tree, indent=indent, ensure_ascii=ascii_only)  # type: ignore[arg-type]
    bench, ring = bench_
    options = [f"--{mode[0].replace('_', '-')}", mode[1]] if mode[0] else []
    assert same(trees(opened("a.json", bench.encrypt("a.json", text, *options), ring)), [tree])
    mine = seal("a.json", text, rule(bench.recipient, mode=mode[0], pattern=mode[1]))
    assert same([json.loads(bench.decrypt("a.json", mine))], [tree])
    assert same([json.loads(plain(opened("a.json", mine, ring)))], [tree])


NAME = st.text("ABCxyz_0.", min_size=1, max_size=6)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00", exclude_categories=["Cs"]), max_size=20)


@BOUNDED
@given(pairs=st.dictionaries(NAME, WORDS, min_size=1, max_size=30))
def test_dotenv(bench_: Both, pairs: dict[str, str]) -> None:
    both_ways(bench_, "a.env", "".join(f"{name}={value}\n" for name, value in pairs.items()))


@BOUNDED
@given(pairs=st.dictionaries(NAME, st.text("abcXYZ019 =:/@.,-_é", max_size=20), min_size=1, max_size=30))
def test_ini(bench_: Both, pairs: dict[str, str]) -> None:
    both_ways(bench_, "a.ini", "[part]\n" + "".join(f"{name} = {value}\n" for name, value in pairs.items()))


def both_ways(bench_: Both, path: str, text: str) -> None:
    bench, ring = bench_
    sealed = bench.encrypt(path, text)
    theirs = bench.decrypt(path, sealed)
    mine = seal(path, text, rule(bench.recipient))
    assert bench.decrypt(path, mine) == theirs
    assert values(opened(path, mine, ring)) == values(opened(path, sealed, ring))
    assert plain(opened(path, mine, ring)) == text


@BOUNDED
@given(data=st.binary(min_size=1, max_size=300))
def test_binary(bench_: Both, data: bytes) -> None:
    bench, ring = bench_
    found = opened("a.bin", bench.encrypt("a.bin", data), ring)
    assert plain(found).encode("utf-8", "surrogateescape") == data
    mine = seal("a.bin", data.decode("utf-8", "surrogateescape"), rule(bench.recipient))
    assert bench.decrypt("a.bin", mine, "--output-type", "binary") == data


@pytest.fixture
def bench_(bench: Bench) -> Both:
    """The bench and its keyring, shared by the examples of one test."""
    return bench, Keyring.discover(os.environ)
