"""`rehearse` from a script: a control plane of its own, no key."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealkit.operations.events import RecordedEvents
from sealkit.operations.rehearse import rehearse
from sealkit.source.config import load_config


@pytest.mark.cluster
@pytest.mark.slow
def test_the_example_is_accepted(
    stranger: Path,
    control_plane_env: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in control_plane_env.items():
        monkeypatch.setenv(name, value)
    events = RecordedEvents()
    rehearsal = rehearse(load_config(stranger), events, timeout=60)
    assert rehearsal.passed, rehearsal.summary
    assert rehearsal.accepted
    assert capsys.readouterr() == ("", "")
