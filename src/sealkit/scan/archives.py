"""What bytes are: text in UTF-16, no text at all, or a zip, tar or gzip with files inside. What cannot be opened is said."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

LARGEST = 64 * 1024 * 1024
"""What is unpacked from one file, over all its members, in bytes."""
GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_TAR = slice(257, 262)


def text(data: bytes) -> bytes:
    """UTF-16 as UTF-8, without a byte order mark; anything else as it is."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"} and data[:4] != b"\xff\xfe\x00\x00":
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    return data.removeprefix(b"\xef\xbb\xbf")


def binary(data: bytes) -> bool:
    """Whether bytes are no text, as git decides it."""
    return b"\0" in data[:8000]


def archive(data: bytes) -> bool:
    """Whether bytes are a zip, tar or gzip, by their first bytes."""
    return data[:4] == _ZIP or data[:2] == GZIP or data[_TAR] == b"ustar"


def gunzip(data: bytes) -> bytes:
    """The content of a gzip stream, cut at the limit; empty where it is none."""
    try:
        return zlib.decompressobj(31).decompress(data, LARGEST)
    except zlib.error:
        return b""


def members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The files in a zip, tar or gzip with their names. Raises ValueError for an archive that cannot be opened or is larger
    than the limit: what was not read is not clean."""
    if data[:4] == _ZIP:
        yield from _zip(data)
    elif data[:2] == GZIP:
        inner = gunzip(data)
        if len(inner) >= LARGEST:
            raise ValueError("larger than the limit when unpacked")
        if inner[_TAR] == b"ustar":
            yield from _tar(inner)
        elif inner:
            yield "", inner
        else:
            raise ValueError("a broken gzip stream")
    elif data[_TAR] == b"ustar":
        yield from _tar(data)


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
