"""Whatever stands in a file: the census and the masked diff never raise, and a sealed file that was cut about is never silent."""

from __future__ import annotations

from pathlib import Path

import pytest
from census_files import Sealer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canary import Canary
from sealkit.sealed import policy
from sealkit.sealed.census import census
from sealkit.sealed.leaf_state import LeafState
from sealkit.sealed.textconv import masked

pytestmark = pytest.mark.slow

TEXTS = {
    "a.yaml": "a: one\nb:\n    - two # note\n    # more\n    - 3\n---\nc: four\n",
    "a.json": '{"a": "one", "b": ["two", 3]}',
    "a.env": "A=one\n# note\nB=two\n",
    "a.ini": "[s]\n; note\na = one\nb = two\n",
    "a.bin": "one\n",
}
RULES = policy.read("creation_rules:\n  - path_regex: ^a\n    encrypted_regex: ^(a|b)$\n    age: age1q\n")
fast = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def sealer(tmp_path: Path, age_key: str, canary: Canary) -> Sealer:
    return Sealer(tmp_path, age_key)


@pytest.mark.parametrize("path", TEXTS)
def test_damaged_files(sealer: Sealer, path: str) -> None:
    sealed = sealer.seal(TEXTS[path], path).encode()
    places = st.integers(0, len(sealed))
    junk = st.one_of(
        st.binary(max_size=4),
        st.sampled_from(
            [b"", b"\n", b":", b"- ", b'"', b"{", b"sops", b"<<<<<<< ours\n", b"---\n", b"\t", b"&a ", b"*a", b"ENC["]
        ),
    )

    @fast
    @given(edits=st.lists(st.tuples(places, st.integers(0, 60), junk), min_size=1, max_size=3))
    def check(edits: list[tuple[int, int, bytes]]) -> None:
        data = sealed
        for at, length, put in edits:
            data = data[:at] + put + data[at + length :]
        masked(path, data)
        for rules in (None, RULES):
            found = census(path, data, rules)
            assert found.leaves or found.findings or path == "a.yaml"
            if LeafState.OPEN in {leaf.state for leaf in found.leaves}:
                assert found.findings

    check()


@pytest.mark.parametrize("path", TEXTS)
@fast
@given(data=st.one_of(st.binary(max_size=200), st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes(path: str, data: bytes) -> None:
    census(path, data, RULES)
    census(path, b"sops: {mac: x, lastmodified: y}\n" + data, None)
    masked(path, data + b"ENC[AES256_GCM,")


@pytest.mark.parametrize("path", [path for path in TEXTS if path != "a.bin"])
def test_a_value_put_in_the_clear_is_never_silent(sealer: Sealer, path: str, canary: Canary) -> None:
    """Each sealed value in turn is replaced by a clear one, as after a careless edit."""
    import re

    sealed = sealer.seal(TEXTS[path], path)
    values = list(re.finditer(r"ENC\[AES256_GCM,[^\]]*type:(str|int)\]", sealed))
    body = [found for found in values if found.start() < (sealed.index("sops") if "sops" in sealed else len(sealed))]
    values = body or values[:2]
    assert values
    for found in values:
        changed = sealed[: found.start()] + canary.secret() + sealed[found.end() :]
        rules = {each.rule for each in census(path, changed.encode(), None).findings}
        assert rules & {"SK101", "SK103", "SK104", "SK901"}, (path, found.group(1))


def test_a_block_without_its_values_is_no_clean_file(sealer: Sealer) -> None:
    text = sealer.seal(TEXTS["a.ini"], "a.ini")
    block = text[text.index("[sops]") :]
    assert [found.rule for found in census("a.ini", f"; ENC[a\n\n{block}".encode(), None).findings] == ["SK105"]
