"""The grammar of placeholders."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealkit.errors import RefusedError
from sealkit.overlay.placeholder import FILTERS, Placeholder, escape, names, parse, single

TEXTS = st.lists(
    st.sampled_from(["<", "sealed:", "<sealed:", "x", ">", "|", "\n", " ", "<sealed:a.b>", "<<sealed:"]), max_size=12
).map("".join)


@given(TEXTS)
def test_every_text_can_be_written(text: str) -> None:
    assert "".join(str(part) for part in parse(escape(text))) == text
    assert not names(escape(text))


@given(TEXTS.map(lambda text: text.rstrip("<")), TEXTS, st.sampled_from(["", *FILTERS]))
def test_a_placeholder_between_any_two_texts(before: str, after: str, wanted: str) -> None:
    mark = Placeholder("db.pass-word_2", (wanted,) if wanted else ())
    found = parse(escape(before) + str(mark) + escape(after))
    assert [part for part in found if isinstance(part, Placeholder)] == [mark]
    assert "".join(part for part in found if isinstance(part, str)) == before + after


@pytest.mark.parametrize(
    "text",
    ["<sealed:>", "<sealed:a b>", "<sealed:a", "<sealed:a|rot13>", "<sealed:a|>", "<sealed:.a>", "x <sealed: a>"],
)
def test_what_is_no_placeholder_is_refused(text: str) -> None:
    with pytest.raises(RefusedError, match="here"):
        parse(text, "here")


def test_single() -> None:
    assert single("<sealed:a.b|base64|trim>") == Placeholder("a.b", ("base64", "trim"))
    assert single("<sealed:a>x") is None
    assert single("<<sealed:a>") is None


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("base64", "pä", "cMOk"),
        ("urlencode", "a/b ?", "a%2Fb%20%3F"),
        ("json", 'a"\n', 'a\\"\\n'),
        ("trim", " a\n", "a"),
    ],
)
def test_filters(name: str, text: str, expected: str) -> None:
    assert Placeholder("x", (name,)).apply(text) == expected
