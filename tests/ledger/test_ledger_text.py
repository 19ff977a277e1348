"""The text form: what is written is read back, nothing can forge a line, branches merge line by line."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealkit.errors import SealkitError
from sealkit.ledger import entries as e
from sealkit.ledger.signing import new_key, sign, verified
from sealkit.ledger.text import NAME, VERSION, Ledger, line_of, quote
from sealkit.sealed.file import file_digest

KEY = new_key()
TEXT = st.text(st.characters(exclude_categories=()), max_size=40) | st.sampled_from(
    [
        "a\nfile path=x",
        'q" sig=AAAA',
        "\\",
        "\r",
        "\u2028",
        "\x85",
        "\x7f",
        "\udc80",
        "",
        " ",
        "a=b",
        "é",
        "=",
        "sig=",
        "\t",
    ]
)
FILES = st.builds(e.FileEntry, TEXT, st.integers(0, 10**9), TEXT, st.lists(TEXT, max_size=3).map(tuple))
ENTRIES = st.one_of(
    FILES,
    st.builds(e.PublicEntry, TEXT, st.integers(0, 10**9), TEXT, TEXT),
    st.builds(e.ConfigEntry, TEXT, st.integers(0, 10**9), TEXT),
    st.builds(e.FolderEntry, TEXT, st.integers(0, 10**9), TEXT),
    st.builds(e.VouchEntry, TEXT, TEXT, TEXT, TEXT, TEXT),
)


def ledger(*found: e.LedgerEntry) -> Ledger:
    return sign(Ledger(KEY.public), found, KEY)


@given(st.lists(ENTRIES, max_size=8, unique_by=lambda entry: entry.key))
def test_what_is_written_is_read_back(found: list[e.LedgerEntry]) -> None:
    made = ledger(*found)
    text = made.text()
    assert text.isascii()
    assert text.count("\n") == 2 * len(found) + 1
    again = verified(Ledger.parse(text))
    assert again.ignored == 0
    assert set(again.entries) == set(found)
    assert again.text() == text == Ledger.parse(text.replace("\n", "\r\n")).text()


@given(ENTRIES, st.data())
def test_no_changed_line_verifies(entry: e.LedgerEntry, data: st.DataObject) -> None:
    """It signs nothing, it is counted, and the line beside it still holds."""
    other = e.ConfigEntry("sealkit.yaml", 1, "0" * 64)
    head, line = Ledger(KEY.public).text().strip(), KEY.sign(entry).line()
    at = data.draw(st.integers(0, len(line) - 1))
    new = data.draw(st.characters(exclude_characters=line[at] + "\r\n"))
    changed = line[:at] + new + line[at + 1 :]
    read = verified(Ledger.parse(f"{head}\n\n{changed}\n\n{KEY.sign(other).line()}\n"))
    assert list(read.entries) == [other]
    assert read.ignored == 1


@given(st.lists(ENTRIES, max_size=5), st.lists(ENTRIES, max_size=5), st.lists(ENTRIES, max_size=5))
def test_lines_of_two_branches_merge_in_any_order(
    base: list[e.LedgerEntry], ours: list[e.LedgerEntry], theirs: list[e.LedgerEntry]
) -> None:
    one, two = ledger(*base, *ours).text(), ledger(*base, *theirs).text()
    head = one.split("\n", 1)[0]
    rows = [row for text in (one, two) for row in text.split("\n")[1:]]
    there, back = Ledger.parse("\n".join([head, *rows])), Ledger.parse("\n".join([head, *rows[::-1]]))
    assert verified(there).ignored == 0
    assert there.text() == back.text()
    assert {entry.key for entry in there.entries} == {entry.key for entry in (*base, *ours, *theirs)}
    assert there.paths() == back.paths()
    assert there.folders() == back.folders()


def test_branches_that_share_no_file_merge_without_a_driver(tmp_path: Path) -> None:
    """As a server merges that knows no merge driver: each of the two bumps every other line."""
    entries = [e.PublicEntry(f"public/{n:02}.yaml", 1, f"{n:064}") for n in range(20)]
    base = ledger(*entries)
    sides = [
        sign(base, [e.PublicEntry(x.path, 2, "a" * 64) for x in entries[start::2]], KEY).text() for start in (0, 1)
    ]
    for name, text in zip(("base", "ours", "theirs"), (base.text(), *sides), strict=True):
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["git", "merge-file", "-p", "ours", "base", "theirs"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, "a conflict"
    merged = verified(Ledger.parse(done.stdout))
    assert merged.ignored == 0
    assert {entry.version for entry in merged.entries if isinstance(entry, e.PublicEntry)} == {2}


@given(TEXT)
def test_a_text_is_never_more_than_one_word(text: str) -> None:
    line = line_of(e.VouchEntry(text, text, text, text, text))
    assert "\n" not in line
    assert line.isprintable()
    assert quote(text) == text or quote(text).startswith('"')


def test_a_line_moved_from_another_repository_signs_nothing() -> None:
    other = new_key()
    entry = e.FileEntry("private/a.yaml", 1, "0" * 64)
    line = other.sign(entry).line()
    read = verified(Ledger.parse(f"{NAME} {VERSION} signer={KEY.public}\n{line}\n"))
    assert (read.lines, read.ignored) == ([], 1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not the first line"),
        ("nonsense\n", "not the first line"),
        ("sealkit.sum v2 signer=KEY\n", "version v2"),
        ("sealkit.sum v1 signer=KEY \n", "not the first line"),
        ("<<<<<<< HEAD\nsealkit.sum v1 signer=KEY\n", "not the first line"),
        ("sealkit.sum v1 signer=KEY id=xyz name=a\n", "not the first line"),
    ],
)
def test_a_bad_first_line_is_one_clear_error(text: str, says: str) -> None:
    with pytest.raises(SealkitError, match=says) as caught:
        Ledger.parse(text.replace("KEY", KEY.public))
    assert caught.value.hint


@pytest.mark.parametrize(
    "row",
    [
        "<<<<<<< HEAD",
        "file path=x",
        "other path=x sig=SIG",
        "file path=x version=01 sha256=a sig=SIG",
        "file path=x version=1 sha256=a note=b sig=SIG",
        "file path=x version=1 sha256=a sig=SIG sig=SIG",
        " file path=x version=1 sha256=a sig=SIG",
        f"file path=x version={'9' * 5000} sha256=a sig=SIG",
        "file path=x version=1 sha256=a sig=short",
        "\x00\u2028",
    ],
)
def test_what_is_no_line_is_counted_and_stops_nothing(row: str) -> None:
    good = e.FileEntry("private/a.yaml", 1, "0" * 64)
    text = ledger(good).text() + row.replace("SIG", "A" * 86) + "\n"
    read = verified(Ledger.parse(text))
    assert list(read.entries) == [good]
    assert read.ignored == 1
    assert read.with_lines([]).text() == ledger(good).text()


@pytest.mark.parametrize("kind", sorted(e.RETIRED))
def test_a_line_of_an_earlier_version_signs_nothing_and_goes(kind: str) -> None:
    """It is no junk either: the next write takes it out without a word."""
    read = verified(Ledger.parse(ledger().text() + f"{kind} name=a sig={'A' * 86}\n"))
    assert (read.lines, read.ignored) == ([], 0)


def test_a_ledger_of_before_the_renaming_says_so() -> None:
    with pytest.raises(SealkitError, match="house= was renamed to signer=") as caught:
        Ledger.parse("sealkit.sum v1 house=ed25519:x\nfile path=a generation=1 sha256=b\n")
    assert caught.value.hint == "start a new one: git rm sealkit.sum .sealkit/house.sops.yaml, then: sealkit init"


def test_the_higher_version_wins_and_equal_ones_that_disagree_are_nobodys() -> None:
    low, high = e.FileEntry("a", 1, "1" * 64), e.FileEntry("a", 2, "2" * 64)
    other = e.FileEntry("a", 2, "3" * 64)
    lines = [KEY.sign(entry) for entry in (high, low)]
    assert Ledger(KEY.public, lines).paths() == {"a": high}
    for order in ([*lines, KEY.sign(other)], [KEY.sign(other), *lines]):
        assert Ledger(KEY.public, order).paths() == {"a": None}
    assert sign(Ledger(KEY.public, lines), [e.FileEntry("a", 3, "3" * 64)], KEY).paths()["a"].version == 3  # type: ignore[union-attr]


def test_a_path_keeps_its_version_when_its_kind_changes() -> None:
    """A sealed file that is replaced by a public one of the same path is no new path that starts at one again."""
    sealed, public = e.FileEntry("a", 2, "1" * 64), e.PublicEntry("a", 2, "2" * 64)
    both = Ledger(KEY.public, [KEY.sign(sealed), KEY.sign(public)])
    assert both.paths() == {"a": None}
    assert both.version(("path", "a")) == 2
    assert list(sign(both, [e.PublicEntry("a", 3, "2" * 64)], KEY).entries) == [e.PublicEntry("a", 3, "2" * 64)]


def test_the_digest_knows_line_endings_and_where_texts_end() -> None:
    assert file_digest(b"a\r\nb\n") == file_digest(b"a\nb\n") != file_digest(b"a\nb")


def test_line_endings_of_what_is_no_text_count() -> None:
    assert file_digest(b"a\r\n\0") != file_digest(b"a\n\0")
