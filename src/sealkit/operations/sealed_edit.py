"""One sealed file changed: opened, its plain text edited in memory, sealed again, checked, written and signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.operations.named_values import STRUCTURED, Location, whole
from sealkit.source import filenames, files
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar

if TYPE_CHECKING:
    from sealkit.operations.repository import Repository
    from sealkit.sealed.stores.parsed import Parsed
    from sealkit.sops.decrypt import Opened


class SealedEdit:
    """The changes to one file. `path` is from the root; a file that does not exist yet is begun."""

    def __init__(self, repository: Repository, path: str) -> None:
        self.repository = repository
        self.path = path
        regular(repository, path)
        full = repository.root / path
        self.before: bytes | None = files.read(full, path) if full.exists() else None
        self.opened: Opened | None = None
        self.text = ""
        if self.before is not None:
            from sealkit.sops.decrypt import open_file
            from sealkit.sops.encrypt import plain

            self.opened = open_file(path, self.before, repository.keyring)
            self.text = plain(self.opened)
        elif path.endswith(".json"):
            self.text = "{}\n"
        self._original = self.text

    def same(self) -> bool:
        """Whether nothing changed."""
        return self.before is not None and self.text == self._original

    def put(self, route: Route, value: Scalar, document: int = 0) -> None:
        """Set one leaf, or add it. Raises UsageError where the route does not fit the file."""
        self.text = put(self.text, self.path, route, value, document)

    def remove(self, route: Route, document: int = 0) -> None:
        """Take out what stands at a route."""
        self.text = remove(self.text, self.path, route, document)

    def sealed(self, *, must: tuple[Location, ...] = ()) -> str:
        """The sealed text. Raises RefusedError where the policy leaves one of `must` open."""
        from sealkit.sealed.stores.store import store_for
        from sealkit.sops.encrypt import reseal, seal

        if self.opened is not None:
            text = reseal(self.opened, self.text)
        else:
            text = seal(self.path, self.text, self.repository.rule_for(self.path), self.repository.keyring)
        if must:
            wanted = {(spot.document, spot.route) for spot in must}
            for item in store_for(self.path).parse(text, self.path).items:
                empty = item.value is None or item.value == ""
                if (item.document, item.route) in wanted and not item.sealed and not item.comment and not empty:
                    raise RefusedError(
                        f"{self.path}: its rule leaves {item.route} open; nothing was written",
                        hint=f"give {filenames.POLICY} a rule for this path that seals every value",
                    )
        return text

    def write(self, *, must: tuple[Location, ...] = ()) -> None:
        """Seal, write and sign."""
        self.repository.write_sealed({self.path: self.sealed(must=must)}, before={self.path: self.before})


def regular(repository: Repository, path: str) -> None:
    """Raises SealkitError for a link: what is written would take its place, and what is read may lie outside the tree."""
    if (repository.root / path).is_symlink():
        raise SealkitError(f"{path}: a symbolic link", hint="name the file itself")


def text_of(path: str, data: bytes) -> str:
    """The text of a plain file; where a file has no structure any bytes stay what they are. Raises SealkitError."""
    return data.decode("utf-8", "surrogateescape") if whole(path) else files.decode(data, path)


def put(text: str, path: str, route: Route, value: Scalar, document: int = 0) -> str:
    """The plain text of any format with one leaf set or added. Raises UsageError where the route does not fit."""
    from sealkit.sealed.stores.store import store_for
    from sealkit.yamlspan import put

    if path.endswith(STRUCTURED):
        return put.put(text, path, route, value, document)
    if whole(path):
        return str(value)
    store = store_for(path)
    parsed = store.parse(text, path)
    if _index(parsed, route) is None:
        text = _with_line(text, path, route)
        parsed = store.parse(text, path)
    at = _index(parsed, route)
    if at is None:
        raise _misfit(path, route)
    return store.write(parsed, {at: str(value)}, None)


def remove(text: str, path: str, route: Route, document: int = 0) -> str:
    """The plain text of any format without what stands at a route. Raises UsageError where nothing does."""
    from sealkit.sealed.stores.store import store_for
    from sealkit.yamlspan import put

    if path.endswith(STRUCTURED):
        return put.remove(text, path, route, document)
    if whole(path):
        raise UsageError(f"{path}: holds one value and nothing else", hint=f"remove the file: git rm {path}")
    parsed = store_for(path).parse(text, path)
    at = _index(parsed, route)
    if at is None:
        raise UsageError(f"{path}: nothing stands at {route}")
    lines = text.splitlines(keepends=True)
    del lines[parsed.items[at].line - 1]
    return "".join(lines)


def leaf(text: str, path: str, route: Route, document: int = 0) -> Scalar:
    """What stands at a route of a plain text. Raises UsageError where nothing does."""
    from sealkit.sealed.stores.store import store_for

    for item in store_for(path).parse(text, path).items:
        if (item.document, item.route) == (document, route) and not item.comment:
            return item.value
    raise UsageError(f"{path}: nothing stands at {route}")


def _index(parsed: Parsed, route: Route) -> int | None:
    hits = (at for at, item in enumerate(parsed.items) if item.route == route and not item.comment)
    return next(hits, None)


def _with_line(text: str, path: str, route: Route) -> str:
    """dotenv and ini with one more, empty, entry."""
    text = text if text.endswith("\n") or not text else text + "\n"
    keys = route.keys
    if len(keys) != len(route) or len(keys) != (1 if path.endswith(".env") else 2):
        raise _misfit(path, route)
    if path.endswith(".env"):
        return f"{text}{keys[0]}=\n"
    header, lines = f"[{keys[0]}]", text.splitlines(keepends=True)
    found = next((at for at, line in enumerate(lines) if line.strip() == header), None)
    if found is None:
        return f"{text}{header}\n{keys[1]} = \n"
    return "".join([*lines[: found + 1], f"{keys[1]} = \n", *lines[found + 1 :]])


def _misfit(path: str, route: Route) -> UsageError:
    return UsageError(f"{path}: {route} does not fit this format", hint="dotenv: NAME; ini: SECTION.NAME")
