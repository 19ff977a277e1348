"""The command that a hint names exists, takes these arguments, and works on the file that the finding names."""

from __future__ import annotations

import io
import json
import re
import shlex
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import typer.main
from typer._click import exceptions as click

from canary import Canary
from commandline import Ran
from repository_kit import Git, commit
from sealkit.cli.app import build
from sealkit.model.rules import RULES
from sealkit.operations.audit import audit
from sealkit.operations.scan import scan_files
from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob

Sealkit = Callable[..., Ran]
_COMMAND = re.compile(r"sealkit ([a-z][^;,(]*?)(?= to |[;,(]|$)")
ARGUMENTS = {"FILE": "a.yaml", "ROUTE": ".a.b", "NEW": "x", "OLD": "y", "NAME": "a.b"}


def parses(command: str) -> None:
    """Have the command line take a command apart. Raises UsageError of click where it does not."""
    words = [ARGUMENTS.get(word, word) for word in shlex.split(command)]
    at = typer.main.get_command(build(words[0]))
    while (commands := getattr(at, "commands", None)) is not None:
        assert words[0] in commands, command
        at = commands[words.pop(0)]
    at.make_context(command, words).close()


@pytest.mark.parametrize("rule", sorted(RULES))
def test_the_command_of_every_hint_is_one(rule: str) -> None:
    for command in _COMMAND.findall(RULES[rule].hint):
        parses(command.strip())


def test_a_wrong_command_would_be_seen() -> None:
    with pytest.raises(click.UsageError):
        parses("set")
    with pytest.raises((AssertionError, click.UsageError)):
        parses("recipients sync NAME")


def hint(path: str, text: str | bytes) -> str:
    found = scan_blob(path, text.encode() if isinstance(text, str) else text, Context())
    assert found
    return found[0].hint


def test_split_is_named_where_it_takes_the_file(clean_repo: Path, git: Git, canary: Canary, sealkit: Sealkit) -> None:
    """What scan hints at is asked of split itself: it takes the file, or scan does not name it."""
    secret = canary.secret()
    manifest = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: db}}\nstringData: {{password: {secret}}}\n"
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "j"}, "stringData": {"password": secret}}
    files = {
        "s p.yaml": manifest,
        "s.json": json.dumps(body),
        "list.yml": f"items:\n- x\n---\n{manifest}",
        "values.yaml": f"db:\n  password: {secret}\n",
        "compose.yaml": f"services:\n  db:\n    environment:\n      DB_PASSWORD: {secret}\n",
        "plain.json": f'{{"password": "{secret}"}}',
        "chart.yaml": manifest.replace("name: db", "name: {{ .Release.Name }}"),
        ".env": f"DB_PASSWORD={secret}\n",
        "main.tf": f'password = "{secret}"\n',
        "README.md": f"redis://:{secret}@host/0\n",
    }
    for name, text in files.items():
        (clean_repo / name).write_text(text)
    hints = {item.path: item.hint for item in scan_files(clean_repo).findings}
    assert set(hints) == set(files)
    named = {path for path, text in hints.items() if "sealkit split" in text}
    assert named == {"s p.yaml", "s.json", "list.yml"}
    assert hints["s p.yaml"] == "sealkit split 's p.yaml'"
    for path in sorted(files.keys() - named):
        done = sealkit("split", "--dry-run", path, cwd=clean_repo)
        assert done.code != 0, path
    for path in sorted(named):
        (command,) = _COMMAND.findall(hints[path])
        parses(command)


def test_an_archive_is_unpacked_first(canary: Canary) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(
            "kubeconfig.yaml", f"apiVersion: v1\nkind: Secret\nstringData: {{password: {canary.secret()}}}\n"
        )
    assert hint("a b.zip", held.getvalue()) == "unpack 'a b.zip', take it out there, and pack it again"


def test_in_a_split_house_the_original_must_go(clean_repo: Path, canary: Canary) -> None:
    (clean_repo / "sealkit.yaml").write_text("version: 1\n")
    (clean_repo / "public").mkdir()
    text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: db}}\nstringData: {{password: {canary.secret()}}}\n"
    for path in ("s.yaml", "public/s.yaml"):
        (clean_repo / path).write_text(text)
    assert {item.path: item.hint for item in scan_files(clean_repo).findings} == {
        "s.yaml": "sealkit split s.yaml, then: git rm -f s.yaml",
        "public/s.yaml": "sealkit split public/s.yaml",
    }


def test_a_file_that_is_gone_is_not_split(clean_repo: Path, git: Git, leak: Callable[[Path], str]) -> None:
    for name in ("gone.yaml", "here.yaml"):
        leak(clean_repo / name)
    commit(clean_repo, git)
    (clean_repo / "gone.yaml").unlink()
    commit(clean_repo, git)
    hints = {item.path: item.hint for item in audit(clean_repo).findings}
    assert hints["here.yaml"] == "sealkit split here.yaml"
    assert "change the value" in hints["gone.yaml"]
