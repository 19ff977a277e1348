"""What the kind of a file, and the structure around a value, make of a value."""

from __future__ import annotations

import secrets
import string

import pytest

from sealkit.model.severity import Severity
from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob
from sealkit.scan.file_kinds import Kind, is_fixture, is_test, kind_of
from spellings import random_value

TYPED = "Tr1cky" + "/pa&ss~"
"""Random by its look, as people type it into a test."""


def levels(path: str, text: str) -> list[Severity | None]:
    return [item.severity for item in scan_blob(path, text.encode(), Context())]


@pytest.mark.parametrize(
    ("path", "test"),
    [
        ("src/test/java/A.java", True), ("pkg/a_test.go", True), ("tests/test_a.py", True), ("spec/a_spec.rb", True),
        ("web/a.spec.ts", True), ("src/MailTest.groovy", True), ("e2e/run.js", True), ("src/main/java/A.java", False),
        ("pkg/latest.go", False), ("src/contest.py", False), ("src/Attestation.java", False), ("test.py", False),
    ],
)  # fmt: skip
def test_source_code_of_tests_is_known_by_folder_or_name(path: str, test: bool) -> None:
    assert is_test(path) is test


def test_what_was_typed_for_a_test_is_a_warning() -> None:
    row = f"config.mailPassword = '{TYPED}'\n"
    assert levels("src/main/groovy/Mail.groovy", row) == [Severity.ERROR]
    assert levels("src/test/groovy/MailTest.groovy", row) == [Severity.WARNING]


def test_a_key_in_a_test_stays_an_error() -> None:
    row = f"config.clientSecret = '{random_value(32)}'\n"
    assert levels("src/test/groovy/MailTest.groovy", row) == [Severity.ERROR]


@pytest.mark.parametrize(
    ("path", "fixture"),
    [
        ("tests/integration/targets/x/vars/main.yml", True), ("spec/fixtures/a.yml", True), ("src/test/resources/a.yaml", True),
        ("roles/db/molecule/default/a.yml", True), ("pkg/testdata/a.json", True), ("test/integration/a.ini", True),
        ("clusters/test/secret.yaml", False), ("overlays/testing/a.env", False), ("test/app/values.yaml", False),
        ("charts/app/values-test.yaml", False), ("apps/latest/a.yaml", False), ("environments/integration/a.yaml", False),
    ],
)  # fmt: skip
def test_what_tests_work_with_is_known_by_its_folder(path: str, fixture: bool) -> None:
    assert is_fixture(path) is fixture


@pytest.mark.parametrize(
    "text",
    [
        "db_password: {v}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData: {{conf: {v}}}\n",
        "dsn: amqp://app:{v}@mq.example.net/x\n",
    ],
)
def test_what_was_chosen_for_a_fixture_is_a_warning_and_what_is_random_is_an_error(text: str) -> None:
    chosen, random = text.format(v="Summer" + "2041!"), text.format(v=random_value(24))
    assert levels("clusters/test/a.yaml", chosen) == [Severity.ERROR]
    assert levels("tests/vars/a.yaml", chosen) == [Severity.WARNING]
    assert levels("tests/vars/a.yaml", random) == [Severity.ERROR]


def test_the_name_of_an_account_is_no_password_in_a_test() -> None:
    row = "config.mailPassword = '{}'\n"
    assert levels("src/test/groovy/MailTest.groovy", row.format("admin")) == []
    assert levels("src/test/groovy/MailTest.groovy", row.format("bonn" + "beach")) == [Severity.WARNING]
    assert levels("src/main/groovy/Mail.groovy", row.format("admin")) == [Severity.WARNING]


def test_the_hash_in_a_test_is_nothing() -> None:
    row = f'assert check("x", "$6${random_value(16)}${random_value(43) + random_value(43)}")\n'
    assert levels("app/check.py", row) == [Severity.WARNING]
    assert levels("tests/test_check.py", row) == []


def test_code_and_documentation_keep_their_kind_whatever_they_are_called() -> None:
    assert kind_of("pkg/credentials_test.go", "") is Kind.CODE
    assert kind_of("credentials.md", "") is Kind.PROSE
    assert kind_of("post.markdown", "") is Kind.PROSE
    assert kind_of(".aws/credentials", "") is Kind.CONFIG


def test_the_properties_of_a_template_hold_values_and_those_of_a_schema_describe_them() -> None:
    found = '{"Resources": {"user": {"Properties": {"LoginProfile": {"Password": "¤"}}}}}'
    assert levels("stack.template", found.replace("¤", random_value())) == [Severity.ERROR]
    azure = 'properties:\n  administratorLogin: root\n  administratorLoginPassword: "¤"\n'
    assert levels("main.yaml", azure.replace("¤", random_value())) == [Severity.ERROR]
    schema = "properties:\n  password:\n    type: string\n    default: ¤\n  token: {$ref: x}\n"
    assert levels("schema.yaml", schema.replace("¤", random_value())) == []


@pytest.mark.parametrize(
    ("path", "row"),
    [
        ("run.sh", 'export TOKEN="¤"'), ("config.php", "$config['session_key'] = '¤';"), ("run.sh", 'clave_secreta="¤"'),
        ("variables.tf", 'variable "db_token" {\n  default = "¤"\n}'), ("state.json", '{"smtp_password_v4": "¤"}'),
        ("pod.yaml", "command: [curl, -u, 'me:¤', http://x]"), ("pod.yaml", "args:\n  - --requirepass\n  - ¤\n"),
        ("verify.go", 'user, err := parse(ProxyAuthorizationHeader, "Basic ¤")'),
    ],
)  # fmt: skip
def test_names_that_only_their_surroundings_make_clear_are_seen(path: str, row: str) -> None:
    assert levels(path, row.replace("¤", random_value(24)) + "\n") == [Severity.ERROR]


def test_what_follows_an_option_in_a_list_is_a_value_only_within_it() -> None:
    assert levels("pod.yaml", f"command: [redis-server, --requirepass, {random_value()}, --port, '1']\n") == [
        Severity.ERROR
    ]
    assert levels("pod.yaml", f"command: [serve, --requirepass]\nimage: {random_value()}\n") == []


def test_an_installed_package_was_published_with_what_it_holds() -> None:
    token = "gh" + "p_" + "".join(secrets.choice(string.ascii_letters) for _ in range(36))
    text = f"db_password = '{secrets.token_urlsafe(18)}'\nx = '{token}'\n".encode()
    for folder in ("env/lib/python3.12/site-packages/a", "web/node_modules/a"):
        found = scan_blob(f"{folder}/settings.py", text, Context())
        assert [(item.rule, item.severity) for item in found] == [("SK310", Severity.WARNING)]
    assert len(scan_blob("app/settings.py", text, Context())) == 2
