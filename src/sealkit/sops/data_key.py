"""The data key of a file: recovered from its wrapped copies, and wrapped for recipients.

With one key group each copy contains the data key; with several, each group has one share of it (`shamir`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sealkit.errors import NoIdentityError, RefusedError, SealkitError
from sealkit.printable import one_line
from sealkit.sealed.metadata import CLOUD_KINDS, Metadata, Recipient, Wrapped
from sealkit.sops.cipher import KEY_BYTES

if TYPE_CHECKING:
    from sealkit.keys.keyring import Keyring

_MAX_PROCESSES = 8
"""The number of `sops` processes that run at the same time."""


def new_data_key() -> bytes:
    """A new random data key."""
    return os.urandom(KEY_BYTES)


def now() -> str:
    """The current time in the form of a `sops` block."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def recover_data_keys(blocks: Mapping[str, Metadata], keyring: Keyring) -> dict[str, bytes | SealkitError]:
    """The data key of each file, by path, or the error: NoIdentityError, RefusedError for shares or a key that cannot be right,
    SealkitError for a missing program or key file. Asks the keyring once for all files."""
    requests = [(path, group) for path, block in blocks.items() for group in block.groups]
    native = [([entry for entry in group if entry.recipient.kind not in CLOUD_KINDS], path) for path, group in requests]
    shares: dict[str, list[bytes | None]] = {path: [] for path in blocks}
    for (path, _), share in zip(requests, keyring.first_batch(native), strict=True):
        shares[path].append(share)
    results: dict[str, bytes | SealkitError] = {}
    need_cloud = []
    for path, block in blocks.items():
        if _enough(block, shares[path]):
            results[path] = _combined(path, block, shares[path])
        elif any(entry.recipient.kind in CLOUD_KINDS for entry in block.wrapped()):
            need_cloud.append(path)
        else:
            results[path] = _refusal(path, block, shares[path], keyring)
    if need_cloud:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(_MAX_PROCESSES) as pool:
            keys = pool.map(lambda path: _from_cloud(path, blocks[path], shares[path], keyring), need_cloud)
            results.update(zip(need_cloud, keys, strict=True))
    return results


def wrap_data_key(
    data_key: bytes,
    groups: Sequence[Sequence[Recipient]],
    threshold: int,
    path: str,
    *,
    environ: Mapping[str, str],
    kept: Mapping[Recipient, Wrapped] | None = None,
) -> list[list[Wrapped]]:
    """A wrapped copy for each recipient of each group. `kept` are copies of the same data key, to be used again; with several
    groups they are ignored, because the shares are always new.

    Raises SealkitError if there are no recipients, the threshold is invalid, or wrapping for a recipient fails.
    """
    if not groups or not all(groups):
        raise SealkitError(f"{path}: no recipients to seal it to", hint="add one: sealkit recipients add RECIPIENT")
    if len(groups) == 1:
        return [_wrap_group(data_key, groups[0], path, environ, kept or {})]
    from sealkit.sops import shamir

    shares = shamir.split(data_key, len(groups), threshold or len(groups))
    return [_wrap_group(share, group, path, environ, {}) for share, group in zip(shares, groups, strict=True)]


def _wrap_group(
    secret: bytes, group: Sequence[Recipient], path: str, environ: Mapping[str, str], kept: Mapping[Recipient, Wrapped]
) -> list[Wrapped]:
    from sealkit.keys import recipients
    from sealkit.sops import sops_program

    missing = [recipient for recipient in dict.fromkeys(group) if recipient not in kept]
    cloud = [recipient for recipient in missing if recipient.kind in CLOUD_KINDS]
    wrapped = {entry.recipient: entry for entry in sops_program.wrap(cloud, secret, path, environ)} if cloud else {}
    for recipient in missing:
        if recipient not in wrapped:
            stamp = "" if recipient.kind == "age" else now()
            wrapped[recipient] = Wrapped(recipient, recipients.wrap(recipient, secret, environ), stamp)
    return [kept.get(recipient) or wrapped[recipient] for recipient in dict.fromkeys(group)]


def _needed(block: Metadata) -> int:
    return (block.threshold or len(block.groups)) if len(block.groups) > 1 else 1


def _enough(block: Metadata, shares: Sequence[bytes | None]) -> bool:
    return sum(share is not None for share in shares) >= _needed(block)


def _combined(path: str, block: Metadata, shares: Sequence[bytes | None]) -> bytes | SealkitError:
    parts = [share for share in shares if share is not None]
    try:
        if len(block.groups) == 1:
            key = parts[0]
        else:
            from sealkit.sops import shamir  # imported here: few files have key groups, and its tables cost 2 ms

            key = shamir.combine(parts)
    except RefusedError as error:
        return RefusedError(f"{path}: {error.message}", hint=f"compare its key groups: git log -p {path}")
    if len(key) != KEY_BYTES:
        return RefusedError(
            f"{path}: its data key has {len(key)} bytes, not {KEY_BYTES}", hint=f"compare it: git log -p {path}"
        )
    return key


def _from_cloud(path: str, block: Metadata, shares: Sequence[bytes | None], keyring: Keyring) -> bytes | SealkitError:
    """The data key, with the missing shares from the `sops` program, group by group until there are enough."""
    from sealkit.sops import sops_program

    all_shares, failure = list(shares), None
    for index, group in enumerate(block.groups):
        copies = [entry for entry in group if entry.recipient.kind in CLOUD_KINDS]
        if all_shares[index] is None and copies and not _enough(block, all_shares):
            try:
                all_shares[index] = sops_program.unwrap(copies, path, keyring.environ)
            except SealkitError as error:
                failure = error
    if _enough(block, all_shares):
        return _combined(path, block, all_shares)
    if failure is not None and all(entry.recipient.kind in CLOUD_KINDS for entry in block.wrapped()):
        return failure
    reason = _refusal(path, block, all_shares, keyring)
    if failure is None or not isinstance(reason, NoIdentityError):
        return reason
    also = failure.message.removeprefix(f"{path}: ")
    return NoIdentityError(f"{reason.message}; key services: {also}", hint=failure.hint)


def _refusal(path: str, block: Metadata, shares: Sequence[bytes | None], keyring: Keyring) -> SealkitError:
    closed = [entry for group, share in zip(block.groups, shares, strict=True) if share is None for entry in group]
    reason = keyring.refusal(closed, path)
    reason.message = one_line(reason.message)  # it quotes recipients from the file
    if len(block.groups) == 1 or not isinstance(reason, NoIdentityError):
        return reason
    opened = sum(share is not None for share in shares)
    message = f"{path}: the available identities open {opened} of the {_needed(block)} key groups that it needs"
    return NoIdentityError(message, hint=reason.hint)
