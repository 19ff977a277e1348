"""The spellings in which text of any kind holds a secret: each is found, and nothing beside it.

`¤` stands for a secret that is made while the test runs.
"""

from __future__ import annotations

import base64

import pytest

from sealkit.secrets.places import Place
from sealkit.secrets.spans import Shape, secret_spans
from sealkit.secrets.values import Value
from spellings import MARK, random_value, spans, values

SPELLINGS = [
    r"PASSWORD=¤",
    r'export DB_PASSWORD="¤"',
    r"set SMTP_PASSWORD=¤",
    r"ENV DB_PASSWORD ¤",
    r"ENV DB_PASSWORD=¤",
    r"ARG API_KEY=¤",
    r"db_password := ¤",
    r"bind_pw                             = ¤",
    r"Password: ¤<br/>",
    r"password_secret = ¤",
    r"DB_PASSWORD ?= ¤",
    r"'password' => '¤',",
    r"password: ¤",
    r'"password": "¤",',
    r"run: PGPASSWORD=¤ psql -h db -U x",
    r"Environment=MINIO_ROOT_PASSWORD=¤",
    r'Environment="MINIO_ROOT_PASSWORD=¤"',
    r"CONN=Server=db;User Id=sa;Password=¤;",
    r'ConnectionStrings__Default="Server=db;User Id=sa;Password=¤;Encrypt=true"',
    r"  - POSTGRES_PASSWORD=¤",
    r'"body": "{\"password\":\"¤\"}"',
    r"# old smtp password: ¤",
    r'// password = "¤"',
    r"(password: ¤)",
    r"dsn: host=db user=x password=¤ dbname=y",
    r"jdbc:mysql://db/x?user=a&password=¤&ssl=true",
    r"url: https://x.example.net/?token=¤&a=b",
    r"redis://:¤@redis:6379/0",
    r"amqp://guest:¤@mq:5672/",
    r"postgres://app:¤@db:5432/app?sslmode=disable",
    r"mongodb+srv://u:¤@h/x",
    r"smtp://u%40x:¤@mail:587",
    r"app:¤@tcp(db:3306)/app",
    r"CREATE USER me WITH PASSWORD '¤';",
    r"CREATE USER 'me'@'%' IDENTIFIED BY '¤';",
    r"ALTER USER me IDENTIFIED WITH mysql_native_password BY '¤';",
    r"ALTER ROLE me WITH ENCRYPTED PASSWORD '¤'",
    r"SET PASSWORD FOR 'root'@'localhost' = PASSWORD('¤');",
    r"INSERT INTO users (id, name, password) VALUES (1, 'me', '¤');",
    r"GRANT ALL ON *.* TO 'me'@'%' IDENTIFIED BY '¤';",
    r"<password>¤</password>",
    r'<ns:password type="x">¤</ns:password>',
    r'<connection host="h" password="¤"/>',
    r'<add key="Password" value="¤"/>',
    r'<add value="¤" key="Password"/>',
    r'<property name="db.password" value="¤"/>',
    r'<property name="db.password">¤</property>',
    r'<entry key="db.password">¤</entry>',
    r'<add name="x" connectionString="Server=h;Uid=sa;Pwd=¤;"/>',
    "<key>Password</key>\n<string>¤</string>",
    r"define('DB_PASSWORD', '¤');",
    r"define( 'AUTH_KEY',   '¤' );",
    r"$cfg['blowfish_secret'] = '¤';",
    r"$dbpasswd = '¤';",
    r'setPassword("¤")',
    r'.password("¤")',
    r'os.Setenv("API_TOKEN", "¤")',
    r'os.environ["API_TOKEN"] = "¤"',
    r'.env("DB_PASSWORD", "¤")',
    r'req.Header.Set("Authorization", "Bearer ¤")',
    r"Authorization: token ¤",
    r'auth=("user", "¤")',
    r"auth = ('user', '¤')",
    r'new NetworkCredential("me", "¤")',
    r"conn.login('me', '¤', cb)",
    r':password => "¤"',
    r'password: "¤", user: "x"',
    r"requirepass ¤",
    r"masterauth ¤",
    r"HTTP_Passwd   ¤",
    r"password ¤",
    r'password "¤"',
    r"    user admin insecure-password ¤",
    r'AuthLDAPBindPassword "¤"',
    r"machine h login me password ¤",
    "machine h\n  login me\n  password ¤",
    r"//npm.example.org/:_authToken=¤",
    r"X-Api-Key: ¤",
    r"Cookie: sessionid=¤; a=b",
    r'Name: "DB_PASSWORD", Value: "¤"',
    r"{name: DB_PASSWORD, value: ¤}",
    "- name: DB_PASSWORD\n  value: ¤",
    'name = "DB_PASSWORD"\n  value = "¤"',
    r'let password: &str = "¤";',
    r"const password: string = '¤';",
    r'var password string = "¤"',
    r"password=¤ # comment",
    r"API key: ¤",
    r"&quot;password&quot;:&quot;¤&quot;",
    r'CONFIG SET requirepass "¤"',
    r"auth-pass mymaster ¤",
    r"user default on >¤ ~* +@all",
    r': PSK "¤"',
    r"username admin password 0 ¤",
    r'createUser me SHA "¤" AES',
    r"${DB_PASSWORD:-¤}",
    r'set imap_pass="¤"',
    r"password = {{ x }} password2=¤",
    r'psk="¤"',
    r"passphrase=¤",
    r"userPassword: ¤",
    r'if (password === "¤") {',
    r"Password: ¤.",
]


