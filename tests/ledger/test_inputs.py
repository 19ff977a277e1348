"""What a deploy reads: which files are signed, and that the bytes that were hashed are the bytes that are used."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from repository_kit import Git
from sealkit.errors import RefusedError, SealkitError
from sealkit.ledger.entries import PublicEntry
from sealkit.ledger.folders import names_digest
from sealkit.ledger.inputs import InputFile, Inputs, is_deployed, read_inputs
from sealkit.ledger.signing import new_key, sign
from sealkit.ledger.text import Ledger
from sealkit.sealed.file import file_digest
from sealkit.source.config import Config, read_config
from sealkit.source.file_tree import GitTree
from sealkit.source.read_once import work_tree

SEALED = "k: x\nsops:\n    age:\n        - recipient: age1a\n          enc: |\n            -\n"
Read = Callable[..., Inputs]


@pytest.fixture
def read(repo: Path) -> Read:
    """`read("sealkit.yaml's text", ledger)`: the inputs of the work tree."""

    def run(text: str = "version: 1\n", ledger: Ledger | None = None, **options: Any) -> Inputs:
        (repo / "sealkit.yaml").write_text(text)
        config = read_config(repo, text)
        return read_inputs(config, work_tree(config), ledger, **options)

    return run


def write(repo: Path, *paths: str, text: str = "a: 1\n") -> None:
    for path in paths:
        (repo / path).parent.mkdir(parents=True, exist_ok=True)
        (repo / path).write_text(SEALED if path.startswith("private/") else text)


def kinds(inputs: Inputs) -> dict[str, str]:
    return {path: file.kind for path, file in inputs.files.items()}


def test_every_file_below_the_public_folder_is_signed_whatever_it_is(repo: Path, read: Read) -> None:
    names = [
        "public/a.yaml", "public/.hidden", "public/.dir/b", "public/chart/values.schema.json", "public/chart/.helmignore",
        "public/script.sh", "public/no-suffix", "public/x.tgz", "public/deep/er/still.txt", "public/.gitignore", "public/sealkit.yaml",
        "public/a b\n\"c\".yaml", "public/\u00e9.yaml",
    ]  # fmt: skip
    write(repo, *names, "private/db.yaml", "private.example/db.yaml", "README.md", "other/a.yaml", ".sops.yaml")
    assert kinds(read()) == {
        **dict.fromkeys(names, "public"), "private/db.yaml": "file", "sealkit.yaml": "config", ".sops.yaml": "config",
    }  # fmt: skip


def test_a_file_that_git_does_not_decode_is_signed(repo: Path, read: Read) -> None:
    (repo / "public").mkdir()
    (repo / "public/b\udcff.yaml").write_bytes(b"a: 1\n")
    assert kinds(read())["public/b\udcff.yaml"] == "public"


def test_ignored_files_are_no_inputs_and_private_ones_are(repo: Path, read: Read) -> None:
    """What git ignores is in no other clone; the private tree may be ignored on purpose."""
    write(repo, "public/a.yaml", "public/ignored.yaml", "private/db.yaml")
    (repo / ".gitignore").write_text("ignored.yaml\n/private/\n")
    assert set(read().files) == {"sealkit.yaml", "public/a.yaml", "private/db.yaml"}


def test_a_plain_file_in_the_private_tree_is_no_input(repo: Path, read: Read) -> None:
    write(repo, "private/db.yaml")
    (repo / "private/README.md").write_text("no value here\n")
    assert set(read().files) == {"sealkit.yaml", "private/db.yaml"}


def test_a_sealed_file_in_the_public_tree_is_sealed(repo: Path, read: Read) -> None:
    (repo / "public").mkdir()
    (repo / "public/db.yaml").write_text(SEALED)
    assert kinds(read())["public/db.yaml"] == "file"


def test_what_the_ledger_names_stays_an_input(repo: Path, read: Read) -> None:
    """A sealed file that was replaced by plain text, and a file that no deploy reads but `exec` does."""
    write(repo, "private/db.yaml", "tofu/main.tf")
    key = new_key()
    entries = [InputFile("private/db.yaml", "file", SEALED.encode()).entry(1), PublicEntry("tofu/main.tf", 1, "0")]
    ledger = sign(Ledger(key.public), entries, key)
    (repo / "private/db.yaml").write_text("k: plain\n")
    found = read(ledger=ledger)
    assert (found.files["private/db.yaml"].kind, found.files["tofu/main.tf"].kind) == ("file", "public")
    assert "tofu/main.tf" not in read().files


@pytest.mark.parametrize("link", ["inside", "outside", "nowhere", "folder"])
def test_links_below_public_folders_are_left_out_and_told(repo: Path, read: Read, link: str) -> None:
    """`kustomize` would follow one, and the text that git signs is the name of its target."""
    write(repo, "public/a.yaml", "other/b.yaml")
    (repo.parent / "outside.yaml").write_text("kind: X\n")
    to = {"inside": "../other/b.yaml", "outside": repo.parent / "outside.yaml", "nowhere": "gone", "folder": "../other"}
    (repo / "public/link").symlink_to(to[link])
    found = read()
    assert set(found.files) == {"sealkit.yaml", "public/a.yaml"}
    assert link == "folder" or found.links == ("public/link",)
    assert found.folders["public"] == names_digest(["a.yaml"])


def test_a_folder_of_the_clone_behind_a_link_is_left_out(repo: Path, read: Read, git: Git) -> None:
    """The whole public folder replaced by a link: nothing behind it is signed as if it stood there."""
    write(repo, "other/b.yaml", "public/a.yaml")
    git(repo, "add", "-A")
    (repo / "public/a.yaml").unlink()
    (repo / "public").rmdir()
    (repo / "public").symlink_to("other")
    assert not any(path.startswith("public/") for path in read().files)


def test_a_submodule_is_left_out(repo: Path, read: Read, git: Git) -> None:
    write(repo, "public/a.yaml")
    module = repo / "public/module"
    module.mkdir()
    git(module, "init", "-q")
    (module / "evil.yaml").write_text("kind: Role\n")
    git(module, "add", "-A")
    git(module, "commit", "-qm", "a module")
    assert set(read().files) == {"sealkit.yaml", "public/a.yaml"}
    git(repo, "-c", "advice.addEmbeddedRepo=false", "add", "-A")
    assert set(read().files) == {"sealkit.yaml", "public/a.yaml"}
    git(repo, "commit", "-qm", "with a submodule")
    config = read_config(repo, "version: 1\n")
    assert set(read_inputs(config, GitTree(repo, "HEAD"), None).files) == {"sealkit.yaml", "public/a.yaml"}


def test_a_commit_and_its_work_tree_have_the_same_inputs(repo: Path, read: Read, git: Git) -> None:
    write(repo, "public/a.yaml", "public/.x/b.yaml", "private/db.yaml", "README.md")
    (repo / "public/link").symlink_to("a.yaml")
    (repo / "public/dos.txt").write_bytes(b"a\r\nb\r\n")
    here = read()
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "a commit")
    there = read_inputs(read_config(repo, "version: 1\n"), GitTree(repo, "HEAD"), None)
    assert {path: file.sha256 for path, file in here.files.items()} == {p: f.sha256 for p, f in there.files.items()}
    assert here.folders == there.folders


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("public/App.yaml", "public/app.yaml"),
        ("public/Folder/a.yaml", "public/folder/b.yaml"),
        ("public/\u00e9.yaml", "public/" + unicodedata.normalize("NFD", "\u00e9") + ".yaml"),
        ("public/stra\u00dfe.yaml", "public/STRASSE.yaml"),
        ("public/\u212a.yaml", "public/k.yaml"),
        ("public/A/x.yaml", "public/a"),
    ],
)
def test_paths_that_a_file_system_takes_for_one_are_refused(repo: Path, read: Read, one: str, two: str) -> None:
    write(repo, one, two)
    with pytest.raises(RefusedError, match="the same path as") as caught:
        read()
    assert caught.value.hint
    assert caught.value.exit_code == 1


def test_paths_that_differ_are_no_collision(repo: Path, read: Read) -> None:
    write(repo, "public/a.yaml", "public/b.yaml", "public/a/a.yaml", "private/a.yaml", "README.md", "readme.md")
    assert len(read().files) == 5


@pytest.mark.parametrize(
    ("data", "used"),
    [
        (b"a: 1\r\nb: 2\r\n", b"a: 1\nb: 2\n"),
        (b"\xff\r\n", b"\xff\n"),
        (b"\x1f\x8b\r\n\x00\r\n", b"\x1f\x8b\r\n\x00\r\n"),
        (b"a\rb\r\r\n", b"a\rb\r\n"),
        (b"", b""),
    ],
)
def test_line_endings_are_normalised_in_text_alone_and_used_as_they_were_hashed(
    repo: Path, read: Read, data: bytes, used: bytes
) -> None:
    (repo / "public").mkdir()
    (repo / "public/a").write_bytes(data)
    file = read().files["public/a"]
    assert file.data == used
    assert file.sha256 == file_digest(data) == hashlib.sha256(used).hexdigest()


def test_a_file_is_read_once(repo: Path) -> None:
    """What was hashed is what is used, even if the file changes in between."""
    write(repo, "public/a.yaml")
    config = Config(repo, "split", "public", "private")
    tree = work_tree(config)
    before = read_inputs(config, tree, None).files["public/a.yaml"]
    write(repo, "public/a.yaml", text="kind: Evil\n")
    after = read_inputs(config, tree, None).files["public/a.yaml"]
    assert after.data == before.data == b"a: 1\n"


TWO = (
    "version: 1\ntargets:\n  one: {public: [base, one], private: [one]}\n  two: {public: [base, two], private: [two]}\n"
)


def test_the_folders_of_every_target_count_and_no_others(repo: Path, read: Read) -> None:
    write(
        repo,
        "public/base/a.yaml",
        "public/one/a.yaml",
        "public/two/a.yaml",
        "public/three/a.yaml",
        "private/one/x.yaml",
    )
    found = read(TWO)
    assert sorted(path for path in found.files if path != "sealkit.yaml") == [
        "private/one/x.yaml", "public/base/a.yaml", "public/one/a.yaml", "public/two/a.yaml",
    ]  # fmt: skip
    assert set(found.folders) == {"private/one", "private/two", "public/base", "public/one", "public/two"}


def test_a_folder_that_is_empty_has_names_too(read: Read) -> None:
    assert read().folders == {"public": names_digest([]), "private": names_digest([])}


def test_folders_from_the_roots_down_have_their_names(repo: Path, read: Read) -> None:
    write(repo, "public/a.yaml", "public/x/b.yaml", "public/x/y/c.yaml", "private/db.yaml")
    assert read().folders == {
        "public": names_digest(["a.yaml", "x/"]), "public/x": names_digest(["b.yaml", "y/"]),
        "public/x/y": names_digest(["c.yaml"]), "private": names_digest(["db.yaml"]),
    }  # fmt: skip


INLINE = "version: 1\nlayout: inline\n"


def test_a_repository_that_only_seals_and_scans_has_no_public_files(repo: Path, read: Read) -> None:
    """Flux opens its files: nothing public of it is sealkit's to sign."""
    write(repo, "clusters/a.yaml", "README.md", ".sops.yaml")
    (repo / "clusters/db.sops.yaml").write_text(SEALED)
    found = read(INLINE)
    assert kinds(found) == {"sealkit.yaml": "config", ".sops.yaml": "config", "clusters/db.sops.yaml": "file"}
    assert found.folders == {}


