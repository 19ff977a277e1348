"""What waits: every difference between ledger and repository is named, and so is what was deployed and went back."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from sealkit.ledger.entries import ConfigEntry, FileEntry, FolderEntry, PublicEntry, VersionedEntry
from sealkit.ledger.folders import names_digest
from sealkit.ledger.inputs import InputFile, Inputs
from sealkit.ledger.signing import new_key, sign
from sealkit.ledger.text import Ledger
from sealkit.ledger.unapproved import Key, Known, Reason, Unapproved, find_unapproved
from sealkit.sealed.file import file_digest

KEY = new_key()
SEALED = "k: x\nsops:\n    age:\n        - recipient: {}\n          enc: |\n            -\n"
DB, API = SEALED.format("age1a").encode(), b"# of the api\n" + SEALED.format("age1a").encode()
OTHER = b"# another\n" + DB
APP = b"kind: Deployment\n"
POLICY = b"creation_rules:\n  - age: age1a\n"
HERE: dict[str, tuple[str, bytes]] = {
    "private/db.yaml": ("file", DB),
    "private/api.yaml": ("file", API),
    "public/app.yaml": ("public", APP),
    ".sops.yaml": ("config", POLICY),
}
FOLDERS = {"private": names_digest(["db.yaml", "api.yaml"]), "public": names_digest(["app.yaml"])}


def inputs(contents: Mapping[str, tuple[str, bytes]] = HERE, folders: Mapping[str, str] = FOLDERS) -> Inputs:
    return Inputs({path: InputFile(path, kind, data) for path, (kind, data) in contents.items()}, folders)


def signed(version: int = 3, there: Inputs | None = None) -> Ledger:
    there = there or inputs()
    entries: list[VersionedEntry] = [file.entry(version) for file in there.files.values()]
    entries += [FolderEntry(path, version, names) for path, names in there.folders.items()]
    return sign(Ledger(KEY.public), entries, KEY)


LEDGER = signed()


def only(there: Inputs, ledger: Ledger = LEDGER, known: Known | None = None) -> Unapproved:
    found = find_unapproved(ledger, there, known)
    assert len(found) == 1, [str(item) for item in found]
    return found[0]


def without(path: str, *keys: Key) -> Ledger:
    return LEDGER.with_lines([], [("path", path), *keys])


def test_the_fixture_is_sealed() -> None:
    assert InputFile("private/db.yaml", "file", DB).to == ("age:age1a",)


def test_nothing_waits_where_all_is_approved() -> None:
    known = Known({("path", "private/db.yaml"): 3, ("folder", "public"): 3, ("path", "private/gone.yaml"): 9})
    assert find_unapproved(LEDGER, inputs(), known) == []


@pytest.mark.parametrize(
    ("contents", "deployed", "why", "path", "says"),
    [
        ({**HERE, "private/new.yaml": ("file", OTHER)}, 0, Reason.NEW, "private/new.yaml", "a sealed file that is not approved"),
        ({**HERE, "public/new.yaml": ("public", b"x\n")}, 0, Reason.NEW, "public/new.yaml", "a public file that is not approved"),
        ({**HERE, "private/x.yaml": ("file", OTHER)}, 2, Reason.LINE_REMOVED, "private/x.yaml", "taken out of the ledger"),
        ({**HERE, "private/db.yaml": ("file", OTHER)}, 0, Reason.CHANGED, "private/db.yaml", "version 3"),
        ({**HERE, "public/app.yaml": ("public", APP + b"#")}, 0, Reason.CHANGED, "public/app.yaml", "version 3"),
        ({**HERE, ".sops.yaml": ("config", POLICY + b"#")}, 0, Reason.CHANGED, ".sops.yaml", "version 3"),
        ({**HERE, "private/db.yaml": ("file", API)}, 0, Reason.SWAPPED, "private/db.yaml", "private/api.yaml"),
        ({**HERE, "private/db.yaml": ("public", DB)}, 0, Reason.CHANGED, "private/db.yaml", "approved was a sealed file"),
        ({**HERE, "public/app.yaml": ("file", OTHER)}, 0, Reason.CHANGED, "public/app.yaml", "approved was a public file"),
        (HERE, 4, Reason.REPLAYED, "private/db.yaml", "version 3 was put back, version 4 was deployed"),
        (HERE, 4, Reason.REPLAYED, "public/app.yaml", "version 3 was put back, version 4 was deployed"),
        (HERE, 4, Reason.REPLAYED, ".sops.yaml", "version 3 was put back, version 4 was deployed"),
        (
            {**HERE, "private/db.yaml": ("file", SEALED.format("age1b").encode())},
            0, Reason.RECIPIENTS, "private/db.yaml", "gained age:age1b; lost age:age1a",
        ),
    ],
)  # fmt: skip
def test_files(contents: dict[str, tuple[str, bytes]], deployed: int, why: Reason, path: str, says: str) -> None:
    there, known = inputs(contents), Known({("path", path): deployed} if deployed else {})
    found = only(there, known=known)
    assert (found.why, found.path) == (why, path)
    assert says in str(found)
    assert isinstance(found.sign, FileEntry | PublicEntry | ConfigEntry)
    assert found.sign.version > max(deployed, LEDGER.version(("path", path)))
    assert find_unapproved(sign(LEDGER, [found.sign], KEY, found.drop), there, known) == []


@pytest.mark.parametrize("path", HERE)
def test_a_file_that_went_is_approved_by_taking_out_its_line(path: str) -> None:
    there = inputs({name: item for name, item in HERE.items() if name != path})
    found = only(there)
    assert (found.why, found.path, found.sign) == (Reason.REMOVED, path, None)
    assert find_unapproved(LEDGER.with_lines([], found.drop), there) == []


@pytest.mark.parametrize("path", HERE)
def test_a_line_that_went_waits(path: str) -> None:
    """Nobody needs to have deployed it: what has no line is not approved."""
    assert only(inputs(), without(path)).why is Reason.NEW
    deployed = Known({("path", path): 3})
    found = only(inputs(), without(path), deployed)
    assert (found.why, found.path) == (Reason.LINE_REMOVED, path)
    assert found.sign is not None
    assert find_unapproved(sign(without(path), [found.sign], KEY), inputs(), deployed) == []


def test_a_configuration_that_went_with_its_line_waits_where_it_was_deployed() -> None:
    there = inputs({name: item for name, item in HERE.items() if name != ".sops.yaml"})
    found = only(there, without(".sops.yaml"), Known({("path", ".sops.yaml"): 1}))
    assert (found.why, found.path) == (Reason.LINE_REMOVED, ".sops.yaml")


def test_a_deployed_version_of_another_path_says_nothing_about_this_one() -> None:
    assert find_unapproved(LEDGER, inputs(), Known({("path", "public"): 9, ("folder", "public/app.yaml"): 9})) == []


def test_two_files_swapped_wait_both() -> None:
    swapped = {**HERE, "private/db.yaml": ("file", API), "private/api.yaml": ("file", DB)}
    assert [item.why for item in find_unapproved(LEDGER, inputs(swapped))] == [Reason.SWAPPED, Reason.SWAPPED]


@pytest.mark.parametrize("path", HERE)
def test_lines_that_disagree_approve_nothing(path: str) -> None:
    other = InputFile(path, HERE[path][0], OTHER).entry(3)
    both = Ledger(KEY.public, [*LEDGER.lines, KEY.sign(other)])
    found = only(inputs(), both)
    assert found.why is Reason.DISAGREE
    assert found.sign is not None
    assert find_unapproved(sign(both, [found.sign], KEY), inputs()) == []


def test_the_configuration_is_first() -> None:
    changed = {path: (kind, data + b"\n") for path, (kind, data) in HERE.items()}
    assert [item.path for item in find_unapproved(LEDGER, inputs(changed))] == [
        ".sops.yaml", "private/api.yaml", "private/db.yaml", "public/app.yaml",
    ]  # fmt: skip


@pytest.mark.parametrize("changed", [True, False])
@pytest.mark.parametrize("answer", [True, False])
def test_a_free_change_needs_the_same_text_around_it_and_a_yes(*, answer: bool, changed: bool) -> None:
    image = b"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: [{name: a, image: 'a/b:%s'}]\n"
    before = inputs({**HERE, "public/app.yaml": ("public", image % b"1.2")})
    after = inputs({**HERE, "public/app.yaml": ("public", image % b"1.3" + (b"# more\n" if changed else b""))})
    asked: list[str] = []

    def is_free(file: InputFile, entry: PublicEntry) -> bool:
        asked.append(file.path)
        assert entry == before.files["public/app.yaml"].entry(3)
        return answer

    assert before.files["public/app.yaml"].free, "no free span: the test proves nothing"
    waits = find_unapproved(signed(there=before), after, Known(is_free_change=is_free))
    assert [item.path for item in waits] == ([] if answer and not changed else ["public/app.yaml"])
    assert asked == ([] if changed else ["public/app.yaml"])
    assert find_unapproved(signed(there=before), before, Known(is_free_change=is_free)) == []


def test_a_free_change_of_an_old_version_is_a_replay() -> None:
    image = b"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: [{name: a, image: 'a/b:%s'}]\n"
    before, after = (inputs({**HERE, "public/app.yaml": ("public", image % tag)}) for tag in (b"1.2", b"1.3"))
    known = Known({("path", "public/app.yaml"): 4}, lambda _file, _entry: True)
    assert only(after, signed(there=before), known).why is Reason.REPLAYED


def test_two_lines_of_a_recipient_change_are_one_path() -> None:
    """A digest that the ledger knows at the same path is no swap."""
    assert only(inputs({**HERE, "private/db.yaml": ("file", OTHER)})).why is Reason.CHANGED
    assert file_digest(OTHER) not in {entry.sha256 for entry in LEDGER.paths().values() if entry is not None}
