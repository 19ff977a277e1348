"""Fixtures: a folder with an age identity, in which the real `sops` and sealkit decrypt each other's files."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from real_sops import Bench

from canary import Canary
from sealkit.keys.keyring import Keyring


@pytest.fixture
def bench(tmp_path: Path, age_key: str, canary: Canary) -> Bench:
    """A bench with one available age identity; its files are below `work`."""
    canary.allow(tmp_path / "home")
    work = tmp_path / "work"
    work.mkdir()
    return Bench(work, age_key)


@pytest.fixture
def keyring(bench: Bench) -> Keyring:
    """The identities in the home folder of the test."""
    return Keyring.discover(os.environ)


@pytest.fixture
def gpg_key(home: Path) -> str:
    """A PGP key without passphrase in the test's own GNUPGHOME; its fingerprint."""
    quiet = ["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
    subprocess.run(
        [*quiet, "--quick-generate-key", "test@example.invalid", "ed25519", "cert"], check=True, capture_output=True
    )
    listed = subprocess.run(["gpg", "--list-keys", "--with-colons"], check=True, capture_output=True, text=True).stdout
    fingerprint = next(row.split(":")[9] for row in listed.splitlines() if row.startswith("fpr"))
    subprocess.run([*quiet, "--quick-add-key", fingerprint, "cv25519", "encr"], check=True, capture_output=True)
    return fingerprint
