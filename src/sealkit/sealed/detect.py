"""Whether bytes are a sealed file, whatever the name of the file.

The usual form, the `sops` block at the end as sops writes it, is recognized from the end of the text alone. The store of a
format parses anything else that may hold a block. Stores are imported, and patterns compiled, when first needed: the git hook
imports this module for every file that it scans.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sealkit.errors import SealkitError
from sealkit.source import files

if TYPE_CHECKING:
    from sealkit.sealed.stores.store import Store

_YAML_KEY = r"(?m)^[ \t]*(?:!!\S+[ \t]+)?[\"']?sops[\"']?[ \t]*:|[{,][ \t]*[\"']?sops[\"']?[ \t]*:"
_YAML_BLOCK_AT_END = r"(?m)^sops:[ \t]*\r?\n(?:(?:[ \t][^\n]*|\r?)\n)*+(?:[ \t][^\n]*)?(?=\Z|---[ \t\r\n])"
_YAML_MAC = r"(?m)^[ \t]+(?:mac|lastmodified):"
_JSON_KEY = r'"sops"[ \t\r\n]*:[ \t\r\n]*(?=\{)'
_JSON_END = r"[ \t\r\n]*\}[ \t\r\n]*\Z"
_DOTENV_LINE = r"(?m)^sops_(?:mac|lastmodified|\w+__map_enc)="
_INI_SECTION = r"(?m)^[ \t]*\[sops\]"
_INI_MAC = r"(?m)^(?:mac|lastmodified)[ \t]*="
_INI_LINE = r"[ \t\r]*\Z|\w+[ \t]*="


def is_sealed(data: bytes) -> bool:
    """Whether a file of any format has a `sops` block.

    False for a file that only mentions sops: an example in a manual, or a key `sops` of some other mapping, is no block.
    Never raises: what no store can parse is not sealed.
    """
    if b"sops" not in data:
        return False
    try:
        text = files.decode(data, "")
    except SealkitError:
        return False
    if text.lstrip(" \t\r\n").startswith("{"):
        return _is_sealed_json(text)
    return _is_sealed_yaml(text) or _is_sealed_dotenv(text) or _is_sealed_ini(text)


def _is_sealed_json(text: str) -> bool:
    import json

    from sealkit.sealed.stores import sops_block
    from sealkit.sealed.stores.json_store import JsonStore

    start = text.rfind('"sops"')
    if start >= 0 and (key := re.compile(_JSON_KEY).match(text, start)) is not None:
        try:
            tree, end = json.JSONDecoder().raw_decode(text, key.end())
        except (json.JSONDecodeError, RecursionError):
            return _has_block(JsonStore(), text)
        if re.compile(_JSON_END).match(text, end):
            return sops_block.is_block(tree)
    return (start >= 0 and _has_block(JsonStore(), text)) or _is_sealed_flow_yaml(text)


def _is_sealed_flow_yaml(text: str) -> bool:
    """The same for text in braces that is YAML and not JSON."""
    return re.search(_YAML_KEY, text) is not None and _has_yaml_block(text)


def _is_sealed_yaml(text: str) -> bool:
    if re.search(_YAML_KEY, text) is None:
        return False
    block = re.search(_YAML_BLOCK_AT_END, text)
    if block is not None and re.search(_YAML_MAC, block[0]):
        return True
    return _has_yaml_block(text)


def _has_yaml_block(text: str) -> bool:
    from sealkit.sealed.stores.yaml_store import YamlStore

    return _has_block(YamlStore(), text)


def _is_sealed_dotenv(text: str) -> bool:
    if re.search(_DOTENV_LINE, text) is None:
        return False
    if text.rstrip("\n").rpartition("\n")[2].startswith("sops_"):
        return True
    from sealkit.sealed.stores.dotenv_store import DotenvStore

    return _has_block(DotenvStore(), text)


def _is_sealed_ini(text: str) -> bool:
    if re.search(_INI_SECTION, text) is None:
        return False
    section = text[text.rfind("[sops]") + len("[sops]") :]
    if re.search(_INI_MAC, section) and all(map(re.compile(_INI_LINE).match, section.split("\n"))):
        return True
    from sealkit.sealed.stores.ini_store import IniStore

    return _has_block(IniStore(), text)


def _has_block(store: Store, text: str) -> bool:
    try:
        return store.parse(text, "").metadata is not None
    except SealkitError:
        return False
