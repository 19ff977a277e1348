"""What the real `sops` refuses, sealkit refuses; what both accept has the same values: over generated files that no sops writes.

A run takes a sample with a fixed seed (one process of sops for each file), and always what holds a known trap. The whole table:
SEALKIT_FORGED=all.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import forged_blocks
import forged_values
import pytest
from forge import Case, Forge
from real_sops import SOPS, Bench, opened, trees

from sealkit.errors import SealkitError
from sealkit.keys.keyring import Keyring
from sealkit.reveal import reveal_tree
from sealkit.sealed.file import SealedFile
from sealkit.sealed.stores.json_parser import JsonParser
from sealkit.sops.decrypt import Opened
from sealkit.sops.encrypt import plain
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.scalars import Dialect

pytestmark = pytest.mark.slow

ALL = os.environ.get("SEALKIT_FORGED") == "all"
SAMPLE = 400
ALWAYS = re.compile(r"word '(?:bytes|comment)'|MAC type|as written|leaf a\.yaml: (?:time|float|bool|int) of")
STRICTER = re.compile(
    r"word 'comment', not in the MAC|comment a\.(?:yaml|env|ini): |leaf a\.(?:yaml|json): (?:float of '(?:0x1p-2|1_0|1_0\.5)'|time of '.*,5Z')"
    r"|(?:form|MAC) (?:space after|text after|carriage return|line feed|NUL after|tag takes|data takes|in a list)"
    r"|style (?:literal|literal keep|folded|block)$|body duplicate key below|body latin-1 escape|json twice"
    r"|block threshold|block only|(?:encrypted|unencrypted)\w*_regex \"?[\[(]|inline a\.yaml"
    r"|entries \w+ (?:\[null\]|\{\})|a\.(?:env|ini) (?:mac|shamir_threshold|mac_only_encrypted|age__list)"
    r"|a\.(?:env|ini) (?:twice|upper case|comment after|block line in between|value twice|byte order mark)"
    r"|a\.json (?:shamir_threshold|version twice|kms: \{\}|second object|text after)|block (?:mixed case|upper-case keys|merge)"
    r"|block (?:time (?:comma fraction|one digit of hour|not quoted)|number as key|version by merge)|groups mapping|a\.json (?:mac_only_encrypted: 0|unencrypted_suffix: 1|key_groups: \{\})"
)
"""What sealkit refuses on purpose: `docs/sops.md`, "What sealkit refuses"."""
LAXER = re.compile(r"shamir_threshold=1\.0")
"""What an older sops writes and a newer one refuses."""


def table(forge: Forge) -> list[Case]:
    """Every forged file."""
    makers = (
        forged_values.typed,
        forged_values.shaped,
        forged_values.styled,
        forged_blocks.blocks,
        forged_blocks.flat_blocks,
    )
    return [case for maker in makers for case in maker(forge)]


def sample(cases: list[Case], seed: int) -> list[Case]:
    """The traps, and some of the others; all of them with SEALKIT_FORGED=all."""
    if ALL:
        return cases
    known = [case for case in cases if ALWAYS.search(case.name)]
    rest = [case for case in cases if not ALWAYS.search(case.name)]
    return known + random.Random(seed).sample(rest, SAMPLE - min(len(known), SAMPLE // 2))


def meaning(path: str, text: bytes) -> object:
    """The values of a text in clear."""
    decoded = text.decode("utf-8", "surrogateescape")
    if path.endswith(".yaml"):
        return [document.tree(Dialect.SOPS) for document in parse(decoded)]
    if path.endswith(".json"):
        return JsonParser(decoded, path).document().plain()
    parsed = SealedFile(path, text).parsed
    return [(item.route, item.value) for item in parsed.items if not item.comment]


def ours(case: Case, keyring: Keyring) -> Opened | None:
    """The file opened by sealkit, None where it refuses."""
    try:
        found = opened(case.path, case.text.encode("utf-8", "surrogateescape"), keyring)
        trees(found)
    except SealkitError:
        return None
    return found


def compare(program: Path, cases: list[Case], bench: Bench, keyring: Keyring) -> list[str]:
    """What sealkit and sops say differently, beyond what the documentation says."""

    def theirs(case: Case) -> subprocess.CompletedProcess[bytes]:
        raw = case.text.encode("utf-8", "surrogateescape")
        args = [str(program), "decrypt", "--filename-override", case.path, "/dev/stdin"]
        return subprocess.run(args, input=raw, capture_output=True, cwd=bench.work, check=False, timeout=60)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(theirs, cases))
    different = []
    for case, answer in zip(cases, answers, strict=True):
        found, accepts = ours(case, keyring), answer.returncode == 0
        if found is not None and not accepts and not LAXER.search(case.name):
            different.append(f"sops refuses: {case.name}")
        if found is None and accepts and not STRICTER.search(case.name):
            different.append(f"only sops accepts: {case.name}")
        if (
            found is not None
            and accepts
            and meaning(case.path, plain(found).encode("utf-8", "surrogateescape")) != meaning(case.path, answer.stdout)
        ):
            different.append(f"other values: {case.name}")
    assert sum(answer.returncode == 0 for answer in answers) > len(cases) // 8
    return different


def test_forged_files(bench: Bench, keyring: Keyring) -> None:
    assert compare(SOPS, sample(table(Forge(bench.recipient)), 1), bench, keyring) == []


@pytest.mark.peers
def test_forged_files_and_the_newest_sops(bench: Bench, keyring: Keyring, peer: Callable[[str], Path]) -> None:
    assert compare(peer("sops-3.13"), sample(table(Forge(bench.recipient)), 2), bench, keyring) == []


def test_the_table_finds_what_it_is_for(bench: Bench, keyring: Keyring) -> None:
    """The forged files are good but for what is odd in them: those without anything odd open, with their values."""
    cases = [
        case
        for case in table(Forge(bench.recipient))
        if re.search("form as written|style plain|a.env space after =", case.name)
    ]
    assert len(cases) >= 8
    for case in cases:
        found = ours(case, keyring)
        assert (found is None) is ("space after" in case.name), case.name
        if found is not None and "comment" not in case.name:
            assert "alpha" in str([reveal_tree(tree) for tree in found.trees()]), case.name
