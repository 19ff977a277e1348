"""What one check of `doctor` found, and what the checks share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from sealkit.errors import RefusedError, SealkitError
from sealkit.operations.repository import Repository
from sealkit.operations.reseal import sealed_files
from sealkit.sealed.file import SealedFile
from sealkit.sealed.metadata import Metadata
from sealkit.sops.decrypt import Opened, open_files


class Level(StrEnum):
    """How a check ended. Only `wrong` makes the exit code 1: a risk may be taken knowingly."""

    OK = "ok"
    NOTE = "note"
    RISK = "risk"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report."""

    level: Level
    topic: str
    text: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.level:5}  {self.topic}: {self.text}" + (f" -> {self.hint}" if self.hint else "")


class CheckContext:
    """The repository as the checks see it: each file is parsed once and decrypted once."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository

    @cached_property
    def sealed(self) -> dict[str, SealedFile]:
        """Every file with a `sops` block, the signing key's included; also where this machine does not know the signing key, which
        the check of the signer tells."""
        try:
            return sealed_files(self.repository)
        except RefusedError:
            return {path: file for path, file in self.repository.found.items() if file.metadata is not None}

    @cached_property
    def metadata(self) -> dict[str, Metadata]:
        """The `sops` block of each."""
        return {path: block for path, file in self.sealed.items() if (block := file.metadata) is not None}

    @cached_property
    def opened(self) -> dict[str, Opened | SealkitError]:
        """Each file decrypted, or the error."""
        return open_files(self.sealed, self.repository.keyring)
