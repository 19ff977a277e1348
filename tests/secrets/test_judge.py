"""The judge: a grade for every name and every value, and the table of places and values, cell by cell, as scan applies it."""

from __future__ import annotations

import base64
import secrets
import string
import uuid
from pathlib import Path

import pytest

from sealkit.model.severity import Severity
from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob
from sealkit.secrets.names import NameGrade, grade_name
from sealkit.secrets.places import TABLE, Place, in_text, place_of_name, severity
from sealkit.secrets.values import Value, grade_value

DOCUMENT = Path(__file__).parents[2] / "docs" / "scan.md"
_LETTERS = string.ascii_letters + string.digits
_FILES = {
    Place.SCHEMA: ("s.yaml", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  conf: {v}\n"),
    Place.PASSWORD: ("a.yaml", "db_password: {v}\n"),
    Place.SECRET: ("a.yaml", "client_secret: {v}\n"),
    Place.LOGIN: ("a.yaml", "s3_access_key: {v}\n"),
    Place.WEAK: ("a.yaml", "redis_auth: {v}\n"),
    Place.URL: ("a.yaml", "address: amqp://app:{v}@mq.example.net/x\n"),
    Place.URL_TEXT: ("a.yaml", "# address: amqp://app:{v}@mq.example.net/x\nx: 1\n"),
    Place.TEXT: ("a.yaml", "# db_password: {v}\nx: 1\n"),
    Place.SECRET_TEXT: ("a.yaml", "# client_secret: {v}\nx: 1\n"),
    Place.WEAK_TEXT: ("a.yaml", "# redis_auth: {v}\nx: 1\n"),
    Place.NOTHING: ("a.yaml", "title: {v}\n"),
}


def random_text(size: int = 20) -> str:
    """What a generator makes of letters and digits, with each kind in it."""
    return "".join(secrets.choice(_LETTERS) for _ in range(size - 6)) + "q7" + "Zx4W"


def sample(value: Value) -> str:
    """A value of a grade, fresh for each test where it may be a secret."""
    match value:
        case Value.RANDOM:
            return random_text(11) + "!" + random_text(9)
        case Value.GENERATED:
            return "a1" + secrets.token_hex(19)
        case Value.UUID:
            return str(uuid.uuid4())
        case Value.PASSWORD:
            return secrets.choice(["Winter", "Summer", "Garden"]) + str(2030 + secrets.randbelow(60)) + "!"
        case Value.COMMON:
            return secrets.choice(["sun" + "shine", "qwerty" + "123", "Harbor" + "12345", "trust" + "no1"])
        case Value.WEAK:
            return "post" + "gres"
        case Value.OWN_WORD:
            return "test" + "pass" + "word"
        case Value.HASH:
            return "$" + "6" + "$" + random_text(12) + "$" + random_text(40)
    return {
        Value.IDENTIFIER: "etcd-cluster-1", Value.SENTENCE: "the one from the mail", Value.PATH: "/run/secrets/db",
        Value.REFERENCE: "vault:secret/data/db#field", Value.TEMPLATE: "${DB_FIELD}", Value.PUBLIC: "10.0.0.0/8", Value.EMPTY: "",
    }[value]  # fmt: skip


@pytest.mark.parametrize("value", list(Value))
def test_every_grade_has_its_sample(value: Value) -> None:
    for _ in range(50):
        text = sample(value)
        assert grade_value(text) is value, text if value in set(Value) - set(list(Value)[:8]) else value


_NO_URL = {Value.PATH, Value.REFERENCE, Value.PUBLIC, Value.SENTENCE, Value.EMPTY}
"""What cannot be written as the password of a URL."""
_CELLS = [
    (place, value)
    for place in Place
    for value in Value
    if place not in {Place.URL, Place.URL_TEXT} or value not in _NO_URL
]


@pytest.mark.parametrize(("place", "value"), _CELLS)
def test_every_cell_of_the_table(place: Place, value: Value) -> None:
    """What scan says of this value at this place is what the table says."""
    path, text = _FILES[place]
    if place in {Place.URL, Place.URL_TEXT} and value in {
        Value.PATH,
        Value.REFERENCE,
        Value.PUBLIC,
        Value.SENTENCE,
        Value.HASH,
        Value.EMPTY,
    }:
        pytest.skip("no password of a URL can be written like this") if value is not Value.HASH else None
    found = scan_blob(path, text.replace("{v}", sample(value)).encode(), Context())
    assert [item.severity for item in found] == [level] if (level := severity(place, value)) else not found


def table() -> str:
    """The table in Markdown, as docs/scan.md has it."""
    columns = list(Value)[:8]
    rows = ["| place | " + " | ".join(columns) + " |", "|" + "---|" * (len(columns) + 1)]
    for place in Place:
        cells = [str(level) if (level := TABLE[place, value]) else "" for value in columns]
        rows.append("| " + " | ".join([place, *cells]) + " |")
    return "\n".join(rows)


def test_the_document_shows_the_table() -> None:
    assert table() in DOCUMENT.read_text(), table()


def test_a_finding_is_never_worse_further_down() -> None:
    """A place that is less sure never makes more of a value."""
    rank = {Severity.ERROR: 2, Severity.WARNING: 1, None: 0}
    for value in Value:
        for row in (
            (Place.PASSWORD, Place.SECRET, Place.WEAK, Place.NOTHING),
            (Place.TEXT, Place.SECRET_TEXT, Place.WEAK_TEXT, Place.NOTHING),
            *((place, in_text(place)) for place in Place),
        ):
            levels = [rank[severity(place, value)] for place in row]
            assert levels == sorted(levels, reverse=True), (value, row)


@pytest.mark.parametrize(
    ("name", "grade"),
    [
        ("dbPassword", NameGrade.PASSWORD), ("DB_PASSWORD", NameGrade.PASSWORD), ("contraseña", NameGrade.PASSWORD),
        ("motDePasse", NameGrade.PASSWORD), ("mot_de_passe", NameGrade.PASSWORD), ("DB_KENNWORT", NameGrade.PASSWORD),
        ("wachtwoord", NameGrade.PASSWORD), ("senha", NameGrade.PASSWORD), ("password_2", NameGrade.PASSWORD),
        ("clientSecret", NameGrade.SECRET), ("SECRET_KEY_BASE", NameGrade.SECRET), ("api-key", NameGrade.SECRET),
        ("client-key-data", NameGrade.SECRET), ("dsn", NameGrade.SECRET), ("segreto", NameGrade.SECRET),
        ("auth_token", NameGrade.SECRET), ("accessToken", NameGrade.SECRET), ("page_token", NameGrade.WEAK), ("tokenB", NameGrade.WEAK),
        ("password_secret", NameGrade.WEAK), ("passwordSecret", NameGrade.NONE), ("hashedTokenKey", NameGrade.NONE), ("nkey", NameGrade.WEAK),
        ("token", NameGrade.WEAK), ("redis_auth", NameGrade.WEAK), ("TOTP_SEED", NameGrade.WEAK), ("LDAP_BIND_PW", NameGrade.PASSWORD), ("pw", NameGrade.WEAK),
        ("ses_smtp_password_v4", NameGrade.PASSWORD), ("mysqlrootpwd", NameGrade.PASSWORD),
        ("CLAVE_SECRETA", NameGrade.SECRET), ("chiaveSegreta", NameGrade.SECRET), ("area_secreta", NameGrade.NONE),
        ("Schlüssel", NameGrade.WEAK), ("chiave", NameGrade.WEAK), ("clé", NameGrade.WEAK), ("pepper", NameGrade.WEAK),
        ("secretName", NameGrade.NONE), ("proxy_pass", NameGrade.NONE), ("PROXY_PASS", NameGrade.PASSWORD), ("passwordFile", NameGrade.NONE), ("update_password", NameGrade.NONE),
        ("NOPASSWD", NameGrade.NONE), ("passwordSecretKey", NameGrade.NONE), ("publicKey", NameGrade.NONE),
        ("ssh_authorized_keys", NameGrade.NONE), ("primaryKey", NameGrade.NONE), ("forgotPassword", NameGrade.NONE),
        ("tokens_per_minute", NameGrade.NONE), ("keyboard", NameGrade.NONE), ("compass", NameGrade.NONE),
    ],
)  # fmt: skip
def test_names(name: str, grade: NameGrade) -> None:
    assert grade_name(name) is grade


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("on_create", Value.IDENTIFIER), ("redis_password", Value.IDENTIFIER), ("ED25519_PRIVATE_KEY_HEX", Value.IDENTIFIER),
        ("request.auth.claims[groups]", Value.IDENTIFIER), ("self-hosted,docker,linux,x64", Value.IDENTIFIER),
        ("admin" + "123", Value.COMMON), ("hunter" + "2", Value.COMMON), ("forgejo", Value.WEAK), ("app1", Value.WEAK), ("Passwort", Value.SENTENCE), ("GitLab's", Value.SENTENCE),
        ("API token with DNS edit permission", Value.SENTENCE), ("ghcr.io/example/app:v1", Value.PUBLIC),
        ("4.690.v5821cf665e43", Value.PUBLIC), ("age1" + "q" * 58, Value.PUBLIC), ("system@example.org", Value.PUBLIC),
        ("${OWNER:=${APP}}", Value.TEMPLATE), ("%s", Value.TEMPLATE), ("{{ .Values.x }}", Value.TEMPLATE), (r"\bword\b", Value.TEMPLATE),
        ("CHANGE_ME", Value.TEMPLATE), ("<your token>", Value.TEMPLATE), ("AKIA" + "IOSFODNN7" + "EXAMPLE", Value.TEMPLATE),
        ("fhgfthhgfhgf", Value.TEMPLATE), ("var.db_password", Value.REFERENCE), ("op://vault/item/field", Value.REFERENCE),
        ("~/.config/x/${PROJECT}-admin.json", Value.PATH), ("/geoip/GeoLite2-ASN.mmdb", Value.IDENTIFIER), ("https://example.org/x", Value.PATH),
        (base64.b64encode(b"postgres").decode(), Value.WEAK), (base64.b64encode(b"etcd-cluster-1").decode(), Value.IDENTIFIER),
        ("Harbor" + "12345", Value.COMMON), ("P@ssw" + "0rd123", Value.COMMON), ("Oracle" + "_19c", Value.WEAK),
        ("Walnut" + "_ember2759.", Value.PASSWORD), ("Summer" + "2041!", Value.PASSWORD), ("my" + "secret", Value.OWN_WORD),
        ("test" + "pass1", Value.OWN_WORD), ("ovn4nfv-k8s-plugin", Value.IDENTIFIER), ("k3qz-x9f2-b7mm", Value.RANDOM),
        ("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", Value.PUBLIC), ("npm:^1.0.0", Value.PUBLIC), ("localhost", Value.PUBLIC),
        ("qxzlk-wjmh", Value.RANDOM), ("cfg-mgr-app", Value.IDENTIFIER), ("{AQAAABAAAA" + "Q" * 43 + "=}", Value.PUBLIC),
        ("{SSHA}" + "abcdefghi123456789", Value.TEMPLATE), ("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1In0.signature", Value.TEMPLATE),
        ("abc123" + "def456", Value.TEMPLATE), ("eyJhbGc...", Value.TEMPLATE), ("$2", Value.TEMPLATE),
        ("TestGetOrCreateChannelReturnsExistingChannelOfTheOther", Value.WEAK),
        ("imgproxy_key", Value.IDENTIFIER), ("blorptang-salt", Value.IDENTIFIER), ("maple-rilokubato", Value.IDENTIFIER),
        ("neo4j/neo4j-dev", Value.IDENTIFIER), (r"WebUI\\Password_PBKDF2", Value.IDENTIFIER), (r"HKLM\Software\Acme", Value.IDENTIFIER),
        ("$SECRETS_DIR/k3s-token", Value.TEMPLATE), ("cnpg_instance", Value.IDENTIFIER), ("mas_service_storage_accesskey", Value.IDENTIFIER), ("blorp-jdbccfg", Value.IDENTIFIER),
        ("qxkzvwpt-jqhgfdkz", Value.RANDOM), ("7.27.1(@babel/core@7.28.5)", Value.PUBLIC), ("hello-nodejs/", Value.IDENTIFIER),
        ("da94b011-9a7d-408b-92d9-55be47efe750:prod:/vps/app/ADMIN_KEY", Value.REFERENCE),
        ("Torf" + "stich-Nordwind-7", Value.WEAK), ("Higuera" + "-Sombra", Value.WEAK), ("rioja" + "_crianza_2012", Value.WEAK),
        ("Perejil" + "!Ajo2", Value.PASSWORD), ("Stroop" + "wafel=Gouda61", Value.PASSWORD), ("Content-Type", Value.IDENTIFIER),
        ("System.String", Value.IDENTIFIER), ("worker-node-01", Value.IDENTIFIER), ("ubuntu-22.04", Value.IDENTIFIER),
        ("correct-horse-battery-staple", Value.PASSWORD), ("123456", Value.WEAK), ("42", Value.PUBLIC),
        ("id=GIT_AUTH_TOKEN,src=/tmp/.docker-build", Value.IDENTIFIER), ("--dry-run=client", Value.IDENTIFIER), ("AGE_KEY_FILE=FILE", Value.IDENTIFIER),
        ("1234567890" * 3, Value.PASSWORD), ("8391" * 7, Value.PASSWORD), ("6340937937332618" + "4827113535044933", Value.GENERATED),
    ],
)  # fmt: skip
def test_values(text: str, grade: Value) -> None:
    assert grade_value(text) is grade


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("S3_ACCESS_KEY", Place.LOGIN), ("seaweedfsAccessKey", Place.LOGIN), ("accesskey", Place.LOGIN),
        ("AWS_SECRET_ACCESS_KEY", Place.SECRET), ("secretAccessKey", Place.SECRET), ("storageAccountAccessKey", Place.SECRET),
        ("accessKeyId", Place.NOTHING), ("role_key", Place.NOTHING), ("data_access_key_file", Place.NOTHING),
    ],
)  # fmt: skip
def test_an_access_key_without_its_secret_is_half_a_login(name: str, place: Place) -> None:
    assert place_of_name(name) is place


def test_random_texts_of_every_alphabet_are_seen() -> None:
    """At least 96 of 100 texts that a generator makes are graded as made by one. Measured: 98 and more."""
    kinds = {Value.RANDOM, Value.GENERATED}
    for alphabet, size in (
        (_LETTERS, 16),
        (_LETTERS, 24),
        (string.ascii_lowercase + string.digits, 20),
        (string.hexdigits.lower()[:16], 32),
        (string.ascii_lowercase, 64),
    ):
        texts = ["".join(secrets.choice(alphabet) for _ in range(size)) for _ in range(500)]
        assert sum(grade_value(text) in kinds for text in texts) >= 480, (alphabet, size)
    raw = [base64.b64encode(secrets.token_bytes(24)).decode() for _ in range(500)]
    assert sum(grade_value(text) in kinds for text in raw) >= 480
