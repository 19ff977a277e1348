"""Passwords on lines of their own, after a line that says what they are: answers of `expect`, the input of `chpasswd`, the login in
an OpenVPN profile.

Sources: expect(1); chpasswd(8) and the module `cc_set_passwords` of cloud-init; openvpn(8), "Inline file support".
"""

from __future__ import annotations

from collections.abc import Iterator

from sealkit.secrets.places import Place
from sealkit.secrets.text.found import Found, Shape
from sealkit.secrets.value_forms import pattern

_EXPECT = (
    r"(?i:assword[^\n]{0,60}\n?[^\n]{0,60}\bsend[ \t]{1,4}(?:--[ \t]{1,4})?)(?:\\?\"(?P<dq>[^\"\\\n]{3,128})|'(?P<sq>[^'\\\n]{3,128}))"
    r"\\{1,2}[rn]"
)
_CHPASSWD = r"\bchpasswd\b[^\n]{0,60}(?:\n[ \t]{0,40}[^\n]{0,40})?(?:<<-?[ ]?[\"']?\w{1,40}[\"']?|\blist:[ \t]{0,4}[|>]?[+-]?)[ \t]{0,8}\r?\n"
_ENTRY = r"[ \t]{0,60}(?:-[ \t]{1,4})?[\"']?[A-Za-z_][\w.-]{0,40}:(?P<value>[^\s\"'|<>][^\s\"']{0,200})[\"']?[ \t\r]{0,4}(?:\n|\Z)"
_PROFILE = r"<auth-user-pass>[ \t\r]{0,4}\n[^\n<>]{1,128}\n[ \t]{0,40}(?P<value>[^\s<>][^\n<>]{0,127}?)[ \t\r]{0,4}\n[ \t]{0,40}</auth-user-pass>"
_ENTRIES = 100


def dialogues(text: str) -> Iterator[Found]:
    """The passwords that follow a prompt, a `chpasswd` or the tag of a login."""
    if "send" in text:
        for found in pattern(_EXPECT).finditer(text):
            yield _found(*found.span("dq" if found["dq"] else "sq"))
    if "chpasswd" in text:
        for found in pattern(_CHPASSWD).finditer(text):
            at = found.end()
            for _ in range(_ENTRIES):
                entry = pattern(_ENTRY).match(text, at)
                if entry is None:
                    break
                yield _found(*entry.span("value"))
                at = entry.end()
    if "<auth-user-pass>" in text:
        for found in pattern(_PROFILE).finditer(text):
            yield _found(*found.span("value"))


def _found(start: int, end: int) -> Found:
    return Found(start, end, Shape.LOGIN, "password", Place.PASSWORD)
