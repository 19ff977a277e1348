"""Whatever a file holds, `scan_blob` does not raise, and no finding says that a reader failed.

A few thousand inputs in an ordinary run. For more: `SEALKIT_FUZZ_INPUTS=1000000 pytest tests/fuzz/test_fuzz_scan.py`.
"""

from __future__ import annotations

import base64
import gzip
import os
import random

import pytest

from sealkit.scan import structure
from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob

INPUTS = int(os.environ.get("SEALKIT_FUZZ_INPUTS", "4000"))
TAGS = (
    "",
    "!!binary",
    "!!bool",
    "!!float",
    "!!int",
    "!!map",
    "!!merge",
    "!!null",
    "!!omap",
    "!!pairs",
    "!!seq",
    "!!set",
    "!!str",
    "!!timestamp",
    "!!value",
    "!!yaml",
    "!",
    "!secret",
    "!<tag:yaml.org,2002:binary>",
    "!!python/object:os.system",
    "&a",
    "&a !!int",
)
VALUES = (
    "",
    "~",
    "xyz",
    "Zk4vQ9pTz2" + "LmXw7RbN3",
    "'",
    '"',
    '"\\x',
    '"\\uD800"',
    "0x",
    "1e999",
    "-.inf",
    "0b2",
    "12:30:45",
    "9" * 400,
    "=",
    "2001-99-99",
    "<<",
    "*a",
    "*b",
    "|",
    ">-",
    "|\n    a\n   b",
    "{",
    "[",
    "[a, b]",
    "{a: b}",
    "? a",
    "- a",
    "%41",
    "\\u0067hp",
    "é",
    "\0",
    "\ud800",
    "\ufeff",
    "\t",
    "AKIA" + "A" * 20,
    "{{ .Values.x }}",
    "${{ secrets.X }}",
    "$(x)",
    "<%= x %>",
    "ENC[AES256_GCM,data:",
    "H4sI" + "A" * 44,
    "MII" + "A" * 60,
    "-----BEGIN " + "PRIVATE KEY-----",
    "postgres" + "://a:b@c",
    "Bearer abcdef123",
    "--password" + "=a1b2c3",
    "6768705f" + "41" * 20,
)
SHAPES = (
    "password: {t} {v}\n",
    "{t} {v}: {t} {v}\n",
    "- {t} {v}\n- password\n",
    "a: {{password: {t} {v}}}\n",
    "a: [{t} {v}, {t} {v}]\n",
    "apiVersion: v1\nkind: Secret\ndata:\n  a: {t} {v}\nstringData: {t} {v}\n",
    "kind: {t} {v}\napiVersion: {t} {v}\nmetadata: {t} {v}\n",
    "env:\n- name: {t} {v}\n  value: {t} {v}\n- name: API_TOKEN\n  value: {t} {v}\n",
    "args: [--password, {t} {v}]\n",
    "<<: {t} {v}\n",
    "sops: {t} {v}\npassword: {t} {v}\n",
    "---\n{t} {v}\n---\n{t} {v}\n...\n",
    "%YAML 1.1\n---\npassword: {v}\n",
    "export PASSWORD={v}\n",
    '{{"password": "{v}", "kind": {v}}}',
    "[a]\npassword = {v}\n",
    'resource "x" "y" {{\n  password = {v}\n}}\n',
    "machine h lo" + "gin {v} password {v}\n",
)
PATHS = (
    "a.yaml",
    "a.json",
    ".env",
    "a.tf",
    "a.md",
    "a",
    ".netrc",
    "a.py",
    "a.ini",
    "values.yaml.tpl",
    "kubeconfig",
    "Dockerfile",
)


def _text(rng: random.Random) -> bytes:
    pieces = (rng.choice(SHAPES).format(t=rng.choice(TAGS), v=rng.choice(VALUES)) for _ in range(rng.randint(1, 4)))
    return "".join(pieces).encode("utf-8", "surrogatepass")


def _mutated(rng: random.Random, data: bytes) -> bytes:
    """The same bytes, cut, with bytes changed, repeated, in another encoding or packed."""
    body = bytearray(data)
    for _ in range(rng.randint(0, 3)):
        at = rng.randrange(len(body) + 1)
        match rng.randrange(5):
            case 0:
                body = body[:at]
            case 1:
                body[at : at + 1] = bytes([rng.randrange(256)])
            case 2:
                body[at:at] = body[: rng.randrange(40)]
            case 3:
                del body[at : at + rng.randrange(9)]
            case _:
                body[at:at] = rng.choice((b"\n", b" ", b"\r\n", b"\0", b"'", b"#", b"\\"))
    match rng.randrange(24):
        case 0:
            return bytes(body).decode("utf-8", "replace").encode(rng.choice(("utf-16", "utf-16-le", "utf-32")))
        case 1:
            return gzip.compress(bytes(body), 1)[: rng.randrange(20, 400)]
        case 2:
            return base64.b64encode(bytes(body))
        case 3:
            return rng.choice(
                (b"\x30\x82", b"\xfe\xed\xfe\xed", b"\x95\x01", b"PK\x03\x04", b"SQLite format 3\0")
            ) + bytes(body)
        case _:
            return bytes(body)


def _failures(path: str, data: bytes) -> list[str]:
    return [item.message for item in scan_blob(path, data, Context()) if "reader failed" in item.message]


def test_every_tag_over_every_value_in_every_shape() -> None:
    for shape in SHAPES:
        for nth, tag in enumerate(TAGS):
            for value in VALUES if INPUTS > 100_000 else VALUES[nth % 7 :: 7]:
                data = shape.format(t=tag, v=value).encode("utf-8", "surrogatepass")
                assert _failures("a.yaml", data) == [], data


def test_mutated_inputs() -> None:
    seed = int(os.environ.get("SEALKIT_FUZZ_SEED", "0")) or random.randrange(1 << 32)
    rng = random.Random(seed)
    for nth in range(INPUTS):
        data = _mutated(rng, _text(rng))
        path = rng.choice(PATHS)
        assert _failures(path, data) == [], (seed, nth, path, data)


def test_a_reader_that_fails_is_said_and_what_has_a_form_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard itself, with a reader that fails as none should."""
    value = "gh" + "p_" + "".join(random.choices("abcdefghijkmnpqrstuvwxyz23456789", k=36))

    def deep(path: str, text: str, lines: object = None) -> structure.StructureScan:
        return deep(path, text, lines)

    monkeypatch.setattr(structure, "read", deep)
    found = scan_blob("a.yaml", f"a: {value}\npassword: {VALUES[3]}\n".encode(), Context())
    assert sorted(item.rule for item in found) == ["SK310", "SK901"]
    assert not any(value in repr(item) for item in found)
    assert "RecursionError" in next(item.message for item in found if item.rule == "SK901")
