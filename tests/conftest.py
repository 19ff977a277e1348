"""Fixtures that every room uses: the canary, an isolated home, a git repository, and the real command line."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from canary import Canary
from command_server import CommandServer
from commandline import AUDIT, Ran
from sealkit.scan import prefilter

pytest_plugins = [
    "cluster_fixtures",
    "repository_fixtures",
]


def pytest_configure() -> None:
    """A shell starts a job in the background with SIGINT ignored, and every child would inherit that; tests send it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int | None:
    """`-n auto`: one worker more than processors, since tests also wait for gpg, git and the API server."""
    return None if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two workers share the tests of the control plane. Each starts its own, so more would only cost memory."""
    for item in items:
        if "cluster" in getattr(item, "fixturenames", ()):
            folder = "commands" if "commands" in item.path.parts else "other"
            item.add_marker(pytest.mark.xdist_group(f"cluster-{folder}"))


@pytest.fixture(scope="session", autouse=True)
def programs_on_path() -> Iterator[None]:
    """`sealkit`, `sops` and `kubectl` of this interpreter come first, also where the virtual environment is not activated."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        yield


@pytest.fixture(autouse=True)
def canary(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Canary]:
    """On for every test. The teardown fails the test that let its canary out."""
    bird = Canary(tmp_path)
    yield bird
    report = getattr(request.node, "sealkit_report", None)
    if report is not None:
        bird.hear("captured output", report.capstdout + report.capstderr)
        bird.hear("log", report.caplog)
        if report.failed:
            bird.hear("exception text", str(report.longrepr).partition("\nE ")[2])
    leaks = bird.leaks()
    if leaks and not (report is not None and report.failed):
        pytest.fail("the canary got out: " + "; ".join(leaks), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Keep the report of the call phase for the canary."""
    report = yield
    if call.when == "call":
        item.sealkit_report = report  # type: ignore[attr-defined]
    return report


@pytest.fixture(scope="session")
def scan_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache folder of someone who has scanned before: compiling the scanner's database takes 0.2 s."""
    folder = tmp_path_factory.mktemp("scan-cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        prefilter.load()
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scan_cache: Path) -> Iterator[Path]:
    """A home of its own: no key, no config, no git identity but a fake one; GNUPGHOME short enough for its sockets."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    shutil.copytree(scan_cache, folder / ".cache")
    gnupg = Path(tempfile.mkdtemp(prefix="sk"))
    for name in [n for n in os.environ if n.startswith(("SOPS_", "GIT_", "KUBE", "SEALKIT_", "XDG_"))]:
        monkeypatch.delenv(name)
    settings = {
        "HOME": folder, "XDG_CONFIG_HOME": folder / ".config", "XDG_CACHE_HOME": folder / ".cache", "GNUPGHOME": gnupg,
        "GIT_CONFIG_GLOBAL": folder / ".gitconfig", "GIT_CONFIG_NOSYSTEM": "1", "NO_COLOR": "1",
    }  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(name, str(value))
    (folder / ".gitconfig").write_text(
        "[user]\n\tname = Test\n\temail = test@example.invalid\n[init]\n\tdefaultBranch = main\n[commit]\n\tgpgsign = false\n"
    )
    yield folder
    if any(gnupg.iterdir()) and shutil.which("gpgconf"):  # an agent was started
        subprocess.run(["gpgconf", "--kill", "all"], check=False, capture_output=True)
    shutil.rmtree(gnupg, ignore_errors=True)


@pytest.fixture
def git(home: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`git(folder, *args, check=True)`."""

    def run(folder: Path, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["git", *args], cwd=folder, check=check, capture_output=True, text=True)

    return run


@pytest.fixture
def repo(tmp_path: Path, git: Callable[..., object]) -> Path:
    """An empty git repository."""
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q")
    return folder


@pytest.fixture
def age_key(home: Path, canary: Canary) -> str:
    """An age key where sops looks for one; its recipient."""
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    path = home / ".config/sops/age/keys.txt"
    path.parent.mkdir(parents=True)
    path.write_text(f"# public key: {identity.to_public()}\n{identity}\n")
    path.chmod(0o600)
    return str(identity.to_public())


@pytest.fixture(scope="session")
def command_server() -> Iterator[CommandServer]:
    """What runs the command line for `sealkit`."""
    server = CommandServer()
    yield server
    server.close()


@pytest.fixture
def sealkit(home: Path, canary: Canary, command_server: CommandServer) -> Callable[..., Ran]:
    """`sealkit(*args, cwd=..., input=..., env=..., reveals=False)`: the command line in a process of its own.

    What it prints is heard by the canary unless the test says `reveals=True`.
    """

    def run(
        *args: str | Path,
        cwd: Path,
        input: str = "",
        env: dict[str, str] | None = None,
        reveals: bool = False,
        timeout: float = 300,
    ) -> Ran:
        environ = {**os.environ, "PYTHONPATH": str(AUDIT), "SEALKIT_TEST_AUDIT": str(canary.audit), **(env or {})}
        done = command_server.run([*map(str, args)], cwd=cwd, input=input, env=environ, timeout=timeout)
        if not reveals:
            canary.hear(f"standard output of sealkit {args[0] if args else ''}", done.stdout)
        canary.hear(f"standard error of sealkit {args[0] if args else ''}", done.stderr)
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    return run
