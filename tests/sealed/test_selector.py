"""Which leaves are sealed: as the real sops chooses, in every mode and format."""

from __future__ import annotations

from pathlib import Path

import pytest
from census_files import Sealer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_texts import SAMPLES, commented, parse

from canary import Canary
from sealkit.errors import SealkitError
from sealkit.sealed.metadata import Selector
from sealkit.sealed.selector import chosen

SECRETS = """\
# above
data: a
# hidden below
metadata:
    name: b
    data_unencrypted: c
    # nested
    pass: d
    list:
        - e
        # hidden
        - f
        - pass: g
        - [h, i]
    empty: {}
    last: j
deep_enc:
    any: k
    # note
    none: null
    more: ""
Password: 1
stringData:
    x: y
# hidden
gone: {}
after: z
"""

MODES = [
    Selector(),
    Selector("unencrypted_suffix", "_unencrypted"),
    Selector("encrypted_suffix", "_enc"),
    Selector("unencrypted_regex", "^(metadata|after)$"),
    Selector("encrypted_regex", "^(data|stringData)$"),
    Selector("encrypted_regex", "(?i)pass"),
    Selector("encrypted_regex", r"^\pL+$"),
    Selector("unencrypted_comment_regex", "hidden"),
    Selector("encrypted_comment_regex", "hidden"),
    Selector("encrypted_comment_regex", "^ (nested|note)$"),
]


@pytest.fixture
def sealer(tmp_path: Path, age_key: str, canary: Canary) -> Sealer:
    """sops with one age identity at hand."""
    canary.allow(tmp_path / "home")
    folder = tmp_path / "repository"
    folder.mkdir()
    return Sealer(folder, age_key)


def agrees(sealer: Sealer, text: str, path: str, selector: Selector) -> None:
    """The choice over a plain text, and over what sops made of it, is the choice of sops."""
    sealer.policy_of(*([f"{selector.mode}: '{selector.pattern}'"] if selector.mode else []))
    ciphertext = sealer.seal(text, path)
    plain, sealed = parse(text, path), parse(ciphertext, path)
    assert sealed.metadata is not None
    if selector.mode:
        assert sealed.metadata.selector == selector
    leaves = [item.sealed for item in sealed.items if not item.comment]
    picks = zip(chosen(plain, selector), plain.items, strict=True)
    assert [pick and item.value != "" for pick, item in picks if not item.comment] == leaves
    if not sealer.opens(ciphertext, path):
        return  # sops may print a comment elsewhere than it found it, and then not open the file itself
    picked = chosen(sealed, sealed.metadata.selector)
    for item, pick in zip(sealed.items, picked, strict=True):
        assert item.comment or (pick and item.value != "") is item.sealed


@pytest.mark.parametrize("selector", MODES, ids=lambda s: f"{s.mode}={s.pattern}")
def test_as_sops_chooses(sealer: Sealer, selector: Selector) -> None:
    agrees(sealer, SECRETS, "a.yaml", selector)


@pytest.mark.parametrize("path", ["a.json", "a.env", "a.ini", "a.txt"])
@pytest.mark.parametrize(
    "selector",
    [
        Selector("encrypted_regex", "^(a|b|A|one)$"),
        Selector("unencrypted_suffix", "b"),
        Selector("unencrypted_comment_regex", " (note|of|x$)"),
        Selector("encrypted_comment_regex", "^( note|of one|x)"),
    ],
    ids=lambda s: s.mode,
)
def test_other_formats(sealer: Sealer, path: str, selector: Selector) -> None:
    if path == "a.txt":
        sealed = parse(sealer.seal(SAMPLES[path], path), path)
        assert chosen(sealed, selector) == [True]
        return
    agrees(sealer, SAMPLES[path], path, selector)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=commented(), mode=st.sampled_from(["encrypted_comment_regex", "unencrypted_comment_regex", "encrypted_regex"])
)
def test_comment_rules(sealer: Sealer, text: str, mode: str) -> None:
    agrees(sealer, text + "last: x\n", "a.yaml", Selector(mode, "[13579]$"))


def test_comments_themselves() -> None:
    """A comment that asks for sealing stays open; one that asks for openness, too."""
    parsed = parse("# see hidden\n# more\na: 1\nb: 2\n")
    assert chosen(parsed, Selector("encrypted_comment_regex", "hidden")) == [False, True, True, False]
    assert chosen(parsed, Selector("unencrypted_comment_regex", "hidden")) == [False, False, False, True]


def test_what_cannot_be_chosen() -> None:
    with pytest.raises(SealkitError, match="RE2"):
        chosen(parse("a: b\n"), Selector("encrypted_regex", "(?=a)"))
    with pytest.raises(SealkitError, match="RE2"):
        chosen(parse("a: b\n"), Selector("encrypted_comment_regex", "("))
    with pytest.raises(SealkitError, match="alias"):
        chosen(parse("a: &x {b: 1, c: 2}\nd: *x\n"), Selector("encrypted_comment_regex", "x"))
