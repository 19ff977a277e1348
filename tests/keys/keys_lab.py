"""Shared by the tests of keys: real keys, files that the real sops encrypted, a plugin, and a terminal to type on."""

from __future__ import annotations

import base64
import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from sealkit.keys import bech32
from sealkit.sealed.metadata import Recipient, Wrapped

_ENC = re.compile(r"ENC\[AES256_GCM,data:(.*),iv:(.*),tag:(.*),type:str\]")


def sealed_by_sops(folder: Path, secret: str, *options: str, name: str = "a.yaml") -> Path:
    """A file with `password: SECRET`, encrypted by the real sops."""
    path = folder / name
    done = subprocess.run(
        ["sops", "encrypt", *options, "--filename-override", "a.yaml", "/dev/stdin"],
        input=f"password: {secret}\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    path.write_text(done.stdout)
    return path


def wrapped(path: Path) -> list[Wrapped]:
    """The wrapped copies in a sealed file."""
    block = yaml.safe_load(path.read_text())["sops"]
    found = [Wrapped(Recipient("age", entry["recipient"]), entry["enc"]) for entry in block.get("age") or ()]
    return found + [Wrapped(Recipient("pgp", entry["fp"]), entry["enc"]) for entry in block.get("pgp") or ()]


def value(path: Path, data_key: bytes) -> str:
    """The password in the file, decrypted with this data key."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    data, iv, tag = map(base64.b64decode, _ENC.fullmatch(yaml.safe_load(path.read_text())["password"]).groups())
    return AESGCM(data_key).decrypt(iv, data + tag, b"password:").decode()


def with_copy(path: Path, entry: Wrapped) -> None:
    """Make this the only wrapped copy in the block, so that the real sops must use it."""
    tree = yaml.safe_load(path.read_text())
    kind = entry.recipient.kind
    tree["sops"].pop("age", None)
    tree["sops"].pop("pgp", None)
    made = (
        {"created_at": "2026-01-01T00:00:00Z", "fp": entry.recipient.id}
        if kind == "pgp"
        else {"recipient": entry.recipient.id}
    )
    tree["sops"][kind] = [{**made, "enc": entry.enc}]
    path.write_text(yaml.safe_dump(tree))


def pgp_key(uid: str, expires: str = "never", passphrase: str = "") -> str:
    """Generate a PGP key, with a passphrase if one is given; returns its fingerprint."""
    quick = ["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", passphrase]
    made = subprocess.run(
        [*quick, "--status-fd", "1", "--quick-generate-key", uid, "ed25519", "cert", expires],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    fingerprint = re.search(r"KEY_CREATED \S+ ([0-9A-F]{40})", made.stdout)[1]
    subprocess.run(
        [*quick, "--quick-add-key", fingerprint, "cv25519", "encr", expires], check=True, capture_output=True
    )
    return fingerprint


def ssh_key(path: Path, *, kind: str = "ed25519", passphrase: str = "", form: str = "") -> str:
    """Generate an ssh key with ssh-keygen; returns its recipient."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    extra = ["-m", form] if form else []
    subprocess.run(["ssh-keygen", "-q", "-t", kind, *extra, "-N", passphrase, "-C", "me@here", "-f", path], check=True)
    return " ".join(path.with_name(f"{path.name}.pub").read_text().split()[:2])


PLUGIN = """#!{python}
import base64, os, pathlib, sys
log = pathlib.Path({log!r})
log.open("a").write(sys.argv[1] + "\\n")
def b64(data): return base64.b64encode(data).rstrip(b"=").decode()
def send(kind, *args, body=b""):
    text = b64(body)
    lines = [text[i:i + 64] for i in range(0, len(text) + 1, 64)]
    sys.stdout.write("\\n".join([" ".join(["->", kind, *args]), *lines, ""])); sys.stdout.flush()
def read():
    words = sys.stdin.readline().rstrip("\\n").split(" ")[1:]
    body = ""
    while True:
        line = sys.stdin.readline().rstrip("\\n")
        body += line
        if len(line) < 64:
            return words[0], words[1:], base64.b64decode(body + "=" * (-len(body) % 4))
def mixed(data): return bytes(byte ^ 0x5A for byte in data)
if sys.argv[1] == "--age-plugin=recipient-v1":
    keys = []
    while (got := read())[0] != "done":
        if got[0] == "wrap-file-key": keys.append(got[2])
    for index, key in enumerate(keys):
        send("recipient-stanza", str(index), "lab", b64(b"x" * 48), body=mixed(key)); read()
    send("done")
else:
    files = []
    while (got := read())[0] != "done":
        if got[0] == "recipient-stanza": files.append((got[1], got[2]))
    if {pin!r}:
        send("msg", body=b"touch the key"); read()
        send("request-secret", body=b"PIN")
        answer = read()
        if answer[0] != "ok" or answer[2].decode() != {pin!r}:
            send("error", "internal", body=b"wrong PIN"); read()
            files = []
    for args, body in files:
        if args[1] == "lab":
            send("file-key", args[0], body=mixed(body)); read()
    send("done")
"""


def plugin(folder: Path, *, pin: str = "") -> tuple[str, str, Path]:
    """Install `age-plugin-lab` in a folder for the PATH; returns recipient, identity, and a log with a line per session."""
    folder.mkdir(exist_ok=True)
    log = folder / "sessions.log"
    program = folder / "age-plugin-lab"
    program.write_text(PLUGIN.format(python=sys.executable, log=str(log), pin=pin))
    program.chmod(0o755)
    return bech32.encode("age1lab", os.urandom(8)), bech32.encode("age-plugin-lab-", os.urandom(8)).upper(), log


OPEN = """
import json, os, sys
from sealkit.keys.keyring import Keyring
from sealkit.sealed.metadata import Recipient, Wrapped
asked = [([Wrapped(Recipient(k, i), e) for k, i, e in copies], path) for copies, path in json.load(open(sys.argv[1]))]
ring = Keyring.discover(os.environ)
keys = ring.first_batch(asked)
print("opened", [str(ring.refusal(*one)) for one, key in zip(asked, keys) if key is None] or ring.opened_by(asked))
sys.exit(0 if all(key is not None and key.hex() == sys.argv[2] for key in keys) else 3)
"""
"""A program that unwraps the copies in a JSON file and compares them with a data key, with or without a terminal."""


def typed(
    args: Sequence[str], answers: Sequence[tuple[str, str]], env: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Run a program on a terminal of its own and type an answer after each expected prompt; returns exit code and output."""
    here, there = pty.openpty()
    name = os.ttyname(there)
    start = "import os, sys; os.open(sys.argv[1], os.O_RDWR); os.execv(sys.argv[2], sys.argv[2:])"
    child = subprocess.Popen(
        [sys.executable, "-c", start, name, *args], env=env, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=there, stderr=there,
    )  # fmt: skip
    os.close(there)
    shown, at, waiting = "", 0, list(answers)
    try:
        while select.select([here], [], [], 60)[0]:
            try:
                data = os.read(here, 4096)
            except OSError:
                break
            if not data:
                break
            shown += data.decode("utf-8", "replace")
            if waiting and waiting[0][0] in shown[at:]:
                at = len(shown)
                os.write(here, waiting.pop(0)[1].encode() + b"\n")
    finally:
        os.close(here)
        child.kill() if child.poll() is None and waiting else None
        code = child.wait(timeout=60)
    return code, shown
