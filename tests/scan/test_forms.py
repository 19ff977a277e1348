"""Forms of keys and tokens: every encoding, and key files by their content. Scan, hook and audit must all see them."""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import secrets
import string
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from sealkit.model.finding import Finding
from sealkit.model.severity import Severity
from sealkit.scan import prefilter
from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob
from sealkit.scan.staged import StagedBlobs
from sealkit.scan.suspicious_objects import _is_suspicious

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | dsa.DSAPrivateKey
DER, NONE, PASSWORD = forms.Encoding.DER, forms.NoEncryption(), forms.BestAvailableEncryption(b"x")


def found(path: str, content: str | bytes) -> list[Finding]:
    """The findings; the hook and the filter of an audit must agree that there is something."""
    data = content if isinstance(content, bytes) else content.encode()
    findings = scan_blob(path, data, Context())
    hook = StagedBlobs.__new__(StagedBlobs)
    hook.prefilter = prefilter.shared()
    seen = bool(findings)
    assert hook._without_hits(data) is not seen
    assert _is_suspicious(prefilter.shared(), data) is seen
    return findings


def rules(path: str, content: str | bytes) -> list[str]:
    return [finding.rule for finding in found(path, content)]


def fresh_token() -> str:
    return "gh" + "p_" + "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(36))


def b64(content: str | bytes) -> str:
    return base64.b64encode(content if isinstance(content, bytes) else content.encode()).decode()


def pem() -> str:
    body = b64(secrets.token_bytes(1200))
    rows = [body[at : at + 64] for at in range(0, len(body), 64)]
    label = "PRI" + "VATE KEY"
    return f"-----BEGIN {label}-----\n" + "\n".join(rows) + f"\n-----END {label}-----\n"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_wide_characters_with_and_without_a_byte_order_mark(encoding: str) -> None:
    text = f"a: {fresh_token()}\nb: some text\n"
    (finding,) = found("a.yaml", text.encode(encoding))
    assert (finding.rule, finding.line) == ("SK310", 1)
    assert rules("a.yaml", "a: some text without anything\n".encode(encoding)) == []


@pytest.mark.parametrize("shift", ["", " ", "--", "==="])
def test_a_token_in_hex_and_base64_at_every_alignment(shift: str) -> None:
    value = shift + fresh_token()
    url_safe = base64.urlsafe_b64encode(f"{shift}?>~{value[len(shift) :]}~~~".encode()).decode()
    for text in (value.encode().hex(), "0x" + value.encode().hex().upper(), b64(value), b64(b64(value)), url_safe):
        assert rules("a.txt", f"x {text}\n") == ["SK318"], text
    assert "in hex" in found("a.txt", value.encode().hex())[0].message


@pytest.mark.parametrize("padding", [0, 1, 2])
def test_a_padded_token_is_one_finding_of_its_own_rule(padding: int) -> None:
    assert rules("f.yaml", f"kind: Secret\ndata:\n  a: {b64(fresh_token() + chr(10) * padding)}\n") == ["SK318"]


def _spelled(form: str) -> Callable[[str], str]:
    return lambda text: "".join(form.format(ord(char)) for char in text)


@pytest.mark.parametrize("spell", [_spelled("\\u{:04x}"), _spelled("\\x{:02x}"), _spelled("\\{:03o}"), _spelled("%{:02X}"),
                                   _spelled("&#{};"), _spelled("&#x{:x};")])  # fmt: skip
def test_escaped_characters_within_a_token(spell: Callable[[str], str]) -> None:
    value = fresh_token()
    first = spell("g") + value[1:]
    middle = value[:9] + spell("a") + value[10:]
    for text in (first, middle, spell("g" + "h") + value[2:]):
        assert rules("a.sh", f"A=$'{text}'\n") == ["SK318"], text


def test_escapes_around_a_token() -> None:
    value = fresh_token()
    for text in (
        f'{{"a":"x\\n{value}\\ny"}}', f'{{"a":"{{\\"k\\":\\"{value}\\"}}"}}', f'{{"a":"k\\u0022{value}\\u0022"}}',
        f'{{"a":"\\u0067{value[1:]}"}}',
    ):  # fmt: skip
        assert rules("a.json", text) == ["SK310"], text
    assert rules("a.txt", f"https://git.example.org/?t%3D{value}") == ["SK310"]
    assert rules("a.txt", f"https://git.example.org/?t=ghp%5F{value[4:]}") == ["SK318"]


