"""Makefiles and shell scripts: the spellings in which they give a name its value, and values on the line below their name.

`¤` stands for a secret that is made while the test runs.
"""

from __future__ import annotations

import pytest

from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob
from spellings import MARK, random_value

MAKE = [
    "DB_PASSWORD=¤", "DB_PASSWORD = ¤", "DB_PASSWORD := ¤", "DB_PASSWORD ::= ¤", "DB_PASSWORD :::= ¤", "DB_PASSWORD ?= ¤",
    "DB_PASSWORD?=¤", "DB_PASSWORD += ¤", "export DB_PASSWORD=¤", "export DB_PASSWORD := ¤", "override DB_PASSWORD := ¤",
    "deploy: private DB_PASSWORD := ¤", "deploy: export DB_PASSWORD = ¤", "deploy: DB_PASSWORD=¤", "DB_PASSWORD := '¤' # x",
    "DB_PASSWORD := \\\n\t¤", "run:\n\t@PGPASSWORD=¤ psql -h x", "run:\n\t-MYSQL_PWD=¤ mysql x", "run: ; PGPASSWORD=¤ psql",
    "run: PGPASSWORD=¤ psql -h x", "run:\n\tcd x && DB_PASSWORD=¤ ./x", "run:\n\tdocker run -e DB_PASSWORD=¤ x",
    "run:\n\tdocker run \\\n\t  -e \"DB_PASSWORD=¤\" \\\n\t  x", "run:\n\tdocker run --env=DB_PASSWORD=¤ x", "run:\n\tdocker login -u x -p ¤ y",
    "X := $(shell PGPASSWORD=¤ psql)", "run:\n\thelm install x --set db.password=¤", "run:\n\tcurl -u admin:¤ http://x",
    "run:\n\tdocker build --build-arg NPM_TOKEN=¤ .", "define CONFIG\npassword: ¤\nendef",
]  # fmt: skip
SHELL = [
    "export DB_PASSWORD=¤", "declare -x DB_PASSWORD=¤", "declare -rx DB_PASSWORD='¤'", "typeset -x DB_PASSWORD=¤", "readonly DB_PASSWORD=¤",
    "f() {\n  local a=1 password=\"¤\"\n}", ': "${DB_PASSWORD:=¤}"', "PASSWORD=${1:-¤}", "declare -A x=([db_password]=¤ [y]=1)",
    "set -gx DB_PASSWORD ¤", "set --export DB_PASSWORD '¤'", "setx DB_PASSWORD ¤", '$env:DB_PASSWORD = "¤"', '$global:DbPassword = "¤"',
    "kubectl create secret generic a --from-literal=foo=¤", "kubectl create secret generic a --from-literal 'foo=¤'",
    "kubectl -n x create secret generic a \\\n  --from-literal=user=admin \\\n  --from-literal=foo='¤' \\\n  --dry-run=client",
    "docker login \\\n  -u x \\\n  -p ¤ \\\n  registry.example.org",
    "cat > .env <<EOF\nDB_PASSWORD=¤\nEOF", "cat > a.yaml <<EOF\ndb:\n  password: ¤\nEOF", "cat > x.ini <<'E'\n[db]\npassword = ¤\nE",
    "psql <<SQL\nCREATE USER x WITH PASSWORD '¤';\nSQL", "cat > ~/.netrc <<EOF\nmachine x login me " + "password ¤\nEOF",
    "cat > ~/.pgpass <<EOF\nlocalhost:5432:db:me:¤\nEOF", "echo ¤ | sudo -S ls", "echo '¤' | sudo -S -p '' apt-get update",
    "printf '%s' '¤' | docker login --password-stdin", "echo ¤ | gh auth login --with-token", 'echo "DB_PASSWORD=¤" >> .env', 'bash -c "mysql -uroot -p¤"', "X=`PGPASSWORD=¤ psql`",
]  # fmt: skip
BELOW = {
    "a.js": ["const dbPassword =\n  '¤';", "x = {\n  password:\n    '¤',\n};"],
    "a.py": ["db_password = (\n    '¤'\n)", "db_password = \\\n    '¤'", 'db_password = (\n    f"¤"\n)'],
    "a.go": ['dbPassword :=\n\t"¤"'],
    "a.cs": ['private const string Password =\n    "¤";'],
}


def lines(path: str, text: str) -> list[int]:
    return [item.line for item in scan_blob(path, f"{text}\n".encode(), Context())]


CASES = (
    [(path, text) for text in MAKE for path in ("Makefile", "GNUmakefile", "x.mk")]
    + [("x.sh", text) for text in SHELL]
    + [(path, text) for path, texts in BELOW.items() for text in texts]
)


@pytest.mark.parametrize(("path", "text"), CASES)
def test_a_value_is_found_on_its_line(path: str, text: str) -> None:
    at = next(at for at, row in enumerate(text.splitlines(), 1) if MARK in row)
    assert lines(path, text.replace(MARK, random_value())) == [at]


@pytest.mark.parametrize(("path", "text"), CASES)
@pytest.mark.parametrize("stand_in", ["CHANGE_ME", "$(cat x)", "${X}", "/run/secrets/db"])
def test_a_place_of_a_value_is_none(path: str, text: str, stand_in: str) -> None:
    assert lines(path, text.replace(MARK, stand_in)) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.js", "const password =\n  load('¤');"),
        ("a.js", "password =\n'¤' + x;"),
        ("a.py", "password = (\n    x,\n    '¤',\n)"),
        ("a.sh", "PASSWORD=\n¤ --help"),
        ("a.sh", "PASSWORD=\nNAME='¤'"),
        ("a.sh", "echo ¤ | sudo tee x"),
        ("a.sh", "kubectl create configmap a \\\n  --from-literal=foo=¤"),
        ("a.sh", "kubectl create secret generic a --from-literal=username=¤ --from-file=foo=¤"),
        ("a.mk", "password:\n\t¤"),
        ("a.sh", "cat > x <<EOF\nlocalhost:5432:db:me:¤\nEOF"),
    ],
)
def test_what_follows_is_not_the_value(path: str, text: str) -> None:
    assert lines(path, text.replace(MARK, random_value())) == []
