"""A sealed file as `git diff` and `git log -p` show it: each sealed value by a digest of its ciphertext, the `sops` block in one
line. Needs no key, shows no value, and any input gives output: git breaks off a whole diff where a textconv fails.
"""

from __future__ import annotations

import hashlib
import re

from sealkit.errors import SealkitError
from sealkit.sealed.detect import is_sealed
from sealkit.sealed.metadata import Metadata
from sealkit.sealed.stores.store import store_for
from sealkit.source import files

_SEALED = re.compile(r"ENC\[AES256_GCM,data:[^,\]]*,iv:[^,\]]*,tag:[^,\]]*,type:(?P<type>[a-z]+)\]")
_LINE_END = re.compile(r"\r?\n\Z")


def masked(path: str, data: bytes) -> bytes:
    """What stands for a file in a diff. One without a `sops` block comes back as it is; where the block cannot be read (a
    conflict, half an edit) the sealed values are masked and the rest stays."""
    if b"ENC[AES256_GCM," not in data and not is_sealed(data):
        return data
    text = data.decode("utf-8", "surrogateescape").removeprefix(files.BOM)
    block = ""
    try:
        store = store_for(path)
        parsed = store.parse(text, path)
        if parsed.metadata is not None:
            block = _line(parsed.metadata)
            text = store.write(parsed, {}, None)
    except SealkitError:
        pass
    shown = _SEALED.sub(lambda found: f"<sealed {found['type']} #{_digest(found[0])}>", text)
    if block:
        shown += ("" if not shown or _LINE_END.search(shown) else "\n") + block + "\n"
    return shown.encode("utf-8", "surrogateescape")


def _line(block: Metadata) -> str:
    """Who opens the file and what is sealed in it. The digest moves when the data key is wrapped anew."""
    groups = [", ".join(f"{entry.recipient.kind}:{entry.recipient.id}" for entry in group) for group in block.groups]
    if len(groups) > 1:
        needed = block.threshold or len(groups)
        who = f"{needed} of " + ", ".join(f"({group})" for group in groups)
    else:
        who = "".join(groups)
    parts = [f"sops: #{_digest(*(entry.enc for entry in block.wrapped()))} to {who}"]
    if block.selector.mode:
        parts.append(f"{block.selector.mode}: {block.selector.pattern}")
    if block.mac_only_encrypted:
        parts.append("mac_only_encrypted")
    return "; ".join(parts)


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogateescape")).hexdigest()[:6]
