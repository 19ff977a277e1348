"""`update_example` and `require_example` from a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from canary import Canary
from sealkit.errors import RefusedError, UsageError
from sealkit.operations.events import RecordedEvents
from sealkit.operations.example import differing_examples, require_example, update_example
from sealkit.operations.repository import Repository
from sealkit.operations.set_value import set_value

DB, APP = "private.example/db.sops.yaml", "private.example/app.sops.yaml"


def test_the_example_follows_the_private_tree(
    sealed_repo: Path, canary: Canary, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    repository, events = Repository.open(sealed_repo), RecordedEvents()
    assert differing_examples(repository) == [APP]
    with pytest.raises(RefusedError, match="1 example file differs"):
        require_example(repository, events)
    assert events.warnings == [(f"{APP}: is missing", None)]
    assert update_example(repository, events) == [APP]
    assert 'token: "<ask:stringData.token>"' in (sealed_repo / APP).read_text()
    set_value(repository, events, "db.token", "private/db.sops.yaml", canary.secret)
    repository = Repository.open(sealed_repo)
    assert update_example(repository, events) == [DB]
    text = (sealed_repo / DB).read_text()
    assert "password: <generate:hex:32> # of Postgres\n" in text
    assert 'token: "<ask:db.token>"' in text
    require_example(Repository.open(sealed_repo), events)
    assert capsys.readouterr() == ("", "")


def test_an_example_without_a_private_file_is_told(sealed_repo: Path) -> None:
    (sealed_repo / "private.example/old.yaml").write_text("a: 1\n")
    events = RecordedEvents()
    update_example(Repository.open(sealed_repo), events)
    assert (
        "private.example/old.yaml: there is no private file for this example",
        "git rm private.example/old.yaml",
    ) in (events.warnings)
    with pytest.raises(RefusedError):
        require_example(Repository.open(sealed_repo), events)


def test_inline_has_no_example(repo: Path, home: Path) -> None:
    with pytest.raises(UsageError, match="layout inline"):
        update_example(Repository.open(repo), RecordedEvents())
