"""sealkit decrypts what sops encrypts and the reverse, with equal values, for every format and every selector mode."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import yaml
from real_sops import Bench, GoLoader, meaning, opened, reseal, rule, seal, trees, values
from sample_texts import CONFIG, DOTENV, INI, JSON, MULTI, SELECTORS, YAML, config

from canary import Canary
from sealkit.keys.keyring import Keyring
from sealkit.sealed.file import SealedFile
from sealkit.sops.encrypt import plain

pytestmark = pytest.mark.slow


def yaml_text(canary: Canary) -> str:
    return YAML.format(one=canary.secret(), two=canary.secret(), three=canary.secret())


@pytest.mark.parametrize("mode", CONFIG)
def test_yaml_from_sops(bench: Bench, keyring: Keyring, canary: Canary, mode: str) -> None:
    text = yaml_text(canary)
    sealed = bench.encrypt("a.yaml", text, config=config(bench, mode))
    found = opened("a.yaml", sealed, keyring)
    theirs = bench.decrypt("a.yaml", sealed)
    assert trees(found) == [yaml.load(theirs, Loader=GoLoader)]
    ours = trees(opened("a.yaml", seal("a.yaml", plain(found), rule(bench.recipient)), keyring))
    assert ours == trees(found)
    assert bench.decrypt("a.yaml", reseal(found, plain(found))) == theirs


@pytest.mark.parametrize("mode", SELECTORS)
def test_yaml_to_sops(bench: Bench, keyring: Keyring, canary: Canary, mode: str) -> None:
    text = yaml_text(canary)
    name, pattern = SELECTORS[mode]
    sealed = seal("a.yaml", text, rule(bench.recipient, mode=name, pattern=pattern, mac_only=mode == "mac_only"))
    assert canary.text not in sealed or mode.startswith(("encrypted", "unencrypted_comment"))
    theirs = bench.decrypt("a.yaml", bench.encrypt("a.yaml", text, config=config(bench, mode)))
    assert yaml.load(bench.decrypt("a.yaml", sealed), Loader=GoLoader) == yaml.load(theirs, Loader=GoLoader)
    assert bench.decrypt("a.yaml", sealed).count(b"#") == theirs.count(b"#")
    again = plain(opened("a.yaml", sealed, keyring))
    assert meaning(again) == meaning(text)
    assert again.count("#") == text.count("#")


@pytest.mark.parametrize("mode", ["all", "encrypted_regex", "mac_only"])
def test_multi_document_yaml(bench: Bench, keyring: Keyring, canary: Canary, mode: str) -> None:
    text = MULTI.format(one=canary.secret(), two=canary.secret(), three=canary.secret())
    sealed = bench.encrypt("a.yaml", text, config=config(bench, mode))
    found = opened("a.yaml", sealed, keyring)
    theirs = list(yaml.load_all(bench.decrypt("a.yaml", sealed), Loader=GoLoader))
    assert trees(found) == theirs
    name, pattern = SELECTORS[mode]
    mine = seal("a.yaml", text, rule(bench.recipient, mode=name, pattern=pattern, mac_only=mode == "mac_only"))
    assert list(yaml.load_all(bench.decrypt("a.yaml", mine), Loader=GoLoader)) == theirs
    assert plain(opened("a.yaml", mine, keyring)) == text


@pytest.mark.parametrize("mode", ["all", "encrypted_regex", "mac_only"])
def test_json(bench: Bench, keyring: Keyring, canary: Canary, mode: str) -> None:
    text = JSON.format(one=canary.secret(), two=canary.secret())
    sealed = bench.encrypt("a.json", text, config=config(bench, mode))
    found = opened("a.json", sealed, keyring)
    assert trees(found) == [json.loads(text)]
    assert type(trees(found)[0]["data"]["int"]) is int  # type: ignore[index]
    assert json.loads(plain(found)) == json.loads(text)
    name, pattern = SELECTORS[mode]
    mine = seal("a.json", text, rule(bench.recipient, mode=name, pattern=pattern, mac_only=mode == "mac_only"))
    assert json.loads(bench.decrypt("a.json", mine)) == json.loads(text)
    assert json.loads(plain(opened("a.json", mine, keyring))) == json.loads(text)


@pytest.mark.parametrize(("path", "text"), [("a.env", DOTENV), ("a.ini", INI)])
def test_dotenv_and_ini(bench: Bench, keyring: Keyring, canary: Canary, path: str, text: str) -> None:
    text = text.format(one=canary.secret(), two=canary.secret())
    sealed = bench.encrypt(path, text)
    found = opened(path, sealed, keyring)
    theirs = bench.decrypt(path, sealed)
    mine = seal(path, text, rule(bench.recipient))
    assert bench.decrypt(path, mine) == theirs
    again = opened(path, mine, keyring)
    assert trees(again) == trees(found)
    assert plain(again) == text
    assert values(opened(path, seal(path, theirs.decode(), rule(bench.recipient)), keyring)) == values(found)


def test_dotenv_with_export(bench: Bench, keyring: Keyring, canary: Canary) -> None:
    text = f"export PASSWORD={canary.secret()}\nB=2\n"
    mine = seal("a.env", text, rule(bench.recipient))
    assert bench.decrypt("a.env", mine) == bench.decrypt("a.env", bench.encrypt("a.env", text))
    assert plain(opened("a.env", mine, keyring)) == text


@pytest.mark.parametrize("path", ["prod.tfvars.enc", "a.toml", "noend", "a.txt"])
@pytest.mark.parametrize("kind", ["text", "bytes", "crlf"])
def test_binary(bench: Bench, keyring: Keyring, canary: Canary, path: str, kind: str) -> None:
    data = f'password = "{canary.secret()}"\n'.encode()
    data = {"text": data, "bytes": data + bytes(range(256)), "crlf": data.replace(b"\n", b"\r\n")}[kind]
    sealed = bench.encrypt(path, data)
    found = opened(path, sealed, keyring)
    assert plain(found).encode("utf-8", "surrogateescape") == data
    mine = seal(path, data.decode("utf-8", "surrogateescape"), rule(bench.recipient))
    assert bench.decrypt(path, mine, "--output-type", "binary") == data
    assert plain(opened(path, mine, keyring)).encode("utf-8", "surrogateescape") == data


def test_pgp_both_ways(bench: Bench, keyring: Keyring, canary: Canary, gpg_key: str) -> None:
    text = f"password: {canary.secret()}\n"
    sealed = bench.sops("encrypt", "--pgp", gpg_key, "--filename-override", "a.yaml", "/dev/stdin", data=text).stdout
    assert plain(opened("a.yaml", sealed, keyring)) == text
    from sealkit.sealed.metadata import Recipient
    from sealkit.sealed.policy import CreationRule

    mine = seal("a.yaml", text, CreationRule(groups=[[Recipient("pgp", gpg_key)]]))
    assert yaml.safe_load(bench.decrypt("a.yaml", mine)) == yaml.safe_load(text)


def test_many_files_at_once_each_with_its_own_answer(bench: Bench, keyring: Keyring, canary: Canary) -> None:
    import pyrage

    from sealkit.errors import NoIdentityError, SealkitError
    from sealkit.sops.decrypt import KeyOpener, open_files

    other = str(pyrage.x25519.Identity.generate().to_public())
    text = f"password: {canary.secret()}\n"
    files = {
        "b.yaml": seal("b.yaml", text, rule(bench.recipient)).encode(),
        "a.json": bench.encrypt("a.json", '{"a": "b"}'),
        "locked.yaml": seal("locked.yaml", text, rule(other)).encode(),
        "plain.yaml": text.encode(),
        "broken.yaml": b"a: [",
        "latin.yaml": "a: é\n".encode("latin-1"),
    }
    sealed = {path: SealedFile(path, data) for path, data in files.items()}
    found = open_files(sealed, keyring)
    assert list(found) == list(files)
    codes = {path: None if not isinstance(each, SealkitError) else int(each.exit_code) for path, each in found.items()}
    assert codes == {
        "b.yaml": None, "a.json": None, "locked.yaml": 3, "plain.yaml": 2, "broken.yaml": 2, "latin.yaml": 2,
    }  # fmt: skip
    locked = found["locked.yaml"]
    assert isinstance(locked, NoIdentityError)
    assert other in locked.message
    assert "keys.txt" in (locked.hint or "")
    for error in found.values():
        if isinstance(error, SealkitError):
            canary.hear("message", f"{error.message} {error.hint}")
            assert "\n" not in error.message
    with pytest.raises(NoIdentityError):
        KeyOpener(keyring).open_all({"b.yaml": sealed["b.yaml"], "locked.yaml": sealed["locked.yaml"]})
    trees_ = KeyOpener(keyring).open_all({"b.yaml": sealed["b.yaml"]})["b.yaml"]
    assert repr(trees_) == "[{'password': Sensitive('***')}]"
    assert str(trees_[0]["password"].origins[0]) == "b.yaml#.password"


def test_no_secret_in_a_repr(bench: Bench, keyring: Keyring, canary: Canary) -> None:
    found = opened("a.yaml", seal("a.yaml", f"a: {canary.secret()}\n", rule(bench.recipient)), keyring)
    shown = repr(found)
    canary.hear("repr", shown)
    assert found.data_key.hex() not in shown
    assert repr(found.data_key) not in shown
    assert os.environ["HOME"] not in shown


def test_a_folder_of_odd_files(bench: Bench, keyring: Keyring, tmp_path: Path) -> None:
    """Each is one clear error with exit code 2."""
    from sealkit.errors import Exit, SealkitError

    for path, data in {
        "empty.yaml": b"", "bom.yaml": b"\xef\xbb\xbfa: b\n", "nul.yaml": b"a: \x00\n", "deep.json": b"[" * 2000,
        "deep.yaml": b"a: " + b"[" * 2000, "list.yaml": b"- a\nsops: x\n", "a.ini": b"[sops]\n", "a.env": b"sops_x=1\n",
        "text.bin": b"no json", "half.json": b'{"sops": {}', "sops.yaml": b"a: b\nsops: 1\n", "s.yaml": b"a: b\nsops: {}\n",
    }.items():  # fmt: skip
        with pytest.raises(SealkitError) as caught:
            opened(path, data.decode("utf-8"), keyring)
        assert caught.value.exit_code is Exit.FAILED, path
        assert path in caught.value.message
        assert "\n" not in caught.value.message
