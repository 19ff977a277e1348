"""Finding and building the programs of the control plane: real Go, on a module that takes a second."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cluster_fixtures import ENVIRON
from sealkit.errors import SealkitError
from sealkit.rehearse import binaries, go_build

GOOD = (
    'package main\n\nimport "os"\n\nfunc main() { os.Stdout.WriteString("hello " + told + "\\n") }\n\nvar told string\n'
)


def program(path: Path, text: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def hello(tmp_path: Path) -> go_build.Recipe:
    """A module of one program."""
    module = tmp_path / "module"
    module.mkdir()
    (module / "go.mod").write_text("module sealkit.invalid/hello\n\ngo 1.26.0\n")
    (module / "go.sum").write_text("")
    (module / "main.go").write_text(GOOD)
    return go_build.Recipe("hello", module, {"hello": "."}, "-X main.told=you")


@pytest.fixture
def go() -> Path:
    found, _ = go_build.find_go(ENVIRON["PATH"])
    assert found is not None, "no Go 1.26 or newer; run: scripts/setup.sh go"
    return found


class TestFind:
    """Where the programs come from."""

    def test_named_ones_come_first(self, tmp_path: Path) -> None:
        for name in binaries.PACKAGES:
            program(tmp_path / name)
        found = binaries.find({"KUBEBUILDER_ASSETS": str(tmp_path)})
        assert found.folder == tmp_path
        assert found.controller_manager == tmp_path / "kube-controller-manager"

    def test_the_usual_test_assets_have_no_controllers(self, tmp_path: Path) -> None:
        for name in ("etcd", "kube-apiserver", "kubectl"):
            program(tmp_path / name)
        assert binaries.find({"KUBEBUILDER_ASSETS": str(tmp_path)}).controller_manager is None

    @pytest.mark.parametrize("missing", ["etcd", "kube-apiserver"])
    def test_a_named_folder_without_one(self, tmp_path: Path, missing: str) -> None:
        for name in binaries.PACKAGES:
            if name != missing:
                program(tmp_path / name)
        with pytest.raises(SealkitError, match=f"no program {missing} in it"):
            binaries.find({"KUBEBUILDER_ASSETS": str(tmp_path)})

    def test_the_cache_comes_next(self, tmp_path: Path) -> None:
        folder = tmp_path / "sealkit" / binaries.recipe().key()
        for name in binaries.PACKAGES:
            program(folder / name)
        assert binaries.find({"XDG_CACHE_HOME": str(tmp_path), "PATH": ""}).folder == folder

    def test_half_a_cache_is_none(self, tmp_path: Path) -> None:
        program(tmp_path / "sealkit" / binaries.recipe().key() / "etcd")
        assert binaries.find_existing({"XDG_CACHE_HOME": str(tmp_path)}) is None

    @pytest.mark.parametrize(
        ("environ", "expected"),
        [
            ({"HOME": "/h"}, "/h/.cache/sealkit"),
            ({"HOME": "/h", "XDG_CACHE_HOME": "/x"}, "/x/sealkit"),
            ({"HOME": "/h", "XDG_CACHE_HOME": "relative"}, "/h/.cache/sealkit"),
        ],
    )
    def test_the_cache_folder(self, environ: dict[str, str], expected: str) -> None:
        assert go_build.cache_folder(environ) == Path(expected)

    def test_without_go_it_says_how_to_get_them(self, tmp_path: Path) -> None:
        with pytest.raises(SealkitError, match="no Go to build one with") as caught:
            binaries.find({"HOME": str(tmp_path), "PATH": str(tmp_path)})
        assert "KUBEBUILDER_ASSETS" in str(caught.value.hint)
        assert "Go 1.26" in str(caught.value.hint)

    def test_an_old_go_is_named(self, tmp_path: Path) -> None:
        program(tmp_path / "go", "#!/bin/sh\necho go1.19.8\n")
        with pytest.raises(SealkitError, match=r"only Go 1\.19 "):
            binaries.find({"HOME": str(tmp_path), "PATH": str(tmp_path)})

    def test_a_newer_go_further_down_is_taken(self, tmp_path: Path) -> None:
        program(tmp_path / "old/go", "#!/bin/sh\necho go1.19.8\n")
        program(tmp_path / "broken/go", "#!/nowhere\n")
        newer = program(tmp_path / "new/go", "#!/bin/sh\necho go1.27.1\n")
        path = os.pathsep.join(str(tmp_path / name) for name in ("old", "broken", "new"))
        assert go_build.find_go(path) == (newer, "1.27")

    def test_no_go_of_the_folder_we_stand_in(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        program(tmp_path / "go", f"#!/bin/sh\ntouch {tmp_path}/ran\necho go1.27.1\n")
        monkeypatch.chdir(tmp_path)
        assert go_build.find_go(".:") == (None, "")
        assert not (tmp_path / "ran").exists()


class TestRecipe:
    """What names the folder in the cache."""

    def test_the_version_is_told_to_the_control_plane(self) -> None:
        assert "-X k8s.io/component-base/version.gitVersion=v1.37.2 " in binaries.recipe().ldflags
        assert binaries.recipe().ldflags.endswith("gitMajor=1 -X k8s.io/component-base/version.gitMinor=37")

    def test_a_new_pin_builds_anew(self, hello: go_build.Recipe) -> None:
        before = hello.key()
        (hello.module / "go.sum").write_text("another line\n")
        assert hello.key() != before

    def test_the_modules_are_in_the_wheel(self, tmp_path: Path) -> None:
        import zipfile

        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
        subprocess.run(command, cwd=Path(__file__).parents[2], check=True, capture_output=True)
        (wheel,) = tmp_path.glob("*.whl")
        assert {f"sealkit/rehearse/modules/controlplane/go.{part}" for part in ("mod", "sum")} <= set(
            zipfile.ZipFile(wheel).namelist()
        )


@pytest.mark.slow
class TestBuild:
    """The real compiler."""

    def test_built_once(self, hello: go_build.Recipe, go: Path, tmp_path: Path) -> None:
        said: list[str] = []
        folder = go_build.build(hello, tmp_path / "cache", go, said.append)
        run = subprocess.run([folder / "hello"], capture_output=True, text=True, check=True)
        assert run.stdout == "hello you\n"
        assert any(line.startswith("built hello: ") for line in said)
        assert go_build.cached(hello, tmp_path / "cache") == folder
        go_build.build(hello, tmp_path / "cache", tmp_path / "no go needed", said.append)

    def test_the_compilers_words(self, hello: go_build.Recipe, go: Path, tmp_path: Path) -> None:
        (hello.module / "main.go").write_text(GOOD.replace("told +", "nobody +"))
        with pytest.raises(SealkitError, match=r"could not build hello: .*undefined: nobody"):
            go_build.build(hello, tmp_path / "cache", go, go_build.silent)
        assert go_build.cached(hello, tmp_path / "cache") is None
        assert not list((tmp_path / "cache" / hello.key()).iterdir())

    def test_a_module_that_is_not_pinned(self, hello: go_build.Recipe, go: Path, tmp_path: Path) -> None:
        (hello.module / "main.go").write_text(GOOD.replace('import "os"', 'import ("os"; _ "example.invalid/evil")'))
        with pytest.raises(SealkitError, match="could not build hello"):
            go_build.build(hello, tmp_path / "cache", go, go_build.silent)

    def test_one_builder_at_a_time(self, hello: go_build.Recipe, go: Path, tmp_path: Path) -> None:
        cache, said = tmp_path / "cache", []
        waits = threading.Event()

        def say(line: str) -> None:
            said.append(line)
            waits.set()

        cache.mkdir()
        with (cache / f"{hello.key()}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            builder = threading.Thread(target=go_build.build, args=(hello, cache, go, say))
            builder.start()
            assert waits.wait(60)
            assert said == [f"waiting for another build of {hello.key()}"]
            assert go_build.cached(hello, cache) is None
        builder.join()
        assert go_build.cached(hello, cache) is not None

    def test_a_killed_build_looks_unfinished(self, hello: go_build.Recipe, go: Path, tmp_path: Path) -> None:
        folder = tmp_path / "cache" / hello.key()
        program(folder / ".hello.1.partial", "half of it")
        assert go_build.cached(hello, tmp_path / "cache") is None
        assert go_build.build(hello, tmp_path / "cache", go, go_build.silent) == folder
        assert [path.name for path in folder.iterdir()] == ["hello"]

    def test_a_cache_that_cannot_be_written(self, hello: go_build.Recipe, go: Path, tmp_path: Path) -> None:
        (tmp_path / "cache").write_text("a file where the folder should be")
        with pytest.raises(SealkitError, match="cache"):
            go_build.build(hello, tmp_path / "cache", go, go_build.silent)


def test_asking_builds_nothing(tmp_path: Path) -> None:
    environ = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    environ.pop("KUBEBUILDER_ASSETS", None)
    done = subprocess.run(
        [sys.executable, "-m", "sealkit.rehearse.build", "--cached"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (1, "")
    assert not list(tmp_path.iterdir())
