"""The settings in a file of git's configuration, read without git: no include is followed and nothing that it says is done.

A hook imports this: see `sealkit.source.git_child` for what that forbids.
"""

from __future__ import annotations

_ESCAPES = {"n": "\n", "t": "\t", "b": "\b", '"': '"', "\\": "\\"}
_BLANK = " \t\n"


class BadSettingsError(Exception):
    """A file of settings that git would not read either, with the number of the line."""


def parse(text: str) -> list[tuple[str, str | None]]:
    """Name and value of each setting, in order; None for a name without `=`, which git takes for true.

    Section and key are in lower case, the part between them is as it stands. Raises BadSettingsError.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    at, section, found = 0, "", []
    while at < len(text):
        char = text[at]
        if char in _BLANK:
            at += 1
        elif char in "#;":
            at = _line_end(text, at)
        elif char == "[":
            section, at = _section(text, at + 1)
        elif char.isalpha() and char.isascii() and section:
            key, value, at = _setting(text, at)
            found.append((f"{section}.{key}", value))
        else:
            raise _bad(text, at)
    return found


def quoted(value: str) -> str:
    """A value as it stands in such a file."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def is_true(value: str) -> bool:
    """Whether git takes a value for true."""
    return value.lower() in {"true", "yes", "on"} or (value.isdigit() and int(value) != 0)


def _section(text: str, at: int) -> tuple[str, int]:
    """The name of a section, from behind its bracket, and where its line goes on."""
    start = at
    while at < len(text) and (text[at].isalnum() or text[at] in "-."):
        at += 1
    name = text[start:at].lower()
    if not name:
        raise _bad(text, at)
    if text[at : at + 1] == "]":
        return name, at + 1
    while text[at : at + 1] in {" ", "\t"}:
        at += 1
    if text[at : at + 1] != '"':
        raise _bad(text, at)
    part, at = [], at + 1
    while (char := text[at : at + 1]) != '"':
        if char == "\\":
            at += 1
            char = text[at : at + 1]
        if char in {"", "\n"}:
            raise _bad(text, at)
        part.append(char)
        at += 1
    if text[at + 1 : at + 2] != "]":
        raise _bad(text, at)
    return f"{name}.{''.join(part)}", at + 2


def _setting(text: str, at: int) -> tuple[str, str | None, int]:
    start = at
    while at < len(text) and (text[at].isalnum() or text[at] == "-"):
        at += 1
    key = text[start:at].lower()
    while text[at : at + 1] in {" ", "\t"}:
        at += 1
    if text[at : at + 1] in {"", "\n", "#", ";"}:
        return key, None, _line_end(text, at)
    if text[at] != "=":
        raise _bad(text, at)
    value, at = _value(text, at + 1)
    return key, value, at


def _value(text: str, at: int) -> tuple[str, int]:
    """What stands behind `=`: without the blanks around it and the comment behind it, escapes resolved."""
    parts: list[str] = []
    kept = 0  # up to here blanks belong to the value
    quote = False
    while True:
        char = text[at : at + 1]
        if char in {"", "\n"}:
            if quote:
                raise _bad(text, at)
            return "".join(parts[:kept]), at
        if char == "\\":
            follows = text[at + 1 : at + 2]
            if follows != "\n":
                if follows not in _ESCAPES:
                    raise _bad(text, at)
                parts.append(_ESCAPES[follows])
                kept = len(parts)
            at += 2
            continue
        at += 1
        if char == '"':
            quote = not quote
            kept = len(parts)
        elif not quote and char in "#;":
            return "".join(parts[:kept]), _line_end(text, at)
        elif quote or char not in " \t":
            parts.append(char)
            kept = len(parts)
        elif parts:
            parts.append(char)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _bad(text: str, at: int) -> BadSettingsError:
    return BadSettingsError(text.count("\n", 0, at) + 1)
