"""Decrypt: recover the data key, decrypt and type every value, and verify the MAC before anything is handed out.

Clear values come into being here. They leave as `Sensitive`; the MAC and the types are checked before that.
"""

from __future__ import annotations

import hmac
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sealkit.errors import RefusedError, SealkitError
from sealkit.model.sensitive import Origin, Sensitive
from sealkit.printable import one_line
from sealkit.sealed.file import SealedFile
from sealkit.sealed.metadata import Metadata
from sealkit.sealed.selector import chosen
from sealkit.sealed.stores import ciphertext, sops_block
from sealkit.sealed.stores.parsed import Item, Parsed
from sealkit.sops import mac
from sealkit.sops.cipher import Cipher, is_ciphertext, path_data
from sealkit.sops.data_key import recover_data_keys
from sealkit.yamlspan.scalars import Dialect, Scalar, Timestamp, resolve

if TYPE_CHECKING:
    from sealkit.keys.keyring import Keyring
    from sealkit.model.tree import Tree

_CHANGED = "something was changed outside of sops or sealkit"


@dataclass(slots=True)
class Opened:
    """A file that was opened, its MAC held. `values` has one entry per item of `parsed`: a `Sensitive` where the file seals
    it (comments too), the plain scalar where it stands open."""

    path: str
    parsed: Parsed
    values: list[Sensitive | Scalar]
    data_key: bytes = field(repr=False)
    environ: Mapping[str, str] = field(repr=False)
    """The environment that the identities came from, for the key services of a later write."""

    @property
    def metadata(self) -> Metadata:
        """The `sops` block."""
        assert self.parsed.metadata is not None
        return self.parsed.metadata

    def trees(self) -> list[Tree]:
        """The documents as dicts, lists and leaves, without comments and the `sops` block. Raises SealkitError for a key
        that stands twice."""
        from sealkit.sops import decrypted_trees

        return decrypted_trees.build(self.parsed, self.values)


