"""`set_value`, `unset_value`, `renew_value`, `get_text` from a script: no terminal, nothing printed, each file parsed no more
often than needed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from canary import Canary
from parse_counter import ParseCounter
from repository_kit import sops
from sealkit.errors import RefusedError, UsageError
from sealkit.ledger.unapproved import Reason
from sealkit.operations.approvals import unapproved
from sealkit.operations.events import RecordedEvents
from sealkit.operations.get_value import get_text
from sealkit.operations.renew_value import renew_value
from sealkit.operations.repository import Repository
from sealkit.operations.seal import seal_files
from sealkit.operations.set_value import SetOutcome, set_value, value_from_pipe
from sealkit.operations.unset_value import unset_value

DB, APP = "private/db.sops.yaml", "private/app.sops.yaml"


@pytest.fixture
def silent(capsys: pytest.CaptureFixture[str], sealed_repo: Path) -> pytest.CaptureFixture[str]:
    """Nothing that the test does may print; what the fixtures printed is dropped."""
    capsys.readouterr()
    return capsys


def test_set_unset_and_get(sealed_repo: Path, canary: Canary, silent: pytest.CaptureFixture[str]) -> None:
    repository, events, secret = Repository.open(sealed_repo), RecordedEvents(), canary.secret()
    assert set_value(repository, events, "db.password", None, lambda: secret).outcome is SetOutcome.CHANGED
    assert set_value(repository, events, "db.password", None, lambda: secret).outcome is SetOutcome.UNCHANGED
    added = set_value(repository, events, "db.token", DB, lambda: secret)
    assert (added.outcome, str(added.location)) == (SetOutcome.ADDED, f"{DB} .db.token")
    assert get_text(repository, events, "db.token") == secret
    assert get_text(repository, events, DB, ".db.port") == "5432"
    assert sops("decrypt", "--extract", '["db"]["password"]', DB, cwd=sealed_repo) == secret
    assert events.warnings == []
    unset_value(repository, events, "db.password")
    assert secret not in get_text(repository, events, DB).replace(f"token: {secret}", "")
    assert [message for message, _ in events.warnings] == [
        f"public/api.yaml:{line}: still has <sealed:db.password>" for line in (16, 23)
    ]
    assert unapproved(repository) == []
    assert silent.readouterr() == ("", "")


def test_renew(sealed_repo: Path, silent: pytest.CaptureFixture[str]) -> None:
    repository, events = Repository.open(sealed_repo), RecordedEvents()
    renewed = renew_value(repository, events, "db.password")
    assert (renewed.generator, renewed.restart) == ("hex:32", [])
    assert len(get_text(repository, events, "db.password")) == 32
    renewed = renew_value(repository, events, ".stringData.token", APP, "alnum:40")
    assert renewed.restart == ["apps/Deployment default/api"]
    with pytest.raises(UsageError, match="no generator"):
        renew_value(repository, events, "db.port")
    assert silent.readouterr() == ("", "")


def test_a_value_is_asked_for_once_it_is_known_where_it_goes(sealed_repo: Path) -> None:
    def never() -> str:
        raise AssertionError("read too early")

    for name, file in (("nonsense", None), (DB, None), ("x", "public/api.yaml"), ("a[", DB)):
        with pytest.raises(UsageError):
            set_value(Repository.open(sealed_repo), RecordedEvents(), name, file, never)


def test_what_is_in_sealed_form_is_no_value(sealed_repo: Path) -> None:
    """Else a ciphertext that is piped in would copy a value that was meant for one place to another."""
    repository, events = Repository.open(sealed_repo), RecordedEvents()
    before = (sealed_repo / DB).read_bytes()
    ciphertext = next(
        str(item.value) for item in repository.sealed[DB].parsed.items if item.sealed and not item.comment
    )
    for name, file in (("db.port", None), ("db.copy", DB)):
        with pytest.raises(RefusedError, match="holds a sealed value already"):
            set_value(repository, events, name, file, lambda: ciphertext)
    assert (sealed_repo / DB).read_bytes() == before


def test_a_file_that_is_not_approved_is_told(sealed_repo: Path) -> None:
    text = (sealed_repo / APP).read_text()
    (sealed_repo / APP).write_text(text.replace("  name: app", "  name: app\n  labels: {}"))
    events = RecordedEvents()
    get_text(Repository.open(sealed_repo), events, APP, ".stringData.token")
    assert [message.partition(": ")[0] for message, _ in events.warnings] == ["not approved"]
    assert events.warnings[0][1] == f"look at it and sign it: sealkit approve {APP}"
    set_value(Repository.open(sealed_repo), events, ".stringData.token", APP, lambda: "new")
    assert [item.why for item in unapproved(Repository.open(sealed_repo))] == [Reason.CHANGED]


@pytest.mark.parametrize(("given", "value"), [("a\n", "a"), ("a\r\n", "a"), ("a\nb\n", "a\nb\n"), (" a ", " a ")])
def test_the_value_of_a_pipe(given: str, value: str) -> None:
    assert value_from_pipe(given.encode(), "x") == value


@pytest.mark.parametrize("given", ["", "\n"])
def test_an_empty_pipe_is_refused(given: str) -> None:
    with pytest.raises(RefusedError, match="standard input is empty"):
        value_from_pipe(given.encode(), "x")


def test_set_parses_a_file_before_and_after(sealed_repo: Path, canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (sealed_repo / DB).read_bytes()
    counter = ParseCounter.install(monkeypatch)
    set_value(Repository.open(sealed_repo), RecordedEvents(), "db.password", None, canary.secret)
    after = (sealed_repo / DB).read_bytes()
    assert before != after
    assert (counter.of_text(DB, before), counter.of_text(DB, after)) == (1, 1)
    assert {path: counter.total(path) for path in counter.paths()} == {
        DB: 2,
        APP: 1,
        ".sealkit/signing-key.sops.yaml": 1,
    }


def test_a_new_value_costs_one_more_parse_of_the_text_in_between(
    sealed_repo: Path, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (sealed_repo / DB).read_bytes()
    counter = ParseCounter.install(monkeypatch)
    set_value(Repository.open(sealed_repo), RecordedEvents(), "db.new", DB, canary.secret)
    after = (sealed_repo / DB).read_bytes()
    assert (counter.of_text(DB, before), counter.of_text(DB, after), counter.total(DB)) == (1, 1, 3)


def test_items_of_a_list_with_comments(sealed_repo: Path, canary: Canary) -> None:
    """sops keeps a comment in a list as an item of its own; routes do not count it."""
    path, first, last = "private/list.sops.yaml", canary.secret(), canary.secret()
    plain = sealed_repo / path
    plain.write_text(f"a:\n  # of the first\n  - {first}\n  - second\n  - {last}\n")
    repository, events = Repository.open(sealed_repo), RecordedEvents()
    seal_files(repository, events, [plain])
    unset_value(repository, events, ".a[1]", path)
    assert yaml.safe_load(sops("decrypt", path, cwd=sealed_repo)) == {"a": [first, last]}
    set_value(repository, events, ".a[1]", path, lambda: "other")
    set_value(repository, events, ".a[2]", path, lambda: "third")
    set_value(repository, events, ".a[0]", path, lambda: last)
    text = sops("decrypt", path, cwd=sealed_repo)
    assert yaml.safe_load(text) == {"a": [last, "other", "third"]}
    assert "# of the first" in text
