"""The oldest and the newest supported sops, in both directions, for every format and every selector mode."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import yaml
from real_sops import Bench, GoLoader, opened, reseal, rule, seal, trees, values
from test_interop import DOTENV, INI, JSON, MULTI, SELECTORS, YAML, config

from canary import Canary
from sealkit.keys.keyring import Keyring
from sealkit.sops.encrypt import plain

pytestmark = [pytest.mark.peers, pytest.mark.slow]

VERSIONS = ("sops-3.9", "sops-3.13")
TEXTS = {"a.yaml": YAML, "many.yaml": MULTI, "a.json": JSON, "a.env": DOTENV, "a.ini": INI}


class Version(Bench):
    """A bench with another version of sops."""

    program: Path
    dates: bool
    """Whether it supports dates; the older version fails on them."""

    def sops(
        self, *args: str | Path, data: str | bytes = b"", check: bool = True
    ) -> subprocess.CompletedProcess[bytes]:
        """Run that version in the folder."""
        raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        done = subprocess.run(
            [self.program, *args], cwd=self.work, input=raw, capture_output=True, check=False, env={**os.environ}
        )
        assert not check or done.returncode == 0, done.stderr.decode()
        return done


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest, bench: Bench, peer: Callable[[str], Path]) -> Version:
    """Each version, in the folder and with the identity of the bench."""
    made = Version(bench.work, bench.recipient)
    made.program = peer(request.param)
    made.dates = request.param != "sops-3.9"
    return made


def read(path: str, text: bytes) -> Sequence[object]:
    """The values of a plain text, read by another parser than ours."""
    if path.endswith(".yaml"):
        return list(yaml.load_all(text, Loader=GoLoader))
    return [json.loads(text)] if path.endswith(".json") else text.splitlines()


@pytest.mark.parametrize("mode", SELECTORS)
@pytest.mark.parametrize("path", TEXTS)
def test_both_ways(version: Version, keyring: Keyring, canary: Canary, path: str, mode: str) -> None:
    """sealkit and sops decrypt each other's files to the same values, also after sealkit changed the file."""
    old, new = canary.secret(), canary.secret()
    text = TEXTS[path].format(one=old, two=canary.secret(), three=canary.secret())
    if not version.dates:
        text = "".join(row for row in text.splitlines(keepends=True) if not row.strip().startswith(("date:", "time:")))
    sealed = version.encrypt(path, text, config=config(version, mode))
    found = opened(path, sealed, keyring)
    theirs = read(path, version.decrypt(path, sealed))
    if path.endswith((".yaml", ".json")):
        assert trees(found) == theirs
    name, pattern = SELECTORS[mode]
    mine = seal(path, text, rule(version.recipient, mode=name, pattern=pattern, mac_only=mode == "mac_only"))
    assert read(path, version.decrypt(path, mine)) == theirs
    assert values(opened(path, mine, keyring)) == values(found)
    again = version.decrypt(path, reseal(found, plain(found).replace(old, new)))
    assert read(path, again) == read(path, version.decrypt(path, sealed).replace(old.encode(), new.encode()))


@pytest.mark.parametrize("path", ["prod.tfvars.enc", "a.toml"])
def test_bytes_both_ways(version: Version, keyring: Keyring, canary: Canary, path: str) -> None:
    data = f'password = "{canary.secret()}"\r\n'.encode() + bytes(range(256))
    found = opened(path, version.encrypt(path, data), keyring)
    assert plain(found).encode("utf-8", "surrogateescape") == data
    mine = seal(path, data.decode("utf-8", "surrogateescape"), rule(version.recipient))
    assert version.decrypt(path, mine, "--output-type", "binary") == data
    assert version.decrypt(path, reseal(found, "less"), "--output-type", "binary") == b"less"
