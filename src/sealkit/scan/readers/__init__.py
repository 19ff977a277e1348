"""Readers by file family: what has a syntax of its own and is no YAML or JSON manifest. A reader yields fields."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

from sealkit.secrets.fields import Field


class Reading(NamedTuple):
    """The fields of a file. `covered` says that the whole file was understood, so that no other reader needs to look for names in
    it. `rule` is the rule that the file as a whole breaks, or empty."""

    fields: list[Field]
    covered: bool
    rule: str = ""


_TEMPLATES = (".example", ".sample", ".template", ".dist", ".bak", ".orig", ".old")
_SUFFIXES = {
    suffix: family
    for family, suffixes in {
        "hcl": "tf tofu tfvars hcl nomad tfbackend tftest",
        "xml": "xml config csproj vbproj fsproj vcxproj plist props targets nuspec resx pom pubxml wsdl xsd jmx",
        "ini": "ini cfg cnf desktop nmconnection pypirc my.cnf s3cfg boto reg",
        "properties": "properties",
        "dotenv": "env envrc",
        "systemd": "service socket timer mount automount path swap netdev network container kube volume pod build",
        "toml": "toml",
        "notebook": "ipynb",
        "dockerfile": "dockerfile containerfile",
    }.items()
    for suffix in suffixes.split()
}
_MODULES = {"properties": "ini", "dotenv": "dotenv", "systemd": "ini", "notebook": "notebooks"}
"""Where the module is not called as the family."""


def family_of(path: str) -> str:
    """The family of a file by its name; empty where no reader here knows it."""
    name = path.rpartition("/")[2].lower()
    while name.endswith(_TEMPLATES) and name.count(".") > 1:
        name = name.rpartition(".")[0]
    stem, _, suffix = name.rpartition(".")
    if name.startswith(("dockerfile.", "containerfile.")) or name in {"dockerfile", "containerfile"}:
        return "dockerfile"
    if stem == "" and suffix == "env":
        return "dotenv"
    if name.startswith(".env.") or name.startswith(".env-") or name.endswith("-env"):
        return "dotenv"
    if name in {"pipfile", "cargo.lock", "poetry.lock", "uv.lock"}:
        return "toml"
    if suffix == "conf" and ".d/" in path and ("systemd" in path or ".service.d/" in path):
        return "systemd"
    return _SUFFIXES.get(suffix, "")


def read(path: str, text: str) -> Reading | None:
    """The fields of a file, or None where no reader knows its family or its syntax. Never raises for what a file holds."""
    from sealkit.scan.readers import tfstate

    if tfstate.may_be_state(text):
        fields = tfstate.read(text)
        if fields is not None:
            return Reading(fields, covered=True, rule="SK209" if tfstate.is_plain_state(text) else "")
    family = family_of(path)
    if not family:
        return None
    module = import_module(f"sealkit.scan.readers.{_MODULES.get(family, family)}")
    found: list[Field] | None = (
        module.read(text) if family not in {"properties", "systemd", "ini"} else module.read(text, family)
    )
    return None if found is None else Reading(found, covered=True)
