"""What a value is, whatever it is called: made by a generator, chosen by a person, or no secret at all."""

from __future__ import annotations

import base64
import binascii
import re
from enum import StrEnum
from functools import lru_cache

from sealkit.secrets.chosen_words import (
    follows_login_rules,
    has_long_number,
    is_chain_of_a_person,
    is_common_password,
    is_own_word,
    is_word_in_disguise,
)
from sealkit.secrets.identifiers import SEPARATED, VOCABULARY, is_identifier
from sealkit.secrets.names import NameGrade, grade_name
from sealkit.secrets.password_hashes import is_password_hash
from sealkit.secrets.randomness import bits, is_wordlike, runs
from sealkit.secrets.value_forms import (
    base64_text,
    is_expression,
    is_path,
    is_public_form,
    is_published_example,
    is_reference,
    is_template_value,
)


class Value(StrEnum):
    """The grades of a value. The first eight may be secrets, depending on their place; the others never are."""

    RANDOM = "random"
    GENERATED = "hex or base64"
    UUID = "UUID"
    PASSWORD = "chosen password"
    COMMON = "common password"
    WEAK = "weak word"
    OWN_WORD = "a word for a password"
    HASH = "hash of a password"
    IDENTIFIER = "identifier"
    SENTENCE = "sentence or label"
    PATH = "path or address"
    REFERENCE = "reference"
    TEMPLATE = "template or placeholder"
    PUBLIC = "public"
    EMPTY = "empty"


_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z", re.IGNORECASE)
_AFFIXED_UUID = re.compile(
    r"(?:[A-Za-z]{1,12}[-_:])?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?:[-_:][\w]{1,8})?\Z",
    re.IGNORECASE,
)
_NO_UUID = re.compile(r"(?:0{8}|1{8}|12345678|a{8}|f{8})-", re.IGNORECASE)
_HEX = re.compile(r"(?:0x)?(?=[0-9a-f]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{16,1024}\Z", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}\Z")
_LETTERS = re.compile(r"[^\W\d_]")
_CODE = re.compile(r"[A-Z]{1,4}\d{2,4}\Z")
"""The code of a rule, error or algorithm: `SK204`, `RS256`."""
_CALL = re.compile(r"(?:[A-Za-z_]\w{1,40}\.){1,4}[A-Za-z_]\w{2,40}\(|[a-z_]\w{2,40}\(|function\b|lambda\b")
_ESCAPED_SPACE = re.compile(r"(?:\\[nrt])+(?=[A-Z\\-]|\Z)")
"""The ends of lines in a string of code."""
_ROW = re.compile(r"abcdefgh|12345678|x{6}|X{6}")
"""What stands for a hash in an example: `{SSHA}abcdefghi123456789`."""
_UNSIGNED = re.compile(r"eyJ[^.\s]{8,2048}\.[^.\s]{0,4096}\.[^.\s]{0,24}\Z")
"""A JWT whose signature is too short to be one: the shortest, of HMAC-SHA256, has 43 characters."""
_RANDOM_BITS = 40.0
_SHORTEST = 4
_LONG_NUMBER = 26
_LONGEST_PASSWORD = 512


@lru_cache(maxsize=32768)
def grade_value(text: str) -> Value:
    """The grade of a value, without the quotes around it."""
    body = text.strip()
    if "\\" in body:
        body = _ESCAPED_SPACE.sub("\n", body).strip()
    if not body:
        return Value.EMPTY
    if is_password_hash(body):
        return Value.TEMPLATE if _ROW.search(body) else Value.HASH
    if is_reference(body):
        return Value.REFERENCE
    if is_expression(body) or is_template_value(body) or (body[:3] == "eyJ" and _UNSIGNED.match(body)):
        return Value.TEMPLATE
    if is_path(body):
        return Value.PATH
    if is_public_form(body):
        return _number(body) if body.isdigit() else Value.PUBLIC
    if body.isalpha() and len(body) > 9 and _is_mash(body):
        return Value.TEMPLATE
    if is_published_example(body):
        return Value.TEMPLATE if not body.isalpha() or len(body) > 12 else Value.WEAK
    grade = _by_form(body) or _by_chance(body)
    if grade in {Value.WEAK, Value.PASSWORD, Value.RANDOM} and is_word_in_disguise(body):
        grade = Value.WEAK
    return _weak(body) if grade is Value.WEAK else grade


def _weak(body: str) -> Value:
    """Which kind of weak value: a word for a password, one of the passwords that are tried first, or any other word."""
    if is_own_word(body):
        return Value.OWN_WORD
    return Value.COMMON if is_common_password(body) else Value.WEAK


