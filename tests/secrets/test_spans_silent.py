"""What looks like a secret and is none; and that hostile text costs no more than its length.

`¤` stands for a secret that is made while the test runs.
"""

from __future__ import annotations

import time

import pytest

from spellings import values

LOOK_ALIKES = [
    r"password = var.db_password",
    r'url = format("postgres://%s:%s@%s/db", a, b, c)',
    r"password: str",
    r"dsn: tcp://${env:DB_USER}:${env:DB_PASSWORD}@${env:DB_HOST}:${env:DB_PORT}/app",
    r"proxy_pass: http://127.0.0.1:{{ ports.app }}/",
    r"PASS: EGR-000006: indexed_by relationship present",
    r"PASS: build-a83kd92jf0 finished in 3 s",
    r"    token = sys.argv[1]",
    r"secret_key = settings.blorptang[0]",
    r'PUBKEY="¤ab9XZ0q1="',
    r"""("smtp_password", 'var.mail_accounts["info@example.org"]'),""",
    r'curl -sfL https://get.example.org | sh -s - --vpn-auth="name=tailnet,joinKey=$TAILNET_KEY"',
    r'req.Header.Set("Authorization", "Bearer "+c.apiKey)',
    r'headers = {"Authorization": "Bearer " + load_secret_value_9x()}',
    r'kubectl create secret generic k3s --from-file=k3s-token="$SECRETS_DIR/k3s-token"',
    r"password: Optional[str] = None",
    r"def f(user: str, password: str) -> None:",
    r"password = self.password",
    r"| `password` | string | the password of the user |",
    r"| password | the password | yes |",
    r'password: "^[a-z0-9]{8,}$"',
    r"--password string   the password of the registry",
    r"  -p, --password PASSWORD   password to use",
    r"me ALL=(ALL) NOPASSWD:ALL",
    r"token: ${{ secrets.GITHUB_TOKEN }}",
    r"http://host:8080/path@x",
    r"image: foo@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    r"email: someone@example.com",
    r"password: <your password>",
    r"password = getpass()",
    r"password=$PASSWORD",
    r'password="$PASSWORD"',
    r"password=$(cat /run/secrets/x)",
    r"PASSWORD_FILE=/run/secrets/db",
    r"existingSecret: my-secret",
    r"secretName: db-credentials",
    r"passwordKey: password",
    r"key: password",
    r"passwd hash512",
    r"'(-p+ --password=-)'{-p+,--password=-}'[password for use with authentication and/or sudo]: :' ",
    r'ClusterSecret["Secret: media-cluster<br/>ArgoCD cluster registration<br/>cluster_name: media"]',
    r'return "Basic" + base64(user)',
    r'scheme = "Basic realm"',
    r"secretKeyRef: {name: db, key: password}",
    r"postgres://user:$PASSWORD@h/db",
    r"postgres://user:{{ .password }}@h/db",
    r"postgres://<user>:<password>@h/db",
    r"Password Manager",
    r"password manager",
    r"token: string",
    r"type: password",
    r"curl -u $USER:$PASS http://x",
    r"docker login -u x --password-stdin",
    r"mysql -u root -p < dump.sql",
    r"mysql -u root -p app",
    r"tar -p x",
    r"forgot password?",
    r'"password": "Password",',
    r"label: Password",
    r'placeholder="Password"',
    r"password: true",
    r"tokens: 4096",
    r"max_tokens=4096",
    r"KEY_LENGTH=2048",
    r"ssh -p 2222 host",
    r'redis-cli -a "$REDIS_PASSWORD" ping',
    r"apiVersion: v1",
    r"name: password",
    "- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:",
    r"secret: db-secret",
    r"tokenPath: /var/run/secrets/token",
    r"if password == nil {",
    r'password != ""',
    r"pattern: password=(\S+)",
    r're.compile(r"password\s*=\s*\S+")',
    r"const password = req.body.password;",
    r'let token = localStorage.getItem("token");',
    r"--password=${PASSWORD}",
    r'kubectl get secret x -o jsonpath="{.data.password}"',
    r"PRIMARY KEY (id)",
    r"`password` varchar(60) DEFAULT NULL,",
    r"password VARCHAR(60)",
    r"password char(32)",
    r"see the password section.",
    r"https://example.com/?key=value&page=2",
    r"publicKey: AAAAB3NzaC1yc2EAAAADAQABAAABAQCOiwy0NSpsTX",
    r"Authorization: Bearer $TOKEN",
    r"Authorization: Bearer <token>",
    r'-H "Authorization: Bearer ${TOKEN}"',
    r'getPassword("database")',
    r't("password", "Password")',
    r"password: !vault |",
    r"password: |",
    r"password: &pw",
    r"password: *pw",
    r'password: ""',
    r"<password></password>",
    r"<password>${db.password}</password>",
    r'<property name="password" value="${pw}"/>',
    r"primary key: id_user_4a",
    r"key: app.kubernetes.io/name",
    r"keys: [a, b]",
    r'echo "$PASS" | sudo -S ls',
    r"image: registry:5000/x/y:v1@sha256:abc",
    r"git@github.com:foo/bar.git",
    r"ssh://git@github.com:22/foo",
    r"tokenizer: foo",
    r"password.length > 8",
    r"Password must be at least 8 characters",
    r"Password: must be at least 8 characters",
    r"password: the password of the user",
    r"openssl rsa -passin env:PW",
    r"openssl rand -hex 32",
    r"kubectl config set-context x",
    r"git config user.name foo",
    r'MARKERS = ("password", "identified", "insert into")',
    r'Shape.PASSWORD: "SK204",',
    r"--- PASS: TestGetOrCreateChannelReturnsExistingChannel (0.00s)",
    r"Authorization: Bearer eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9...",
    r'"access_token": "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9...",',
    r"password: 'ey...'",
    r'token: "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"',
    r"Password: </code></pre></figure>",
    r'input[type="password"]:focus,',
    r"# requirepass is set by the --requirepass command line argument",
    r"@Option(names = ['--registry-password'], description = TEXT)",
    r"admin password: kubectl -n argocd get secret admin",
    r"Password: hidden2day (unless you changed it)",
    r'echo "  SKIP $username (no password configured)"',
    r"description: Mail user set password response.",
    r"- `orange-client-secret`: OAuth2 Client Secret",
    r'parse-passwd: "npm:^1.0.0"',
    r"Cookie: _oauth2_proxy=abc123def456",
    r"- key: ovn4nfv-k8s-plugin",
    r"mail.key: 'base64-encoded-DKIM-key'",
    r"DB_PASS=$2",
    r'"privateKey": "LINE_1\nLINE_2\nLINE_2",',
    r"public key: 9DC858229FC7DD38854AE2D88D81803C0EBFCD88",
]


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_look_alikes_are_silent(text: str) -> None:
    assert values(text) == []


HOSTILE = [
    "password=", "password: ", 'pw="', "password='x ", "_auth=", "--password ", "docker login -p ", "http://a:b@", "<password>",
    'name="password" ', "INSERT INTO x (password) VALUES (", "(", "('password', ", "login a password ", '\\"', "$2y$10$",
    "authorization: bearer ", "cookie: a", "PASSWORD '", "identified by '", "\n- a", "a.b-", "a-", "&quot;", 'login("', "${a", "{{",
    "user a b ", "key-string ", 'sh -c "mysql -p" ', "é=", "pw=pw='pw=\"",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_the_time_grows_with_the_length_alone(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        start = time.process_time()
        values(text)
        return time.process_time() - start

    seconds(10_000)
    short, long = seconds(100_000), seconds(1_000_000)
    assert long < 15
    assert long < max(30 * short, 1.0)
