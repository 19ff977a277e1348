"""The hashes of passwords: crypt(3), LDAP, Django, Werkzeug, PostgreSQL, MySQL, mosquitto, Rspamd, qBittorrent and Cisco IOS."""

from __future__ import annotations

from collections.abc import Iterator

from sealkit.secrets.value_forms import pattern

_BEGINNINGS = (
    "$apr1$", "$1$", "$2$", "$8$", "$9$", "$$apr1$$", "$$1$$", "$$2", "$$5$$", "$$6$$", "@ByteArray(",
    "$2a$", "$2b$", "$2x$", "$2y$", "$5$", "$6$", "$7$", "$y$", "$gy$", "$argon2", "$pbkdf2", "$scrypt$",
    "$bcrypt-sha256$", "$P$", "$H$", "$S$", "pbkdf2_sha", "pbkdf2:sha", "scrypt:", "SCRAM-SHA-", "{SSHA", "{SHA", "{CRYPT}",
    "{SMD5}", "{ARGON2", "{PBKDF2", "{BCRYPT}",
)  # fmt: skip
"""How they begin: a text with one of these is worth a look."""
_IN_TEXT = (
    r"(?<![\w$])(?:\$(?:apr1|1|5|6|md5)\$(?:rounds=\d{1,9}\$)?[A-Za-z0-9./]{1,16}\$[A-Za-z0-9./]{22,86}"
    r"|\$\$(?:apr1|1|5|6)\$\$[A-Za-z0-9./]{1,16}\$\$[A-Za-z0-9./]{22,86}|\$\$2[abxy]\$\$\d\d\$\$[A-Za-z0-9./]{53}"
    r"|\$2[abxy]\$\d\d\$[A-Za-z0-9./]{53}|\$7\$\d{1,7}\$[A-Za-z0-9+/=]{12,90}\$[A-Za-z0-9+/]{86}==|\$2\$[a-z0-9]{20,60}\$[a-z0-9]{40,60}|\$[89]\$[A-Za-z0-9./]{14}\$[A-Za-z0-9./]{43}|@ByteArray\([A-Za-z0-9+/]{16,64}={0,2}:[A-Za-z0-9+/]{60,120}={0,2}\)|\$(?:y|gy|7)\$[A-Za-z0-9./]{1,16}\$[A-Za-z0-9./]{4,86}\$[A-Za-z0-9./]{43}|\$[PHS]\$[A-Za-z0-9./]{31,52}"
    r"|\$argon2(?:id?|d)\$v=\d{1,3}\$m=\d{1,9},t=\d{1,4},p=\d{1,3}\$[A-Za-z0-9+/]{8,90}\$[A-Za-z0-9+/]{16,180}"
    r"|\$(?:pbkdf2(?:-sha\d{1,3})?|scrypt|bcrypt-sha256)\$[^\s:\"']{30,300}"
    r"|\{(?:S?SHA(?:256|512)?|S?MD5|CRYPT|ARGON2|PBKDF2[A-Z0-9-]{0,12}|BCRYPT)\}[A-Za-z0-9+/$.=,:{}-]{16,300}"
    r"|pbkdf2[_:]sha(?:1|256|512)[$:]\d{2,8}\$[^\s\"'$]{4,64}\$[A-Za-z0-9+/=]{24,128}|scrypt:\d{3,7}:\d{1,3}:\d{1,3}\$[^\s\"'$]{4,64}\$[0-9a-f]{64,128}"
    r"|SCRAM-SHA-(?:1|256)\$\d{2,7}:[A-Za-z0-9+/=]{12,64}\$[A-Za-z0-9+/=]{24,64}:[A-Za-z0-9+/=]{24,64})(?![\w$])"
)
"""In the middle of a text: with the length that each has."""
_WHOLE = (
    r"(?:\$(?:apr1|1|2[abxy]?|5|6|7|8|9|y|gy|argon2(?:id?|d)|pbkdf2(?:-sha(?:1|256|512))?|scrypt|md5|P|H|S|sha1|bcrypt-sha256|ssha)\$[^\s:]{8,400}"
    r"|\{(?:S?SHA(?:256|512)?|CRYPT|S?MD5|ARGON2|PBKDF2[A-Z0-9-]{0,12}|BCRYPT|SSHA512)\}[^\s:]{8,300}|pbkdf2[_:]sha(?:1|256|512)[$:][^\s]{16,300}"
    r"|scrypt:[0-9]+:[0-9]+:[0-9]+\$[^\s]{16,300}|SCRAM-SHA-(?:1|256)\$[^\s]{16,300}|argon2\$argon2[^\s]{16,300}|bcrypt(?:_sha256)?\$\$?2[^\s]{16,300}"
    r"|@ByteArray\([A-Za-z0-9+/]{16,64}={0,2}:[A-Za-z0-9+/]{60,120}={0,2}\)"
    r"|\$\$(?:apr1|1|2[abxy]|5|6)\$\$[^\s:]{8,300}"
    r"|md5[0-9a-f]{32}|\*[0-9A-F]{40}|AES256:[^\s]{20,200})\Z"
)
"""A value that is nothing else: also cut or made up, and those that only their place tells from other hex."""


def is_password_hash(text: str) -> bool:
    """Whether a value is the hash of a password."""
    return bool(pattern(_WHOLE).match(text))


def hashes_in(text: str) -> Iterator[tuple[int, int]]:
    """Where the hashes of passwords begin and end in a text."""
    marked = "$" in text or "{" in text or "@ByteArray(" in text or "pbkdf2" in text or "scrypt" in text
    if marked and any(beginning in text for beginning in _BEGINNINGS):
        for found in pattern(_IN_TEXT).finditer(text):
            yield found.span()
