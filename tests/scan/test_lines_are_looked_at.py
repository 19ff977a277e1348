"""Spellings that the reader of texts knows reach it: the search for places that are worth a look sees each of them.

`¤` stands for a secret that is made while the test runs.
"""

from __future__ import annotations

import pytest

from sealkit.model.severity import Severity
from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob
from spellings import random_value

ROWS = [
    ("Db.java", 'DriverManager.getConnection(url, "root", "¤");'),
    ("Auth.java", 'new UsernamePasswordAuthenticationToken("user", "¤")'),
    ("db.php", "$dbh = new PDO('mysql:host=x;dbname=y', 'user', '¤');"),
    ("db.php", 'mysqli_connect("localhost", "root", "¤");'),
    ("client.go", 'req.SetBasicAuth("user", "¤")'),
    ("client.py", "HTTPBasicAuth('user', '¤')"),
    ("client.rb", "http.basic_auth 'user', '¤'"),
    ("run.sh", "echo 'root:¤' | chpasswd"),
    ("run.sh", "http -a user:¤ https://x.example.net"),
    ("run.bat", "net user bob ¤ /add"),
    ("run.sh", "zip -P ¤ a.zip b"),
    ("beans.xml", '<property name="password" value="¤"/>'),
    ("beans.xml", '<env name="DB_PASSWORD" value="¤"/>'),
    ("sssd.conf", "bindpw ¤"),
    ("notes.txt", "* Password: **¤**"),
    ("notes.txt", "Log in as `admin` with the password `¤`."),
    ("notes.txt", "The default password is `¤`."),
]


@pytest.mark.parametrize(("path", "row"), ROWS)
def test_a_spelling_is_found_in_a_file_that_holds_nothing_else(path: str, row: str) -> None:
    value = random_value(24)
    found = scan_blob(path, row.replace("¤", value).encode() + b"\n", Context())
    assert [item.severity for item in found] == [Severity.ERROR]


@pytest.mark.parametrize(
    "row",
    [
        "* Password: **required**",
        "Log in with the password `bonnbeach`.",
        "The password is `${DB_PASSWORD}` there, or `--password`.",
        "the password is `required`",
        "login('admin', callback)",
        "mysqli_connect($host, $user, $password);",
        '<property name="password" value="${db.password}"/>',
        "http -a $USER https://x.example.net",
    ],
)
def test_what_only_looks_like_one_is_silent(row: str) -> None:
    assert scan_blob("notes.txt", row.encode() + b"\n", Context()) == []
