"""Which names and values look like secrets; and that hostile text costs no time."""

from __future__ import annotations

import time

import pytest

from canary import Canary
from sealkit.secrets.names import is_secret_name
from sealkit.secrets.places import is_secret_value
from sealkit.secrets.spans import Shape, secret_spans, shape_of
from sealkit.secrets.value_forms import is_public_value, is_template_value

BEGIN, END = "-----BEGIN " + "PRIVATE KEY-----", "-----END " + "PRIVATE KEY-----"


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "DB_PASSWORD",
        "apiKey",
        "clientSecret",
        "SECRET_KEY",
        "client-key-data",
        "token",
        "PGPASSWORD",
        "rootPassword",
        "signingKey",
        "db_password_2",
        "private_key",
        "AWS_SECRET_ACCESS_KEY",
        "access-token",
        "APP_SECRET",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "secretName",
        "secretKeyRef",
        "existingSecret",
        "tokenPath",
        "PASSWORD_FILE",
        "maxTokens",
        "automountServiceAccountToken",
        "publicKey",
        "client-certificate-data",
        "monkey",
        "compass",
        "tokenExpirationSeconds",
        "auth-secret",
        "key",
        "name",
        "tokenUrl",
    ],
)
def test_names_that_tell_about_a_secret(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "value",
    [
        "", "$(DB_PASSWORD)", "${PW}", "CHANGE_ME", "changeme", "<your token>", "<sealed:db.password>", "true",
        "/run/secrets/db", "https://idp.example.org/token", "sha256:" + "0" * 64, "{{ .Values.password }}",
        "${{ secrets.TOKEN }}", "write",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    ],
)  # fmt: skip
def test_public_values(value: str) -> None:
    assert is_public_value(value)
    assert not is_secret_value("password", value)


def test_types_that_are_no_secrets() -> None:
    assert not is_secret_value("token", True)
    assert not is_secret_value("password", None)
    assert is_secret_value("password", 271828)


def test_shapes(canary: Canary) -> None:
    key = f"{BEGIN}\n{canary.secret()}\n{END}\n"
    assert shape_of(key) is Shape.PRIVATE_KEY
    assert shape_of("gh" + "p_" + "a1B2" * 9) is Shape.TOKEN
    assert shape_of("an ordinary sentence") is None
    assert not is_template_value(canary.secret())


def test_spans_are_the_secret_and_nothing_else(canary: Canary) -> None:
    pw = [canary.secret() for _ in range(9)]
    key = f"{BEGIN}\n{pw[8]}\n{END}"
    text = (
        f'[mail]\ntoken = "{pw[0]}"\npassword: {pw[1]}\ndsn=postgres://app:{pw[2]}@db/shop\n'
        f'{{"password": "{pw[3]}", "user": "x"}}\nmysql -uroot -p{pw[4]} db\n--password={pw[5]} --token-file=/x\n'
        f"Authorization: Bearer {pw[6]}\nPGPASSWORD={pw[7]} psql\n{key}\n"
        "pass = ${DB_PASS}\nredis://:${P}@h\npassword: <sealed:a.b>\ntoken: CHANGE_ME\nsecretName: db\n"
    )
    assert [text[s.start : s.end] for s in secret_spans(text)] == [*pw[:8], key]


@pytest.mark.parametrize(
    "piece",
    ["a", "a://b:", BEGIN, "mysql ", "--a-", "password=", "<sealed:", "authorization: ", 'x:"', "{{", "${", 'a=\\"', "eyJa.eyJ"],
)  # fmt: skip
def test_hostile_text_is_linear(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    start = time.perf_counter()
    secret_spans(text)
    is_public_value(text)
    is_secret_name(text)
    assert time.perf_counter() - start < 3
