"""What every store can do, and which store reads a file.

A store never loads and dumps a file. It finds the leaves, the comments and the `sops` block; a write replaces their spans and
keeps every other byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sealkit.sealed.metadata import Metadata
from sealkit.sealed.stores.parsed import Parsed
from sealkit.yamlspan.scalars import Scalar


class Store(Protocol):
    """Reads and writes one format."""

    def parse(self, text: str, path: str) -> Parsed:
        """The items and the `sops` block of a text without a byte order mark, sealed or not.

        Raises SealkitError with path and line for what the format or sops refuses: a list at the top level, a duplicate key or
        one that is not text, a number beyond 64 bits, more than one selector, an invalid block.
        """

    def write(self, parsed: Parsed, values: Mapping[int, Scalar], metadata: Metadata | None) -> str:
        """The text with new values, by the index of their item, and with this `sops` block.

        Everything else is kept byte for byte. The block is replaced in place, or added at the end of each document, with its keys
        in the order of `metadata.order`. None removes it; an equal one is kept byte for byte. sops reads each value back with its
        type. Raises SealkitError for a value that the format cannot represent.
        """


def format_of(path: str) -> str:
    """The format of a file by the end of its name, as sops chooses it: any name that sops does not know is `binary`."""
    for suffix, name in ((".yaml", "yaml"), (".yml", "yaml"), (".json", "json"), (".env", "dotenv"), (".ini", "ini")):
        if path.endswith(suffix):
            return name
    return "binary"


def store_for(path: str) -> Store:
    """The store of a file by the end of its name. Only that store is imported: together they take 15 ms."""
    name = format_of(path)
    if name == "yaml":
        from sealkit.sealed.stores.yaml_store import YamlStore

        return YamlStore()
    if name == "json":
        from sealkit.sealed.stores.json_store import JsonStore

        return JsonStore()
    if name == "dotenv":
        from sealkit.sealed.stores.dotenv_store import DotenvStore

        return DotenvStore()
    if name == "ini":
        from sealkit.sealed.stores.ini_store import IniStore

        return IniStore()
    from sealkit.sealed.stores.binary_store import BinaryStore

    return BinaryStore()
