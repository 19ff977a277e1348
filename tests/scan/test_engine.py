"""One blob in, its findings out: what is found, where, under which rule; and what is no finding."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import asdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canary import Canary
from sealkit.model.finding import Finding
from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob
from sealkit.secrets.in_documents import suspects
from sealkit.secrets.value_forms import is_template_value
from sealkit.yamlspan.parse import parse

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\n"
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n    - name: api\n      image: example.org/api:1\n"
PEM = "-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----\n"


def places(found: list[Finding]) -> list[tuple[str, int, str]]:
    return [(item.rule, item.line, item.route) for item in found]


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def scan(path: str, text: str | bytes) -> list[Finding]:
    found = scan_blob(path, text if isinstance(text, bytes) else text.encode(), Context())
    assert json.dumps([asdict(item) for item in found])  # plain data, nothing that hides a value
    return found


def key(canary: Canary, kind: str = "") -> str:
    return PEM.format(kind=kind, body=canary.secret() * 4)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("s.yaml", SECRET + "stringData:\n  password: {s}\n", [("SK201", 5, ".stringData.password")]),
        ("s.yaml", SECRET + "data:\n  password: {b}\n  crt: ''\n", [("SK201", 5, ".data.password")]),
        ("s.json", '{"apiVersion":"v1","kind":"Secret","stringData":{"a":"{s}"}}', [("SK201", 1, ".stringData.a")]),
        ("s.json", '{\n"apiVersion": "v1",\n"kind": "Secret",\n"data": {\n"a": "{b}"}}', [("SK201", 5, ".data.a")]),
        (
            "l.yaml",
            "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  stringData:\n    a: {s}\n",
            [("SK201", 7, ".items[0].stringData.a")],
        ),
        ("m.yaml", POD + "---\n" + SECRET + "stringData: {a: {s}}\n", [("SK201", 12, ".stringData.a")]),
        (
            "p.yaml",
            POD + "      env:\n        - name: DB_PASSWORD\n          value: {s}\n",
            [("SK202", 10, ".spec.containers[api].env[DB_PASSWORD].value")],
        ),
        (
            "p.yaml",
            POD + "      env:\n        - value: {s}\n          name: API_TOKEN\n",
            [("SK202", 9, ".spec.containers[api].env[API_TOKEN].value")],
        ),
        ("values.yaml", "db:\n  adminPassword: {s}\n", [("SK203", 2, ".db.adminPassword")]),
        ("c.yaml", "dsn: postgres://app:{s}@db/shop\n", [("SK204", 1, ".dsn")]),
        ("c.yml", "data:\n  app.conf: |\n    # x\n    password = {s}\n", [("SK203", 4, '.data["app.conf"]')]),
        ("c.yaml", "args: [--password, {s}]\n", [("SK208", 1, ".args[1]")]),
        ("c.yaml", "args:\n  - --token={s}\n", [("SK208", 2, ".args[0]")]),
        ("c.yaml", "headers:\n  - name: Authorization\n    value: Bearer {s}\n", [("SK207", 3, ".headers[Authorization].value")]),
        (
            "kubeconfig",
            "apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    token: {s}\n",
            [("SK205", 6, ".users[a].user.token")],
        ),
        (".env", "A=1\nDB_PASSWORD={s}\n", [("SK210", 2, "")]),
        ("run.sh", "export API_TOKEN='{s}'\n", [("SK210", 1, "")]),
        ("app.py", 'x = 1\npassword = "{s}"\n', [("SK210", 2, "")]),
        ("README.md", "redis://:{s}@host/0\n", [("SK204", 1, "")]),
        (".netrc", "machine h\nlogin u\npassword {s}\n", [("SK206", 3, "")]),
        (".pgpass", "db:5432:shop:app:{s}\n", [("SK206", 1, "")]),
        ("config.json", '{{"auths": {{"r.example.org": {{"auth": "{login}"}}}}', [("SK206", 1, "")]),
        (".git-credentials", "https://me:{s}@git.example.org\n", [("SK204", 1, "")]),
        ("x.yaml", "# password: {s}1Zq\na: 1\n", [("SK210", 1, "")]),
        ("x.yaml", "a: b # token: {s}1Zq\n", [("SK211", 1, "")]),
        ("a.yaml", "x: &a {s}\npassword: *a\n", [("SK203", 1, ".password")]),
        ("h.yaml", SECRET + "data:\n  a: {{ .Values.a }}\n  b: {b}\n", [("SK201", 6, ".data.b")]),
        ("t.yaml", "{{ if .x }}\n" + SECRET + "stringData:\n  a: {{ .a }}\n  b: {s}\n", [("SK201", 7, ".stringData.b")]),
        ("apply.sh", "kubectl apply -f - <<EOF\n" + SECRET + "stringData:\n  b: {s}\nEOF\n", [("SK201", 6, ".stringData.b")]),
    ],
)  # fmt: skip
def test_what_is_found(path: str, text: str, expected: list[tuple[str, int, str]], canary: Canary) -> None:
    secret = canary.secret()
    for mark, value in (("{s}", secret), ("{b}", b64(secret)), ("{login}", b64(f"me:{secret}"))):
        text = text.replace(mark, value)
    found = scan(path, text)
    assert places(found) == expected
    canary.hear("findings", repr(found))


TOKENS = {
    "SK303": ["AGE-SECRET-KEY-1" + "Q" * 29 + "P9Z7R5Y3X1" + "W" * 19],
    "SK310": ["gh" + "p_{36}", "github" + "_pat_{22}_{59}", "gl" + "pat-{20}"],
    "SK311": ["AK" + "IA7QW3E5R2T6Y4U8I9", "AI" + "za{35}", "dop_v1" + "_{hex64}", "GOCSPX" + "-{28}"],
    "SK312": ["xox" + "b-{24}", "S" + "G.{22}.{43}", "123456789" + ":AA{33}"],
    "SK313": ["sk_" + "live_{24}", "whsec" + "_{32}"],
    "SK314": ["sk-" + "ant-api03-{80}", "sk-" + "proj-{48}", "hf" + "_{34}"],
    "SK315": ["npm" + "_{36}", "dckr" + "_pat_{27}", "pypi" + "-{60}"],
    "SK316": ["hv" + "s.{24}", "tskey" + "-auth-{20}", "glsa" + "_{32}"],
    "SK317": ["ey" + "J{20}.ey" + "J{40}.{43}"],
}


def token(shape: str, canary: Canary) -> str:
    """A fresh token: the largest gap holds the canary."""
    import re
    import secrets as rnd
    import string

    def fill(found: re.Match[str]) -> str:
        if found[1] == "hex64":
            return rnd.token_hex(32)
        size = int(found[1])
        body = "".join(rnd.choice(string.ascii_letters + string.digits) for _ in range(size))
        return (canary.text + body)[:size] if size > len(canary.text) else body

    return re.sub(r"\{(\w+)\}", fill, shape)


@pytest.mark.parametrize(("rule", "shape"), [(rule, shape) for rule, shapes in TOKENS.items() for shape in shapes])
def test_tokens(rule: str, shape: str, canary: Canary) -> None:
    value = token(shape, canary)
    for path, text in (("a.py", f"x = '{value}'\n"), ("b.yaml", f"a:\n  - {value}\n"), ("c.md", f"see {value}.\n")):
        assert [item.rule for item in scan(path, text)] == [rule], path
    if len(shape.partition("{")[0]) > 3 and ":" not in shape:  # shorter beginnings stand in base64 by chance
        for shift in ("", "x", "xy"):
            inside = base64.b64encode(f"{shift}: {value}\n".encode()).decode()
            assert [item.rule for item in scan("d.txt", f"blob {inside}\n")] == ["SK318"], "in base64"


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
def test_private_keys(kind: str, canary: Canary) -> None:
    pem = key(canary, kind)
    assert [item.rule for item in scan("id", pem)] == ["SK301"]
    assert [item.rule for item in scan("a.go", f"const k = `{pem}`")] == ["SK301"]
    assert [item.rule for item in scan("sa.json", json.dumps({"private_key": pem}))] == ["SK301"]
    once = b64(pem)
    wrapped = "\n".join(once[at : at + 76] for at in range(0, len(once), 76))
    for text in (once, b64(once), wrapped, base64.b64encode(gzip.compress(pem.encode())).decode()):
        assert [item.rule for item in scan("blob.txt", text + "\n")] == ["SK302"]
    kubeconfig = f"apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    client-key-data: {once}\n"
    assert places(scan("config", kubeconfig)) == [("SK302", 6, ".users[a].user.client-key-data")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "s.yaml",
            SECRET + "stringData:\n  a: <sealed:db.password>\n  b: CHANGE_ME\n  c: ''\n  d: $(VAR)\n  e: ${V}\n",
        ),
        ("s.yaml", SECRET + "data:\n  tls.crt: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUI=\n  a: UExBQ0VIT0xERVI=\n"),
        ("e.yaml", "kind: ExternalSecret\napiVersion: external-secrets.io/v1\nspec: {data: [{secretKey: password}]}\n"),
        (
            "k.yaml",
            "kind: SealedSecret\napiVersion: bitnami.com/v1alpha1\nspec: {encryptedData: {password: AgBy8hCM8}}\n",
        ),
        (
            "p.yaml",
            POD + "      env:\n        - name: PW\n          valueFrom: {secretKeyRef: {name: db, key: password}}\n",
        ),
        ("p.yaml", POD + "      env:\n        - name: DB_PASSWORD\n          value: $(OTHER)\n"),
        ("p.yaml", POD + "      env:\n        - name: DB_PASSWORD_FILE\n          value: /run/secrets/db\n"),
        ("w.yaml", "jobs: {a: {steps: [{with: {token: '${{ secrets.TOKEN }}'}}]}}\n"),
        ("v.yaml", "existingSecret: db-auth-1\ntokenPath: /x1y2\npasswordKey: pw\nsecretName: a1b2\n"),
        ("f.yaml", "api_key: !env_var API_KEY\nother: !secret api_key\n"),
        ("o.yaml", "password: op://vault/db/password\n"),
        ("a.py", "password = os.environ['X']\ntoken = get_token()\nsecret: str = ''\n"),
        ("a.md", "password: your-password\nTOKEN=<your token>\nAKIAIOSFODNN7EXAMPLE ghp_" + "x" * 36 + "\n"),
        ("a.md", "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----\n"),
        ("a.go", 'if strings.HasPrefix(s, "-----BEGIN PRIVATE KEY-----") {\n'),
        ("known_hosts", "host ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJz3mFq2\n"),
        ("recipients", "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\n"),
        ("run.sh", 'PASSWORD="$(pass show db)"\nTOKEN=${TOKEN:?}\nSECRET=$1\n'),
        ("i.yaml", "image: a@sha256:" + "0a" * 32 + "\nid: 123e4567-e89b-12d3-a456-426614174000\n"),
        ("package-lock.json", '{"integrity": "sha512-' + "aB3/" * 21 + 'A=="}'),
        ("empty", ""),
    ],
)
def test_what_is_no_finding(path: str, text: str) -> None:
    assert places(scan(path, text)) == []


def test_bytes_that_are_no_utf8_are_read_all_the_same(canary: Canary) -> None:
    secret = canary.secret()
    yaml = f"password: {secret}\n"
    assert places(scan("a.yaml", "﻿".encode() + yaml.encode())) == [("SK203", 1, ".password")]
    assert places(scan("a.yaml", yaml.encode("utf-16"))) == [("SK203", 1, ".password")]
    assert places(scan("a.yaml", b"# caf\xe9\r\n" + yaml.replace("\n", "\r\n").encode())) == [("SK203", 2, ".password")]
    assert [item.rule for item in scan("a.bin", b"\0\1\2" + ("gh" + "p_" + token("{36}", canary)).encode())] == [
        "SK310"
    ]


def test_what_everyone_may_read_in_a_secret_is_no_finding(canary: Canary) -> None:
    text = (
        SECRET
        + f"stringData:\n  username: shop\n  DB_PORT: '5432'\n  type: helm\n  p: {canary.secret()}\n  q: postgres\n"
    )
    assert [(item.line, item.severity.value) for item in scan("s.yaml", text)] == [(8, "error"), (9, "warning")]
    encoded = SECRET + f"data: {{username: {b64('shop')}, password: {b64('shop')}}}\n"
    assert [item.severity.value for item in scan("s.yaml", encoded)] == ["warning"]


def test_a_broken_document_costs_the_others_nothing(canary: Canary) -> None:
    text = f"a: [\n---\npassword: {canary.secret()}\n"
    assert places(scan("a.yaml", text)) == [("SK203", 3, ".password")]


def test_archives(canary: Canary) -> None:
    inner = f"password: {canary.secret()}\n".encode()
    packed, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("deep/a.yaml", inner)
    with tarfile.open(fileobj=tarred, mode="w:gz") as archive:
        info = tarfile.TarInfo("b.yaml")
        info.size = len(inner)
        archive.addfile(info, io.BytesIO(inner))
    assert [item.path for item in scan("x.zip", packed.getvalue())] == ["x.zip!deep/a.yaml"]
    assert [item.path for item in scan("x.tgz", tarred.getvalue())] == ["x.tgz!b.yaml"]
    assert [item.rule for item in scan("x.gz", gzip.compress(inner, mtime=0))] == ["SK210"]
    nested = io.BytesIO()
    with zipfile.ZipFile(nested, "w") as archive:
        archive.writestr("x.zip", packed.getvalue())
    assert [item.path for item in scan("y.zip", nested.getvalue())] == ["y.zip!x.zip!deep/a.yaml"]
    assert [item.rule for item in scan("x.zip", packed.getvalue()[:-40])] == ["SK901"]
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(65 * 1024 * 1024))
    assert [item.rule for item in scan("bomb.zip", bomb.getvalue())] == ["SK901"]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_streams_are_read_member_after_member(canary: Canary, pack: Callable[[bytes], bytes]) -> None:
    packed = pack(b"nothing\n") + pack(f"password: {canary.secret()}\n".encode())
    assert [(item.rule, item.path) for item in scan("x.gz", packed)] == [("SK210", "x.gz")]
    assert [item.rule for item in scan("x.gz", packed[:40])] == []
    assert [item.rule for item in scan("x.gz", pack(bytes(100))[:12] + bytes(20))] == ["SK901"]


def test_an_archive_that_is_not_opened_is_said() -> None:
    data = b"x"
    for _ in range(4):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("a.zip", data)
        data = packed.getvalue()
    (found,) = scan("x.zip", data)
    assert (found.rule, "more than 3 deep" in found.message) == ("SK901", True)
    assert [item.rule for item in scan("x.7z", b"7z\xbc\xaf\x27\x1c" + bytes(40))] == ["SK901"]


def test_a_quoted_value_may_go_on_below(canary: Canary) -> None:
    secret = canary.secret()
    assert [item.rule for item in scan("a.yaml", f'password: "{secret[:9]}\\\n  {secret[9:]}"\n')] == ["SK203"]


def test_a_remark_on_the_line_or_before_it_allows(canary: Canary) -> None:
    secret = canary.secret()
    context = Context()
    text = f"password: {secret} # pragma: allowlist secret\n# pragma: allowlist nextline secret\ntoken: {secret}\n"
    text += f"secret: {secret}\n"
    assert [item.line for item in scan_blob("a.yaml", text.encode(), context)] == [4]
    assert context.tally.inline == 2


def test_a_fingerprint_follows_name_and_value_and_not_the_place(canary: Canary) -> None:
    one, two = canary.secret(), canary.secret()
    (first,) = scan("a.yaml", f"password: {one}\n")
    (moved,) = scan("a.yaml", f"# new\n\npassword: {one}\n")
    (changed,) = scan("a.yaml", f"password: {two}\n")
    (elsewhere,) = scan("b.yaml", f"spec:\n  password: {one}\n")
    (renamed,) = scan("a.yaml", f"token: {one}\n")
    assert first.fingerprint == moved.fingerprint == elsewhere.fingerprint
    assert len({first.fingerprint, changed.fingerprint, renamed.fingerprint}) == 3


_NAMES = st.sampled_from(
    ["password", "DB_PASSWORD", "apiKey", "token", "image", "replicas", "clientSecret", "url", "secretName"]
)
_VALUES = st.sampled_from(
    ["hunter" + "2x9", "$(X)", "CHANGE_ME", "redis" + "://:p4ssw0rd@h", "a", "", "--tok" + "en=abc123def", "Bear" + "er abcd1234"]
)  # fmt: skip


def test_every_value_of_a_line_is_judged(canary: Canary) -> None:
    env = [{"name": "password", "value": "CHANGE_ME"}, {"name": "apiKey", "value": canary.secret()}]
    assert [item.route for item in scan("x.yaml", f"env: {json.dumps(env)}\n")] == [".env[apiKey].value"]


@given(
    st.lists(st.tuples(_NAMES, _VALUES), min_size=1, max_size=4),
    st.booleans(),
    st.sampled_from(["env", "data", "flat"]),
)
def test_scan_reports_what_split_moves(pairs: list[tuple[str, str]], as_json: bool, shape: str) -> None:
    body: dict[str, object] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    if shape == "env":
        body["spec"] = {"env": [{"name": name, "value": value} for name, value in pairs]}
    else:
        body["data" if shape == "data" else "spec"] = dict(pairs)
    rows = (f"{key}: {json.dumps(value)}\n" for key, value in body.items())
    text = json.dumps(body, indent=1) if as_json else "".join(rows)
    moved = {
        parse(text)[0].line(item.node.start)
        for item in suspects(parse(text)[0])
        if not is_template_value(item.node.text)
    }
    assert moved <= {item.line for item in scan("x.json" if as_json else "x.yaml", text)}


_PIECES = st.sampled_from(
    ["kind: Secret\n", "data:\n", "  a: b\n", "---\n", "password: ", "x\n", "{{ ", " }}", "- ", "\t", '"', "'", "|\n", "\0", "é",
     "ENC[AES256_GCM,", "sops:\n", "-----BEGIN PRIVATE KEY-----", "://a:b@", "Authorization: Bearer ", "--token ", "&a ", "*a\n",
     "H4sI" + "A" * 40]
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["a.yaml", "a.json", "a.env", "a.md", "a", ".pgpass", "a.py", "a.ini"]),
    st.lists(_PIECES, max_size=30),
)
def test_scan_never_raises(path: str, pieces: list[str]) -> None:
    scan_blob(path, "".join(pieces).encode(), Context())


@given(st.binary(max_size=400))
def test_scan_never_raises_for_bytes(data: bytes) -> None:
    for head in (b"", b"\xff\xfe", b"PK\x03\x04", b"\x1f\x8b"):
        scan_blob("a.yaml", head + data, Context())
