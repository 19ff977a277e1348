"""`SealedFile`: one file as every room passes it on. Its bytes are read once, and parsed once, when somebody first asks."""

from __future__ import annotations

import hashlib

from sealkit.errors import SealkitError
from sealkit.sealed.detect import is_sealed
from sealkit.sealed.metadata import Metadata, Recipient
from sealkit.sealed.stores.parsed import Parsed
from sealkit.sealed.stores.store import store_for
from sealkit.source import files


class SealedFile:
    """A file of the private half: its path from the root (POSIX) and its bytes. It never changes; a write makes another one.

    A file that should be sealed and is not (somebody replaced it) is one, too: then `metadata` is None.
    """

    __slots__ = ("_digest", "_parsed", "data", "path")

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.data = data
        self._parsed: Parsed | None = None
        self._digest = ""

    @classmethod
    def from_parsed(cls, parsed: Parsed) -> SealedFile:
        """The file whose text was parsed already."""
        file = cls(parsed.path, parsed.text.encode("utf-8", "surrogateescape"))
        file._parsed = parsed
        return file

    def __repr__(self) -> str:
        return f"SealedFile({self.path!r}, {len(self.data)} bytes)"

    @property
    def text(self) -> str:
        """The text without its byte order mark. Raises SealkitError where it is not UTF-8."""
        return files.decode(self.data, self.path)

    @property
    def parsed(self) -> Parsed:
        """The leaves and the `sops` block, as the store of this format reads them. Raises SealkitError, with the line, for a
        file that the format does not allow."""
        if self._parsed is None:
            self._parsed = store_for(self.path).parse(self.text, self.path)
            if self._parsed.format == "dotenv" and self._parsed.metadata and self.data.startswith(files.BOM.encode()):
                self._parsed = None
                raise SealkitError(
                    f"{self.path}: starts with a byte order mark, which sops reads as part of the first name",
                    hint=f"take it out: sed -i '1s/^\\xef\\xbb\\xbf//' {self.path}",
                )
        return self._parsed

    @property
    def metadata(self) -> Metadata | None:
        """The `sops` block; None where there is none, or where the file cannot be read."""
        try:
            return self.parsed.metadata
        except SealkitError:
            return None

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """Everyone that the file is sealed to; empty without a `sops` block."""
        metadata = self.metadata
        return metadata.recipients if metadata is not None else ()

    @property
    def is_sealed(self) -> bool:
        """Whether the file carries a `sops` block. Cheaper than `metadata`: the file is not parsed for it."""
        return is_sealed(self.data)

    @property
    def digest(self) -> str:
        """`file_digest` of the bytes."""
        if not self._digest:
            self._digest = file_digest(self.data)
        return self._digest


def file_digest(data: bytes) -> str:
    """SHA-256 in hex of a file's `normalised` bytes, so that a checkout on another system has the same digest."""
    return hashlib.sha256(normalised(data)).hexdigest()


def normalised(data: bytes) -> bytes:
    """A file's bytes with CRLF as LF where it is text (no NUL in it), as git's own rule for text has it."""
    return data if b"\0" in data else data.replace(b"\r\n", b"\n")
