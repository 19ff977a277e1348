"""Hints that work on what they name: `sealkit split` takes a manifest of the work tree, and nothing else.

The hint of a rule fits where the rule is found most often. Here it is replaced where its command would refuse the file: in an
archive, in a template, in a file that is no manifest, and in a file that no commit of today has.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from sealkit.model.finding import Finding
from sealkit.scan.context import Context

ELSEWHERE = "take it out, and read it from the environment or from a sealed file"
RENEW = "change the value where it is used: whoever has this history has the old one"
_SPLIT, _UNTRACK, _SEAL = "sealkit split ", "git rm --cached ", "sealkit seal "
_ENDINGS = (".yaml", ".yml", ".json")
_MANIFEST = re.compile(rb"""^[ \t{-]{0,80}["']?(apiVersion|kind)["']?[ \t]{0,80}:""", re.MULTILINE)
_TEMPLATE = b"{{"


def fitting(path: str, data: bytes, findings: Sequence[Finding], context: Context) -> list[Finding]:
    """The findings of one blob with hints that a person can follow."""
    splittable: bool | None = None
    result = []
    for item in findings:
        hint = item.hint
        if _names_file(hint) and item.path != path and item.path.startswith(f"{path}!"):
            hint = f"unpack {shlex.quote(path)}, take it out there, and pack it again"
        elif _SPLIT in hint:
            splittable = _is_manifest(path, data) if splittable is None else splittable
            hint = _moved(path, hint, context) if splittable else ELSEWHERE
        result.append(item if hint == item.hint else replace(item, hint=hint))
    return result


def of_history(findings: Sequence[Finding], today: Callable[[], Collection[str]]) -> list[Finding]:
    """The findings of an audit; `today` gives the paths that HEAD has. Where a path is gone, no command mends it any more."""
    if not any(_names_file(item.hint) for item in findings):
        return list(findings)
    paths = today()
    return [
        replace(item, hint=RENEW) if _names_file(item.hint) and item.path.partition("!")[0] not in paths else item
        for item in findings
    ]


def _names_file(hint: str) -> bool:
    return any(command in hint for command in (_SPLIT, _UNTRACK, _SEAL))


def _is_manifest(path: str, data: bytes) -> bool:
    """Whether `sealkit split` takes a file: YAML or JSON with the fields of a Kubernetes object, and no template."""
    if not path.endswith(_ENDINGS) or _TEMPLATE in data:
        return False
    return len({found[1] for found in _MANIFEST.finditer(data)}) == 2 or (
        path.endswith(".json") and b'"apiVersion"' in data and b'"kind"' in data
    )


def _moved(path: str, hint: str, context: Context) -> str:
    """Outside the public tree, split writes a copy into it: the original must go."""
    config = context.config
    if config is None or not config.configured or not config.public or path.startswith(config.public.rstrip("/") + "/"):
        return hint
    return f"{hint}, then: git rm -f {shlex.quote(path)}"
