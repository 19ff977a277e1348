"""`sealkit.yaml`: what it configures, and the errors for an invalid one."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealkit.errors import SealkitError, UsageError
from sealkit.source.config import load_config


def test_without_a_file_everything_is_inline(repo: Path) -> None:
    config = load_config(repo)
    assert (config.layout, config.public, config.configured) == ("inline", "", False)
    assert config.target().public == ("",)


def test_targets(repo: Path) -> None:
    (repo / "sealkit.yaml").write_text(
        "version: 1\ntargets:\n  home: {context: admin@home, namespace: shop, public: [base, home], private: [home]}\n  bare:\n"
    )
    config = load_config(repo)
    home = config.target("home")
    assert home.public == ("public/base", "public/home")
    assert (home.private, home.context, home.namespace) == (("private/home",), "admin@home", "shop")
    assert config.target("bare").public == ("public",)
    with pytest.raises(UsageError, match="name one"):
        config.target()
    with pytest.raises(UsageError) as caught:
        config.target("hom")
    assert caught.value.hint == "did you mean home?"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: 2\n", "version 2"),
        ("layout: split\n", "version missing"),
        ("- a\n", "must be one mapping"),
        ("version: 1\npubic: x\n", "unknown key pubic"),
        ("version: 1\nversion: 1\n", "duplicate key version"),
        ("version: 1\nlayout: both\n", "layout is 'both'"),
        ("version: 1\npublic: ../other\n", "outside the repository"),
        ("version: 1\npublic: /etc\n", "outside the repository"),
        ("version: 1\ntargets: {a: {public: [../x]}}\n", "outside the repository"),
        ("version: 1\ntargets: {a: {cotext: x}}\n", "unknown key targets.a.cotext"),
        ("version: 1\nscan: {exclude: {a: b}}\n", "scan.exclude must be a list"),
        ("version: [1\n", "invalid YAML"),
    ],
)
def test_invalid_configurations(repo: Path, text: str, message: str) -> None:
    (repo / "sealkit.yaml").write_text(text)
    with pytest.raises(SealkitError, match=message) as caught:
        load_config(repo)
    assert caught.value.message.startswith("sealkit.yaml")


def test_relative_paths(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo / "a").mkdir()
    config = load_config(repo)
    monkeypatch.chdir(repo / "a")
    assert config.relative(Path("x.yaml")) == "a/x.yaml"
    assert config.relative(Path("../x.yaml")) == "x.yaml"
    assert config.relative(repo / "y") == "y"
    with pytest.raises(UsageError, match="outside"):
        config.relative(tmp_path / "elsewhere")


def test_outside_git(tmp_path: Path, home: Path) -> None:
    with pytest.raises(SealkitError, match="not in a git repository") as caught:
        load_config(tmp_path)
    assert caught.value.hint is not None
    assert "git init" in caught.value.hint
