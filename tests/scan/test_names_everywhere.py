"""Names of secrets in other words and other orders: what the prefilter looks at, the judge takes for one, and what stays silent.

`¤` stands for a secret that is made while the test runs.
"""

from __future__ import annotations

import base64
import secrets
import uuid

import pytest

from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob
from sealkit.secrets.names import NameGrade, grade_name
from spellings import MARK, random_value


def severities(path: str, text: str) -> list[str]:
    return [str(item.severity) for item in scan_blob(path, text.encode(), Context())]


@pytest.mark.parametrize(
    "line",
    [
        'contrasena_postmaster: "¤"', "SENHA_BD: ¤", "claveApi: ¤", "ChaveApi: ¤", "clave_firma: ¤", "wifi_clave: ¤", "clave: ¤",
        "segredoSessao: ¤", "jeton_acces: ¤", "phrase_secrete: ¤", "frase-secreta: ¤", "mot-de-passe-bd: ¤", "cle_api: ¤",
        "user_key: ¤", "snmp_community: ¤", "PLEX_CLAIM: claim-¤¤", "salt: ¤", "SAL: ¤", "credentialSecret: ¤", "codigo_alarma: ¤",
        "token_acceso: ¤", "clave_privada: ¤", "RADARR_API: ¤¤",
    ],
)  # fmt: skip
def test_a_name_in_another_order_is_found(line: str) -> None:
    text = line.replace(MARK + MARK, random_value(24)).replace(MARK, random_value())
    assert severities("config.yaml", f"a: 1\n{text}\nb: 2\n") == ["error"], text
    name, _, value = text.partition(": ")
    assert severities(".env", f"{name.replace('-', '_')}={value}\n") == ["error"], text


@pytest.mark.parametrize("name", ["RADARR_API", "routing_key", "appid", "TWILIO_AUTH"])
def test_hex_under_these_names_is_found(name: str) -> None:
    assert severities("config.yaml", f"{name}: {secrets.token_hex(16)}\n") == ["error"]


def test_keys_in_base64_under_these_names_are_found() -> None:
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    assert severities("server.hcl", f'encrypt = "{key}"\n') == ["error"]
    assert severities("vars.auto.tfvars", f'wg_privada = "{key}"\nwg_publica = "{key}"\n') == ["error"]


def test_codes_of_digits_are_warnings() -> None:
    code = "".join(map(str, secrets.SystemRandom().sample(range(10), 6)))
    assert severities("secrets.yaml", f'alarm_code: "{code}"\n') == ["warning"]
    assert severities("secrets.yaml", f'country_code: "{code}"\npin: {code}\n') == []


def test_the_secret_id_of_an_app_role_is_a_warning() -> None:
    assert severities("a.yaml", f"secret_id: {uuid.uuid4()}\n") == ["warning"]
    assert severities("a.yaml", "secret_id: my-secret\n") == []


@pytest.mark.parametrize(
    "line",
    [
        "clave_publica_dkim: ¤", "siteKey: ¤", "publishableKey: ¤", "level-seed: ¤", "contrasena_archivo: ¤", "clave_primaria: ¤",
        "GPG_KEY: ¤", "clear_api: v1", "rest_api: true", "encrypt: true", "senhaMinima: 8", "community: public", "private_key_id: ¤",
        "PUSHER_APP_KEY: ¤",
    ],
)  # fmt: skip
def test_names_of_what_everyone_may_read(line: str) -> None:
    assert severities("config.yaml", line.replace(MARK, random_value()) + "\n") == []


@pytest.mark.parametrize(
    ("name", "grade"),
    [
        ("contrasena_postmaster", NameGrade.PASSWORD), ("senhaAdmin", NameGrade.PASSWORD), ("phrase_secrete", NameGrade.PASSWORD),
        ("claveApi", NameGrade.SECRET), ("wifi_clave", NameGrade.SECRET), ("cle_privee", NameGrade.SECRET),
        ("jeton_acces", NameGrade.WEAK), ("clave_foranea", NameGrade.NONE), ("chavePublica", NameGrade.NONE),
        ("senha_arquivo", NameGrade.NONE), ("alarm_code", NameGrade.PASSWORD), ("country_code", NameGrade.NONE),
    ],
)  # fmt: skip
def test_grades(name: str, grade: NameGrade) -> None:
    assert grade_name(name) is grade
