"""Which store reads a file, and whether a file is sealed at all.

Nothing is loaded and dumped again. A store finds the leaves, the comments and the `sops` block; a write replaces the spans it
is told to and leaves every other byte.
"""

from __future__ import annotations

from sealkit.sealed.stores.parsed import Store


def format_of(path: str) -> str:
    """The format of a file by the end of its name, as sops picks it: whatever it does not know is binary."""
    for end, name in ((".yaml", "yaml"), (".yml", "yaml"), (".json", "json"), (".env", "dotenv"), (".ini", "ini")):
        if path.endswith(end):
            return name
    return "binary"


def store_for(path: str) -> Store:
    """The store of a file by the end of its name."""
    kind = format_of(path)
    if kind == "yaml":
        from sealkit.sealed.stores.yaml_store import YamlStore

        return YamlStore()
    if kind == "json":
        from sealkit.sealed.stores.json_store import JsonStore

        return JsonStore()
    if kind == "dotenv":
        from sealkit.sealed.stores.dotenv_store import DotenvStore

        return DotenvStore()
    if kind == "ini":
        from sealkit.sealed.stores.ini_store import IniStore

        return IniStore()
    from sealkit.sealed.stores.binary_store import BinaryStore

    return BinaryStore()


def is_sealed(data: bytes) -> bool:
    """Whether a file of any format carries a `sops` block. Cheap, and False for a file that only speaks of sops: what looks like
    a block in a manual, or is part of some other mapping, is none."""
    if b"sops" not in data:
        return False
    from sealkit.sealed.stores import sniff

    return sniff.is_sealed(data)
