"""Branches that share no file merge on a server that knows no merge driver, because each line stands between blank ones."""

from __future__ import annotations

import random
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from sealkit.ledger.entries import PublicEntry
from sealkit.ledger.signing import SigningKey, new_key, sign, verified
from sealkit.ledger.text import Ledger

PAIRS = 60


def merged(folder: Path, base: str, ours: str, theirs: str) -> tuple[int, str]:
    """git's three-way merge of texts: the number of conflicts, and the result."""
    for name, text in (("base", base), ("ours", ours), ("theirs", theirs)):
        (folder / name).write_text(text)
    done = subprocess.run(
        ["git", "merge-file", "-p", "ours", "base", "theirs"], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def changed(ledger: Ledger, paths: list[str], key: SigningKey) -> Ledger:
    entries = ledger.paths()
    return sign(ledger, [replace(entries[path], version=2, sha256="b" * 64) for path in paths], key)  # type: ignore[type-var]


@pytest.mark.parametrize("files", [20, 200])
def test_edits_of_other_files_never_conflict(tmp_path: Path, files: int) -> None:
    key, chance = new_key(), random.Random(files)
    paths = [f"public/part-{n % 7}/app-{n}.yaml" for n in range(files)]
    base = sign(Ledger(key.public), [PublicEntry(path, 1, "a" * 64) for path in paths], key)
    dense = 0
    for _ in range(PAIRS):
        chosen = chance.sample(paths, 10)
        ours, theirs = changed(base, chosen[:5], key), changed(base, chosen[5:], key)
        conflicts, text = merged(tmp_path, base.text(), ours.text(), theirs.text())
        assert conflicts == 0
        result = verified(Ledger.parse(text))
        assert result.ignored == 0
        assert {path for path, entry in result.paths().items() if entry is not None and entry.version == 2} == {*chosen}
        without_blanks = [text.replace("\n\n", "\n") for text in (base.text(), ours.text(), theirs.text())]
        dense += merged(tmp_path, *without_blanks)[0] > 0
    if files == 20:
        assert dense > 0  # what the blank lines are for
