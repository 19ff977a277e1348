"""Passwords in command lines: of a shell, and as lists in YAML and JSON.

`¤` stands for a secret that is made while the test runs.
"""

from __future__ import annotations

import pytest

from sealkit.secrets.places import Place
from sealkit.secrets.spans import Shape
from sealkit.secrets.text.command_lines import in_list
from sealkit.secrets.text.command_table import PROGRAMS, TABLE
from spellings import MARK, random_value, spans, values

SPELLINGS = [
    r"docker run -e MYSQL_ROOT_PASSWORD=¤ mysql",
    r"helm install x y --set a.password=¤,b=c",
    r"kubectl create secret generic x --from-literal=password=¤",
    'curl -d \'{"user":"a","password":"¤"}\' http://x',
    r"docker login -u me -p ¤ registry.example.net",
    r'echo "¤" | docker login -u me --password-stdin',
    r"podman login --username me --password ¤ quay",
    r"helm registry login -u me -p ¤ reg",
    r"curl -u admin:¤ http://x",
    r'curl -sS --user "admin:¤" http://x',
    r"wget --user x --password=¤ http://x",
    r"mysql -uroot -p¤ -h db",
    r"mysqldump -u root -p'¤' app",
    r"mysqladmin -u root password ¤",
    r"redis-cli -a ¤ ping",
    r"redis-cli -h r --pass ¤ ping",
    r"sshpass -p ¤ ssh x",
    r"sshpass -p'¤' ssh x",
    r"htpasswd -bc file user ¤",
    r"htpasswd -nb user ¤",
    r"openssl enc -aes-256-cbc -pass pass:¤ -in x",
    r"openssl rsa -passin pass:¤ -passout pass:x",
    r"openssl enc -k ¤ -in x",
    r"mongosh -u root -p ¤ --authenticationDatabase admin",
    r"ldapsearch -x -D cn=admin -w ¤ -b dc=x",
    r"rabbitmqctl add_user me ¤",
    r"rabbitmqctl change_password me ¤",
    r"smbclient -U me%¤ //h/s",
    r"mount -t cifs //h/s /mnt -o username=me,password=¤",
    r"net use Z: \\h\s ¤ /user:me",
    r"az login -u me -p ¤",
    r"aws configure set aws_secret_access_key ¤",
    r"kubectl create secret docker-registry x --docker-password=¤ --docker-username=me",
    r"git clone https://u:¤@git.example.net/x",
    r"gpg --batch --passphrase ¤ -d x",
    r"zip -P ¤ a.zip b",
    r"7z a -p¤ a.7z b",
    r"unzip -P ¤ a.zip",
    r"keytool -import -storepass ¤ -keystore x",
    r"ansible-playbook x --become-pass=¤",
    r"snmpwalk -v3 -u me -A ¤ h",
    r"ipmitool -H h -U me -P ¤ power on",
    r"lftp -u me,¤ h",
    r"nmcli device wifi connect SSID password ¤",
    r"wpa_passphrase SSID ¤",
    r"vault write auth/x password=¤",
    r'echo "root:¤" | chpasswd',
    r"argocd login h --username admin --password ¤",
    r"mc alias set x http://h:9000 access ¤",
    r"consul members -token=¤",
    r"influx -username x -password ¤",
    r"clickhouse-client --user x --password ¤",
    r"sqlcmd -S h -U sa -P ¤ -Q x",
    r'command: [redis-cli, -a, "¤", ping]',
    r'command: ["redis-cli","-a","¤","ping"]',
    "- redis-cli\n- -a\n- ¤",
    "- --password\n- ¤",
    r'test: ["CMD", "mysqladmin", "ping", "-p¤"]',
    r'sh -c "mysql -u root -p¤"',
    r'ConvertTo-SecureString "¤" -AsPlainText -Force',
    "psql -c \"ALTER USER postgres PASSWORD '¤'\"",
    r'curl -H "Authorization: Bearer ¤" x',
    r"curl -H 'X-Vault-Token: ¤' h",
    r'curl -H "Private-Token: ¤" h',
    r'mysqli_connect("h", "u", "¤", "db")',
    r"-Dspring.datasource.password=¤",
    r'"--password", "¤"',
    r'cmd --db-password "¤" --x',
    r"net user me ¤ /add",
]


@pytest.mark.parametrize("row", SPELLINGS)
def test_the_password_of_a_command_is_found_and_nothing_else(row: str) -> None:
    secret = random_value()
    assert values(row.replace(MARK, secret)) == [secret]


@pytest.mark.parametrize("row", SPELLINGS)
def test_a_variable_in_a_command_is_no_password(row: str) -> None:
    assert values(row.replace(MARK, "$PASSWORD")) == []
    assert values(row.replace(MARK, "${PASSWORD}")) == []


def test_a_command_says_so() -> None:
    (span,) = spans(f"redis-cli -a {random_value()} ping")
    assert (span.shape, span.place) == (Shape.ARGUMENT, Place.PASSWORD)


def test_a_command_as_a_list_of_words() -> None:
    secret = random_value()
    assert list(in_list(["redis-cli", "-a", secret, "ping"])) == [(2, 0, len(secret), "password", Place.PASSWORD)]
    assert list(in_list(["curl", "-u", f"me:{secret}"])) == [(2, 3, 3 + len(secret), "password", Place.PASSWORD)]
    assert list(in_list(["app", f"--db-password={secret}"])) == [
        (1, 14, 14 + len(secret), "db-password", Place.PASSWORD)
    ]
    assert list(in_list(["redis-cli", "-a", "--no-auth-warning"])) == []


def test_every_program_of_the_table_is_known_to_triage() -> None:
    assert all(program in PROGRAMS for row in TABLE for program in row.programs.split())
