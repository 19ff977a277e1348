"""A word for a password in code that holds settings is a warning, as in configuration; in other code, where it describes what
stands there, it is none. Another weak password is a warning in both."""

from __future__ import annotations

import secrets

import pytest

from sealkit.model.severity import Severity
from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob

WEAK, OWN_WORD = "hunter" + "2", "my" + "password"
ROWS = ["DB_PASSWORD = '§'\n", "define('DB_PASSWORD', '§');\n", "'db_password' => '§',\n", 'x = { password: "§" }\n']


def levels(path: str, row: str, value: str = WEAK) -> list[Severity]:
    return [item.severity for item in scan_blob(path, row.replace("§", value).encode(), Context())]


@pytest.mark.parametrize(
    "path", ["settings.py", "wp-config.php", "local_settings.py", "database.php", "config.local.js", "db.go"]
)
@pytest.mark.parametrize("row", ROWS)
def test_settings(path: str, row: str) -> None:
    assert levels(path, row) == levels(path, row, OWN_WORD) == [Severity.WARNING]


@pytest.mark.parametrize(
    "path", ["main.py", "login.php", "test_config.py", "ConfigTest.groovy", "settings_test.go", "debug.js"]
)
@pytest.mark.parametrize("row", ROWS)
def test_other_code(path: str, row: str) -> None:
    assert levels(path, row) == [Severity.WARNING]
    assert levels(path, row, OWN_WORD) == []


@pytest.mark.parametrize(
    "row",
    [
        "DB_PASSWORD = §\n",
        "redis_auth = '§'\n",
        "password = 'CHANGE_ME'\n",
    ],
)
def test_what_settings_hold_besides(row: str) -> None:
    assert levels("settings.py", row) == []


MADE = "Zq4b7" + secrets.token_hex(12) + "9K"


@pytest.mark.parametrize(
    ("path", "row"),
    [
        ("client.py", 'connect("AccountKey=§")'), ("server_test.go", "    {nkey : §}"), ("conf_test.py", "updown_secret: §"),
        ("check.go", 'if updated.Password != "§" {'), ("check.py", "assert cfg['password'] == b'§'"),
    ],
)  # fmt: skip
def test_what_looks_made_at_random_shows_itself_in_texts_of_code(path: str, row: str) -> None:
    assert len(levels(path, row + "\n", MADE)) == 1


@pytest.mark.parametrize(
    "row",
    [
        "password = getNextPasswordOfUser(12345)", "token := tokenOf" + "TheAccountThatIsFirst1", "secret: x509" + "CertificateOfServer2",
        'connect("AccountKey=accountKeyOfTheTest")', 'parser.add_argument("-p", "--password", nargs="?", const="", type=str)',
        "x = \"'--password', '--remote', '--json' or '--skip.auth'\")",
    ],
)  # fmt: skip
def test_names_and_calls_of_code_are_none(row: str) -> None:
    assert levels("main.py", row + "\n") == []


def test_a_user_whose_name_is_the_password_is_an_example_in_code_and_documentation() -> None:
    url, pair = "postgres://postgres:§@localhost:5432/test", 'Credentials("gitops", "§")'
    for path, row in (("db.rs", f'"{url}"'), ("README.md", url), ("App.java", f"new {pair};")):
        assert levels(path, row + "\n", "gitops" if pair in row else "postgres") == []
        assert levels(path, row + "\n", "bonn" + "beach") == [Severity.WARNING]
    assert levels("app.env", f"URL={url}\n", "postgres") == [Severity.WARNING]
