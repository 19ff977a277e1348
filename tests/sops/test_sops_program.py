"""Cloud key services through the real `sops`, with a service that implements the transit API of Vault."""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from transit import TOKEN, Transit, serving

from sealkit.errors import Exit, NoIdentityError, RefusedError, SealkitError
from sealkit.sealed.metadata import Recipient, Wrapped
from sealkit.sops import sops_program


@pytest.fixture
def vault(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Transit]:
    """The service, which the user's configuration allows."""
    monkeypatch.setenv("VAULT_TOKEN", TOKEN)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving() as service:
        monkeypatch.setenv("SEALKIT_KEY_HOSTS", f"other.example.org, {service.address}")
        yield service


def key_of(service: Transit, name: str = "shop") -> Recipient:
    return Recipient("hc_vault", service.address, (("engine_path", "transit"), ("key_name", name)))


@pytest.mark.slow
@pytest.mark.parametrize("size", [32, 33])
def test_a_data_key_or_share_goes_there_and_comes_back(vault: Transit, size: int) -> None:
    secret = os.urandom(size)
    wrapped = sops_program.wrap([key_of(vault), key_of(vault, "spare")], secret, "a.yaml", os.environ)
    assert [entry.recipient for entry in wrapped] == [key_of(vault), key_of(vault, "spare")]
    assert all(
        entry.created_at.endswith("Z") and base64.b64encode(secret).decode() not in entry.enc for entry in wrapped
    )
    assert sops_program.unwrap(wrapped, "a.yaml", os.environ) == secret
    paths = [path for path, _ in vault.seen]
    assert paths[:2] == ["/v1/transit/encrypt/shop", "/v1/transit/encrypt/spare"]
    assert paths[2] == "/v1/transit/decrypt/shop"
    assert {token for _, token in vault.seen} == {TOKEN}


def test_the_key_is_on_no_disk_meanwhile(vault: Transit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, folder, looked = os.urandom(32), tmp_path / "temporary", []
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    spelled = {secret, secret.hex().encode(), base64.b64encode(secret)}

    def look() -> None:
        files = [path for path in folder.rglob("*") if path.is_file()]
        looked.append(len(files))
        for path in files:
            data = path.read_bytes()
            assert b"AGE-SECRET-KEY" not in data
            assert not any(form in data for form in spelled)

    vault.look = look
    sops_program.unwrap(sops_program.wrap([key_of(vault)], secret, "a.yaml", os.environ), "a.yaml", os.environ)
    assert looked == [2, 2]
    assert list(folder.iterdir()) == []


def test_a_file_does_not_choose_where_a_token_goes(vault: Transit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEALKIT_KEY_HOSTS", "vault.example.org")
    entry = Wrapped(key_of(vault), "vault:v1:x", "2026-01-01T00:00:00Z")
    for ask in (
        lambda: sops_program.unwrap([entry], "a.yaml", os.environ),
        lambda: sops_program.wrap([entry.recipient], b"x" * 32, "a.yaml", os.environ),
    ):
        with pytest.raises(RefusedError, match=r"a\.yaml: names the key service 127\.0\.0\.1") as caught:
            ask()
        assert caught.value.exit_code is Exit.NO
        assert "export SEALKIT_KEY_HOSTS=127.0.0.1:" in (caught.value.hint or "")
    assert vault.seen == []


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ("SOPS_HC_VAULT_ALLOWLIST", "https://vault.example.org", True),
        ("SOPS_HC_VAULT_ALLOWLIST", "https://a.example.org, https://vault.example.org:8200/", False),
        ("SOPS_HC_VAULT_ALLOWLIST", "all", True),
        ("SOPS_HC_VAULT_ALLOWLIST", "none", False),
        ("SOPS_HC_VAULT_ALLOWLIST", "", False),
        ("SEALKIT_KEY_HOSTS", "vault.example.org", True),
        ("SEALKIT_KEY_HOSTS", "all", False),
        ("SEALKIT_KEY_HOSTS", "example.org", False),
        ("SEALKIT_KEY_HOSTS", "vault.example.org:8200", False),
        ("SEALKIT_KEY_HOSTS", "http://vault.example.org", False),
    ],
)
def test_what_the_allow_list_covers(home: Path, tmp_path: Path, variable: str, value: str, *, allowed: bool) -> None:
    """With no sops on the PATH, a recipient that passes the check fails at the missing program."""
    recipient = Recipient("hc_vault", "https://vault.example.org", (("engine_path", "transit"), ("key_name", "k")))
    environ = {"PATH": str(tmp_path), variable: value}
    with pytest.raises(SealkitError, match="not on your PATH" if allowed else "names the key service") as caught:
        sops_program.wrap([recipient], b"x" * 32, "a.yaml", environ)
    assert caught.value.exit_code is (Exit.FAILED if allowed else Exit.NO)
    assert caught.value.hint


