"""Opening sealed files: sealkit in one process against a loop of `sops decrypt`; one file in a fresh process; a large file."""

from __future__ import annotations

import secrets
import subprocess
import sys
from pathlib import Path

from common import BIN, age_key, house, memory, program, ratio, run

SEALKIT = BIN / "sealkit"
SECRET = """\
apiVersion: v1
kind: Secret
metadata:
    name: app-{n}
    namespace: shop
stringData:
    user: app
    password: {a}
    token: {b}
    dsn: postgres://app:{a}@db:5432/app
"""
OPEN_ALL = """\
import sys
from pathlib import Path
from sealkit.keys.keyring import Keyring
from sealkit.sealed.file import SealedFile
from sealkit.sops.decrypt import open_files
import os
files = [SealedFile(path.name, path.read_bytes()) for path in sorted(Path(sys.argv[1]).iterdir())]
found = open_files({file.path: file for file in files}, Keyring.discover(os.environ))
bad = [name for name, opened in found.items() if isinstance(opened, Exception)]
sys.exit(f"did not open: {bad}" if bad else 0)
"""


def seal_with_sops(folder: Path, count: int, *options: str) -> None:
    """`count` small Secrets sealed by the real sops, in two processes at a time."""
    folder.mkdir()
    for n in range(count):
        text = SECRET.format(n=n, a=secrets.token_hex(12), b=secrets.token_hex(20))
        args = [program("sops"), "encrypt", *options, "--encrypted-regex", "^(data|stringData)$",
                "--filename-override", "a.yaml", "/dev/stdin"]  # fmt: skip
        (folder / f"{n:03}.yaml").write_bytes(run(args, data=text.encode()))


def loop(folder: Path) -> None:
    """What people write today."""
    for path in sorted(folder.iterdir()):
        run([program("sops"), "decrypt", path])


def ours(folder: Path) -> None:
    """A fresh process that opens all files of a folder."""
    run([sys.executable, "-c", OPEN_ALL, folder])


def main() -> None:
    """Print the ratios."""
    with house() as home:
        recipient = age_key(home)
        seal_with_sops(home / "age", 200, "--age", recipient)
        ratio("200 age files", lambda: ours(home / "age"), lambda: loop(home / "age"), peer="sops", target="40")

        quick = ["gpg", "--batch", "--passphrase", "", "--quick-generate-key", "bench@example.invalid", "ed25519/cert"]
        run(quick)
        colons = run(["gpg", "--batch", "--list-keys", "--with-colons"]).decode().splitlines()
        print_ = next(row.split(":")[9] for row in colons if row.startswith("fpr"))
        run(["gpg", "--batch", "--passphrase", "", "--quick-add-key", print_, "cv25519", "encr"])
        seal_with_sops(home / "pgp", 50, "--pgp", print_)
        ratio("50 PGP files", lambda: ours(home / "pgp"), lambda: loop(home / "pgp"), peer="sops", target="8")

        one(home, recipient)
        large(home, recipient)


def one(home: Path, recipient: str) -> None:
    """`sealkit get FILE` against `sops decrypt FILE`, each in a fresh process."""
    repo = home / "repo"
    run(["git", "init", "-q", repo])
    (repo / ".sops.yaml").write_text(f"creation_rules:\n  - age: {recipient}\n")
    sealed = next(iter(sorted((home / "age").iterdir()))).read_bytes()
    (repo / "app.yaml").write_bytes(sealed)

    def get() -> None:
        subprocess.run([SEALKIT, "get", "app.yaml"], cwd=repo, check=True, capture_output=True)

    ratio("one file, fresh process", get, lambda: run([program("sops"), "decrypt", repo / "app.yaml"]), peer="sops",
          target="0.25")  # fmt: skip


def large(home: Path, recipient: str) -> None:
    """50,000 leaves, about 5 MB sealed."""
    folder = home / "large"
    folder.mkdir()
    plain = "".join(f"k{n // 100}_{n}: {secrets.token_hex(8)}\n" for n in range(50_000))
    args = [program("sops"), "encrypt", "--age", recipient, "--filename-override", "a.yaml", "/dev/stdin"]
    (folder / "large.yaml").write_bytes(run(args, data=plain.encode()))
    ratio("50,000 leaves", lambda: ours(folder), lambda: loop(folder), peer="sops", target="1")
    sops = [program("sops"), "decrypt", folder / "large.yaml"]
    memory("50,000 leaves, memory", [sys.executable, "-c", OPEN_ALL, folder], sops, peer="sops", target="1")


if __name__ == "__main__":
    main()
