"""Configuration without a sign: `requirepass X`, `user app insecure-password X`, `password "X"`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sealkit.secrets.names import NameGrade, grade_name, words
from sealkit.secrets.places import Place, place_of_name
from sealkit.secrets.text.found import Found, Shape
from sealkit.secrets.value_forms import pattern
from sealkit.secrets.values import Value, grade_value

_LINE = (
    r"(?m:^[ \t]{0,40}(?:[#;][ \t]{0,4})?(?:(?P<keyword>ENV|ARG|env|setx?|setenv|SetEnv|export)[ \t]{1,4}(?:-{1,2}\w{1,12}[ \t]{1,4}){0,3})?(?P<name>[A-Za-z_][\w.-]{1,60})[ \t]{1,40}"
    r"(?:\"(?P<dq>[^\"\n]{1,512})\"|'(?P<sq>[^'\n]{1,512})'|(?P<bare>[^\s\"'#][^\s\"']{0,511}))[ \t]{0,40};?[ \t]{0,40}\r?$)"
)
_OF_PROGRAMS = frozenset(["requirepass", "masterauth"])
"""Names that only a setting has."""
_TYPE = r"\w{2,20}\(\d{1,5}\)"
"""The type of a column: `password VARCHAR(60)`."""
_PASS = r"(?:\"(?P<dq>[^\"\n]{1,256})\"|'(?P<sq>[^'\n]{1,256})'|(?P<bare>[^\s\"'#;][^\s\"';]{0,255}))"
_TOLD = r"(?<![.\w$-])(?i:pass(?:word|phrase|wd))(?:[ ](?:is|was|to))?[ ]{1,2}(?P<quote>[`\"'])(?P<value>[^\s`\"']{6,128})(?P=quote)"
"""A sentence that tells a password: ``the password is `X` ``."""
_ROWS: tuple[tuple[tuple[str, ...], str], ...] = (
    # HAProxy, fetchmail, netrc-like: a user, then a password
    (
        ("pass",),
        r"\b(?:user(?:name)?|login|account)[ \t]{1,8}[^\s:=()]{1,120}[ \t]{1,8}(?:\w{1,20}[ \t]{1,8}\w{1,20}[ \t]{1,8})?(?:with[ \t]{1,4})?(?:insecure-)?pass(?:word)?[ \t]{1,8}(?:[057][ \t]{1,4})?",
    ),
    # Redis ACL and Sentinel
    (
        (" >",),
        r"\b(?:user|ACL[ \t]{1,4}SETUSER)[ \t]{1,8}[\w.@-]{1,80}(?:[ \t]{1,4}[\w~+&%@*:|.-]{1,40}){1,12}[ \t]{1,4}>(?=[^\s>])",
    ),
    ((" #",), r"\buser[ \t]{1,8}[\w.@-]{1,80}(?:[ \t]{1,4}[\w~+&%@*:|.-]{1,40}){1,12}[ \t]{1,4}#(?=[0-9a-f]{64})"),
    (("auth-pass",), r"\bauth-pass[ \t]{1,8}[\w.-]{1,80}[ \t]{1,8}"),
    (
        ("requirepass", "masterauth"),
        r"(?i:\bCONFIG[ \t]{1,4}SET[ \t]{1,4}\\?[\"']?(?:requirepass|masterauth)\\?[\"']?[ \t]{1,4})",
    ),
    # strongSwan, SNMP
    (("psk", "eap", "xauth", "ntlm"), r"(?:^|[ \t]):[ \t]{1,8}(?:PSK|EAP|XAUTH|NTLM)[ \t]{1,8}"),
    (("createuser",), r"\bcreateUser[ \t]{1,8}\S{1,80}[ \t]{1,8}(?:MD5|SHA[\w-]{0,8})[ \t]{1,8}"),
    (
        ("rsa", "ecdsa", "pkcs", "p12"),
        r"(?:^|[ \t]):[ \t]{1,8}(?:RSA|ECDSA|PKCS8|PKCS12|P12)[ \t]{1,8}\S{1,200}[ \t]{1,8}",
    ),
    # HAProxy, ProxySQL, preseed of Debian
    (("stats",), r"\bstats[ \t]{1,8}auth[ \t]{1,8}[^\s:]{1,80}:"),
    (
        ("_credentials",),
        r"_credentials[ \t]{0,4}=[ \t]{0,4}[\"'](?:[^\s:;\"']{1,80}:[^\s:;\"']{1,80};){0,4}[^\s:;\"']{1,80}:",
    ),
    (("passwd/",), r"\bpasswd/(?:root|user)-password(?:-again)?[ \t]{1,8}password[ \t]{1,8}"),
    # routers
    (("neighbor",), r"\bneighbor[ \t]{1,4}\S{1,80}[ \t]{1,4}password[ \t]{1,4}(?:[057][ \t]{1,4})?"),
    (
        ("enable", "username"),
        r"\b(?:enable|username[ \t]{1,4}\S{1,80}(?:[ \t]{1,4}privilege[ \t]{1,4}\d{1,2})?)[ \t]{1,4}(?:secret|password)[ \t]{1,4}(?:[045789][ \t]{1,4})?",
    ),
    (
        ("key",),
        r"\b(?:key-string|(?:tacacs|radius)-server[ \t]{1,4}key|isakmp[ \t]{1,4}key|pre-shared-key(?:[ \t]{1,4}(?:local|remote|address[ \t]{1,4}\S{1,40}[ \t]{1,4}key))?)[ \t]{1,4}(?:[0-9][ \t]{1,4})?",
    ),
)
"""Settings with several words before the value: words of which a text in lower case holds one, and what stands before the value."""
_DOUBTFUL_ROWS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    # SNMP: of Cisco, net-snmp, MikroTik, of plugins of Nagios
    (("community",), r"\b(?:snmp-server[ \t]{1,4}community|r[ow]community6?)[ \t]{1,8}", "community"),
    (
        ("com2sec",),
        r"\bcom2sec6?[ \t]{1,8}(?:-Cn[ \t]{1,4}\S{1,40}[ \t]{1,4})?\S{1,80}[ \t]{1,8}\S{1,80}[ \t]{1,8}",
        "community",
    ),
    (("snmp community",), r"\bsnmp community[ \t]{1,4}(?:set|add)\b[^\n]{0,80}[ \t]name=", "community"),
    (("-c ",), r"^\$USER\d{1,3}\$=-C[ \t]{1,4}", "community"),
    # the macros of Nagios, a header that HAProxy compares, the provider of Caddy's DNS challenge
    (("$user",), r"^\$USER\d{1,3}\$=(?!-C[ \t]|/)", "macro"),
    (("-m str",), r"\bhdr\([\w-]{1,80}(?:,-?\d)?\)[ \t]{1,4}-m[ \t]{1,4}str[ \t]{1,4}(?:-i[ \t]{1,4})?", "header"),
    (("dns ",), r"\bdns[ \t]{1,4}[a-z][a-z0-9]{1,30}[ \t]{1,4}", "token"),
)
"""Settings whose value is a secret only where it looks like one: the same, and what the value is called."""


def directives(text: str) -> Iterator[Found]:
    """The value of a line that is exactly a name and a value, and those of known directives of several words."""
    for line in pattern(_LINE).finditer(text):
        name = line["name"]
        grade = grade_name(name)
        if grade is NameGrade.NONE:
            continue
        group = next(g for g in ("dq", "sq", "bare") if line[g] is not None)
        if grade is NameGrade.WEAK and group == "bare":
            continue
        start, end = line.span(group)
        while end > start and text[end - 1] in ";,":
            end -= 1
        value = text[start:end]
        if not value or (group == "bare" and (value[0] in "=:([{<|&+*-!?/\\," or pattern(_TYPE).match(value))):
            continue
        yield Found(
            start, end, Shape.ASSIGNED, name, place_of_name(name), bare=group == "bare",
            weak=group != "bare" or not _reads_on(line, value),
        )  # fmt: skip
    for told in pattern(_TOLD).finditer(text):
        yield Found(*told.span("value"), Shape.ASSIGNED, "password", Place.PASSWORD, weak=False)
    yield from _rows(text)


def _reads_on(line: re.Match[str], value: str) -> bool:
    """Whether a name and a bare value may be words of a text: `password reset`, `passwd hash512`."""
    if line["name"] in _OF_PROGRAMS:
        return False
    if value.rstrip("?!.").isalpha():
        return True
    alone = line["keyword"] is None and len(words(line["name"])) == 1
    return alone and bool(pattern(r"[a-z]{3,20}\d{1,4}[?!.]*\Z").match(value)) and grade_value(value) is Value.WEAK


def _rows(text: str) -> Iterator[Found]:
    low = text.lower()
    for marks, row, name in _DOUBTFUL_ROWS:
        if any(mark in low for mark in marks):
            place = Place.SECRET if name == "community" else Place.WEAK
            for found in pattern("(?m)" + row + _PASS).finditer(text):
                start, end = found.span(next(g for g in ("dq", "sq", "bare") if found[g] is not None))
                yield Found(start, end, Shape.ASSIGNED, name, place)
    for marks, row in _ROWS:
        if not any(mark in low for mark in marks):
            continue
        for found in pattern("(?m)" + row + _PASS).finditer(text):
            group = next(g for g in ("dq", "sq", "bare") if found[g] is not None)
            start, end = found.span(group)
            bare = group == "bare"
            weak = not (bare and text[start:end].rstrip("?!.)").isalpha())
            yield Found(start, end, Shape.ASSIGNED, "password", Place.PASSWORD, bare=bare, weak=weak)
