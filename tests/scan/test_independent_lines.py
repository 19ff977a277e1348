"""The same line means the same everywhere: adding or removing an unrelated finding changes nothing.

Files are put together from pieces that have nothing to do with each other. What is found in the whole is what is found in each
piece alone, by rule, route, severity and value. A piece without a finding is one that stays without.
"""

from __future__ import annotations

import base64
import json
import random
import string
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import pytest

from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob

SEED = 20_240_611
ROUNDS = 60


class Family(NamedTuple):
    """A kind of file: its name, the pieces that it may hold, and how they are put together. `{n}` keeps the names of a piece its
    own, `{s}` is a random value, `{b}` one in base64, `{w}` a word."""

    path: str
    pieces: tuple[str, ...]
    join: Callable[[list[str]], str] = "".join


YAML = (
    "api_token{n}:\n  - {s}\n  - {s}\n",
    "registration_tokens{n}: 3\n",
    "db_password{n}: {s}\n",
    "password{n}: {w}\n",
    "db{n}:\n  password:\n    {s}\n",
    "db{n}:\n  secret: |\n    {s}\n",
    "dsn{n}: postgres://app:{s}@db/shop\n",
    "env{n}:\n  - name: API_TOKEN\n    value: {s}\n  - name: MODE\n    value: {w}\n",
    "env{n}:\n  - value: {s}\n    name: DB_PASSWORD\n",
    "args{n}: [redis-cli, -a, {s}]\n",
    "args{n}:\n  - --password\n  - {s}\n",
    "run{n}: curl -u me:{s} https://example.org\n",
    "auth{n}:\n  users:\n    me: {s}\n",
    "credentials{n}:\n  user: {w}\n  pass: {s}\n",
    "key{n}: {s}\n",
    "key{n}: on_create\n",
    "image{n}: example.org/{w}:1.2.3\n",
    "checksum{n}: sha256:{h}\n",
    "# password: {s}\n",
    "note{n}: change the password before {w}\n",
    "secretName{n}: {w}-db-auth\n",
    "headers{n}:\n  Authorization: Bearer {s}\n",
    "script{n}: |\n  export DB_PASSWORD={s}\n  echo {w}\n",
    "value{n}: {s}\n",
)
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c{n}}\ndata:\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s{n}}\n"
EXTERNAL = "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: e{n}}\nspec:\n  data:\n"
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p{n}}\nspec:\n  containers:\n    - name: a\n"
DOCUMENTS = (
    MAP + "  a: {s}\n",
    MAP + "  password: {s}\n",
    MAP + "  MODE: {w}\n",
    SECRET + "data:\n  a: {b}\n  user: {b}\n",
    SECRET + "stringData: {a: {s}, type: {w}}\n",
    EXTERNAL + "    - secretKey: API_TOKEN\n      remoteRef: {key: {w}}\n",
    POD + "      env:\n        - {name: TOKEN, value: {s}}\n",
    "kind: Kustomization\nsecretGenerator:\n  - name: g{n}\n    literals: [a={s}]\n",
)
JSON_PIECES = (
    '"password{n}": "{s}"', '"tokens{n}": ["{s}", "{s}"]', '"max_tokens{n}": 4096', '"url{n}": "https://me:{s}@example.org"',
    '"db{n}": {"password": "{s}", "user": "{w}"}', '"mode{n}": "{w}"', '"env{n}": [{"name": "API_KEY", "value": "{s}"}]',
    '"key{n}": "{w}"', '"id{n}": "{s}"',
)  # fmt: skip
DOTENV = (
    "DB_PASSWORD{n}={s}\n", "MODE{n}={w}\n", 'API_TOKEN{n}="{s}"\n', "# SECRET={s}\n", "URL{n}=redis://:{s}@host/0\n",
    "KEY{n}={w}\n", "TOKENS{n}=4096\n", "export PASS{n}='{s}'\n", "ID{n}={s}\n", "PASSWORD_FILE{n}=/run/secrets/{w}\n",
)  # fmt: skip
HCL = (
    'resource "x" "a{n}" {\n  password = "{s}"\n}\n', 'variable "db_password{n}" {\n  default = "{s}"\n}\n',
    'locals {\n  token{n} = "{s}"\n}\n', 'variable "mode{n}" {\n  default = "{w}"\n}\n', 'resource "y" "b{n}" {\n  key = "{w}"\n  password = var.password\n}\n',
    "# password = {s}\n", 'output "o{n}" {\n  value = "{s}"\n}\n',
)  # fmt: skip
SHELL = (
    "export API_TOKEN{n}={s}\n", "mysql -u root -p{s} db{n}\n", "curl -u me:{s} https://example.org/{n}\n", "echo {w} {n}\n",
    "PASSWORD{n}=$(pass show {w})\n", "# token: {s}\n", "docker login -u me -p {s} example.org\n",
    f"kubectl apply -f - <<EOF\n{SECRET}stringData:\n  a: {{s}}\nEOF\n", "sleep {n}\n", "export KEY{n}={w}\n",
)  # fmt: skip
MARKDOWN = (
    "# Title {n}\n\nSet the password to {w}.\n\n", "```bash\nexport DB_PASSWORD={s}\n```\n\n", "See https://me:{s}@example.org/{n}\n\n",
    "```yaml\napiVersion: v1\nkind: Secret\nmetadata: {name: s{n}}\nstringData:\n  a: {s}\n```\n\n", "password: {s}\n\n",
    "- the token of {w}\n\n", "| key | {s} |\n\n",
)  # fmt: skip

