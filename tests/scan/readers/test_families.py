"""Readers by family: what is a secret is found where it stands, what only looks like one is not. `§` stands for a made-up secret."""

from __future__ import annotations

import base64
import json
import random
import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sealkit.scan import readers
from sealkit.secrets.fields import Field
from sealkit.secrets.places import Place, severity
from sealkit.secrets.values import grade_value


def made(length: int = 20) -> str:
    """A value as a generator makes them, other than the last one."""
    letters = random.SystemRandom().choices(string.ascii_letters, k=length - 4)
    return "".join(letters) + "7q2Z"


def suspicious(path: str, text: str) -> list[Field] | None:
    """The fields that are findings."""
    reading = readers.read(path, text)
    if reading is None:
        return None
    return [field for field in reading.fields if severity(field.place, grade_value(field.value)) is not None]


FOUND = [
    # HCL
    ("a.tf", 'variable "db_password" {\n  type = string\n  default = "§"\n}\n'),
    ("a.tf", 'variable "x" {\n  sensitive = true\n  default = "§"\n}\n'),
    ("a.tf", 'output "y" {\n  value = "§"\n  sensitive = true\n}\n'),
    ("a.tf", 'variable "users" {\n  default = { alice = { password = "§" } }\n}\n'),
    ("a.tf", 'resource "aws_db_instance" "a" {\n  password = "§"\n}\n'),
    (
        "a.tf",
        'resource "kubernetes_secret" "a" {\n  metadata { name = "n" }\n  data = { tls = "§", username = "app" }\n}\n',
    ),
    ("a.tf", 'resource "aws_ssm_parameter" "a" {\n  type = "SecureString"\n  value = "§"\n}\n'),
    ("a.tf", 'resource "x" "y" {\n  env {\n    name = "DB_PASSWORD"\n    value = "§"\n  }\n}\n'),
    ("a.tf", 'resource "helm_release" "a" {\n  set_sensitive {\n    name = "x.y"\n    value = "§"\n  }\n}\n'),
    ("a.tf", 'provider "p" {\n  pm_password = "§" # of the host\n}\n'),
    ("a.tf", 'locals {\n  password = var.x == "" ? "§" : var.x\n}\n'),
    ("a.tf", 'locals {\n  password = base64encode("§")\n  a = jsonencode({ b = [1, 2] })\n}\n'),
    ("a.tf", 'locals {\n  x = jsonencode({ "db" : { "password" : "§" } })\n}\n'),
    ("a.tf", 'locals {\n  dsn = "postgres://app' + ':§@${var.host}/db"\n}\n'),
    ("a.tf", "locals {\n  x = <<-EOT\n    #!/bin/sh\n    export DB_PASSWORD=§\n  EOT\n}\n"),
    ("a.tf", 'locals {\n  x = <<EOT\nkind: Secret\nstringData:\n  key: "§"\nEOT\n}\n'),
    ("a.tf", 'locals {\n  command = ["redis-cli", "-a", "§", "ping"]\n}\n'),
    ("a.tf", '/* old\npassword = "§"\n*/\nlocals {}\n'),
    ("a.tfvars", 'api_token_secret = "§"\n'),
    ("a.hcl", '"password" = "§"\n'),
    (
        "job.nomad",
        'job "a" {\n  group "b" {\n    task "c" {\n      env {\n        DB_PASSWORD = "§"\n      }\n    }\n  }\n}\n',
    ),
    # XML
    ("a.xml", "<db><password>§</password></db>\n"),
    ("a.xml", "<db><password><![CDATA[§]]></password></db>\n"),
    ("a.xml", "<!-- <password>§</password> --><db/>\n"),
    ("a.xml", "<users>\n<user password='§'\nname='a'/></users>\n"),
    ("a.xml", '<e><property name="db.password">§</property></e>\n'),
    ("a.xml", "<password><value>§</value></password>\n"),
    ("web.config", '<a><add name="x" connectionString="Server=db;User Id=a;Password=§;"/></a>\n'),
    ("app.config", '<a><add key="SmtpPassword" value="§"/></a>\n'),
    ("a.plist", "<plist><dict><key>Password</key>\n<string>§</string></dict></plist>\n"),
    # INI, .properties, systemd
    ("a.ini", "[db]\nuser = app\npassword = §\n"),
    ("a.ini", '[db]\npassword = "§" ; of the database\n'),
    ("a.ini", "[all]\nhost1 ansible_host=192.0.2.1 ansible_password=§\n"),
    ("a.cfg", "[a]\npassword =\n    §\n"),
    ("a.ini", "[a]\n; password = §\n"),
    ("a.ini", '[a]\nbuild_flags =\n  -D OTA_PASSWORD=\\"§\\"\n'),
    ("a.properties", "db.user=app\ndb.password: §\n"),
    ("a.properties", "db.password §\n"),
    ("a.properties", "spring.datasource.url=jdbc:x://db/a?user=b&password=§\n"),
    ("a.service", "[Service]\nEnvironment=DB_PASSWORD=§\n"),
    ("a.service", '[Service]\nEnvironment="DB_PASSWORD=§"\n'),
    ("a.service", "[Service]\nEnvironment=A=b 'C=d e' \"DB_PASSWORD=§\"\n"),
    ("a.service", "[Service]\nEnvironment=A=b \\\n  DB_PASSWORD=§\n"),
    ("a.service", "[Service]\nSetCredential=tls:§\n"),
    ("a.service", "[Service]\nExecStart=/usr/bin/redis-cli -a § ping\n"),
    # dotenv
    (".env", "DB_PASSWORD=§\n"),
    ("a.env", "export DB_PASSWORD='§' # old\n"),
    (".env.prod", 'A="two\nlines"\nDB_PASSWORD="§"\n'),
    (".env", "DB_PASSWORD=${OTHER:-§}\n"),
    (".env", "#DB_PASSWORD=§\nA=b\n"),
    (".env", "CONN=Server=db;User Id=sa;Password=§;\r\nA=b\r\n"),
    (".env", "DB_PASSWORD=§"),
    # TOML
    ("a.toml", '[db]\npassword = "§"\n'),
    ("a.toml", "[db]\npassword = '§' # old\n"),
    ("a.toml", 'db = { user = "app", password = "§" }\n'),
    ("a.toml", 'a.b.password = "§"\n'),
    ("a.toml", '[[servers]]\nname = "a"\npasswords = [\n  "§",\n]\n'),
    ("a.toml", 'script = """\nexport DB_PASSWORD=§\n"""\n'),
    ("a.toml", 'a = [{ b = [1.5, 2] }, { password = "§" }]\n'),
    ("a.toml", 'a = 1\n# password = "§"\n'),
    # Dockerfile
    ("Dockerfile", "FROM a\nENV DB_PASSWORD=§\n"),
    ("Dockerfile", "FROM a\nENV DB_PASSWORD §\n"),
    ("Dockerfile", 'FROM a\nENV A=b \\\n    # why\n    DB_PASSWORD="§"\nRUN x\n'),
    ("app.dockerfile", "ARG DB_PASSWORD=§\nFROM a\n"),
    ("Dockerfile.dev", "FROM a\nRUN a && \\\n    mysql -u root -p§ b\n"),
    ("Dockerfile", "FROM a\nRUN <<EOF\nexport DB_PASSWORD=§\nEOF\nUSER x\n"),
]


