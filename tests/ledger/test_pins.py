"""The files of pins: written by several processes at once, of an earlier version, and broken."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sealkit.errors import RefusedError, SealkitError
from sealkit.ledger import pins
from sealkit.ledger.admission import Admission
from sealkit.ledger.signing import new_key
from sealkit.ledger.text import Ledger
from sealkit.source.clone_facts import CloneFacts, normalised


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(tmp_path / "config")}


def old_pin(env: dict[str, str], common_dir: Path, signer: str) -> Path:
    """As an earlier version wrote it."""
    where = str(common_dir.resolve())
    path = pins.folder(env) / f"{hashlib.sha256(where.encode()).hexdigest()[:32]}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    body = {"version": 1, "repository": where, "signer": signer, "verified": "0" * 64, "versions": {"a.yaml": 7}}
    path.write_text(json.dumps(body))
    return path


def test_a_pin_of_an_earlier_version_is_moved_over_once(
    env: dict[str, str], repo: Path, tmp_path: Path, git: Callable[..., object]
) -> None:
    git(repo, "commit", "-q", "--allow-empty", "-m", "begin")
    ledger = Ledger(new_key().public, id="1" * 32, name="homelab")
    path = old_pin(env, repo / ".git", ledger.signer)
    forged = Ledger(new_key().public, id="1" * 32, name="homelab")
    with pytest.raises(RefusedError, match="by its folder"):
        Admission(CloneFacts(repo, repo / ".git"), env).admit(forged.text())
    admission = Admission(CloneFacts(repo, repo / ".git"), env)
    admission.admit(ledger.text())
    admission.remember(ledger, ledger.text())
    body = json.loads(path.read_text())
    assert (body["version"], body["id"], body["folders"]) == (2, ledger.id, [str(repo / ".git")])
    assert body["roots"]
    assert body["versions"] == {}, "those of an earlier version were the versions of mere writing"
    assert [one.path for one in pins.read_all(env)] == [path]


def test_a_repository_that_moved_before_its_pin_was_moved_over(env: dict[str, str], repo: Path, tmp_path: Path) -> None:
    ledger = Ledger(new_key().public, id="1" * 32, name="homelab")
    old_pin(env, tmp_path / "where it was", ledger.signer)
    admission = Admission(CloneFacts(repo, repo / ".git"), env)
    assert admission.admit(ledger.text()) is not None


def test_two_processes_at_once_lose_nothing(env: dict[str, str]) -> None:
    for _ in range(2):
        one, two = (pins.new(env, "1" * 32, "ed25519:a") for _ in range(2))
        for pin in (one, two):
            pin.move("ed25519:a")
        one.learn(folder="/one", roots=frozenset({"1" * 40}), origin="host/one")
        two.learn(folder="/two", roots=frozenset({"2" * 40}), origin="host/two")
        one.versions, two.versions = {"a": 3, "b": 1}, {"a": 2, "c": 1}
        one.save()
        two.save()
    (pin,) = pins.read_all(env)
    assert set(pin.folders) == {"/one", "/two"}
    assert pin.roots == {"1" * 40, "2" * 40}
    assert set(pin.origins) == {"host/one", "host/two"}
    assert pin.versions == {"a": 3, "b": 1, "c": 1}


def test_who_started_before_a_signing_key_was_taken_does_not_bring_the_old_one_back(env: dict[str, str]) -> None:
    first = pins.new(env, "1" * 32, "ed25519:a")
    first.move("ed25519:a")
    first.save()
    (early,), (late,) = pins.read_all(env), pins.read_all(env)
    late.move("ed25519:b")
    late.save()
    early.note("a text of the old signing key")
    early.save()
    (pin,) = pins.read_all(env)
    assert (pin.signer, pin.followed, pin.verified) == ("ed25519:b", ("ed25519:a",), ())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 2}', '{"version": 2, "signer": 1}', '{"version": "2"}'])
def test_a_pin_that_cannot_be_read_is_an_error(env: dict[str, str], text: str) -> None:
    path = pins.folder(env) / "x.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(SealkitError) as caught:
        pins.read_all(env)
    assert str(path) in caught.value.message


def test_a_pin_of_a_later_version_is_an_error(env: dict[str, str]) -> None:
    path = pins.folder(env) / "x.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"version": 3}')
    with pytest.raises(SealkitError, match="later version"):
        pins.read_all(env)


@pytest.mark.parametrize(
    "address",
    [
        "git@git.example.org:me/homelab.git", "https://git.example.org/me/homelab", "https://me@git.example.org/me/homelab.git/",
        "https://me:@git.example.org:443/me/homelab", "ssh://git@git.example.org:22/me/homelab.git",
        "ssh://git@git.example.org/me/homelab", "git.example.org:/me/homelab", "HTTPS://Git.Example.org/Me/Homelab.git",
        "git+ssh://git@git.example.org//me/homelab", "https://git.example.org/me%2Fhomelab",
    ],
)  # fmt: skip
def test_ways_to_one_address(address: str) -> None:
    assert normalised(address, Path("/x")) == "git.example.org/me/homelab"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://git.example.org:8443/me/homelab", "git.example.org:8443/me/homelab"),
        ("ssh://git@[::1]:2222/me/homelab", "::1:2222/me/homelab"),
        ("file:///srv/homelab.git", "/srv/homelab"), ("/srv/homelab/.git", "/srv/homelab"), ("../b", "/srv/b"), ("", ""),
    ],
)  # fmt: skip
def test_other_addresses(address: str, expected: str) -> None:
    assert normalised(address, Path("/srv/a")) == expected


def test_no_user_and_no_password_is_kept(env: dict[str, str], repo: Path, git: Callable[..., object]) -> None:
    login = "me:" + "hunter2"
    for address in (f"https://{login}@[bad/x", f"https://{login}@git.example.org/x"):
        git(repo, "config", "remote.origin.url", address)
        assert "hunter2" not in CloneFacts(repo, repo / ".git").origin
