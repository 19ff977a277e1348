"""English for messages: numbers with their noun and verb, and articles."""

from __future__ import annotations

_PLURAL_IES = "bcdfghjklmnpqrstvwxz"
"""Consonants before a `y` that becomes `ies`."""
_PLURAL_VERBS = {"is": "are", "has": "have"}
"""The other verbs lose their `s`."""


def count(number: int, noun: str) -> str:
    """A number with its noun: `count(1, "file")` is `1 file`, `count(2, "policy")` is `2 policies`. Regular nouns only."""
    return f"{number} {noun if number == 1 else plural(noun)}"


def counted(number: int, noun: str, verb: str) -> str:
    """A number with its noun and its verb, given in the singular: `1 file is`, `2 files are`, `2 values need`."""
    return f"{count(number, noun)} {verb if number == 1 else _PLURAL_VERBS.get(verb, verb.removesuffix('s'))}"


def plural(noun: str) -> str:
    """The plural of a regular noun, by the spelling of its end."""
    if noun.endswith("y") and noun[-2:-1] in _PLURAL_IES:
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "z", "ch", "sh")) else f"{noun}s"


def article(noun: str) -> str:
    """A noun with its indefinite article, chosen by the first letter: `an error`, `a file`."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
