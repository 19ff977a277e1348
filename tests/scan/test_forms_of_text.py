"""Secrets that no name gives away: by their position in a call, a setting, a row, a sentence or a table; and what looks like them.

`¤` stands for a secret that is made while the test runs.
"""

from __future__ import annotations

import base64
import secrets

import pytest

from sealkit.model.finding import Finding
from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob
from spellings import MARK, random_value


def found(path: str, text: str) -> list[Finding]:
    return scan_blob(path, text.encode(), Context())


CODE = [
    ("a.php", "$pdo = new PDO('mysql:host=db;dbname=x', 'x', '¤');"),
    ("a.php", "return Http::withBasicAuth('depot', '¤')->get($url);"),
    ("a.php", "$dbh = mysqli_connect('db', 'x', '¤');"),
    ("a.pl", "my $dbh = DBI->connect('dbi:mysql:members', 'members', '¤') or die;"),
    ("A.java", 'return DriverManager.getConnection("jdbc:postgresql://db/x", "x", "¤");'),
    ("A.java", 'return DriverManager.getConnection("jdbc:oracle:thin:depot/¤@//ora:1521/ERP");'),
    ("a.go", 'client.SetBasicAuth("terminal", "¤")'),
    ("a.cs", 'var login = new NetworkCredential("scale", "¤");'),
    ("a.py", 'requests.get("http://10.0.0.1/status", auth=("admin", "¤"))'),
    ("a.py", 'conn = psycopg.connect("dbname=x user=x password=¤ host=db")'),
    ("a.py", 'smtp.login("me@example.net", "¤")'),
    ("a.py", 'return hashlib.sha256(body + b"¤¤").hexdigest()'),
    ("a.js", "const mac = crypto.createHmac('sha256', '¤¤').update(body)"),
    ("a.js", "const admin = algoliasearch('A6FDUOZILA', '¤');"),
    ("a.rb", "f.request :authorization, :basic, 'tram', '¤'"),
    ("a.rs", 'static PEPPER: &[u8] = b"¤";'),
    ("a.kt", 'private const val SAL = "¤"'),
    ("a.ts", 'if (header !== "x" || token !== "¤") return 403'),
]
SETTINGS = [
    ("bgpd.conf", " neighbor 10.0.0.1 password ¤"),
    ("haproxy.cfg", "defaults\n  mode http\nlisten stats\n  stats auth admin:¤"),
    ("haproxy.cfg", "  http-request deny unless { req.hdr(X-Edge) -m str ¤ }"),
    ("nginx.conf", '    if ($http_x_edge_key != "¤") { return 403; }'),
    ("switch.cfg", "snmp-server community ¤ RO 10"),
    ("snmpd.conf", "rocommunity ¤ 10.0.0.0/8"),
    ("ipsec.secrets", ': RSA host.key "¤"'),
    ("preseed.cfg", "d-i passwd/user-password password ¤"),
    ("proxysql.cnf", 'admin_variables= { admin_credentials="admin:¤" }'),
    ("users.acl", "user depot on >¤ ~depot:* +@all"),
    ("Caddyfile", "\t\tdns hetzner ¤¤"),
    ("resource.cfg", "$USER4$=¤"),
    ("users", "bruno:{PLAIN}¤"),
    ("objects.cfg", "command_line $USER1$/check_mysql -H $HOSTADDRESS$ -u nagios -p '¤'"),
    ("net.nix", 'networking.wireless.networks."Hall".psk = "¤";'),
    ("sync.service", "ExecStart=/bin/sh -c 'printf %%s \"¤\" | podman secret create jwt -'"),
    ("ups.sh", 'expect -c \'spawn ssh ups; expect "password:"; send "¤\\r"; interact\''),
    ("ups.exp", 'expect "*?assword:*"\nsend -- "¤\\r"'),
    ("main.tf", 'user_data = <<-EOT\n  chpasswd:\n    list: |\n      me:¤\nEOT'),
    ("setup.sh", "chpasswd <<EOF\nroot:¤\nEOF"),
    ("office.conf", "<auth-user-" + "pass>\noffice\n¤\n</auth-user-pass>"),
    ("dump.sql", "INSERT INTO `wp_options` VALUES (221,'mailserver_pass','¤','yes');"),
    ("flows.json", '[{"rules": [{"t": "set", "p": "headers.authorization", "to": "Bearer ¤¤"}]}]'),
    ("_helpers.tpl", '{{- default "¤¤" .Values.tokenApi -}}'),
]  # fmt: skip
PROSE = [
    ("a.md", "At first: user `admin`, password `¤`."),
    ("a.md", "Benutzer `admin`, Passwort `¤` (gilt noch)."),
    ("a.md", "Routeur : utilisateur `tech`, mot de passe : `¤`"),
    ("a.md", "Inloggen op de NAS: gebruiker beheer, wachtwoord ¤."),
    ("a.md", "Para el panel usa `admin` / `¤`."),
    ("a.md", "El router viejo: **clave wifi = ¤**"),
    ("a.md", "| Gerät | Benutzer | Kennwort |\n|---|---|---|\n| Drucker | admin | siehe Tresor |\n| USV | apc | ¤ |"),
    ("a.md", "| Servizio | Utente | Parola d'ordine |\n|---|---|---|\n| Forno | cuoco | `¤` |"),
]


def filled(text: str) -> str:
    return text.replace(MARK + MARK, random_value(24)).replace(MARK, random_value())


