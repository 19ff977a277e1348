"""What a split cannot reach: the index, other files, the history. Real git."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from canary import Canary
from sealkit.overlay import prove, split
from sealkit.overlay.split import Input
from sealkit.scan import known_values
from sealkit.scan.known_values import Standing


def needles(value: str) -> dict[str, frozenset[bytes]]:
    text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{password: {value}}}\n"
    proposal = split.propose([Input("public/a.yaml", text, "a")], lambda _: "private/a.sops.yaml")
    return prove.needles_of(proposal.moved)


def test_every_place_is_found_and_attributed(canary: Canary, repo: Path, git: Callable[..., object]) -> None:
    import base64

    value = canary.secret()
    canary.allow(repo)
    (repo / "old").mkdir()
    (repo / "old/db.yaml").write_text(f"password: {base64.b64encode(value.encode()).decode()}\n")
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "one")
    (repo / "old/db.yaml").unlink()
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "two")
    (repo / "staged.txt").write_text(f"x {value}\n")
    git(repo, "add", "staged.txt")
    git(repo, "rm", "-q", "--cached", "staged.txt")  # a blob on no branch and in no index
    (repo / "now.txt").write_text(f"y {value.encode().hex()}\n")
    git(repo, "add", "now.txt")
    found = known_values.search(repo, needles(value), {"other.txt": f"z {value}".encode(), "clean.txt": b"nothing"})
    plain = {(item.where, item.path if "blob" not in item.path else "blob") for item in found.standing}
    assert plain == {("file", "other.txt"), ("index", "now.txt"), ("history", "old/db.yaml"), ("history", "blob")}
    commits = [item.commit for item in found.standing if item.path == "old/db.yaml"]
    assert len(commits[0]) >= 7
    assert found.blobs == 3
    assert all(isinstance(item, Standing) and item.name == "s.password" for item in found.standing)


def test_the_oldest_commit_and_odd_paths(canary: Canary, repo: Path, git: Callable[..., object]) -> None:
    value = canary.secret()
    canary.allow(repo)
    git(repo, "commit", "-qm", "empty", "--allow-empty")
    (repo / "a b").mkdir()
    (repo / "a b/\u00e4\n.yaml").write_text(f"x: {value}\n")
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "one\n\n:000000 no entry")
    first = git(repo, "rev-parse", "--short=12", "HEAD").stdout.strip()  # type: ignore[attr-defined]
    git(repo, "mv", "a b", "c")
    git(repo, "commit", "-qm", "two")
    history = [item for item in known_values.search(repo, needles(value), {}).standing if item.where == "history"]
    assert [(item.path, item.commit) for item in history] == [("a b/\u00e4\n.yaml", first)]


def test_a_clean_repository_has_nothing(canary: Canary, repo: Path, git: Callable[..., object]) -> None:
    (repo / "a").write_text("nothing\n")
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "one")
    assert known_values.search(repo, needles(canary.secret()), {}).standing == ()
    assert known_values.search(repo, {}, {}).blobs == 0
