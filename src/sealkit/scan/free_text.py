"""What is found without a parser, beside keys and tokens (`forms`): assignments and logins in files that have no structure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from sealkit.model.severity import Severity
from sealkit.scan import login_files, patterns
from sealkit.scan.file_kinds import IN_CODE, Kind, in_quotes
from sealkit.scan.forms import Lines, by_form
from sealkit.scan.line_verdicts import Candidate, spans_of
from sealkit.scan.named_values import next_row
from sealkit.scan.raw_finding import RULE_OF_SHAPE, Raw
from sealkit.secrets.places import Place, in_text, severity
from sealkit.secrets.spans import Shape, Span, secret_spans
from sealkit.secrets.text.found import Found
from sealkit.secrets.value_forms import base64_text
from sealkit.secrets.values import Value

__all__ = ["Lines", "by_form", "by_name", "logins"]

_OPENS = re.compile(rb"[:=][ \t]{0,8}(?:\(|(?P<more>\\))?[ \t\r]*\Z")
_OPEN = " \t\r(\\"
_IN_QUOTES = re.compile(rb"[bBrRuUfF@$]{0,2}[\"'`][^\"'`]+[\"'`][ \t]*[,;)]{0,3}[ \t]*\Z")
_AUTH = re.compile(r"\"(?:auth|identitytoken|registrytoken)\"\s{0,80}:\s{0,80}\"(?P<value>[A-Za-z0-9+/=._-]{8,8192})\"")
_READ = patterns.BY_NAME | {patterns.LABEL}
_COMMENT = re.compile(r"\s*(?:#|//(?![\w.-]{1,80}/)|/\*|<!--|;|--[ \t]|\*[ \t]|REM[ \t])")
_REMARK = re.compile(r"(?<=\s)(?:#|//)(?=\s)")
_NAME = re.compile(r"[A-Za-z_$][\w.$]*\Z")
_CALL = re.compile(r"[^(\[]*[(\[]")
"""What code has where a text without quotes stands."""
_RUN = re.compile(r"(?=[^0-9]{0,64}[0-9](?:[0-9]{0,64}[^0-9]{1,64}[0-9]){2})[A-Za-z0-9+/_-]{20,512}={0,2}\Z")
"""Letters with digits between them in three places or more, which the names of programs hardly have."""
_TYPED = frozenset([Value.COMMON, Value.WEAK, Value.OWN_WORD])
_NEAR_NAME = 120
"""How far before a password its user may stand."""
_BOUNDS = frozenset(" \t\"'`:=/,;(@")
_LONG = 16
"""Characters from which a single word is no abbreviation."""
_MADE = frozenset([Value.RANDOM, Value.GENERATED])
_ELSEWHERE = "read it from the environment or from a sealed file"
_BELOW = {patterns.OPTION: 6, patterns.COMMAND: 6, patterns.LABEL: 3, patterns.BLOCK: 6, patterns.TABLE: 60}
"""How many lines below a hit belong to it: items of a list, the value of a name."""
_NEAR = 800
_LONGEST_TABLE = 8192
_MINIFIED = 900
"""A line of code that is longer is looked at for tokens alone."""
_LARGEST_INSERT = 262_144


def by_name(
    data: bytes, candidates: Sequence[Candidate], lines: Lines, kind_at: Callable[[int, str, int], Kind | None]
) -> Iterator[Raw]:
    """Passwords in URLs, headers, arguments and assignments. `kind_at` says how a line and column is read, if at all."""
    done: set[tuple[int, int]] = set()
    for candidate in candidates:
        if candidate.kind not in _READ:
            continue
        last = _extent(data, candidate)
        if (candidate.first, last) in done:
            continue
        done.add((candidate.first, last))
        line = data[candidate.first : last]
        text, first = _text(line), lines.of(candidate.first)
        head = len(text)
        below = _below(data, candidate) if candidate.kind == patterns.NAMED else ""
        if below:
            text = f"{text.rstrip(_OPEN)} {below}"
            head = len(text) - len(below)
        for span in secret_spans(text, tokens=False) if below or last != candidate.last else spans_of(line):
            row = text.rfind("\n", 0, span.start) + 1
            number = first + text.count("\n", 0, span.start) + (span.start >= head)
            kind = kind_at(number, text[row:].partition("\n")[0], span.start - row)
            raw = _judged(text, span, number, kind) if kind is not None else None
            if raw is not None:
                yield raw


def _extent(data: bytes, candidate: Candidate) -> int:
    """Where the text that a hit is read in ends: on its line, or for lists and tables on one of the next."""
    line = data[candidate.first : candidate.last]
    if candidate.kind == patterns.NAMED and b"insert" in line.lower() and b"(" in line:
        end = data.find(b";\n", candidate.last, candidate.last + _LARGEST_INSERT)
        return candidate.last if end < 0 else end + 1
    rows = _BELOW.get(candidate.kind, 1 if b"<key>" in line else 0)
    end, near = candidate.last, _LONGEST_TABLE if candidate.kind == patterns.TABLE else _NEAR
    for _ in range(rows):
        following = data.find(b"\n", end + 1, candidate.last + near)
        if following < 0:
            return len(data) if len(data) < candidate.last + near else end
        end = following
    return end


def _below(data: bytes, candidate: Candidate) -> str:
    """The value that stands alone on the next line, where the line of a hit ends with a sign, a bracket, or a backslash: how
    programs that lay out code break a long line, and how shell and make go on."""
    opening = _OPENS.search(data[candidate.first : candidate.last])
    if opening is None:
        return ""
    row = next_row(data, candidate.last, _NEAR)
    return _text(row) if opening["more"] or _IN_QUOTES.match(row) else ""


def _judged(text: str, span: Span, line: int, kind: Kind) -> Raw | None:
    """A span as a finding: by its place, which counts for less in code, comments and documentation."""
    value = text[span.start : span.end]
    code = kind in IN_CODE
    if code and len(text) > _MINIFIED:
        return None  # what a compiler has written
    before = text[text.rfind("\n", max(0, span.start - _NEAR), span.start) + 1 : span.start]
    comment = _is_comment(before)
    quiet = code or kind is Kind.PROSE or comment
    if span.bare and (code or kind is Kind.QUOTED) and not comment and _is_code(span, value, before, kind):
        return None
    if quiet and span.grade in _TYPED and _is_account(before[-_NEAR_NAME:], value):
        return None
    how = severity(in_text(span.place) if quiet else span.place, span.grade)
    if how is None and kind is Kind.SETTINGS and not comment and span.shape is Shape.ASSIGNED:
        how = severity(span.place, span.grade)  # a weak password of configuration that is written as code
    if how is None:
        return None
    if span.grade is Value.HASH:
        return Raw("SK212", line, line, value, severity=how)
    if span.shape is Shape.ASSIGNED:
        return Raw("SK211" if quiet and how is not Severity.ERROR else "SK210", line, line, value, severity=how)
    hint = "" if span.shape is Shape.LOGIN else _ELSEWHERE
    return Raw(RULE_OF_SHAPE[span.shape], line, line, value, hint=hint, severity=how)


def _is_account(before: str, value: str) -> bool:
    """Whether a weak word stands before its password too, as the name of its user: `admin:admin@`, `-u root -p root`."""
    at = before.find(value)
    while at >= 0:
        end = at + len(value)
        if before[at - 1 : at] in _BOUNDS and before[end : end + 1] in _BOUNDS:
            return at > 0
        at = before.find(value, end)
    return False


def _is_code(span: Span, value: str, before: str, kind: Kind) -> bool:
    """Whether a value without quotes is a name, a call or a type: what a program holds as text stands in quotes, also in those of
    a text over several lines, where a value that looks made at random shows it."""
    made = span.grade in _MADE
    if kind in IN_CODE and not (in_quotes(before) or before.count("`") % 2):
        return not (made and _RUN.match(value))
    if before[-1:] == "=" and kind is Kind.QUOTED:
        return False
    if span.grade in {Value.WEAK, Value.OWN_WORD}:
        return True
    return bool(_CALL.match(value)) or (not (made and len(value) >= _LONG) and bool(_NAME.match(value)))


def _is_comment(before: str) -> bool:
    """Whether a line is a comment, or has come to one, after this part of it."""
    return bool(_COMMENT.match(before)) or any(
        not in_quotes(before[: mark.start()]) for mark in _REMARK.finditer(before)
    )


def logins(path: str, data: bytes, candidates: Sequence[Candidate], lines: Lines) -> Iterator[Raw]:
    """The entries of .netrc, .pgpass and a Docker configuration."""
    from sealkit.secrets.text import logins as forms
    from sealkit.secrets.text.read import judged

    pgpass = "pgpass" in PurePosixPath(path).name.lower() or b"pgpass" in data  # also a script that writes one
    readers: dict[str, Callable[[str], Iterable[Found]]] = {patterns.LOGIN: forms.logins, patterns.AUTH: _auths}
    if pgpass:
        readers[patterns.PGPASS] = forms.pgpass
    done: set[tuple[str, int]] = set()
    rows = any(candidate.kind == patterns.ROWS for candidate in candidates)
    if rows and (form := login_files.reader_of(path)) is not None:
        yield from _of_rows(_text(data), form)
    for candidate in candidates:
        if candidate.kind not in readers:
            continue
        low = max(0, data.rfind(b"\n", 0, max(0, candidate.first - 200)) + 1)
        text = _text(data[low : candidate.last + 200])
        for span in judged(text, readers[candidate.kind](text)):
            value, line = text[span.start : span.end], lines.of(low) + text.count("\n", 0, span.start)
            if (value, line) not in done:
                done.add((value, line))
                yield Raw("SK206", line, line, value, severity=severity(span.place, span.grade))


def _of_rows(text: str, form: Callable[[str], Iterable[Found]]) -> Iterator[Raw]:
    """The rows of a file that is one of logins by its name."""
    from sealkit.secrets.text.read import judged

    for span in judged(text, form(text)):
        rule = "SK212" if span.grade is Value.HASH else "SK206"
        line = text.count("\n", 0, span.start) + 1
        end_line = line + text.count("\n", span.start, span.end)
        yield Raw(rule, line, end_line, text[span.start : span.end], severity=severity(span.place, span.grade))


def _auths(text: str) -> Iterator[Found]:
    """The `auth` of a registry: base64 of a login, or a token."""
    for found in _AUTH.finditer(text):
        login = base64_text(found["value"] + "=" * (-len(found["value"]) % 4), 4) or ""
        password = login.partition(":")[2]
        yield Found(*found.span("value"), Shape.LOGIN, "auth", Place.SCHEMA, value=password or None)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
