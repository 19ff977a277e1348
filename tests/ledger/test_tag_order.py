"""A tag keeps its shape and goes up, or it waits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealkit.ledger.tag_order import held_back, moves_up

ONE, TWO = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (":1.2.3", ":1.2.4"),
        (":1.9.9", ":1.10.0"),
        (":v1.2.3-alpine", ":v1.10.0-alpine"),
        (":1.2.3-r4", ":1.2.3-r5"),
        (":1.2.3-r4", ":1.2.4-r0"),
        (":2024.09.30", ":2024.10.01"),
        (":2024.9.30", ":2024.10.1"),
        (":20241103", ":20241104"),
        (":RELEASE.2024-01-02T03-04-05Z", ":RELEASE.2024-02-01T00-00-00Z"),
        (":15-bookworm", ":16-bookworm"),
        ("1.2", "1.3"),
        ("v1", "v2"),
        (":latest", ":latest"),
        (f"@{ONE}", f"@{ONE}"),
        (":1.2", f":1.2@{ONE}"),
        (":1.2", f":1.3@{ONE}"),
        (f":1.2@{ONE}", f":1.3@{TWO}"),
        (f":1.2@{ONE}", f":1.3@{ONE}"),
        (":latest", f":latest@{ONE}"),
        (f"1.2@{ONE}", f"1.3@{TWO}"),
    ],
)
def test_up(before: str, after: str) -> None:
    assert moves_up(before, after)
    assert before == after or not moves_up(after, before)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (":1.2", ":1.2.3"),
        (":1.2.3", ":1.2"),
        (":1.2.3", ":v1.2.4"),
        (":1.2.3", ":1.2.4-debug"),
        (":1.2.3-alpine", ":1.2.4"),
        (":1.2.3-alpine", ":1.2.4-Alpine"),
        (":1.2.3", ":1-2-4"),
        (":2.0.0-rc1", ":2.0.0"),
        (":2.0.0-rc1", ":2.0.0-beta2"),
        (":latest", ":stable"),
        (":stable", ":latest"),
        (":latest", ":1.0"),
        (":1.2.4", ":1.2.3"),
        (":2.0", ":1.9"),
        (":1.2", ":1.02"),
        (":1.02", ":1.3"),
        (":099", ":0100"),
        (":0.9", ":00.10"),
        (":sha-1a2b3c4", ":sha-2a3b4c5"),
        (":main-1a2b3c4-1700000000", ":main-1a2b3c4-1800000000"),
        (":main-1a2b3c4-1700000000", ":main-9f8e7d6-1800000000"),
        (":1234567", ":1a2b3c4"),
        (f":1.2@{ONE}", ":1.2"),
        (f":1.2@{ONE}", ":1.3"),
        (f":1.2@{ONE}", f":1.2@{TWO}"),
        (f":1.3@{ONE}", f":1.2@{TWO}"),
        (f":latest@{ONE}", f":latest@{TWO}"),
        (f"@{ONE}", f"@{TWO}"),
        (ONE, TWO),
        (f"@{ONE}", f":1.2@{ONE}"),
        (":1.2", f"@{ONE}"),
        ("", ":1.2"),
        (":1.2", ""),
        (":1.2", ":1.3\n"),
        (":1.2", ":1.٣"),
        (":1.2", ":１.3"),
        (":1.2", f":1.3@sha256:{'A' * 64}"),
        (":1.2", f":1.3@sha256:{'a' * 63}"),
        (":1.2", ":1." + "3" * 127),
    ],
)
def test_waits(before: str, after: str) -> None:
    assert not moves_up(before, after)


TAGS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,20}", fullmatch=True)
NUMBERED = st.lists(st.integers(0, 30), min_size=1, max_size=4).map(lambda runs: ".".join(map(str, runs)))
EITHER = st.one_of(TAGS, NUMBERED)


@given(EITHER, EITHER)
def test_two_tags_never_both_move_up(one: str, other: str) -> None:
    assert one == other or not (moves_up(one, other) and moves_up(other, one))


@given(NUMBERED, NUMBERED, NUMBERED)
def test_up_and_up_is_up(one: str, other: str, third: str) -> None:
    if moves_up(one, other) and moves_up(other, third):
        assert moves_up(one, third)


@given(NUMBERED, NUMBERED)
def test_versions_of_one_length_go_as_their_numbers_do(one: str, other: str) -> None:
    numbers = [[int(run) for run in text.split(".")] for text in (one, other)]
    assert moves_up(one, other) is (len(numbers[0]) == len(numbers[1]) and numbers[1] >= numbers[0])


@given(st.text(), st.text())
def test_any_text(one: str, other: str) -> None:
    assert moves_up(one, one)
    assert one == other or not (moves_up(one, other) and moves_up(other, one))


@pytest.mark.parametrize("name", ["newTag", "tag"])
def test_a_digest_is_judged_with_the_tag_beside_it(name: str) -> None:
    before = {f"d .a.{name}": "1.2", "d .a.digest": ONE, "d .b.digest": ONE, "d .c.tag": "3"}
    assert held_back(before, before) == []
    assert held_back(before, before | {f"d .a.{name}": "1.3", "d .a.digest": TWO}) == []
    assert held_back(before, before | {f"d .a.{name}": "1.3"}) == []
    assert held_back(before, before | {f"d .a.{name}": "1.1", "d .a.digest": TWO}) == ["d .a.digest", f"d .a.{name}"]
    assert held_back(before, before | {"d .a.digest": TWO}) == ["d .a.digest"]
    assert held_back(before, before | {"d .b.digest": TWO}) == ["d .b.digest"]
    assert held_back(before, before | {"d .c.tag": "2"}) == ["d .c.tag"]


def test_a_place_of_one_side_is_held_back() -> None:
    assert held_back({"a": "1"}, {"b": "1"}) == ["a", "b"]
    assert held_back({"a.digest": ONE, "a.tag": "1"}, {"a.digest": ONE}) == ["a.tag"]
