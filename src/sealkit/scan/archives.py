"""What bytes are: text in UTF-16, no text at all, or an archive: zip, tar, gzip, bzip2, xz. What cannot be opened is said."""

from __future__ import annotations

import re
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    class _Stream(Protocol):
        """One member of a compressed stream, as zlib, bz2 and lzma have it."""

        @property
        def eof(self) -> bool: ...
        @property
        def unused_data(self) -> bytes: ...
        def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


LARGEST = 64 * 1024 * 1024
"""What is unpacked from one file, over all its members, in bytes."""
GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_BZIP2 = re.compile(rb"BZh[1-9]1AY&SY")
_XZ = b"\xfd7zXZ\x00"
_CLOSED = {b"7z\xbc\xaf\x27\x1c": "a 7z archive", b"(\xb5/\xfd": "a zstd stream", b"Rar!\x1a\x07": "a rar archive"}
_PIECE = 1024
_MEMORY = 128 * 1024 * 1024
"""What xz may ask for: its presets take 65 MiB at most."""
_TAR = slice(257, 262)
_SAMPLE, _NARROW = 4096, 64
"""How much of a file is looked at for wide characters, and how much has to hold one zero byte first."""
_MOST, _FEW = 0.7, 0.02
_WIDE = {".000": "utf-32-le", "000.": "utf-32-be", ".0.0": "utf-16-le", "0.0.": "utf-16-be"}
"""An encoding by the bytes of four that are zero in nearly all places (0) and nearly never (.)."""


def text(data: bytes) -> bytes:
    """UTF-16 and UTF-32, also without a byte order mark, as UTF-8 without one; anything else as it is."""
    encoding = wide(data)
    if encoding:
        return data.decode(encoding, "replace").removeprefix("\ufeff").encode("utf-8", "replace")
    return data.removeprefix(b"\xef\xbb\xbf")


def wide(data: bytes) -> str:
    """The encoding of text in characters of two or four bytes; empty for anything else. Without a byte order mark, the zero
    bytes of its ASCII characters show it: they stand in the same columns all along."""
    if data[:4] in {b"\xff\xfe\0\0", b"\0\0\xfe\xff"}:
        return "utf-32"
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    if b"\0" not in data[:_NARROW] or len(data) < 8:
        return ""
    sample = data[:_SAMPLE]
    columns = [_zeros(sample[nth::4]) for nth in range(4)]
    shape = "".join("0" if share > _MOST else "." if share < _FEW else "?" for share in columns)
    return _WIDE.get(shape, "")


def _zeros(column: bytes) -> float:
    return column.count(0) / max(1, len(column))


def binary(data: bytes) -> bool:
    """Whether bytes are no text, as git decides it."""
    return b"\0" in data[:8000]


def archive(data: bytes) -> bool:
    """Whether bytes are an archive or a compressed stream, by their first bytes."""
    return data[:4] == _ZIP or data[_TAR] == b"ustar" or _compressed(data) or data.startswith(tuple(_CLOSED))


def _compressed(data: bytes) -> bool:
    return data[:2] == GZIP or data[:6] == _XZ or _BZIP2.match(data) is not None


def gunzip(data: bytes, largest: int = LARGEST) -> bytes:
    """The content of a gzip stream, all its members, cut at `largest` bytes; empty where it is none."""
    return _unpack(data, largest)


def _unpack(data: bytes, largest: int = LARGEST) -> bytes:
    """What is in a gzip, bzip2 or xz stream, member after member, cut at the limit; empty where it is none."""
    import bz2
    import lzma

    pieces: list[bytes] = []
    at, left = 0, largest
    try:
        while left > 0 and _compressed(data[at : at + 16]):
            stream: _Stream
            if data[at : at + 2] == GZIP:
                stream = zlib.decompressobj(31)
            elif data[at : at + 6] == _XZ:
                stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)
            else:
                stream = bz2.BZ2Decompressor()
            while not stream.eof and at < len(data) and left > 0:
                chunk = data[at : at + _PIECE]
                piece = stream.decompress(chunk, left)
                at += len(chunk)
                pieces.append(piece)
                left -= len(piece)
            at -= len(stream.unused_data)
    except (zlib.error, lzma.LZMAError, OSError, MemoryError):
        return b""
    return b"".join(pieces)


def members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The files in an archive with their names; of a stream that is no tar, its content without a name.

    Raises ValueError for an archive that cannot be opened or is larger than the limit: what was not read is not clean.
    """
    if data[:4] == _ZIP:
        yield from _zip(data)
    elif _compressed(data):
        inner = _unpack(data)
        if len(inner) >= LARGEST:
            raise ValueError("larger than the limit when unpacked")
        if inner[_TAR] == b"ustar":
            yield from _tar(inner)
        elif inner:
            yield "", inner
        else:
            raise ValueError("a broken compressed stream")
    elif data[_TAR] == b"ustar":
        yield from _tar(data)
    for magic, what in _CLOSED.items():
        if data.startswith(magic):
            raise ValueError(f"{what}, which is not opened")


def _zip(data: bytes) -> Iterator[tuple[str, bytes]]:
    import io
    import zipfile

    budget = LARGEST
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                if info.is_dir():
                    continue
                if info.flag_bits & 1:
                    raise ValueError("a zip with a password")
                budget -= info.file_size
                if budget < 0:
                    raise ValueError("larger than the limit when unpacked")
                with archive.open(info) as stream:
                    yield info.filename, stream.read(info.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError) as error:
        raise ValueError("a broken zip") from error


def _tar(data: bytes) -> Iterator[tuple[str, bytes]]:
    import io
    import tarfile

    budget = LARGEST
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for info in archive:
                if not info.isfile():
                    continue
                budget -= info.size
                if budget < 0:
                    raise ValueError("larger than the limit when unpacked")
                stream = archive.extractfile(info)
                yield info.name, stream.read() if stream else b""
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ValueError("a broken tar") from error
