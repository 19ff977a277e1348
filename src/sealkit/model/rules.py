"""Every rule that a finding can name. `sealkit rule SK102` prints one; docs/rules/ has a page for each."""

from __future__ import annotations

from sealkit.model.finding import Finding, Rule, Severity

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        # SK1xx: sealed files, judged without a key
        Rule(
            "SK101", "open-leaf", _E, "a leaf that the policy seals stands open in a sealed file", "sealkit seal FILE"
        ),
        Rule("SK102", "unsealed-file", _E, "a file that the policy seals is not sealed", "sealkit seal FILE"),
        Rule("SK103", "half-sealed", _E, "one document of a sealed file is not sealed", "sealkit seal FILE"),
        # SK2xx: manifests
        Rule("SK201", "plain-secret", _E, "a Secret holds a plain value", "sealkit split FILE"),
        # SK9xx: failure never looks like clean
        Rule(
            "SK901",
            "unreadable",
            _E,
            "a file could not be read, so nobody knows what it holds",
            "mend the file, or exclude it by name",
        ),
    )
}


def finding(
    rule: str,
    path: str,
    line: int,
    route: object = "",
    message: str = "",
    *,
    hint: str = "",
    value_hash: str = "",
    end_line: int = 0,
) -> Finding:
    """A finding of a rule, with the rule's severity, title and hint where none is given."""
    known = RULES[rule]
    return Finding(
        rule,
        known.severity,
        path,
        line,
        str(route),
        message or known.title,
        hint or known.hint,
        end_line or line,
        value_hash,
    )
