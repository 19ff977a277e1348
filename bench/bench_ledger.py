"""What the ledger costs: a command on a house of 1,000 sealed files with it, against the same house without it.

The first use verifies every signature; later uses know the text that verified. Both times are printed beside the ratio.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from common import house, ratio, run
from sealkit.ledger import pins, signing
from sealkit.ledger.entries import FileEntry, file_digest
from sealkit.ledger.text import Ledger

COUNT = 1000


def ledger_of(folder: Path) -> str:
    """A signed ledger of the files in a folder."""
    key = signing.new_key()
    entries = [FileEntry(path.name, 1, file_digest(path.read_bytes()), ("age:bench",)) for path in folder.iterdir()]
    return signing.sign(Ledger(key.public), entries, key).text()


def main() -> None:
    """Print the ratios: reading and hashing 1,000 files with the ledger held against them, and without."""
    with house() as home:
        files = home / "files"
        files.mkdir()
        for n in range(COUNT):
            (files / f"{n:04}.yaml").write_text("".join(f"k{i}: {secrets.token_hex(40)}\n" for i in range(20)))
        text = ledger_of(files)
        run(["git", "init", "-q", home / "repo"])
        environ = {**os.environ, "XDG_CONFIG_HOME": str(home / "config")}

        def read() -> dict[str, str]:
            return {path.name: file_digest(path.read_bytes()) for path in files.iterdir()}

        def held() -> None:
            pin = pins.load(home / "repo/.git", environ)
            ledger = pins.admit(text, pin, environ)
            assert ledger is not None
            pins.remember(pin, ledger, text, environ)
            known = ledger.files()
            assert all((entry := known[name]) is not None and entry.sha256 == sha256 for name, sha256 in read().items())

        def first() -> None:
            shutil.rmtree(home / "config", ignore_errors=True)
            held()

        ratio(f"{COUNT} files, first use of the ledger", first, read, peer="reading alone")
        ratio(f"{COUNT} files, ledger known", held, read, peer="reading alone")


if __name__ == "__main__":
    main()
