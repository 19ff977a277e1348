"""The cases of sops' own functional tests, with fresh keys and values, in both directions."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from real_sops import Bench, opened, seal, trees, values

from canary import Canary
from sealkit.errors import NoIdentityError, RefusedError, SealkitError
from sealkit.keys.keyring import Keyring
from sealkit.sealed.policy import read
from sealkit.sops.encrypt import plain


def test_recipients_of_two_kinds_each_opens(
    bench: Bench, keyring: Keyring, canary: Canary, gpg_key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = canary.secret()
    data = bench.encrypt("a.yaml", f"message: {secret}\n", "--pgp", gpg_key)
    assert values(opened("a.yaml", data, keyring)) == [secret]
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    import os

    by_pgp = Keyring.discover({**os.environ, "HOME": str(tmp_path / "none")})
    assert values(opened("a.yaml", data, by_pgp)) == [secret]


def test_a_file_without_mac_opens_only_where_told_to_ignore_it(bench: Bench, keyring: Keyring, canary: Canary) -> None:
    text = bench.encrypt("a.yaml", f"a: {canary.secret()}\n").decode()
    without = "".join(line for line in text.splitlines(keepends=True) if not line.strip().startswith("mac:"))
    assert without != text
    assert not bench.opens("a.yaml", without)
    assert bench.decrypt("a.yaml", without, "--ignore-mac")
    with pytest.raises(RefusedError):
        opened("a.yaml", without, keyring)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("# first comment in file\na: {0} # behind\n# this-is-a-comment\nb: {1}\n", ()),
        ("a:\n  # before an item\n  - {0}\n  - {1} # behind one\n  # at the end\n", ()),
        ("# open\na: {0}\n# open too\nb: {1}\n", ("--encrypted-regex", "^a$")),
    ],
    ids=["comments", "comments in a list", "open comments"],
)
def test_comments(bench: Bench, keyring: Keyring, canary: Canary, text: str, options: tuple[str, ...]) -> None:
    one, two = canary.secret(), canary.secret()
    whole = text.format(one, two)
    found = opened("a.yaml", bench.encrypt("a.yaml", whole, *options), keyring)
    assert values(found) == [one, two]
    for word in (part.strip() for part in whole.split("#")[1:]):
        assert word.splitlines()[0] in plain(found)
    rule = read(
        f"creation_rules:\n  - age: {bench.recipient}\n" + ("    encrypted_regex: ^a$\n" if options else "")
    ).rule_for("a.yaml")
    again = bench.decrypt("a.yaml", seal("a.yaml", whole, rule)).decode()
    assert one in again
    assert two in again


def test_a_time_is_a_time(bench: Bench, keyring: Keyring) -> None:
    data = bench.encrypt("a.yaml", "time: 2024-10-18T11:20:30+02:00\ntext: '2024-10-18'\n")
    assert b"type:time" in data
    assert [type(v).__name__ for v in values(opened("a.yaml", data, keyring))] == ["Timestamp", "str"]


def test_values_of_ini_are_text(bench: Bench, keyring: Keyring) -> None:
    data = bench.encrypt("a.ini", "[section]\ntruth = true\nnumber = 7\nfloat = 1.50\n")
    assert values(opened("a.ini", data, keyring)) == ["true", "7", "1.50"]


@pytest.mark.parametrize("groups", ["[]", "[{age: []}]", "[{age: []}, {age: []}]"])
def test_no_recipients_is_an_error(bench: Bench, groups: str) -> None:
    config = f"creation_rules:\n  - key_groups: {groups}\n"
    (bench.work / ".sops.yaml").write_text(config)
    done = bench.sops("--config", bench.work / ".sops.yaml", "encrypt", "--filename-override", "a.yaml", "/dev/stdin",
                      data="a: b\n", check=False)  # fmt: skip
    assert done.returncode
    with pytest.raises(SealkitError):
        seal("a.yaml", "a: b\n", read(config).rule_for("a.yaml"))


def test_a_share_that_is_missing(bench: Bench, keyring: Keyring, canary: Canary) -> None:
    import pyrage

    other = pyrage.x25519.Identity.generate().to_public()
    config = f"creation_rules:\n  - shamir_threshold: 2\n    key_groups: [{{age: [{bench.recipient}]}}, {{age: ['{other}']}}]\n"
    data = bench.encrypt("a.yaml", f"a: {canary.secret()}\n", config=config)
    with pytest.raises(NoIdentityError, match="1 of the 2 key groups"):
        opened("a.yaml", data, keyring)


def test_bytes_that_are_no_text(bench: Bench, keyring: Keyring) -> None:
    raw = bytes(range(256)) * 4
    found = opened("a.bin", bench.encrypt("a.bin", raw), keyring)
    assert plain(found).encode("utf-8", "surrogateescape") == raw


@pytest.mark.parametrize(("old", "new"), [("a.json", "a.yaml"), ("a.yaml", "a.json")])
def test_one_tree_in_two_formats(bench: Bench, keyring: Keyring, canary: Canary, old: str, new: str) -> None:
    """sops converts between two formats; sealkit decrypts the result to the same values."""
    secret = canary.secret()
    data = bench.encrypt(old, json.dumps({"a": {"b": secret, "list": ["x", "y"]}, "empty": {}, "none": None}))
    kinds = [name.rpartition(".")[2] for name in (old, new)]
    clear = bench.sops("decrypt", "--input-type", kinds[0], "--output-type", kinds[1], "/dev/stdin", data=data).stdout
    again = bench.encrypt(new, clear)
    assert trees(opened(new, again, keyring)) == trees(opened(old, data, keyring))


@pytest.mark.peers
@pytest.mark.parametrize("path", ["a.yaml", "a.json", "a.env", "a.ini", "a.txt"])
def test_the_block_as_an_old_sops_lays_it_out(
    bench: Bench, keyring: Keyring, canary: Canary, peer: Callable[[str], Path], path: str
) -> None:
    secret = canary.secret()
    text = {"a.yaml": f"a: {secret}\n", "a.json": f'{{"a": "{secret}"}}', "a.ini": f"[s]\na = {secret}\n"}
    done = subprocess.run(
        [peer("sops-3.9"), "encrypt", "--age", bench.recipient, "--filename-override", path, "/dev/stdin"],
        input=text.get(path, f"a={secret}\n").encode(), capture_output=True, check=True, cwd=bench.work,
    )  # fmt: skip
    assert b"kms" in done.stdout or path in {"a.env", "a.ini"}
    assert secret in plain(opened(path, done.stdout, keyring))