def test_base64_with_the_escapes_of_json() -> None:
    slashes = b64("?>?>" + fresh_token()).replace("/", "\\/")
    assert "\\/" in slashes
    wrapped = b64("y " * 30 + fresh_token() + " z" * 30)
    rows = "\\n".join(wrapped[at : at + 64] for at in range(0, len(wrapped), 64))
    for text in (slashes, rows):
        assert rules("a.json", f'{{"a": "{text}"}}') == ["SK318"], text


def test_a_pem_under_escapes_and_in_hex() -> None:
    key = pem()
    lines = key.encode().hex()
    dump = "\n".join(lines[at : at + 60] for at in range(0, len(lines), 60))
    assert rules("a.txt", key.encode().hex()) == rules("a.txt", dump) == ["SK302"]
    for text in (key.replace("\n", "\\u000a"), key.replace("\n", "\\n")):
        assert rules("a.json", f'{{"a":"{text}"}}') == ["SK301"]
    for text in (quote(key), key.replace("\n", "%0A").replace(" ", "+")):
        assert rules("a.txt", text) == ["SK301"]


@pytest.fixture(scope="module")
def keys() -> dict[str, Key]:
    return {
        "rsa": rsa.generate_private_key(65537, 2048), "ec": ec.generate_private_key(ec.SECP256R1()),
        "large ec": ec.generate_private_key(ec.SECP521R1()), "ed25519": ed25519.Ed25519PrivateKey.generate(),
        "dsa": dsa.generate_private_key(1024),
    }  # fmt: skip


def _der(keys: dict[str, Key]) -> Iterator[tuple[str, bytes]]:
    for name, key in keys.items():
        yield f"{name} PKCS#8", key.private_bytes(DER, forms.PrivateFormat.PKCS8, NONE)
        yield f"{name} encrypted", key.private_bytes(DER, forms.PrivateFormat.PKCS8, PASSWORD)
        if name != "ed25519":
            yield f"{name} traditional", key.private_bytes(DER, forms.PrivateFormat.TraditionalOpenSSL, NONE)
        if name != "dsa":
            lines = key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.OpenSSH, NONE).splitlines()
            yield f"{name} OpenSSH", base64.b64decode(b"".join(lines[1:-1]))


def certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    day = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 5, day, day + dt.timedelta(9))
    return builder.sign(key, hashes.SHA256())


