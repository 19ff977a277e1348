"""A reader sees each change of the bytes that are signed."""

from __future__ import annotations

import difflib
import hashlib
import random
import re
import subprocess
import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sealkit.report.file_diff import fenced, file_diff
from sealkit.report.line_matches import matches
from sealkit.report.visible import MIXED, mixes_scripts, visible


def body(before: str, after: str, **options: int) -> list[str]:
    """The changed lines of two texts."""
    lines = file_diff("a.yaml", before.encode(), after.encode(), **options)
    assert lines[:2] == ["--- a.yaml", "+++ a.yaml"]
    return [line for line in lines[3:] if line[0] != " "]


def test_a_diff() -> None:
    before = "".join(f"line {number}\n" for number in range(1, 30))
    after = before.replace("line 5\n", "line five\n").replace("line 20\n", "").replace("line 29\n", "line 29\nend")
    assert file_diff("a.yaml", before.encode(), after.encode()) == [
        "--- a.yaml", "+++ a.yaml", "@@ -2,7 +2,7 @@", " line 2", " line 3", " line 4", "-line 5", "+line five", " line 6", " line 7", " line 8",
        "@@ -17,7 +17,6 @@", " line 17", " line 18", " line 19", "-line 20", " line 21", " line 22", " line 23",
        "@@ -27,3 +26,4 @@", " line 27", " line 28", " line 29", "+end", "\\ No newline at end of file",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, b"a\n", ["--- /dev/null", "+++ x", "@@ -0,0 +1 @@", "+a"]),
        (b"a\nb", None, ["--- x", "+++ /dev/null", "@@ -1,2 +0,0 @@", "-a", "-b", "\\ No newline at end of file"]),
        (None, b"", ["--- /dev/null", "+++ x"]),
        (b"", None, ["--- x", "+++ /dev/null"]),
        (b"a", b"a\n", ["--- x", "+++ x", "@@ -1 +1 @@", "-a", "\\ No newline at end of file", "+a"]),
        (b"a\n", b"a\n", []),
        (None, None, []),
    ],
)
def test_files_that_come_and_go(before: bytes | None, after: bytes | None, expected: list[str]) -> None:
    assert file_diff("x", before, after) == expected


@pytest.mark.parametrize("binary", [b"\0", b"a\xff\n", "ä".encode("latin-1"), b"\xed\xa0\x80"])
def test_a_binary_file_is_one_line(binary: bytes) -> None:
    digest, other = hashlib.sha256(binary).hexdigest(), hashlib.sha256(b"text").hexdigest()
    assert file_diff("x", b"text", binary) == [
        f"Binary file x differs: 4 bytes sha256:{other} -> {len(binary)} bytes sha256:{digest}"
    ]
    assert file_diff("x", binary, None) == [f"Binary file x differs: {len(binary)} bytes sha256:{digest} -> no file"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u202eb", "a<U+202E>b"),
        ("a<U+202E>b", "a<U+003C>U+202E>b"),
        ("a <U+ b < c <x>", "a <U+003C>U+ b < c <x>"),
        ("a  <mixed scripts>", "a  <U+003C>mixed scripts>"),
        ("a <…9 more…>", "a <U+003C>…9 more…>"),
        ("a\r", "a<U+000D>"),
        ("a \t", "a<U+0020><U+0009>"),
        ("a      ", "a<U+0020×6>"),
        ("\ta", "\ta"),
        ("a" + " " * 40 + "b", "a<U+0020×40>b"),
        ("a\x1b[31m", "a<U+001B>[31m"),
        ("a\x0b\x0c\x85\u2028\u2029b", "a<U+000B><U+000C><U+0085><U+2028><U+2029>b"),
        ("a\u00a0\u200b\ufeff\U000e0041\ufe0f\U000e0100b", "a<U+00A0><U+200B><U+FEFF><U+E0041><U+FE0F><U+E0100>b"),
        ("\u3164\u115f\u2800\u00ad", "<U+3164><U+115F><U+2800><U+00AD>"),
        ("e\u0301 é", "e<U+0301> é"),
        ("\u0338", "<U+0338>"),
        ("\u037e \u212a \uff1a \U0001d41a \ue000", "<U+037E> <U+212A> <U+FF1A> <U+1D41A> <U+E000>"),
        ("größer 日本 हिन्दी 😀 m² …", "größer 日本 हिन्दी 😀 m² …"),
        ("\u200b" * 50, "<U+200B×50>"),
    ],
)
def test_what_a_reader_could_not_see_is_spelled_out(text: str, expected: str) -> None:
    assert body("x\n", f"{text}\n") == ["-x", f"+{expected}"]


