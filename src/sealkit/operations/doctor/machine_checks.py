"""Checks of the machine: swap and kube contexts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.operations.doctor.check import Check, CheckContext, Level
from sealkit.source import files
from sealkit.yamlspan.nodes import MappingNode, SequenceNode
from sealkit.yamlspan.parse import parse

_CONTEXT_LIMIT = 8 * 1024 * 1024


def swap(context: CheckContext) -> Iterator[Check]:  # noqa: ARG001 - one signature for all checks
    """Whether memory may be written to a disk in the clear. zram stays in memory; dm-crypt is encrypted."""
    table = Path("/proc/swaps")
    if not table.exists():
        yield Check(Level.NOTE, "swap", "this system does not say whether its swap is encrypted")
        return
    text = table.read_text(encoding="utf-8", errors="replace")
    unencrypted = bare(text)
    for place in unencrypted:
        yield Check(Level.RISK, "swap", f"{place} is not encrypted: values in memory may reach the disk",
                    "use zram or dm-crypt, or swapoff")  # fmt: skip
    if not unencrypted:
        used = len(text.splitlines()) > 1
        yield Check(Level.OK, "swap", "in memory or encrypted" if used else "none in use")


def bare(table: str, blocks: Path = Path("/sys/dev/block")) -> list[str]:
    """The swap areas of a `/proc/swaps` table that are neither in memory (zram) nor on an encrypted device."""
    rows = [line.split()[:2] for line in table.splitlines()[1:] if line.strip()]
    return [
        name for name, kind in rows if not (Path(name).name.startswith("zram") or _crypt(_device(name, kind), blocks))
    ]


def _device(name: str, kind: str) -> str:
    """The device number of a swap partition, or of what a swap file lies on."""
    try:
        # blanks are escaped in the table
        status = Path(name.encode().decode("unicode_escape")).stat()
    except OSError:
        return ""
    number = status.st_rdev if kind == "partition" else status.st_dev
    return f"{os.major(number)}:{os.minor(number)}"


def _crypt(device: str, blocks: Path) -> bool:
    """Whether a block device is dm-crypt, or lies wholly on such (LVM on LUKS)."""
    place = blocks / device
    if not device or not place.exists():
        return False
    uuid = place / "dm" / "uuid"
    if uuid.exists() and uuid.read_text(encoding="ascii", errors="replace").startswith("CRYPT-"):
        return True
    below = [(slave / "dev").read_text(encoding="ascii").strip() for slave in sorted(place.glob("slaves/*"))]
    return bool(below) and all(_crypt(one, blocks) for one in below)


def contexts(context: CheckContext) -> Iterator[Check]:
    """The kube contexts that the targets name are in the kubeconfig. Only names are taken from it."""
    wanted = {target.name: target.context for target in context.repository.config.targets.values() if target.context}
    if not wanted:
        yield Check(Level.NOTE, "context", "no target names one: deploy takes the current context of the kubeconfig")
        return
    known = set(_known(context.repository.environ))
    for name, kube_context in wanted.items():
        if kube_context in known:
            yield Check(Level.OK, "context", f"{name}: {kube_context}")
        else:
            yield Check(Level.WRONG, "context", f"{name}: no context {kube_context} in the kubeconfig",
                        "kubectl config get-contexts")  # fmt: skip


def _known(environ: Mapping[str, str]) -> Iterator[str]:
    usual = Path(environ.get("HOME") or Path.home()) / ".kube" / "config"
    named = [Path(part) for part in environ.get("KUBECONFIG", "").split(os.pathsep) if part] or [usual]
    for path in named:
        if not path.is_file() or path.stat().st_size > _CONTEXT_LIMIT:
            continue
        try:
            documents = parse(files.decode(files.read_named(path), str(path)), str(path))
        except SealkitError as error:
            raise SealkitError(f"{path}: not a kubeconfig: {error.message}", hint="kubectl config view") from None
        root = documents[0].root if documents else None
        listed = root.get("contexts") if isinstance(root, MappingNode) else None
        for item in listed.items if isinstance(listed, SequenceNode) else ():
            if isinstance(item, MappingNode) and item.scalar("name"):
                yield str(item.scalar("name"))
