"""Readers by file family: what has a syntax of its own and is no YAML or JSON manifest. A reader yields fields."""

from __future__ import annotations

from typing import NamedTuple

from sealkit.secrets.fields import Field

_TEMPLATES = (".example", ".sample", ".template", ".dist", ".bak", ".orig", ".old")
_HCL = (".tf", ".tofu", ".tfvars", ".hcl", ".nomad", ".tfbackend", ".tftest")


class Reading(NamedTuple):
    """The fields of a file that was understood as a whole. `rule` is the rule that the file itself breaks, or empty."""

    fields: list[Field]
    rule: str = ""


def is_hcl(path: str) -> bool:
    """Whether the name of a file says that it is HCL, also as an example of one."""
    name = path.rpartition("/")[2].lower()
    while name.endswith(_TEMPLATES) and name.count(".") > 1:
        name = name.rpartition(".")[0]
    return name.endswith(_HCL)


def read(path: str, text: str) -> Reading | None:
    """The fields of a file, or None where no reader knows its family or its syntax: then the others look at its lines. Never
    raises for what a file holds."""
    from sealkit.scan.readers import hcl, tfstate

    if tfstate.may_be_state(text) and (fields := tfstate.read(text)) is not None:
        return Reading(fields, "SK209" if tfstate.is_plain_state(text) else "")
    if is_hcl(path) and (fields := hcl.read(text)) is not None:
        return Reading(fields)
    return None