def spelled_back(shown: str) -> str:
    return re.sub(r"<U\+([0-9A-F]+)(?:×(\d+))?>", lambda mark: chr(int(mark[1], 16)) * int(mark[2] or 1), shown)


TEXT = st.text(
    st.one_of(
        st.characters(codec="utf-8", exclude_characters="\n\0"),
        st.sampled_from("<U+02E>×… \t\r\u202e\u200b\u0301eаo"),
    ),
    max_size=30,
)


@given(TEXT | st.text("<U+×0123456789ABCDEF> \u202e", max_size=30))
@example("<U+202E×4>")
@example("\u202e\u202e\u202e\u202e")
def test_the_spelling_can_be_read_back_and_is_safe(text: str) -> None:
    shown = visible(text)
    assert spelled_back(shown) == text
    assert shown.replace("\t", "").isprintable()
    assert shown == shown.rstrip()


@given(TEXT, TEXT)
def test_each_change_of_a_line_can_be_seen(one: str, other: str) -> None:
    shown = body(f"{one}\n", f"{other}\n") if one != other else []
    assert (len(shown) == 2 and shown[0][1:] != shown[1][1:]) or one == other


def test_no_control_or_format_character_passes() -> None:
    for code in [*range(0x1000), *range(0x1FF0, 0x2100), *range(0xFE00, 0xFFFF), *range(0xE0000, 0xE0200)]:
        character = chr(code)
        if unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp", "Co", "Cn"} and character not in "\t\n" + "\0":
            assert visible(f"a{character}b") == f"a<U+{code:04X}>b"


@pytest.mark.parametrize("text", ["аpi", "image: nginх:1", "pаssword=x", "αdmin", "Ꭺpi", "name: x # раypal"])
def test_mixed_scripts_are_marked(text: str) -> None:
    assert body("x\n", f"{text}\n") == ["-x", f"+{visible(text)}{MIXED}"]
    assert body(f"{text}\nx\n", f"{text}\ny\n") == ["-x", "+y"]
    assert file_diff("x", f"{text}\nx\n".encode(), f"{text}\n".encode())[3] == f" {text}{MIXED}"


@pytest.mark.parametrize(
    "text",
    [
        "größer",
        "сервер nginx",
        "nginx-сервер",
        "Kubernetesクラスタ",
        "k8sの設定",
        "5µm",
        "naïve",
        "10 Ω",
    ],
)
def test_other_texts_are_not_marked(text: str) -> None:
    assert not mixes_scripts(text)


def test_a_path_cannot_forge_lines() -> None:
    assert file_diff("a\n+b\u202e", None, b"x\n")[1] == "+++ a<U+000A>+b<U+202E>"


def test_a_long_line_shows_what_differs() -> None:
    middle = ",".join(f'"key{number}":{number}' for number in range(3000))
    before = f"{{{middle}}}\n"
    after = before.replace('"key700":700', '"key700":701').replace('"key2000"', '"key2\u200b000"')
    minus, plus = body(before, after)
    assert len(minus) < 700
    assert '"key700":700,' in minus
    assert '"key700":701,' in plus
    assert "key2<U+200B>000" in plus
    left_out = re.compile(r"<…(\d+) more…>")
    assert left_out.findall(minus) == left_out.findall(plus)
    assert sum(map(int, left_out.findall(minus))) + len(left_out.sub("", minus)) == len(before)


