"""The data key of a file: got from its wrapped copies, and wrapped for recipients.

With one key group every copy holds the data key itself; with several each group holds one share of it (`shamir`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sealkit.errors import NoIdentityError, RefusedError, SealkitError
from sealkit.printable import one_line
from sealkit.sealed.metadata import CLOUD_KINDS, Metadata, Recipient, Wrapped
from sealkit.sops import shamir
from sealkit.sops.cipher import KEY_BYTES

if TYPE_CHECKING:
    from sealkit.keys.keyring import Keyring

_PROGRAMS = 8
"""How many `sops` processes wait for cloud services at a time."""


def new_data_key() -> bytes:
    """A fresh data key."""
    return os.urandom(KEY_BYTES)


def now() -> str:
    """The time in UTC as a `sops` block writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def recover_data_keys(blocks: Mapping[str, Metadata], keyring: Keyring) -> dict[str, bytes | SealkitError]:
    """The data key of each file by its path, or why there is none: NoIdentityError, RefusedError for shares or a key that
    cannot be right, SealkitError for a program or key file that is missing. Asks the key ring once for all files."""
    asked = [(path, group) for path, block in blocks.items() for group in block.groups]
    native = [([entry for entry in group if entry.recipient.kind not in CLOUD_KINDS], path) for path, group in asked]
    shares: dict[str, list[bytes | None]] = {path: [] for path in blocks}
    for (path, _), share in zip(asked, keyring.first_batch(native), strict=True):
        shares[path].append(share)
    found: dict[str, bytes | SealkitError] = {}
    clouded = []
    for path, block in blocks.items():
        if _enough(block, shares[path]):
            found[path] = _whole(path, block, shares[path])
        elif any(entry.recipient.kind in CLOUD_KINDS for entry in block.wrapped()):
            clouded.append(path)
        else:
            found[path] = _refusal(path, block, shares[path], keyring)
    if clouded:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(_PROGRAMS) as pool:
            asked_program = pool.map(lambda path: _clouded(path, blocks[path], shares[path], keyring), clouded)
            found.update(zip(clouded, asked_program, strict=True))
    return found


def wrap_data_key(
    data_key: bytes,
    groups: Sequence[Sequence[Recipient]],
    threshold: int,
    path: str,
    *,
    environ: Mapping[str, str],
    kept: Mapping[Recipient, Wrapped] | None = None,
) -> list[list[Wrapped]]:
    """Copies for every recipient of every group. `kept` are copies of the same data key that need not be made again; it is
    of use with one group only, since shares are always new ones.

    Raises SealkitError for no recipients, a threshold that cannot be met, or a recipient that cannot be wrapped for.
    """
    if not groups or not all(groups):
        raise SealkitError(f"{path}: nobody to seal it to", hint="name a recipient: sealkit recipients add")
    if len(groups) == 1:
        return [_wrap_group(data_key, groups[0], path, environ, kept or {})]
    shares = shamir.split(data_key, len(groups), threshold or len(groups))
    return [_wrap_group(share, group, path, environ, {}) for share, group in zip(shares, groups, strict=True)]


def _wrap_group(
    secret: bytes, group: Sequence[Recipient], path: str, environ: Mapping[str, str], kept: Mapping[Recipient, Wrapped]
) -> list[Wrapped]:
    from sealkit.keys import recipients
    from sealkit.sops import sops_program

    missing = [recipient for recipient in dict.fromkeys(group) if recipient not in kept]
    cloud = [recipient for recipient in missing if recipient.kind in CLOUD_KINDS]
    made = {entry.recipient: entry for entry in sops_program.wrap(cloud, secret, path, environ)} if cloud else {}
    for recipient in missing:
        if recipient not in made:
            stamp = "" if recipient.kind == "age" else now()
            made[recipient] = Wrapped(recipient, recipients.wrap(recipient, secret, environ), stamp)
    return [kept.get(recipient) or made[recipient] for recipient in dict.fromkeys(group)]


def _needed(block: Metadata) -> int:
    return (block.threshold or len(block.groups)) if len(block.groups) > 1 else 1


def _enough(block: Metadata, shares: Sequence[bytes | None]) -> bool:
    return sum(share is not None for share in shares) >= _needed(block)


def _whole(path: str, block: Metadata, shares: Sequence[bytes | None]) -> bytes | SealkitError:
    parts = [share for share in shares if share is not None]
    try:
        key = parts[0] if len(block.groups) == 1 else shamir.combine(parts)
    except RefusedError as error:
        return RefusedError(f"{path}: {error.message}", hint="compare its key groups with git log")
    if len(key) != KEY_BYTES:
        return RefusedError(f"{path}: its data key has {len(key)} bytes instead of {KEY_BYTES}", hint="look at git log")
    return key


def _clouded(path: str, block: Metadata, shares: Sequence[bytes | None], keyring: Keyring) -> bytes | SealkitError:
    """The same once the `sops` program was asked, group by group, until enough open."""
    from sealkit.sops import sops_program

    got, failure = list(shares), None
    for index, group in enumerate(block.groups):
        copies = [entry for entry in group if entry.recipient.kind in CLOUD_KINDS]
        if got[index] is None and copies and not _enough(block, got):
            try:
                got[index] = sops_program.unwrap(copies, path, keyring.environ)
            except SealkitError as error:
                failure = error
    if _enough(block, got):
        return _whole(path, block, got)
    if failure is not None and all(entry.recipient.kind in CLOUD_KINDS for entry in block.wrapped()):
        return failure
    reason = _refusal(path, block, got, keyring)
    if failure is None or not isinstance(reason, NoIdentityError):
        return reason
    also = failure.message.removeprefix(f"{path}: ")
    return NoIdentityError(f"{reason.message}; key services: {also}", hint=failure.hint)


def _refusal(path: str, block: Metadata, shares: Sequence[bytes | None], keyring: Keyring) -> SealkitError:
    closed = [entry for group, share in zip(block.groups, shares, strict=True) if share is None for entry in group]
    reason = keyring.refusal(closed, path)
    reason.message = one_line(reason.message)  # it names recipients as the file spells them
    if len(block.groups) == 1 or not isinstance(reason, NoIdentityError):
        return reason
    opened = sum(share is not None for share in shares)
    message = f"{path}: the identities at hand open {opened} of the {_needed(block)} key groups that it takes"
    return NoIdentityError(message, hint=reason.hint)
