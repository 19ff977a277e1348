"""Passwords that people make of words: which of them everyone tries first, and which are more than the name of a thing."""

from __future__ import annotations

import re

from sealkit.secrets.names import word_set
from sealkit.secrets.randomness import is_wordlike, runs

_OWN_WORD = re.compile(
    r"[a-z]{0,12}?[-_.]?(?:pass(?:word|wd|phrase|code|wort)?|pw|pwd|secret|token)s?[-_.]?\d{0,6}!?\Z", re.IGNORECASE
)
_COUNTED_WORD = re.compile(r"(?P<words>[A-Z]?[a-z]{2,20}(?:[A-Z][a-z]{1,20}){0,2})[-_@]?0?123?4?5?6?7?8?9?0?!?\Z")
_DISGUISED = re.compile(r"[a-z]{0,12}?[-_.]?(?:password|passwort|passwd|secret)\Z", re.IGNORECASE)
_LETTERS_OF_SIGNS = str.maketrans("@4031!$57", "aaoeiisst")
"""What the signs in `P@ssw0rd` stand for."""
_ENDINGS = "0123456789!?#*."
_MOST_USED = word_set(
    "iloveyou princess sunshine monkey dragon letmein letmein1 shadow master123 superman batman football baseball hunter2 trustno1 "
    "qazwsx whatever starwars freedom ninja michael jennifer jordan charlie ashley nicole jessica daniel babygirl lovely "
    "welcome qwerty azerty qwertz minioadmin adminadmin rootroot postgrespostgres hallo123 flower summer winter cheese "
    "mustang killer pepper ginger cookie secret123 pokemon naruto liverpool chelsea arsenal soleil bonjour schatz"
)
"""Words that are passwords rather than names of things: of the lists of most used passwords, without the words of the field, and
the defaults of well-known programs."""
_WORD_AND_NUMBER = re.compile(r"(?=[^0-9]{0,40}[0-9])(?=[^A-Za-z]{0,40}[A-Za-z])[A-Za-z0-9@!$#.*]{8,40}\Z")
_LONG_NUMBER = re.compile(r"[A-Z][a-z]{2,15}[-_@.+][A-Z]?[a-z]{2,15}\d{3,6}[.!?*#$]?\Z")
_LOGIN_RULES = re.compile(r"(?=.{0,20}[A-Z])(?=.{0,20}[a-z])(?=.{0,20}\d)[A-Za-z0-9]{2,16}[-_@][A-Za-z0-9]{2,8}\Z")


_CHAIN = re.compile(r"[A-Za-z]{2,20}\d{0,4}(?:[-_.+][A-Za-z]{0,20}\d{0,4}){1,5}[.!?*#$]?\Z")
_CAPITAL = re.compile(r"(?:^|[-_.+])[A-Z][a-z]{2,}")
_NUMBER = re.compile(r"\d{2,4}[.!?*#$]?\Z")
_NAMES_OF_THINGS = word_set(
    "password passwd secret token key value config type name user admin server client app api http https tls ssl sha sha1 sha256 "
    "sha512 md5 hmac aes rsa argon2 argon2id bcrypt pbkdf2 scrypt scram plain basic bearer auth login field label input text "
    "string system application service controller model module class test spec data node cluster version release default content "
    "header host port v1 v2 v3 x my the of redis mysql postgres postgresql mongodb kafka rabbitmq grafana prometheus vault keycloak"
)
"""Words of which a name of software, of a class, of an algorithm is made, and a password seldom is."""


def is_chain_of_a_person(text: str) -> bool:
    """Whether words that read like a name are rather what a person made up: two words with a capital, or a capital or several words
    with a number at the end (`Leuchtturm.Wind.3`, `Castell-de-Cartes`, `rioja_crianza_2012`), none of them a word of software."""
    if not _CHAIN.match(text):
        return False
    words = [run.lower() for run in runs(text) if run.isalpha()]
    if (
        len(words) < 2
        or not _NAMES_OF_THINGS.isdisjoint(words)
        or any(len(word) > 2 and not is_wordlike(word) for word in words)
    ):
        return False
    capitals = len(_CAPITAL.findall(text))
    return capitals > 1 or (capitals == 1 and text[-1].isdigit()) or (len(words) > 1 and bool(_NUMBER.search(text)))


def is_own_word(text: str) -> bool:
    """Whether a password is a word for one, which documentation and tests write in its stead: `mysecret`, `testpass1`."""
    return bool(_OWN_WORD.match(text))


def is_common_password(text: str) -> bool:
    """Whether a weak word is one of the passwords that everyone tries first, `sunshine` or `admin123`, and no name of a thing."""
    return text.lower() in _MOST_USED or bool(_WORD_AND_NUMBER.match(text))


def is_word_in_disguise(text: str) -> bool:
    """Whether a password is one that every list of passwords has: a word and a count (`Harbor12345`), `P@ssw0rd1`."""
    if (counted := _COUNTED_WORD.match(text)) is not None and all(map(is_wordlike, runs(counted["words"]))):
        return True
    return _DISGUISED.match(text.rstrip(_ENDINGS).translate(_LETTERS_OF_SIGNS)) is not None


def follows_login_rules(text: str) -> bool:
    """Whether words have a capital, a small letter, a digit and a mark, as logins ask for and the names of things seldom
    have: `Oracle_19c`."""
    return bool(_LOGIN_RULES.match(text)) or has_long_number(text)


def has_long_number(text: str) -> bool:
    """Whether such words end with a number that takes many guesses: `Garden_river4711`."""
    return bool(_LONG_NUMBER.match(text))
