"""What a hook remembers of the lines it looked at, and what it looks at again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sealkit.scan import cache, line_verdicts
from sealkit.scan.staged import StagedBlobs
from sealkit.scan.verdict_cache import VerdictCache
from spellings import random_value

Git = Callable[..., object]
MANIFEST = (
    """\
env:
  - name: PASSWORD
    valueFrom: {secretKeyRef: {name: app, key: password}}
  - name: API_KEY
    value: ""
auth: none
db_password: ${DB_PASSWORD}
"""
    + "# and more\n" * 40
)


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many hits each blob had that the judge was asked about."""
    asked: list[int] = []
    judge = line_verdicts.hot

    def hot(data: bytes, hits: list[tuple[int, int]]) -> list[line_verdicts.Candidate]:
        asked.append(len(hits))
        return judge(data, hits)

    monkeypatch.setattr(line_verdicts, "hot", hot)
    return asked


@pytest.fixture
def commit(repo: Path, git: Git, home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], bool]:
    """Stage a text and say whether the quick path of the hook lets it pass. The cache is the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))

    def stage(text: str) -> bool:
        (repo / "a.yaml").write_text(text)
        git(repo, "add", "-A")
        return StagedBlobs(repo).clean()

    return stage


def test_a_line_that_was_nothing_is_not_looked_at_again(commit: Callable[[str], bool], looked_at: list[int]) -> None:
    assert commit(MANIFEST)
    assert len(looked_at) == 1
    assert commit(MANIFEST + "more: text\n" * 3)
    assert len(looked_at) == 1
    assert commit(MANIFEST + "other_token: ${TOKEN}\n")
    assert looked_at[1:] == [1], "the new line alone"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("${DB_PASSWORD}", "¤"),  # the line itself
        ('value: ""', "value: ¤"),  # the line below the name
        ("auth: none", "auth:\n  ¤: x\n  password: ¤"),
        ("valueFrom: {secretKeyRef: {name: app, key: password}}", "value: ¤"),
    ],
)
def test_a_secret_beside_a_line_that_was_nothing_is_found(commit: Callable[[str], bool], old: str, new: str) -> None:
    assert commit(MANIFEST)
    assert not commit(MANIFEST.replace(old, new.replace("¤", random_value(24))))


def test_a_name_whose_value_stands_far_below_is_looked_at_each_time(commit: Callable[[str], bool]) -> None:
    text = "credentials:\n" + "  # a comment\n" * 35 + "  ref: x\n"
    assert commit(text)
    assert not commit(text.replace("ref: x", f"value: {random_value(24)}"))


def test_a_cache_that_is_cut_or_foreign_costs_time_alone(
    commit: Callable[[str], bool], looked_at: list[int], home: Path
) -> None:
    assert commit(MANIFEST)
    (kept,) = (home / "cache" / "sealkit").glob("verdicts-*")
    kept.write_bytes(kept.read_bytes()[:-5])
    assert commit(MANIFEST)
    assert len(looked_at) == 2
    kept.chmod(0o666)  # somebody else may have written it
    assert commit(MANIFEST)
    assert len(looked_at) == 3


def test_the_cache_stays_small(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    verdicts = VerdictCache()
    data = b"".join(b"key%d: x\n" % n for n in range(40_000))
    ends = [n for n, byte in enumerate(data) if byte == 10]
    verdicts.add(data, [((0, end), "line") for end in ends])
    verdicts.keep()
    (kept,) = (home / "cache" / "sealkit").glob("verdicts-*")
    assert kept.stat().st_size == 30_000 * 8
    assert not VerdictCache().unknown(data, [(0, ends[5])])
    assert VerdictCache().unknown(data, [(1, ends[5])]), "another pattern"
    assert cache.read(kept.name)
