"""Names with a value: `NAME=value`, `name: value`, `'name' => 'value'`, wherever on a line they stand, also inside each other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sealkit.secrets.names import NameGrade, grade_name, word_set, words
from sealkit.secrets.places import Place, place_of_name
from sealkit.secrets.text.found import Found, Shape
from sealkit.secrets.text.literals import literal_at, quoted_at
from sealkit.secrets.value_forms import pattern

_CLOSE = r"(?:\\{0,3}[\"'`]|&quot;|&\#34;)?\]?\*{0,2}"
_TYPE = r"(?:[ \t]{0,4}:[ \t]{0,4}[&*]?\[?[A-Za-z'][\w.<>\[\]|&']{0,40}(?=[ \t]{1,4}=[ \t])|[ \t]{1,4}(?:string|String|str)(?=[ \t]{1,4}=[ \t]))?"
_SIGN = r"[ \t]{0,40}(?P<sign>=>|:{1,3}=|\?\?=|\|\|=|\?=|\+=|[!=]==?(?=[ \t]{0,4}[bru]?[\"'`])|::(?=[ \t])|[:=])(?!=)(?P<space>\*{0,2}[ \t]{0,16}(?:\*\*(?=[^*\s]))?)"
_LEFT = rf"(?:(?<![\w.\\-])|(?<=\\[nrt])|(?<=[\"'\]]\.))(?<!\$\{{)(?!(?<=\$)\w{{1,12}}:\w)-{{0,3}}(?P<name>\w[\w.-]{{1,80}}){_CLOSE}{_TYPE}{_SIGN}"
_BEFORE = r"(?P<word>[A-Za-z]{2,20})[ ]\Z"
_KEYWORDS = word_set(
    "export set setenv env arg declare local readonly typeset let const var val final static def string str"
)
"""Words of languages before a name, which are no part of it: `export TOKEN=X`."""
_HEADER_NAME = r"(?i:x-[\w-]{0,40}(?:key|token|secret)|private-token|job-token|deploy-token|api-?key)\Z"


def assignments(text: str) -> Iterator[Found]:
    """Every value of a name that may hold a secret. The name is sought first, then its value read, so that a name inside the
    value of another (`run: PGPASSWORD=…`) is found too."""
    if ":" not in text and "=" not in text:
        return
    outer: Found | None = None
    for left in pattern(_LEFT).finditer(text):
        found = _assigned(text, left)
        if found is None:
            continue
        if outer is not None and not (outer.bare and found.start < outer.end):
            yield outer
        outer = found  # a bare value with another name in it is that name's: `OLD=/PASSWORD=x/`
    if outer is not None:
        yield outer


def _assigned(text: str, left: re.Match[str]) -> Found | None:
    """The value of one name, or None where the name says nothing or has no value."""
    place = place_at(text, left.start("name"), left["name"])
    if place is Place.NOTHING:
        return None
    sign, tight = left["sign"], not left["space"]
    if sign == ":" and tight and text[left.start("sign") - 1] == "]":
        return None  # `input[type="password"]:focus`
    if left["name"] == "PASS" and text[max(0, left.start() - 4) : left.start()] == "--- ":
        return None  # `--- PASS: TestOne`, the report of a test
    if sign[:2] in {"==", "!="}:
        value = quoted_at(text, left.end())
    else:
        colon = sign in {":", "::"}
        value = literal_at(text, left.end(), name_at=left.start(), colon=colon, tight=tight and sign != ":")
    if value is None or (value.bare and sign == ":" and tight and text[left.start() - 1 : left.start()] in {":", "/"}):
        return None  # also the fields of a line: `user:password:uid:gid`
    if left["name"] == "PASS" and sign == ":" and value.sentence:
        return None  # `PASS: REQ-0006: is met`, a line of a report
    grammar = value.bare and sign[:2] == "::"  # `password ::= string` of a grammar, as well as an assignment of make
    return Found(
        value.start,
        value.end,
        Shape.ASSIGNED,
        left["name"],
        place,
        bare=value.bare,
        weak=not (value.sentence or grammar or sign[0] == "!"),
    )


def place_at(text: str, at: int, name: str) -> Place:
    """The place that a name makes; of a word like `key`, together with the word before it: `API key`, `public key`."""
    grade = grade_name(name)
    if grade is NameGrade.WEAK:
        if "-" in name and pattern(_HEADER_NAME).match(name):
            return Place.SECRET
        before = pattern(_BEFORE).search(text[max(0, at - 21) : at]) if len(words(name)) == 1 else None
        if before is not None and before["word"].lower() not in _KEYWORDS:
            joined = grade_name(f"{before['word']}_{name}")
            return place_of_name(f"{before['word']}_{name}") if joined is not NameGrade.WEAK else Place.WEAK
    return place_of_name(name)
