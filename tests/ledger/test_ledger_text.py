"""The text form: what is written is read back, nothing can forge a line, branches merge line by line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealkit.errors import RefusedError, SealkitError
from sealkit.ledger import entries as e
from sealkit.ledger.signing import new_key, sign, verify
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
    st.builds(e.PlaceEntry, TEXT, TEXT, TEXT, TEXT),
    st.builds(e.ReachEntry, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT),
    st.builds(e.AccessEntry, TEXT, TEXT, TEXT, TEXT),
    st.builds(e.RecipientEntry, TEXT, TEXT, st.integers(1, 99), TEXT),
)


def ledger(*found: e.LedgerEntry) -> Ledger:
    return sign(Ledger(KEY.public), found, KEY)


@given(st.lists(ENTRIES, max_size=8, unique_by=lambda entry: entry.key))
def test_what_is_written_is_read_back(found: list[e.LedgerEntry]) -> None:
    made = ledger(*found)
    text = made.text()
    assert text.isascii()
    assert text.count("\n") == len(found) + 1
    again = Ledger.parse(text)
    verify(again)
    assert set(again.entries) == set(found)
    assert again.text() == text == Ledger.parse(text.replace("\n", "\r\n")).text()


@given(ENTRIES, st.data())
def test_no_changed_line_verifies(entry: e.LedgerEntry, data: st.DataObject) -> None:
    head, line, _ = ledger(entry).text().split("\n")
    at = data.draw(st.integers(0, len(line) - 1))
    new = data.draw(st.characters(exclude_characters=line[at] + "\r\n"))
    changed = line[:at] + new + line[at + 1 :]
    with pytest.raises(RefusedError):
        verify(Ledger.parse(f"{head}\n{changed}\n"))


@given(st.lists(ENTRIES, max_size=5), st.lists(ENTRIES, max_size=5), st.lists(ENTRIES, max_size=5))
def test_lines_of_two_branches_merge_in_any_order(
    base: list[e.LedgerEntry], ours: list[e.LedgerEntry], theirs: list[e.LedgerEntry]
) -> None:
    one, two = ledger(*base, *ours).text(), ledger(*base, *theirs).text()
    head = one.split("\n", 1)[0]
    rows = [row for text in (one, two) for row in text.split("\n")[1:]]
    there, back = Ledger.parse("\n".join([head, *rows])), Ledger.parse("\n".join([head, *rows[::-1]]))
    verify(there)
    assert there.text() == back.text()
    assert there.keys == {entry.key for entry in (*base, *ours, *theirs)}


@given(TEXT)
def test_a_text_is_never_more_than_one_word(text: str) -> None:
    line = line_of(e.PlaceEntry(text, text, text, text))
    assert "\n" not in line
    assert line.isprintable()
    assert quote(text) == text or quote(text).startswith('"')


def test_a_line_moved_from_another_repository_is_refused() -> None:
    other = new_key()
    entry = e.FileEntry("private/a.yaml", 1, "0" * 64)
    line = sign(Ledger(other.public), [entry], other).text().split("\n")[1]
    with pytest.raises(RefusedError, match=r"private/a\.yaml"):
        verify(Ledger.parse(f"{NAME} {VERSION} signer={KEY.public}\n{line}\n"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not the first line"),
        ("nonsense\n", "not the first line"),
        ("sealkit.sum v2 signer=KEY\n", "version v2"),
        ("sealkit.sum v1 signer=KEY \n", "not the first line"),
        ("sealkit.sum v1 signer=KEY\n<<<<<<< HEAD\n", "merge conflict"),
        ("sealkit.sum v1 signer=KEY\nfile path=x\n", "sum:2: not a line"),
        ("sealkit.sum v1 signer=KEY\nother path=x sig=SIG\n", "sum:2: not a line"),
        ("sealkit.sum v1 signer=KEY\nfile path=x version=01 sha256=a sig=SIG\n", "not a line"),
        ("sealkit.sum v1 signer=KEY\nfile path=x version=1 sha256=a note=b sig=SIG\n", "not a line"),
    ],
)
def test_bad_text_is_one_clear_error(text: str, says: str) -> None:
    with pytest.raises(SealkitError, match=says) as caught:
        Ledger.parse(text.replace("KEY", KEY.public).replace("SIG", "A" * 86))
    assert caught.value.hint


def test_a_ledger_of_before_the_renaming_says_so() -> None:
    with pytest.raises(SealkitError, match="house= was renamed to signer=") as caught:
        Ledger.parse("sealkit.sum v1 house=ed25519:x\nfile path=a generation=1 sha256=b\n")
    assert caught.value.hint == "start a new one: git rm sealkit.sum .sealkit/house.sops.yaml, then: sealkit init"


def test_the_higher_version_wins_and_equal_ones_that_disagree_are_nobodys() -> None:
    low, high = e.FileEntry("a", 1, "1" * 64), e.FileEntry("a", 2, "2" * 64)
    other = e.FileEntry("a", 2, "3" * 64)
    lines = [KEY.sign(entry) for entry in (high, low)]
    assert Ledger(KEY.public, lines).files() == {"a": high}
    for order in ([*lines, KEY.sign(other)], [KEY.sign(other), *lines]):
        assert Ledger(KEY.public, order).files() == {"a": None}
    assert sign(Ledger(KEY.public, lines), [e.FileEntry("a", 3, "3" * 64)], KEY).files()["a"].version == 3  # type: ignore[union-attr]


def test_the_digest_knows_line_endings_and_where_texts_end() -> None:
    assert file_digest(b"a\r\nb\n") == file_digest(b"a\nb\n") != file_digest(b"a\nb")
    assert e.digest("ab", "c") != e.digest("a", "bc")
