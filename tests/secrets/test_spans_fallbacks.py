"""Literals that an expression falls back on: each is found, and no argument that only names something.

`¤` stands for a secret that is made while the test runs.
"""

from __future__ import annotations

import time

import pytest

from sealkit.secrets.places import Place
from sealkit.secrets.text.fallbacks import fallbacks, whole
from spellings import MARK, random_value, spans, values

SPELLINGS = [
    # shells, Compose, Spring
    r"${DB_PASSWORD:-¤}",
    r": ${DB_PASSWORD:=¤}",
    r"x --pw ${DB_PASSWORD-¤}",
    r"""PASS="${DB_PASSWORD:-'¤'}" """,
    r'PASS=${DB_PASSWORD:-"¤"}',
    r"PASSWORD=${1:-¤}",
    r'PASSWORD="${2:-¤}"',
    r'PASSWORD="${X:-${Y:-¤}}"',
    r"redis-server --requirepass ${X:-¤}",
    r"postgres://app:${X:-¤}@db/app",
    r"spring.datasource.password=${PG_PW:¤}",
    r"x=${db.password:¤}",
    # Helm and Go
    r'password: {{ .Values.x | default "¤" }}',
    r'password: "{{ default "¤" .Values.x }}"',
    r'x: {{ .Values.db.password | default "¤" | quote }}',
    r'{{- $password := "¤" }}',
    r'{{- $p := .Values.password | default "¤" -}}',
    r'password: {{ coalesce .a .b "¤" | quote }}',
    r'password: {{ or .Values.x "¤" }}',
    r'password: {{ ternary "¤" "" .Values.x }}',
    r'password: {{ "¤" | b64enc }}',
    r'password: {{ b64enc "¤" }}',
    r"password: {{ `¤` }}",
    r'password = "{{ keyOrDefault "db/x" "¤" }}"',
    r'{"password": "{{ default \"¤\" .x }}"}',
    # Jinja, GitHub, ERB
    r"password = {{ x | default('¤') }}",
    r"x: '{{ db_password | default(\"¤\", true) }}'",
    r"x: \"{{ db_password | d('¤') }}\"",
    r"password: \"{{ x or '¤' }}\"",
    r"password: \"{{ '¤' if x else y }}\"",
    r"password: \"{{ y if x else '¤' }}\"",
    r"{% set db_password = '¤' %}",
    r"x: \"{{ lookup('x', token='¤') }}\"",
    r"DB_PASSWORD: ${{ secrets.DB_PASSWORD || '¤' }}",
    r"password: <%= ENV['X'] || '¤' %>",
    r"password: <%= ENV.fetch('X', '¤') %>",
    r"password: <%= ENV.fetch('X') { '¤' } %>",
    # code
    r'const x = process.env.DB_PASSWORD || "¤";',
    r"  password: process.env.PG_PW ?? '¤',",
    r'val password = System.getenv("PG_PW") ?: "¤"',
    r'x = os.getenv("DB_PASSWORD") or "¤"',
    r'password = os.environ.get("PG_PW", "¤")',
    r'DB_PASSWORD = config("PG_PW", default="¤")',
    r'String password = System.getenv().getOrDefault("PG_PW", "¤");',
]


@pytest.mark.parametrize("row", SPELLINGS)
def test_a_literal_is_found_where_it_is_the_value(row: str) -> None:
    secret = random_value()
    assert values(row.replace(MARK, secret)) == [secret]


@pytest.mark.parametrize("row", SPELLINGS)
@pytest.mark.parametrize("stand_in", ["CHANGE_ME", "changeme", "<your password>", "/run/secrets/db"])
def test_the_place_of_a_value_is_none(row: str, stand_in: str) -> None:
    assert values(row.replace(MARK, stand_in)) == []


SILENT = [
    r'password: {{ required "¤" .Values.x }}',
    r'password: {{ include "¤" . }}',
    r'password: {{ index .Values "¤" }}',
    r'{{- if eq .Values.password "¤" }}',
    r"password: \"{{ lookup('vault', '¤') }}\"",
    r'password: {{ .x | default (index .y "¤") }}',
    r'image: {{ .Values.image | default "¤" }}',
    r"IMAGE=${TAG:-¤}",
    r"DB_PASSWORD=${X:?¤}",
    r"password: ${file:/opt/x.properties:¤}",
    r"password: ${ssm:/db/¤}",
    r"password: ${env:DB_PASSWORD}",
    r"${TOKEN:0:8}",
    r"if (password || '¤' in x)",
    r"const name = process.env.NAME || '¤';",
    r"password = hash('sha256', '¤')",
]


@pytest.mark.parametrize("row", SILENT)
def test_what_only_names_something_is_none(row: str) -> None:
    assert values(row.replace(MARK, random_value())) == []


def test_the_strongest_name_makes_the_place() -> None:
    secret = random_value()
    (span,) = spans(f'key: {{{{ .Values.db.password | default "{secret}" }}}}')
    assert (span.name, span.place) == ("password", Place.PASSWORD)
    (span,) = spans("postgres://app:${PW:-¤}@db/app".replace(MARK, secret))
    assert span.place is Place.URL


def test_an_expression_may_be_the_value_as_a_whole_or_a_part() -> None:
    assert whole(' "{{ x | default("y") }}" ') is not None
    assert whole("a-{{ x | default('y') }}") is None
    assert whole("{{ x }}") is None


def test_a_grammar_assigns_nothing() -> None:
    assert values("DB_PASSWORD ::= " + (secret := random_value())) == [secret]
    assert values("password ::= letters") == []


@pytest.mark.parametrize(
    "piece",
    ["{{", "${A:-", '{{ default "', "{{ or a ", "or a b c d ", 'get("a", ', 'x || "a', "<%= a || '", "a: ${B:-"],
)
def test_time_is_linear(piece: str) -> None:
    def seconds(times: int) -> float:
        start = time.process_time()
        list(fallbacks(piece * times))
        return time.process_time() - start

    assert seconds(8000) < 12 * seconds(2000) + 0.2
