"""The score of each tool: a secret is found if its line is reported, a look-alike is a false alarm if any line of its file is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from quality.tree import Case


@dataclass
class Score:
    """Right and wrong answers of one tool."""

    found: int = 0
    missed: int = 0
    false: int = 0
    misses: list[Case] = field(default_factory=list)
    alarms: list[Case] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """The part of the reports that are right."""
        return self.found / max(1, self.found + self.false)

    @property
    def recall(self) -> float:
        """The part of the secrets that are reported."""
        return self.found / max(1, self.found + self.missed)

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.found / max(1, 2 * self.found + self.missed + self.false)


def judge(cases: Iterable[Case], reported: set[tuple[str, int]]) -> Score:
    """Compare what a tool reported with the cases."""
    lines = defaultdict(set)
    for path, line in reported:
        lines[path].add(line)
    score = Score()
    for case in cases:
        if case.secret and not lines[case.path].isdisjoint(case.lines):
            score.found += 1
        elif case.secret:
            score.missed += 1
            score.misses.append(case)
        elif lines[case.path]:
            score.false += 1
            score.alarms.append(case)
    return score


def table(cases: list[Case], scores: dict[str, Score]) -> str:
    """All tools, then F1 of each by family."""
    secrets = sum(case.secret for case in cases)
    rows = [
        f"{secrets} secrets, {len(cases) - secrets} look-alikes",
        f"{'':<18}{'precision':>10}{'recall':>10}{'F1':>8}",
    ]
    rows += [f"{name:<18}{s.precision:>10.3f}{s.recall:>10.3f}{s.f1:>8.3f}" for name, s in scores.items()]
    rows += ["", "F1 by family", f"{'':<18}{'cases':>7}" + "".join(f"{name:>16}" for name in scores)]
    sizes = Counter(case.family for case in cases)
    positive = Counter(case.family for case in cases if case.secret)
    for family in sizes:
        rows.append(
            f"{family:<18}{sizes[family]:>7}"
            + "".join(f"{_family(s, family, positive[family]):>16.3f}" for s in scores.values())
        )
    return "\n".join(rows)


def _family(score: Score, family: str, secrets: int) -> float:
    missed = sum(case.family == family for case in score.misses)
    false = sum(case.family == family for case in score.alarms)
    return 2 * (secrets - missed) / max(1, 2 * (secrets - missed) + missed + false)


def mistakes(score: Score) -> str:
    """Each miss and each false alarm, with its line."""
    rows = [f"miss   {c.family}, {c.kind}: {c.path}: {c.shown}" for c in score.misses]
    return "\n".join(rows + [f"false  {c.family}, {c.kind}: {c.path}: {c.shown}" for c in score.alarms])
