"""Absence shows: a file that goes, or comes, together with its line is seen by the line of its folder."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sealkit.ledger.entries import FolderEntry, VersionedEntry
from sealkit.ledger.folders import following_entries, is_listed, names_by_folder, names_digest, stale_keys
from sealkit.ledger.inputs import InputFile, Inputs
from sealkit.ledger.signing import new_key, sign
from sealkit.ledger.text import Ledger
from sealkit.ledger.unapproved import Known, Reason, find_unapproved

KEY = new_key()
ROOTS = ("public", "private")
FILES = ("public/a.yaml", "public/b.yaml", "public/apps/c.yaml", "public/apps/deep/d.yaml")


def there(paths: Sequence[str]) -> Inputs:
    """A repository of these public files, as `read_inputs` tells it."""
    names: dict[str, set[str]] = {root: set() for root in ROOTS}
    for path in paths:
        name = path
        while "/" in name:
            folder, _, last = name.rpartition("/")
            names.setdefault(folder, set()).add(last + ("/" if name != path else ""))
            name = folder
    files = {path: InputFile(path, "public", path.encode()) for path in paths}
    return Inputs(files, {folder: names_digest(found) for folder, found in names.items()})


def signed(paths: Sequence[str], version: int = 1) -> Ledger:
    found = there(paths)
    entries: list[VersionedEntry] = [file.entry(version) for file in found.files.values()]
    entries += [FolderEntry(path, version, names) for path, names in found.folders.items()]
    return sign(Ledger(KEY.public), entries, KEY)


def approve(ledger: Ledger, inputs: Inputs, *paths: str) -> Ledger:
    """As `approvals.approve` signs files, and what follows from them for their folders."""
    items = [item for item in find_unapproved(ledger, inputs) if not paths or item.path in paths]
    assert items
    entries = [item.sign for item in items if item.sign is not None and not item.implied]
    after = sign(ledger, entries, KEY, [key for item in items for key in item.drop])
    after = sign(after, following_entries(ledger, after, inputs.folders), KEY)
    return after.with_lines([], stale_keys(after, inputs.folders))


def shown(ledger: Ledger, inputs: Inputs, known: Known | None = None) -> list[tuple[str, Reason, bool]]:
    return [(item.path, item.why, item.implied) for item in find_unapproved(ledger, inputs, known)]


def without(path: str, ledger: Ledger) -> Ledger:
    return ledger.with_lines([], [("path", path)])


@pytest.mark.parametrize("path", FILES)
def test_a_file_that_goes_with_its_line_waits(path: str) -> None:
    """The attack: a NetworkPolicy and its line are deleted in one commit, so no file differs from its line."""
    ledger, left = signed(FILES), there([other for other in FILES if other != path])
    folder = path.rpartition("/")[0]
    items = find_unapproved(without(path, ledger), left)
    assert [item.implied for item in items] == [False]
    assert items[0].why in {Reason.CHANGED, Reason.NEW}
    assert items[0].path in {f"{folder}/", f"{folder.rpartition('/')[0]}/"}
    assert "together with its line" in items[0].message
    assert find_unapproved(approve(without(path, ledger), left), left) == []


@pytest.mark.parametrize("path", FILES)
def test_a_file_that_comes_with_an_older_line_waits(path: str) -> None:
    """A file that was deleted long ago, put back with its line: its signature holds, the names of the folder do not."""
    before = [other for other in FILES if other != path]
    ledger = signed(before, 2)
    forged = ledger.with_lines([line for line in signed(FILES).lines if line.entry.key == ("path", path)])
    items = find_unapproved(forged, there(FILES))
    assert [item.implied for item in items] == [False] * len(items) != []
    assert all("together with its line" in item.message or item.why is Reason.NEW for item in items)


def test_files_that_differ_imply_their_folders_and_sign_them() -> None:
    ledger, now = signed(FILES), there([*FILES[1:], "public/new.yaml"])
    assert shown(ledger, now) == [
        ("public/", Reason.CHANGED, True), ("public/a.yaml", Reason.REMOVED, False), ("public/new.yaml", Reason.NEW, False),
    ]  # fmt: skip
    assert shown(approve(ledger, now), now) == []


def test_a_folder_follows_the_files_that_are_approved_one_by_one() -> None:
    """Its line names what is approved, so half of the work is no alarm, and the rest of it still waits."""
    ledger, now = signed(FILES), there([*FILES[1:], "public/new.yaml", "public/apps/other.yaml"])
    half = approve(ledger, now, "public/a.yaml")
    assert half.folders()["public"] != ledger.folders()["public"]
    assert shown(half, now) == [
        ("public/", Reason.CHANGED, True), ("public/apps/", Reason.CHANGED, True),
        ("public/apps/other.yaml", Reason.NEW, False), ("public/new.yaml", Reason.NEW, False),
    ]  # fmt: skip
    more = approve(half, now, "public/new.yaml")
    assert shown(more, now) == [("public/apps/", Reason.CHANGED, True), ("public/apps/other.yaml", Reason.NEW, False)]
    assert shown(approve(more, now, "public/apps/other.yaml"), now) == []


def test_a_new_folder_that_is_approved_in_halves() -> None:
    ledger, now = signed(FILES), there([*FILES, "public/new/x.yaml", "public/new/y.yaml"])
    half = approve(ledger, now, "public/new/x.yaml")
    assert [item for item in shown(half, now) if not item[2]] == [("public/new/y.yaml", Reason.NEW, False)]
    assert shown(approve(half, now, "public/new/y.yaml"), now) == []


def test_a_folder_that_is_removed_in_halves_and_comes_back() -> None:
    ledger, now = signed(FILES), there(FILES[:2])
    half = approve(ledger, now, FILES[2])
    assert [item for item in shown(half, now) if not item[2]] == [(FILES[3], Reason.REMOVED, False)]
    assert shown(half, there([*FILES[:2], FILES[3]])) == []
    done = approve(half, now, FILES[3])
    assert shown(done, now) == []
    assert set(done.folders()) == {"public", "private"}


def test_a_new_folder_is_signed_with_its_last_file() -> None:
    ledger, now = signed(FILES), there([*FILES, "public/new/x.yaml", "public/new/y.yaml"])
    assert [item for item in shown(ledger, now) if not item[2]] == [
        ("public/new/x.yaml", Reason.NEW, False), ("public/new/y.yaml", Reason.NEW, False),
    ]  # fmt: skip
    done = approve(ledger, now)
    assert shown(done, now) == []
    assert done.folders().keys() >= {"public/new"}


def test_an_emptied_folder_loses_its_line_and_its_parent_shows_it() -> None:
    ledger, now = signed(FILES), there(FILES[:2])
    assert [path for path, _, implied in shown(ledger, now) if not implied] == list(FILES[2:])
    done = approve(ledger, now)
    assert shown(done, now) == []
    assert set(done.folders()) == {"public", "private"}
    stolen = ledger.with_lines([], [("path", path) for path in FILES[2:]])
    assert [item for item in shown(stolen, now) if not item[2]] == [("public/", Reason.CHANGED, False)]
    gone = stolen.with_lines([], [("folder", "public/apps"), ("folder", "public/apps/deep")])
    assert [item for item in shown(gone, now) if not item[2]] == [("public/", Reason.CHANGED, False)]


def test_all_files_with_all_their_lines_wait_at_the_root() -> None:
    ledger, nothing = signed(FILES), there([])
    emptied = ledger.with_lines([], [("path", path) for path in FILES])
    assert ("public/", Reason.CHANGED, False) in shown(emptied, nothing)


def test_the_line_of_a_folder_that_went_waits_where_it_was_deployed() -> None:
    ledger, left = signed(FILES, 2), there(FILES[1:])
    forged = ledger.with_lines([], [("path", FILES[0]), ("folder", "public")])
    assert shown(forged, left) == [("public/", Reason.NEW, False)]
    known = Known({("folder", "public"): 2})
    assert shown(forged, left, known) == [("public/", Reason.LINE_REMOVED, False)]
    assert shown(ledger.with_lines([], [("folder", "public")]), there(FILES)) == [("public/", Reason.NEW, False)]


def test_an_old_list_of_names_is_a_replay_where_a_newer_one_was_deployed() -> None:
    old = signed(FILES[1:])
    assert shown(old, there(FILES[1:])) == []
    assert shown(old, there(FILES[1:]), Known({("folder", "public"): 2})) == [("public/", Reason.REPLAYED, False)]


def test_a_write_does_not_approve_what_went_before_it() -> None:
    """The folder from which a stranger took a file with its line stays unsigned when sealkit writes another file there."""
    ledger = without(FILES[0], signed(FILES))
    now = there([*FILES[1:], "public/new.yaml"])
    after = sign(ledger, [now.files["public/new.yaml"].entry(1)], KEY)
    assert following_entries(ledger, after, now.folders) == []
    assert ("public/", Reason.CHANGED, False) in shown(after, now)


def test_two_branches_that_changed_one_folder_are_merged_by_a_person() -> None:
    """Each branch is approved; put together, two lines of one version disagree about the names."""
    base = signed(FILES)
    ours, theirs = [*FILES, "public/ours.yaml"], [*FILES, "public/theirs.yaml"]
    one, two = approve(base, there(ours)), approve(base, there(theirs))
    merged = Ledger.parse(one.text() + two.text().partition("\n")[2])
    both = there([*ours, "public/theirs.yaml"])
    assert shown(merged, both) == [("public/", Reason.DISAGREE, False)]
    assert shown(approve(merged, both), both) == []


def test_two_branches_that_changed_two_folders_merge_by_themselves() -> None:
    base = signed(FILES)
    ours, theirs = [*FILES, "public/apps/ours.yaml"], [*FILES, "public/theirs.yaml"]
    one, two = approve(base, there(ours)), approve(base, there(theirs))
    merged = Ledger.parse(one.text() + two.text().partition("\n")[2])
    assert shown(merged, there([*ours, "public/theirs.yaml"])) == []


def test_the_digest_of_names_tells_apart_what_could_be_mistaken() -> None:
    digests = [
        names_digest(names) for names in ([], [""], ["a"], ["a/"], ["ab"], ["a", "b"], ["a\nb"], ["A"], ["\udc80"])
    ]
    assert len(set(digests)) == len(digests) - 1, "only no name and the empty name, which no file has, are one"
    assert names_digest(["b", "a"]) == names_digest(["a", "b"])


def test_the_files_of_sealkit_itself_are_no_names() -> None:
    assert [is_listed(path) for path in ("sealkit.yaml", ".sops.yaml", ".sealkit/signing-key.sops.yaml")] == [False] * 3
    assert is_listed("public/sealkit.yaml")
    assert names_by_folder(signed(["public/sealkit.yaml"])) == {"": {"public/"}, "public": {"sealkit.yaml"}}
