"""Random words in a text under a key of a Secret, and texts that have none."""

from __future__ import annotations

import base64
import secrets
import string

import pytest

from sealkit.model.severity import Severity
from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob
from sealkit.secrets.loose_words import random_word

_LETTERS = string.ascii_letters + string.digits
_SEVERAL_LINES = "first line\n{word}\nother"
_MARKS = _LETTERS + "!@#$%^&*()-_=+"


def _random(alphabet: str, size: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(size))


@pytest.mark.parametrize(
    "text",
    [
        _SEVERAL_LINES, "listener 0.0.0.0 {word}", "{word}\n", "peers:\n  - {word}\n", "first\tsecond\t'{word}'", "app:{word}\nweb:none\n",
        "see https://example.org/a/b/c\n<entry>{word}</entry>", "shift={word} other=10.0.0.1",
    ],
)  # fmt: skip
def test_a_random_word_is_found_wherever_it_stands(text: str) -> None:
    found = [random_word(text.replace("{word}", _random(_LETTERS, 32))) is not None for _ in range(50)]
    assert sum(found) >= 48


@pytest.mark.parametrize("alphabet", [_LETTERS, string.hexdigits[:16], string.ascii_lowercase + string.digits, _MARKS])
def test_most_random_words_of_every_alphabet_are_found(alphabet: str) -> None:
    """Measured: 94 of 100 with marks, 98 and more of the others."""
    found = [random_word(_SEVERAL_LINES.replace("{word}", _random(alphabet, 32))) is not None for _ in range(200)]
    assert sum(found) >= 176


def _pem(kind: str) -> str:
    rows = [base64.b64encode(secrets.token_bytes(48)).decode() for _ in range(12)]
    return "\n".join([f"-----BEGIN {kind}-----", *rows, f"-----END {kind}-----"])


def _public_texts() -> list[str]:
    digest = secrets.token_hex(32)
    key = base64.b64encode(secrets.token_bytes(51)).decode()
    return [
        _pem("CERTIFICATE") + "\n" + _pem("CERTIFICATE"), _pem("PUBLIC KEY"), _pem("PGP PUBLIC KEY BLOCK"),
        f"ssh-ed25519 AAAA{key} someone@example.org\n", f"image: ghcr.io/example/app@sha256:{digest}\n", f"sha256:{digest} app.tgz",
        f"commit={secrets.token_hex(20)}\nbranch=main\n", f"PublicKey = {key}\nPort = 51820\n", f"https://example.org/{_random(_LETTERS, 32)}/x y",
        "fingerprint " + ":".join(_random("0123456789ABCDEF", 2) for _ in range(32)), "log_format=%Y-%m-%dT%H:%M:%SZ\nmaxmemory-policy allkeys-lru\n",
        "[server]\nlisten = 0.0.0.0:8080\ncipher = ECDHE-RSA-AES256-GCM-SHA384\n", "s|###DB_HOME###|$DB_HOME|g\nmv a b\n",
        r"match '^[A-Za-z0-9._%+-]+@[A-Z0-9.-]+\.[A-Z]{2,}$' first", "the quick brown fox\njumps over the lazy dog\n",
        "-Djava.security.auth.login.config=/etc/kafka/jaas.conf -XX:+UseG1GC -Xmx2048m", "export PATH=${HOME_DIR_2}/bin:${PATH}\n",
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(len(_public_texts())))
def test_a_text_that_everyone_may_read_has_none(number: int) -> None:
    assert not any(random_word(_public_texts()[number]) is not None for _ in range(20))


@pytest.mark.parametrize("field", ["stringData", "data"])
def test_scan_reports_the_key_of_the_secret(field: str) -> None:
    for text, expected in (
        (_SEVERAL_LINES.replace("{word}", secrets.token_hex(16)), [Severity.ERROR]),
        (_pem("CERTIFICATE"), []),
    ):
        if field == "data":
            value = base64.b64encode(text.encode()).decode()
        else:
            value = "|\n" + "\n".join("    " + row for row in text.splitlines())
        manifest = f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n{field}:\n  conf: {value}\n"
        assert [item.severity for item in scan_blob("s.yaml", manifest.encode(), Context())] == expected


def _secret(text: str) -> list[tuple[Severity, int]]:
    """The findings of a text under a key of a Secret whose first line is line 7."""
    rows = "\n".join("    " + row for row in text.splitlines())
    manifest = f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  conf: |\n{rows}\n"
    return [(item.severity, item.line) for item in scan_blob("s.yaml", manifest.encode(), Context())]


def test_a_text_in_a_secret_is_as_bad_as_the_worst_in_it_and_reported_where_that_stands() -> None:
    random = secrets.token_hex(16)
    assert _secret(f"[minio]\ntype = s3\nlogin = minio\ndb_password = {random}\n") == [(Severity.ERROR, 10)]
    assert _secret("[minio]\ntype = s3\ndb_password = min" + "ioadmin\n") == [(Severity.WARNING, 9)]
    assert _secret("# add a user with the following\n#  PASSWORD=along" + "secret\n# htpasswd -nB -C10 admin\n") == []
    assert _secret(f"first line\nsecond\n{random}\n") == [(Severity.ERROR, 9)]


def test_a_page_has_pictures_and_scripts_and_no_random_words() -> None:
    picture = "data:image/png;base64," + base64.b64encode(secrets.token_bytes(600)).decode()
    assert (
        _secret(f"<!DOCTYPE html>\n<html>\n<img src='{picture}'>\n<script src=x.js integrity={_random(_LETTERS, 40)}>")
        == []
    )
    assert _secret(f"logo: {picture}\ntitle: none\n") == []
    assert _secret(f"<html>\n<script>const password = '{secrets.token_hex(16)}'</script>\n</html>") != []