@pytest.mark.parametrize(("path", "pattern"), FOUND)
def test_a_secret_is_found_where_it_stands(path: str, pattern: str) -> None:
    """One finding, at the place of the value and nowhere else."""
    value = made()
    text = pattern.replace("§", value)
    found = suspicious(path, text)
    assert found is not None
    assert [(field.value.strip(), text[field.start : field.end].strip()) for field in found] == [(value, value)]


SILENT = [
    ("a.tf", 'variable "db_password" {\n  type = string\n  description = "password: §"\n  sensitive = true\n}\n'),
    (
        "a.tf",
        'variable "password" {\n  validation {\n    condition = length(var.password) > 8\n    error_message = "password §"\n  }\n}\n',
    ),
    ("a.tf", 'locals {\n  password = var.password == "§" ? var.a : local.b\n}\n'),
    (
        "a.tf",
        'locals {\n  url = format("postgres://%s:%s@%s:%d/%s", var.user, var.password, var.host, 5432, var.db)\n}\n',
    ),
    ("a.tf", 'locals {\n  env = merge(\n    { for i, app in var.credentials : "DB_${i}" => app.name },\n  )\n}\n'),
    ("a.tf", 'locals {\n  password = "${var.prefix}-§"\n  token = data.x.y["§"].token\n}\n'),
    ("a.tf", 'locals {\n  password = random_password.db.result\n  secret = file("${path.module}/x.txt")\n}\n'),
    ("a.tf", 'resource "random_password" "a" {\n  keepers = { password = "§" }\n  length = 20\n}\n'),
    ("a.tf", 'locals {\n  secret_name = "§"\n  kms_key_id = "§"\n}\n'),
    ("a.xml", "<a><userSecretsId>§</userSecretsId><passwordFile>§</passwordFile></a>\n"),
    ("a.xml", '<a><Pass encoding="crypt" pubkey="x">§</Pass></a>\n'),
    ("a.xml", "<a><password>${db.password}</password><password/></a>\n"),
    ("a.xml", '<resources><string name="password">Passwort</string></resources>\n'),
    ("a.ini", "[a]\npassword =\npassword_file = /run/secrets/§\n"),
    ("a.properties", "db.password=${DB_PASSWORD}\nlabel.password=Ihr Passwort bitte\n"),
    ("a.service", "[Service]\nSetCredentialEncrypted=tls: §\nPassEnvironment=DB_PASSWORD\n"),
    (".env", "DB_PASSWORD=\nDB_PASSWORD_FILE=/run/secrets/§\nTOKEN=${OTHER}\n"),
    ("a.toml", '[a]\npassword_hash_algorithm = "§"\nid = "§"\npassword = "${DB_PASSWORD}"\n'),
    ("Dockerfile", "FROM a\nARG DB_PASSWORD\nENV DB_PASSWORD=$DB_PASSWORD\nRUN --mount=type=secret,id=§ true\n"),
]


