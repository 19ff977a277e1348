"""The example in the README of yamlspan runs and prints what the README says; its modules are all listed."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import sealkit.yamlspan

FOLDER = Path(sealkit.yamlspan.__file__).parent
README = (FOLDER / "README.md").read_text()


def test_the_example_prints_what_the_readme_says() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (expected,) = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(example, "README.md", "exec"), {})
    assert printed.getvalue().strip() == expected.strip()


def test_every_module_is_listed() -> None:
    listed = set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE))
    assert listed == {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}


def test_it_knows_nothing_of_the_rest() -> None:
    imported = {
        name
        for path in FOLDER.glob("*.py")
        for name in re.findall(r"^\s*(?:from|import) (sealkit[\w.]*)", path.read_text(), re.MULTILINE)
    }
    assert {name for name in imported if not name.startswith("sealkit.yamlspan")} == {"sealkit.errors"}