@pytest.mark.parametrize("row", SPELLINGS)
def test_the_secret_is_found_and_nothing_else(row: str) -> None:
    secret = random_value()
    assert values(row.replace(MARK, secret)) == [secret]


@pytest.mark.parametrize("row", SPELLINGS)
def test_the_place_of_a_value_is_no_secret(row: str) -> None:
    assert values(row.replace(MARK, "<sealed:db.password>")) == []


def test_quotes_within_other_quotes_belong_to_the_value() -> None:
    secret = random_value() + '"' + random_value()
    assert values(f"password='{secret}'") == [secret]


def test_a_value_with_spaces_needs_quotes() -> None:
    words = f"{random_value()} {random_value()}"
    assert values(f'password="{words}"') == [words]
    assert values(f"password={words}") == [words.split(maxsplit=1)[0]]


def test_a_bare_value_ends_before_the_next_one() -> None:
    one, other = random_value(), random_value()
    assert values(f"password={one};token={other}") == [one, other]
    assert values(f"password: {one}, token: {other}") == [one, other]
    assert values(f"{{password: {one}, token: {other}}}") == [one, other]


def test_base64_of_a_login_is_judged_by_its_password() -> None:
    strong = base64.b64encode(f"me:{random_value()}".encode()).decode()
    weak = base64.b64encode(b"me:admin").decode()
    for row in ("Authorization: Basic ¤", "_auth=¤"):
        (span,) = spans(row.replace(MARK, strong))
        assert span.place is Place.PASSWORD
        assert span.grade is Value.RANDOM
        (span,) = spans(row.replace(MARK, weak))
        assert span.grade is Value.WEAK


def test_filezilla_keeps_passwords_in_base64() -> None:
    encoded = base64.b64encode(random_value().encode()).decode()
    assert values(f'<Pass encoding="base64">{encoded}</Pass>') == [encoded]


def test_rows_of_an_insert_are_read_by_the_position_of_the_column() -> None:
    one, other = random_value(), random_value()
    text = f"INSERT INTO `users` (`id`, `name`, `password`, `n`) VALUES\n(1, 'a, b', '{one}', now()),\n(2, 'it''s', '{other}', 3);\n"
    assert values(text) == [one, other]


def test_hashes_of_passwords_have_their_own_shape() -> None:
    salt, body = random_value(8), "".join(random_value(8) for _ in range(8))
    for hashed in (f"$apr1${salt}${body[:22]}", f"$6${salt}${(body * 2)[:86]}", f"$2y$12${body[:53]}"):
        text = f"(1, 'me', '{hashed}', 0)"
        (span,) = spans(text)
        assert (text[span.start : span.end], span.shape, span.grade) == (hashed, Shape.HASH, Value.HASH)


def test_the_first_form_counts_where_two_see_the_same() -> None:
    secret = random_value()
    (span,) = spans(f"dsn=postgres://app:{secret}@db/app")
    assert (span.shape, span.place) == (Shape.URL_PASSWORD, Place.URL)


def test_the_name_is_that_of_the_value_and_not_of_what_stands_around_it() -> None:
    secret = random_value()
    assert [span.name for span in secret_spans(f"Environment=MINIO_ROOT_PASSWORD={secret}")] == ["MINIO_ROOT_PASSWORD"]
    assert [span.bare for span in secret_spans(f"password={secret} token='{secret}'")] == [True, False]
