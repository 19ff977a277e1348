"""Encrypt: plain text becomes a SOPS file, a decrypted file gets new values or new recipients.

A value that did not change keeps its ciphertext, so that a diff shows what changed; a changed value gets a fresh nonce. Every
result is parsed and decrypted again, and compared with the values that were asked for, before it is returned.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from sealkit.errors import RefusedError, SealkitError
from sealkit.model.sensitive import Sensitive
from sealkit.reveal import reveal
from sealkit.sealed.file import SealedFile
from sealkit.sealed.metadata import Metadata, Recipient, Selector
from sealkit.sealed.selector import chosen
from sealkit.sealed.stores.parsed import Item, Parsed
from sealkit.sealed.stores.store import store_for
from sealkit.sops import mac
from sealkit.sops.cipher import Cipher, is_ciphertext, path_data
from sealkit.sops.ciphertext_reuse import Ciphertexts
from sealkit.sops.data_key import new_data_key, now, wrap_data_key
from sealkit.sops.decrypt import Opened, clear, hashed, place
from sealkit.yamlspan.scalars import Scalar

if TYPE_CHECKING:
    from sealkit.keys.keyring import Keyring
    from sealkit.sealed.policy import CreationRule

VERSION = "3.11.0"
"""The version of sops whose reading of a file is the measure; files that are sealed here first name it."""

_USUAL = Selector("unencrypted_suffix", "_unencrypted")
"""What sops applies, and writes, where a rule names no selector."""


def seal(path: str, text: str, rule: CreationRule, keyring: Keyring | None = None) -> SealedFile:
    """Plain text sealed as a creation rule says, under a new data key. `keyring` lends its environment to cloud key services.

    Raises RefusedError for a text that is sealed already, even in part, and SealkitError for a text that the format or sops
    could not give back, or for a recipient that the data key cannot be wrapped for.
    """
    parsed = _plain_input(path, text)
    data_key, environ = new_data_key(), keyring.environ if keyring else os.environ
    groups = wrap_data_key(data_key, rule.groups, rule.threshold, path, environ=environ)
    threshold = (rule.threshold or len(groups)) if len(groups) > 1 else 0
    block = Metadata(groups, threshold, version=VERSION)
    if parsed.format != "binary":  # one value, always sealed: sops ignores these there, and writes none of them
        block.selector = rule.selector if rule.selector.mode else _USUAL
        block.mac_only_encrypted = rule.mac_only_encrypted
    return _write(parsed, _own(parsed), block, data_key, {})


def reseal(opened: Opened, new_plain_text: str) -> SealedFile:
    """A decrypted file with new content: same data key, recipients and selector. Leaves that did not change keep their
    ciphertext; without any change it is the file that was decrypted. Raises as `seal` does."""
    if new_plain_text == plain(opened):
        return SealedFile.from_parsed(opened.parsed)
    parsed = _plain_input(opened.path, new_plain_text)
    block = opened.metadata
    old = Ciphertexts(opened.parsed.items, _clear(opened), chosen(opened.parsed, block.selector))
    kept = old.assign(parsed.items, chosen(parsed, block.selector))
    return _write(_beside_block(opened, parsed), _own(parsed), block, opened.data_key, kept)


def replace_values(opened: Opened, values: Mapping[int, Scalar]) -> SealedFile:
    """A decrypted file with other values at these items (by index): same data key, recipients and selector. All other leaves
    keep their ciphertext. Raises RefusedError for a value that is sealed already, and as `seal` does."""
    parsed = opened.parsed
    for index, value in values.items():
        if is_ciphertext(value):
            raise _sealed_already(place(parsed, parsed.items[index]))
    clear_values = [values.get(index, value) for index, value in enumerate(_clear(opened))]
    kept = {index: str(item.value) for index, item in enumerate(parsed.items) if item.sealed and index not in values}
    return _write(parsed, clear_values, opened.metadata, opened.data_key, kept)


def sealed_text(opened: Opened) -> str:
    """The text as it is sealed, without the `sops` block, to be edited by keys: comments count among the items of its lists."""
    return store_for(opened.path).write(opened.parsed, {}, None)


def reseal_edited(opened: Opened, edited: str) -> SealedFile:
    """A decrypted file after edits to its `sealed_text`: leaves added in clear text, removed, or moved with their ciphertext.
    Same data key, recipients and selector. A leaf at its old keys keeps its ciphertext, one that moved is sealed anew. Raises
    RefusedError for a ciphertext that is not from this file, and as `seal` does."""
    parsed, values, kept = _with_block(opened, edited), list[Scalar](), dict[int, str]()
    old = {item.value: (item, value) for item, value in zip(opened.parsed.items, _clear(opened), strict=True)}
    for index, item in enumerate(parsed.items):
        if item.sealed and item.value not in old:
            raise _sealed_already(place(parsed, item))
        old_item, value = old[item.value] if item.sealed else (item, item.value)
        values.append(value)
        if item.sealed and (old_item.route.keys, old_item.comment) == (item.route.keys, item.comment):
            kept[index] = str(item.value)
    return _write(parsed, values, opened.metadata, opened.data_key, kept)


def plain(opened: Opened) -> str:
    """The decrypted text without the `sops` block; all other bytes are those of the file."""
    revealed = {index: reveal(value) for index, value in enumerate(opened.values) if isinstance(value, Sensitive)}
    return store_for(opened.path).write(opened.parsed, revealed, None)


def rewrap(
    opened: Opened, groups: Sequence[Sequence[Recipient]], rotate: bool, *, threshold: int | None = None
) -> SealedFile:
    """The file for other recipients. With `rotate` also under a new data key, with every value sealed anew: a removed
    recipient opens no later version. Without it values and MAC stay, and so do the wrapped keys of recipients who stay.

    `threshold` (default: as before, at most the number of groups) counts with several key groups. Raises as `seal` does.
    """
    block, path = opened.metadata, opened.path
    same = [{entry.recipient for entry in group} for group in block.groups] == [set(group) for group in groups]
    needed = 0
    if len(groups) > 1:
        needed = min(threshold if threshold is not None else block.threshold or len(groups), len(groups))
    if same and not rotate and needed == (block.threshold if len(groups) > 1 else 0):
        return SealedFile.from_parsed(opened.parsed)
    data_key = new_data_key() if rotate else opened.data_key
    keep = len(block.groups) == 1 and not rotate
    kept = {entry.recipient: entry for entry in block.wrapped()} if keep else {}
    wrapped = wrap_data_key(data_key, groups, needed, path, environ=opened.environ, kept=kept)
    fresh = replace(block, groups=wrapped, threshold=needed)
    if rotate:
        return _write(opened.parsed, _clear(opened), fresh, data_key, {})
    return _checked(path, store_for(path).write(opened.parsed, {}, fresh), data_key, _clear(opened))


def _clear(opened: Opened) -> list[Scalar]:
    return [reveal(value) for value in opened.values]


def _own(parsed: Parsed) -> list[Scalar]:
    return [item.value for item in parsed.items]


def _plain_input(path: str, text: str) -> Parsed:
    """A text that is to be sealed. Raises RefusedError where it is sealed already."""
    parsed = store_for(path).parse(text, path)
    if parsed.format == "yaml":
        from sealkit.sealed.stores.yaml_store import FOREIGN_DIRECTIVE, foreign_directive

        if (directive := FOREIGN_DIRECTIVE.search(text)) is not None:
            raise foreign_directive(text, directive, path)
    _require_no_block(parsed)
    for item in parsed.items:
        if is_ciphertext(item.value):
            raise _sealed_already(place(parsed, item))
    return parsed


def _require_no_block(parsed: Parsed) -> None:
    if parsed.metadata is not None or any(item.route.keys[:1] == ("sops",) for item in parsed.items):
        raise RefusedError(
            f"{parsed.path}: has a top-level key sops, so it is sealed already or cannot be",
            hint="change a sealed file with: sealkit edit",
        )


def _sealed_already(location: str) -> RefusedError:
    return RefusedError(
        f"{location}: holds a sealed value already", hint="put the clear value there, or restore the file"
    )


def _with_block(opened: Opened, edited: str) -> Parsed:
    """An edited sealed text with its block where it was, if that was at the end; else without it."""
    store, bare, old = store_for(opened.path), sealed_text(opened), opened.parsed
    if old.text.startswith(bare) and edited.endswith("\n"):
        with suppress(SealkitError):
            joined = store.parse(edited + old.text[len(bare) :], opened.path)
            if joined.metadata == old.metadata:
                return joined
    parsed = store.parse(edited, opened.path)
    _require_no_block(parsed)
    return parsed


def _beside_block(opened: Opened, parsed: Parsed) -> Parsed:
    """A new text with the old block behind it, where that is where it stood: then it is replaced line by line and keeps the
    way it was written. Else the text as it is."""
    old, store = opened.parsed, store_for(opened.path)
    bare = sealed_text(opened)
    if not old.text.startswith(bare) or not parsed.text.endswith("\n"):
        return parsed
    try:
        joined = store.parse(parsed.text + old.text[len(bare) :], opened.path)
    except SealkitError:
        return parsed
    same = list(map(_meaning, joined.items)) == list(map(_meaning, parsed.items))
    return joined if same and joined.metadata == old.metadata else parsed


def _meaning(item: Item) -> tuple[object, ...]:
    return item.document, item.route, item.comment, repr(item.value)


def _write(
    parsed: Parsed, values: Sequence[Scalar], block: Metadata, data_key: bytes, kept: Mapping[int, str]
) -> SealedFile:
    """The sealed file: `values` are the clear ones of the items; `kept` ciphertexts stay, all else that the selector chooses
    is sealed anew; a new MAC."""
    cipher, sealing = Cipher(data_key), chosen(parsed, block.selector)
    written: dict[int, Scalar] = {}
    for index, (item, value) in enumerate(zip(parsed.items, values, strict=True)):
        try:
            if not sealing[index]:
                _open(value, parsed.format)
                if value is not item.value:
                    written[index] = value
            elif value is not None:
                written[index] = kept.get(index) or cipher.seal(
                    value, path_data(item.route.keys), comment=bool(item.comment)
                )
        except SealkitError as error:
            raise SealkitError(f"{place(parsed, item)}: {error.message}", hint=error.hint) from None
    fresh = replace(block, lastmodified=now())
    digest = mac.compute(
        hashed(parsed.items, values, sealing, only=block.mac_only_encrypted), only_encrypted=block.mac_only_encrypted
    )
    fresh.mac = cipher.seal(digest, fresh.lastmodified)
    text = store_for(parsed.path).write(parsed, written, fresh)
    return _checked(parsed.path, text, data_key, values)


def _open(value: Scalar, form: str) -> None:
    """Refuse an open leaf that sops would read as another value than it stands there, or not at all."""
    mac.to_bytes(value)
    if isinstance(value, float) and mac.text_form(value) == "-0":
        raise SealkitError("-0.0, which sops writes so that it cannot read it back", hint="write 0.0, or quote it")
    if isinstance(value, int) and form == "json" and mac.text_form(float(value)) != mac.text_form(int(value)):
        raise SealkitError(
            "a number with more digits than sops before 3.13.2 reads", hint="write it in quotes, as text"
        )


def _checked(path: str, text: str, data_key: bytes, meant: Sequence[Scalar]) -> SealedFile:
    """The file of this text, after it was parsed again, its MAC verified and its values compared with those meant."""
    parsed = store_for(path).parse(text, path)
    if parsed.metadata is None:
        raise SealkitError(f"{path}: would not be sealed; nothing was written", hint="please report this text's form")
    try:
        values = clear(parsed, data_key, chosen(parsed, parsed.metadata.selector))
    except RefusedError as error:
        raise SealkitError(f"{path}: would not open again; nothing was written ({error.message})") from None
    if list(map(_kind, values)) != list(map(_kind, meant)):
        raise SealkitError(f"{path}: would not give back what was sealed; nothing was written")
    return SealedFile.from_parsed(parsed)


def _kind(value: Scalar) -> tuple[str, bytes]:
    """A value as far as every format keeps it: JSON does not tell 1.0 from 1."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return ("number" if number else type(value).__name__), mac.to_bytes(value)
