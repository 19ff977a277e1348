"""What kind of file a path is, and how much a value has to look like a secret to be one there."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import PurePosixPath


class Kind(StrEnum):
    """How a file is read."""

    STRUCTURED = "YAML or JSON"
    CONFIG = "configuration or script"
    CODE = "source code"
    PROSE = "documentation"


_TEMPLATES = (
    ".j2",
    ".tpl",
    ".tmpl",
    ".gotmpl",
    ".template",
    ".example",
    ".sample",
    ".dist",
    ".bak",
    ".orig",
    ".old",
    ".swp",
)
_STRUCTURED = frozenset([".yaml", ".yml", ".json", ".tfstate", ".kubeconfig", ".webmanifest"])
_CONFIG = frozenset(
    ".env .ini .conf .cfg .cnf .properties .toml .tfvars .hcl .sh .bash .zsh .fish .envrc .service .xml .netrc .pgpass .npmrc "  # noqa: SIM905
    ".pypirc .nix .tf .config .ovpn .rc .sql .bat .ps1 .log .txt .csv .vars .secret .secrets .credentials .key .pem".split()
)
_PROSE = frozenset([".md", ".rst", ".adoc", ".html", ".htm", ".mdx", ".tex", ".org", ".ipynb"])
_CODE = frozenset(
    ".py .go .js .mjs .cjs .ts .tsx .jsx .java .kt .rb .rs .c .h .cc .cpp .hpp .cs .php .swift .scala .lua .pl .ex .exs .vue "  # noqa: SIM905
    ".svelte .dart .m .mm .clj .groovy .gradle .zig .css .scss .svg .patch .diff .lock .sum .mod .map .proto .graphql".split()
)

WEAK = frozenset(
    "password passwd pass pwd secret token user username root admin test testing postgres mysql redis guest default foo bar "  # noqa: SIM905
    "key value string none null hunter2 secretpassword mypassword mysecret mysecretpassword userpass".split()
)
"""What stands in documentation where a password would."""
_WORDS = re.compile(r"[A-Za-z]+(?:[-_. /][A-Za-z]+)*\d{0,2}\Z|[A-Z]?[a-z]+(?:[A-Z][a-z]+)*\d{0,2}\Z")
_DATE = re.compile(r"[12][0-9]{3}-[01][0-9]-[0-3][0-9](?:[T_-]|\Z)")
_CALL = re.compile(
    r"[$`({\[<]|[\w.\]\[\"']*\(|[A-Za-z_]\w*(?:\.|->|::)[A-Za-z_]|[A-Za-z_]\w*\[|[&*@!][A-Za-z_]|\w+:$|f[\"']|[^\x00-\x7f]|\\[nt\"']|\.{1,2}/"
)
_DIGITS = re.compile(r"[0-9]")
_LETTERS = re.compile(r"[A-Za-z]")


def kind_of(path: str, text: str) -> Kind:
    """The kind of a file, by its name; where that says nothing, by what stands in it."""
    name = PurePosixPath(path).name.lower()
    while name.endswith(_TEMPLATES):
        name = name.rpartition(".")[0]
    suffix = PurePosixPath(name).suffix or (name if name.startswith(".") else "")
    if name.startswith(".env") or name.endswith("rc") or "credentials" in name or name in {"dockerfile", "makefile"}:
        return Kind.CONFIG
    if suffix in _STRUCTURED or name in {".dockerconfigjson", "kubeconfig"}:
        return Kind.STRUCTURED
    if suffix in _CODE:
        return Kind.CODE
    if suffix in _PROSE or name.startswith(("readme", "changelog", "license")):
        return Kind.PROSE
    if suffix not in _CONFIG and re.search(r"^apiVersion:|\A\s*\{", text[:65536], re.MULTILINE):
        return Kind.STRUCTURED
    return Kind.CONFIG


def random(value: str) -> bool:
    """Whether a value looks made by a generator, or chosen as a password, and not like words, a name or an expression."""
    if not 8 <= len(value) <= 512 or " " in value or "://" in value or value.lower() in WEAK:
        return False
    if _WORDS.match(value) or _DATE.match(value):
        return False
    return bool(_DIGITS.search(value) and _LETTERS.search(value)) and len(set(value)) > 5 and not expression(value)


def strong(value: str) -> bool:
    """Whether a value can only be made by a generator: long, with letters and digits all over."""
    digits, letters = len(_DIGITS.findall(value)), len(_LETTERS.findall(value))
    return random(value) and len(value) >= 20 and digits > 2 and letters > 2 and len(set(value)) > 9


def expression(value: str) -> bool:
    """Whether an unquoted value is code: a call, a variable, an attribute, an alias."""
    return bool(_CALL.match(value)) or value.endswith((")", ";", "{", "("))
