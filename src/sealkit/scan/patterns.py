"""What the prefilter looks for: one table of patterns that Hyperscan and Python's `re` both accept.

A pattern only says "look here": whether it is a finding is decided on the line, the document or the file. So they may match
too much but never too little, and none looks around. No `dataclasses` here: a hook imports this before anything else.
"""

from __future__ import annotations

import base64
import re
from typing import NamedTuple

from sealkit.scan import escapes
from sealkit.scan.form_patterns import BLOCKS, CLOSE, FORMS, HEADED, KEY_FILES, ROW_FORMS, TO_VALUE
from sealkit.secrets.text.command_table import RARE_PROGRAMS
from sealkit.secrets.token_search import stems
from sealkit.secrets.tokens import TOKENS, WEBHOOKS, Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Pattern(NamedTuple):
    """`kind` groups what is looked at alike; `nth` is the token's place in its table."""

    kind: str
    regex: str
    caseless: bool = False
    nth: int = 0
    literals: tuple[bytes, ...] = ()
    """One of these stands in every match, in lower case where `caseless`: without Hyperscan this is looked for first."""


TOKEN, HOOK, KEY, ENCODED, SECRET, NAMED, LABEL, OPTION, URL, HEADER, COMMAND, SEALED, LOGIN, AUTH, PGPASS, SCHEMA, HASH, FORM, BLOCK, TABLE, ROWS = (
    "token", "hook", "key", "encoded", "secret", "named", "label", "option", "url", "header", "command", "sealed",
    "login", "auth", "pgpass", "schema", "hash", "form", "block", "table", "rows",
)  # fmt: skip
BEYOND = "beyond"
"""Of no pattern: where a blob has more hits than anyone looks at."""

BY_FORM = frozenset([TOKEN, HOOK, KEY, ENCODED])
"""Kinds that are a secret wherever they stand."""
BY_NAME = frozenset([NAMED, URL, HEADER, OPTION, COMMAND, HASH, FORM, BLOCK, TABLE])
"""Kinds that a name or a place gives away."""

