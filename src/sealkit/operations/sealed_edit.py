"""One sealed file changed: decrypted, edited in memory, sealed again, checked, written and signed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sealkit.errors import RefusedError, SealkitError
from sealkit.operations.events import Events
from sealkit.operations.named_values import Location
from sealkit.operations.repository import Repository
from sealkit.operations.sealed_writer import write_sealed
from sealkit.sealed.file import SealedFile
from sealkit.sealed.leaf_edit import find_leaf, is_single_value, move_leaf, put_leaf, remove_leaf, require_leaf
from sealkit.sealed.stores.parsed import ciphertext_type
from sealkit.sops.decrypt import Opened, open_file
from sealkit.sops.encrypt import plain, replace_values, reseal, reseal_edited, seal, sealed_text
from sealkit.source import filenames, files
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar


class SealedEdit:
    """The changes to one file (path from the root). A file that does not exist yet is created by `write`.

    `before` are the bytes on disk, `opened` is the decrypted file; both are None for a new file. Raises SealkitError for a
    symbolic link, and as `open_file` does.
    """

    def __init__(self, repository: Repository, path: str) -> None:
        require_regular_file(repository, path)
        self._repository = repository
        self.path = path
        file = _on_disk(repository, path)
        self.before = file.data if file is not None else None
        self.opened: Opened | None = open_file(file, repository.keyring) if file is not None else None
        self._plain_text: str | None = None
        self._sealed_text: str | None = None
        self._replaced: dict[int, Scalar] = {}

    @property
    def text(self) -> str:
        """The plain text, to be edited as a whole. Instead of it, `replace`, `put`, `remove` and `move` change one leaf."""
        if self._plain_text is None:
            self._plain_text = plain(self.opened) if self.opened is not None else _empty_text(self.path)
        return self._plain_text

    @text.setter
    def text(self, text: str) -> None:
        self._plain_text = text

    @property
    def is_unchanged(self) -> bool:
        """Whether `replace` gave the leaves the values that they have, and nothing else was done."""
        if self.opened is None or self._plain_text is not None or self._sealed_text is not None:
            return False
        values = self.opened.values
        return all(_is_same(values[index], value) for index, value in self._replaced.items())

    def replace(self, location: Location, value: Scalar) -> None:
        """Give an existing leaf another value. Raises UsageError where there is none."""
        assert self.opened is not None
        self._replaced[require_leaf(self.opened.parsed, location.route, location.document)] = value

    def put(self, route: Route, value: Scalar, document: int = 0) -> None:
        """Add one leaf. Raises UsageError where the route does not fit the file, RefusedError for a value in sealed form."""
        if ciphertext_type(value):
            raise RefusedError(
                f"{self.path} {route}: holds a sealed value already",
                hint="put the clear value there, or restore the file",
            )
        self._edit(lambda text: put_leaf(text, self.path, route, value, document), route)

    def remove(self, route: Route, document: int = 0) -> None:
        """Remove what is at a route. Raises UsageError where nothing is."""
        self._edit(lambda text: remove_leaf(text, self.path, route, document), route)

    def move(self, location: Location, target: Location) -> None:
        """Move a leaf to another route of its document. Raises UsageError where there is none, or the route does not fit."""
        old, new, document = location.route, target.route, location.document
        if self.opened is None or not _has_keys_alone(old, new):
            self._edit(lambda text: move_leaf(text, self.path, old, new, document), old, new)
            return
        value = self.opened.parsed.items[require_leaf(self.opened.parsed, old, document)].value  # as it is sealed
        self._edit(lambda text: put_leaf(text, self.path, new, value, document), new)
        self._edit(lambda text: remove_leaf(text, self.path, old, document), old)

    def seal(self, *, must_seal: Sequence[Location] = ()) -> SealedFile:
        """The sealed file. Raises RefusedError where the policy leaves a leaf of `must_seal` open, and as `sops.encrypt`
        does."""
        if self.opened is None:
            rule = self._repository.rule_for(self.path)
            file = seal(self.path, self.text, rule, self._repository.keyring)
        elif self._replaced:
            file = replace_values(self.opened, self._replaced)
        elif self._sealed_text is not None:
            file = reseal_edited(self.opened, self._sealed_text)
        else:
            file = reseal(self.opened, self.text)
        for location in must_seal:
            _require_sealed(file, location)
        return file

    def write(self, events: Events, *, must_seal: Sequence[Location] = ()) -> None:
        """Seal, write and sign. Raises as `seal` and `write_sealed` do."""
        write_sealed(self._repository, events, [self.seal(must_seal=must_seal)], before={self.path: self.before})

    def _edit(self, change: Callable[[str], str], *routes: Route) -> None:
        """Change the structure of the text: of the sealed one where that is possible, which costs less and decrypts nothing into
        it. Not by index: sops keeps a comment in a list as an item of its own, so the indexes of the two texts differ."""
        if self.opened is None or not _has_keys_alone(*routes) or self._plain_text is not None:
            assert self._sealed_text is None
            self.text = change(self.text)
        else:
            self._sealed_text = change(sealed_text(self.opened) if self._sealed_text is None else self._sealed_text)


def require_regular_file(repository: Repository, path: str) -> None:
    """Raises SealkitError for a symbolic link: a write would replace it, and a read might leave the repository."""
    if (repository.root / path).is_symlink():
        raise SealkitError(f"{path}: a symbolic link", hint="name the file itself")


def plain_text(path: str, data: bytes) -> str:
    """The text of a plain file. A file without structure may hold any bytes. Raises SealkitError for other files that are not
    UTF-8."""
    return data.decode("utf-8", "surrogateescape") if is_single_value(path) else files.decode(data, path)


def _on_disk(repository: Repository, path: str) -> SealedFile | None:
    """The file as the repository read it; read now where git ignores it. None where there is none."""
    if (file := repository.sealed.get(path)) is not None:
        return file
    full = repository.root / path
    return SealedFile(path, files.read(full, path)) if full.exists() else None


def _has_keys_alone(*routes: Route) -> bool:
    return all(len(route.keys) == len(route) for route in routes)


def _empty_text(path: str) -> str:
    return "{}\n" if path.endswith(".json") else ""


def _is_same(value: object, other: Scalar) -> bool:
    kind = getattr(value, "kind", type(value))
    return kind is type(other) and value == other


def _require_sealed(file: SealedFile, location: Location) -> None:
    index = find_leaf(file.parsed, location.route, location.document)
    item = file.parsed.items[index] if index is not None else None
    if item is not None and not item.sealed and item.value not in {None, ""}:
        raise RefusedError(
            f"{file.path}: its rule leaves {item.route} open; nothing was written",
            hint=f"give {filenames.POLICY} a rule for this path that seals every value",
        )
