"""Actions of templates become stand-ins of equal length, so that the ordinary parser reads what stands around them.

Go and Helm `{{ }}`, Jinja `{{ }}` `{% %}` `{# #}`, makejinja `#{ }#` `#% %#` `#| #|`, GitHub `${{ }}`, ERB `<% %>`, Terraform
`%{ }`, FreeMarker `<#if>`, `${…}` where YAML takes it for a mapping, `@NAME@` and `%s`; and the comments of JSON. Nothing is
evaluated: both branches of a condition stay.
"""

from __future__ import annotations

import re
from functools import cache

from sealkit.secrets.value_forms import STAND_IN

_LONGEST = 8000
"""Characters of an action; the rest of a brace that nothing closes is ordinary text."""
_CLOSERS = {
    "{{": "}}", "${{": "}}", "{{{": "}}}", "{%": "%}", "{#": "#}", "#{": "}#", "#%": "%#", "#|": "#|", "<%": "%>",
    "${": "}", "%{": "}", "<#--": "-->",
}  # fmt: skip
_PAIRED = frozenset(["${", "%{"])
"""Openers whose action ends at the brace of the same depth, on the same line."""


@cache
def _re(source: str) -> re.Pattern[str]:
    return re.compile(source)


_OPENER = (
    r"<#--|\$?\{\{(?!\{)|\{\{\{(?!\{)|\{\{|\{%|\{#|#\{|#%|#\||<%|\$\{|%\{"
    r"|(?P<whole></?[#@][a-z]\w{0,40}(?:\s[^<>]{0,800})?/?>|%\([\w.]{1,60}\)s|(?<![\w%])%[sdvq](?!\w)|(?<![\w@])@@?[A-Za-z_]\w{1,60}@@?)"
)
_CONTROL = (
    r"(?:\$?\{\{\{?[-~]?\s{0,80}(?:(?:if|else|end|range|with|define|block|break|continue)\b|/\*|\$\w{0,60}\s{0,20}:?=|[#!/^])"
    r"|\{%|\{#|#%|#\||<%(?!=)|</?[#@]|%\{[~ \t]{0,8}(?:if|else|endif|for|endfor)\b)"
)
"""Actions that write nothing themselves: conditions, loops, assignments, comments."""
_HEADER = r"(?P<margin>[ ]*)(?:(?:- +)*[^\s#].{0,400}?:[ \t]+|(?:- +)+)(?:[!&]\S{1,80}[ \t]+){0,2}[|>][0-9+-]{0,2}[ \t]*(?:#.*)?\Z"
_ONLY_VALUE = rf"[ ]*(?:- +)*(?:[\w.\"'/{STAND_IN}-]{{1,253}}:[ ]+)?(?P<value>{STAND_IN}+)[ \t]*\Z"
"""A key or item whose value is one action and nothing else."""


_JSON = r"\s{0,4000}(?:(?://[^\n]{0,4000}\n|/\*[^*]{0,4000}\*/)\s{0,4000}){0,200}(?:\[|\{(?![{%#]))"
_MARK = r"\\.|[\"'\n]|//|/\*|\*/"


def neutral(text: str) -> str | None:
    """The text with a stand-in for each action: as long, with the same line breaks. None where there is no action.

    A line of actions alone becomes blank. An action that writes nothing, inside a line, becomes spaces; where it begins the line,
    the rest of the line moves to its place. Any other action becomes a run of STAND_IN.
    """
    pieces: list[str] = []
    done = 0
    bare = _without_comments(text)
    finder = _Actions(bare)
    while (action := finder.after(done)) is not None:
        start, end = action
        filler = " " if _re(_CONTROL).match(bare, start) else STAND_IN
        pieces += [bare[done:start], _filled(bare[start:end], filler)]
        done = end
    if not done:
        return bare if bare is not text else None
    body = "".join(pieces) + bare[done:]
    return "\n".join(_laid_out(text.split("\n"), body.split("\n")))


def _without_comments(text: str) -> str:
    """JSON with comments, as editors and Renovate write it, without them: as long, and the same text where there are none."""
    if _re(_JSON).match(text) is None or ("//" not in text and "/*" not in text):
        return text
    kept: list[str] = []
    done, quote, opened, closer = 0, "", 0, ""
    for found in _re(_MARK).finditer(text):
        mark = found[0]
        if closer:
            if mark == closer:
                end = found.start() if mark == "\n" else found.end()
                kept += [text[done:opened], re.sub(r"[^\n\r]", " ", text[opened:end])]
                done, closer = end, ""
        elif mark in {'"', "'", "\n"}:
            quote = "" if mark in {quote, "\n"} else quote or mark
        elif not quote and mark in {"//", "/*"}:
            opened, closer = found.start(), {"//": "\n", "/*": "*/"}[mark]
    return "".join(kept) + text[done:] if done else text


