"""Plugins that misbehave, and the environment that plugins get. test_key_opening tests the protocol itself: the real sops uses
the same plugin."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import pytest
from keys_lab import pgp_key, plugin

from canary import Canary
from sealkit.errors import SealkitError
from sealkit.keys import recipients
from sealkit.keys.keyring import Keyring
from sealkit.sealed.metadata import Recipient, Wrapped


@pytest.fixture
def lab(home: Path, tmp_path: Path, canary: Canary, monkeypatch: pytest.MonkeyPatch) -> tuple[Wrapped, bytes]:
    """A data key wrapped by a plugin whose identity is available, and that key."""
    recipient, identity, _ = plugin(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("SOPS_AGE_KEY", identity)
    key = canary.secret().encode().ljust(32, b"-")[:32]
    who = Recipient("age", recipient)
    return Wrapped(who, recipients.wrap(who, key)), key


def become(tmp_path: Path, body: str) -> None:
    """Replace the plugin by another program."""
    (tmp_path / "bin/age-plugin-lab").write_text(f"#!{sys.executable}\nimport sys\n{body}\n")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "age-plugin-lab stopped"),
        ("sys.exit(3)", "age-plugin-lab stopped"),
        ("print('hello')", "age-plugin-lab stopped"),
        ("sys.stdout.buffer.write(b'-> \\xff\\n\\n')", "age-plugin-lab stopped"),
        ("sys.stdout.write('-> msg\\n' + 'A' * 64)", "age-plugin-lab stopped"),
        ("sys.stdout.write('-> msg\\n!!\\n')", "age-plugin-lab stopped"),
        ("sys.stdin.read(1)\nwhile True: print('-> msg\\n', flush=True)", "does not finish"),
        ("sys.stdout.write('-> done\\n\\n')", "no identity opens it"),
        ("sys.stdout.write('-> file-key 0\\nAAAA\\n-> done\\n\\n')", "no identity opens it"),
        (
            "sys.stdout.write('-> file-key 7\\nAAAA\\n-> file-key x\\n\\n-> file-key\\n\\n-> new 1\\n\\n-> done\\n\\n')",
            "no identity",
        ),
    ],
)
def test_a_plugin_that_misbehaves(lab: tuple[Wrapped, bytes], tmp_path: Path, body: str, message: str) -> None:
    become(tmp_path, body)
    held = Keyring.discover(os.environ)
    assert held.unwrap([lab[0], lab[0]]) == [None, None]
    assert message in held.refusal([lab[0]], "a.yaml").message


@pytest.mark.parametrize(
    "body", ["", "sys.stdout.write('-> done\\n\\n')", "sys.stdout.write('-> error internal\\n\\n-> done\\n\\n')"]
)
def test_a_plugin_that_does_not_wrap(lab: tuple[Wrapped, bytes], tmp_path: Path, body: str) -> None:
    become(tmp_path, body)
    with pytest.raises(SealkitError, match=r"age-plugin-lab (stopped|did not wrap the file key)"):
        recipients.wrap(lab[0].recipient, lab[1])


def test_a_plugin_does_not_see_the_key_in_the_environment(lab: tuple[Wrapped, bytes], tmp_path: Path) -> None:
    become(tmp_path, f"import os\nopen({str(tmp_path / 'env')!r}, 'w').write(str(dict(os.environ)))")
    Keyring.discover(os.environ).unwrap([lab[0]])
    seen = (tmp_path / "env").read_text()
    assert "SOPS_AGE_KEY" not in seen
    assert "XDG_CONFIG_HOME" in seen


def test_nothing_secret_in_debug_logs(lab: tuple[Wrapped, bytes], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    copy, key = lab
    who = Recipient("pgp", pgp_key("me@example.invalid"))
    sealed = Wrapped(who, recipients.wrap(who, key))
    assert Keyring.discover(os.environ).unwrap([copy, sealed]) == [key, key]
    assert "gpg" in caplog.text  # python-gnupg logs what it does
    assert key.decode() not in caplog.text
