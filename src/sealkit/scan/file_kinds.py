"""What kind of file a path is: that decides how its lines are read."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import PurePosixPath


class Kind(StrEnum):
    """How a file is read."""

    STRUCTURED = "YAML or JSON"
    CONFIG = "configuration or script"
    QUOTED = "configuration in which every text is quoted"
    CODE = "source code"
    SETTINGS = "source code that holds settings"
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
    ".env .ini .conf .cfg .cnf .properties .sh .bash .zsh .fish .envrc .service .xml .netrc .pgpass .npmrc "  # noqa: SIM905
    ".pypirc .config .ovpn .rc .sql .bat .ps1 .log .txt .csv .vars .secret .secrets .credentials .key .pem".split()
)
_QUOTED = frozenset([".tf", ".tfvars", ".hcl", ".nix", ".toml", ".jsonnet", ".libsonnet", ".cue", ".bicep", ".rego"])
_PROSE = frozenset(
    [".md", ".markdown", ".rst", ".adoc", ".asciidoc", ".textile", ".html", ".htm", ".mdx", ".tex", ".org", ".ipynb"]
)
_CODE = frozenset(
    ".py .go .js .mjs .cjs .ts .tsx .jsx .java .kt .rb .rs .c .h .cc .cpp .hpp .cs .php .swift .scala .lua .pl .ex .exs .vue "  # noqa: SIM905
    ".svelte .dart .m .mm .clj .groovy .gradle .zig .css .scss .svg .patch .diff .lock .sum .mod .map .proto .graphql".split()
)
_SETTINGS = re.compile(
    r"(?:\A|[._-])(?:config|configuration|conf|settings?|credentials?|secrets?|database|db|env|environment|parameters)(?:[._-]|\Z)"
)
"""What programs call the part of their code that holds settings: `wp-config.php`, `settings.py`, `database.php`."""
IN_CODE = frozenset([Kind.CODE, Kind.SETTINGS])


_TEST_FOLDERS = frozenset(
    [
        "test",
        "tests",
        "testing",
        "testdata",
        "testhelper",
        "spec",
        "specs",
        "__tests__",
        "e2e",
        "fixtures",
        "mocks",
        "__mocks__",
    ]
)
_FIXTURE_FOLDERS = frozenset(
    "tests testdata test-data test_data fixtures __fixtures__ test-fixtures molecule spec specs mocks __mocks__ __tests__ "  # noqa: SIM905
    "testhelper e2e integration-tests integration_tests".split()
)
_WITHIN_TEST = frozenset(["resources", "integration", "unit", "functional", "acceptance", "e2e"])
"""`test` is also the name of an environment, whose passwords are true ones, unless it stands below `src` or above one of these."""
_TEST_NAME = re.compile(
    r"(?i:test[_-].*|.*[_.-](?:test|tests|spec)\.\w+)|.*(?:Test|Tests|Spec|IT|TestCase)\.\w+", re.DOTALL
)


def is_test(path: str) -> bool:
    """Whether a source file belongs to tests, by the conventions of the languages for its folders and its name."""
    parts = PurePosixPath(path).parts
    return any(part.lower() in _TEST_FOLDERS for part in parts[:-1]) or bool(_TEST_NAME.fullmatch(parts[-1]))


_PACKAGE_FOLDERS = frozenset(["site-packages", "dist-packages", "node_modules"])


def is_package(path: str) -> bool:
    """Whether a file belongs to an installed package, which everyone can have from where it was published."""
    return not _PACKAGE_FOLDERS.isdisjoint(PurePosixPath(path).parts[:-1])


def is_fixture(path: str) -> bool:
    """Whether a file that is no source code belongs to tests, by the conventions of Ansible, Go, Java, Python and Ruby for its
    folders. Its name does not count: `values-test.yaml` holds what an environment needs."""
    folders = [part.lower() for part in PurePosixPath(path).parts[:-1]]
    return not _FIXTURE_FOLDERS.isdisjoint(folders) or any(
        inner == "test" and (outer == "src" or below in _WITHIN_TEST)
        for outer, inner, below in zip(["", *folders], folders, [*folders[1:], ""], strict=False)
    )


def in_quotes(before: str) -> bool:
    """Whether a string is open at the end of this part of a line."""
    return any(before.count(quote) % 2 for quote in "\"'")


def kind_of(path: str, text: str) -> Kind:
    """The kind of a file, by its name; where that says nothing, by what stands in it."""
    name = PurePosixPath(path).name.lower()
    while name.endswith(_TEMPLATES):
        name = name.rpartition(".")[0]
    suffix = PurePosixPath(name).suffix or (name if name.startswith(".") else "")
    if name.startswith(".env") or name.endswith("rc") or name in {"dockerfile", "makefile"}:
        return Kind.CONFIG
    if "credentials" in name and suffix not in _CODE | _PROSE:
        return Kind.CONFIG
    if suffix in _STRUCTURED or name in {".dockerconfigjson", "kubeconfig"}:
        return Kind.STRUCTURED
    if suffix in _CODE:
        settings = "test" not in name and _SETTINGS.search(name.removesuffix(suffix))
        return Kind.SETTINGS if settings else Kind.CODE
    if suffix in _QUOTED:
        return Kind.QUOTED
    if suffix in _PROSE or name.startswith(("readme", "changelog", "license")):
        return Kind.PROSE
    if suffix not in _CONFIG and re.search(r"^apiVersion:|\A\s*\{", text[:65536], re.MULTILINE):
        return Kind.STRUCTURED
    return Kind.CONFIG
