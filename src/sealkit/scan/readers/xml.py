"""XML: the texts and attributes of a file under their names. No entity is expanded, nothing is fetched."""

from __future__ import annotations

import re
from html import unescape

from sealkit.scan.readers.leaves import comments, inside, leaf
from sealkit.scan.readers.mapped import Mapped, plain
from sealkit.secrets.fields import Field
from sealkit.secrets.names import NameGrade, grade_name
from sealkit.secrets.places import in_text
from sealkit.secrets.value_forms import base64_text

_TOKEN = re.compile(
    r"<!--(?P<comment>.*?)(?:-->|\Z)|<!\[CDATA\[(?P<cdata>.*?)(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)|<![A-Z][^\[>]{0,4000}(?:\[(?P<subset>[^\]]{0,65536})\]\s{0,80})?>"
    r"|</(?P<close>[^<>\s]{1,300})\s*>|<(?P<open>[\w:][^<>\s/]{0,299})(?P<rest>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"(?P<name>[\w:][\w:.-]{0,200})\s{0,40}=\s{0,40}(?:\"(?P<dq>[^\"]*)\"|'(?P<sq>[^']*)')")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);")
_NAMING = ("key", "name", "id", "property", "variable", "option")
_VALUES = frozenset(["value", "val", "default", "content", "defaultvalue"])


def read(text: str) -> list[Field] | None:
    """The fields of a file; None where it is not XML."""
    if text[:400].lstrip("\ufeff \t\r\n")[:1] != "<":
        return None
    reader = _Reader(text)
    return reader.fields if reader.read() else None


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.fields: list[Field] = []
        self.open: list[tuple[str, str, str]] = []
        """The elements around: their tag, what they are called by an attribute, how their text is encoded."""
        self.key = ""
        """The text of the last `<key>` of a property list."""
        self.texts = 0
        self.remarks: list[tuple[int, int]] = []

    def read(self) -> bool:
        """Read it all; returns whether it was XML to the end."""
        done = 0
        for found in _TOKEN.finditer(self.text):
            self.content(done, found.start())
            done = found.end()
            if found["comment"] is not None:
                self.remarks.append(found.span("comment"))
            elif found["cdata"] is not None:
                self.leaf(plain(self.text, *found.span("cdata")))
            elif found["close"]:
                if not self.open or self.open.pop()[0] != found["close"]:
                    return False
            elif found["open"]:
                self.start(found)
        self.fields += comments(self.text, self.remarks)
        return not self.open and not self.text[done:].strip() and done > 0

    def start(self, found: re.Match[str]) -> None:
        attributes = {
            each["name"].rpartition(":")[2].lower(): each
            for each in _ATTRIBUTE.finditer(self.text, *found.span("rest"))
        }
        called = next((_meant(attributes[name]) for name in _NAMING if name in attributes), "")
        self.attributes(found["open"], called, attributes)
        if not found["rest"].endswith("/"):
            encoding = _meant(attributes["encoding"]) if "encoding" in attributes else ""
            self.open.append((found["open"], called, encoding))

    def attributes(self, tag: str, called: str, attributes: dict[str, re.Match[str]]) -> None:
        for name, found in attributes.items():
            value = _decoded(self.text, *found.span("dq" if found["dq"] is not None else "sq"))
            if name in _VALUES:
                self.fields += leaf((called or tag,), value)
            elif name not in _NAMING:
                self.fields += leaf((found["name"],), value)

    def content(self, start: int, end: int) -> None:
        """The text between two tags."""
        piece = self.text[start:end]
        if bare := piece.strip():
            start += piece.index(bare[0]) if bare else 0
            self.leaf(_decoded(self.text, start, start + len(bare)))

    def leaf(self, value: Mapped) -> None:
        if not self.open:
            return
        tag, called, encoding = self.open[-1]
        if encoding == "crypt":
            return  # FileZilla, sealed by a master password
        if tag == "key" and not called:
            self.key = value.text
            self.fields += inside(value)
            return
        name, self.key = (self.key if tag in {"string", "data", "integer"} and self.key else ""), ""
        if encoding == "base64" and (plain_text := base64_text(value.text, 4)):
            value = Mapped(plain_text.strip(), value.start, value.stop, [1], [value.start])
        own = tag.rpartition(":")[2]
        name = name or (called if called and grade_name(own) is NameGrade.NONE else own)
        above = self.open[-2][0].rpartition(":")[2] if len(self.open) > 1 and own.lower() in _VALUES else ""
        found = list(leaf((above, name) if above else (name,), value))
        if tag == "string" and self.open[0][0] == "resources":  # texts of an Android app
            found = [item._replace(place=in_text(item.place)) for item in found]
        self.fields += found


def _meant(found: re.Match[str]) -> str:
    return unescape(found["dq"] if found["dq"] is not None else found["sq"])


def _decoded(text: str, start: int, end: int) -> Mapped:
    """A text with its character references, which are those of XML alone."""
    if text.find("&", start, end) < 0:
        return plain(text, start, end)
    pieces: list[str] = []
    meant: list[int] = []
    stands: list[int] = []
    length, done = 0, start
    for found in _ENTITY.finditer(text, start, end):
        letter = unescape(found[0])
        pieces += (text[done : found.start()], letter)
        length += found.start() - done
        meant += (length, length + len(letter))
        stands += found.span()
        length, done = length + len(letter), found.end()
    pieces.append(text[done:end])
    return Mapped("".join(pieces), start, end, meant, stands)
