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
    """The grammar of one format."""

    def parse(self, text: str, path: str) -> Parsed:
        """The items and the `sops` block of a text without a byte order mark, sealed or not.

        Raises SealkitError with path and line for what the format, or sops, does not take: a list at the top, a key that is
        no text or stands twice, a number beyond 64 bits, more than one selector, a broken block.
        """

    def write(self, parsed: Parsed, values: Mapping[int, Scalar], metadata: Metadata | None) -> str:
        """The text with these values at the items of these indexes, and with this `sops` block.

        Other items stay byte for byte. The block is replaced where it stands or added at the end (of each document), with its
        keys in the order of `metadata.order`; None takes it out; an equal one stays byte for byte. Values are read back with
        their value and type by sops. Raises SealkitError for one that the format cannot hold.
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