_SURE = (
    "passw(?:or)?(?:ds?|t|ter)|passwd|passphrase|passcode|pwd|pass|kennwort|mot[_.-]?de[_.-]?passe|mdp|contrase(?:n|\xc3\xb1|ny)as?|"
    "wachtwoord|senhas?|requirepass|masterauth|rootpw|bindpw|identified|credentials?|secret[ae]?|segreta|apikeys?|dsn|psk"
)
"""Where names of passwords and sure secrets end: looked at where a value may follow."""
_DOUBTFUL = (
    "tokens?|keys?|auth|pw|pin|seed|salt|pepper|schl(?:ue|u|\xc3\xbc)ssel|cl(?:e|\xc3\xa9)|clave|chave|chiave|jeton|sleutel|parola|"
    "nonce|creds?|cookie|otp|totp|mnemonic|pat|bearer|authorization|sas|secrets|geheim(?:nis)?|segreto|segredo|secreto|zugangsdaten|"
    "connection[_.-]?string|connstr"
)
"""Where names end that may mean a secret: looked at before a colon or an equals sign."""
_WORDS = rf"(?:{_SURE}|{_DOUBTFUL})"
_TAIL = (
    r"(?:[_.-]*(?:[0-9]+|v[0-9]+|data|value|plain|base64|b64|text|string|base|default|raw|current|old|new|hash))*[_.-]*"
)
_NAME = rf"{_WORDS}{_TAIL}"
_NAMED_SURE = rf"(?:{_SURE}){_TAIL}(?:[0-9_.-][\w.-]*)?"
_VALUED = (
    rf"{_NAMED_SURE}{CLOSE}[ \t]*(?:[:=,(>|{{<]|[?+]=)",
    rf"{_NAMED_SURE}[\"']?(?:[ \t]+[\w.-]+){{1,2}}{CLOSE}[ \t]*[:=]",
    rf"{_NAMED_SURE}{CLOSE}[ \t]+N?\\?[\"'`(]",
    rf"{_NAMED_SURE}(?:[ \t]+[^\s]+){{1,2}}[ \t]*(?:[\r\n;\"'`]|\\[nr]|\Z)",
    rf"{_NAMED_SURE}[\"'`\]]?[ \t]*\)[ \t\r\n]*values",
    r"(?:user(?:name)?|login|account)[ \t][^\n]{1,200}pass(?:word)?[ \t]+[^\s]",
    r"password[ \t]+for[ \t]+[^\s=]+[ \t]*(?:=|to[ \t])",
    r"(?:requirepass|masterauth|rootpw|bindpw|identified)[^A-Za-z]",
)
"""What follows the name of a password or sure secret where a value does: a sign; words and a sign; a quote; one or two words up
to the end of a line; the rows of an INSERT; and the settings and statements that have words between the two."""
_LABELS = "name|key|variable|envname|setting|option"
_TAILS = re.compile(r"\{(\d+),\d{3,}\}")
_LONGEST = 8
"""As many characters of a token are looked for in base64: many tokens of an issuer differ only in what follows."""
_SHORTEST, _SHORTEST_TWICE = 4, 5
"""Fewer characters of base64 are not looked for: they stand there by chance."""
_ANY, _FREE = "[A-Za-z0-9+/]", "[AEIMQUYcgkosw048]"
_DER = (
    (f"MI[IJ]{_ANY}{{2}}[AQgw]IBA(?:zCC|D(?:ANBgkqhkiG9w0BAQ|CCA)|AK[BC])", b"IBA"),  # PKCS#12, PKCS#8, PKCS#1
    (f"MI[EFGH]{_ANY}Ag(?:EAMB|EBB[C-F])", b"Ag"),  # PKCS#8 and SEC1 of elliptic curves
    (f"M[A-H]{_FREE}CAQ(?:Aw{_ANY}{{4}}|EE{_ANY})", b"CAQ"),  # the same, shorter than 128 bytes
    (f"MI[IJ]{_ANY}{{2}}[DTjz][AB]{_ANY}B(?:gkqhkiG9w0BBQ|goqhkiG9w0BDAE)", b"hkiG9w0B"),  # encrypted PKCS#8
    (f"MI[EFGH]{_ANY}M[A-H]{_FREE}G(?:CSqGSIb3DQEF|CiqGSIb3DQwB)", b"qGSIb3DQ"),  # the same, shorter
    ("MIACAQMwgA", b"MIACAQMwgA"),  # PKCS#12 without a length
    ("[/_]u3[+-]7QAAAA[IB]", b"7QAAAA"),  # JKS
    ("zs7OzgAAAA[IB]", b"zs7OzgAAAA"),  # JCEKS
)
"""How the base64 of a key in DER or of a key store begins, and a literal of each."""
_DER_HEX = (
    "3082[0-9a-f]{4}0201(?:00|03)(?:30[8d0][0-9a-f]|028[12])",
    "30(?:81)?[0-9a-f]{2}0201(?:0030[0-9a-f]{2}06|0104[1-4][0-9a-f])",
    "30(?:8[12])?[0-9a-f]{2,4}30[0-9a-f]{2}06(?:092a864886f70d0105|0a2a864886f70d010c01)",
    "feedfeed0000000[12]|cececece0000000[12]",
    "6f70656e7373682d6b65792d763100",
)
"""The same in hex, and OpenSSH's."""


def _loose(head: str) -> str:
    """A head for Hyperscan: an upper bound of hundreds costs states and tells nothing."""
    return _TAILS.sub(r"{\1,}", head)


def _literals(token: Token) -> tuple[bytes, ...]:
    """The texts one of which every match holds."""
    return (token.infix.encode(),) if token.infix else tuple(stem.encode() for stem in stems(token.head))


