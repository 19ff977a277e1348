"""Forms that show what a value is without a look at its chance: templates, references, placeholders, public keys, paths.

Every pattern has bounded repeats and no nested quantifiers, so that its run time is linear in the length of hostile text.
Patterns are compiled when first needed: together they take 20 ms, and most commands use few of them.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import cache

from sealkit.secrets.nkeys import is_public_nkey
from sealkit.secrets.randomness import bits
from sealkit.secrets.token_search import webhooks_in


@cache
def pattern(source: str) -> re.Pattern[str]:
    """A pattern, compiled once."""
    return re.compile(source)


STAND_IN = "\uf6a5"
"""A character of no script and no icon font: runs of it stand for the actions of a template."""
PLACEHOLDER = r"<sealed:[^<>\n]{1,300}>"
_VARIABLE = (
    r"(?:\$__\w{1,20}\{[^{}]{0,200}\}|\$\([A-Za-z_][\w.-]*\)|\$?\$\{[^{}]{1,200}(?:\$\{[^{}]{0,80}\}[^{}]{0,80})?\}|\{[A-Za-z_][\w.:!\[\]()\"']{0,80}\}|<[A-Za-z][\w: -]{1,40}>|\$[A-Za-z_]\w*(?:\.\w{1,60}){0,6}|\$[0-9@*#](?![\w$./])|%\([\w.]{1,80}\)s"
    r"|\$?\{\{[^{}]{0,400}\}\}|\{%[^%]{0,400}%\}|#\{[^{}]{0,400}\}#?|<%[^%]{0,200}%>"
    r"|__[A-Z0-9_]{2,80}__|@@?[A-Z_]{3,80}@@?|%[A-Za-z_]{3,80}%|#{2,4}[A-Z_]{3,80}#{2,4}|%[sdvq](?![A-Za-z0-9])|\uf6a5+)"
)
_LEADING_VARIABLE = r"\$?\{\{?[ ]?[A-Z][A-Z0-9_.]{2,80}[ ]?\}|\$[A-Z][A-Z0-9_]{1,80}[/.:-]"
"""`{NAME}` with whatever stands after it in the text around; `$NAME/` and what follows."""
_TEMPLATE = (
    r"(?i:.{1,400}(?:\.{3}|…)|<{1,3}(?!sealed:)[^<>\n]{1,200}>{1,3}|\[[^\[\]\n]{1,80}\]|x{3,}|[x*.•_-]{3,}|…|_+"
    r"|(?:please[-_ ]?)?(?:change|replace|fill|set|update|generate|override|overwrite)d?[-_ ]?(?:this|it|me|in|by|with|here)(?:[-_ !.].{0,60})?"
    r"|change|replace|to[-_ ]?do|fix[-_ ]?me|redacted|masked|hidden|omitted|removed|placeholder\d*|dummy.{0,40}|sample.{0,40}|fake.{0,40}|mock.{0,40}"
    r"|your?[-_ ]?(?:own|super|api|secret|secure|strong|password|pass|token|key|client|access|app|random|db|email|smtp|openai|github|real|actual|[a-z]{1,20}[-_ ]).{0,60}"
    r"|my[-_](?:secret|token|api|access|client|key)[-_a-z]{0,40}|example.{0,60}|.{0,60}[-_]example|.{0,40}(?:place[-_]?holder|change[-_]?me|replace[-_]?me|examplekey|redacted).{0,120}"
    r"|insert[-_ ].{1,60}|enter[-_ ].{1,60}|put[-_ ].{1,60}|some[-_ ].{1,60}|(?:some|any|not)[-_ ]?(?:secret|password|token|key|value|thing)s?|base64[-_ ]?encoded.{0,60}|foo|bar|baz|foobar|lorem.{0,40}|secret[-_]?(?:here|goes[-_]here)"
    r"|n/?a|tbd|unused|unset|irrelevant|ignored?|managed|external|auto(?:matic|generated)?|generated?|optional|required|default)\Z"
)
_PUBLISHED_EXAMPLE = r"(?i)EXAMPLE|wJalrXUtnFEMI|x{6}|[-_]x{3,}\Z|0{8}|1234567890|abcdefghij|qwertyui|asdfghjk|zxcvbnm|c0ffee|deadbeef|feedface|badc0de|abc123def|abcd1234|1234abcd"
_ONE_AFTER_THE_OTHER = (
    r"(?:(.)\1{3,}|(?:0?1234567890?){1,8}\d{0,9}|(?:abcdef|ABCDEF|0123456789abcdef|abcdef0123456789)+.{0,8})\Z"
)
_PLAIN_WORDS = r"[A-Za-z]{0,16}[0-9]{0,2}(?:[-_:/.@=,! \\\"'][A-Za-z]{0,16}[0-9]{0,2}){0,12}\Z"
_ALNUM = r"[^\W_]|[^\x00-\x7f]"
_REFERENCE = (
    r"(?:(?:ref\+)?(?:op|vault|awsssm|awssecrets|gcpsecrets|azurekeyvault|sops|tfstate|bws?|doppler|conjur|keepass|file|env|secret|k8s|"
    r"ssm|keyring|infisical|akeyless)://\S{0,400}"
    r"|[0-9a-f]{8}-[0-9a-f-]{27}:[\w-]{1,40}:/[\w./-]{1,200}|ref\+[a-z0-9]{2,20}://\S{0,400}|vault:[\w/.-]{1,200}#\S{0,100}|(?:env|file|vault|ssm|secretsmanager|resolve|sm):[A-Za-z_/{]\S{0,200}"
    r"|arn:[a-z-]{3,12}:\S{1,300}|projects/[^/\s]{1,100}/secrets/\S{1,200}|secrets?/(?:data/)?[\w./-]{1,200}|@Microsoft\.KeyVault\(.{1,300}"
    r"|(?:env|process\.env|os\.environ|ENV|var|local|data|module|each|self|secrets|inputs?|outputs?|params?|values?|settings|config|"
    r"cfg|args?|this|vars?|github|Values|random_password|kubernetes_secret|aws_\w+|google_\w+|azurerm_\w+)(?:\.|\[)[\w.\[\]\"'*@-]{1,200}"
    r"|!(?:vault|secret|env_var|Ref|Sub|GetAtt|reference|ENV)\b.{0,200}|\.Values\.\S{1,200}|AgA[A-D][A-Za-z0-9+/]{20}.{0,9000})\Z"
)
"""References that another tool or the same file resolves: `op://vault/item/field`, `vault:secret/data/db#password`, `var.token`."""
_REGEX = r"\\[bsdwSDW](?![A-Za-z])|\(\?[:=!<i]|\[\^|\[a-zA?-?|\[0-9\]|\.\*|\.\+|\A\^|\|\)|\\\."
"""What only a regular expression holds."""
_EXPRESSION_STARTS = ("$(", "$$(", "$${", "${", "{{", "<%", "$[", "{%", "#{", "`")
"""Starts of expressions, which the pattern of an unquoted value cuts off: `${{ secrets.TOKEN }}`, `$(pass show token)`."""
_PUBLIC_FORM = (
    r"(?:-----BEGIN (?:CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY|X509 CRL|CERTIFICATE REQUEST|PGP PUBLIC KEY BLOCK|PGP SIGNATURE|PGP MESSAGE|"
    r"AGE ENCRYPTED FILE|SSH SIGNATURE|DH PARAMETERS|TRUSTED CERTIFICATE|EC PARAMETERS)-----"
    r"|ssh-(?:rsa|ed25519|dss) AAAA|ecdsa-sha2-|sk-ssh-|sk-ecdsa-|age1[0-9a-z]{20}|sha(?:1|256|384|512)[:-][0-9a-zA-Z+/]{32}"
    r"|ENC\[|ENC\(|\{cipher\}|AQICAH[A-Za-z0-9+/]|v1:[A-Za-z0-9+/=]{12,}:[A-Za-z0-9+/]{12}|A[gQ][A-D][A-Za-z0-9+/]{300}|vault:v[0-9]+:|\{?AQAAABAAAA[A-Za-z0-9+/]|\$ANSIBLE_VAULT;|MII[A-Za-z0-9+/]{60}|LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS|LS0tLS1CRUdJTiBQVUJMSUMg)"
)
_PUBLIC_WHOLE = (
    r"(?i:true|false|null|nil|none|yes|no|on|off|y|n|undefined|disabled|enabled|localhost|string|str|int|bool|bearer|basic|read|write|latest|"
    r"[0-9]+(?:\.[0-9]+)?(?:[kmgt]i?b?|ms|s|m|h|d|w|%)?|v?[0-9]+(?:\.[0-9]+){1,3}(?:[-+][\w.]{1,40})?"
    r"|(?:npm:|workspace:)[\^~*<>=]{0,2}[0-9.*].{0,40}|[\^~][0-9]{1,5}(?:\.[0-9]{1,5}){1,2}|[0-9]{4}-[01][0-9]-[0-3][0-9](?:[T _-].{0,24})?|[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2}|:[0-9]{1,5})?"
    r"|v?[0-9]{1,6}(?:\.[0-9]{1,6}){1,3}(?:\([\w@/.^~<>=*()-]{1,400}\)){1,8}"
    r"|[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,5}|(?:[a-z0-9_*-]{1,63}\.){1,8}(?:com|net|org|io|dev|svc|local|cluster|internal|lan|"
    r"home|arpa|de|eu|fr|uk|nl|it|es|ch|app|cloud|sh|xyz|me|info|co|us|ai|tech|test|example|localhost|k8s|consul)(?:\.[a-z]{2,10}){0,2}\.?(?::[0-9]{1,5})?(?:/[\w./@-]{0,200})?(?::[\w.-]{1,128})?"
    r"|[a-z0-9-]{1,63}:[0-9]{2,5}|[\w./-]{1,200}\.(?:ya?ml|json|pem|crt|cer|key|txt|toml|conf|cfg|ini|env|sh|py|js|ts|go|tf|sql|md|html?|gpg|asc|pub|age|p12|jks|"
    r"pfx|csr|png|jpe?g|svg|xml|properties|log|sock|db|enc|j2|tpl|php|rb|hash|pgpass|netrc|htpasswd)"
    r"|[0-9]{1,6}(?:\.[0-9]{1,6}){0,3}\.v[0-9a-f_]{8,24}|application/[\w.+-]{1,80}|text/[\w.+-]{1,40}|(?:rsa|ed25519|ecdsa|aes|hmac|hs|rs|es|sha)[-_]?[0-9]{2,4}(?:[-_][a-z0-9]{1,8})?)\Z"
)
"""Numbers with a unit, versions, dates, addresses, domain and file names, media types, names of algorithms."""
_FILE_PATH = (
    r"(?:file:)?(?:~/[\w./@${}-]{1,200}\Z|(?:~|\.{1,2})?/(?:run|var|etc|secrets?|vault|mnt|opt|home|tmp|usr|root|data|config|certs?|keys?|app|srv|dev|proc|sys|"
    r"shared|bin|lib|ssl|tls|api|v[0-9])(?:/[\w.@$(){}*\"'-]+)*/?\Z|\.{1,2}/[\w./-]{1,200}\Z|[A-Za-z]:\\[\w\\. -]{1,200}\Z)"
)
_URL_WITHOUT_PASSWORD = r"(?i)(?:[a-z0-9]{1,12}:)?[a-z][a-z0-9+.-]{1,20}://[^@\s]{1,2000}\Z"
_LOGIN_URL = r"[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s/@]{0,256}?:(?P<password>[^\s@]{0,512})@\S{0,1000}\Z"
_USERINFO = r"://[^\s/:@?#]{0,256}:[^\s/@]{1,512}@"


def is_template_value(text: str) -> bool:
    """Whether a value only stands for one: empty, a variable, `CHANGE_ME`, `<your token>`, a placeholder, a reference, or words
    around a variable (`x-access-token:${TOKEN}`)."""
    if pattern(_LEADING_VARIABLE).match(text):
        return True
    rest = pattern(PLACEHOLDER).sub("", pattern(_VARIABLE).sub("", text)).strip()
    if (
        not pattern(_ALNUM).search(rest)
        or rest in {"Bearer", "Basic"}
        or pattern(_TEMPLATE).match(rest)
        or pattern(_REFERENCE).match(rest)
    ):
        return True
    return rest != text.strip() and bool(pattern(_PLAIN_WORDS).match(rest))


def is_expression(text: str) -> bool:
    """Whether a value starts with an expression of a shell or a template, `$(cat file)`, or is a regular expression."""
    return text.startswith(_EXPRESSION_STARTS) or bool(pattern(_REGEX).search(text))


def is_reference(text: str) -> bool:
    """Whether another tool, or the same file, says what stands here: `op://…`, `var.token`, `arn:aws:…`."""
    return bool(pattern(_REFERENCE).match(text))


def is_published_example(text: str) -> bool:
    """Whether a value is known from documentation, or a row of the same or following characters."""
    return bool(pattern(_PUBLISHED_EXAMPLE).search(text) or pattern(_ONE_AFTER_THE_OTHER).match(text)) or (
        len(text) > 7 and (len(set(text)) < 4 or 10 * max(map(text.count, set(text))) > 7 * len(text))
    )


def is_cut_variable(password: str) -> bool:
    """Whether what seems to be the password of a URL begins within a variable: the colon of `${env:NAME}` parted it."""
    return password.count("}") > password.count("{")


def is_path(text: str) -> bool:
    """Whether a value is the path of a file, or a URL without a password or secret path."""
    if pattern(_FILE_PATH).match(text) or (text[:1] == "/" and _is_chain_of_folders(text)):
        return True
    if (login := pattern(_LOGIN_URL).match(text)) and (
        is_template_value(login["password"]) or is_cut_variable(login["password"])
    ):
        return True
    if not pattern(_URL_WITHOUT_PASSWORD).match(text) or pattern(_USERINFO).search(text):
        return False
    return next(webhooks_in(text), None) is None


def _is_chain_of_folders(text: str) -> bool:
    segments = text.strip("/").split("/")
    return all(pattern(r"[\w.@-]{1,64}\Z").match(segment) and bits(segment) < 60 for segment in segments)


def is_public_form(text: str) -> bool:
    """Whether the form of a value shows that everyone may read it: a certificate, public key, recipient, digest, sealed value,
    address, version, date, name of a file, switch."""
    if pattern(_PUBLIC_FORM).match(text):
        return "PRIVATE KEY-----" not in text
    return bool(pattern(_PUBLIC_WHOLE).match(text)) or is_public_nkey(text)


def is_public_value(text: str) -> bool:
    """Whether the form of a value shows that it is not a secret: public, a path, or a template; also in base64."""
    text = text.strip()
    if is_template_value(text) or is_path(text) or is_public_form(text):
        return True
    decoded = base64_text(text)
    return decoded is not None and decoded.startswith("-----BEGIN") and is_public_value(decoded)


def base64_text(text: str, least: int = 24) -> str | None:
    """What base64 of UTF-8 text holds, or None; text of fewer than `least` characters is not taken for base64."""
    body = "".join(text.split())
    if len(body) < least or len(body) % 4 or len(body) > 262144:
        return None
    try:
        return base64.b64decode(body, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
