"""The one reader of `git cat-file --batch`: what objects hold, in the order in which they are asked for.

A hook imports this: see `sealkit.source.git_child` for what that forbids.
"""

from __future__ import annotations

from sealkit.source.git_child import GitChild, GitChildError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

_MISSING = "git fsck; in a partial clone: git fetch --refetch"


class GitObject:
    """One object as git has it.

    `name` is what was asked for, `oid` its id, `type` is `blob`, `commit`, `tag` or `tree`, `size` in bytes. `data` is None for
    an object that is missing (then `oid` is empty and `size` is -1) or larger than the limit of the reader.
    """

    __slots__ = ("data", "name", "oid", "size", "type")

    def __init__(self, name: str, oid: str, type: str, size: int, data: bytes | None) -> None:  # noqa: A002 - git's word
        self.name, self.oid, self.type, self.size, self.data = name, oid, type, size, data


class ObjectReader:
    """A `git cat-file --batch` that is started at once, so that it is ready when it is asked; it is asked one time."""

    def __init__(self, root: str | os.PathLike[str] = ".", *, largest: int | None = None, watch: bool = True) -> None:
        """Objects of more than `largest` bytes are not kept in memory. Raises GitChildError where git cannot be asked."""
        self._child = GitChild(["cat-file", "--batch", "--buffer"], root, stdin=True, watch=watch)
        self._largest = largest

    def read(self, names: Sequence[str]) -> Iterator[GitObject]:
        """What each name (an object id, or `:PATH` for the index) is, in order. Raises GitChildError where git ends early."""
        child, largest = self._child, self._largest
        try:
            child.send("".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape"))
            for name in names:
                oid, _, rest = child.line().decode("utf-8", "surrogateescape").partition(" ")
                kind, _, digits = rest.partition(" ")
                if not digits.isdigit():  # `NAME missing`, `NAME ambiguous`; a name may hold blanks
                    yield GitObject(name, "", "", -1, None)
                    continue
                size = int(digits)
                if largest is not None and size > largest:
                    child.skip(size + 1)
                    yield GitObject(name, oid, kind, size, None)
                else:
                    yield GitObject(name, oid, kind, size, child.read(size))
                    child.skip(1)
        finally:
            child.close()


def is_null(oid: str) -> bool:
    """Whether an object id stands for no object: git writes zeros."""
    return not oid.strip("0")


def read_objects(root: str | os.PathLike[str], oids: Sequence[str]) -> Iterator[GitObject]:
    """Each object with its content, in order. Raises SealkitError for one that is missing or broken."""
    from sealkit.errors import SealkitError

    if not oids:
        return
    oid = oids[0]
    try:
        for oid, item in zip(oids, ObjectReader(root).read(oids), strict=True):
            if item.data is None or item.oid != oid:
                raise GitChildError
            yield item
    except GitChildError:
        raise SealkitError(f"git object {oid[:12]} is missing or broken", hint=_MISSING) from None


def read_blobs(root: str | os.PathLike[str], oids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The same as pairs of id and content."""
    for item in read_objects(root, oids):
        yield item.oid, item.data or b""
