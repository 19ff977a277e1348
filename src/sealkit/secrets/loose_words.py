"""Random words in a text that stands under a key of a Secret: a file, a list, a note with a key in it that nothing names.

The key of the Secret says that something in the text is secret. So a word counts that a generator has made, unless its form or
the name before it shows that everyone may read it.
"""

from __future__ import annotations

from collections.abc import Callable

from sealkit.secrets.names import is_neutral_name, word_set, words
from sealkit.secrets.randomness import is_wordlike, runs
from sealkit.secrets.value_forms import is_expression, pattern
from sealkit.secrets.values import Value, grade_value

_PUBLIC_PARTS = (
    r"-----BEGIN (?![A-Z0-9 ]{0,40}PRIVATE)[A-Z0-9 ]{1,60}-----(?:[^-]|-(?!----)){1,65536}-----END [A-Z0-9 ]{1,60}-----"
    r"|[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s\"'<>`]{1,2048}"
    r"|(?i:\b(?:sha|md)[0-9]{1,3}[:=-][0-9a-z+/]{20,128}={0,2})"
    r"|\bAAAA[A-Za-z0-9+/]{20,4096}={0,3}|\|1\|[A-Za-z0-9+/=]{20,40}\|[A-Za-z0-9+/=]{20,40}"
    r"|(?:[0-9A-Fa-f]{2}:){7,63}[0-9A-Fa-f]{2}|\bdata:[\w/+.;-]{1,80};base64,[A-Za-z0-9+/=]{1,1000000}"
)
"""Certificates and other public PEM blocks, addresses (their passwords are judged by the form of URLs), digests, the keys and hosts
of OpenSSH, fingerprints, pictures."""
_PAGE = r"(?i)<!doctype html|<html[\s>]"
_HEAD = 4096
"""In so many characters at its beginning a page says that it is one."""
_WORD = r"[^\s\"'`<>]{1,4096}"
_WORD_WITH_MARKS = r"[^\s]{1,4096}"
_NAMED = r"(?P<name>[A-Za-z_][\w.-]{0,60})=(?P<value>.{1,4096})\Z"
_EDGES = "\"'`{}[]()|,;:=*#"
_SHORTEST = 16
"""Characters of a word that may be a key: a shorter one is too often an abbreviation or a version."""
_SYNTAX = r"\$[{(]|[^\x00-\x7f]|%[A-Za-z(]|\]\(|\|#|\\"
"""What scripts and other languages have in a word, and keys have not."""
_MARKS = frozenset("!?@#$%^&*~+")
_LONGEST = 128
_PUBLIC_NAMES = word_set("public fingerprint serial commit revision digest modulus recipient recipients")


def random_word(text: str) -> tuple[int, int] | None:
    """The span of the first word of the text that a generator has made. A page of HTML has none: its scripts and pictures have
    many that everyone may read."""
    if pattern(_PAGE).search(text, 0, _HEAD):
        return None
    rest = pattern(_PUBLIC_PARTS).sub(lambda found: " " * len(found[0]), text)
    return _first(rest, _WORD, _is_random) or _first(rest, _WORD_WITH_MARKS, _is_dense)


def _first(text: str, form: str, is_key: Callable[[str], bool]) -> tuple[int, int] | None:
    """The first word of this form that is a key; a name with a sign before it may say that it is none."""
    name, signed = "", False
    for found in pattern(form).finditer(text):
        word = found[0].strip(_EDGES)
        if word and (named := pattern(_NAMED).match(word)) is not None:
            name, signed, word = named["name"], True, named["value"].strip(_EDGES)
        if len(word) >= _SHORTEST and not (signed and _is_public_name(name)) and is_key(word):
            at = found.start() + found[0].rfind(word)
            return at, at + len(word)
        name, signed = word or name, found[0][-1] in ":=" or (not word and signed)
    return None


def _is_public_name(name: str) -> bool:
    return len(name) <= 60 and (is_neutral_name(name) or not _PUBLIC_NAMES.isdisjoint(words(name)))


def _is_random(word: str) -> bool:
    """Whether the grade says so and words that can be read are less than half of it: a file has options and paths too."""
    if pattern(_SYNTAX).search(word) or grade_value(word) not in {Value.RANDOM, Value.GENERATED}:
        return False
    return 2 * _readable(word) < len(word)


def _is_dense(word: str) -> bool:
    """Whether letters of both cases, digits and marks stand side by side with hardly anything to read between them."""
    if not _SHORTEST <= len(word) <= _LONGEST or word[0] in "{[" or "${" in word or is_expression(word):
        return False
    kinds = (str.islower, str.isupper, str.isdigit, lambda letter: letter in _MARKS)
    return all(any(map(kind, word)) for kind in kinds) and 5 * _readable(word) < len(word)


def _readable(word: str) -> int:
    return sum(len(run) for run in runs(word) if len(run) > 3 and run.isalpha() and is_wordlike(run))
