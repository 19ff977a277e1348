"""Which texts are the names of things, made of readable words and short numbers."""

from __future__ import annotations

import re

from sealkit.secrets.names import NameGrade, grade_name, word_set
from sealkit.secrets.randomness import is_wordlike, runs

SEPARATED = re.compile(r"[-_./:@,; \[\]\\]+")
"""What parts the words of a name."""
_SETTING = re.compile(r"(?:\A|(?<=,))(?:-{0,2}[a-z][a-z0-9-]{0,30}|[A-Z][A-Z0-9]{0,20}_[A-Z0-9_]{1,60})=")
"""What an option or variable begins with: `--dry-run=client`, `id=token,src=file`, `KEY_FILE=path`."""
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]{0,16}(?:_+[A-Z0-9]{1,16}){1,8}\Z")
_PIECE = re.compile(r"\d{0,2}[A-Za-z]{1,100}\d{0,5}\Z|v?\d{1,5}[a-z]?\Z|[a-z]\d[a-z]\Z|")
_NUMERONYM = re.compile(r"[a-z]{1,6}\d{1,2}[a-z]{1,4}\Z")
"""`k8s`, `ovn4nfv`, `ext4fs`: a part of a name where another part of it is a word."""
_ACRONYM = re.compile(r"[A-Z]{2,6}\Z")
_SHORT_WORDS = word_set("app api db dev ops web prd prod stg tst test svc vm lb ui bot job sql key pin salt seed")
"""Short words that only names of things have."""
_APOSTROPHE = re.compile(r"[A-Za-z]{2,20}'[a-z]{1,3}\Z")
_SHORT = 4
"""Letters of a word that may be one by chance."""
VOCABULARY = word_set(
    "password passwd passwort secret secrets token tokens key keys credential credentials creds auth name ref user username "
    "cert tls ca config file value values admin database db redis mysql postgres postgresql mongodb the from your in of to is "
    "with for a an on my default existing cluster app client server secretref"
)
"""Words that make a chain of words the name of something rather than a passphrase."""


def is_identifier(body: str) -> bool:
    """Whether a text is made of readable words and short numbers: `etcd-cluster-1`, `on_create`, `clientSecret`, `postgres`."""
    body = body.rstrip("/")
    pieces = SEPARATED.split(_SETTING.sub("", body))
    if _CONSTANT.match(body):
        words = [run for run in runs(body) if run.isalpha() and len(run) > 2]
        return 2 * sum(map(is_wordlike, words)) >= len(words) > 0
    if len(pieces) == 1 and any(piece.isdigit() for piece in runs(body)):
        return False
    if body[-1:] in {"!", "?", "#", "*", "$"}:
        return False
    if _APOSTROPHE.match(body):
        return True
    if len(pieces) > 1 and all(piece.isalpha() and piece.islower() for piece in pieces):
        return _is_chain_of_words(pieces)
    long = [piece for piece in pieces if len(piece) > 3 and piece.isalpha()]
    named = len(pieces) > 1 and any(_is_word(piece) for piece in pieces)
    if long and not any(map(is_wordlike, long)) and not named and len(pieces) > 1:
        return False
    for piece in pieces:
        if named and _NUMERONYM.match(piece):
            continue
        if not _PIECE.fullmatch(piece):
            return False
        words = [run for run in runs(piece) if run.isalpha()]
        short = len(pieces) > 1 and piece.isalpha() and piece.islower() and len(piece) < 6
        if not (short or all(is_wordlike(word) or (named and _ACRONYM.match(word)) for word in words)) or (
            len(words) > 2 and sum(map(len, words)) / len(words) < 3
        ):
            return False
    return True


def _is_word(piece: str) -> bool:
    return piece in _SHORT_WORDS or (len(piece) > 3 and piece.isalpha() and is_wordlike(piece))


def _is_chain_of_words(pieces: list[str]) -> bool:
    """Whether words in small letters name something: one that is not short can be read, or the last one says what it is, or all
    can be read or spoken. Hardly anyone puts a mark between random letters."""
    if grade_name(pieces[-1]) is not NameGrade.NONE or pieces[-1] in VOCABULARY | _SHORT_WORDS:
        return True
    readable = [piece for piece in pieces if is_wordlike(piece)]
    if any(len(piece) > _SHORT for piece in readable) or len(readable) == len(pieces):
        return True
    return bool(readable) and all(is_wordlike(piece) or len(piece) <= _SHORT or _is_spoken(piece) for piece in pieces)


def _is_spoken(piece: str) -> bool:
    return 4 * sum(letter in "aeiouy" for letter in piece) > len(piece)
