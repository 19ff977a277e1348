"""Binary files, which is every file whose name sops does not know: all of it is one text. Sealed, it is a JSON object that
holds the text under `data`."""

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
    """A `sealed.store.Store`. Bytes that are no UTF-8 are handed in and given out as surrogates (`surrogateescape`)."""

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
                raise SealkitError(f"{parsed.path}: holds something other than a text", hint="restore it: git log -p")
            return value
        store = JsonStore()
        # sops leaves nothing of a binary file open, so its block names no selector
        block = replace(metadata, selector=parsed.metadata.selector if parsed.metadata else Selector())
        form = store.parse(_NEW, parsed.path) if parsed.metadata is None else parsed
        return store.write(form, {0: value}, block)

    @staticmethod
    def _sealed(text: str, path: str) -> Parsed | None:
        """A sealed one, told from a plain file that may be JSON itself, and may even be broken."""
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
                f"{path}: sealed as JSON, but its name says binary to sops",
                hint="give it the name it was sealed under, or the end .json",
            )
        parsed.format = "binary"
        return parsed