def shifted(text: bytes) -> list[bytes]:
    """`text` in base64 at each of the three alignments, without the characters shared with its neighbours."""
    cores = []
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + text)
        cores.append(encoded[-(-shift * 8 // 6) : (shift + len(text)) * 8 // 6])
    return cores


def _key_cores() -> Iterator[bytes]:
    """What stands in base64 where a key is inside, also where that is encoded twice."""
    key, putty = b"PRIVATE KEY-----", b"PuTTY-User-Key-File-"
    for core in (*shifted(key), *shifted(b"-----BEGIN OPENSSH PRIV"), *shifted(b"openssh-key-v1\0"), *shifted(putty)):
        yield core
        yield from shifted(core)


def _token_cores() -> Iterator[tuple[bytes, int]]:
    """What stands in base64 where a token is inside, and how often that is encoded."""
    plain = (token for token in TOKENS if not token.head.startswith("eyJ"))  # base64 itself
    for opening in sorted({stem[:_LONGEST].encode() for token in plain for stem in stems(token.head)}):
        for core in shifted(opening):
            if len(core) >= _SHORTEST:
                yield core, 1
            yield from ((twice, 2) for twice in shifted(core) if len(twice) >= _SHORTEST_TWICE)


def _spellings(core: bytes) -> set[bytes]:
    """A core, and what it is in URL-safe base64."""
    return {core, core.translate(bytes.maketrans(b"+/", b"-_"))}


def _encoded() -> list[Pattern]:
    """What hides a key or token. `nth` is how often the base64 of a token is encoded, whose few letters other base64 holds
    too; 0 for all else."""
    cores = dict(_token_cores()) | dict.fromkeys(_key_cores(), 0)
    found = [
        Pattern(ENCODED, re.escape(text.decode()) + "[A-Za-z0-9+/_-]{8}", nth=times, literals=(text,))
        for core, times in cores.items()
        for text in sorted(_spellings(core))
    ]
    found += [Pattern(ENCODED, regex, literals=(literal,)) for regex, literal in _DER]
    found.append(Pattern(ENCODED, "H4sI[A-Za-z0-9+/]{40}", literals=(b"H4sI",)))
    found += [Pattern(ENCODED, regex, literals=(literal,)) for regex, literal in escapes.PATTERNS]
    return [*found, *_in_hex(), *(Pattern(ENCODED, regex, caseless=True) for regex in _DER_HEX)]


def _in_hex() -> list[Pattern]:
    openings = (stem[:_LONGEST] for token in TOKENS for stem in stems(token.head) if len(stem) > 2)
    texts = ("PRIVATE KEY", "-----BEGIN ", "PuTTY-User-Key-File-", *openings)
    digits = dict.fromkeys(text.encode().hex() for text in texts)
    return [
        Pattern(ENCODED, f"{core}(?:[2-7][0-9a-f]){{8}}", caseless=True, literals=(core.encode(),)) for core in digits
    ]


def _plain() -> tuple[Pattern, ...]:
    tokens = [
        Pattern(TOKEN, _loose(token.head), nth=nth, literals=_literals(token)) for nth, token in enumerate(TOKENS)
    ]
    hooks = [
        Pattern(HOOK, _loose(hook.head) + "[A-Za-z0-9_-]", nth=nth, literals=_literals(hook))
        for nth, hook in enumerate(WEBHOOKS)
    ]
    return (
        *tokens,
        *hooks,
        Pattern(KEY, r"PRIVATE(?: |\+|%20|\\u0020)KEY(?:(?: |\+|%20|\\u0020)BLOCK)?-----", literals=(b"PRIVATE",)),
        Pattern(KEY, r"PuTTY-User-Key-File-[123]: [a-z]", literals=(b"PuTTY-User-Key-File-",)),
        Pattern(KEY, r"-----BEGIN OpenVPN Static key V1-----", literals=(b"OpenVPN Static key V1",)),
        Pattern(KEY, r"-[0-9]{1,4}:[A-Za-z0-9+/]{86}==", literals=(b"==",)),
        Pattern(KEY, r"\((?:21:|11:)?(?:protected-)?private-key[\s(]", literals=(b"private-key",)),
        Pattern(KEY, r"(?:PrivateKey|PresharedKey)[ \t]*=[ \t]*[A-Za-z0-9+/]{43}=", literals=(b"Key",)),
        Pattern(KEY, r"\"encryptedPassword\"\s*:\s*\"M[A-Za-z0-9+/]{2}EEPgAAAA", literals=(b"\"encryptedPassword\"",)),
        Pattern(SECRET, r"[^A-Za-z0-9_.-]Secret(?:List)?(?:[^A-Za-z0-9_.-]|\Z)", literals=(b"Secret",)),
        Pattern(SECRET, r"\"[Secrt]{0,5}\\(?:(?:x|u00|U000000)(?:53|6[35]|7[24])|\r?\n)", literals=(b"\\",)),
        Pattern(SCHEMA, r"SealedSecret|SopsSecret|secretGenerator|[\"']?fake[\"']?[ \t]*:|\"random_password\"|\"sensitive\"[ \t]*:[ \t]*true|sensitive_attributes"),
        *(Pattern(NAMED, regex, caseless=True) for regex in (*_VALUED, *HEADED)),
        Pattern(NAMED, rf"(?:{_DOUBTFUL}){_TAIL}\\?[\"')\]]{{0,2}}[ \t]*(?:=>|[:?+]?=|!==?[ \t]|:|[>,])", caseless=True),
        Pattern(NAMED, rf"variable[ \t]+\"[\w-]*{_NAME}\"", literals=(b"variable",)),
        Pattern(NAMED, r"\.dockerconfigjson", literals=(b".dockerconfigjson",)),
        Pattern(LABEL, rf"(?:{_LABELS})[\"']?[ \t]*:[ \t]*[\"']?[\w./-]*{_NAME}[\"']?[ \t]*(?:[,}}\r\n#]|\Z)", caseless=True),
        Pattern(OPTION, rf"(?:^|[\s\"'\[,])--?[\w-]*{_WORDS}[0-9]*(?:[\"']?[ \t]*,?[ \t\r\n]|=)", caseless=True),
        Pattern(URL, r"://[^\s/?#\"'<>\\]*:[^\s/\"'\\]+@", literals=(b"://",)),
        Pattern(HEADER, rf"(?:authorization(?:[_-]?header)?|x-[a-z]*-?(?:token|key)|private-token){CLOSE}[ \t]*(?:[:=,>]|\r?\n|\Z|[\"'`]?(?:basic|bearer|token|digest|apikey)[ \t])", caseless=True, literals=(b"authorization", b"x-", b"private-token")),
        Pattern(COMMAND, r"(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)[^;|&]{0,200}[\s\"',]-p[^\s]"),
        Pattern(COMMAND, r"openssl[^;|&]{0,200}[\s\"',]-(?:pass(?:in|out|word)?|k|K)[\s\"',]"),
        Pattern(COMMAND, r"--from-literal", literals=(b"--from-literal",)),
        Pattern(COMMAND, r"sudo[ \t][^;|&]{0,80}-S", literals=(b"sudo",)),
        Pattern(COMMAND, r"--(?:password-stdin|with-token|stdin)", literals=(b"--",)),
        Pattern(COMMAND, r"net[ \t]+user[ \t]+[^\s]+[ \t]+[^\s/]|zip[ \t][^;|&\n]{0,120}-P[ \t]"),
        Pattern(COMMAND, r"sshpass[\s\"',-]+-p"),
        Pattern(COMMAND, r"redis-cli[^;|&]{0,200}[\s\"',]-a[\s\"',]"),
        Pattern(COMMAND, r"curl[^;|&]{0,200}[\s\"',](?:-u|--user)[\s=\"',]*[^\s:\"']+:"),
        Pattern(COMMAND, r"https?[ \t](?:[^;|&\n]{0,200}[\s\"',])?(?:-a|--auth)[\s=\"',]"),
        Pattern(COMMAND, r"(?:docker|podman|helm|skopeo|crane|nerdctl|az|oras|buildah|regctl|gh|glab)[\s\"',][^;|&]{0,120}login[^;|&]{0,200}[\s\"',]-(?:p|-password-stdin|-with-token|-stdin)"),
        Pattern(COMMAND, rf"(?:{'|'.join(sorted(map(re.escape, RARE_PROGRAMS)))})(?:[ \t\"',\r\n]|\Z)"),
        Pattern(URL, r"(?:basic_?auth|log_?in|sign_?in|authenticate|authenticationtoken|mysqli?_p?connect|mysqli|PDO|getConnection|ldap_bind|(?:imap|ftp|odbc|oci|pg|mssql)_(?:open|login|connect))[ \t]*\(?[ \t]*[^ \t,()\n]{1,120}[ \t]*,[ \t]*[^ \t]", caseless=True),
        *(Pattern(FORM, regex, caseless=True) for regex in FORMS),
        *(Pattern(BLOCK, regex, caseless=True) for regex in BLOCKS),
        Pattern(TABLE, rf"\|[^|\n]{{0,30}}(?:{_SURE}|{_DOUBTFUL}|d'ordine)[^|\n]{{0,20}}(?:\|[^\n]{{0,200}})?\n[ \t]*\|?[ \t]*:?--", caseless=True),
        Pattern(COMMAND, r"secret[ \t]+create[ \t]"),
        Pattern(NAMED, rf"shared{TO_VALUE}[\"']?[A-Za-z0-9+/]{{42}}[AEIMQUYcgkosw048]="),
        Pattern(HASH, r"\$\$(?:apr1|1|2[abxy]|5|6)\$\$[A-Za-z0-9./]{2}", literals=(b"$$",)),
        Pattern(HASH, r"\$(?:apr1|1|2[abxy]?|5|6|7|8|9|y|argon2(?:id?|d)|pbkdf2(?:-sha(?:1|256|512))?|scrypt|P|H)\$[A-Za-z0-9./$=,+-]{8}|\{(?:S?SHA(?:256|512)?|CRYPT|S?MD5)\}[A-Za-z0-9+/]|pbkdf2[_:]sha|SCRAM-SHA-|scrypt:[0-9]+:|@ByteArray\([A-Za-z0-9+/]{16}"),
        Pattern(SEALED, r"ENC\[AES256_GCM,", literals=(b"ENC[AES256_GCM,",)),
        Pattern(SEALED, r"sops[\"']?[ \t]*:[ \t]*[\r\n{]", literals=(b"sops",)),
        Pattern(SEALED, r"sops_(?:mac|lastmodified)=|\[sops\]", literals=(b"sops",)),
        Pattern(LOGIN, r"login[ \t]+\S+[ \t\r\n]+(?:account[ \t]+\S+[ \t\r\n]+)?password[ \t]+\S", literals=(b"login",)),
        Pattern(AUTH, r"\"(?:auth|identitytoken|registrytoken)\"[ \t\r\n]*:[ \t\r\n]*\"[A-Za-z0-9+/._-]{8}"),
        *(Pattern(ROWS, regex) for regex in ROW_FORMS),
        *(Pattern(ROWS, regex, nth=1) for regex in KEY_FILES),
        Pattern(PGPASS, r"(?:^|\n)[^:\s#]+:(?:[0-9]{1,5}|\*):[^:\n]+:[^:\n]+:[^:\s]", literals=(b":",)),
    )  # fmt: skip


_PLAIN = _plain()
_all: list[Pattern] = []


def table() -> list[Pattern]:
    """All patterns; the index of one is what a hit names. Those of encoded text are last: they are thousands, and built only for a
    hit of one of them or to compile the database."""
    if not _all:
        _all.extend([*_PLAIN, *_encoded()])
    return _all


def at(index: int) -> Pattern:
    """The pattern that a hit names."""
    return _PLAIN[index] if index < len(_PLAIN) else table()[index]
