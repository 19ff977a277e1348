"""Passwords in the arguments of commands: the options that say so by name, of any program, and those of the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from sealkit.secrets.names import NameGrade, grade_name, is_neutral_name
from sealkit.secrets.places import Place, place_of_name, severity
from sealkit.secrets.text.command_table import (
    ATTACHED,
    EITHER,
    LITERAL,
    NAMED,
    NTH,
    PAIR,
    PASS,
    PROGRAMS,
    STDIN,
    TABLE,
    VALUE,
    Row,
)  # fmt: skip
from sealkit.secrets.text.found import Found, Shape
from sealkit.secrets.text.words import Command, Word, commands, groups, unquoted
from sealkit.secrets.value_forms import pattern
from sealkit.secrets.values import Value, grade_value

_OPTION = r"(?<![\w-])--?(?P<name>[A-Za-z][\w.-]{1,60})"
_OPTION_WORD = r"--?(?P<name>[A-Za-z][\w.-]{1,60})(?:(?P<sign>=)(?P<value>.{1,1024}))?\Z"
_PROGRAM = r"[A-Za-z0-9_.+-]{2,32}"
_COMPLETIONS = frozenset(["-)", "-}"])
"""What follows the sign in a completion of zsh: `{-p+,--password=-}'[password]'`."""
_ECHO = frozenset(["echo", "printf", "print"])

Argument = tuple[Word, str, Place, bool]
"""The word with the password, what it is called, its place, and whether a weak word counts."""


def command_lines(text: str) -> Iterator[Found]:
    """The passwords in the commands of a text."""
    if not _worth(text):
        return
    for start, end in groups(text):
        if not _worth(text[start:end]):
            continue
        before: Command | None = None
        for command in commands(text, start, end):
            for word, name, place, weak in arguments(command, before):
                yield Found(word.start, word.end, Shape.ARGUMENT, name, place, weak=weak)
            before = command


def in_list(words: Sequence[str]) -> Iterator[tuple[int, int, int, str, Place]]:
    """The passwords in a command that is written as a list, `[redis-cli, -a, X]`: the number of the word, where in it the
    password begins and ends, its name and its place."""
    listed = [Word(word, 0, number=number) for number, word in enumerate(words)]
    seen: set[int] = set()
    for word, name, place, weak in arguments(Command(listed, piped=False), None):
        grade = grade_value(word.text)
        if word.number in seen or severity(place, grade) is None or not (weak or grade is Value.RANDOM):
            continue
        seen.add(word.number)
        yield word.number, word.start, word.end, name, place


def _worth(text: str) -> bool:
    """Whether a text has an option that may name a secret, or a program of the table."""
    if "-" in text and any(
        grade_name(found["name"]) is not NameGrade.NONE for found in pattern(_OPTION).finditer(text)
    ):
        return True
    return not PROGRAMS.isdisjoint(pattern(_PROGRAM).findall(text))


def arguments(command: Command, before: Command | None) -> Iterator[Argument]:
    """The passwords in one command. `before` is the command on its left, for what is piped."""
    words = command.words
    starts = [i for i, word in enumerate(words) if _program(word) in PROGRAMS]
    for first, last in pairwise([*starts, len(words)]):
        for row in _rows()[_program(words[first])]:
            yield from _by_row(row, words[first:last], command, before)
    yield from _by_name(words)


def _program(word: Word) -> str:
    return word.text.rpartition("/")[2]


@cache
def _rows() -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in TABLE:
        for program in row.programs.split():
            found.setdefault(program, []).append(row)
    return found


def _by_name(words: list[Word]) -> Iterator[Argument]:
    """`--password X`, `--db-password=X`, `-storepass X`."""
    for i, word in enumerate(words):
        if word.text[:1] != "-" or (option := pattern(_OPTION_WORD).match(word.text)) is None:
            continue
        name = option["name"]
        if (place := place_of_name(name)) is Place.NOTHING:
            continue
        if option["sign"] and option["value"][:2] in _COMPLETIONS:
            continue
        if option["sign"]:
            yield _inner(word, option.start("value")), name, place, True
        elif i + 1 < len(words) and _is_value(words[i + 1]):
            yield words[i + 1], name, place, not _is_prose(words, i)


def _is_prose(words: list[Word], option: int) -> bool:
    """Whether the word after an option belongs to a sentence or to a table of options: `--password word that …`."""
    value, rest = words[option + 1], words[option + 2 :]
    if not rest or rest[0].text[:1] == "-":
        return False
    listing = option < 2 and words[0].text[:1] == "-"
    return listing or (not value.quoted and value.text.isalpha() and rest[0].text.isalpha())


def _inner(word: Word, at: int) -> Word:
    """The rest of a word from a column on, without quotes."""
    rest = unquoted(word.text, at, len(word.text))
    return Word(rest.text, word.start + rest.start, rest.quoted, word.number)


def _is_value(word: Word) -> bool:
    """Whether a word is a value and not the next option, nor a word in capitals that stands for one."""
    if word.text == "stdin":
        return False
    if not word.quoted and (word.text[:1] in {"-", ">", "<"} or word.text[:2] == "2>"):
        return False
    if pattern(r"--[a-z]{2}|[a-z_]{2,20}=[\"']").match(word.text):
        return False  # the options of a parser, as a program declares them: `"--password", nargs="?"`
    return not word.text.replace("_", "").isupper() or not word.text.replace("_", "").isalpha()


def _by_row(row: Row, words: list[Word], command: Command, before: Command | None) -> Iterator[Argument]:
    at = 0
    if row.needs:
        at = next((i for i, word in enumerate(words) if _meets(row.needs, word.text)), -1)
        if at < 0:
            return
    if row.kind == STDIN:
        yield from _piped(row, words, command, before)
    elif row.kind == NTH:
        rest = [word for word in words[at + 1 :] if word.quoted or not _is_option(row, word.text)]
        if len(rest) > row.nth and _is_value(rest[row.nth]):
            yield rest[row.nth], "password", Place.PASSWORD, True
    elif row.kind == NAMED:
        for name, value in pairwise(words[at + 1 :]):
            if name.text[:1] != "-" and (place := place_of_name(name.text)) is not Place.NOTHING and _is_value(value):
                yield value, name.text, place, True
    else:
        for value in _option_values(row, words):
            yield from _valued(row, value)


def _is_option(row: Row, word: str) -> bool:
    """Whether a word is an option; for Windows also a drive or a share."""
    if row.mark == "/":
        return word[:1] in {"/", "\\"} or word[1:] == ":"
    return word[:1] == "-"


def _meets(needs: str, word: str) -> bool:
    """Whether a word is the one that a row needs: itself, or for `-b` a group of short options with it."""
    if needs[0] == "-":
        return word[:1] == "-" and word[:2] != "--" and needs[1] in word
    return word == needs


def _option_values(row: Row, words: list[Word]) -> Iterator[Word]:
    options = row.options.split()
    if row.kind == PAIR and not options:
        yield from [word for word in words[1:] if word.text[:1] != "-"][:1]
    for i, word in enumerate(words):
        for option in options:
            if word.text == option:
                if row.kind != ATTACHED and i + 1 < len(words) and _is_value(words[i + 1]):
                    yield words[i + 1]
            elif word.text.startswith(option + "="):
                yield _inner(word, len(option) + 1)
            elif (
                row.kind in {ATTACHED, EITHER, PAIR}
                and option[:2] != "--"
                and word.text.startswith(option)
                and not (row.kind == PAIR and row.mark not in word.text)
            ):
                yield _inner(word, len(option))


def _valued(row: Row, word: Word) -> Iterator[Argument]:
    if row.kind == PAIR:
        user, mark, password = word.text.partition(row.mark)
        if mark and password and "://" not in word.text:
            if row.mark == "/":
                password = password.partition("@")[0]
            yield Word(password, word.start + len(user) + 1, number=word.number), "password", Place.PASSWORD, True
    elif row.kind == LITERAL:
        name, mark, _ = word.text.partition("=")
        if mark and place_of_name(name) in {Place.NOTHING, Place.WEAK} and not is_neutral_name(name):
            yield _inner(word, len(name) + 1), name, Place.SECRET, True  # other names are seen by themselves
    elif row.kind == PASS:
        if word.text.startswith("pass:"):
            yield _inner(word, 5), "password", Place.PASSWORD, True
    elif row.kind in {VALUE, ATTACHED, EITHER}:
        yield word, "password", Place.PASSWORD, True


def _piped(row: Row, words: list[Word], command: Command, before: Command | None) -> Iterator[Argument]:
    """What `echo` writes into a command that reads a password."""
    options = row.options.split()
    if not command.piped or before is None or (options and not any(word.text in options for word in words)):
        return
    echo = next((i for i, word in enumerate(before.words) if word.text in _ECHO), None)
    values = (
        []
        if echo is None
        else [word for word in before.words[echo + 1 :] if word.text[:2] not in {"-n", "-e", "%s", "%%"}]
    )
    if not values:
        return
    word = values[-1]
    if words[0].text == "chpasswd":
        user, mark, password = word.text.partition(":")
        if mark and password:
            yield Word(password, word.start + len(user) + 1), "password", Place.PASSWORD, True
    elif _is_value(word):
        yield word, "password", Place.PASSWORD, True
