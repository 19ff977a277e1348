"""The examples of docs/api.md run as they are written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploy_kit import DeployedRepo

EXAMPLES = dict(
    re.findall(r"## (\w+)\n\n```python\n(.*?)```", (Path(__file__).parents[2] / "docs/api.md").read_text(), re.DOTALL)
)


def run(name: str) -> None:
    exec(compile(EXAMPLES[name], f"docs/api.md, {name}", "exec"), {"__name__": "example"})


@pytest.mark.cluster
@pytest.mark.slow
def test_the_examples(
    deployed: DeployedRepo, node: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The node makes the Deployment ready, which the second example waits for."""
    monkeypatch.chdir(deployed.root)
    monkeypatch.setenv("KUBECONFIG", str(deployed.cluster.kubeconfig))
    run("Render")
    shown = capsys.readouterr()
    assert "kind: Secret" in shown.out
    assert "***" in shown.out
    assert shown.err == ""
    run("Deploy")
    shown = capsys.readouterr()
    assert f"create Secret {deployed.namespace}/db" in shown.out
    assert shown.err == ""
    assert deployed.get("secret", "db", "{.data.password}")


def test_scan(sealed_repo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(sealed_repo)
    run("Scan")
    shown = capsys.readouterr()
    assert re.search(r"^\d+ files$", shown.out, re.MULTILINE)
    assert shown.err == ""
