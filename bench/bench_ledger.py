"""The cost of the ledger: read and hash 1,000 sealed files with a check against the ledger, compared with reading them only.

The first use of a ledger verifies every signature. Later uses compare the text with the digest in the pin.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from common import ratio, run, temporary_home
from sealkit.ledger import pins, signing
from sealkit.ledger.entries import FileEntry
from sealkit.ledger.text import Ledger
from sealkit.sealed.file import file_digest

COUNT = 1000


def ledger_of(folder: Path) -> str:
    """The text of a signed ledger of the files in a folder."""
    key = signing.new_key()
    entries = [FileEntry(path.name, 1, file_digest(path.read_bytes()), ("age:bench",)) for path in folder.iterdir()]
    return signing.sign(Ledger(key.public), entries, key).text()


def main() -> None:
    """Print both ratios."""
    with temporary_home() as home:
        files = home / "files"
        files.mkdir()
        for n in range(COUNT):
            (files / f"{n:04}.yaml").write_text("".join(f"k{i}: {secrets.token_hex(40)}\n" for i in range(20)))
        text = ledger_of(files)
        run(["git", "init", "-q", home / "repo"])
        environ = {**os.environ, "XDG_CONFIG_HOME": str(home / "config")}

        def read_files() -> dict[str, str]:
            return {path.name: file_digest(path.read_bytes()) for path in files.iterdir()}

        def check_files() -> None:
            pin = pins.load(home / "repo/.git", environ)
            ledger = pins.admit(text, pin, environ)
            assert ledger is not None
            pins.remember(pin, ledger, text, environ)
            approved = ledger.files()
            assert all(
                (entry := approved[name]) is not None and entry.sha256 == sha256
                for name, sha256 in read_files().items()
            )

        def check_files_first_time() -> None:
            shutil.rmtree(home / "config", ignore_errors=True)
            check_files()

        ratio(f"{COUNT} files, first use of the ledger", check_files_first_time, read_files, peer="reading only")
        ratio(f"{COUNT} files, verified before", check_files, read_files, peer="reading only")


if __name__ == "__main__":
    main()