@settings(deadline=None)
@given(st.text("ab ,", min_size=1, max_size=6), st.lists(st.tuples(st.integers(0, 5000), st.text("abcd ,.", max_size=4)), min_size=1, max_size=6))  # fmt: skip
def test_no_change_of_a_long_line_is_hidden(unit: str, edits: list[tuple[int, str]]) -> None:
    before = after = (unit * 3000)[:4000] + "end"
    for at, text in edits:
        after = after[:at] + text + after[at + len(text) // 2 :]
    if before == after:
        return
    minus, plus = body(f"{before}\n", f"{after}\n")
    pattern = re.compile(r"<…(\d+) more…>")
    assert minus[1:] != plus[1:]
    # with what is left out put back, both lines are whole
    for shown, text in ((minus[1:], before), (plus[1:], after)):
        parts = pattern.split(shown)
        at = 0
        for index, part in enumerate(parts):
            if index % 2:
                at += int(part)
            else:
                assert text[at : at + len(spelled_back(part))] == spelled_back(part)
                at += len(spelled_back(part))
        assert at == len(text)


@given(st.lists(st.text("`~a", max_size=12)))
def test_a_fence_is_longer_than_any_inside(lines: list[str]) -> None:
    first, *rest, last = fenced(lines).split("\n")
    assert first == f"{last}diff"
    assert re.fullmatch("`{3,}", last)
    assert rest == lines
    assert not any(last in line or last.replace("`", "~") in line for line in lines)


LINES = st.lists(
    st.sampled_from(["a", "b", "c", "- x", "-- y", "++ z", "  k: v", "@@ -1 +1 @@", "", "\\ No newline"]), max_size=30
)


@settings(deadline=None)
@given(LINES, LINES, st.booleans(), st.booleans(), st.integers(0, 5))
def test_patch_applies_it(before: list[str], after: list[str], ends: bool, new_ends: bool, context: int) -> None:
    old = "\n".join(before) + "\n" * ends
    new = "\n".join(after) + "\n" * new_ends
    if old == new or not old or not new:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.yaml")
        path.write_text(old)
        lines = file_diff("a.yaml", old.encode(), new.encode(), context=context)
        command = ["patch", "--quiet", "--no-backup-if-mismatch", "--fuzz=0", str(path)]
        subprocess.run(command, input="\n".join([*lines, ""]).encode(), check=True, capture_output=True)
        assert path.read_text() == new


ITEMS = st.lists(st.integers(0, 6), max_size=40)


@given(ITEMS, ITEMS)
def test_matches_are_equal_and_in_order(old: list[int], new: list[int]) -> None:
    found = matches(old, new)
    at = new_at = 0
    for match in found:
        assert match.old >= at
        assert match.new >= new_at
        at, new_at = match.old + match.size, match.new + match.size
        assert old[match.old : at] == new[match.new : new_at]
    assert found[-1] == (len(old), len(new), 0)
    assert all(match.size for match in found[:-1])


@given(ITEMS, st.lists(st.integers(0, 40), max_size=4))
def test_few_edits_leave_the_rest_equal(old: list[int], removed: list[int]) -> None:
    new = [item for index, item in enumerate(old) if index not in removed]
    assert sum(match.size for match in matches(old, new)) >= len(new) - 4 * len(removed)


@pytest.mark.parametrize("letters", ["ab", "abcdefgh"])
def test_nothing_is_lost_where_no_line_is_unique(letters: str) -> None:
    chance = random.Random(1)
    old = [chance.choice(letters) for _ in range(3_000)]
    new = [line if chance.random() > 0.3 else chance.choice(letters) for line in old]
    lines = file_diff("x", "\n".join([*old, ""]).encode(), "\n".join([*new, ""]).encode(), context=3_000)[3:]
    assert [line[1:] for line in lines if line[0] in " -"] == old
    assert [line[1:] for line in lines if line[0] in " +"] == new


def test_it_reads_as_difflib_does_where_lines_are_unique() -> None:
    old = [f"line {number}" for number in range(200)]
    new = [line for number, line in enumerate(old) if number % 17] + ["more"]
    expected = list(difflib.unified_diff(old, new, "x", "x", lineterm=""))
    assert file_diff("x", ("\n".join(old) + "\n").encode(), ("\n".join(new) + "\n").encode()) == expected
