"""Hints that work on what they name: `sealkit split` takes a manifest of the work tree, and nothing else.

The hint of a rule fits where the rule is found most often. Here it is replaced where its command would refuse the file: in an
archive, in a template, in a file that is no manifest, in a file that no commit of today has, and in what is no file at all.
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
REVOKE = "revoke and replace it at its issuer: whoever has this history has it"
PRUNE = "only this clone has it: git reflog expire --expire-unreachable=now --all, then: git gc --prune=now"
_REMOVE = "remove it, and "
_ADDRESSES = {
    ".gitmodules": "git submodule set-url PATH URL, without the password: git asks its credential helper for it",
    ".git/config": "git remote set-url NAME URL, without the password: git asks its credential helper for it",
}
_OBJECTS = {
    "commit": "to take it out of the message before others have it: {}",
    "tag": "to take it out of the message: {}, and tag again",
    "note": "then: {}",
    "ref": "rename it, also in every remote",
    "file name": "rename the file",
}
"""What else to do about a finding in what is no file."""
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
        if item.path != path and item.path.startswith(f"{path}!"):
            hint = _in_archive(path, item)
        elif item.rule == "SK204" and path in _ADDRESSES:
            hint = _ADDRESSES[path]
        elif _SPLIT in hint:
            splittable = _is_manifest(path, data) if splittable is None else splittable
            hint = _moved(path, hint, context) if splittable else ELSEWHERE
        result.append(item if hint == item.hint else replace(item, hint=hint))
    return result


def of_object(item: Finding, command: str = "") -> Finding:
    """A finding in what is no file; `command` takes it out of there."""
    if not item.commits and item.object not in {"ref", "file name"}:
        return replace(item, hint=PRUNE)
    return replace(item, hint=f"{_renewed(item)}; {_OBJECTS[item.object].format(command)}")


def of_history(findings: Sequence[Finding], today: Callable[[], Collection[str]]) -> list[Finding]:
    """The findings of an audit; `today` gives the paths that HEAD and the index have. Where a path is gone, no command mends it."""
    files = [item for item in findings if not item.object and (_is_leak(item) or _names_file(item.hint))]
    if not files:
        return list(findings)
    paths, candidates = today(), {id(item) for item in files}
    return [
        replace(item, hint=_renewed(item))
        if id(item) in candidates and item.file not in paths and not item.path.startswith(".git/")
        else item
        for item in findings
    ]


def _is_leak(item: Finding) -> bool:
    return item.rule[:3] in {"SK2", "SK3"}


def _renewed(item: Finding) -> str:
    """What to do about a value that others have."""
    if item.rule == "SK303":
        return item.hint
    return REVOKE if item.rule[:3] == "SK3" else RENEW


def _in_archive(path: str, item: Finding) -> str:
    if not _is_leak(item) and not _names_file(item.hint):
        return item.hint
    unpack = f"unpack {shlex.quote(path)}, take it out there, and pack it again"
    return f"{unpack}; {item.hint.removeprefix(_REMOVE)}" if item.rule[:3] == "SK3" else unpack


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
