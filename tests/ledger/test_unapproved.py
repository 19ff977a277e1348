"""What waits: every difference between ledger and repository is named with file and route."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sealkit.ledger.entries import AccessEntry, FileEntry, LedgerEntry, PlaceEntry, ReachEntry, RecipientEntry
from sealkit.ledger.signing import new_key, sign
from sealkit.ledger.text import Ledger
from sealkit.ledger.unapproved import Observed, ObservedFile, Reason, Unapproved, find_unapproved

KEY = new_key()
TO = ("age:age1a",)
DB, API = FileEntry("private/db.yaml", 3, "d" * 64, TO), FileEntry("private/api.yaml", 1, "a" * 64, TO)
PLACE = PlaceEntry("db.password", "apps/Deployment shop/api", ".spec.env[DSN].value", "h1")
REACH = ReachEntry(
    "private/db.yaml#.password", "apps/Deployment shop/api", "api", "ghcr.io/shop/api", "", "c1", "default"
)
RULE = RecipientEntry("age:age1a", "^private/", 1, "")
LEDGER = sign(Ledger(KEY.public), [DB, API, PLACE, REACH, RULE], KEY)
HERE = {"private/db.yaml": ObservedFile("d" * 64, TO), "private/api.yaml": ObservedFile("a" * 64, TO)}


def only(facts: Observed, ledger: Ledger = LEDGER) -> Unapproved:
    found = find_unapproved(ledger, facts)
    assert len(found) == 1, [str(item) for item in found]
    return found[0]


def test_nothing_waits_where_all_is_approved() -> None:
    facts = Observed(HERE, [PLACE], [REACH], [RULE], {"private/db.yaml": 3, "private/gone.yaml": 9})
    assert find_unapproved(LEDGER, facts) == []


@pytest.mark.parametrize(
    ("files", "seen", "why", "path", "says"),
    [
        ({**HERE, "private/new.yaml": ObservedFile("n" * 64)}, {}, Reason.NEW, "private/new.yaml", "not approved"),
        (
            {**HERE, "private/x.yaml": ObservedFile("n" * 64)},
            {"private/x.yaml": 2}, Reason.LINE_REMOVED, "private/x.yaml", "taken out",
        ),
        ({**HERE, "private/db.yaml": ObservedFile("x" * 64, TO)}, {}, Reason.CHANGED, "private/db.yaml", "version 3"),
        ({**HERE, "private/db.yaml": ObservedFile("a" * 64, TO)}, {}, Reason.SWAPPED, "private/db.yaml", "private/api.yaml"),
        (HERE, {"private/db.yaml": 4}, Reason.REPLAYED, "private/db.yaml", "version 3, this machine has seen 4"),
        ({"private/db.yaml": HERE["private/db.yaml"]}, {}, Reason.REMOVED, "private/api.yaml", "the file was removed"),
        (
            {**HERE, "private/db.yaml": ObservedFile("x" * 64, (*TO, "age:age1b"))},
            {}, Reason.RECIPIENTS, "private/db.yaml", "gained age:age1b",
        ),
    ],
)  # fmt: skip
def test_files(files: dict[str, ObservedFile], seen: dict[str, int], why: Reason, path: str, says: str) -> None:
    found = only(Observed(files, seen=seen))
    assert (found.why, found.path) == (why, path)
    assert says in str(found)
    if isinstance(found.sign, FileEntry):
        assert found.sign.version > max(seen.get(path, 0), LEDGER.version(path))
        approved = sign(LEDGER, [found.sign], KEY, found.drop)
    else:
        approved = sign(LEDGER, [], KEY, found.drop)
    assert find_unapproved(approved, Observed(files, seen=seen)) == []


def test_two_files_swapped_wait_both() -> None:
    swapped = {"private/db.yaml": HERE["private/api.yaml"], "private/api.yaml": HERE["private/db.yaml"]}
    assert [item.why for item in find_unapproved(LEDGER, Observed(swapped))] == [Reason.SWAPPED, Reason.SWAPPED]


def test_lines_that_disagree_approve_nothing() -> None:
    both = Ledger(KEY.public, [*LEDGER.lines, KEY.sign(replace(DB, sha256="e" * 64))])
    found = only(Observed(HERE), both)
    assert found.why is Reason.DISAGREE
    assert found.sign is not None
    assert find_unapproved(sign(both, [found.sign], KEY), Observed(HERE)) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"around": "h2"}, "the text around <sealed:db.password> changed"),
        ({"name": "db.root"}, "gets <sealed:db.root>, approved was <sealed:db.password>"),
        ({"object": "ConfigMap shop/x"}, "a new place"),
        ({"route": ".spec.env[LOG].value"}, "a new place"),
    ],
)
def test_places(change: dict[str, str], says: str) -> None:
    new = replace(PLACE, **change)  # type: ignore[arg-type]
    found = only(Observed(places=[PLACE, new, new]))
    assert says in found.message
    assert (found.path, found.route) == (new.object, new.route)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"image": "evil/api"}, "another image"),
        ({"command": "x"}, "another command"),
        ({"args": "x", "account": "root"}, "another arguments, service account"),
        ({"container": "sidecar"}, "new reach"),
        ({"workload": "batch/Job shop/x"}, "new reach"),
        ({"origin": "Secret shop/tls"}, "gets Secret shop/tls"),
    ],
)
def test_reaches(change: dict[str, str], says: str) -> None:
    found = only(Observed(reaches=[REACH, replace(REACH, **change)]))  # type: ignore[arg-type]
    assert says in found.message
    assert found.path == change.get("workload", REACH.workload)
    assert found.route.startswith("container ")


def test_access_to_secrets() -> None:
    entry = AccessEntry("Role shop/reader", "ServiceAccount shop/x", "*", "get,list")
    assert "get,list secrets *" in only(Observed(reaches=[entry])).message


@pytest.mark.parametrize(
    ("policy", "says", "route"),
    [
        (
            [RULE, replace(RULE, recipient="age:age1evil")],
            "age:age1evil is a recipient that is not approved",
            ".creation_rules[0]",
        ),
        ([replace(RULE, rule="^private/db")], "path_regex ^private/db, approved for age:age1a was", ".path_regex"),
        ([replace(RULE, selects="encrypted_regex=^x$")], "seals encrypted_regex=^x$, approved was the default", "[0]"),
        ([], "no longer seals to age:age1a", ".creation_rules[0]"),
    ],
)
def test_policy(policy: list[RecipientEntry], says: str, route: str) -> None:
    found = only(Observed(recipients=policy))
    assert found.path == ".sops.yaml"
    assert says in found.message
    assert route in found.route
    signed: list[LedgerEntry] = [found.sign] if found.sign else []
    assert find_unapproved(sign(LEDGER, signed, KEY, found.drop), Observed(recipients=policy)) == []
