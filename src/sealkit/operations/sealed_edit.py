"""One sealed file changed: decrypted, edited in memory, sealed again, checked, written and signed."""

from __future__ import annotations

from collections.abc import Sequence

from sealkit.errors import RefusedError, SealkitError
from sealkit.operations.events import Events
from sealkit.operations.leaf_edit import find_leaf, move_leaf, put_leaf, remove_leaf, require_leaf
from sealkit.operations.named_values import Location, is_single_value
from sealkit.operations.repository import Repository
from sealkit.operations.sealed_writer import write_sealed
from sealkit.sealed.file import SealedFile
from sealkit.sops.decrypt import Opened, open_file
from sealkit.sops.encrypt import plain, replace_values, reseal, seal
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
        self._text: str | None = None
        self._replaced: dict[int, Scalar] = {}

    @property
    def text(self) -> str:
        """The plain text as it is now."""
        if self._text is None:
            self._text = self._original()
        return self._text

    @text.setter
    def text(self, text: str) -> None:
        self._text = text

    @property
    def is_unchanged(self) -> bool:
        """Whether there is nothing to write."""
        if self.opened is None:
            return False
        values = self.opened.values
        same = all(_is_same(values[index], value) for index, value in self._replaced.items())
        return same and (self._text is None or self._text == self._original())

    def replace(self, location: Location, value: Scalar) -> None:
        """Give an existing leaf another value. Raises UsageError where there is none."""
        assert self.opened is not None
        self._replaced[require_leaf(self.opened.parsed, location.route, location.document)] = value

    def put(self, route: Route, value: Scalar, document: int = 0) -> None:
        """Set or add one leaf in the text. Raises UsageError where the route does not fit the file."""
        self.text = put_leaf(self.text, self.path, route, value, document)

    def remove(self, route: Route, document: int = 0) -> None:
        """Remove what is at a route. Raises UsageError where nothing is."""
        self.text = remove_leaf(self.text, self.path, route, document)

    def move(self, location: Location, target: Location) -> None:
        """Move a leaf to another route of its document. Raises UsageError where there is none, or the route does not fit."""
        self.text = move_leaf(self.text, self.path, location.route, target.route, location.document)

    def seal(self, *, must_seal: Sequence[Location] = ()) -> SealedFile:
        """The sealed file. Raises RefusedError where the policy leaves a leaf of `must_seal` open, and as `sops.encrypt`
        does."""
        if self.opened is None:
            rule = self._repository.rule_for(self.path)
            file = seal(self.path, self.text, rule, self._repository.keyring)
        elif self._replaced:
            file = replace_values(self.opened, self._replaced)
        else:
            file = reseal(self.opened, self.text)
        for location in must_seal:
            _require_sealed(file, location)
        return file

    def write(self, events: Events, *, must_seal: Sequence[Location] = ()) -> None:
        """Seal, write and sign. Raises as `seal` and `write_sealed` do."""
        write_sealed(self._repository, events, [self.seal(must_seal=must_seal)], before={self.path: self.before})

    def _original(self) -> str:
        if self.opened is not None:
            return plain(self.opened)
        return "{}\n" if self.path.endswith(".json") else ""


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
