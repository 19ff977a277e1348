"""Whether an object that a hit names holds a value: a Secret its data, a schema its literals, a `name` its `value`.

These verdicts need more than the line of the hit. They may be wrong in one direction alone: the parser reads what stays.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sealkit.scan.verdict_cache import NEAR
from sealkit.secrets.names import names_secret
from sealkit.secrets.places import Place, is_secret_value, severity
from sealkit.secrets.value_forms import is_template_value
from sealkit.secrets.values import grade_value

_ABOVE = 2000
"""How far above the word `Secret` its key may stand, with comments between them, in bytes."""
_LITERALS = (b"fake", b"literals", b"secretTemplates", b"random_password", b'"sensitive"', b"sensitive_attributes")
_TEMPLATE = re.compile(rb"template[\"']?[ \t]*:")
_DATA_BELOW = re.compile(rb"\n[ \t]+[\"']?(?:data|stringData)[\"']?[ \t]*:")
_TEMPLATE_REACH = 4096
_LABEL = re.compile(
    r"[\"']?\b(?i:name|key|variable|envname|setting|option)[\"']?[ \t]{0,8}:[ \t]{0,8}[\"']?(?P<name>[\w./-]{1,128})"
)
_SCHEME = re.compile(r"(?i:bearer|basic|token)[ \t]{1,8}")
_VALUE = re.compile(
    rb"[\"']?\b(?:value|defaultValue|default|val|content)[\"']?[ \t]*:[ \t]*(?=(?P<value>[^\n]{0,512}))"
)  # a line may hold several
_UNUSUAL = re.compile(rb"(?m:^[ -]*\"[a-zA-Z]{0,9}\\[xuU\r\n])|(?m:^[ -]*\?[ \t])")
"""Keys with escapes, and keys after a question mark."""
_DATA = re.compile(rb"[\"']?(?:data|stringData)\\?[\"']?[ \t]*:")
_KIND = re.compile(rb"\bkind[\"']?[ \t]*(?::|\Z)|&\S{1,80}[ \t]+(?:!\S{1,80}[ \t]+)?[\"']?Secret")
_ALONE = re.compile(rb"[ \t:?]*(?:[&!]\S{0,80}[ \t]+)*[\"']?Secret(?:List)?[\"']?[ \t\r,}\]]*(?:#.*)?\Z")
"""A line that has nothing but the kind whose key stands on a line above it."""
_PLAIN = re.compile(rb"[ -]*[\"']?kind[\"']?[ \t]*:[ \t]*[\"']?Secret[\"']?[ \t\r,]*(?:#.*)?$")
_PLACE = re.compile(r"(?:#.*|[\"']?[\w.-]{1,253}[\"']?: +(?P<value>[^#&*!|>\s][^#]{0,4096})(?: #.*)?)?")


def holds_literals(data: bytes) -> bool:
    """Whether a blob that names a kind with secrets in some of its fields has such fields."""
    return any(mark in data for mark in _LITERALS) or any(
        _DATA_BELOW.search(data, found.end(), found.end() + _TEMPLATE_REACH) for found in _TEMPLATE.finditer(data)
    )


def holds_data(data: bytes, first: int, last: int) -> bool:
    """Whether the mapping that says `kind: Secret` has a `data` or `stringData`, on the same line or in the same column, with
    anything below it but placeholders. What is not plainly `key: placeholder` is left to the parser."""
    line = data[first:last]
    if not _says_kind(data, first, line):
        return False
    if _DATA.search(line):
        return True
    document = data[slice(*_document(data, first, last))]
    if _written_unusually(document):
        return True  # a key may be data however it is written
    if not _PLAIN.match(line):
        return bool(_DATA.search(document))  # an anchor, a tag, the next line: the parser reads what it says
    column = re.search(rb"[\"']?kind", line)
    return _has_values(document, column.start() if column else 0)


def _says_kind(data: bytes, first: int, line: bytes) -> bool:
    """Whether the word `Secret` on a line may be the kind of an object, however it is written: in a description it is not."""
    if b"\\" in line or _KIND.search(line):
        return True
    if not _ALONE.match(line):
        return False
    above = (row.strip() for row in reversed(data[max(0, first - _ABOVE) : first].split(b"\n")))
    row = next((row for row in above if row and not row.startswith(b"#")), b"")
    return b"kind" in row or row.rstrip(b"\"'").endswith((b":", b"-", b"?", b"|", b">", b"\\"))


def _document(data: bytes, first: int, last: int) -> tuple[int, int]:
    """The span of the document of a stream in which these lines stand."""
    end = data.find(b"\n---", last)
    return data.rfind(b"\n---", 0, first + 1) + 1, len(data) if end < 0 else end


@lru_cache(maxsize=4)
def _written_unusually(document: bytes) -> bool:
    return bool(_UNUSUAL.search(document))


def _has_values(document: bytes, margin: int) -> bool:
    for found in re.finditer(
        rb"(?:^|\n)(?P<margin>[ \t-]{%d})" % margin + _DATA.pattern + rb"(?P<rest>[^\n]*)", document
    ):
        if found["rest"].strip():
            return True
        at = found.end() + 1
        while at < len(document):
            end = document.find(b"\n", at)
            row = document[at : end if end >= 0 else len(document)]
            if row.strip() and margin_of(row) <= margin:
                break
            if not _holds_place(row):
                return True
            at += len(row) + 1
    return False


@lru_cache(maxsize=16384)
def _holds_place(row: bytes) -> bool:
    """Whether a line below `data:` is blank, a comment, or a key with the place of a value."""
    found = _PLACE.fullmatch(row.decode("utf-8", "replace").strip())
    if found is None or found["value"] is None:
        return found is not None
    return is_template_value(found["value"].strip("\"'")) and not _yields(found["value"])


def _yields(value: str) -> bool:
    """Whether an expression may yield a literal that is published with it."""
    if not any(mark in value for mark in ("{{", "${", "<%")):
        return False
    from sealkit.secrets.text.fallbacks import fallbacks

    return any(severity(Place.SCHEMA, grade_value(value[item.at : item.stop])) for item in fallbacks(value))


def labelled_value(data: bytes, first: int, last: int) -> bool:
    """Whether the mapping of a secret-looking name on a line has a `value` that is one: on the same line, or near by in the same
    column with no line between that begins further left."""
    labels = _labels(data[first:last])
    if not labels:
        return False
    for found in _VALUE.finditer(data, max(first - NEAR, 0), last + NEAR):
        if any(
            _judged(name, found["value"]) for name, column in labels if _goes_with(data, first, last, found, column)
        ):
            return True
    return False


@lru_cache(maxsize=65536)
def _labels(line: bytes) -> tuple[tuple[str, int], ...]:
    """The secret-looking names that a line gives to something, and their columns."""
    text = line.decode("latin-1")
    return tuple((found["name"], found.start()) for found in _LABEL.finditer(text) if names_secret(found["name"]))


def _goes_with(data: bytes, first: int, last: int, found: re.Match[bytes], column: int) -> bool:
    """Whether a `value` belongs to the mapping of a name in this column of the line."""
    start = data.rfind(b"\n", 0, found.start()) + 1
    if start == first:
        return True
    between = data[last : found.start()] if start > first else data[found.end("value") : last]
    rows = between.split(b"\n")[1:]
    return found.start() - start == column and not any(margin_of(row) < column for row in rows if row.strip())


def margin_of(row: bytes) -> int:
    """The column in which a line begins."""
    return len(row) - len(row.lstrip(b" \t"))


@lru_cache(maxsize=65536)
def _judged(name: str, value: bytes) -> bool:
    text = value.decode("utf-8", "replace")
    if _yields(text):
        return True
    text = text.strip(" \t\r,}\"'")
    if text[:1] in {"|", ">", "&", "*", "!"}:
        return True
    text = _SCHEME.sub("", text)
    return is_secret_value(name, text.partition(" #")[0].strip(" \"'"))