class _Actions:
    """The actions of a text, from left to right. What closes an action is looked for once, so the time is linear."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.mixed = "#{" in text or "#%" in text
        self.closes: dict[str, int] = {}

    def after(self, at: int) -> tuple[int, int] | None:
        """The span of the first action that begins at `at` or later, or None."""
        while (found := _re(_OPENER).search(self.text, at)) is not None:
            end = found.end() if found["whole"] else self.end(found[0], found.end())
            if end > 0:
                return found.start(), end
            at = found.start() + 1
        return None

    def end(self, opener: str, inside: int) -> int:
        """Where the action ends whose content begins at `inside`, or -1."""
        if opener in _PAIRED:
            return self.paired(opener, inside)
        closer = "*/" if _re(r"[-~]?\s{0,80}/\*").match(self.text, inside) and opener == "{{" else _CLOSERS[opener]
        at = self.close(closer, inside)
        if closer == "*/":
            return self.close("}}", at) + 2 if at >= 0 and self.close("}}", at) >= 0 else -1
        if at < 0 or (opener == "#|" and not self.mixed and "\n" in self.text[inside:at]):
            return -1
        if closer == "}}":
            at = self.outside_quotes(inside, at)
        return at + len(closer)

    def close(self, closer: str, at: int) -> int:
        known = self.closes.get(closer, 0)
        if known >= 0 and (known < at or closer not in self.closes):
            known = self.closes[closer] = self.text.find(closer, at)
        return known if known >= at and known - at <= _LONGEST else -1

    def outside_quotes(self, inside: int, at: int) -> int:
        """The first `}}` that does not stand in a string of the action, on the same line; else the first of all."""
        close = at
        for _ in range(4):
            body = self.text[inside:close]
            if body.count('"') % 2 == 0 and body.count("`") % 2 == 0:
                return close
            following = self.text.find("}}", close + 1, at + 400)
            if following < 0 or "\n" in self.text[at:following]:
                return at
            close = following
        return at

    def paired(self, opener: str, inside: int) -> int:
        """The end of `${…}` where YAML would misread it: in a flow collection, or with quotes, spaces or braces inside."""
        depth, at = 1, inside
        for found in _re(r"[{}\n]").finditer(self.text, inside, inside + 400):
            depth += {"{": 1, "}": -1}.get(found[0], -99)
            at = found.end()
            if depth < 1:
                break
        if depth != 0:
            return -1
        before = self.text[max(0, inside - 80) : inside - 2].rstrip(" ")[-1:]
        needed = opener == "%{" or before in {"[", ",", "{"} or _re(r"[\s\"'{}\[\],]").search(self.text, inside, at - 1)
        return at if needed else -1


def _filled(action: str, filler: str) -> str:
    """As long as the action: its first line of fillers, the others of spaces."""
    first, *others = action.split("\n")
    return "\n".join([filler * len(first), *(" " * len(row) for row in others)])


def _laid_out(old: list[str], new: list[str]) -> list[str]:
    """The lines with actions, put so that they do not change how the others are read."""
    block: int | None = None  # the column of the key whose text this is
    begun = False
    for index in range(len(new)):
        changed = new[index] != old[index]
        if changed:
            new[index] = _moved(old[index], new[index])
        row = new[index]
        if block is not None:
            if changed and not row.strip(f"{STAND_IN} \t\r"):
                new[index] = _in_block(row, _margin_below(new, old, index), block, begun=begun)
                continue
            if row.strip() and _margin(row) > block:
                begun = True
                continue
            if row.strip():
                block = None
        if changed and not row.strip(f"{STAND_IN} \t\r"):
            new[index] = _blank(row)
        elif STAND_IN in row and (found := _re(_ONLY_VALUE).match(row)):
            if found.start("value") and _margin_below(new, old, index) > _margin(row):
                new[index] = row[: found.start("value")] + _blank(row[found.start("value") :])
        elif (header := _re(_HEADER).match(row.rstrip("\r"))) is not None:
            block, begun = len(header["margin"]), False
    return new


def _moved(old: str, new: str) -> str:
    """A line that begins with actions that write nothing, with its rest in their place: it keeps its indentation."""
    margin, ahead = _margin(old), _margin(new)
    if ahead <= margin or not new.strip(f"{STAND_IN} \t\r"):
        return new
    end = "\r" if new.endswith("\r") else ""
    return (new[:margin] + new[ahead:].removesuffix("\r")).ljust(len(new) - len(end)) + end


def _in_block(row: str, margin: int, key: int, *, begun: bool) -> str:
    """A line of actions alone below a `|`: a comment where the block ends with it, blank inside, and before the first line no
    deeper than that, since YAML reads the depth of the block there. `margin` is where the next line begins."""
    if margin <= key:
        return "#" + _blank(row)[1:] if begun and row[:1] not in {"", "\r"} else _blank(row)
    return _blank(row) if begun else _blank(row)[:margin] + re.sub(r"[^\r]", STAND_IN, row[margin:])


def _blank(row: str) -> str:
    return re.sub(r"[^\r\t]", " ", row)


def _margin(row: str) -> int:
    return len(row) - len(row.lstrip(" "))


def _margin_below(new: list[str], old: list[str], index: int) -> int:
    """The column of the first of the next lines that is no blank line and not made of actions alone, or -1."""
    for at in range(index + 1, min(index + 60, len(new))):
        if new[at].strip(f"{STAND_IN} \t\r"):
            return _margin(_moved(old[at], new[at]))
    return -1