def vault_key(address: str = "https://vault.example.org", engine: str = "transit", name: str = "k") -> Recipient:
    return Recipient("hc_vault", address, (("engine_path", engine), ("key_name", name)))


CROOKED = [
    Recipient("kms", "arn:aws:kms:evil.example.org/#:123456789012:key/x"),
    Recipient("kms", "arn:aws:kms:us-east-1.evil.org:123456789012:key/x"),
    Recipient("gcp_kms", "https://evil.example.org/"),
    Recipient("hckms", "evil.example.org/x:0a0b0c0d-0000"),
    Recipient("azure_kv", "https://me@evil.example.org", (("name", "k"),)),
    Recipient("azure_kv", "http://vault.example.org", (("name", "k"),)),
    Recipient("azure_kv", "https://vault.example.org", (("name", "../secrets/k"),)),
    vault_key("https://vault.example.org@evil.example.org"),
    vault_key("https://vault.example.org\\@evil.example.org"),
    vault_key("https://vault.example.org/../x"),
    vault_key(engine="../sys"),
    vault_key(engine="transit/../../sys"),
    vault_key(name=".."),
    vault_key(name="k?x=y"),
    vault_key(name="%2e%2e/k"),
]


@pytest.mark.parametrize("recipient", CROOKED, ids=str)
def test_a_malformed_recipient_is_refused_whatever_is_allowed(home: Path, recipient: Recipient) -> None:
    environ = {
        **os.environ,
        "SOPS_HC_VAULT_ALLOWLIST": "all",
        "SEALKIT_KEY_HOSTS": "vault.example.org,evil.example.org",
    }
    with pytest.raises(RefusedError, match="not a key of"):
        sops_program.unwrap([Wrapped(recipient, "x")], "a.yaml", environ)


def test_well_formed_recipients_pass(home: Path, tmp_path: Path) -> None:
    straight = [
        Recipient(
            "kms", "arn:aws-us-gov:kms:us-gov-west-1:123456789012:alias/shop", (("context", "app:shop,env:prod"),)
        ),
        Recipient("gcp_kms", "projects/example.org:shop/locations/europe-west3/keyRings/r/cryptoKeys/k"),
        Recipient("hckms", "ap-southeast-1:0a0b0c0d-0000-1111-2222-333344445555"),
        Recipient("azure_kv", "https://shop.vault.azure.net", (("name", "k"), ("version", "0a0b"))),
        vault_key(engine="team/transit"),
    ]
    hosts = "shop.vault.azure.net,vault.example.org,kms.ap-southeast-1.myhuaweicloud.com"
    for recipient in straight:
        with pytest.raises(SealkitError, match="not on your PATH"):
            sops_program.unwrap(
                [Wrapped(recipient, "x")], "a.yaml", {"PATH": str(tmp_path), "SEALKIT_KEY_HOSTS": hosts}
            )


def test_a_service_that_does_not_answer(home: Path) -> None:
    entry = Wrapped(vault_key("http://127.0.0.1:1"), "vault:v1:x", "2026-01-01T00:00:00Z")
    environ = {**os.environ, "SEALKIT_KEY_HOSTS": "http://127.0.0.1:1", "VAULT_MAX_RETRIES": "0", "VAULT_TOKEN": TOKEN}
    with pytest.raises(NoIdentityError, match=r"a\.yaml: its key service did not unwrap") as caught:
        sops_program.unwrap([entry], "a.yaml", environ)
    assert TOKEN not in caught.value.message
    assert "\n" not in caught.value.message