def test_layout_inline_with_a_target_signs_all_of_it(repo: Path, read: Read) -> None:
    write(repo, "clusters/a.yaml", "README.md", ".sealkit/allow.yaml", ".github/workflows/ci.yaml")
    (repo / "clusters/db.sops.yaml").write_text(SEALED)
    (repo / "sealkit.sum").write_text("not read here\n")
    found = read(INLINE + "targets: {home: {}}\n")
    assert kinds(found) == {
        "sealkit.yaml": "config", "clusters/db.sops.yaml": "file", "clusters/a.yaml": "public", "README.md": "public",
        ".github/workflows/ci.yaml": "public",
    }  # fmt: skip
    assert found.folders[""] == names_digest(["clusters/", "README.md", ".github/"])
    some = read(INLINE + "targets: {home: {public: [clusters], private: [clusters]}}\n")
    assert set(some.files) == {"sealkit.yaml", "clusters/a.yaml", "clusters/db.sops.yaml"}


def test_without_a_configuration_public_lines_say_that_it_is_deployed(repo: Path) -> None:
    """Whoever takes `sealkit.yaml` away does not take the public lines out of force."""
    write(repo, "a.yaml")
    config, key = Config(repo), new_key()
    empty = Ledger(key.public)
    assert not is_deployed(config, None)
    assert not is_deployed(config, empty)
    assert read_inputs(config, work_tree(config), empty).files == {}
    ledger = sign(empty, [PublicEntry("b.yaml", 1, "0")], key)
    assert is_deployed(config, ledger)
    assert set(read_inputs(config, work_tree(config), ledger).files) == {"a.yaml"}


