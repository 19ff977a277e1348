"""Bech32 in the form of age keys, without the limit of 90 characters. Source: BIP 173, C2SP age specification."""

from __future__ import annotations

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {char: value for value, char in enumerate(_ALPHABET)}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def decode(text: str) -> tuple[str, bytes]:
    """The prefix (before the last `1`) in lower case, and the data. Raises ValueError, which does not quote the text."""
    if text not in {text.lower(), text.upper()}:
        raise ValueError("mixed case")
    prefix, mark, body = text.lower().rpartition("1")
    if not mark or not prefix or len(body) < 6 or not all("!" <= char <= "~" for char in prefix):
        raise ValueError("too short")
    if not all(char in _VALUES for char in body):
        raise ValueError("a character that is not in the bech32 alphabet")
    values = [_VALUES[char] for char in body]
    if _polymod(_expanded(prefix) + values) != 1:
        raise ValueError("the checksum is wrong: it was mistyped, or a part is missing")
    return prefix, bytes(_regroup(values[:-6], 5, 8, pad=False))


def encode(prefix: str, data: bytes) -> str:
    """The bech32 text of a prefix and data, in lower case."""
    values = _regroup(list(data), 8, 5, pad=True)
    checksum = _polymod([*_expanded(prefix), *values, 0, 0, 0, 0, 0, 0]) ^ 1
    symbols = [(checksum >> 5 * (5 - index)) & 31 for index in range(6)]
    return prefix + "1" + "".join(_ALPHABET[value] for value in values + symbols)


def _expanded(prefix: str) -> list[int]:
    return [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix]


def _polymod(values: list[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for index, factor in enumerate(_GENERATOR):
            if top >> index & 1:
                checksum ^= factor
    return checksum


def _regroup(values: list[int], width: int, to: int, *, pad: bool) -> list[int]:
    buffer, bits, out = 0, 0, []
    for value in values:
        buffer, bits = buffer << width | value, bits + width
        while bits >= to:
            bits -= to
            out.append(buffer >> bits & (1 << to) - 1)
        buffer &= (1 << bits) - 1
    if pad and bits:
        out.append(buffer << (to - bits) & (1 << to) - 1)
    elif not pad and (bits >= width or buffer):
        raise ValueError("the padding is not zero")
    return out
