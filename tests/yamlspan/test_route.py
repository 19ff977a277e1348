"""A route is equal to the parse of its text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealkit.errors import UsageError
from sealkit.yamlspan.route import Name, Route

names = st.text(st.characters(blacklist_characters='[]"', blacklist_categories=("Cs",)), min_size=1).filter(
    lambda text: not text.isdigit()
)
steps = st.lists(st.one_of(st.text(min_size=1), st.integers(0, 10**6), names.map(Name)), max_size=6)


@given(steps)
def test_parse_is_the_inverse_of_str(parts: list[str | int | Name]) -> None:
    route = Route(tuple(parts))
    assert Route.parse(str(route)) == route


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (".data.password", ("data", "password")),
        ("data.password", ("data", "password")),
        ('.data["tls.key"]', ("data", "tls.key")),
        ("spec.containers[api].env[0]", ("spec", "containers", Name("api"), "env", 0)),
        (".", ()),
    ],
)
def test_parse(text: str, expected: tuple[object, ...]) -> None:
    assert Route.parse(text).steps == expected


@pytest.mark.parametrize("text", ["a..b", "a[", 'a["x]', "[]"])
def test_a_malformed_route_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        Route.parse(text)


def test_keys_leave_out_list_steps() -> None:
    assert Route(("a", 0, "b", Name("c"))).keys == ("a", "b")
