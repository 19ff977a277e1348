"""Readers by file family: what has a syntax of its own and is no YAML or JSON manifest. A reader yields fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sealkit.secrets.fields import Field

_TEMPLATES = (".example", ".sample", ".template", ".dist", ".bak", ".orig", ".old")
_FAMILIES = {
    "hcl": "tf tofu tfvars hcl nomad tfbackend tftest",
    "xml": "xml config csproj vbproj fsproj vcxproj plist props targets nuspec resx pom pubxml jmx",
    "ini": "ini cfg cnf desktop nmconnection pypirc s3cfg boto",
    "properties": "properties",
    "dotenv": "env",
    "systemd": "service socket timer mount automount swap netdev network container volume pod",
    "toml": "toml",
    "notebook": "ipynb",
    "dockerfile": "dockerfile containerfile",
}
_SUFFIXES = {suffix: family for family, suffixes in _FAMILIES.items() for suffix in suffixes.split()}


class Reading(NamedTuple):
    """The fields of a file that was understood as a whole. `rule` is the rule that the file itself breaks, or empty."""

    fields: list[Field]
    rule: str = ""


def family_of(path: str) -> str:
    """The family of a file by its name, also as an example of one; empty where no reader here knows it."""
    name = path.rpartition("/")[2].lower()
    while name.endswith(_TEMPLATES) and name.count(".") > 1:
        name = name.rpartition(".")[0]
    suffix = name.rpartition(".")[2]
    if name.startswith(("dockerfile.", "containerfile.")) or name in {"dockerfile", "containerfile"}:
        return "dockerfile"
    if name == ".env" or name.startswith((".env.", ".env-")):
        return "dotenv"
    if name == "pipfile":
        return "toml"
    if suffix == "conf" and ("/systemd/" in f"/{path}" or ".service.d/" in path):
        return "systemd"
    return _SUFFIXES.get(suffix, "") if "." in name else ""


def read(path: str, text: str) -> Reading | None:
    """The fields of a file, or None where no reader knows its family or its syntax: then the others look at its lines. Never
    raises for what a file holds."""
    from sealkit.scan.readers import tfstate

    if tfstate.may_be_state(text) and (fields := tfstate.read(text)) is not None:
        return Reading(fields, "" if tfstate.is_sealed_state(text) else "SK209")
    family = family_of(path)
    found = _reader(family)(text) if family else None
    return None if found is None else Reading(found)


def _reader(family: str) -> Callable[[str], list[Field] | None]:
    """The reader of a family, imported when it is needed."""
    from sealkit.scan.readers import dockerfile, dotenv, hcl, ini, notebooks, toml, xml

    return {
        "hcl": hcl.read,
        "xml": xml.read,
        "ini": ini.read,
        "properties": ini.properties,
        "systemd": ini.units,
        "dotenv": dotenv.read,
        "toml": toml.read,
        "notebook": notebooks.read,
        "dockerfile": dockerfile.read,
    }[family]
