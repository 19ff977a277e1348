"""The stores against the real sops: what it seals is read whole, and what they write it opens."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from census_files import SOPS, Sealer
from hypothesis import HealthCheck, given, settings
from store_texts import SAMPLES, YAML, block, commented, parse, sealing, write

from canary import Canary
from sealkit.errors import SealkitError
from sealkit.sealed.metadata import Selector, Wrapped
from sealkit.sealed.stores.parsed import Parsed, ciphertext_type
from sealkit.yamlspan.scalars import Timestamp


@pytest.fixture
def sealer(tmp_path: Path, age_key: str, canary: Canary) -> Sealer:
    """sops with one age identity at hand."""
    canary.allow(tmp_path / "home")
    folder = tmp_path / "repository"
    folder.mkdir()
    return Sealer(folder, age_key)


@pytest.mark.parametrize("path", sorted(SAMPLES))
def test_what_sops_sealed_is_read_and_written_back(sealer: Sealer, path: str) -> None:
    text = SAMPLES[path]
    sealed = sealer.seal(text, path)
    plain, found = parse(text, path), parse(sealed, path)
    assert [(i.document, i.route.keys, i.comment) for i in plain.items] == [
        (i.document, i.route.keys, i.comment) for i in found.items
    ]
    for before, after in zip(plain.items, found.items, strict=True):
        assert after.sealed is (before.value not in (None, ""))
    assert found.metadata is not None
    assert [str(recipient) for recipient in found.metadata.recipients] == [sealer.recipient]
    assert found.metadata.version == "3.11.0"
    assert write(found, {}, found.metadata) == sealed


@pytest.mark.parametrize("path", sorted(SAMPLES))
def test_our_layout_is_opened_by_sops(sealer: Sealer, path: str) -> None:
    """The ciphertexts of sops at their places in the text as it was: sops gives back the same."""
    text = SAMPLES[path]
    sealed = sealer.seal(text, path)
    theirs = parse(sealed, path)
    ours = moved(parse(text, path), theirs)
    opened, again = sealer.open(ours, path), sealer.open(sealed, path)
    assert opened.returncode == 0, opened.stderr
    assert "ENC[" not in opened.stdout
    if path == "a.yaml":  # the comment behind an item stays there
        assert set(opened.stdout.split()) == set(again.stdout.split())
    else:
        assert opened.stdout == again.stdout


def moved(plain: Parsed, sealed: Parsed) -> str:
    """A plain text with the values and the block of a sealed one."""
    seen = [at for at in range(len(plain.items)) if at not in plain.dropped_comments]
    values = {at: item.value for at, item in zip(seen, sealed.items, strict=True) if item.sealed}
    return write(plain, values, sealed.metadata)


@pytest.mark.slow
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=commented())
def test_comments_belong_where_sops_sees_them(sealer: Sealer, text: str) -> None:
    """A sealed comment opens only under the path of the mapping or list that sops finds it in."""
    text += "last: x\n"  # what ends a file moves to the top once nothing follows it
    theirs, plain = parse(sealer.seal(text)), parse(text)
    assert [i.route for i in plain.items if not i.comment] == [i.route for i in theirs.items if not i.comment]
    opened = sealer.open(moved(plain, theirs))
    assert opened.returncode == 0, opened.stderr
    assert "ENC[" not in opened.stdout


@pytest.mark.parametrize("path", ["a.yaml", "b.yaml", "a.json", "a.env", "a.ini"])
@pytest.mark.parametrize("setting", ["mac_only_encrypted: true", "encrypted_regex: ^(a|first|A|one)$", "shamir"])
def test_block_is_written_as_sops_does(sealer: Sealer, path: str, setting: str) -> None:
    rules = [setting]
    if setting == "shamir":
        group = f"{{age: [{sealer.recipient}]}}"
        rules = ["shamir_threshold: 2", f"key_groups: [{group}, {group}, {group}]"]
    sealer.policy_of(*rules)
    sealed = sealer.seal(SAMPLES[path], path)
    found = parse(sealed, path)
    assert found.metadata is not None
    bare = parse(write(found, {}, None), path)
    assert bare.metadata is None
    again = write(bare, {}, found.metadata)
    assert parse(again, path).metadata == found.metadata
    if path.endswith(".ini"):  # sops orders the lines at random
        assert sorted(again.splitlines()) == sorted(sealed.splitlines())
    else:
        assert again.replace('"hc_vault": []', '"hc_vault": null') == sealed
    assert sealer.opens(again, path)


@pytest.mark.peers
@pytest.mark.parametrize("name", ["sops-3.9", "sops-3.13"])
@pytest.mark.parametrize("path", ["a.yaml", "b.yaml", "a.json", "a.env", "a.ini", "a.txt"])
def test_other_versions(sealer: Sealer, peer: Callable[[str], Path], name: str, path: str) -> None:
    sealer.policy_of()
    text = SAMPLES[path].replace("time: 2020-01-02\n", "")  # sops 3.9 knows no times
    command = [peer(name), "encrypt", "--filename-override", path, "/dev/stdin"]
    sealed = subprocess.run(command, cwd=sealer.folder, input=text, capture_output=True, text=True, check=True).stdout
    found = parse(sealed, path)
    assert found.metadata is not None
    assert write(found, {}, found.metadata) == sealed
    ours = moved(parse(text, path), found)
    (sealer.folder / path).write_text(ours)
    done = subprocess.run([peer(name), "decrypt", path], cwd=sealer.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "ENC[" not in done.stdout


def test_values_are_typed_as_sops_types_them() -> None:
    values = {str(item.route): item.value for item in parse(YAML).items if not item.comment}
    assert values[".numbers[0]"] == 1
    assert values[".numbers[1]"] == 1.5
    assert values[".quoted"] == "a\tb: #c"
    assert values[".single"] == "it's"
    assert values[".block"] == "line one\nline two\n"
    assert values[".folded"] == "a b"
    assert type(values[".time"]) is Timestamp
    assert values[".time"] == "2020-01-02T00:00:00Z"
    assert values[".nothing"] is None
    assert values[".empty"] == ""
    assert values['.flow["b c"][1]'] == "off"
    assert values[".nested[0][1].key"] == "1"
    assert ".none" not in values
    assert [str(route) for _, _, route in parse(YAML).empty_collections] == [".none", ".no"]


def test_only_what_changed_is_written(sealer: Sealer) -> None:
    sealed = sealer.seal(YAML)
    found = parse(sealed)
    assert found.metadata is not None
    index = next(at for at, item in enumerate(found.items) if str(item.route) == ".last")
    value = found.items[index].value
    assert isinstance(value, str)
    other = value.replace("data:", "data:AAAA")
    mac = replace(found.metadata, mac=other, lastmodified="2030-01-01T00:00:00Z")
    after = write(found, {index: other}, mac).splitlines()
    changed = [line for line, old in zip(after, sealed.splitlines(), strict=True) if line != old]
    assert [line.strip().partition(":")[0] for line in changed] == ["last", "lastmodified", "mac"]


@pytest.mark.parametrize("path", ["a.yaml", "b.yaml", "a.json", "a.env", "a.ini", "a.txt"])
def test_recipients_change_alone(sealer: Sealer, path: str) -> None:
    """A copy that stays keeps its lines; the new one has the form of those that were there."""
    sealed = sealer.seal(SAMPLES[path], path)
    found = parse(sealed, path)
    assert found.metadata is not None
    own = found.metadata.groups[0][0]
    other = Wrapped(own.recipient._replace(id="age1other"), own.enc)
    wider = replace(found.metadata, groups=[[own, other]])
    written = write(found, {}, wider)
    assert parse(written, path).metadata == replace(wider, order=parse(written, path).metadata.order)  # type: ignore[union-attr]
    if not path.endswith(".json") and not path.endswith(".txt"):
        assert set(sealed.splitlines()) <= set(written.splitlines())
    assert sealer.opens(written, path)
    assert write(parse(written, path), {}, found.metadata) == sealed
    swapped = write(found, {}, replace(found.metadata, groups=[[other, own]]))
    assert sealer.opens(swapped, path)


def test_comment_in_a_list_becomes_a_comment_again(sealer: Sealer) -> None:
    text = "a:\n    # one\n    - x\n    # two\nb:\n    - c: d # three\n"
    found = parse(sealer.seal(text))
    comments = {
        at: f" {n}"
        for at, n in zip([at for at, i in enumerate(found.items) if i.comment], ["1", "2", "3"], strict=True)
    }
    plain = {at: "v" for at, item in enumerate(found.items) if not item.comment}
    written = write(found, comments | plain, None)
    assert written == "a:\n    # 1\n    - v\n    # 2\nb:\n    # 3\n    - c: v\n"
    assert [item.value for item in parse(written).items if item.comment] == [" 1", " 2", " 3"]


def test_aliases_are_written_out(sealer: Sealer) -> None:
    text = "base: &b\n    x: one\n    y: [1, two]\ncopy: *b\nmerged:\n    <<: *b\n    z: &z three\nscalar: *z\n"
    theirs = parse(sealer.seal(text))
    ours = moved(parse(text), theirs)
    assert "*" not in ours.partition("sops:")[0]
    (sealer.folder / "a.yaml").write_text(ours)
    command = [SOPS, "decrypt", "--output-type", "json", "a.yaml"]
    opened = subprocess.run(command, cwd=sealer.folder, capture_output=True, check=True).stdout
    assert json.loads(opened) == {
        "base": {"x": "one", "y": [1, "two"]},
        "copy": {"x": "one", "y": [1, "two"]},
        "merged": {"<<": {"x": "one", "y": [1, "two"]}, "z": "three"},
        "scalar": "three",
    }


def test_comments_of_an_alias() -> None:
    """What is written out in place of an alias has its comments, so they are bound to its path."""
    parsed = parse("a: &x {b: c}\ne: *x # f\n")
    assert [(str(item.route), item.value) for item in parsed.items] == [
        (".a.b", "c"), (".e", " f"), (".e.b", "c")
    ]  # fmt: skip
    sealed = parse(write(parsed, sealing(parsed), block()))
    assert [str(item.route) for item in sealed.items] == [".a.b", ".e", ".e.b"]


@pytest.mark.parametrize(
    ("path", "text"), [("a.yaml", "# alone\n"), ("a.ini", "[a]\nb = c\n; lost\n"), ("a.env", "sops_x=1\n")]
)
def test_what_cannot_be_sealed(path: str, text: str) -> None:
    """sops refuses it, or would lose a part of it."""
    parsed = parse(text, path)
    with pytest.raises(SealkitError) as caught:
        write(parsed, sealing(parsed), block())
    assert caught.value.hint
    assert caught.value.message.startswith(path)


def test_binary_blocks_name_no_selector(sealer: Sealer) -> None:
    found = parse(sealer.seal("x", "a.bin"), "a.bin")
    assert found.metadata is not None
    strict = replace(found.metadata, selector=Selector("encrypted_regex", "^never$"))
    written = write(parse("x", "a.bin"), {0: found.items[0].value}, strict)
    assert parse(written, "a.bin").metadata == found.metadata
    assert sealer.open(written, "a.bin").stdout == "x"


def test_every_sealed_item_is_told_by_its_kind(sealer: Sealer) -> None:
    kinds = {
        str(i.route): ciphertext_type(i.value) for i in parse(sealer.seal(YAML)).items if i.sealed and not i.comment
    }
    assert kinds[".numbers[0]"] == "int"
    assert kinds[".numbers[1]"] == "float"
    assert kinds[".time"] == "time"
    assert kinds[".flow.a"] == "str"
    assert kinds['.flow["b c"][0]'] == "bool"
