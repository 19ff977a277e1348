"""Weak values by their place, and values whose form shows that they are none or that they cannot be told from a secret."""

from __future__ import annotations

import base64
import binascii
import secrets
import uuid

import pytest

from sealkit.model.severity import Severity
from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob
from sealkit.secrets.nkeys import is_public_nkey
from sealkit.secrets.spans import Shape, shape_of
from sealkit.secrets.values import Value, grade_value
from spellings import values

COMMON, NAME = "trust" + "no1", "forgejo"
_SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  §\n"


def levels(path: str, text: str) -> list[Severity | None]:
    return [item.severity for item in scan_blob(path, text.encode(), Context())]


def nkey(role: int) -> str:
    """A key of NATS: the byte of a role, 32 bytes, a checksum."""
    raw = bytes([role]) + secrets.token_bytes(32)
    return base64.b32encode(raw + binascii.crc_hqx(raw, 0).to_bytes(2, "little")).decode()


@pytest.mark.parametrize("name", ["client_secret", "access_token", "apiKey", "ENCRYPTION_KEY"])
def test_a_common_password_is_one_under_the_name_of_any_secret_and_the_name_of_a_thing_is_not(name: str) -> None:
    assert levels("a.yaml", f"{name}: {COMMON}\n") == [Severity.WARNING]
    assert levels("a.yaml", f"{name}: {NAME}\n") == []


def test_a_chosen_token_is_seen_where_tokens_log_in() -> None:
    chosen = "Walnut" + f"_ember{secrets.randbelow(9000) + 1000}."
    assert levels("a.yaml", f"authToken: {chosen}\n") == [Severity.ERROR]
    assert levels("a.yaml", f"pageToken: {chosen}\n") == []


def test_a_public_nkey_is_public_and_one_that_is_damaged_may_be_a_secret() -> None:
    for role in (0, 2, 13, 14, 20, 23):
        public = nkey(role << 3)
        assert is_public_nkey(public)
        assert levels("nats.yaml", f"nkey: {public}\n") == []
    public = nkey(20 << 3)
    damaged = public[:30] + ("A" if public[30] != "A" else "B") + public[31:]
    assert not is_public_nkey(damaged)
    assert not is_public_nkey("U" + "1" * 55)
    assert not is_public_nkey("U" + "\u00c4" * 55)  # letters, and no base32
    assert levels("nats.yaml", f"nkey: {damaged}\n") == [Severity.ERROR]


def test_an_identifier_beside_the_secrets_is_none() -> None:
    assert levels("s.yaml", _SECRET.replace("§", f"tunnel_id: {uuid.uuid4()}")) == []
    assert levels("s.yaml", _SECRET.replace("§", f"tunnel_token: {uuid.uuid4()}")) == [Severity.ERROR]


def test_a_published_example_is_no_token_in_base64_either() -> None:
    example = "AKIA" + "IOSFODNN7" + "EXAMPLE"
    real = "AKIA" + "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWYZ234567") for _ in range(16))
    assert shape_of(base64.b64encode((example + "." * 4).encode()).decode()) is None
    assert shape_of(base64.b64encode((real + " " * 4).encode()).decode()) is Shape.TOKEN


def test_the_value_of_a_basic_header_is_read_wherever_it_is_passed() -> None:
    password = secrets.token_hex(6) + "Zq"
    basic = base64.b64encode(f"jane:{password}".encode()).decode()
    assert values(f'verify(ProxyAuthorization, []byte("Basic {basic}"), url)') == [basic]
    no_login = base64.b64encode(b"a text without a sign").decode()
    assert values(f'verify(ProxyAuthorization, []byte("Basic {no_login}"), url)') == []


def test_a_setting_that_only_a_program_has_is_read_with_any_word() -> None:
    assert levels("redis.conf", "requirepass " + "dragon\n") == [Severity.WARNING]
    assert levels("notes.txt", "password reset\n") == []


def test_a_signature_of_full_length_makes_a_token() -> None:
    head = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1In0."
    assert grade_value(head + "signature") is Value.TEMPLATE
    assert grade_value(head + secrets.token_urlsafe(43)) is not Value.TEMPLATE