FAMILIES = {
    "yaml": Family("values.yaml", YAML),
    "yaml documents": Family("all.yaml", DOCUMENTS, "---\n".join),
    "yaml of both": Family("all.yaml", (*DOCUMENTS, *YAML), "---\n".join),
    "helm": Family("templates/x.yaml", tuple(f"{{{{- if .Values.x }}}}\n{piece}{{{{- end }}}}\n" for piece in YAML)),
    "json": Family("config.json", JSON_PIECES, lambda pieces: "{\n" + ",\n".join(pieces) + "\n}\n"),
    "dotenv": Family(".env", DOTENV),
    "hcl": Family("main.tf", HCL),
    "shell": Family("deploy.sh", SHELL),
    "markdown": Family("README.md", MARKDOWN),
}
WORDS = "shop stable blue etcd primary helm on_create api-gateway default latest".split()  # noqa: SIM905


def filled(piece: str, chance: random.Random) -> str:
    """A piece with values and a number of its own."""

    def value() -> str:
        kinds = string.ascii_lowercase, string.ascii_uppercase, string.digits
        letters = [chance.choice(kind) for kind in kinds * 6]
        chance.shuffle(letters)
        return "Q" + "".join(letters)

    text = piece.replace("{n}", f"_{chance.randrange(10**6)}")
    while "{s}" in text:
        text = text.replace("{s}", value(), 1)
    while "{b}" in text:
        text = text.replace("{b}", base64.b64encode(value().encode()).decode(), 1)
    return text.replace("{w}", chance.choice(WORDS)).replace("{h}", f"{chance.getrandbits(256):064x}")


def found(family: Family, pieces: list[str]) -> Counter[tuple[str, str, str, str]]:
    """What is found, without lines. The digest of the value depends on path, rule, route and value alone."""
    findings = scan_blob(family.path, family.join(pieces).encode(), Context())
    return Counter((item.rule, item.route, item.severity.value, item.value) for item in findings)


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_the_whole_is_the_union_of_its_pieces(name: str) -> None:
    family, chance = FAMILIES[name], random.Random(f"{SEED} {name}")
    alone: dict[str, Counter[tuple[str, str, str, str]]] = {}
    wrong: list[str] = []
    for _ in range(ROUNDS):
        pieces = [filled(chance.choice(family.pieces), chance) for _ in range(chance.randint(2, 7))]
        for piece in pieces:
            alone[piece] = found(family, [piece])
        whole, parts = (
            found(family, pieces),
            sum((alone[piece] for piece in pieces), Counter[tuple[str, str, str, str]]()),
        )
        if whole != parts:
            text = family.join(pieces)
            wrong.append(f"{text}\nonly in the whole: {whole - parts}\nonly in the pieces: {parts - whole}")
    assert not wrong, f"{len(wrong)} of {ROUNDS}; the shortest:\n{min(wrong, key=len)}"


@pytest.mark.parametrize("name", FAMILIES)
def test_the_pieces_hold_findings_and_none(name: str) -> None:
    family, chance = FAMILIES[name], random.Random(SEED)
    counts = [len(found(family, [filled(piece, chance)])) for piece in family.pieces]
    assert sum(map(bool, counts)) >= 2
    assert not all(counts)
    if name == "json":
        json.loads(family.join([filled(piece, chance) for piece in family.pieces]))
