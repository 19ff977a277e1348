"""Binary files: all files whose name sops does not know. The whole content is one value; sealed, it is the key `data` of a JSON
object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sealkit.errors import SealkitError
from sealkit.sealed.metadata import Metadata, Selector
from sealkit.sealed.stores.json_store import JsonStore
from sealkit.sealed.stores.parsed import Item, Parsed
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar

_DATA = Route(("data",))
_NEW = '{\n\t"data": ""\n}\n'


class BinaryStore:
    """The `Store` of binary files. Bytes that are not UTF-8 are surrogates in the text, as by `surrogateescape`."""

    def parse(self, text: str, path: str) -> Parsed:
        """See `Store.parse`."""
        sealed = self._sealed(text, path)
        if sealed is not None:
            return sealed
        return Parsed([Item(_DATA, text, 0, len(text), 1)], None, text, path, "binary")

    def write(self, parsed: Parsed, values: Mapping[int, Scalar], metadata: Metadata | None) -> str:
        """See `Store.write`."""
        value = values.get(0, parsed.items[0].value)
        if metadata is None:
            if not isinstance(value, str):
                raise SealkitError(
                    f"{parsed.path}: the value is not a string", hint=f"restore it: git log -p -- {parsed.path}"
                )
            return value
        store = JsonStore()
        # sops seals a binary file as a whole, so its block has no selector
        block = replace(metadata, selector=parsed.metadata.selector if parsed.metadata else Selector())
        template = store.parse(_NEW, parsed.path) if parsed.metadata is None else parsed
        return store.write(template, {0: value}, block)

    @staticmethod
    def _sealed(text: str, path: str) -> Parsed | None:
        """The file if it is sealed. A plain file may be JSON too, even invalid JSON."""
        if '"sops"' not in text or not text.lstrip(" \t\r\n").startswith("{"):
            return None
        try:
            parsed = JsonStore().parse(text, path)
        except SealkitError:
            if '"data"' in text and "ENC[AES256_GCM," in text and '"mac"' in text:
                raise
            return None
        if parsed.metadata is None:
            return None
        if [item.route for item in parsed.items] != [_DATA]:
            raise SealkitError(
                f"{path}: sealed as JSON, but sops treats a file of this name as binary",
                hint="rename it to the name it was sealed under, or to one that ends with .json",
            )
        parsed.format = "binary"
        return parsed
