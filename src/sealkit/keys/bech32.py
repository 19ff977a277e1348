"""Bech32 as age uses it: no limit of 90 characters. Source: BIP 173, C2SP age specification."""

from __future__ import annotations

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {char: value for value, char in enumerate(_ALPHABET)}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def decode(text: str) -> tuple[str, bytes]:
    """The part before the last `1` in lower case, and the data. Raises ValueError (without the text: it may be a secret)."""
    if text not in {text.lower(), text.upper()}:
        raise ValueError("mixed case")
    prefix, mark, body = text.lower().rpartition("1")
    if not mark or not prefix or len(body) < 6 or not all("!" <= char <= "~" for char in prefix):
        raise ValueError("too short")
    if not all(char in _VALUES for char in body):
        raise ValueError("a character that bech32 does not have")
    values = [_VALUES[char] for char in body]
    if _polymod(_expanded(prefix) + values) != 1:
        raise ValueError("the checksum is wrong: a typing mistake or a part is missing")
    return prefix, bytes(_regroup(values[:-6], 5, 8, pad=False))


def encode(prefix: str, data: bytes) -> str:
    """Lower case, with its checksum."""
    values = _regroup(list(data), 8, 5, pad=True)
    rest = _polymod([*_expanded(prefix), *values, 0, 0, 0, 0, 0, 0]) ^ 1
    check = [(rest >> 5 * (5 - at)) & 31 for at in range(6)]
    return prefix + "1" + "".join(_ALPHABET[value] for value in values + check)


def _expanded(prefix: str) -> list[int]:
    return [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix]


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for at, factor in enumerate(_GENERATOR):
            if top >> at & 1:
                check ^= factor
    return check


def _regroup(values: list[int], width: int, to: int, *, pad: bool) -> list[int]:
    held, bits, out = 0, 0, []
    for value in values:
        held, bits = held << width | value, bits + width
        while bits >= to:
            bits -= to
            out.append(held >> bits & (1 << to) - 1)
        held &= (1 << bits) - 1
    if pad and bits:
        out.append(held << (to - bits) & (1 << to) - 1)
    elif not pad and (bits >= width or held):
        raise ValueError("padding that is not zero")
    return out
