"""A `.secrets.baseline` of detect-secrets, read as data: nothing that it names is loaded or run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from sealkit.errors import SealkitError
from sealkit.source import files


class BaselineEntry(NamedTuple):
    """What a baseline lets pass: a file, the name that detect-secrets has for the type, and the SHA-1 digest of the value.
    `real` where an audit of the baseline said that it is a secret: that is not let pass."""

    path: str
    kind: str
    sha1: str
    real: bool


def read_baseline(path: Path) -> list[BaselineEntry]:
    """The entries of a baseline. Raises SealkitError for a file that is none."""
    try:
        body = json.loads(files.read_named(path))
        return [
            BaselineEntry(_posix(name), str(entry["type"]), str(entry["hashed_secret"]), entry.get("is_secret") is True)
            for name, entries in body["results"].items()
            for entry in entries
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, SealkitError):
        raise SealkitError(f"{path.name}: not a baseline", hint="make it anew: detect-secrets scan") from None


def _posix(name: object) -> str:
    return str(name).replace("\\", "/").removeprefix("./")
