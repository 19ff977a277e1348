"""HCL: literal strings are values of what names them; references, templates, operands and arguments are none."""

from __future__ import annotations

import secrets

import pytest

from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob
from sealkit.scan.readers import read
from sealkit.secrets.places import Place


def made() -> str:
    """A value that a generator could have made."""
    return "Vq8" + secrets.token_hex(4) + "Lm" + secrets.token_urlsafe(9).replace("-", "x").replace("_", "y") + "7Z"


FOUND = {
    "variable": ('variable "db_password" {\n  default = "@"\n}\n', Place.PASSWORD),
    "sensitive variable": ('variable "x" {\n  default = "@"\n  sensitive = true\n}\n', Place.SCHEMA),
    "output": ('output "admin_password" { value = "@" }\n', Place.PASSWORD),
    "attribute": ('password = "@"\n', Place.PASSWORD),
    "object": ('a = { b = { "password" : "@" } }\n', Place.PASSWORD),
    "list": ('passwords = [\n  "@", # first\n  var.x,\n]\n', Place.PASSWORD),
    "branch": ('password = var.x == "a" ? null : "@"\n', Place.PASSWORD),
    "sensitive()": ('password = sensitive("@")\n', Place.PASSWORD),
    "object in a loop": ('a = [for k, v in var.y : { password = "@" } if v != ""]\n', Place.PASSWORD),
    "name beside value": ('a = jsonencode([{ name = "DB_PASSWORD", value = "@" }])\n', Place.PASSWORD),
    "set": ('resource "helm_release" "a" {\n  set {\n    name = "auth.password"\n    value = "@"\n  }\n}\n', Place.PASSWORD),
    "kubernetes_secret": ('resource "kubernetes_secret" "s" {\n  data = { x = "@" }\n}\n', Place.SCHEMA),
    "heredoc": ("values = [<<-EOT\n  db:\n    password: @\n  EOT\n]\n", Place.PASSWORD),
    "URL around a template": ('dsn = "postgres://app:@@${var.hosts["a"]}/db"\n', Place.URL),
    "comment": ('a = 1 # password = "@"\n', Place.TEXT),
}  # fmt: skip


@pytest.mark.parametrize(("text", "place"), FOUND.values(), ids=FOUND)
def test_a_literal_is_found_under_its_name(text: str, place: Place) -> None:
    value = made()
    text = text.replace("@", value, 1)
    reading = read("main.tf", text)
    assert reading is not None
    assert [(field.place, text[field.start : field.end]) for field in reading.fields] == [(place, value)]


SILENT = {
    "reference": "password = var.passwords.app\n",
    "index": 'password = var.all["@"]\n',
    "operand": 'password = var.x == "@" ? var.a : var.b\n',
    "template": 'password = "${var.password}"\n',
    "format": 'url = format("postgres://%s:%s@%s:%d/%s", var.user, var.password, var.host, 5432, var.db)\n',
    "for": 'env = merge(\n  { for i, app in var.db_credentials : "DB_${i}" => app.name },\n)\n',
    "file": 'private_key = file("~/.ssh/@")\n',
    "description": 'variable "password" {\n  description = "@"\n}\n',
    "validation": 'variable "password" {\n  validation {\n    condition = var.password != "@"\n  }\n}\n',
    "another name": 'image = "@"\n',
    "type": 'variable "db" {\n  type = object({ password = string })\n}\n',
}


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT)
def test_what_is_no_value_is_silent(text: str) -> None:
    reading = read("main.tf", text.replace("@", made()) if "format" not in text else text)
    assert reading is not None
    assert reading.fields == []


@pytest.mark.parametrize(
    "text", ["a = {\n", 'a = "b\n', "a = <<X\nb\n", "}\n", "a = )\n", "{% if x %}\n", "a = [" * 5000]
)
def test_what_is_no_hcl_is_left_to_the_other_readers(text: str) -> None:
    assert read("main.tf", text) is None


@pytest.mark.parametrize("path", ["a.tf", "a.tofu", "a.auto.tfvars", "a.hcl", "a.nomad", "a.pkr.hcl", "terraform.tfvars.example"])  # fmt: skip
def test_the_engine_reports_it_once_on_its_line(path: str) -> None:
    text = f'locals {{\n  db_password = "{made()}"\n}}\n'
    found = scan_blob(path, text.encode(), Context())
    assert [(item.rule, item.line) for item in found] == [("SK210", 2)]