def _is_mash(letters: str) -> bool:
    """Whether a hand on the keyboard has written letters, `fhgfthhgfhgf`: about half as many different ones as chance would give."""
    expected = 26 * (1 - (25 / 26) ** len(letters))
    return len(set(letters.lower())) < 0.55 * expected


def _number(body: str) -> Value:
    """Digits alone may be a password, where one is asked for."""
    if len(body) < 6:
        return Value.PUBLIC
    if len(body) >= _LONG_NUMBER and bits(body) > _RANDOM_BITS and not is_published_example(body):
        return Value.GENERATED  # longer than an account, a time or the number of an order
    return Value.PASSWORD if len(body) > 7 and bits(body) > 20 else Value.WEAK


def _by_form(body: str) -> Value | None:
    if _UUID.match(body):
        return Value.TEMPLATE if _NO_UUID.match(body) or len(set(body)) < 8 else Value.UUID
    if _AFFIXED_UUID.match(body):
        return Value.IDENTIFIER
    if _HEX.match(body):
        return Value.GENERATED
    if (
        len(body) in {8, 12}
        and (inner := base64_text(body, 8))
        and inner.isascii()
        and is_identifier(inner)
        and not is_identifier(body)
    ):
        return grade_value(inner)
    if (len(body) >= 8 and _BASE64.match(body)) or body.endswith("="):
        return _in_base64(body)
    return None


def _in_base64(body: str) -> Value | None:
    inner = base64_text(body, 8)
    inner = inner.strip() if inner is not None else None
    if inner is not None and inner.startswith('{"') and '"alg"' in inner:
        return Value.PUBLIC  # the head of a JWT alone
    if inner is not None and inner.isprintable() and len(inner) >= _SHORTEST:
        return grade_value(inner) if body.endswith("=") or not is_identifier(body) else None
    if inner is not None and inner.startswith("-----BEGIN"):
        return grade_value(inner)
    padded = body.rstrip("=").replace("-", "+").replace("_", "/")
    padded += "=" * (-len(padded) % 4)
    if len(padded) < 20 or is_identifier(body) or not any(letter.isdigit() for letter in body):
        return None
    try:
        base64.b64decode(padded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return Value.GENERATED if bits(body) > 2 * _RANDOM_BITS else None


def _by_chance(body: str) -> Value:
    if " " in body or "\t" in body:
        return _spaced(body)
    if "\n" in body or _CALL.match(body) or (body[0] in "{[" and '":' in body):
        return Value.SENTENCE
    if len(body) < _SHORTEST or _CODE.match(body):
        return Value.IDENTIFIER
    if is_identifier(body):
        if follows_login_rules(body):
            return Value.PASSWORD if has_long_number(body) else Value.WEAK
        return Value.WEAK if is_chain_of_a_person(body) else _chain(body)
    kinds = sum(
        map(
            bool,
            (re.search(r"[a-z]", body), re.search(r"[A-Z]", body), re.search(r"\d", body), re.search(r"[^\w\s]", body)),
        )
    )
    chance = bits(body)
    if chance >= _RANDOM_BITS and (len(body) >= 12 or (len(body) >= 8 and kinds > 1)):
        return Value.RANDOM if len(body) <= _LONGEST_PASSWORD else Value.SENTENCE
    if kinds > 2 or (chance > 25 and len(body) > 6):
        return Value.PASSWORD
    return Value.WEAK


def _chain(body: str) -> Value:
    """Words: one is a weak password, several are the name of something, or from four on a passphrase."""
    pieces = [piece for piece in SEPARATED.split(body) if piece]
    if len(pieces) == 1:
        if "'" in body:
            return Value.SENTENCE
        if body[0].isupper() and body[1:].islower():
            return Value.SENTENCE
        return Value.IDENTIFIER if body.isupper() and len(body) < 5 else Value.WEAK
    passphrase = 4 <= len(pieces) <= 12 and all(
        len(piece) > 2 and piece.isalpha() and piece.islower() for piece in pieces
    )
    named = not VOCABULARY.isdisjoint(pieces) or grade_name(pieces[-1]) is not NameGrade.NONE
    return Value.PASSWORD if passphrase and not named else Value.IDENTIFIER


def _spaced(body: str) -> Value:
    """Text with spaces: a sentence where it reads like one."""
    pieces = body.split()
    readable = sum(
        bool(_LETTERS.search(piece))
        and bits(piece) < _RANDOM_BITS
        and all(is_wordlike(run) for run in runs(piece) if run.isalpha())
        for piece in pieces
    )
    if readable * 2 >= len(pieces) or len(pieces) > 4:
        return Value.SENTENCE
    chance = bits(body.replace(" ", ""))
    if chance >= 2 * _RANDOM_BITS and not readable:
        return Value.RANDOM  # the salts of WordPress
    return Value.PASSWORD if chance >= _RANDOM_BITS else Value.SENTENCE
