"""Masked diffs and merges by value: the settings of a clone and the lines of `.gitattributes` that make git ask sealkit."""

from __future__ import annotations

import re
from pathlib import Path

from sealkit.ledger.inputs import read_inputs
from sealkit.operations.git_driver_check import DRIVER, SETTINGS, configured
from sealkit.source import filenames, files, git
from sealkit.source.config import load_config
from sealkit.source.read_once import work_tree

LEDGER = f"/{filenames.LEDGER} merge=union"
"""Each line of the ledger is signed by itself, so the lines of both sides stay."""
_ATTRIBUTES = ".gitattributes"


def install(root: Path) -> list[str]:
    """Make `git diff` and `git log -p` show sealed files masked, and `git merge` merge them by value: the drivers in the
    configuration of this clone, the paths in `.gitattributes`, which is to be committed. What was done, one line each; empty
    where all was set up. Raises SealkitError.
    """
    done = []
    if not configured(root):
        for key, value in SETTINGS.items():
            git.run(["config", "--file", f"{git.common_dir(root)}/config", key, value], root)
            done.append(f"git config {key}")
    text = _attributes(root)
    lines = missing_lines(root)
    if lines:
        lead = "" if not text or text.endswith("\n") else "\n"
        files.write(root / _ATTRIBUTES, (text + lead + "".join(f"{line}\n" for line in lines)).encode())
        done += [f"{_ATTRIBUTES}: {line}" for line in lines]
    return done


def missing_lines(root: Path) -> list[str]:
    """The lines that `.gitattributes` lacks: without them git neither masks nor merges these files. Raises SealkitError."""
    present = _attributes(root).splitlines()
    return [line for line in attribute_lines(root) if line not in present]


def attribute_lines(root: Path) -> list[str]:
    """The lines of `.gitattributes` that give sealed files to the driver: by name, by private folder, and one by one those
    that neither matches. Raises SealkitError."""
    config = load_config(root)
    folders = config.private_folders
    sealed = read_inputs(config, work_tree(config), None, deploys=False).sealed
    other_paths = [
        path for path in sorted(sealed)
        if ".sops." not in path.rpartition("/")[2] and not any(path.startswith(f"{folder}/") for folder in folders)
    ]  # fmt: skip
    patterns = [
        "?*.sops.*",  # but not .sops.yaml: it is no sealed file, and git merges it by line
        *(f"/{_escaped(folder)}/**" for folder in folders),
        *(f"/{_escaped(path)}" for path in other_paths),
    ]
    return [*(f"{_quoted(pattern)} diff={DRIVER} merge={DRIVER}" for pattern in patterns), LEDGER]


def _attributes(root: Path) -> str:
    path = root / _ATTRIBUTES
    return files.decode(files.read(path, _ATTRIBUTES), _ATTRIBUTES) if path.exists() else ""


def _escaped(path: str) -> str:
    """A pattern for one path: its own wildcards are escaped."""
    return re.sub(r"([\\*?\[])", r"\\\1", path)


def _quoted(pattern: str) -> str:
    """A pattern as a line of attributes has it: in quotes where it contains a blank."""
    if not any(mark in pattern for mark in ' "\\\t'):
        return pattern
    return '"' + pattern.replace("\\", "\\\\").replace('"', '\\"') + '"'
