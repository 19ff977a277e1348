"""What is known of a token: its rule, its name, its shape, and where the shape comes from."""

from __future__ import annotations

from typing import NamedTuple

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class Token(NamedTuple):
    """The pattern of one token: the rule that reports it, its name in messages, its two parts, and who publishes or knows it."""

    rule: str
    title: str
    head: str
    tail: str = ""
    source: str = ""
    """The issuer's documentation of the format, or the names of the scanners that know it."""
    infix: str = ""
    """A text that every token contains: given where `head` does not begin with one."""