@pytest.mark.parametrize(("path", "text"), [*CODE, *SETTINGS, *PROSE])
def test_found(path: str, text: str) -> None:
    content = f"\n{filled(text)}\n"
    assert len(found(path, content)) == 1, content
    assert found(path, content.replace("Bearer ", "Bearer {{ token }}"))[1:] == []


@pytest.mark.parametrize(("path", "text"), [*CODE, *SETTINGS, *PROSE])
def test_a_variable_in_its_place_is_silent(path: str, text: str) -> None:
    for variable in ("${VALUE}", "<your-password>", "***"):
        content = f"\n{text.replace(MARK + MARK, variable).replace(MARK, variable)}\n"
        assert found(path, content) == [], content


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.php", "$pdo = new PDO($dsn, $user, $password);"),
        ("a.py", "self._auth = dict(user=username, password=password, token=token)"),
        ("a.py", 'login("the user name", "the label of a field")'),
        ("a.py", 'assert sha256(data).hexdigest() == "¤¤"'),
        ("switch.cfg", "snmp-server community public RO"),
        ("haproxy.cfg", "http-request deny unless { req.hdr(Host) -m str example.net }"),
        ("Caddyfile", "dns cloudflare {env.CF_TOKEN}"),
        ("resource.cfg", "$USER1$=/usr/lib/nagios/plugins"),
        ("a.sh", 'echo "$password" | openssl enc -aes-256-cbc -pass stdin -in a'),
        ("a.yml", "- script: az login -u $(appId) -p $(appSecret) --tenant $(tenant)"),
        ("joplin.container", "[Container]\nSecret=jwt_¤,type=env,target=JWT"),
        ("a.md", "| Key | Type | Default |\n|---|---|---|\n| image.tag | string | `latest` |"),
        ("a.md", "| Option | Password |\n|---|---|\n| a | required |\n| b | see the vault |"),
        ("a.md", "| Secret | Keys |\n|---|---|\n| `app-secrets` | `client-id`, `client-secret` |"),
        ("a.md", "The password is `required`, the user `admin` / `root` may change it."),
        ("dump.sql", "INSERT INTO `wp_options` VALUES (222,'site_icon','¤','yes');"),
        ("a.txt", "name:¤"),
    ],
)  # fmt: skip
def test_what_looks_like_them(path: str, text: str) -> None:
    assert found(path, f"\n{filled(text)}\n") == []


def test_files_of_logins_by_their_names() -> None:
    value = random_value(16)
    for path, row in (
        ("postfix/sasl_passwd", f"[smtp.example.net]:587 me:{value}"),
        ("rsyncd.secrets", f"copy:{value}"),
        ("turnserver.conf", f"realm=x\nuser=guest:{value}"),
        ("config/master.key", secrets.token_hex(16)),
        ("mongo/keyfile", base64.b64encode(secrets.token_bytes(600)).decode()),
    ):
        assert [item.severity.value for item in found(path, row + "\n")] == ["error"], path
        assert found("notes/readme.rst", row + "\n") == [], row


def test_keys_by_their_form() -> None:
    static = "-----BEGIN OpenVPN Static key V1-----\n" + "\n".join(secrets.token_hex(16) for _ in range(16))
    assert [item.rule for item in found("tc.key", static + "\n-----END OpenVPN Static key V1-----\n")] == ["SK301"]
    pair = base64.b64encode(secrets.token_bytes(64)).decode()
    assert [item.rule for item in found("cache.key", f"cache.example.net-1:{pair}\n")] == ["SK301"]
    public = base64.b64encode(secrets.token_bytes(32)).decode()
    assert found("a.nix", f'trusted-public-keys = [ "cache.example.net-1:{public}" ];\n') == []


def test_a_list_of_bytes_is_a_key() -> None:
    key = list(secrets.token_bytes(16))
    assert len(found("configuration.yaml", f"advanced:\n  network_key: {key}\n")) == 1
    rows = "".join(f"    - {byte}\n" for byte in key)
    assert len(found("configuration.yaml", f"advanced:\n  network_key:\n{rows}")) == 1
    assert (
        found(
            "configuration.yaml", "advanced:\n  network_key: [1, 3, 5, 7, 9, 11, 13, 15, 0, 2, 4, 6, 8, 10, 12, 13]\n"
        )
        == []
    )
    assert found("configuration.yaml", f"advanced:\n  ports: {key}\n") == []


def test_what_travis_encrypts_is_silent() -> None:
    sealed = base64.b64encode(secrets.token_bytes(512)).decode()
    assert found(".travis.yml", f"deploy:\n  api_key:\n    secure: {sealed}\n") == []
    assert len(found(".travis.yml", f"deploy:\n  api_key: {random_value(20)}\n")) == 1


def test_hashes_of_other_programs_are_warnings() -> None:
    def part(size: int) -> str:
        return base64.b64encode(secrets.token_bytes(size)).decode()

    doubled = "$$apr1$$" + secrets.token_hex(4) + "$$" + part(18)[:22].replace("+", ".").replace("/", ".")
    for path, text in (
        ("pass" + "wd", f"me:$7$101${part(12)}${part(64)}"),
        ("qBittorrent.conf", f'[Preferences]\nWebUI\\Password_PBKDF2="@ByteArray({part(16)}:{part(64)})"'),
        ("docker-compose.yml", f'labels:\n  - "traefik.http.middlewares.x.basicauth.users=me:{doubled}"'),
        ("docker-compose.yml", f"a:\n  hash: $2${secrets.token_hex(16)}${secrets.token_hex(26)}"),
    ):
        assert [item.rule for item in found(path, text + "\n")] == ["SK212"], text
