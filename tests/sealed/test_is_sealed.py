"""Which files carry a `sops` block, and which only speak of one."""

from __future__ import annotations

from pathlib import Path

import pytest
from census_files import Sealer
from store_texts import SAMPLES, block, parse, sealing, write

from canary import Canary
from sealkit.sealed.detect import is_sealed


@pytest.mark.parametrize("path", sorted(SAMPLES))
def test_files_of_sops(tmp_path: Path, age_key: str, canary: Canary, path: str) -> None:
    canary.allow(tmp_path / "home")
    folder = tmp_path / "repository"
    folder.mkdir()
    text = SAMPLES[path]
    assert not is_sealed(text.encode())
    assert is_sealed(Sealer(folder, age_key).seal(text, path).encode())


@pytest.mark.parametrize("path", sorted(SAMPLES))
def test_our_files(path: str) -> None:
    parsed = parse(SAMPLES[path], path)
    sealed = write(parsed, sealing(parsed), block())
    assert is_sealed(sealed.encode())
    assert is_sealed(b"\xef\xbb\xbf" + sealed.encode())


BLOCK = write(parse("a: 1\n"), {}, block())
INDENTED = "".join(f"    {line}\n" for line in BLOCK.splitlines())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sops",
        "sops: true\n",
        "sops:\n  enabled: true\n  version: 3.9\n",
        "age: [a]\nsops:\n  age: [age1x]\n",
        f"# How to\n\n```yaml\n{BLOCK}```\n\nand so on\n",
        f"kind: ConfigMap\ndata:\n  a.yaml: |\n{INDENTED}",
        f"kind: List\nitems:\n  - x:\n{INDENTED}".replace("items", "above"),
        f"cat <<EOF > a.yaml\n{BLOCK}EOF\n",
        f"# {BLOCK.replace(chr(10), chr(10) + '# ')}\n",
        '{"a": {"sops": {"mac": "x", "lastmodified": "y"}}}',
        '{"sops": {"enabled": true}}',
        '{"text": "{\\"sops\\": {\\"mac\\": 1}}"}',
        "export sops_mac=1\n",
        "SOPS_AGE_KEY_FILE=keys\nsops_version=3.11.0\n",
        "echo sops_mac=x\nfor a in b; do\n  sops_mac=1\ndone\n",
        "[tool.sops]\nmac = 1\n",
        "[sops]\nkey = age1x\n",
    ],
)
def test_files_that_only_speak_of_it(text: str) -> None:
    assert not is_sealed(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        BLOCK[BLOCK.index("sops:") :] + "a: 1\n",
        BLOCK + "# a note\n",
        BLOCK + "---\nb: 2\n",
        "".join(f"  {line}\n" for line in BLOCK.splitlines()),
        BLOCK.replace("\n", "\r\n"),
        BLOCK.replace("sops:", '"sops":'),
        BLOCK.replace("a: 1\n", "a: 1\n<<<<<<< ours\n"),
        "a: {b: 1}\nsops: {mac: x, lastmodified: y, age: []}\n",
        "{a: 1, sops: {mac: x}}\n",
        '{"sops": {"mac": "x"}, "a": 1}',
        "sops_mac=x\nA=1\n",
        "[sops]\nmac = x\n\n[a]\nb = 1\n",
    ],
)
def test_blocks_in_other_places(text: str) -> None:
    """Moved, indented, quoted, or in a file that is broken elsewhere: still a sealed file."""
    assert is_sealed(text.encode())
