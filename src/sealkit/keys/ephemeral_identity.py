"""A temporary age identity, used to exchange a data key with the sops program."""

from __future__ import annotations


class EphemeralIdentity:
    """A new X25519 identity in memory. `recipient` is its public key."""

    __slots__ = ("_identity", "recipient")

    def __init__(self) -> None:
        import pyrage

        self._identity = pyrage.x25519.Identity.generate()
        self.recipient = str(self._identity.to_public())

    @property
    def identity(self) -> bytes:
        """The secret key in the form of an identity file."""
        return f"{self._identity}\n".encode()

    def wrap(self, secret: bytes) -> str:
        """An armored age file with the secret, for this identity."""
        import pyrage

        return pyrage.encrypt(secret, [self._identity.to_public()], armored=True).decode("ascii")

    def unwrap(self, armored: str) -> bytes | None:
        """The plaintext of an armored age file, or None if it is not for this identity."""
        import pyrage

        try:
            return pyrage.decrypt(armored.encode(), [self._identity])
        except pyrage.DecryptError:
            return None
