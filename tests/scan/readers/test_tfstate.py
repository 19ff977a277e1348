"""State of Terraform: plain it is a finding and its secrets are read; encrypted by OpenTofu it is sealed."""

from __future__ import annotations

import json
import secrets

import pytest

from sealkit.model.severity import Severity
from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob
from sealkit.scan.readers import read
from sealkit.secrets.places import Place


def made() -> str:
    """A value that a generator could have made."""
    return "Vq8" + secrets.token_hex(8) + "7Z"


def state(*resources: object, **outputs: object) -> dict[str, object]:
    head = {"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "a"}
    return {**head, "outputs": outputs, "resources": list(resources)}


def resource(kind: str, sensitive: object = (), **attributes: object) -> dict[str, object]:
    instance = {"attributes": attributes, "sensitive_attributes": list(sensitive)}  # type: ignore[call-overload]
    return {"mode": "managed", "type": kind, "name": "a", "instances": [instance]}


PATH = [[{"type": "get_attr", "value": "x"}]]
VALUE = "@"
HELD = {
    "sensitive output": state(db={"value": VALUE, "type": "string", "sensitive": True}),
    "random_password": state(resource("random_password", result=VALUE, length=20)),
    "sensitive attribute": state(resource("any", PATH, x=VALUE)),
}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
def test_what_the_state_calls_secret_is_read(held: object, indent: int | None) -> None:
    value = made()
    text = json.dumps(held, indent=indent).replace(VALUE, value)
    reading = read("any.json", text)
    assert reading is not None
    assert reading.rule == "SK209"
    assert [(field.place, text[field.start : field.end]) for field in reading.fields] == [(Place.SCHEMA, value)]


def test_other_attributes_count_by_their_name() -> None:
    value = made()
    text = json.dumps(state(resource("aws_db_instance", password=value, engine=made(), username="app")))
    reading = read("terraform.tfstate", text)
    assert reading is not None
    assert [(field.name, field.place) for field in reading.fields] == [("password", Place.PASSWORD)]


def test_plain_state_is_an_error_under_any_name() -> None:
    text = json.dumps(state(resource("random_password", result=made())))
    found = [item for item in scan_blob("backup.json", text.encode(), Context()) if item.rule == "SK209"]
    assert [item.severity for item in found] == [Severity.ERROR]


ELSE = {
    "encrypted": {"serial": 1, "lineage": "a", "meta": {"k": "v"}, "encrypted_data": "AAAA", "encryption_version": "v0"},
    "empty": state(),
    "package lock": {"name": "a", "version": "1.0.0", "lockfileVersion": 3, "packages": {}},
    "list of resources": {"version": 4, "resources": ["a", "b"]},
}  # fmt: skip


@pytest.mark.parametrize("held", ELSE.values(), ids=ELSE)
def test_what_is_no_plain_state_is_silent(held: object) -> None:
    text = json.dumps(held)
    reading = read("terraform.tfstate", text)
    assert reading is None or not reading.rule
    assert scan_blob("terraform.tfstate", text.encode(), Context()) == []
