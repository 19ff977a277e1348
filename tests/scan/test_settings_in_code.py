"""A weak password in code that holds settings is a warning, as in configuration; in other code, which is full of tests, it is none."""

from __future__ import annotations

import pytest

from sealkit.model.severity import Severity
from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob

WEAK = "hunter" + "2"
ROWS = ["DB_PASSWORD = '§'\n", "define('DB_PASSWORD', '§');\n", "'db_password' => '§',\n", 'x = { password: "§" }\n']


def levels(path: str, row: str) -> list[Severity]:
    return [item.severity for item in scan_blob(path, row.replace("§", WEAK).encode(), Context())]


@pytest.mark.parametrize(
    "path", ["settings.py", "wp-config.php", "local_settings.py", "database.php", "config.local.js", "db.go"]
)
@pytest.mark.parametrize("row", ROWS)
def test_settings(path: str, row: str) -> None:
    assert levels(path, row) == [Severity.WARNING]


@pytest.mark.parametrize(
    "path", ["main.py", "login.php", "test_config.py", "ConfigTest.groovy", "settings_test.go", "debug.js"]
)
@pytest.mark.parametrize("row", ROWS)
def test_other_code(path: str, row: str) -> None:
    assert levels(path, row) == []


@pytest.mark.parametrize(
    "row",
    [
        "DB_PASSWORD = §\n",
        "# DB_PASSWORD = '§'\n",
        "api_key = '§'\n",
        "option('--db-password', '§')\n",
        "password = 'CHANGE_ME'\n",
    ],
)
def test_what_settings_hold_besides(row: str) -> None:
    assert levels("settings.py", row) == []
