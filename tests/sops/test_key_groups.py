"""Key groups: shares of the data key in both directions, also together with a cloud key service."""

from __future__ import annotations

import os
from pathlib import Path

import pyrage
import pytest
import yaml
from real_sops import Bench, opened, reseal, rewrap, seal
from transit import TOKEN, serving

from canary import Canary
from sealkit.errors import NoIdentityError, RefusedError
from sealkit.keys.keyring import Keyring
from sealkit.sealed.metadata import Recipient
from sealkit.sealed.policy import CreationRule
from sealkit.sops.encrypt import plain


@pytest.fixture
def three(home: Path) -> list[pyrage.x25519.Identity]:
    """Three identities, none of them available yet."""
    return [pyrage.x25519.Identity.generate() for _ in range(3)]


def at_hand(*identities: pyrage.x25519.Identity) -> dict[str, str]:
    return {**os.environ, "SOPS_AGE_KEY": "\n".join(map(str, identities)), "XDG_CONFIG_HOME": "/nonexistent"}


def config(identities: list[pyrage.x25519.Identity], threshold: int) -> str:
    rows = "".join(f"      - age: [{identity.to_public()}]\n" for identity in identities)
    return f"creation_rules:\n  - shamir_threshold: {threshold}\n    key_groups:\n{rows}"


def of(identities: list[pyrage.x25519.Identity], threshold: int) -> CreationRule:
    return CreationRule(groups=[[Recipient("age", str(each.to_public()))] for each in identities], threshold=threshold)


Three = list[pyrage.x25519.Identity]


def test_two_of_three_from_sops(bench: Bench, canary: Canary, three: Three) -> None:
    text = f"password: {canary.secret()}\n"
    sealed = bench.encrypt("a.yaml", text, config=config(three, 2))
    for pair in ((0, 1), (0, 2), (1, 2)):
        ring = Keyring.discover(at_hand(*(three[index] for index in pair)))
        assert plain(opened("a.yaml", sealed, ring)) == text
    assert plain(opened("a.yaml", sealed, Keyring.discover(at_hand(*three)))) == text
    with pytest.raises(
        NoIdentityError, match=r"^a\.yaml: the available identities open 1 of the 2 key groups"
    ) as caught:
        opened("a.yaml", sealed, Keyring.discover(at_hand(three[1])))
    assert caught.value.hint


@pytest.mark.parametrize("threshold", [0, 2, 3])
def test_three_groups_to_sops(
    bench: Bench, canary: Canary, three: Three, threshold: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"password: {canary.secret()}\n"
    sealed = seal("a.yaml", text, of(three, threshold))
    needed = threshold or 3
    for name, value in at_hand(*three[:needed]).items():
        monkeypatch.setenv(name, value)
    assert yaml.safe_load(bench.decrypt("a.yaml", sealed)) == yaml.safe_load(text)
    monkeypatch.setenv("SOPS_AGE_KEY", at_hand(*three[: needed - 1])["SOPS_AGE_KEY"])
    assert not bench.opens("a.yaml", sealed)


def test_groups_stay_over_a_write_and_may_be_left(bench: Bench, canary: Canary, three: Three) -> None:
    ring = Keyring.discover(at_hand(*three[:2]))
    sealed = bench.encrypt("a.yaml", f"password: {canary.secret()}\nuser: app\n", config=config(three, 2))
    found = opened("a.yaml", sealed, ring)
    again = opened("a.yaml", reseal(found, plain(found).replace("app", "api")), ring)
    assert again.metadata.groups == found.metadata.groups
    assert again.metadata.threshold == 2
    one = opened("a.yaml", rewrap(again, of(three[:1], 0).groups, rotate=False), Keyring.discover(at_hand(three[0])))
    assert plain(one) == plain(again)
    assert one.data_key == found.data_key
    assert len(one.metadata.groups) == 1
    back = opened("a.yaml", rewrap(one, of(three, 2).groups, rotate=True, threshold=2), ring)
    assert plain(back) == plain(again)
    assert back.metadata.threshold == 2


def test_a_share_of_another_file(bench: Bench, canary: Canary, three: Three) -> None:
    """A share from another file: the MAC detects it."""
    ring = Keyring.discover(at_hand(*three[:2]))
    texts = [bench.encrypt("a.yaml", f"a: {canary.secret()}\n", config=config(three, 2)).decode() for _ in range(2)]
    mine, theirs = (opened("a.yaml", text, ring).metadata.groups[0][0].enc for text in texts)
    rows, other = mine.strip().splitlines(), theirs.strip().splitlines()
    tampered = texts[0]
    for old, new in zip(rows[1:-1], other[1:-1], strict=True):
        tampered = tampered.replace(old, new)
    assert tampered != texts[0]
    with pytest.raises(RefusedError, match=r"^a\.yaml"):
        opened("a.yaml", tampered, ring)


def test_a_key_service_as_recipient(bench: Bench, canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    """sops encrypts for a key service and sealkit decrypts through the program, and the reverse."""
    monkeypatch.setenv("VAULT_TOKEN", TOKEN)
    text = f"password: {canary.secret()}\nuser: app\n"
    with serving() as service:
        uri = f"{service.address}/v1/transit/keys/shop"
        done = bench.sops(
            "encrypt", "--hc-vault-transit", uri, "--filename-override", "a.yaml", "/dev/stdin", data=text
        )
        with pytest.raises(RefusedError, match="names the key service"):
            opened("a.yaml", done.stdout, Keyring.discover(os.environ))
        monkeypatch.setenv("SEALKIT_KEY_HOSTS", service.address)
        ring = Keyring.discover(os.environ)
        found = opened("a.yaml", done.stdout, ring)
        assert plain(found) == text
        recipient = found.metadata.recipients[0]
        mine = seal("b.yaml", text, CreationRule(groups=[[recipient]]), ring)
        assert yaml.safe_load(bench.decrypt("b.yaml", mine)) == yaml.safe_load(text)
        groups = [[recipient], [Recipient("age", bench.recipient)]]
        shared = rewrap(found, groups, rotate=True)
        assert plain(opened("a.yaml", shared, ring)) == text
        assert yaml.safe_load(bench.decrypt("a.yaml", shared)) == yaml.safe_load(text)


def test_without_an_identity_a_key_service_is_named_too(
    bench: Bench, canary: Canary, three: Three, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file for another recipient and for a service that is not allowed: no identity (exit 3), with a hint."""
    monkeypatch.setenv("VAULT_TOKEN", TOKEN)
    text = f"password: {canary.secret()}\n"
    with serving() as service:
        uri = f"{service.address}/v1/transit/keys/shop"
        other = str(three[0].to_public())
        options = ["--age", other, "--hc-vault-transit", uri, "--filename-override", "a.yaml", "/dev/stdin"]
        sealed = bench.sops("encrypt", *options, data=text).stdout
        asked = len(service.seen)
        with pytest.raises(
            NoIdentityError, match=r"^a\.yaml: no identity .*; key services: names the key service"
        ) as caught:
            opened("a.yaml", sealed, Keyring.discover(os.environ))
        assert "SEALKIT_KEY_HOSTS" in (caught.value.hint or "")
        assert len(service.seen) == asked
        monkeypatch.setenv("SEALKIT_KEY_HOSTS", service.address)
        assert plain(opened("a.yaml", sealed, Keyring.discover(os.environ))) == text
