"""An age identity that lives as long as a call: to hand a data key to, or take it from, a program that speaks age."""

from __future__ import annotations


class Ephemeral:
    """A fresh X25519 identity. `recipient` is public; `identity` is for the pipe to the one program that needs it."""

    __slots__ = ("_identity", "recipient")

    def __init__(self) -> None:
        import pyrage

        self._identity = pyrage.x25519.Identity.generate()
        self.recipient = str(self._identity.to_public())

    @property
    def identity(self) -> bytes:
        """The secret key as a line of an identity file."""
        return f"{self._identity}\n".encode()

    def wrap(self, secret: bytes) -> str:
        """A secret sealed to this identity, armored."""
        import pyrage

        return pyrage.encrypt(secret, [self._identity.to_public()], armored=True).decode("ascii")

    def unwrap(self, armored: str) -> bytes | None:
        """What was sealed to this identity, or None where it was not."""
        import pyrage

        try:
            return pyrage.decrypt(armored.encode(), [self._identity])
        except pyrage.DecryptError:
            return None
