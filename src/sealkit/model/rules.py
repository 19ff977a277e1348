"""Every rule that a finding can name. `sealkit rule SK102` prints one; docs/rules/ has a page for each."""

from __future__ import annotations

from sealkit.model.finding import Finding, FoundValue, Rule
from sealkit.model.severity import Severity

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

_RENEW = "remove it, and revoke and replace it at its issuer: it must count as known to others"

RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        # SK1xx: sealed files, judged without a key
        Rule(
            "SK101",
            "open-leaf",
            _E,
            "a value that the policy seals is in plain text in a sealed file",
            "remove the line, then add it sealed: sealkit set ROUTE FILE",
        ),
        Rule("SK102", "unsealed-file", _E, "a file that the policy seals is not sealed", "sealkit seal FILE"),
        Rule(
            "SK103",
            "half-sealed",
            _E,
            "one document of a sealed file is not sealed",
            "remove the document, then add it sealed: sealkit edit FILE",
        ),
        Rule(
            "SK104",
            "stale-block",
            _E,
            "a sops block in a file of plain text: no value is sealed",
            "remove the sops block, then: sealkit seal FILE",
        ),
        Rule(
            "SK105",
            "nothing-chosen",
            _E,
            "the selector of a sealed file matches nothing: all values are in plain text",
            "fix the selector in .sops.yaml, remove the sops block, then: sealkit seal FILE",
        ),
        Rule(
            "SK106",
            "outside-selector",
            _E,
            "a sealed value that the selector of its file does not match: sops does not decrypt it",
            "restore the key or the selector that it was sealed under: git log -p FILE",
        ),
        Rule(
            "SK107",
            "open-comment",
            _W,
            "a comment in plain text in a file that seals comments",
            "remove it, or add it sealed: sealkit edit FILE",
        ),
        Rule(
            "SK108",
            "exempt-secret",
            _E,
            "a value that looks like a secret, under a key that the selector does not seal",
            "seal this key too: widen the selector in .sops.yaml, or move the value",
        ),
        Rule("SK109", "template-value", _W, "a value that is still to be filled in", "sealkit set ROUTE FILE"),
        Rule(
            "SK110",
            "no-mac",
            _E,
            "a sealed file without a MAC: changes to it cannot be detected",
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
            "more than one selector in a sops block: sops rejects the file",
            "restore it: git log -p FILE",
        ),
        # SK2xx: manifests
        Rule("SK201", "plain-secret", _E, "a Secret holds a plain value", "sealkit split FILE"),
        Rule("SK202", "plain-env", _E, "a secret in plain text in the env of a container", "sealkit split FILE"),
        Rule("SK203", "plain-field", _E, "a field with the name of a secret holds a plain value", "sealkit split FILE"),
        Rule("SK204", "url-password", _E, "a password in a URL", "sealkit split FILE"),
        Rule(
            "SK205",
            "kubeconfig",
            _E,
            "a kubeconfig with its credentials",
            "name it in .gitignore, then: git rm --cached --ignore-unmatch FILE",
        ),
        Rule(
            "SK206",
            "credentials-file",
            _E,
            "a login in a credentials file",
            "name it in .gitignore, then: git rm --cached --ignore-unmatch FILE",
        ),
        Rule("SK207", "http-credentials", _E, "the credentials of an HTTP header", "sealkit split FILE"),
        Rule("SK208", "password-argument", _E, "a password in the arguments of a command", "sealkit split FILE"),
        Rule(
            "SK209",
            "plain-state",
            _E,
            "the state of Terraform in plain text: it holds every secret of what it manages",
            "keep it in an encrypted backend, then: git rm --cached --ignore-unmatch FILE",
        ),
        Rule(
            "SK210",
            "assigned",
            _E,
            "a value assigned to a name that suggests a secret",
            "seal the file, or read the value from the environment",
        ),
        Rule(
            "SK211",
            "assigned-in-text",
            _W,
            "an assignment in code or text that looks like a secret",
            "sealkit rule SK211",
        ),
        Rule(
            "SK212",
            "password-hash",
            _W,
            "the hash of a password",
            "keep it out of the repository, or seal the file: weak passwords are guessed from their hashes",
        ),
        # SK3xx: keys and tokens, recognized by their format
        Rule("SK301", "private-key", _E, "a private key", _RENEW),
        Rule("SK302", "encoded-key", _E, "a private key, encoded", _RENEW),
        Rule(
            "SK303",
            "age-identity",
            _E,
            "an age identity: the key that opens sealed files",
            "make a new one (age-keygen), then: sealkit recipients add NEW, sealkit recipients remove OLD",
        ),
        Rule("SK304", "key-file", _E, "a file of private keys", _RENEW),
        Rule("SK310", "code-token", _E, "a token of a code host", _RENEW),
        Rule("SK311", "cloud-key", _E, "a key of a cloud provider", _RENEW),
        Rule("SK312", "message-token", _E, "a token of a chat or mail service", _RENEW),
        Rule("SK313", "payment-key", _E, "a key of a payment service", _RENEW),
        Rule("SK314", "model-key", _E, "a key of an AI model service", _RENEW),
        Rule("SK315", "package-token", _E, "a token of a package or image registry", _RENEW),
        Rule("SK316", "infrastructure-token", _E, "a token of an infrastructure tool", _RENEW),
        Rule("SK317", "web-token", _E, "a JSON Web Token", _RENEW),
        Rule("SK318", "encoded-token", _E, "a provider token, encoded", _RENEW),
        Rule("SK390", "second-opinion", _W, "detect-secrets reports a secret", "sealkit rule SK390"),
        # SK4xx: policy, ledger, recipients
        Rule(
            "SK401",
            "recipients-differ",
            _W,
            "the recipients of a sealed file differ from its rule in .sops.yaml",
            "sealkit recipients sync",
        ),
        Rule(
            "SK402",
            "selector-differs",
            _W,
            "the selector of a sealed file differs from its rule in .sops.yaml",
            "change the rule to what the files have, or write their values to new files under it: sealkit edit NEW",
        ),
        Rule(
            "SK403",
            "unread-policy",
            _E,
            "a creation-rule file under a name that sops does not read",
            "git mv FILE .sops.yaml",
        ),
        Rule(
            "SK404",
            "nested-policy",
            _W,
            "a second .sops.yaml: sops reads it in this folder, sealkit never does",
            "move its rules into the .sops.yaml at the root",
        ),
        Rule(
            "SK405",
            "idle-rule",
            _N,
            "a creation rule in .sops.yaml that applies to no file",
            "fix its path_regex, or remove it",
        ),
        Rule(
            "SK406",
            "unknown-policy-key",
            _W,
            "a key in .sops.yaml that sops ignores",
            "fix its spelling, or remove it",
        ),
        # SK9xx: a file that was not checked
        Rule(
            "SK901",
            "unreadable",
            _E,
            "a file that could not be read, and so was not checked",
            "fix the file, or exclude it by name",
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
    value: FoundValue | None = None,
    end_line: int = 0,
) -> Finding:
    """A finding of a rule. Message and hint default to the rule's title and hint, `end_line` to `line`.

    `route` is converted to text. Raises KeyError for an unknown rule.
    """
    definition = RULES[rule]
    return Finding(
        rule,
        definition.severity,
        path,
        line,
        str(route),
        message or definition.title,
        hint or definition.hint,
        end_line or line,
        value,
    )
