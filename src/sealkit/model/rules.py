"""Every rule that a finding can name. `sealkit rule SK102` prints one; docs/rules/ has a page for each."""

from __future__ import annotations

from sealkit.model.finding import Finding, Rule, Severity

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

_RENEW = "take it out, and renew it where it was issued: it is known from now on"

RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        # SK1xx: sealed files, judged without a key
        Rule(
            "SK101",
            "open-leaf",
            _E,
            "a leaf that the policy seals stands open in a sealed file",
            "take the line out, then put it in sealed: sealkit set ROUTE FILE",
        ),
        Rule("SK102", "unsealed-file", _E, "a file that the policy seals is not sealed", "sealkit seal FILE"),
        Rule(
            "SK103",
            "half-sealed",
            _E,
            "one document of a sealed file is not sealed",
            "take the document out, then add it sealed: sealkit edit FILE",
        ),
        Rule(
            "SK104",
            "stale-block",
            _E,
            "a sops block over plain text: nothing in the file is sealed",
            "remove the sops block, then: sealkit seal FILE",
        ),
        Rule(
            "SK105",
            "nothing-chosen",
            _E,
            "the selector of a sealed file chooses nothing: all of it stands open",
            "mend the selector in .sops.yaml, remove the sops block, then: sealkit seal FILE",
        ),
        Rule(
            "SK106",
            "outside-selector",
            _E,
            "a sealed leaf that the selector of its file does not choose: sops leaves it sealed",
            "put back the key or the selector that it was sealed under: git log -p FILE",
        ),
        Rule(
            "SK107",
            "open-comment",
            _W,
            "a comment stands open where the file seals comments",
            "take it out, or add it sealed: sealkit edit FILE",
        ),
        Rule(
            "SK108",
            "exempt-secret",
            _E,
            "a secret-looking value under a key that the selector leaves open",
            "seal this key too: widen the selector in .sops.yaml, or move the value",
        ),
        Rule("SK109", "template-value", _W, "a value that was meant to be filled in", "sealkit set NAME"),
        Rule(
            "SK110",
            "no-mac",
            _E,
            "a sealed file without a MAC: nobody can tell whether it was changed",
            "restore it: git log -p FILE",
        ),
        Rule(
            "SK111",
            "some-versions",
            _W,
            "some versions of sops cannot open this file",
            "see the rule: sealkit rule SK111",
        ),
        Rule(
            "SK112",
            "two-selectors",
            _E,
            "more than one selector in a sops block: sops refuses the file",
            "restore it: git log -p FILE",
        ),
        # SK2xx: manifests
        Rule("SK201", "plain-secret", _E, "a Secret holds a plain value", "sealkit split FILE"),
        Rule("SK202", "plain-env", _E, "a container gets a secret in plain text from its env", "sealkit split FILE"),
        Rule("SK203", "plain-field", _E, "a field that is named as a secret holds a plain value", "sealkit split FILE"),
        Rule("SK204", "url-password", _E, "a password in a URL", "sealkit split FILE"),
        Rule(
            "SK205",
            "kubeconfig",
            _E,
            "a kubeconfig with its credentials",
            "keep it out of the repository: git rm --cached FILE",
        ),
        Rule(
            "SK206",
            "credentials-file",
            _E,
            "a login of a program's credentials file",
            "keep it out of the repository: git rm --cached FILE",
        ),
        Rule("SK207", "http-credentials", _E, "the credentials of an HTTP header", "sealkit split FILE"),
        Rule("SK208", "password-argument", _E, "a password in the arguments of a command", "sealkit split FILE"),
        Rule(
            "SK210",
            "assigned",
            _E,
            "a value is assigned to a name that says secret",
            "seal the file, or read the value from the environment",
        ),
        Rule("SK211", "assigned-in-text", _W, "code or text assigns what looks like a secret", "sealkit rule SK211"),
        # SK3xx: keys and tokens, known by their form
        Rule("SK301", "private-key", _E, "a private key", _RENEW),
        Rule("SK302", "encoded-key", _E, "a private key in base64", _RENEW),
        Rule(
            "SK303",
            "age-identity",
            _E,
            "an age identity: the key that opens sealed files",
            "make a new one (age-keygen), then: sealkit recipients",
        ),
        Rule("SK310", "code-token", _E, "a token of a code host", _RENEW),
        Rule("SK311", "cloud-key", _E, "a key of a cloud provider", _RENEW),
        Rule("SK312", "message-token", _E, "a token of a chat or mail service", _RENEW),
        Rule("SK313", "payment-key", _E, "a key of a payment service", _RENEW),
        Rule("SK314", "model-key", _E, "a key of a service that runs models", _RENEW),
        Rule("SK315", "package-token", _E, "a token of a package or image registry", _RENEW),
        Rule("SK316", "infrastructure-token", _E, "a token of an infrastructure tool", _RENEW),
        Rule("SK317", "web-token", _E, "a JSON Web Token", _RENEW),
        Rule("SK318", "encoded-token", _E, "a provider token in base64", _RENEW),
        Rule("SK390", "second-opinion", _W, "detect-secrets takes this for a secret", "sealkit rule SK390"),
        # SK4xx: policy, ledger, recipients
        Rule(
            "SK401",
            "recipients-differ",
            _W,
            "a file is sealed to others than its rule in .sops.yaml says",
            "sealkit recipients sync",
        ),
        Rule(
            "SK402",
            "selector-differs",
            _W,
            "a file was sealed under another selector than its rule in .sops.yaml has",
            "give the rule the selector of the file, or write the file anew: sealkit edit",
        ),
        Rule("SK403", "unread-policy", _E, "a policy under a name that sops does not read", "git mv FILE .sops.yaml"),
        Rule(
            "SK404",
            "nested-policy",
            _W,
            "a second .sops.yaml, read by sops from this folder and by sealkit from nowhere",
            "move its rules into the .sops.yaml at the root",
        ),
        Rule(
            "SK405",
            "idle-rule",
            _N,
            "a rule of .sops.yaml that is the first to match no file",
            "mend its path_regex, or remove it",
        ),
        Rule(
            "SK406",
            "unknown-policy-key",
            _W,
            "a key of .sops.yaml that sops passes over",
            "mend its spelling, or remove it",
        ),
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
