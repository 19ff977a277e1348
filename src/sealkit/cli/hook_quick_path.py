"""The short way for what git calls: `scan --staged`, `hook run` and `textconv`, answered before typer is imported.

Where nothing is suspicious, not even YAML is parsed. Whatever this module cannot answer alone, the long way answers the same.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from sealkit.cli import scan_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from sealkit.scan.staged import StagedBlobs


def answer(args: list[str]) -> int | None:
    """The exit code of these arguments, or None where they need the whole command line."""
    if args[:1] == ["scan"]:
        wanted = scan_options.parse(args[1:])
        if wanted is None or not wanted.staged or wanted.detect:
            return None
        return _guarded(lambda: _staged(wanted.files, wanted.format, quiet=False))
    if args[:2] == ["hook", "run"] and args[2:3] and args[2] in scan_options.HOOKS:
        name, rest = args[2], args[3:]
        if any(arg in {"-h", "--help"} for arg in rest):
            return None
        return _guarded(lambda: run_hook(name, rest))
    if args[:1] == ["textconv"] and len(args) == 2 and not args[1].startswith("-"):
        return _guarded(lambda: _textconv(args[1]))
    return None


def run_hook(name: str, args: list[str]) -> int:
    """What a git hook of this name answers: 0 lets git go on. Raises SealkitError."""
    if name in {"pre-commit", "pre-merge-commit"}:
        return _staged([], "text", quiet=True)
    from sealkit.operations import scan

    if name == "commit-msg":
        return scan.message(args)
    return scan.push(args, sys.stdin.buffer.read().decode("utf-8", "surrogateescape") if not sys.stdin.isatty() else "")


def _textconv(file: str) -> int:
    from pathlib import Path

    from sealkit.sealed.textconv import show

    show(Path(file))
    return 0


def _staged(files: list[str], form: str, *, quiet: bool) -> int:
    from sealkit.scan.staged import quick

    taken = quick()
    if taken is not None and form == "text" and taken.clean() and _covers(taken, files):
        if not quiet:
            count = len(taken.changes)
            print(f"no findings in {count} file{'' if count == 1 else 's'}", file=sys.stderr)
        return 0
    from sealkit.operations import scan

    return scan.staged(taken, files, form, quiet=quiet)


def _covers(taken: StagedBlobs, files: list[str]) -> bool:
    """Whether every named file is staged, seen from the top of the work tree (where hooks run)."""
    return {*files} <= {change.path for change in taken.changes}


def _guarded(action: Callable[[], int]) -> int:
    import resource

    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        code = action()
        sys.stdout.flush()
        return int(code)
    except KeyboardInterrupt:
        print("sealkit: error: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        from sealkit.errors import SealkitError

        if not isinstance(error, SealkitError):
            raise
        from sealkit.cli import ui

        ui.error(error.message, error.hint)
        return error.exit_code
