"""Masked diffs and merges by value: what git calls for sealed files, and the settings of a clone that make it do so."""

from __future__ import annotations

import re
from pathlib import Path

import typer

from sealkit.cli import ui
from sealkit.source import filenames, files, git
from sealkit.source.config import load_config

DRIVER = "sealkit"
SETTINGS = {
    f"diff.{DRIVER}.textconv": 'f() { sealkit textconv "$1" 2>/dev/null || cat -- "$1"; }; f',
    f"merge.{DRIVER}.name": "sealed files, by value",
    f"merge.{DRIVER}.driver": 'f() { sealkit merge-driver "$@" || exit 1; }; f %O %A %B %P',
}
"""Where sealkit is not on the PATH git shows the files as they are, and a merge is a conflict that leaves ours whole: a program
that fails would break off every `git diff`."""
LEDGER = f"/{filenames.LEDGER} merge=union"
"""Each line of the ledger is signed by itself, so the lines of both sides stay."""
_ATTRIBUTES = ".gitattributes"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("textconv", hidden=True)(textconv)


def textconv(file: Path = typer.Argument(..., metavar="FILE", show_default=False)) -> None:
    """Print a file as git shall show it in a diff: sealed values by a digest of their ciphertext. Needs no key."""
    from sealkit.sealed.textconv import show

    show(file)


def setup(root: Path) -> list[str]:
    """Make `git diff` and `git log -p` show sealed files masked, and `git merge` merge them by value: the drivers in the
    configuration of this clone, the paths in `.gitattributes`, which is to be committed. What was done, one line each; empty
    where all was set up. Raises SealkitError.
    """
    done = []
    if not _registered(root):
        for key, value in SETTINGS.items():
            git.run(["config", "--local", key, value], root)
            done.append(f"git config {key}")
    path = root / _ATTRIBUTES
    text = _attributes(root)
    lacking = unlisted(root)
    if lacking:
        lead = "" if not text or text.endswith("\n") else "\n"
        files.write(path, (text + lead + "".join(f"{line}\n" for line in lacking)).encode())
        done += [f"{_ATTRIBUTES}: {line}" for line in lacking]
    return done


def missing(root: Path) -> str | None:
    """What this clone lacks, as a noun; None where it has it. One call of git."""
    return None if _registered(root) else "the drivers for masked diffs and for merges"


def unlisted(root: Path) -> list[str]:
    """The lines of `.gitattributes` that are wanting: without them git neither masks nor merges these files. Raises
    SealkitError."""
    there = _attributes(root).splitlines()
    return [line for line in lines(root) if line not in there]


def _attributes(root: Path) -> str:
    path = root / _ATTRIBUTES
    return files.decode(files.read(path, _ATTRIBUTES), _ATTRIBUTES) if path.exists() else ""


def advise(folder: Path) -> None:
    """Warn where a house with a ledger was cloned and not set up. Elsewhere git is not even started. Raises SealkitError."""
    root = next((top for top in (folder, *folder.parents) if (top / ".git").exists()), None)
    if root is not None and (root / filenames.LEDGER).exists() and (lacks := missing(root)) is not None:
        ui.warning(f"this clone lacks {lacks}", "sealkit hook install")


def lines(root: Path) -> list[str]:
    """The lines of `.gitattributes` that give sealed files to the driver: by name, by private folder, and one by one those
    that neither finds."""
    from sealkit.ledger import observe
    from sealkit.source.work_tree import work_tree

    config = load_config(root)
    folders = config.private_folders
    sealed = observe.sealed_files(work_tree(config), None)
    alone = [
        path for path in sorted(sealed)
        if ".sops." not in path.rpartition("/")[2] and not any(path.startswith(f"{folder}/") for folder in folders)
    ]  # fmt: skip
    patterns = [
        "?*.sops.*",  # but not .sops.yaml: it is no sealed file, and git merges it by line
        *(f"/{_exactly(folder)}/**" for folder in folders),
        *(f"/{_exactly(path)}" for path in alone),
    ]
    return [*(f"{_quoted(pattern)} diff={DRIVER} merge={DRIVER}" for pattern in patterns), LEDGER]


def _exactly(path: str) -> str:
    """A pattern for one path: no wildcard in it that is not meant."""
    return re.sub(r"([\\*?\[])", r"\\\1", path)


def _quoted(pattern: str) -> str:
    """A pattern as a line of attributes holds it: in quotes where it has a blank."""
    if not any(mark in pattern for mark in ' "\\\t'):
        return pattern
    return '"' + pattern.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _registered(root: Path) -> bool:
    held = git.run(["config", "--get-regexp", f"^(diff|merge)\\.{DRIVER}\\."], root, check=False).decode().splitlines()
    return {key.lower() for key in SETTINGS} <= {line.partition(" ")[0] for line in held}
