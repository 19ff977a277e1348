"""`scan` and `audit` look for leaks, `allow` lives with one, `rule` explains one, `report` puts reports together."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import typer

from sealkit.cli import scan_options, ui
from sealkit.errors import Exit, RefusedError, SealkitError, UsageError


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("scan")(scan)
    app.command("audit")(audit)
    app.command("allow")(allow)
    app.command("rule")(rule)
    app.command("report")(report)


def _format(name: str) -> str:
    if name not in scan_options.FORMATS:
        raise UsageError(f"no format {name!r}", hint=f"one of: {', '.join(scan_options.FORMATS)}")
    return name


def scan(
    files: list[Path] = typer.Argument(
        None, metavar="[FILES]", help="Files or folders of the work tree; default: all of it.", show_default=False
    ),
    staged: bool = typer.Option(False, scan_options.STAGED[0], help=scan_options.STAGED[1]),
    diff: str = typer.Option("", scan_options.DIFF[0], metavar="A..B", help=scan_options.DIFF[1], show_default=False),
    form: str = typer.Option("text", scan_options.FORMAT[0], metavar="FORMAT", help=scan_options.FORMAT[1], callback=_format),
    detect: bool = typer.Option(False, scan_options.DETECT[0], help=scan_options.DETECT[1]),
) -> None:  # fmt: skip
    """Look for what must not be published. Needs no key, and never prints a value.

    Exit code 1 with an error among the findings, 0 with none or only warnings.
    """
    from sealkit.operations import scan
    from sealkit.scan import staged as index

    if sum((staged, bool(diff), detect)) > 1 or (diff and files):
        raise UsageError("several things to scan at once", hint="one of: FILES, --staged, --diff A..B")
    if staged:
        raise typer.Exit(scan.staged(index.quick(), [str(path) for path in files or []], form))
    if diff:
        raise typer.Exit(scan.diff(diff, form))
    raise typer.Exit(scan.given(files or [], form, detect=detect))


def audit(
    where: str = typer.Argument("", metavar="[PATH|URL]", help="A repository; default: this one.", show_default=False),
    revisions: str = typer.Argument("", metavar="[REV..REV]", help="Only what these commits bring.", show_default=False),
    form: str = typer.Option("text", scan_options.FORMAT[0], metavar="FORMAT", help=scan_options.FORMAT[1], callback=_format),
) -> None:  # fmt: skip
    """Look through the whole history: every blob of every ref and those of none, messages, names of branches and files.

    A repository elsewhere is cloned into a temporary folder first. Needs no key.
    """
    from sealkit.operations import scan
    from sealkit.scan import context as contexts
    from sealkit.scan import history

    if ".." in where and not revisions and "://" not in where and where[0] != "." and not Path(where).exists():
        where, revisions = "", where
    with _repository(where) as root:
        context = contexts.load(scan.from_commit(root, "HEAD"), root)
        found = history.audit(root, context, scan.span(root, revisions) if revisions else ())
        raise typer.Exit(scan.report(found, context, form, history=True))


class _repository:  # noqa: N801 - read as a word: `with _repository(where) as root`
    """The git folder of a path, or a temporary mirror of an address, removed at the end."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._temporary: str | None = None

    def __enter__(self) -> Path:
        from sealkit.source import git

        if "://" not in self._where and not (":" in self._where and not Path(self._where).exists()):
            folder = Path(self._where or ".")
            if not folder.is_dir():
                raise SealkitError(f"{folder}: no such folder", hint="name a repository, or its address")
            if not git.run(["rev-parse", "--git-dir"], folder, check=False).strip():
                raise SealkitError(f"{folder} is not in a git repository", hint="name one: sealkit audit PATH")
            return folder
        if self._where.startswith("-"):
            raise UsageError(f"{self._where}: not an address")
        if _without_password(self._where) != self._where and ":" in self._where.partition("://")[2].partition("@")[0]:
            shown = _without_password(self._where)
            raise UsageError(
                f"{shown}: an address with a password, which other programs would see",
                hint="leave it out: git asks its credential helper",
            )
        self._temporary = tempfile.mkdtemp(prefix="sealkit-audit-")
        os.chmod(self._temporary, 0o700)  # noqa: PTH101
        target = Path(self._temporary) / "mirror.git"
        ui.info(f"cloning {_without_password(self._where)}")
        try:
            safe = [
                "-c",
                "protocol.ext.allow=never",
                "-c",
                "core.symlinks=false",
                "-c",
                "fetch.recurseSubmodules=false",
            ]
            git.run([*safe, "clone", "--mirror", "--quiet", "--template=", "--", self._where, str(target)], Path.cwd())
        except SealkitError as error:
            self.__exit__()
            message = error.message.replace(self._where, _without_password(self._where))
            raise SealkitError(message, hint="check the address; private ones need your git to know a login") from None
        return target

    def __exit__(self, *_: object) -> None:
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)


def _without_password(address: str) -> str:
    head, slashes, rest = address.partition("://")
    host = rest.rpartition("@")[2] if slashes and "@" in rest.partition("/")[0] else rest
    return f"{head}{slashes}{host}"


def allow(
    fingerprint: str = typer.Argument(..., metavar="FINGERPRINT", help="As the report shows it.", show_default=False),
    reason: str = typer.Option(..., "--reason", metavar="TEXT", help="Why it may stay.", show_default=False),
) -> None:
    """Put one finding on the allow list, with the reason. The list is part of the repository: reviewers see it.

    Looked for in the index, then in the work tree, then in the history.
    """
    from sealkit.operations import allow
    from sealkit.source import files
    from sealkit.source.config import load_config

    if not reason.strip():
        raise UsageError("an empty reason", hint="say why it may stay: --reason TEXT")
    config = load_config()
    found = allow.find(config.root, fingerprint)
    if found is None:
        raise RefusedError(f"nothing here has the fingerprint {fingerprint}", hint="copy it from: sealkit scan")
    path = config.root / config.allow
    if path.is_symlink():
        raise SealkitError(f"{config.allow}: a symbolic link", hint="replace it with the file itself")
    text = files.decode(files.read(path, config.allow), config.allow) if path.exists() else None
    files.write(path, allow.entry(text, found, reason, config.allow).encode())
    ui.info(f"{found.rule} at {found.place} is allowed; commit {config.allow}")


def rule(
    name: str = typer.Argument(
        "", metavar="[RULE]", help="As SK201; without one: the list of all.", show_default=False
    ),
) -> None:
    """Explain a rule: what it finds, why that matters, what to do."""
    from sealkit.report import rule_pages

    sys.stdout.write(rule_pages.page(name) if name else rule_pages.listed())


def report(
    reports: list[Path] = typer.Argument(..., metavar="REPORT...", help="JSON reports of scan or audit.", show_default=False),
    form: str = typer.Option("html", scan_options.FORMAT[0], metavar="FORMAT", help=scan_options.FORMAT[1], callback=_format),
) -> None:  # fmt: skip
    """One report from many. The same finding in several of them is shown once."""
    from sealkit.report import formats
    from sealkit.report import json as reports_json
    from sealkit.source import files

    found = reports_json.combine({str(path): files.decode(files.read(path), str(path)) for path in reports})
    sys.stdout.write(formats.render(found, form))
    raise typer.Exit(Exit.NO if any(item.severity == "error" for item in found) else Exit.OK)
