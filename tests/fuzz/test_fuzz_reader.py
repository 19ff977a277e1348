"""A bounded run of the coverage-guided fuzzer. For longer: `python tests/fuzz/fuzz_reader.py -max_total_time=3600 CORPUS`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from canary import Canary

pytest.importorskip("atheris")
FUZZER = Path(__file__).with_name("fuzz_reader.py")


@pytest.mark.slow
def test_nothing_that_is_read_crashes_hangs_or_opens_wrongly(tmp_path: Path, canary: Canary) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    options = ["-runs=15000", "-seed=1", "-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1"]
    done = subprocess.run(
        [sys.executable, FUZZER, *options, corpus], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Done 15000 runs" in done.stderr
    assert any("NEW" in line and "cov:" in line for line in done.stderr.splitlines()), "the fuzzer found no new paths"
