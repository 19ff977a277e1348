"""The pages of the rules, from a source checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealkit.errors import UsageError
from sealkit.model.rules import RULES
from sealkit.report import rule_pages

PAGES = Path(__file__).parents[2] / "docs/rules"


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_shows_its_page(rule: str) -> None:
    page = (PAGES / f"{rule}.md").read_text()
    assert rule_pages.page(rule) == page == rule_pages.page(RULES[rule].slug)
    assert page.startswith(f"# {rule} {RULES[rule].slug}\n\n*{RULES[rule].severity}*\n")


def test_an_unknown_rule() -> None:
    with pytest.raises(UsageError, match="no rule 'SK202x'") as caught:
        rule_pages.page("SK202x")
    assert caught.value.hint == "did you mean SK202?"