class KeyOpener:
    """An `overlay.opener.Opener` that has keys."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def open_all(self, sealed: Mapping[str, SealedFile]) -> dict[str, list[Tree]]:
        """The documents of each sealed file, `Sensitive` where they are sealed. Raises the first SealkitError, in the
        order of the files."""
        results: dict[str, list[Tree]] = {}
        for path, opened in open_files(sealed, self._keyring).items():
            if isinstance(opened, SealkitError):
                raise opened
            results[path] = opened.trees()
        return results


def open_file(file: SealedFile, keyring: Keyring) -> Opened:
    """One opened file. Raises NoIdentityError (exit 3), RefusedError for what is not authentic (exit 1), and SealkitError for
    what is not a sealed file, or not readable (exit 2). Messages name the file and, where it is one leaf, its route."""
    opened = open_files({file.path: file}, keyring)[file.path]
    if isinstance(opened, SealkitError):
        raise opened
    return opened


def open_files(sealed: Mapping[str, SealedFile], keyring: Keyring) -> dict[str, Opened | SealkitError]:
    """Many files at once, in their order, each opened or with the error that `open_file` raises; the identities are asked
    once for all (one gpg run, one prompt)."""
    results: dict[str, Opened | SealkitError] = {}
    parsed: dict[str, Parsed] = {}
    for path, file in sealed.items():
        try:
            parsed[path] = _parsed(file)
        except SealkitError as error:
            results[path] = error
    blocks = {path: each.metadata for path, each in parsed.items() if each.metadata is not None}
    for path, key in recover_data_keys(blocks, keyring).items():
        try:
            if isinstance(key, SealkitError):
                raise key
            results[path] = _opened(parsed[path], key, keyring.environ)
        except SealkitError as error:
            results[path] = error
    return {path: results[path] for path in sealed}


def clear(parsed: Parsed, data_key: bytes, sealing: Sequence[bool]) -> list[Scalar]:
    """The clear value of each item, for this room alone: the MAC held, every leaf in `sealing` was sealed.

    Raises RefusedError naming the file and, where it is one leaf, its route.
    """
    block, path = parsed.metadata, parsed.path
    assert block is not None
    cipher = Cipher(data_key)
    values = [
        _value(cipher, parsed, item) if seals else item.value for item, seals in zip(parsed.items, sealing, strict=True)
    ]
    try:
        stored = cipher.open(block.mac, stamp(block.lastmodified), ciphertext.TEXT_TYPES)
    except RefusedError:
        raise RefusedError(
            f"{path}: its MAC was not made with its data key, or for another time of change",
            hint=f"{_CHANGED}; compare it with git log -p -- {path}",
        ) from None
    if not stored:
        raise RefusedError(f"{path}: has no MAC, so anyone could have changed it", hint="restore it: git log -p")
    computed = mac.compute(
        hashed(parsed.items, values, sealing, only=block.mac_only_encrypted), only_encrypted=block.mac_only_encrypted
    )
    if not hmac.compare_digest(str(stored).encode(), computed.encode()):
        raise RefusedError(
            f"{path}: its MAC does not hold: values are not as they were sealed",
            hint=f"{_CHANGED}; compare it with git log -p -- {path}",
        )
    return values


def hashed(items: Sequence[Item], values: Sequence[Scalar], sealing: Sequence[bool], *, only: bool) -> Iterator[Scalar]:
    """What the MAC of a file is made of, in order: `only` what is sealed, or every leaf."""
    for item, value, seals in zip(items, values, sealing, strict=True):
        if (seals or not only) and not item.comment:
            yield value


def stamp(lastmodified: str) -> str:
    """The time of change as sops authenticates it: RFC 3339 to the second. Raises RefusedError for what is no time."""
    moment = resolve(lastmodified, Dialect.SOPS) if sops_block.is_time(lastmodified) else None
    if not isinstance(moment, Timestamp):
        raise RefusedError("is no time")
    seconds, zone = str(moment)[:19], str(moment)[19:]
    return seconds + zone.lstrip(".0123456789")


def _parsed(file: SealedFile) -> Parsed:
    path, parsed = file.path, file.parsed
    block = parsed.metadata
    if block is None:
        raise SealkitError(f"{path}: is not sealed", hint=f"sealkit seal {path}")
    if not sops_block.is_version(block.version):
        raise SealkitError(f"{path}: its sops block has no version, which sops refuses too", hint="restore it from git")
    return parsed


def _value(cipher: Cipher, parsed: Parsed, item: Item) -> Scalar:
    """The clear value of an item that the file seals."""
    value = item.value
    if value is None or (item.comment and not is_ciphertext(value)):
        return value  # nulls are never sealed; a comment that stands open was written by hand or by an old sops
    try:
        if not isinstance(value, str):
            raise RefusedError("stands open where the file seals its values")
        types = ciphertext.allowed(parsed.format, comment=item.comment)
        opened = cipher.open(value, path_data(item.route.keys), types)
        if parsed.format == "json" and isinstance(opened, float) and not math.isfinite(opened):
            raise RefusedError("is a number that JSON cannot hold")
    except RefusedError as error:
        raise RefusedError(
            f"{place(parsed, item)}: {error.message}", hint=f"{_CHANGED}; compare it with git log -p -- {parsed.path}"
        ) from None
    return _whole_number(opened) if parsed.format == "json" else opened


def place(parsed: Parsed, item: Item) -> str:
    """File, document where there are several, and route, for messages: one line whatever the keys hold."""
    document = f": document {item.document + 1}" if item.document else ""
    return f"{parsed.path}{document} {one_line(str(item.route))}"


def _whole_number(value: Scalar) -> Scalar:
    """Up to 3.13.1 sops reads every JSON number as a float: `1` is sealed with the type float and written back as `1`."""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
    return int(value) if whole and mac.text_form(value) != "-0" else value  # type: ignore[arg-type]


def _opened(parsed: Parsed, data_key: bytes, environ: Mapping[str, str]) -> Opened:
    block = parsed.metadata
    assert block is not None
    sealing = chosen(parsed, block.selector)
    values: list[Sensitive | Scalar] = []
    for item, value, seals in zip(parsed.items, clear(parsed, data_key, sealing), sealing, strict=True):
        # what is null, empty or a comment that stands open has nothing to guard; a stand-in for it is itself, too
        guarded = seals and item.value and (not item.comment or is_ciphertext(item.value))
        origin = Origin(parsed.path, item.route, item.document)
        values.append(Sensitive(value, origins=(origin,)) if guarded else value)
    return Opened(parsed.path, parsed, values, data_key, environ)
