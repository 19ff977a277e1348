"""The generated tree: one file per case, each in a folder of its own, with the lines that hold the value."""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from xml.sax.saxutils import escape

from quality import values
from quality.place import Place
from quality.places import LOGIN_ONLY, PLACES

STRONG: tuple[str, ...] = (
    "password",
    "db password",
    "admin password",
    "client secret",
    "api key",
    "access token",
    "secret key",
    "passwort",
    "mot de passe",
    "clave secreta",
    "passphrase",
    "smtp password",
    "auth token",
    "encryption key",
    "webhook secret",
)
HINTS = ("session key", "auth", "token", "seed", "salt", "pepper", "signing key", "db pw")
"""Names that only hint: with a random value it is a secret."""
POINTERS = ("password secret name", "existing secret", "token url", "secret ref", "password key", "secret name")
TEXTS = ("password hint", "token description", "password help", "secret comment", "password label")
OPTIONS = ("password policy", "auth type", "token expiry", "secret creation", "password required", "token auth method")
PUBLIC = {
    "digest": ("checksum", "revision", "image digest", "integrity", "sha"),
    "public key": ("public key", "authorized key", "ssh public key"),
    "uuid": ("client id", "tenant id", "request id", "uid", "dashboard id"),
}
NAMES = {"identifier": POINTERS, "sentence": TEXTS, "label": OPTIONS}
FREE = {
    "notes.md": "# Notes\n\nThe job signed in with {v} until June.\n",
    "main.go": "package main\n\nfunc main() {{ call(\"{v}\") }}\n",
    "ci.yaml": "steps:\n- run: deploy --with {v} --to prod\n",
    "output.log": "INFO started\nINFO sent header {v} to host\n",
}  # fmt: skip
"""Files where only the shape of a token tells."""


@dataclass(frozen=True)
class Case:
    """One file: whether it holds a secret, what kind of value, in which family, and in which lines the value stands."""

    path: str
    family: str
    kind: str
    secret: bool
    lines: range
    shown: str


def build(folder: Path, seed: int) -> list[Case]:
    """Write the tree into `folder`; returns its cases. The same seed gives the same bytes."""
    cases = []
    for number, (family, file, kind, secret, text, value) in enumerate(_all(Random(seed))):
        path = Path(f"c{number:04}") / file
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_text(text, encoding="utf-8")
        lines = _lines(text, value)
        shown = " / ".join(text.splitlines()[line - 1].strip()[:110] for line in lines[:2])
        cases.append(Case(str(path), family, kind, secret, lines, shown))
    return cases


def _all(random: Random) -> Iterator[tuple[str, str, str, bool, str, str]]:
    """Family, file, kind, whether it is a secret, text and the value as written, for each case."""
    for place in PLACES:
        yield from _secrets(place, random)
        yield from _lookalikes(place, random)
    for kind, make in values.TOKENS.items():
        for file, text in FREE.items():
            value = make(random)
            yield "free text", file, kind, True, text.format(v=value), value
    for kind in ("identifier", "digest", "public key", "uuid", "variable", "placeholder"):
        for file, text in FREE.items():
            value = (values.LOOKALIKES | values.NEUTRAL)[kind](random)
            yield "free text", file, kind, False, text.format(v=value), value
    for number in range(6):
        value = list(values.HASHES.values())[number % 3](random)
        yield "password file", ".htpasswd", "hash", True, f"app:{value}\n", value
        yield (
            "password file",
            "shadow",
            "hash",
            True,
            f"root:*:19700:0:99999:7:::\napp:{value}:19700:0:99999:7:::\n",
            value,
        )


def _secrets(place: Place, random: Random) -> Iterator[tuple[str, str, str, bool, str, str]]:
    kinds: list[tuple[str, values.Maker, tuple[str, ...]]] = [
        (kind, make, STRONG) for kind, make in values.SECRETS.items()
    ]
    if place.named:
        kind = random.choice(values.RANDOM)
        kinds.append((f"{kind}, hint", values.SECRETS[kind], HINTS))
    kind = random.choice(list(values.TOKENS))
    kinds += [(kind, values.TOKENS[kind], STRONG)] if place.family != "url" else []
    for kind, make, names in kinds:
        value = write(place.quote, make(random))
        yield place.family, place.file, kind, True, _text(place, random.choice(names), value), value


def _lookalikes(place: Place, random: Random) -> Iterator[tuple[str, str, str, bool, str, str]]:
    base64_data = place.quote == "base64"
    for kind, make in values.LOOKALIKES.items():
        if (kind in NAMES and place.family in LOGIN_ONLY) or (base64_data and kind not in ("placeholder", "variable")):
            continue
        value = make(random)
        if any(c in value for c in "{<#%") and place.family in ("url", "command", "helm", "gotmpl", "jinja", "xml"):
            value = "${APP_" + "PASSWORD}"  # another template language would not stand there
        written = value if place.quote == "url" else write(place.quote, value)
        yield (
            place.family,
            place.file,
            kind,
            False,
            _text(place, random.choice(NAMES.get(kind, STRONG)), written),
            written,
        )
    for own in random.sample(place.own, min(3, len(place.own))):
        name = random.choice(STRONG)
        written = (
            own.replace("@U@", style("upper", name))
            .replace("@C@", style("camel", name))
            .replace("@S@", style("snake", name))
        )
        yield place.family, place.file, "reference", False, _text(place, name, written), written
    if place.named and not base64_data and not _is_secret_object(place):
        kind = random.choice(list(PUBLIC))
        written = write(place.quote, values.NEUTRAL[kind](random))
        yield place.family, place.file, kind, False, _text(place, random.choice(PUBLIC[kind]), written), written


def _is_secret_object(place: Place) -> bool:
    return "kind: Secret\n" in place.text or "secretGenerator" in place.text


def _text(place: Place, name: str, value: str) -> str:
    text = place.text
    if value.startswith("{valueFrom"):  # stands instead of the value, beside the name
        return text.replace("@N@", style(place.names, name)).replace("value: @V@", value[1:-1])
    return text.replace("@N@", style(place.names, name)).replace("@V@", value)


def _lines(text: str, value: str) -> range:
    """The 1-based lines of the value; for a reference that replaced its key, the last line."""
    at = text.rfind(value)
    first = text.count("\n", 0, at) + 1 if at >= 0 else text.count("\n")
    return range(first, first + value.count("\n") + 1)


def style(names: str, name: str) -> str:
    """A name of several words, written as its language does."""
    words = name.split()
    if names in ("camel", "pascal"):
        joined = "".join(word.title() for word in words)
        return joined if names == "pascal" else joined[0].lower() + joined[1:]
    joined = {"kebab": "-", "dotted": "."}.get(names, "_").join(words)
    return joined.upper() if names == "upper" else joined


def write(quote: str, value: str) -> str:
    """A value, written as its language does."""
    if quote == "json":
        return json.dumps(value, ensure_ascii=False)
    if quote == "base64":
        return base64.b64encode(value.encode()).decode()
    if quote == "url":
        return urllib.parse.quote(value, safe="")
    if quote == "xml":
        return escape(value, {'"': "&quot;"})
    if quote == "yaml" and (re.search(r"[:#{}\[\]&*!|>'\"%@`]|^\W|^[\d.e]+$", value) or value in ("null", "true")):
        return json.dumps(value)
    return value