@pytest.mark.parametrize(("path", "pattern"), SILENT)
def test_what_only_looks_like_a_secret_is_none(path: str, pattern: str) -> None:
    assert suspicious(path, pattern.replace("§", made())) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.tf", "resource {{ x }}\n"),
        ("a.tf", 'a = "open\n'),
        ("a.tf", "a = <<EOF\nopen\n"),
        ("a.toml", "a = = b\n"),
        ("a.config", "CONFIG_X=y\n"),
        ("a.xml", "<a><b></a>"),
        ("a.cfg", "server db\n  timeout 5s\nbackend x\nlisten y\n"),
        ("a.ipynb", "{}"),
        ("Dockerfile", "{{ x }}\n"),
        ("Dockerfile", "FROM a\nRUN cat <<EOF\nopen\n"),
        ("a.py", "password = 1\n"),
        ("state.json", '{"version": 1, "lineage": "x"}'),
    ],
)
def test_what_a_reader_does_not_understand_is_left_to_the_others(path: str, text: str) -> None:
    assert readers.read(path, text) is None


def test_schema_and_name_give_different_places() -> None:
    text = 'variable "x" {\n  sensitive = true\n  default = "§"\n}\nvariable "my_password" {\n  default = "§"\n}\n'
    found = suspicious("a.tf", text.replace("§", made()))
    assert found is not None
    assert [field.place for field in found] == [Place.SCHEMA, Place.PASSWORD]


def test_escapes_are_read_and_places_stay() -> None:
    value = made()
    text = '[a]\nb = "\\u00fc\\n"\npassword = "' + value + '\\"\\u0021"\n'
    found = suspicious("a.toml", text)
    assert found is not None
    assert found[0].value == value + '"!'
    assert text[found[0].start : found[0].end] == value + '\\"\\u0021'


def test_a_filezilla_password_is_decoded() -> None:
    value = made()
    text = f'<F><Server><Pass encoding="base64">{base64.b64encode(value.encode()).decode()}</Pass></Server></F>'
    found = suspicious("sitemanager.xml", text)
    assert found is not None
    assert [field.value for field in found] == [value]


class TestState:
    """The state of Terraform."""

    @staticmethod
    def state(value: str) -> str:
        return json.dumps(
            {
                "version": 4,
                "terraform_version": "1.9.0",
                "lineage": "a",
                "outputs": {"db": {"value": value, "type": "string", "sensitive": True}, "ip": {"value": "192.0.2.1"}},
                "resources": [
                    {"type": "random_password", "instances": [{"attributes": {"result": value, "length": 20}}]},
                    {"type": "random_string", "instances": [{"attributes": {"result": made()}}]},
                    {
                        "type": "x",
                        "instances": [
                            {
                                "attributes": {"opaque": [{"inner": value}], "id": made()},
                                "sensitive_attributes": [
                                    [
                                        {"type": "get_attr", "value": "opaque"},
                                        {"type": "index", "value": {"value": 0, "type": "number"}},
                                        {"type": "get_attr", "value": "inner"},
                                    ]
                                ],
                            }
                        ],
                    },
                ],
            },
            indent=1,
        )

    @pytest.mark.parametrize("path", ["terraform.tfstate", "terraform.tfstate.backup", "other.json"])
    def test_plain_state_is_a_finding_and_so_is_what_its_schema_hides(self, path: str) -> None:
        value = made()
        text = self.state(value)
        reading = readers.read(path, text)
        assert reading is not None
        assert reading.rule == "SK209"
        assert [field.value for field in reading.fields if field.place is Place.SCHEMA] == [value] * 3
        assert all(text[field.start : field.end] == field.value for field in reading.fields)
        assert {field.value for field in suspicious(path, text) or []} == {value}

    def test_encrypted_state_is_sealed(self) -> None:
        text = json.dumps(
            {"meta": {"key_provider.pbkdf2.a": made(40)}, "encrypted_data": made(400), "encryption_version": "v0"}
        )
        assert readers.read("terraform.tfstate", text) == readers.Reading([])

    def test_state_of_nothing_and_other_json_are_none(self) -> None:
        empty = {"version": 4, "terraform_version": "1.9.0", "lineage": "a", "outputs": {}, "resources": []}
        assert readers.read("terraform.tfstate", json.dumps(empty)) is None
        assert readers.read("package-lock.json", json.dumps({"version": 4, "instances": []})) is None


