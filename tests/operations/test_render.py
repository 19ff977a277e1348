"""`render` from a script, with keys and without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from canary import Canary
from repository_kit import Git, commit
from sealkit.cli.app import run
from sealkit.errors import RefusedError, UsageError
from sealkit.operations import approvals
from sealkit.operations.events import Events, RecordedEvents
from sealkit.operations.render import render, render_masked
from sealkit.operations.render_stand_ins import render_stand_ins
from sealkit.operations.repository import Repository
from sealkit.operations.select_objects import matches, select


def test_values_stay_sensitive(sealed_repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repository = Repository.open(sealed_repo)
    rendered = render(repository, RecordedEvents())
    sensitive = [str(leaf) for manifest in rendered.manifests for _, leaf in manifest.sensitive()]
    assert sensitive
    assert all("***" in text for text in sensitive)
    one = select(rendered.manifests, repository.config.target(), namespace="default")
    assert len(one) == len(rendered.manifests)
    assert select(rendered.manifests, repository.config.target(), namespace="other") == []
    assert capsys.readouterr() == ("", "")


def test_stand_ins_need_no_key(sealed_repo: Path, home: Path) -> None:
    (home / ".config/sops/age/keys.txt").unlink()
    repository = Repository.open(sealed_repo)
    rendered = render_stand_ins(repository.config, repository.tree, Events())
    assert len(rendered.manifests) == 3


def test_nothing_is_rendered_with_keys_while_something_is_not_approved(sealed_repo: Path) -> None:
    public = sealed_repo / "public/api.yaml"
    public.write_text(public.read_text().replace("@db/shop", "@evil.example/shop"))
    with pytest.raises(RefusedError, match="not approved"):
        render(Repository.open(sealed_repo), Events())


@pytest.mark.parametrize("how", [render, render_masked])
def test_an_unsealed_file_in_the_private_tree_is_refused_and_not_left_out(
    sealed_repo: Path, how: Callable[..., object]
) -> None:
    (sealed_repo / "private/plain.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n")
    with pytest.raises(RefusedError, match=r"private/plain\.yaml: is in the private tree and is not sealed"):
        how(Repository.open(sealed_repo), Events())


def test_masked_values_need_no_approval_and_are_stand_ins_then(sealed_repo: Path) -> None:
    """What waits is shown, with a warning, and no sealed value is opened for it."""
    public, events = sealed_repo / "public/api.yaml", RecordedEvents()
    public.write_text(public.read_text().replace("@db/shop", "@replica/shop"))
    rendered = render_masked(Repository.open(sealed_repo), events)
    assert len(rendered.manifests) == 3
    assert [message for message, _ in events.warnings if "public/api.yaml: is not what was approved" in message]


@pytest.mark.parametrize(
    ("selector", "expected"),
    [("", True), ("app=api", True), ("app==api", True), ("app!=api", False), ("app", True), ("!app", False),
     ("tier", False), ("!tier", True), ("app=api,tier!=db", True), ("app=other", False)],
)  # fmt: skip
def test_selectors(selector: str, expected: bool) -> None:
    assert matches(selector, {"app": "api"}) is expected


def test_a_set_based_selector_is_refused() -> None:
    with pytest.raises(UsageError, match="not supported"):
        matches("app in (a,b)", {})


def test_a_repository_that_was_only_sealed_and_scanned(
    repo: Path, age_key: str, home: Path, canary: Canary, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Layout inline, no targets (Flux deployed it): its public files are signed from the first time that sealkit renders it."""
    canary.allow(home)
    monkeypatch.chdir(repo)
    (repo / ".sops.yaml").write_text(f"creation_rules:\n  - path_regex: \\.sops\\.yaml$\n    age: {age_key}\n")
    (repo / "apps").mkdir()
    (repo / "apps/conf.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: <sealed:db.a>}\n"
    )
    (repo / "apps/db.sops.yaml").write_text(f"db:\n  a: {canary.secret()}\n")
    assert run(["init"]) == 0
    assert run(["seal", "apps/db.sops.yaml"]) == 0
    commit(repo, git, "a repository")
    assert "public path" not in (repo / "sealkit.sum").read_text()
    assert approvals.unapproved(Repository.open(repo)) == []
    with pytest.raises(RefusedError, match="3 changes are not approved"):
        render(Repository.open(repo), Events())
    rendered = render(Repository.open(repo), RecordedEvents(answer=True))
    assert [manifest.ref.kind for manifest in rendered.manifests] == ["ConfigMap"]
    assert "public path=apps/conf.yaml" in (repo / "sealkit.sum").read_text()
    assert len(render(Repository.open(repo), Events()).manifests) == 1
