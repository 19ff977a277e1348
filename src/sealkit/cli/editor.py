"""The editor that `edit` starts, told to keep no copies of what it opens."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.operations.events import Events
from sealkit.source import files

_VIM = ("-n", "-i", "NONE", "-c", "set nobackup nowritebackup noundofile noswapfile")
"""`-c` runs after the user's own settings; `-n` keeps the swap file off from the start."""
_EMACS = ("--eval", "(setq make-backup-files nil auto-save-default nil create-lockfiles nil)")
_QUIET: dict[str, tuple[str, ...]] = {
    "vim": _VIM, "nvim": _VIM, "gvim": ("-f", *_VIM), "nano": ("--ignorercfiles",), "emacs": _EMACS,
    "vi": (), "ed": (), "ex": (),
}  # fmt: skip
"""The options that keep each editor from writing a swap file, backup, undo file or history."""


def find_editor(environ: Mapping[str, str], events: Events) -> list[str]:
    """The command line of the editor that sops would choose (SOPS_EDITOR, then VISUAL, EDITOR, vim, nano, vi), with the options
    that keep it from writing copies. Warns of an editor whose options are not known. Raises SealkitError where there is none.
    """
    named = next((environ[name] for name in ("SOPS_EDITOR", "VISUAL", "EDITOR") if environ.get(name, "").strip()), "")
    try:
        words = shlex.split(named) if named else _installed(environ)
    except ValueError:
        raise SealkitError("EDITOR is not a command line", hint="export EDITOR=vim") from None
    program = shutil.which(words[0], path=environ.get("PATH")) if words else None
    if program is None:
        raise SealkitError(
            f"no editor: {words[0] if words else 'vim, nano, vi'} is not installed", hint="export EDITOR=nano"
        )
    name = Path(words[0]).name
    if name == "vi" and "vim" in Path(program).resolve().name:
        name = "vim"
    if name not in _QUIET:
        events.warning(f"{name} may keep copies of what it opens (swap, backup, history)", "export SOPS_EDITOR=vim")
    return [words[0], *_QUIET.get(name, ()), *words[1:]]


def _installed(environ: Mapping[str, str]) -> list[str]:
    return next(([name] for name in ("vim", "nano", "vi") if shutil.which(name, path=environ.get("PATH"))), [])


def run_editor(command: list[str], path: Path, environ: Mapping[str, str]) -> bytes:
    """Let a person edit a file that lies in memory; its bytes afterwards. Raises SealkitError where the editor fails."""
    try:
        # temporary files of the editor stay in memory, too
        done = subprocess.run([*command, str(path)], env={**environ, "TMPDIR": str(path.parent)}, check=False)
    except OSError as error:
        raise SealkitError(f"{command[0]}: {(error.strerror or 'cannot be started').lower()}") from None
    if done.returncode:
        raise SealkitError(f"{Path(command[0]).name} ended with {done.returncode}; nothing was written")
    return files.read(path, path.name)
