"""The other tools are what they are taken for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import peertools

VERSIONS = {
    "sops-3.13": (["--disable-version-check", "--version"], "3.13.3"),
    "sops-3.9": (["--version", "--disable-version-check"], "3.9.4"),
    "kustomize": (["version"], "v5.8.1"),
    "helm": (["version", "--short"], "v4.3.1"),
    "gitleaks": (["version"], "8.30.1"),
    "betterleaks": (["version"], ""),
}


@pytest.mark.peers
@pytest.mark.parametrize("name", peertools.NAMES)
def test_the_version_is_the_pinned_one(name: str, peer: Callable[[str], Path], home: Path) -> None:
    arguments, version = VERSIONS[name]
    done = subprocess.run([peer(name), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert version in done.stdout


def test_a_second_clone_finds_them(tmp_path: Path) -> None:
    """The key is made of what is built, not of where the sources lie."""
    recipe = peertools.TOOLS["kustomize"].recipe()
    copy = tmp_path / "elsewhere"
    copy.mkdir()
    for name in ("go.mod", "go.sum"):
        (copy / name).write_bytes((recipe.module / name).read_bytes())
    from sealkit.rehearse.go_build import Recipe

    assert Recipe(recipe.name, copy, recipe.packages, recipe.ldflags).key() == recipe.key()


def test_what_is_missing_is_only_asked_for(tmp_path: Path) -> None:
    script = Path(peertools.__file__).parent / "peers/build.py"
    done = subprocess.run(
        [sys.executable, script, "--cached"], env={"XDG_CACHE_HOME": str(tmp_path)}, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
    assert not list(tmp_path.iterdir())
