"""Whether bytes are a sealed file, whatever their name.

The usual form, the block at the end as sops writes it, is told from that end alone. Anything else that could hold a block is
read in full by the store of its grammar.
"""

from __future__ import annotations

import json
import re
from json import JSONDecodeError

from sealkit.errors import SealkitError
from sealkit.sealed.stores import sops_block
from sealkit.sealed.stores.parsed import Store
from sealkit.source import files

_YAML = re.compile(r"(?m)^[ \t]*(?:!!\S+[ \t]+)?[\"']?sops[\"']?[ \t]*:|[{,][ \t]*[\"']?sops[\"']?[ \t]*:")
_YAML_BLOCK = re.compile(r"(?m)^sops:[ \t]*\r?\n(?:(?:[ \t][^\n]*|\r?)\n)*+(?:[ \t][^\n]*)?(?=\Z|---[ \t\r\n])")
_YAML_MAC = re.compile(r"(?m)^[ \t]+(?:mac|lastmodified):")
_JSON = re.compile(r'"sops"[ \t\r\n]*:[ \t\r\n]*(?=\{)')
_JSON_END = re.compile(r"[ \t\r\n]*\}[ \t\r\n]*\Z")
_DOTENV = re.compile(r"(?m)^sops_(?:mac|lastmodified|\w+__map_enc)=")
_INI = re.compile(r"(?m)^[ \t]*\[sops\]")
_INI_MAC = re.compile(r"(?m)^(?:mac|lastmodified)[ \t]*=")
_INI_LINE = re.compile(r"[ \t\r]*\Z|\w+[ \t]*=")


def is_sealed(data: bytes) -> bool:
    """See `sealed.store.is_sealed`."""
    try:
        text = files.decode(data, "")
    except SealkitError:
        return False
    if text.lstrip(" \t\r\n").startswith("{"):
        return _json(text)
    return _yaml(text) or _dotenv(text) or _ini(text)


def _json(text: str) -> bool:
    from sealkit.sealed.stores.json_store import JsonStore

    at = text.rfind('"sops"')
    if at >= 0 and (found := _JSON.match(text, at)) is not None:
        try:
            tree, end = json.JSONDecoder().raw_decode(text, found.end())
        except (JSONDecodeError, RecursionError):
            return _holds(JsonStore(), text)
        if _JSON_END.match(text, end):
            return sops_block.is_block(tree)
    return ('"sops"' in text and _holds(JsonStore(), text)) or _flow(text)


def _flow(text: str) -> bool:
    """A YAML mapping in braces that is no JSON."""
    return _YAML.search(text) is not None and _yaml_holds(text)


def _yaml(text: str) -> bool:
    if _YAML.search(text) is None:
        return False
    block = _YAML_BLOCK.search(text)
    if block is not None and _YAML_MAC.search(block[0]):
        return True
    return _yaml_holds(text)


def _yaml_holds(text: str) -> bool:
    from sealkit.sealed.stores.yaml_store import YamlStore

    return _holds(YamlStore(), text)


def _dotenv(text: str) -> bool:
    from sealkit.sealed.stores.dotenv_store import DotenvStore

    if _DOTENV.search(text) is None:
        return False
    last = text.rstrip("\n").rpartition("\n")[2]
    return last.startswith("sops_") or _holds(DotenvStore(), text)


def _ini(text: str) -> bool:
    from sealkit.sealed.stores.ini_store import IniStore

    if _INI.search(text) is None:
        return False
    end = text[text.rfind("[sops]") + len("[sops]") :]
    if _INI_MAC.search(end) and all(map(_INI_LINE.match, end.split("\n"))):
        return True
    return _holds(IniStore(), text)


def _holds(store: Store, text: str) -> bool:
    try:
        return store.parse(text, "").metadata is not None
    except SealkitError:
        return False
