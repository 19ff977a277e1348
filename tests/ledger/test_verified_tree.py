"""A renderer gets regular files of approved bytes, in a folder of its own, and nothing else."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from sealkit.errors import SealkitError
from sealkit.ledger.entries import FileEntry
from sealkit.ledger.inputs import InputFile, Inputs
from sealkit.ledger.unapproved import Reason, Unapproved
from sealkit.ledger.verified_tree import VerifiedTree

CONTENTS = {
    "public/a.yaml": b"a: 1\n", "public/deep/er/.hidden": b"\0\r\n", "public/run.sh": b"#!/bin/sh\n", "private/db.yaml": b"x",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A private, empty folder."""
    made = tmp_path / "tree"
    made.mkdir(mode=0o700)
    return made


def test_it_writes_regular_files_that_only_the_owner_reads(folder: Path) -> None:
    old = os.umask(0)
    try:
        VerifiedTree(CONTENTS).write_to(folder)
    finally:
        os.umask(old)
    written = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    for name, path in written.items():
        mode = path.lstat().st_mode
        assert (stat.S_ISREG(mode), stat.S_ISDIR(mode)) == (name in CONTENTS, name not in CONTENTS), name
        assert name not in CONTENTS or stat.S_IMODE(mode) == 0o600, name
    assert stat.S_IMODE(folder.lstat().st_mode) == 0o700
    assert {name: written[name].read_bytes() for name in CONTENTS} == CONTENTS


def test_it_writes_what_is_asked_for(folder: Path) -> None:
    VerifiedTree(CONTENTS).write_to(folder, "public")
    assert not (folder / "private").exists()
    assert (folder / "public/a.yaml").read_bytes() == CONTENTS["public/a.yaml"]


def test_it_refuses_a_folder_that_others_may_enter(folder: Path) -> None:
    folder.chmod(0o750)
    with pytest.raises(SealkitError, match="not an empty folder of one's own"):
        VerifiedTree(CONTENTS).write_to(folder)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("what", ["file", "link", "folder"])
def test_it_refuses_a_folder_that_is_not_empty(folder: Path, tmp_path: Path, what: str) -> None:
    """A link that lies there already would lead the files elsewhere."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if what == "file":
        (folder / "x").write_text("")
    elif what == "link":
        (folder / "public").symlink_to(elsewhere)
    else:
        (folder / "public").mkdir()
    with pytest.raises(SealkitError, match="not an empty folder"):
        VerifiedTree(CONTENTS).write_to(folder)
    assert list(elsewhere.iterdir()) == []


def test_it_refuses_a_link_to_a_folder(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    with pytest.raises(SealkitError, match="not an empty folder"):
        VerifiedTree(CONTENTS).write_to(link)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("path", ["../out.yaml", "{}/out.yaml", "public/../../out.yaml"])
def test_no_path_leads_out_of_it(folder: Path, path: str) -> None:
    """git checks no such path out, but a commit that somebody made by hand can name it."""
    with pytest.raises(SealkitError, match="leads out of the repository"):
        VerifiedTree({path.format(folder.parent): b"x"}).write_to(folder)
    assert not (folder.parent / "out.yaml").exists()


def test_what_waits_is_not_there() -> None:
    files = {path: InputFile(path, "public", data) for path, data in CONTENTS.items()}
    waiting = [
        Unapproved(Reason.CHANGED, "public/a.yaml", "changed", sign=FileEntry("public/a.yaml", 2, "0")),
        Unapproved(Reason.NEW, "public/deep/", "a folder", implied=True),
    ]
    tree = VerifiedTree.of(Inputs(files, {}), waiting)
    assert tree.paths() == ["private/db.yaml", "public/deep/er/.hidden", "public/run.sh"]
    assert tree.paths("public/deep") == ["public/deep/er/.hidden"]
    with pytest.raises(SealkitError, match=r"public/a\.yaml: not approved, or not there"):
        tree.read("public/a.yaml")
    assert VerifiedTree.of(Inputs(files, {})).paths() == sorted(CONTENTS)


def test_it_holds_the_bytes_that_were_hashed(folder: Path) -> None:
    files = {"a": InputFile("a", "public", b"x\r\n"), "b": InputFile("b", "public", b"x\r\n\0")}
    VerifiedTree.of(Inputs(files, {})).write_to(folder)
    assert ((folder / "a").read_bytes(), (folder / "b").read_bytes()) == (b"x\n", b"x\r\n\0")