def java_store(tag: int, cert: bytes, magic: bytes = b"\xfe\xed\xfe\xed") -> bytes:
    """A key store with a certificate and then an entry of that tag: 1 a key, 2 a certificate, 3 a secret key."""

    def short(text: bytes) -> bytes:
        return len(text).to_bytes(2, "big") + text

    def long(body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + body

    chain = short(b"X.509") + long(cert)
    head = magic + bytes([0, 0, 0, 2]) + bytes([0, 0, 0, 2])
    entry = chain if tag == 2 else long(secrets.token_bytes(300)) + bytes([0, 0, 0, 1]) + chain
    first = bytes([0, 0, 0, 2]) + short(b"ca") + bytes(8) + chain
    return head + first + bytes([0, 0, 0, tag]) + short(b"own") + bytes(8) + entry + secrets.token_bytes(20)


def _stores(keys: dict[str, Key]) -> dict[str, bytes]:
    key = keys["rsa"]
    assert isinstance(key, rsa.RSAPrivateKey)
    cert = certificate(key)
    return {
        "PKCS#12": pkcs12.serialize_key_and_certificates(b"n", key, cert, None, PASSWORD),
        "plain PKCS#12": pkcs12.serialize_key_and_certificates(b"n", key, cert, None, NONE),
        "JKS": java_store(1, cert.public_bytes(DER)),
        "JCEKS": java_store(3, cert.public_bytes(DER), b"\xce\xce\xce\xce"),
    }


def test_key_files_by_content(keys: dict[str, Key]) -> None:
    firefox = b"SQLite format 3\0" + bytes(80) + b"CREATE TABLE nssPrivate (id, a0)" + bytes(900)
    for name, data in {**dict(_der(keys)), **_stores(keys), "Firefox": firefox}.items():
        (finding,) = found("k.bin", data)
        assert (finding.rule, finding.line, finding.place) == ("SK304", 0, "k.bin"), name
        if name != "Firefox":
            for path, text in (("k.txt", b64(data)), (".env", f"X={b64(data)}\n"), ("k.txt", data.hex())):
                assert rules(path, text) == ["SK302"], name


FIELDS = [
    "apiVersion: v1\nkind: Secret\ndata:\n  store: §\n",
    "apiVersion: v1\nkind: Secret\ndata:\n  password: |\n    §\n",
    "apiVersion: v1\nkind: Secret\nstringData:\n  store: §\n",
    "apiVersion: v1\nkind: ConfigMap\nbinaryData:\n  store: §\n",
    "password: §\n",
    "store: §\n",
]


@pytest.mark.parametrize("field", FIELDS)
def test_a_key_file_in_a_field_is_one_by_its_own_rule(field: str, keys: dict[str, Key]) -> None:
    for name, data in {**dict(_der(keys)), **_stores(keys)}.items():
        (item,) = found("s.yaml", field.replace("§", b64(data)))
        assert (item.rule, item.severity) == ("SK302", Severity.ERROR), name
    (item,) = found("s.yaml", field.replace("§", b64(fresh_token())))
    assert item.rule == "SK318"
    public = keys["rsa"].public_key().public_bytes(DER, forms.PublicFormat.SubjectPublicKeyInfo)
    text = field.replace("§", b64(public)).encode()
    assert [item for item in scan_blob("s.yaml", text, Context()) if item.rule == "SK302"] == []


def test_what_holds_no_private_key_is_no_key_file(keys: dict[str, Key]) -> None:
    key = keys["rsa"]
    assert isinstance(key, rsa.RSAPrivateKey)
    cert = certificate(key)
    public = key.public_key()
    for data in (
        cert.public_bytes(DER), public.public_bytes(DER, forms.PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(DER, forms.PublicFormat.PKCS1), java_store(2, cert.public_bytes(DER)),
        pkcs12.serialize_key_and_certificates(None, None, None, [cert], PASSWORD),
        b"SQLite format 3\0" + bytes(80) + b"CREATE TABLE a (id)" + bytes(900), b"\x30", b"\x30\x84", b"\x95\x01",
    ):  # fmt: skip
        assert rules("k.bin", data) == rules("k.txt", b64(data)) == rules("k.txt", data.hex()) == []
    assert rules("k.pem", cert.public_bytes(forms.Encoding.PEM)) == []


def test_putty_wireguard_and_firefox() -> None:
    body = b64(secrets.token_bytes(160))
    rows = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    ppk = f"PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: me\nPublic-Lines: 1\n{b64(secrets.token_bytes(40))}\n"
    ppk += f"Private-Lines: 4\n{rows}\nPrivate-MAC: 00\n"
    for text in (ppk, ppk.replace("\n", "\r\n"), json.dumps({"k": ppk})):
        assert rules("a.ppk", text) == ["SK304"]
    assert rules("a.txt", b64(ppk)) == ["SK302"]
    assert rules("wg0.conf", f"[Interface]\nPrivateKey = {b64(secrets.token_bytes(32))}\nListenPort = 1\n") == ["SK301"]
    login = "M" + "DIEEPgAAAAAAAAAAAAAAAAAAAE" + b64(secrets.token_bytes(33))
    for path in ("logins.txt", "logins.json", "a.yaml"):
        (item,) = found(path, json.dumps({"logins": [{"passwordField": "password", "encryptedPassword": login}]}))
        assert (item.rule, item.severity) == ("SK206", Severity.WARNING)
    other = json.dumps({"encryptedPassword": b64(secrets.token_bytes(60))})
    assert rules("logins.json", other) == ["SK203"]


def test_secret_keys_of_gnupg(tmp_path: Path) -> None:
    home = Path("/tmp") / f"sk{secrets.token_hex(4)}"  # the path of the agent's socket must be short
    home.mkdir(mode=0o700)
    env = {**os.environ, "GNUPGHOME": str(home)}

    def gpg(*args: str) -> bytes:
        options = ["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
        return subprocess.run([*options, *args], env=env, capture_output=True, check=True).stdout

    try:
        for kind in ("ed25519", "rsa2048"):
            gpg("--quick-gen-key", f"{kind}@example.invalid", kind)
        assert rules("secring.gpg", gpg("--export-secret-keys")) == ["SK304"]
        assert rules("pubring.gpg", gpg("--export")) == []
        for file in (home / "private-keys-v1.d").iterdir():
            assert rules(file.name, file.read_bytes()) == ["SK304"]
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], env=env, check=False)
        for file in sorted(home.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()
        home.rmdir()
