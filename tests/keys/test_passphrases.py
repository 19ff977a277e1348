"""Passphrases and PINs are asked for on a terminal; without a terminal there is a clear error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from keys_lab import OPEN, plugin, ssh_key, typed

from canary import Canary
from sealkit.keys import recipients
from sealkit.sealed.metadata import Recipient

pytestmark = pytest.mark.slow

Case = Callable[[Recipient, int], list[str]]


@pytest.fixture
def case(home: Path, tmp_path: Path, canary: Canary) -> Case:
    """The arguments of a process that unwraps the data keys of so many files; it exits with 0 if all are right."""

    def make(who: Recipient, count: int) -> list[str]:
        key = canary.secret().encode().ljust(32, b"-")[:32]
        copies = [[[(who.kind, who.id, recipients.wrap(who, key))], f"{at}.yaml"] for at in range(count)]
        (tmp_path / "asked.json").write_text(json.dumps(copies))
        return [sys.executable, "-c", OPEN, str(tmp_path / "asked.json"), key.hex()]

    return make


def without_terminal(args: list[str]) -> tuple[int, str]:
    done = subprocess.run(
        args, start_new_session=True, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(("kind", "form"), [("ed25519", ""), ("rsa", ""), ("rsa", "PEM")])
def test_encrypted_ssh_key(home: Path, tmp_path: Path, canary: Canary, case: Case, kind: str, form: str) -> None:
    passphrase = canary.secret()
    path = home / f".ssh/id_{kind}"
    args = case(Recipient("age", ssh_key(path, kind=kind, form=form, passphrase=passphrase)), 3)
    before = path.read_bytes()
    code, shown = typed(args, [("old passphrase:", passphrase)])
    assert code == 0, shown
    assert f"opened ['{path}', '{path}', '{path}']" in shown
    assert shown.count("old passphrase") == 1
    canary.hear("terminal", shown)
    assert path.read_bytes() == before


def test_wrong_passphrase_of_an_ssh_key_three_times(home: Path, canary: Canary, case: Case) -> None:
    path = home / ".ssh/id_ed25519"
    args = case(Recipient("age", ssh_key(path, passphrase=canary.secret())), 2)
    code, shown = typed(args, [("old passphrase:", canary.secret("wrong"))] * 3)
    assert code == 3, shown
    assert f"{path}: wrong passphrase" in shown
    assert shown.count("old passphrase") == 3


def test_no_prompt_for_an_ssh_key_that_no_file_names(home: Path, canary: Canary, case: Case) -> None:
    ssh_key(home / ".ssh/id_ed25519", passphrase=canary.secret())
    other = pyrage.x25519.Identity.generate()
    code, shown = typed(case(Recipient("age", str(other.to_public())), 1), [])
    assert code == 3
    assert "passphrase" not in shown
    assert "no identity opens it" in shown


@pytest.mark.slow  # scrypt, as age has it
def test_passphrase_protected_identity_file(home: Path, tmp_path: Path, canary: Canary, case: Case) -> None:
    passphrase, key = canary.secret(), pyrage.x25519.Identity.generate()
    path = home / ".config/sops/age/keys.txt"
    path.parent.mkdir(parents=True)
    path.write_bytes(pyrage.passphrase.encrypt(f"# mine\n{key}\n".encode(), passphrase, armored=True))
    args = case(Recipient("age", str(key.to_public())), 5)
    code, shown = typed(args, [("passphrase of", canary.secret("wrong")), ("passphrase of", passphrase)])
    assert code == 0, shown
    assert shown.count("passphrase of") == 2
    canary.hear("terminal", shown)


def test_plugin_asks_for_its_pin_once(
    home: Path, tmp_path: Path, canary: Canary, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin = canary.secret()
    canary.allow(tmp_path / "bin")
    recipient, identity, log = plugin(tmp_path / "bin", pin=pin)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("SOPS_AGE_KEY", identity)
    args = case(Recipient("age", recipient), 10)
    log.unlink()
    code, shown = typed(args, [("age-plugin-lab: PIN", pin), ("age-plugin-lab: PIN", pin)])
    assert code == 0, shown
    assert "age-plugin-lab: touch the key" in shown
    # one session opens ten files; the second is the question which source opened them
    assert log.read_text().splitlines() == ["--age-plugin=identity-v1"] * 2
    assert shown.count("age-plugin-lab: PIN") == 2
    canary.hear("terminal", shown)


@pytest.mark.parametrize("kind", ["ssh", "plugin", "file"])
def test_no_prompt_without_a_terminal(
    home: Path, tmp_path: Path, canary: Canary, case: Case, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = pyrage.x25519.Identity.generate()
    who = Recipient("age", str(key.to_public()))
    if kind == "ssh":
        who = Recipient("age", ssh_key(home / ".ssh/id_ed25519", passphrase=canary.secret()))
    elif kind == "plugin":
        recipient, identity, _ = plugin(tmp_path / "bin", pin="1")
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
        monkeypatch.setenv("SOPS_AGE_KEY", identity)
        who = Recipient("age", recipient)
    else:
        (tmp_path / "k").write_bytes(pyrage.passphrase.encrypt(f"{key}\n".encode(), canary.secret()))
        monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(tmp_path / "k"))
    code, shown = without_terminal(case(who, 2))
    assert code == 3, shown
    assert "needs a passphrase or an answer, and there is no terminal" in shown
    assert "Traceback" not in shown
