"""The scanners: each looks at the whole tree once and names lines. A tool that is not installed is left out, and said so."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Place = tuple[str, int]
Runner = Callable[[Path, Path, Path], "set[Place]"]


def find(name: str) -> Path | None:
    """A program: of `make peers`, beside this Python, in the folder `SEALKIT_BENCH_TOOLS` or on the PATH."""
    if name in ("gitleaks", "betterleaks"):
        sys.path.append(str(Path(__file__).parents[2] / "tests"))
        from peertools import find as built

        path: Path | None = built(name, os.environ)
        return path
    folders = [str(Path(sys.executable).parent), os.environ.get("SEALKIT_BENCH_TOOLS", ""), os.environ.get("PATH", "")]
    found = shutil.which(name, path=os.pathsep.join(filter(None, folders)))
    return Path(found) if found else None


def run(name: str, program: Path, folder: Path) -> set[Place]:
    """The (path, line) pairs that a tool reports in `folder`. Exits if the tool fails: a score of nothing is meaningless."""
    with tempfile.TemporaryDirectory(prefix="skquality") as scratch:
        return {
            (path.removeprefix("./"), line) for path, line in TOOLS[name](program, folder, Path(scratch) / "out.json")
        }


def _call(args: Sequence[str | Path], folder: Path, ok: Sequence[int] = (0, 1)) -> bytes:
    env = os.environ | {"KF_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}
    done = subprocess.run([str(a) for a in args], cwd=folder, capture_output=True, env=env, check=False)
    if done.returncode not in ok:
        sys.exit(f"{args[0]} ended with {done.returncode}: {done.stderr.decode(errors='replace').strip()[-400:]}")
    return done.stdout


def _read(report: Path) -> list[dict[str, Any]]:
    text = report.read_text(encoding="utf-8") if report.exists() else ""
    found: list[dict[str, Any]] = json.loads(text or "[]") or []
    return found


def _sealkit(program: Path, folder: Path, _report: Path) -> set[Place]:
    return {(f["path"], f["line"]) for f in _sealkit_findings(program, folder)}


def _sealkit_errors(program: Path, folder: Path, _report: Path) -> set[Place]:
    return {(f["path"], f["line"]) for f in _sealkit_findings(program, folder) if f["severity"] == "error"}


def _sealkit_findings(program: Path, folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_call([program, "scan", "--format", "json"], folder))["findings"]
    return found


def _gitleaks(program: Path, folder: Path, report: Path) -> set[Place]:
    _call([program, "dir", ".", "--no-banner", "-f", "json", "-r", report, "--exit-code", "0"], folder)
    return {(f["File"], f["StartLine"]) for f in _read(report)}


def _betterleaks(program: Path, folder: Path, report: Path) -> set[Place]:
    _call([program, "fs", ".", "-o", report, "--no-banner", "-s", "--exit-code", "0"], folder)
    found = json.loads(report.read_text(encoding="utf-8"))["findings"] or []
    return {(f["location"]["path"], f["location"]["start_line"]) for f in found}


def _kingfisher(program: Path, folder: Path, _report: Path) -> set[Place]:
    options = ["--no-validate", "--git-history", "none", "--no-update-check", "--no-dedup", "--format", "json"]
    text = _call([program, "scan", ".", *options], folder, ok=(0, 200)).decode()
    start = text.find("{")
    found = json.JSONDecoder().raw_decode(text[start:])[0]["findings"] if start >= 0 else []
    return {(f["finding"]["path"], f["finding"]["line"]) for f in found}


def _detect_secrets(program: Path, folder: Path, _report: Path) -> set[Place]:
    results = json.loads(_call([program, "scan", "--all-files", "-n", "."], folder))["results"]
    return {(path, f["line_number"]) for path, found in results.items() for f in found}


def _credsweeper(program: Path, folder: Path, report: Path) -> set[Place]:
    _call([program, "--path", ".", "--save-json", report, "--no-stdout", "--log", "error", "--jobs", "2"], folder)
    return {(line["path"], line["line_num"]) for f in _read(report) for line in f["line_data_list"]}


TOOLS: dict[str, Runner] = {
    "sealkit": _sealkit, "sealkit errors": _sealkit_errors, "gitleaks": _gitleaks, "betterleaks": _betterleaks,
    "kingfisher": _kingfisher, "detect-secrets": _detect_secrets, "credsweeper": _credsweeper,
}  # fmt: skip