class TestNotebook:
    """Cells are code and prose."""

    @staticmethod
    def notebook(source: list[str], kind: str = "code") -> str:
        return json.dumps({"cells": [{"cell_type": kind, "source": source}], "nbformat": 4}, indent=1)

    def test_the_lines_of_a_cell_are_one_text(self) -> None:
        value = made()
        text = self.notebook(["import x\n", "connect(\n", f'    password="{value}",\n', ")\n"])
        found = suspicious("a.ipynb", text)
        assert found is not None
        assert [(field.value, field.place) for field in found] == [(value, Place.TEXT)]
        assert text[found[0].start : found[0].end] == value

    def test_code_has_values_in_quotes_alone(self) -> None:
        value = made()
        assert suspicious("a.ipynb", self.notebook([f"password {chr(61)} {value}\n"])) == []
        command = suspicious("a.ipynb", self.notebook(["%env DB_PASSWORD" + f"={value}\n"]))
        assert [field.value for field in command or []] == [value]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted({path for path, _ in FOUND} | {"a.ipynb", "terraform.tfstate"})),
    st.lists(
        st.sampled_from(
            [
                "password",
                "=",
                '"a"',
                "\n",
                "<<EOF",
                "EOF",
                "{",
                "}",
                "[",
                "]",
                "(",
                ")",
                "${",
                "%{",
                "$${",
                '"',
                "'",
                "\\",
                "#",
                "//",
                "/*",
                "*/",
                "<a>",
                "</a>",
                "<!--",
                "-->",
                "<![CDATA[",
                "]]>",
                ":",
                ",",
                ";",
                "=",
                "?",
                "FROM",
                "ENV",
                "export",
                "Environment=",
                '"""',
                "'''",
                "1.5",
                "for",
                "x",
                "in",
                "if",
                "=>",
                "==",
                "[[a]]",
                "[b]",
                "ü",
                "\ufeff",
                "\r\n",
                "\x00",
                "\ud7ff",
            ]
        ),
        max_size=40,
    ),
)
def test_no_reader_raises_and_every_place_is_in_the_file(path: str, pieces: list[str]) -> None:
    text = " ".join(pieces)
    reading = readers.read(path, text)
    for field in reading.fields if reading is not None else []:
        assert 0 <= field.start <= field.end <= len(text)


@pytest.mark.parametrize(
    ("path", "piece"),
    [
        ("a.tf", 'a = "${'),
        ("a.tf", "a = ["),
        ("a.tf", "a = <<E\n"),
        ("a.tf", "/* "),
        ("a.tf", 'a = "b"\n'),
        ("a.tf", "a = b ? c : d\n"),
        ("a.xml", "<!--"),
        ("a.xml", "<![CDATA["),
        ("a.xml", "<a b='"),
        ("a.xml", "<a>"),
        ("a.ini", "a = '\n"),
        ("a.service", "Environment=A=b \\\n"),
        ("a.properties", "a\\\n"),
        (".env", 'A="\n'),
        (".env", "A='b\n"),
        ("Dockerfile", "RUN a \\\n"),
        ("Dockerfile", "RUN <<A\n"),
        ("a.toml", "a = [\n"),
        ("a.toml", "# x\n"),
    ],
)
def test_time_is_linear_in_hostile_text(path: str, piece: str) -> None:
    """Ten times the text takes about ten times as long, not a hundred times."""

    def seconds(repeats: int) -> float:
        begin = time.process_time()
        readers.read(path, piece * repeats)
        return time.process_time() - begin

    seconds(100)
    assert seconds(20_000) < 40 * max(seconds(2_000), 0.02)