@pytest.mark.parametrize(("one", "other"), [(b"a\r\n", b"a\r\r\n"), (b"a\n", b"a\r\r\n"), (b"a\r\n\0", b"a\n\0")])
def test_no_two_texts_that_differ_when_used_have_one_digest(one: bytes, other: bytes) -> None:
    files = [InputFile("a", "public", data) for data in (one, other)]
    assert files[0].data != files[1].data
    assert files[0].sha256 != files[1].sha256


@pytest.mark.parametrize("path", ["private/db.yaml", ".sops.yaml"])
def test_a_link_out_of_the_clone_in_place_of_an_input_is_no_input(repo: Path, read: Read, path: str) -> None:
    """It waits as a file that was removed; nothing behind it is read."""
    (repo / path).parent.mkdir(exist_ok=True)
    (repo.parent / "elsewhere.yaml").write_text(SEALED)
    (repo / path).symlink_to(repo.parent / "elsewhere.yaml")
    assert path not in read().files


@pytest.mark.parametrize("path", ["public/a.yaml", "private/db.yaml", "tofu/main.tf"])
def test_an_input_that_cannot_be_read_is_an_error(repo: Path, path: str) -> None:
    """Never a file that is not there: it would be left out of a deploy without a word."""

    class Broken:
        def paths(self, under: str = "") -> list[str]:
            return [path, "README.md"]

        def read(self, path: str) -> bytes:
            raise SealkitError(f"{path}: input/output error")

        def is_link(self, path: str) -> bool:
            return False

    key = new_key()
    entries = [InputFile("private/db.yaml", "file", b"").entry(1), PublicEntry("tofu/main.tf", 1, "0")]
    with pytest.raises(SealkitError, match=path):
        read_inputs(Config(repo, "split", "public", "private"), Broken(), sign(Ledger(key.public), entries, key))
