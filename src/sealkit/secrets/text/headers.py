"""Credentials of HTTP headers: `Authorization: Basic …`, `Bearer …`, and the session of a cookie."""

from __future__ import annotations

from collections.abc import Iterator

from sealkit.secrets.places import Place
from sealkit.secrets.text.found import Found, Shape
from sealkit.secrets.value_forms import base64_text, pattern

_AUTHORIZATION = (
    r"(?i:authorization(?:[_-]?header)?\\?[\"'`]?\]?[ \t]{0,8}(?:=>|[:=,]|[ \t])[ \t]{0,8}\(?[bf]?\\?[\"'`]?"
    r"(?P<scheme>basic|bearer|token|apikey|api-key|splunk|key|digest|negotiate|genie[a-z]{3})(?:[ \t]{1,8}|=))(?:token=)?"
    r"(?!\\?[\"'`]\s{0,8}[+.,)&%])\\?[\"'`]?(?P<value>[A-Za-z0-9._~+/=:-]{4,8192})"
)
_BASIC = r"[\"'`][Bb]asic[ ](?P<value>[A-Za-z0-9+/]{8,1024}={0,2})[\"'`]"
_USER = r"[\w.@+-]{1,100}:[^:]{1,256}\Z"
"""A value of that header in quotes, whatever it is passed to."""
_COOKIE = r"(?i:cookie)\\?[\"']?[ \t]{0,8}[:=,][ \t]{0,8}(?P<pairs>[^\n]{8,2048})"
_SESSION = r"(?<![\w.-])(?P<name>[\w.-]{1,80})=(?P<value>[^\s;,\"'\\]{8,4096})"
_SESSION_NAME = r"(?i)sess|sid\Z|auth|token|jwt"


def headers(text: str) -> Iterator[Found]:
    """What follows the scheme of an `Authorization` header, in any notation, and the session cookies of a `Cookie`."""
    low = text.lower()
    if "authorization" in low:
        for found in pattern(_AUTHORIZATION).finditer(text):
            value, place = found["value"], Place.SECRET
            if found["scheme"].lower() == "basic":
                login = base64_text(value + "=" * (-len(value) % 4), 8)
                if login is not None and ":" in login:
                    value, place = login.partition(":")[2], Place.PASSWORD
            yield Found(*found.span("value"), Shape.BEARER, "authorization", place, value=value)
    if "asic " in text:
        for found in pattern(_BASIC).finditer(text):
            login = base64_text(found["value"], 8)
            if login is not None and login.isprintable() and pattern(_USER).match(login):
                yield Found(
                    *found.span("value"), Shape.BEARER, "authorization", Place.PASSWORD, value=login.partition(":")[2]
                )
    if "cookie" in low:
        for cookie in pattern(_COOKIE).finditer(text):
            for found in pattern(_SESSION).finditer(text, *cookie.span("pairs")):
                if pattern(_SESSION_NAME).search(found["name"]):
                    yield Found(*found.span("value"), Shape.BEARER, found["name"], Place.WEAK)
