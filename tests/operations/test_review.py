"""A review from a script, without a key."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sealkit.errors import SealkitError, UsageError
from sealkit.operations.review import review
from sealkit.report.markdown import code
from trust_kit import TrustedRepo


def test_a_change_of_a_sealed_file(trusted_repo: TrustedRepo, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repository = trusted_repo.repository
    (home / ".config/sops/age/keys.txt").unlink()
    same = review(repository.config, "", os.environ)
    assert not same.needs_approval
    assert "Nothing changed, and everything is approved." in same.markdown
    trusted_repo.replace("private/app.yaml", "namespace:", "zone:")
    changed = review(repository.config, "", os.environ)
    assert changed.needs_approval
    assert "### Not approved" in changed.markdown
    assert "added: `.metadata.zone`" in changed.markdown
    assert "ENC[" not in changed.markdown
    assert capsys.readouterr() == ("", "")


def test_revisions_that_do_not_exist(trusted_repo: TrustedRepo) -> None:
    with pytest.raises(SealkitError, match="no such revision"):
        review(trusted_repo.repository.config, "nonsense", os.environ)
    with pytest.raises(UsageError, match="no common ancestor"):
        review(trusted_repo.repository.config, "HEAD...nonsense", os.environ)


def test_text_from_outside_stays_in_its_code_span() -> None:
    assert code("a") == "`a`"
    assert code("a`b") == "``a`b``"
    assert code("`a\n") == "`` `a  ``"
    assert "\x1b" not in code("\x1b[31m")
