"""All places, by file family."""

from __future__ import annotations

from quality.manifests import MANIFESTS, SECRET
from quality.place import Place

_ENV = ("${@U@}", "$@U@", '"${@U@}"', "${@U@:-}", "$(cat /run/secrets/@S@)")
_HCL = (
    "var.@S@",
    "local.@S@",
    "random_password.db.result",
    "data.vault_generic_secret.app.data.@S@",
    '"${var.@S@}"',
    "null",
)
_PY = ('os.environ["@U@"]', "settings.@U@", "get_@S@(user)", "None", "@S@", 'config.get("@S@")')
_JS = ("process.env.@U@", "config.@C@", "undefined", "await load@C@()", "`${process.env.@U@}`")

CONFIGURATION = (
    Place("yaml", "config.yaml", "server:\n  port: 8080\n  @N@: @V@\n", "snake", "yaml"),
    Place("yaml", "values.yaml", "image: {tag: 1.2.3}\nadmin:\n  user: root\n  @N@: @V@\n", "camel", "yaml"),
    Place(
        "yaml",
        "main.yml",
        "- name: Create the user\n  community.mysql.mysql_user:\n    name: app\n    @N@: @V@\n",
        "snake",
        "yaml",
        ('"{{ @S@ }}"', "\"{{ lookup('env', '@U@') }}\""),
    ),
    Place("json", "config.json", '{\n  "port": 80,\n  "@N@": @V@\n}\n', "camel", "json"),
    Place(
        "json",
        "appsettings.json",
        '{"Logging": {"Level": "Info"},\n "Auth": {"User": "app",\n  "@N@": @V@}}\n',
        "pascal",
        "json",
    ),
    Place("toml", "config.toml", "[database]\nport = 5432\n@N@ = @V@\n", "snake", "json"),
    Place("toml", "Settings.toml", "[auth]\nenabled = true\n@N@ = @V@\n", "kebab", "json"),
    Place("ini", "app.ini", "[database]\nHOST = db:5432\n@N@ = @V@\n", "upper"),
    Place("ini", "server.cfg", "[main]\nport=80\n@N@=@V@\n", "snake"),
    Place("dotenv", ".env", "LOG_LEVEL=info\n@N@=@V@\n", "upper", "raw", _ENV),
    Place("dotenv", "prod.env", 'export PORT=80\nexport @N@="@V@"\n', "upper"),
    Place(
        "hcl", "main.tf", 'resource "aws_db_instance" "db" {\n  name = "app"\n  @N@ = @V@\n}\n', "snake", "json", _HCL
    ),
    Place("hcl", "terraform.tfvars", 'region = "eu-west-1"\n@N@ = @V@\n', "snake", "json"),
    Place("hcl", "variables.tf", 'variable "@N@" {\n  type = string\n  default = @V@\n}\n', "snake", "json", ("null",)),
    Place(
        "tfstate",
        "terraform.tfstate",
        '{"version": 4, "resources": [{"type": "random_password", "name": "db", "instances": [\n'
        ' {"attributes": {"length": 24,\n  "result": @V@}}]}]}\n',
        "snake",
        "json",
    ),
    Place(
        "xml",
        "settings.xml",
        "<settings>\n  <server>\n    <id>central</id>\n    <@N@>@V@</@N@>\n  </server>\n</settings>\n",
        "camel",
        "xml",
        ("${env.@U@}",),
    ),
    Place(
        "xml",
        "web.config",
        '<configuration><appSettings>\n  <add key="@N@" value="@V@" />\n</appSettings></configuration>\n',
        "pascal",
        "xml",
    ),
    Place(
        "properties",
        "application.properties",
        "server.port=8080\nspring.datasource.@N@=@V@\n",
        "dotted",
        "raw",
        ("${@U@}",),
    ),
    Place(
        "systemd",
        "app.service",
        "[Service]\nExecStart=/usr/bin/app\nEnvironment=@N@=@V@\n",
        "upper",
        "raw",
        ("%d/@S@",),
    ),
    Place(
        "compose",
        "docker-compose.yml",
        "services:\n  app:\n    image: app:1\n    environment:\n      @N@: @V@\n",
        "upper",
        "yaml",
        _ENV[:2],
    ),
    Place(
        "compose",
        "compose.yaml",
        "services:\n  db:\n    image: db:1\n    environment:\n      - TZ=UTC\n      - @N@=@V@\n",
        "upper",
        "raw",
        _ENV[:2],
    ),
    Place("docker", "Dockerfile", "FROM alpine:3.20\nENV @N@=@V@\nRUN true\n", "upper", "raw", _ENV[:2]),
    Place("docker", "app.Dockerfile", 'FROM alpine:3.20\nARG @N@="@V@"\n', "upper", "raw", _ENV[:2]),
    Place("jinja", "config.j2", "{% if debug %}\nlevel = debug\n{% endif %}\nuser = {{ user }}\n@N@ = @V@\n", "snake"),
    Place(
        "helm",
        "templates/secret.yaml",
        "{{- if .Values.on }}\n" + SECRET + '  labels: {{- include "a.labels" . | nindent 4 }}\n'
        "stringData:\n  user: {{ .Values.user }}\n  @N@: @V@\n{{- end }}\n",
        "kebab",
        "yaml",
    ),
    Place("gotmpl", "config.tmpl", "{{ range .hosts }}\nhost {{ . }}\n{{ end }}\n@N@ = @V@\n", "snake"),
)
CODE = (
    Place(
        "make", "Makefile", "PORT ?= 80\n@N@ ?= @V@\nall:\n\ttrue\n", "upper", "raw", ("$(@U@)", "$(shell pass @S@)")
    ),
    Place(
        "shell",
        "deploy.sh",
        '#!/bin/sh\nset -e\nexport @N@="@V@"\n',
        "upper",
        "raw",
        ("$(pass show @S@)", "$1", "${@U@:?}"),
    ),
    Place("shell", "run.sh", "#!/bin/bash\n@N@='@V@'\necho done\n", "snake"),
    Place("python", "settings.py", "DEBUG = False\n@N@ = @V@\n", "upper", "json", _PY),
    Place(
        "python",
        "client.py",
        "import app\n\nclient = app.Client(\n    user='app',\n    @N@=@V@,\n)\n",
        "snake",
        "json",
        _PY,
    ),
    Place("javascript", "config.js", "module.exports = {\n  port: 80,\n  @N@: @V@,\n};\n", "camel", "json", _JS),
    Place("javascript", "index.ts", "const @N@ = @V@;\nexport default start();\n", "camel", "json", _JS),
    Place("php", "config.php", "<?php\n$config['user'] = 'app';\n$config['@N@'] = '@V@';\n", "snake", "raw"),
    Place("php", "wp-config.php", "<?php\ndefine( 'DB_NAME', 'app' );\ndefine( '@N@', '@V@' );\n", "upper"),
    Place(
        "notebook",
        "analysis.ipynb",
        '{"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "source": [\n'
        '  "import app\\n",\n  "@N@ = \\"@V@\\"\\n"]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n',
    ),
)
FIXED = (
    Place("sql", "dump.sql", "CREATE DATABASE app;\nCREATE USER app WITH PASSWORD '@V@';\n", own=(":@S@", "%s")),
    Place("sql", "grants.sql", "CREATE USER 'app'@'%' IDENTIFIED BY '@V@';\nFLUSH PRIVILEGES;\n", own=("?", ":@S@")),
    Place(
        "url",
        "urls.yaml",
        "cache: redis:6379\ndsn: postgres://app:@V@@db.internal:5432/app\n",
        quote="url",
        own=("${@U@}",),
    ),
    Place("url", "backup.conf", "source = mongodb://root:@V@@mongo:27017/app\n", quote="url", own=("$@U@",)),
    Place(
        "connection string",
        "web.json",
        '{"ConnectionStrings": {\n  "Default": "Server=db;Database=app;User Id=app;Password=@V@;"}}\n',
    ),
    Place("connection string", "app.conf", 'dsn = "host=db user=app password=@V@ dbname=app"\n', own=("${@U@}",)),
    Place("command", "login.sh", "#!/bin/sh\ndocker login -u app -p '@V@' registry.local\n", own=('"$@U@"',)),
    Place("command", "fetch.sh", "#!/bin/sh\ncurl -s --user 'app:@V@' https://api.internal/v1\n", own=("$@U@",)),
    Place("command", "load.sh", "#!/bin/sh\nPGPASSWORD='@V@' psql -h db -U app app < dump\n", own=("$@U@",)),
    Place("command", "dump.sh", "#!/bin/sh\nmysqldump -u root -p'@V@' app > out\n", own=("$@U@",)),
    Place("command", "jump.sh", "#!/bin/sh\nsshpass -p '@V@' ssh app@host uptime\n", own=("$@U@",)),
    Place("command", "ping.sh", "#!/bin/sh\nredis-cli -h cache -a '@V@' ping\n", own=("$@U@",)),
    Place(
        "command",
        "workflow.yml",
        "on: push\njobs:\n  test:\n    steps:\n    - run: docker run -e POSTGRES_PASSWORD='@V@' db:1\n",
        own=("${{ secrets.@U@ }}",),
    ),
    Place("spaced", "redis.conf", "port 6379\nrequirepass @V@\n"),
    Place("spaced", ".msmtprc", "account home\nhost mail.internal\nuser app\npassword @V@\n"),
    Place(
        "spaced", "fluent-bit.conf", "[OUTPUT]\n    Name es\n    HTTP_User app\n    HTTP_Passwd @V@\n", own=("${@U@}",)
    ),
    Place("login file", ".netrc", "machine api.internal\nlogin app\npassword @V@\n"),
    Place("login file", ".pgpass", "db.internal:5432:app:app:@V@"),
    Place("login file", ".npmrc", "fund=false\n//npm.internal/:_authToken=@V@\n", own=("${@U@}",)),
    Place("login file", ".pypirc", "[internal]\nrepository = https://pypi.internal\nusername = app\npassword = @V@\n"),
    Place("login file", ".git-credentials", "https://app:@V@@git.internal\n", quote="url"),
    Place(
        "header",
        "client.http",
        "GET /v1/items HTTP/1.1\nHost: api.internal\nAuthorization: Bearer @V@\n",
        own=("{{@S@}}", "$@U@"),
    ),
    Place("header", "call.sh", '#!/bin/sh\ncurl -H "X-Api-Key: @V@" https://api.internal/v1\n', own=("$@U@", "${@U@}")),
)
PLACES = (*MANIFESTS, *CONFIGURATION, *CODE, *FIXED)
LOGIN_ONLY = frozenset({"header", "login file", "spaced", "url", "command", "connection string", "sql", "tfstate"})
"""Families with a name of their own: a sentence, a label or an identifier cannot stand there, or would be a password."""
