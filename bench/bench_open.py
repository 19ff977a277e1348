"""Decrypting sealed files: many files in one process, compared with a loop of `sops decrypt`; one file; a large file."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from common import BIN, age_key, memory, peer, ratio, run, temporary_home

SEALKIT = BIN / "sealkit"
SOPS = peer("sops-3.13")
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
results = open_files({file.path: file for file in files}, Keyring.discover(os.environ))
failed = [path for path, result in results.items() if isinstance(result, Exception)]
sys.exit(f"not decrypted: {failed}" if failed else 0)
"""


def seal_with_sops(folder: Path, count: int, *options: str) -> None:
    """Create a folder with `count` small Secrets, sealed by the sops program."""
    folder.mkdir()
    for n in range(count):
        text = SECRET.format(n=n, a=secrets.token_hex(12), b=secrets.token_hex(20))
        args = [SOPS, "encrypt", *options, "--encrypted-regex", "^(data|stringData)$",
                "--filename-override", "a.yaml", "/dev/stdin"]  # fmt: skip
        (folder / f"{n:03}.yaml").write_bytes(run(args, data=text.encode()))


def sops_loop(folder: Path) -> None:
    """Decrypt each file of a folder with its own `sops decrypt`."""
    for path in sorted(folder.iterdir()):
        run([SOPS, "decrypt", path])


def ours(folder: Path) -> None:
    """Decrypt all files of a folder in one new process."""
    run([sys.executable, "-c", OPEN_ALL, folder])


def main() -> None:
    """Print the ratios."""
    with temporary_home() as home:
        recipient = age_key(home)
        seal_with_sops(home / "age", 200, "--age", recipient)
        ratio("200 age files", lambda: ours(home / "age"), lambda: sops_loop(home / "age"), peer="sops", target="40")

        generate_key = [
            "gpg",
            "--batch",
            "--passphrase",
            "",
            "--quick-generate-key",
            "bench@example.invalid",
            "ed25519/cert",
        ]
        run(generate_key)
        colons = run(["gpg", "--batch", "--list-keys", "--with-colons"]).decode().splitlines()
        fingerprint = next(row.split(":")[9] for row in colons if row.startswith("fpr"))
        run(["gpg", "--batch", "--passphrase", "", "--quick-add-key", fingerprint, "cv25519", "encr"])
        seal_with_sops(home / "pgp", 50, "--pgp", fingerprint)
        ratio("50 PGP files", lambda: ours(home / "pgp"), lambda: sops_loop(home / "pgp"), peer="sops", target="8")

        one_file(home, recipient)
        whole_render(home, recipient)
        large_file(home, recipient)


def one_file(home: Path, recipient: str) -> None:
    """`sealkit get FILE`, compared with `sops decrypt FILE`, each in a new process."""
    repo = home / "repo"
    run(["git", "init", "-q", repo])
    (repo / ".sops.yaml").write_text(f"creation_rules:\n  - age: {recipient}\n")
    sealed = next(iter(sorted((home / "age").iterdir()))).read_bytes()
    (repo / "app.yaml").write_bytes(sealed)

    def get() -> None:
        subprocess.run([SEALKIT, "get", "app.yaml"], cwd=repo, check=True, capture_output=True)

    ratio("one file, new process", get, lambda: run([SOPS, "decrypt", repo / "app.yaml"]), peer="sops",
          target="0.4")  # fmt: skip


def whole_render(home: Path, recipient: str) -> None:
    """`sealkit render --reveal` of 200 sealed files, compared with one `sops decrypt` for each: the whole command, from its start
    to the manifests on standard output."""
    repo = home / "render"
    run(["git", "init", "-q", repo])
    (repo / ".sops.yaml").write_text(f"creation_rules:\n  - age: {recipient}\n")
    shutil.copytree(home / "age", repo / "private")
    (repo / "public").mkdir()
    (repo / "sealkit.yaml").write_text("version: 1\nlayout: split\n")

    def render() -> None:
        run([SEALKIT, "render", "--reveal", "-o", "json"], repo)

    ratio("render --reveal, 200 files", render, lambda: sops_loop(home / "age"), peer="sops", target="20")


def large_file(home: Path, recipient: str) -> None:
    """A file of 50,000 values, about 5 MB sealed."""
    folder = home / "large"
    folder.mkdir()
    plain = "".join(f"k{n // 100}_{n}: {secrets.token_hex(8)}\n" for n in range(50_000))
    args = [SOPS, "encrypt", "--age", recipient, "--filename-override", "a.yaml", "/dev/stdin"]
    (folder / "large.yaml").write_bytes(run(args, data=plain.encode()))
    ratio("50,000 values", lambda: ours(folder), lambda: sops_loop(folder), peer="sops", target="1")
    sops = [SOPS, "decrypt", folder / "large.yaml"]
    memory("50,000 values, memory", [sys.executable, "-c", OPEN_ALL, folder], sops, peer="sops", target="1")


if __name__ == "__main__":
    main()
