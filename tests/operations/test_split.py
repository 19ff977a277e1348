"""`split` from a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from canary import Canary
from repository_kit import opens
from sealkit.operations.events import RecordedEvents
from sealkit.operations.repository import Repository
from sealkit.operations.split import report_remains, split_paths
from sealkit.operations.split_verify import verify


def test_split_proves_writes_and_reports(
    sealed_repo: Path, canary: Canary, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(sealed_repo)
    path = sealed_repo / "public/mail.yaml"
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: mail}\nstringData:\n  password: VALUE\n"
    path.write_text(text.replace("VALUE", canary.secret()))
    events = RecordedEvents()
    split = split_paths(Repository.open(sealed_repo), events, [path])
    assert split.writes == ["public/mail.yaml"]
    assert canary.found_in(path.read_bytes())  # nothing is written by a proposal
    split.write()
    assert "<sealed:mail.password>" in path.read_text()
    assert all(opens(private, sealed_repo) for private in split.proposal.private)
    report_remains(split.remains(), events, written=True)
    assert any(message.startswith("searched ") for message in events.messages)
    assert verify(Repository.open(sealed_repo), RecordedEvents(), [sealed_repo / "public"]) > 0
    assert capsys.readouterr() == ("", "")
