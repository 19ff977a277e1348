"""Text as a reader must see it: what is invisible, moves other text or looks like something else is spelled out.

The one spelling is `<U+202E>`, for a run of four or more `<U+202E×7>`. A `<` of the text that would begin such a mark is itself
spelled out, so text that literally holds `<U+202E>` stays tellable, and two different texts never look the same.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

MIXED = "  <mixed scripts>"
"""The mark at the end of a line in which one word has Latin letters and those of another script."""
_MARKS = re.compile("<(?=U\\+|mixed scripts>|…)")
_IGNORABLE = (
    (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2065, 0x2065), (0x2800, 0x2800), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFFC, 0xFFFC), (0x16FE4, 0x16FE4), (0x1D159, 0x1D159), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Characters without a shape that count as printable: fillers, variation selectors, blanks."""
_WIDE_GAP = 32
_BLANKS = re.compile(rf"[ \t]{{{_WIDE_GAP},}}")
_BLANKS_AT_END = re.compile(r"[ \t]+\Z")
_RUN = re.compile(r"(?P<mark><U\+(?P<code>[0-9A-F]+)>)(?P=mark){3,}")
_WORD = re.compile(r"[^\W\d_]+")
_WITHOUT_SPACES = (
    "CJK",
    "HIRAGANA",
    "KATAKANA",
    "KATAKANA-HIRAGANA",
    "HANGUL",
    "BOPOMOFO",
    "THAI",
    "LAO",
    "KHMER",
    "MYANMAR",
)
"""Scripts that are written right beside Latin words, and look like none of them."""


def visible(text: str, *, changed: bool = True) -> str:
    """A line, without its line feed, with what cannot be seen spelled out. In a `changed` line, blanks at the end and wide
    gaps are, too."""
    if "<" in text:
        text = _MARKS.sub("<U+003C>", text)
    if not (text.isascii() and (text.isprintable() or text.replace("\t", "").isprintable())):
        text = _spelled_out(text)
    if changed:
        text = _BLANKS_AT_END.sub(_spelled_blanks, text)
        text = _BLANKS.sub(_spelled_blanks, text)
    return _RUN.sub(lambda run: f"<U+{run['code']}×{len(run[0]) // len(run['mark'])}>", text)


def mixes_scripts(text: str) -> bool:
    """Whether a word of the text has Latin letters and letters of a script that could pass for them."""
    if text.isascii():
        return False
    for word in _WORD.findall(text):
        if word.isascii():
            continue
        scripts = {_script(letter) for letter in word if letter.isalpha()}
        if "LATIN" in scripts and scripts - {"LATIN", ""}:
            return True
    return False


def _spelled_out(text: str) -> str:
    if not any(map(_is_special, set(text))):
        return text
    shown: list[str] = []
    attachable = False
    for character in text:
        if character != "\t" and (_is_hidden(character) or (not attachable and _is_combining(character))):
            shown.append(_code(character))
            attachable = False
        else:
            shown.append(character)
            # on other scripts a mark is ordinary; on ASCII it makes one letter look like another
            attachable = not character.isascii()
    return "".join(shown)


@cache
def _is_hidden(character: str) -> bool:
    """Whether a character is invisible, a control, unassigned, a blank other than a space, or equal to another one."""
    if character.isascii():
        return not character.isprintable()
    if not character.isprintable() or any(low <= ord(character) <= high for low, high in _IGNORABLE):
        return True
    if unicodedata.normalize("NFC", character) != character:
        return True
    plain = unicodedata.normalize("NFKC", character)
    return ord(character) > 0xFF and len(plain) == 1 and plain.isascii()


@cache
def _is_special(character: str) -> bool:
    return character != "\t" and (_is_hidden(character) or _is_combining(character))


@cache
def _is_combining(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


@cache
def _script(letter: str) -> str:
    """The script of a letter, by its name; empty for one that mixes with Latin as it should."""
    name = unicodedata.name(letter, "UNKNOWN")
    script = name.partition(" ")[0]
    ordinary = script in _WITHOUT_SPACES or name in {
        "MICRO SIGN",
        "FEMININE ORDINAL INDICATOR",
        "MASCULINE ORDINAL INDICATOR",
    }
    return "" if ordinary else script


def _code(character: str) -> str:
    return f"<U+{ord(character):04X}>"


def _spelled_blanks(blanks: re.Match[str]) -> str:
    return "".join(map(_code, blanks[0]))
