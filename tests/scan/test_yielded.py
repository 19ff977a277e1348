"""A value that is one expression with a literal is judged as the literal: by its key, its parents and the schema around it.

`¤` stands for a secret that is made while the test runs.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob
from sealkit.scan.yielded import shown
from spellings import MARK, random_value

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n"

FOUND = {
    "helm": ("SK203", "t.yaml", 'password: {{ .Values.x | default "¤" | quote }}\n'),
    "helm in quotes": ("SK203", "t.yaml", 'password: "{{ default "¤" .Values.x }}"\n'),
    "any key of a Secret": ("SK201", "t.yaml", SECRET + 'data:\n  foo: {{ .Values.x | default "¤" | b64enc }}\n'),
    "a literal in a Secret": ("SK201", "t.yaml", SECRET + 'data:\n  foo: {{ "¤" | b64enc }}\n'),
    "a function of a literal": ("SK201", "t.yaml", SECRET + 'data:\n  foo: "{{ b64enc "¤" }}"\n'),
    "under a condition": ("SK201", "t.yaml", "{{- if .x }}\n" + SECRET + 'stringData:\n  foo: {{ coalesce .a "¤" }}\n{{- end }}\n'),
    "env": ("SK202", "t.yaml", 'env:\n- name: DB_PASSWORD\n  value: {{ .Values.x | default "¤" | quote }}\n'),
    "the variable says it": ("SK203", "t.yaml", 'foo: {{ .Values.db.password | default "¤" }}\n'),
    "an assignment": ("SK203", "t.yaml", '{{- $password := "¤" }}\nfoo: {{ $password }}\n'),
    "a named template": ("SK203", "_helpers.tpl", '{{- define "x.password" -}}\n{{- .Values.password | default "¤" -}}\n{{- end }}\n'),
    "in a block": ("SK203", "t.yaml", 'config: |\n  db:\n    password: {{ .Values.x | default "¤" }}\n'),
    "compose": ("SK202", "compose.yaml", "services:\n  db:\n    environment:\n      DB_PASSWORD: ${X:-¤}\n"),
    "compose in quotes": ("SK202", "compose.yaml", 'services:\n  db:\n    environment:\n      DB_PASSWORD: "${X:-¤}"\n'),
    "compose list": ("SK202", "compose.yaml", "services:\n  db:\n    environment:\n      - DB_PASSWORD=${X:-¤}\n"),
    "compose command": ("SK203", "compose.yaml", "services:\n  db:\n    command: redis-server --requirepass ${X:-¤}\n"),
    "jinja": ("SK203", "t.yaml.j2", "password: {{ x | default('¤') }}\n"),
    "jinja in quotes": ("SK203", "t.yaml", "password: \"{{ x | default('¤') }}\"\n"),
    "jinja in json": ("SK203", "a.json.j2", "{\"password\": \"{{ x | default('¤') }}\"}\n"),
    "github": ("SK202", "w.yml", "env:\n  DB_PASSWORD: ${{ secrets.X || '¤' }}\n"),
    "spring": ("SK203", "application.yml", "spring:\n  datasource:\n    password: ${PG_PW:¤}\n"),
    "properties": ("SK210", "application.properties", "spring.datasource.password=${PG_PW:¤}\n"),
    "dotenv": ("SK210", ".env", 'DB_PASSWORD="${X:-¤}"\n'),
    "dotenv, the variable says it": ("SK210", ".env", "FOO=${DB_PASSWORD:-¤}\n"),
    "dotenv template": ("SK210", ".env.j2", "DB_PASSWORD={{ x | default('¤') }}\n"),
    "dockerfile": ("SK210", "Dockerfile", "FROM a\nENV DB_PASSWORD=${X:-¤}\n"),
    "configuration": ("SK210", "app.conf.j2", "password = {{ x | default('¤') }}\n"),
}  # fmt: skip


def rules(path: str, text: str) -> list[tuple[str, int]]:
    return [(item.rule, item.line) for item in scan_blob(path, text.encode(), Context())]


@pytest.mark.parametrize("name", FOUND)
def test_the_literal_of_an_expression_is_judged_where_it_stands(name: str) -> None:
    rule, path, text = FOUND[name]
    line = next(at for at, row in enumerate(text.splitlines(), 1) if MARK in row)
    assert rules(path, text.replace(MARK, random_value())) == [(rule, line)]


@pytest.mark.parametrize("name", FOUND)
@pytest.mark.parametrize("stand_in", ["CHANGE_ME", "<your password>", "/run/secrets/db"])
def test_a_placeholder_in_an_expression_is_none(name: str, stand_in: str) -> None:
    _, path, text = FOUND[name]
    assert rules(path, text.replace(MARK, stand_in)) == []


@pytest.mark.parametrize(
    "text",
    [
        'password: {{ required "¤" .Values.x }}\n',
        'password: {{ include "¤" . | quote }}\n',
        "image: ${IMAGE:-¤}\n",
        SECRET + 'data:\n  foo: {{ .Values.x | default "" | b64enc }}\n',
        SECRET + 'data:\n  foo: {{ include "¤" . | b64enc }}\n',
        'kind: ExternalSecret\nspec:\n  target:\n    name: {{ .Values.x | default "¤" }}\n',
        "DB_PASSWORD_FILE: ${X:-/run/secrets/db}\n",
    ],
)
def test_an_argument_that_names_something_is_none(text: str) -> None:
    assert rules("t.yaml", text.replace(MARK, random_value())) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a: {{ .x | default "b" }} # c\n', 'a: "b" # c\n'),
        ("a: ${X:-b}\r\n", 'a: "b" \r\n'),
        ("a: \"{{ x | d('b') }}\"\n", 'a: "b" \n'),
        ("a: {{ x | d('b \"c\"') }}\n", "a: 'b \"c\"' \n"),
        ('{"a":"${X:-b}","c":1}', '{"a":"b" ,"c":1}'),
        ("- ${X:-b}\n", '- "b" \n'),
        ("a: x-${X:-b}\n", None),
        ("a: ${X:-b}/c\n", None),
        ("a: {{ x }}\n", None),
        ("# ${X:-b}\n", None),
    ],
)  # fmt: skip
def test_shown(text: str, expected: str | None) -> None:
    assert re.sub(" +", " ", shown(text)) == (expected or text)


@given(st.text(alphabet="a:-\"'{}|$% \n\\[]defaultX", max_size=80))
def test_the_text_keeps_its_length_and_lines(text: str) -> None:
    body = shown(text)
    assert len(body) == len(text)
    assert [at for at, sign in enumerate(body) if sign == "\n"] == [at for at, sign in enumerate(text) if sign == "\n"]
