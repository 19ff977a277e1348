"""Where a value begins and ends, after the sign that assigns it: in quotes of any kind, or bare.

Every pattern has bounded repeats and no nested quantifiers over the same characters, so that its run time is linear.
"""

from __future__ import annotations

from typing import NamedTuple

from sealkit.secrets.value_forms import pattern


class Literal(NamedTuple):
    """`text[start:end]` is the value, without quotes."""

    start: int
    end: int
    bare: bool
    sentence: bool = False
    """Whether more words follow a bare value on its line, as in prose."""


_QUOTED = (
    r"(?:[bBrRuUfFN@$&]{0,2}(?:"
    r"\"(?P<dq>(?:[^\"\\\n]|\\[^\n]){1,4096})\""
    r"|'(?P<sq>(?:[^'\\\n]|\\[^\n]){1,4096})'"
    r"|`(?P<bq>[^`\n]{1,4096})`"
    r"|(?P<slash>\\{1,3})(?:\"(?P<edq>[^\"\\\n]{1,4096})(?P=slash)\"|'(?P<esq>[^'\\\n]{1,4096})(?P=slash)')"
    r"|&(?P<entity>quot|\#34|\#39|apos);(?P<eq>[^&<>\n]{1,1024})&(?P=entity);))"
)
_GROUPS = ("dq", "sq", "bq", "edq", "esq", "eq")
_BRACES = r"(?:\$?\{{1,3}[^{}\n]{0,200}\}{1,3}|%\([^()\n]{1,60}\)s?|<[^<>\s]{1,300}>)"
_WHOLE = rf"(?:[^\s\"'`{{}}<>$%]{{1,1024}}+|{_BRACES}|[$%]){{1,200}}"
_INLINE = rf"(?:[^\s\"'`{{}}\[\]<>,;|&\\)$%]{{1,1024}}+|{_BRACES}|[$%]){{1,200}}"
_SCHEME = r"\{[A-Z][A-Z0-9.-]{2,20}\}[^\s{}\"'`]{1,400}"
"""A hash of LDAP begins with its scheme: `{SSHA}…`."""
_NEXT = r"[;,&](?=[ ]?[A-Za-z][\w .-]{0,40}=)"
"""Where another assignment follows the value: `a=b;c=d`."""
_TAG = r"<(?:br|/\w{1,12})\b"
"""Where HTML ends a piece of text: the end of a line, of an element."""
_PREFIX = r"[A-Za-z#/;*$>@:\"'\s-]{0,100}\Z"
"""What may precede a name on its line so that its value reaches to the end of the line: a keyword, the mark of a comment or item."""
_SENTENCE = r"[ \t]{1,16}(?:[^\W\d_]|-{1,2}[a-z]|\()"
_VARIABLE = r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_]\w*){0,8}\Z"
_LINE = 100
_LONGEST = 1024
"""Characters of a bare value."""


def literal_at(text: str, at: int, *, name_at: int, colon: bool = False, tight: bool = False) -> Literal | None:
    """The value that begins at `at`, or None where none does. `name_at` is where its name begins; `colon` says that the name
    ends with a colon, `tight` that nothing stands between sign and value."""
    if (quoted := quoted_at(text, at)) is not None:
        return quoted
    whole = is_whole(text, name_at)
    first = text[at : at + 1]
    if not first or first in "\"'`[(|\\)},]>\n\r" or (first in "|>&*!%@:" and colon):
        return None
    if first in "{<":
        found = pattern(_SCHEME if first == "{" else _BRACES).match(text, at)
        if found is None:
            return None  # an object, a template, an element
    if text.startswith(("##", "</"), at) or (first in "#;/" and not tight and text[at : at + 2] != "/+"):
        return None  # a comment, the end of an element
    found = pattern(_SCHEME).match(text, at) or pattern(_WHOLE if whole else _INLINE).match(text, at, at + _LONGEST)
    if found is None:
        return None
    end = _end(text, at, found.end(), whole=whole, colon=colon)
    if end == at or text[end - 1] in "([{" or (text[end : end + 1] == "[" and pattern(_VARIABLE).match(text, at, end)):
        return None  # nothing, a call, an item of a list
    return Literal(at, end, bare=True, sentence=not tight and bool(pattern(_SENTENCE).match(text, found.end())))


def _end(text: str, at: int, end: int, *, whole: bool, colon: bool) -> int:
    """Where a bare value ends that reaches to `end` at most: before an escaped end of line, a tag, another assignment, the marks of
    Markdown and of a sentence."""
    if (newline := text.find("\\n", at, end)) > at:
        end = newline  # the end of a line in a string of code
    if (tag := pattern(_TAG).search(text, at + 1, end)) is not None:
        end = tag.start()
    if whole and (cut := pattern(_NEXT).search(text, at, end)):
        end = cut.start()
    if text.startswith("**", at - 2) and text.endswith("**", at, end):
        end -= 2
    if text.startswith("...", end - 3):
        return at  # cut off, to show where a value stands
    while end > at and text[end - 1] in ",;" + (":" if colon else "") + ("" if whole and not colon else ".") + (
        "" if whole else "*"
    ):
        end -= 1
    return end


def quoted_at(text: str, at: int) -> Literal | None:
    """The value in quotes that begins at `at`: of a string in code, JSON in a string, an attribute, Markdown."""
    found = pattern(_QUOTED).match(text, at)
    if found is None:
        return None
    group = next(g for g in _GROUPS if found[g] is not None)
    return Literal(found.start(group), found.end(group), bare=False)


def is_whole(text: str, name_at: int) -> bool:
    """Whether a name is the first thing on its line that is not a keyword."""
    low = max(0, name_at - _LINE)
    line = text.rfind("\n", low, name_at) + 1
    if line == 0 and low > 0:
        return False
    return bool(pattern(_PREFIX).match(text[max(line, low) : name_at]))
