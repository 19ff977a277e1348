"""Patterns of paths, as `scan.exclude` and `exec.reads` list them."""

from __future__ import annotations

import re
from functools import lru_cache

from sealkit.errors import SealkitError
from sealkit.source.filenames import CONFIG

_GLOBS = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@lru_cache(maxsize=256)
def glob(pattern: str) -> re.Pattern[str]:
    """A pattern of paths in `sealkit.yaml`: `*` and `?` stay within one name, `**` does not; a pattern without a slash is for a
    name at any depth; one that ends in a slash is for all below that folder. Raises SealkitError for an empty one."""
    if not pattern.strip("/"):
        raise SealkitError(f"{CONFIG}: an empty pattern", hint="name files or folders: vendor/**")
    body = pattern.removeprefix("/")
    if body.endswith("/"):
        body += "**"
    anywhere = "/" not in body and not pattern.startswith("/")
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", body)
    rest = "".join(_GLOBS.get(piece, re.escape(piece)) for piece in pieces)
    return re.compile(("(?:.*/)?" if anywhere else "") + rest + r"\Z", re.DOTALL)
