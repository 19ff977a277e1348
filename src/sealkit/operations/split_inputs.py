"""Which files a `split` takes, where they will stand in the public tree, and their text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.source import filenames, files
from sealkit.source.config import Config
from sealkit.source.file_tree import inside


@dataclass(slots=True)
class SplitInputs:
    """`data` is the bytes by public path, `sources` where each was read, `skipped` what was not taken, with the reason."""

    data: dict[str, bytes] = field(default_factory=dict, repr=False)
    sources: dict[str, Path] = field(default_factory=dict)
    skipped: list[tuple[str, str]] = field(default_factory=list)

    def text(self, path: str) -> str:
        """The text of one file. Raises SealkitError for what is not UTF-8."""
        return files.decode(self.data[path], self.display_path(path))

    def display_path(self, path: str) -> str:
        """The path that a person knows the file by."""
        source = self.sources[path]
        return str(source.relative_to(Path.cwd())) if source.is_relative_to(Path.cwd()) else str(source)


def gather(config: Config, paths: Sequence[Path]) -> SplitInputs:
    """The manifests at or below these paths. A path in the public tree stays where it is, one elsewhere goes into it.

    Raises SealkitError for a file that is missing, empty, not readable or a link out of its tree.
    """
    inputs = SplitInputs()
    for path in paths:
        top = Path.cwd() / path
        if not top.exists() and not top.is_symlink():
            raise SealkitError(f"{path}: no such file or folder", hint="check the path")
        named = top.is_file() or top.is_symlink()
        base = top.parent if named else top
        for file in [top] if named else _below(top):
            _take(config, file, base, inputs, named=named)
    return inputs


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and (path.is_file() or path.is_symlink()) and not path.is_dir():
            yield path


def _take(config: Config, file: Path, base: Path, inputs: SplitInputs, *, named: bool) -> None:
    if file.is_symlink() and not file.resolve().is_relative_to(base.resolve()):
        raise SealkitError(f"{file}: a symbolic link out of the tree", hint="replace it with the file itself")
    data = files.read(file)
    target = _public(config, file, base, named=named)
    why = _not_for_split(config, file, data)
    if why is not None and named:
        raise UsageError(f"{file}: {why}", hint=f"sealkit seal {file}")
    if why is not None:
        inputs.skipped.append((str(file), why))
        return
    if not data.strip():
        raise SealkitError(f"{file}: is empty", hint="remove it, or write the manifest")
    other = inputs.sources.get(target, file)
    if other.resolve() != file.resolve():
        raise RefusedError(f"{file} and {other} would both become {target}", hint="split them one by one, renamed")
    _free(config, target, file)
    inputs.data[target] = data
    inputs.sources[target] = file


def _not_for_split(config: Config, file: Path, data: bytes) -> str | None:
    """Why a file is left alone; None where it is one to split."""
    from sealkit.overlay.load import MANIFESTS
    from sealkit.sealed.detect import is_sealed
    from sealkit.secrets.spans import secret_spans

    if is_sealed(data):
        return "sealed already"
    relative = _relative(config, file)
    if relative is not None and (
        relative in {filenames.CONFIG, config.allow} or (config.example and inside(relative, config.example))
    ):
        return "a file of sealkit, not a manifest"
    if relative is not None and any(inside(relative, folder) for folder in config.private_folders):
        return "in the private tree and not sealed"
    if file.suffix in MANIFESTS:
        return None
    text = data.decode("utf-8", "replace")
    spans = secret_spans(text)
    line = f", and line {text.count(chr(10), 0, spans[0].start) + 1} looks like a secret" if spans else ""
    return "neither YAML nor JSON" + line


def _relative(config: Config, file: Path) -> str | None:
    try:
        return config.relative(file)
    except UsageError:
        return None


def _public(config: Config, file: Path, base: Path, *, named: bool) -> str:
    """The public path of a file: its own below the public tree, else a new one in it."""
    relative = _relative(config, file)
    folders = {config.public, *(folder for target in config.targets.values() for folder in target.public)}
    if relative is not None and any(inside(relative, folder) for folder in folders):
        return relative
    new = PurePosixPath(config.public) if named else PurePosixPath(config.public) / base.resolve().name
    return (new / file.relative_to(base).as_posix()).as_posix()


def _free(config: Config, target: str, source: Path) -> None:
    there = config.root / target
    if there.exists() and there.resolve() != source.resolve() and files.read(there) != files.read(source):
        raise RefusedError(f"{target}: exists already and is another file", hint="rename one of the two")
