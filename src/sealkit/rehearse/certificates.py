"""The throw-away certificate authority of one control plane. Its keys exist only in the control plane's folder, are deleted with
it, and are trusted by nothing else."""

from __future__ import annotations

import ipaddress
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_LIFETIME = timedelta(days=7)
_SKEW = timedelta(hours=1)
"""Certificates are valid from this long ago, in case the clock is set back."""
_NAMES = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
_ADDRESSES = ("127.0.0.1", "10.96.0.1")
"""Loopback, and the first address of the service range, which is the API server's own."""


class Authority:
    """Makes `ca.crt` and, with `issue`, pairs of certificate and key in a folder; each file has mode 0600."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = _new_key()
        self._certificate = _certificate("sealkit-rehearse-ca", "", self._key, None)
        self.path = folder / "ca.crt"
        _write(self.path, _pem(self._certificate))

    def issue(self, name: str, common_name: str, organization: str = "") -> tuple[Path, Path]:
        """A certificate for client and server use: the paths of certificate and key."""
        key = _new_key()
        certificate = _certificate(common_name, organization, key, (self._certificate, self._key))
        paths = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        _write(paths[0], _pem(certificate))
        _write(paths[1], _private_pem(key))
        return paths

    def issue_key_pair(self, name: str) -> tuple[Path, Path]:
        """A key pair without a certificate, for service account tokens: the paths of public and private key."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        key = _new_key()
        paths = self.folder / f"{name}.pub", self.folder / f"{name}.key"
        _write(paths[0], key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        _write(paths[1], _private_pem(key))
        return paths


def _new_key() -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def _certificate(
    common_name: str,
    organization: str,
    key: EllipticCurvePrivateKey,
    issuer: tuple[x509.Certificate, EllipticCurvePrivateKey] | None,
) -> x509.Certificate:
    """A certificate signed by `issuer`; without one, a self-signed authority."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    subject, now = x509.Name(attributes), datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_usage(authority=issuer is None), critical=True)
    )
    if issuer is not None:
        names: list[x509.GeneralName] = [x509.DNSName(name) for name in _NAMES]
        names += [x509.IPAddress(ipaddress.ip_address(address)) for address in _ADDRESSES]
        purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        authority_identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer[1].public_key())
        builder = (
            builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
            .add_extension(authority_identifier, critical=False)
        )
    return builder.sign(issuer[1] if issuer else key, SHA256())


def _usage(*, authority: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True, key_cert_sign=authority, crl_sign=authority, content_commitment=False, encipher_only=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, decipher_only=False,
    )  # fmt: skip


def _pem(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _private_pem(key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
