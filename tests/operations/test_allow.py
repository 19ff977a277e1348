"""The allow list from a script."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

import pytest

from canary import Canary
from repository_kit import Git, commit
from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.operations.allow import allow
from sealkit.operations.allow_baseline import allow_from_baseline
from sealkit.operations.allow_history import Pruned, allow_before, prune
from sealkit.operations.audit import audit
from sealkit.operations.scan import scan_files, scan_range, scan_staged
from sealkit.source.config import load_config

Leak = Callable[[Path], str]


def test_a_finding_of_the_index_is_allowed(
    clean_repo: Path, git: Git, leak: Leak, capsys: pytest.CaptureFixture[str]
) -> None:
    leak(clean_repo / "db.yaml")
    git(clean_repo, "add", "-A")
    (finding,) = scan_staged(clean_repo).findings
    assert allow(load_config(clean_repo), finding.fingerprint, " made\nup ").fingerprint == finding.fingerprint
    assert 'reason: "made up"' in (clean_repo / ".sealkit/allow.yaml").read_text()
    result = scan_files(clean_repo)
    assert (list(result.findings), result.tally.allowed) == ([], 1)
    assert capsys.readouterr() == ("", "")


def test_a_finding_of_the_history_is_allowed(clean_repo: Path, git: Git, leak: Leak) -> None:
    leak(clean_repo / "db.yaml")
    commit(clean_repo, git)
    (clean_repo / "db.yaml").unlink()
    commit(clean_repo, git)
    (finding,) = scan_range(clean_repo, "HEAD~2..HEAD").findings
    assert allow(load_config(clean_repo), finding.fingerprint, "renewed").path == "db.yaml"


def test_what_is_not_found_is_not_allowed(clean_repo: Path) -> None:
    config = load_config(clean_repo)
    with pytest.raises(RefusedError, match="nothing here has"):
        allow(config, "0123456789abcdef", "x")
    with pytest.raises(UsageError, match="not a fingerprint"):
        allow(config, "0123", "x")
    with pytest.raises(UsageError, match="empty reason"):
        allow(config, "0123456789abcdef", "  ")
    assert not (clean_repo / ".sealkit").exists()


def test_an_entry_survives_a_rename_and_counts_at_every_path(clean_repo: Path, git: Git, leak: Leak) -> None:
    leak(clean_repo / "db.yaml")
    commit(clean_repo, git)
    (finding,) = scan_files(clean_repo).findings
    allow(load_config(clean_repo), finding.fingerprint, "a published test value")
    (clean_repo / "copy.yaml").write_text(
        (clean_repo / "db.yaml").read_text().replace("stringData:", f"stringData:\n  a: {token_hex(12)}")
    )
    git(clean_repo, "mv", "db.yaml", "sub.yaml")
    result = scan_files(clean_repo)
    assert [(item.path, item.route) for item in result.findings] == [("copy.yaml", ".stringData.a")]
    assert result.tally.allowed == 2
    assert result.tally.unmet == []


def test_an_old_repository_is_adopted_in_one_step(clean_repo: Path, git: Git, leak: Leak, canary: Canary) -> None:
    leak(clean_repo / "db.yaml")
    (clean_repo / "run.sh").write_text(f"export API_TOKEN='{canary.secret()}'\n")
    (clean_repo / "broken.zip").write_bytes(b"PK\x03\x04broken\0")
    commit(clean_repo, git)
    (clean_repo / "run.sh").unlink()
    commit(clean_repo, git)
    leak(clean_repo / "later.yaml")
    commit(clean_repo, git)
    config = load_config(clean_repo)
    new = allow_before(config, "HEAD~1", "from before sealkit")
    assert [(entry.rule, entry.path, entry.history) for entry in new] == [
        ("SK901", "broken.zip", False), ("SK201", "db.yaml", False), ("SK210", "run.sh", True)
    ]  # fmt: skip
    commit(clean_repo, git)
    assert {item.path for item in audit(clean_repo).findings} == {"later.yaml"}
    assert {item.path for item in scan_files(clean_repo).findings} == {"later.yaml"}
    assert scan_files(clean_repo).tally.unmet == []
    assert audit(clean_repo).tally.unmet == []
    assert [entry.path for entry in allow_before(config, "HEAD", "the rest")] == ["later.yaml"]
    assert allow_before(config, "HEAD", "nothing is left") == []
    with pytest.raises(UsageError, match="empty reason"):
        allow_before(config, "HEAD", "")
    with pytest.raises(UsageError, match="no such revision"):
        allow_before(config, "nonsense", "x")


def test_entries_that_match_nothing_are_named_and_removed(clean_repo: Path, git: Git, leak: Leak) -> None:
    config = load_config(clean_repo)
    for name in ("here.yaml", "gone.yaml", "never.yaml"):
        leak(clean_repo / name)
    commit(clean_repo, git)
    allow_before(config, "HEAD", "old")
    listed = (clean_repo / config.allow).read_text()
    git(clean_repo, "reset", "-q", "--hard", "HEAD~1")
    git(clean_repo, "reflog", "expire", "--expire=now", "--all")
    git(clean_repo, "gc", "-q", "--prune=now")
    for name in ("here.yaml", "gone.yaml"):
        leak(clean_repo / name)
    (clean_repo / config.allow).unlink()
    commit(clean_repo, git)
    (clean_repo / "gone.yaml").unlink()
    commit(clean_repo, git)
    assert len(allow_before(config, "HEAD", "new")) == 2
    text = (clean_repo / config.allow).read_text()
    # as if `gone` had been allowed while its file was there
    (clean_repo / config.allow).write_text(text.replace("history: true, ", "") + listed.partition("allow:\n")[2])
    commit(clean_repo, git)
    assert {entry.path for entry in scan_files(clean_repo).tally.unmet} == {"gone.yaml", "here.yaml", "never.yaml"}
    assert [entry.reason for entry in audit(clean_repo).tally.unmet] == ["old"] * 3
    done = prune(config)
    assert [entry.reason for entry in done.removed] == ["old"] * 3
    assert [entry.path for entry in done.marked] == ["gone.yaml"]
    assert (clean_repo / config.allow).read_text() == text
    assert scan_files(clean_repo).tally.unmet == []
    assert prune(config) == Pruned([], [])


def test_nothing_is_unused_while_a_part_of_the_history_is_not_here(
    clean_repo: Path, git: Git, leak: Leak, tmp_path: Path
) -> None:
    leak(clean_repo / "db.yaml")
    commit(clean_repo, git)
    allow_before(load_config(clean_repo), "HEAD", "old")
    (clean_repo / "db.yaml").unlink()
    commit(clean_repo, git)
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{clean_repo}", "shallow")
    with pytest.raises(RefusedError, match="not here"):
        prune(load_config(tmp_path / "shallow"))


def test_a_baseline_of_detect_secrets_is_converted(clean_repo: Path, git: Git, leak: Leak, canary: Canary) -> None:
    value, other = leak(clean_repo / "db.yaml"), leak(clean_repo / "real.yaml")
    (clean_repo / "keys.txt").write_text(f"x = '{canary.secret()}Zz0Yy1Xx2Ww3Vv4'\n")
    digest = {text: hashlib.sha1(text.encode()).hexdigest() for text in (value, other, "elsewhere")}
    kinds = {"db.yaml": value, "real.yaml": other, "away.yaml": "elsewhere", "../outside": "elsewhere"}
    results = {
        name: [
            {
                "type": "Secret Keyword",
                "filename": name,
                "hashed_secret": digest[text],
                "is_secret": name == "real.yaml",
            }
        ]
        for name, text in kinds.items()
    }
    plugin = "file:///made/up/plugin.py"  # what would run if the baseline were loaded by its own library
    body = {"version": "1.5.0", "plugins_used": [{"name": "X", "path": plugin}], "results": results}
    (clean_repo / ".secrets.baseline").write_text(json.dumps(body))
    done = allow_from_baseline(load_config(clean_repo), clean_repo / ".secrets.baseline")
    assert [(entry.path, entry.reason) for entry in done.new] == [("db.yaml", "accepted in .secrets.baseline")]
    assert {entry.path for entry in done.unmatched} == {"away.yaml", "../outside"}
    assert [entry.path for entry in done.real] == ["real.yaml"]
    assert {item.path for item in scan_files(clean_repo).findings} == {"real.yaml"}
    (clean_repo / ".secrets.baseline").write_text("{}")
    with pytest.raises(SealkitError, match="not a baseline"):
        allow_from_baseline(load_config(clean_repo), clean_repo / ".secrets.baseline")
    with pytest.raises(UsageError, match="no such file"):
        allow_from_baseline(load_config(clean_repo), clean_repo / "none")
