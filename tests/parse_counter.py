"""Counts how often the stores parse each file, to prove that what was parsed is passed on."""

from __future__ import annotations

from collections import Counter

import pytest

from sealkit.sealed.stores.binary_store import BinaryStore
from sealkit.sealed.stores.dotenv_store import DotenvStore
from sealkit.sealed.stores.ini_store import IniStore
from sealkit.sealed.stores.json_store import JsonStore
from sealkit.sealed.stores.parsed import Parsed
from sealkit.sealed.stores.yaml_store import YamlStore

STORES = (YamlStore, JsonStore, DotenvStore, IniStore, BinaryStore)


class ParseCounter:
    """Counts `Store.parse` in this process from `install` on, until the test ends."""

    def __init__(self) -> None:
        self._texts: Counter[tuple[str, str]] = Counter()

    @classmethod
    def install(cls, monkeypatch: pytest.MonkeyPatch) -> ParseCounter:
        """Wrap the `parse` of all five stores."""
        counter = cls()
        for store in STORES:
            monkeypatch.setattr(store, "parse", counter._counting(store.parse))
        return counter

    def _counting(self, parse):  # type: ignore[no-untyped-def]
        def counted(store: object, text: str, path: str) -> Parsed:
            self._texts[path, text] += 1
            result: Parsed = parse(store, text, path)
            return result

        return counted

    def total(self, path: str) -> int:
        """How often any text of this file was parsed: on disk or in memory."""
        return sum(count for (parsed, _), count in self._texts.items() if parsed == path)

    def of_text(self, path: str, data: bytes) -> int:
        """How often this content of a file was parsed."""
        return self._texts[path, data.decode()]

    def paths(self) -> set[str]:
        """Every file of which a text was parsed."""
        return {path for path, _ in self._texts}
