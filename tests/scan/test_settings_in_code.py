"""A word for a password in code that holds settings is a warning, as in configuration; in other code, where it describes what
stands there, it is none. Another weak password is a warning in both."""

from __future__ import annotations

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
