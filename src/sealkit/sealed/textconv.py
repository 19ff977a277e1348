"""A sealed file as `git diff` and `git log -p` show it: each sealed value as a digest of its ciphertext, the `sops` block as one
line. Needs no key and shows no value. Any input gives output, because git stops a whole diff when a textconv fails.
"""

from __future__ import annotations

import hashlib
import re

from sealkit.errors import SealkitError
from sealkit.sealed.detect import is_sealed
from sealkit.sealed.metadata import Metadata
from sealkit.sealed.stores.store import store_for
from sealkit.source import files

_CIPHERTEXT = re.compile(r"ENC\[AES256_GCM,data:[^,\]]*,iv:[^,\]]*,tag:[^,\]]*,type:(?P<type>[a-z]+)\]")
_LINE_END = re.compile(r"\r?\n\Z")


def masked(path: str, data: bytes) -> bytes:
    """The text of a file for a diff. A file without a `sops` block is returned unchanged. If the block cannot be read (a merge
    conflict, an incomplete edit), only the sealed values are masked."""
    if b"ENC[AES256_GCM," not in data and not is_sealed(data):
        return data
    text = data.decode("utf-8", "surrogateescape").removeprefix(files.BOM)
    block = ""
    try:
        store = store_for(path)
        parsed = store.parse(text, path)
        if parsed.metadata is not None:
            block = _block_summary(parsed.metadata)
            text = store.write(parsed, {}, None)
    except SealkitError:
        pass
    text_masked = _CIPHERTEXT.sub(lambda match: f"<sealed {match['type']} #{_digest(match[0])}>", text)
    if block:
        text_masked += ("" if not text_masked or _LINE_END.search(text_masked) else "\n") + block + "\n"
    return text_masked.encode("utf-8", "surrogateescape")


def _block_summary(block: Metadata) -> str:
    """The recipients and the selector. The digest changes when the data key is wrapped again."""
    groups = [", ".join(f"{entry.recipient.kind}:{entry.recipient.id}" for entry in group) for group in block.groups]
    if len(groups) > 1:
        needed = block.threshold or len(groups)
        recipients = f"{needed} of " + ", ".join(f"({group})" for group in groups)
    else:
        recipients = "".join(groups)
    parts = [f"sops: #{_digest(*(entry.enc for entry in block.wrapped()))} to {recipients}"]
    if block.selector.mode:
        parts.append(f"{block.selector.mode}: {block.selector.pattern}")
    if block.mac_only_encrypted:
        parts.append("mac_only_encrypted")
    return "; ".join(parts)


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogateescape")).hexdigest()[:6]
