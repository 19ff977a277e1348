"""Placeholder until merged."""

import difflib
from collections.abc import Sequence


def file_diff(path: str, before: bytes | None, after: bytes | None, *, context: int = 3) -> list[str]:
    a = (before or b"").decode("utf-8", "replace").splitlines()
    b = (after or b"").decode("utf-8", "replace").splitlines()
    return list(
        difflib.unified_diff(
            a,
            b,
            path if before is not None else "/dev/null",
            path if after is not None else "/dev/null",
            n=context,
            lineterm="",
        )
    )


def fenced(lines: Sequence[str]) -> str:
    return "\n".join(["```diff", *lines, "```"])
