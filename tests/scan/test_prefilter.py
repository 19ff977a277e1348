"""The first pass: Hyperscan and Python's `re` agree, and a cache that is no good is made anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sealkit.scan import cache, line_verdicts, prefilter
from sealkit.scan.patterns import shifted, table
from sealkit.scan.prefilter import Hyper, Plain
from sealkit.secrets.token_search import stems
from sealkit.secrets.tokens import TOKENS

SAMPLES = [
    b"password: hunter2\n",
    b"kind: Secret\ndata:\n  a: b\n",
    b'{"kind": "Secret", "stringData": {"a": "b"}}',
    b"redis://:pw@host\n",  # pragma: allowlist secret
    b"Authorization: Bearer abcdef123\n",  # pragma: allowlist secret
    b"- name: DB_PASSWORD\n  value: x1y2\n",
    b"args: [--api-key, abc]\n",
    b"mysql -uroot -psecret\ncurl -u me:pw https://x\n",
    b"a: ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\nsops:\n  mac: x\n",
    b"machine h login u password p\n",  # pragma: allowlist secret
    b"db:5432:shop:app:pw\n",
    b"-----BEGIN " + b"PRIVATE KEY-----\n",
    shifted(b"PRIVATE KEY-----")[1] + b"AAAAAAAAAA",
    b"nothing of interest, and a very long line " + b"x" * 5000,
    b"",
]


@pytest.mark.parametrize("data", SAMPLES)
def test_both_prefilters_see_the_same(data: bytes, home: Path) -> None:
    hyper, plain = prefilter.load(), Plain()
    assert isinstance(hyper, Hyper)
    lines = [[(hit[0], data.count(b"\n", 0, hit[1] - 1)) for hit in scanner.hits(data)] for scanner in (hyper, plain)]
    assert set(lines[0]) == set(lines[1])
    places = [sorted(place.kind for place in line_verdicts.hot(data, scanner.hits(data))) for scanner in (hyper, plain)]
    assert places[0] == places[1]


def test_every_pattern_can_match(home: Path) -> None:
    """A token pattern finds a token of its own shape: a head that no text has would never be noticed."""
    scanner = prefilter.load()
    for nth, token in enumerate(TOKENS):
        made = _made(token.head)
        hits = {table()[index].nth for index, _ in scanner.hits(made.encode()) if table()[index].kind == "token"}
        assert nth in hits, token.title


def _made(head: str) -> str:
    """A text that a head matches: classes by their first member, bounds by their least."""
    import re._parser as parser  # type: ignore[import-not-found]

    def walk(items: object) -> str:
        out = ""
        for op, value in items:  # type: ignore[attr-defined]
            name = str(op)
            if name == "LITERAL":
                out += chr(value)
            elif name == "IN":
                out += walk(value[:1])
            elif name == "RANGE":
                out += chr(value[0])
            elif name == "CATEGORY":
                out += "0"
            elif name == "MAX_REPEAT":
                out += walk(value[2]) * max(value[0], 0)
            elif name == "SUBPATTERN":
                out += walk(value[3])
            else:
                assert name == "BRANCH", name
                out += walk(value[1][0])
        return out

    return walk(parser.parse(head))


def test_stems() -> None:
    assert stems("gh[pousr]_[A-Za-z0-9]{36}") == ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")
    assert stems(r"hv[sbr]\.[A-Z]{3}") == ("hvs.", "hvb.", "hvr.")
    assert stems("(?:AKIA|ASIA)[A-Z0-9]{16}") == ("AKIA", "ASIA")
    assert stems(r"\$aact_(?:prod|hmlg)_[a-z]{20}") == ("$aact_prod_", "$aact_hmlg_")
    assert stems("[0-9a-f]{32}-us") == ()
    assert stems("sk_(?:test_)?[0-9a-f]{8}") == ("sk_",)


@pytest.mark.parametrize("harm", ["cut", "flip", "empty", "foreign", "link"])
def test_a_bad_cache_is_made_anew(harm: str, home: Path, tmp_path: Path) -> None:
    prefilter.load()
    (path,) = Path(cache.folder()).glob("scan-*.hsdb")
    assert path.stat().st_mode & 0o777 == 0o600
    good = path.read_bytes()
    if harm == "cut":
        path.write_bytes(good[:1000])
    elif harm == "flip":
        path.write_bytes(good[:50000] + bytes([good[50000] ^ 255]) + good[50001:])
    elif harm == "empty":
        path.write_bytes(b"")
    elif harm == "foreign":
        path.chmod(0o666)
    else:
        aside = tmp_path / "aside"
        path.rename(aside)
        path.symlink_to(aside)
    found = prefilter.load()
    assert found.hits(b"password: hunter2\n")
    assert path.read_bytes() == good
    assert path.stat().st_mode & 0o777 == 0o600
    assert not path.is_symlink()


def test_without_a_cache_folder_it_works(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", os.devnull)
    assert prefilter.load().hits(b"password: hunter2\n")


def test_hyperscan_that_does_not_run_here_is_replaced(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hyperscan

    def refuse(*_: object, **__: object) -> None:
        raise hyperscan.ArchitectureError("not this processor")

    monkeypatch.setattr(hyperscan, "Scratch", refuse)
    found = prefilter.load()
    assert isinstance(found, Plain)
    assert found.hits(b"password: hunter2\n")


def test_a_long_line_is_judged_block_by_block(home: Path) -> None:
    """Minified files are one line: each piece of it is looked at once, however many hits it has."""
    line = (
        b'{"x":' + b'"token":t.token,"password":p,' * 40_000 + b'"pass' + b'word":"a1b2c3d4e5"}'
    )  # pragma: allowlist secret
    hits = prefilter.load().hits(line)
    places = line_verdicts.hot(line, hits)
    assert any(b"a1b2c3d4e5" in line[place.first : place.last] for place in places)
    assert max(place.last - place.first for place in places) <= 4096
    assert len(places) < len(line) // 500 < len(hits) // 20
