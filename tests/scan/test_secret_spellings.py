"""What Kubernetes reads as a Secret is found, however it is spelled and wherever it stands; what only looks like one is not."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from canary import Canary
from sealkit.model.severity import Severity
from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob

HEAD = "apiVersion: v1\n"
META = "metadata: {name: a}\n"
DATA = "data: {x: {b}}\n"
BLOCK = HEAD + "kind: Secret\n" + META + "data:\n  x: {b}\n"


def indented(text: str, by: int) -> str:
    return "".join(" " * by + row for row in text.splitlines(keepends=True))


def commented(text: str, mark: str = "# ") -> str:
    return "".join(mark + row for row in text.splitlines(keepends=True))


SPELLINGS = {
    "plain": HEAD + "kind: Secret\n" + META + DATA,
    "kind last, no newline": HEAD + META + DATA + "kind: Secret",
    "anchor": HEAD + "kind: &k Secret\n" + META + DATA,
    "tag": HEAD + "kind: !!str Secret\n" + META + DATA,
    "long tag": HEAD + "kind: !<tag:yaml.org,2002:str> Secret\n" + META + DATA,
    "next line": HEAD + "kind:\n  Secret\n" + META + DATA,
    "after a comment": HEAD + "kind: # what it is\n  Secret\n" + META + DATA,
    "double quotes": HEAD + 'kind: "Secret"\n' + META + DATA,
    "single quotes": HEAD + "'kind': 'Secret'\n" + META + DATA,
    "folded": HEAD + "kind: >-\n  Secret\n" + META + DATA,
    "literal": HEAD + "kind: |-\n  Secret\n" + META + DATA,
    "many spaces": HEAD + "kind   :      Secret     \n" + META + DATA,
    "explicit key": HEAD + "? kind\n: Secret\n" + META + DATA,
    "flow": "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {x: {b}}}",
    "flow without a space": '{"apiVersion":v1,"kind":Secret,"data":{"x":{b}}}',
    "alias": "a: &k Secret\n" + HEAD + "kind: *k\n" + META + DATA,
    "merge key": "base: &b {apiVersion: v1, kind: Secret}\nobject:\n  <<: *b\n  data: {x: {b}}\n",
    "list item": HEAD + "kind: List\nitems:\n- " + indented(BLOCK, 2).lstrip(),
    "second document": "a: b\n---\n" + BLOCK,
    "document marks": "%YAML 1.2\n---\n" + BLOCK + "...\n",
    "windows": BLOCK.replace("\n", "\r\n"),
    "byte order mark": "\ufeff" + BLOCK,
    "data first": "data:\n  x: {b}\n" + META + "kind: Secret\n" + HEAD,
    "value on the next line": HEAD + "kind: Secret\n" + META + "data:\n  x:\n    {b}\n",
    "value as a block": HEAD + "kind: Secret\n" + META + "data:\n  x: |\n    {b}\n",
    "value with an anchor": HEAD + "kind: Secret\n" + META + "data:\n  x: &v {b}\n",
    "value with a tag": HEAD + "kind: Secret\n" + META + "stringData:\n  x: !!str {s}\n",
    "plain and data": HEAD + "kind: Secret\n" + META + "stringData: {x: {s}}\n",
    "merged data": "a: &d {x: {b}}\nobject:\n  apiVersion: v1\n  kind: Secret\n  metadata: {name: a}\n  data:\n    <<: *d\n",
    "aliased data": HEAD + "a: &d\n  x: {b}\nkind: Secret\n" + META + "data: *d\n",
    "aliased value": HEAD + "a: &v {b}\nkind: Secret\n" + META + "data:\n  x: *v\n",
    "merge of merges": "a: &a {kind: Secret, apiVersion: v1}\nb: &b\n  <<: *a\nc:\n  <<: *b\n  stringData:\n    x: {s}\n",
    "list of merges": "a: &a {apiVersion: v1}\nb: &b {kind: Secret}\nc:\n  <<: [*a, *b]\n  data: {x: {b}}\n",
    "data with an anchor": HEAD + "kind: Secret\n" + META + "data: &d\n  x: {b}\n",
    "data with a tag": HEAD + "kind: Secret\n" + META + "data: !!map\n  x: {b}\n",
    "secret list": HEAD + "kind: SecretList\nitems:\n- metadata: {name: a}\n  data:\n    x: {b}\n",
    "list in a list": HEAD
    + "kind: List\nitems:\n- kind: List\n  apiVersion: v1\n  items:\n  - "
    + indented(BLOCK, 4).lstrip(),
    "sequence": "- " + indented(BLOCK, 2).lstrip(),
    "indented": indented(BLOCK, 2),
    "separator in a block": HEAD + "kind: ConfigMap\ndata:\n  a: |\n    b\n    ---\n    c\n---\n" + BLOCK,
    "separator in its own block": HEAD + "kind: Secret\n" + META + "stringData:\n  a: |\n    b\n    ---\n  x: {s}\n",
    "separator with content": "a: b\n--- {apiVersion: v1, kind: Secret, data: {x: {b}}}\n",
    "separator with a tag": "--- !!map\n" + BLOCK,
    "byte order mark and windows": "\ufeff" + BLOCK.replace("\n", "\r\n"),
    "tabs after colons": BLOCK.replace("kind: ", "kind:\t").replace("data:", "data:\t").replace("x: ", "x:\t"),
    "quoted keys": '"apiVersion": v1\n"kind": Secret\n"metadata": {"name": a}\n"data":\n  "x": "{b}"\n',
    "tag and quotes": HEAD + 'kind: !!str "Secret"\n' + META + DATA,
    "non-specific tag": HEAD + "kind: ! Secret\n" + META + DATA,
    "escaped kind": HEAD + 'kind: "\\x53ecret"\n' + META + DATA,
    "escaped key of kind": HEAD + '"k\\x69nd": Secret\n' + META + DATA,
    "escaped key of data": HEAD + "kind: Secret\n" + META + '"d\\x61ta":\n  x: {b}\n',
    "all escaped": HEAD + '"\\x6bind": "S\\u0065cret"\n' + META + '"\\x64\\x61\\x74\\x61": {x: {b}}\n',
    "kind over two lines": HEAD + 'kind: "Sec\\\n  ret"\n' + META + DATA,
    "data after a question mark": HEAD + "kind: Secret\n" + META + "? data\n: x: {b}\n",
    "key after a question mark": HEAD + "kind: Secret\n" + META + "data:\n  ? x\n  : {b}\n",
    "comments before the kind": HEAD + "kind:\n  # a\n  # b\n  Secret\n" + META + DATA,
    "the last kind counts": HEAD + "kind: ConfigMap\nkind: Secret\n" + META + DATA,
    "json": '{"apiVersion":"v1","kind":"Secret","data":{"x":"{b}"}}',
    "json over lines": '{\n  "apiVersion" : "v1",\n  "kind" :\n    "Secret",\n  "data" : {\n    "x" :\n "{b}"\n  }\n}',
    "json with an escape": '{"apiVersion":"v1","k\\u0069nd":"Secret","data":{"x":"{b}"}}',
    "json after json": '{"apiVersion":"v1"}\n{"apiVersion":"v1","kind":"Secret","data":{"x":"{b}"}}',
    "json with tabs": '{\n\t"apiVersion":\t"v1",\n\t"kind":\t"Secret",\n\t"data":\t{"x":\t"{b}"}\n}',
}


def filled(text: str, canary: Canary) -> str:
    secret = canary.secret("Zk4vQ9pTz", "LmXw7RbN3")
    return text.replace("{s}", secret).replace("{b}", base64.b64encode(secret.encode()).decode())


def errors(path: str, text: str) -> list[tuple[str, int]]:
    found = scan_blob(path, text.encode(), Context())
    return [(item.rule, item.line) for item in found if item.severity is Severity.ERROR]


def line_of(text: str) -> int:
    """The line that holds the value, or the one above it where the value is a block."""
    return next(at for at, row in enumerate(text.splitlines(), 1) if "{b}" in row or "{s}" in row)


@pytest.mark.parametrize("name", SPELLINGS)
def test_what_kubernetes_reads_as_a_secret(name: str, canary: Canary) -> None:
    for path in ("s.yaml", "s.json", "s.txt") if name.startswith("json") else ("s.yaml", "s.txt", "s"):
        found = errors(path, filled(SPELLINGS[name], canary))
        assert [rule for rule, _ in found] == ["SK201"]
        assert abs(found[0][1] - line_of(SPELLINGS[name])) <= 1


@pytest.mark.parametrize("name", SPELLINGS)
@pytest.mark.parametrize("kind", ["ConfigMap", "SealedThing"])
def test_another_kind_in_the_same_spelling(name: str, kind: str, canary: Canary) -> None:
    text = SPELLINGS[name].replace("SecretList", "Secret")
    for spelled in ("Secret", "\\x53ecret", "S\\u0065cret", "Sec\\\n  ret"):
        text = text.replace(spelled, kind)
    assert errors("s.yaml", filled(text, canary)) == []


@pytest.mark.parametrize("escape", ["Secr\\u0065t", "\\x53ecret", "S\\U00000065cret"])
def test_a_kind_with_escapes(escape: str, canary: Canary) -> None:
    assert errors("s.yaml", filled(f'{HEAD}kind: "{escape}"\n{META}{DATA}', canary)) == [("SK201", 4)]


FILES: dict[str, tuple[str, Callable[[str], str]]] = {
    "text": ("notes.txt", lambda text: text),
    "key": ("tls.key", lambda text: text),
    "backup": ("s.yaml.bak", lambda text: text),
    "no ending": ("manifest", lambda text: text),
    "jinja": ("s.yaml.j2", lambda text: "{% if db is defined %}\n" + text + "{% endif %}\n"),
    "makejinja": ("s.yaml.j2", lambda text: "#% if db %#\n" + text.replace("name: a", "name: #{ name }#") + "#% endif %#\n"),
    "helm": ("t.yaml", lambda text: "{{- if .Values.db }}\n" + text.replace("{name: a}", "{{- .x | nindent 2 }}") + "{{- end }}\n"),
    "erb": ("s.yaml.erb", lambda text: "<% if db %>\n" + text + "<% end %>\n"),
    "fence": ("README.md", lambda text: f"# x\n```yaml\n{text}```\nend\n"),
    "fence in a list": ("README.md", lambda text: f"- x\n\n  ```yaml\n{indented(text, 2)}  ```\n"),
    "fence in a quote": ("README.md", lambda text: f"> ```yaml\n{commented(text, '> ')}> ```\n"),
    "fence of tildes": ("README.md", lambda text: f"~~~\n{text}~~~\n"),
    "indented block": ("README.md", lambda text: f"Then apply:\n\n{indented(text, 4)}\nand wait.\n"),
    "heredoc": ("apply.sh", lambda text: f"set -e\nkubectl apply -f - <<EOF\n{text}EOF\n"),
    "quoted heredoc": ("apply.sh", lambda text: f"cat <<'END' | kubectl apply -f -\n{text}END\n"),
    "heredoc with tabs": ("apply.sh", lambda text: f"if x; then\n\tcat <<-EOF\n{commented(text, chr(9))}\tEOF\nfi\n"),
    "heredoc in a fence": ("README.md", lambda text: f"```bash\nkubectl apply -f - <<EOF\n{text}EOF\n```\n"),
    "python string": ("test_x.py", lambda text: f'def f():\n    return """\n{indented(text, 4)}    """\n'),
    "comment in yaml": ("v.yaml", lambda text: f"a: b\n{commented(text)}c: d\n"),
    "comment in shell": ("v.sh", lambda text: f"a=b\n{commented(text, '#')}c=d\n"),
    "argument": ("apply.sh", lambda text: f"kubectl create -f - <<< '{in_json(text)}'\n"),
    "escaped argument": ("apply.sh", lambda text: f"curl -d {json.dumps(in_json(text))} https://k8s.example.org\n"),
    "patch": ("kustomization.yaml", lambda text: f"patches:\n- patch: |-\n{indented(text, 4)}"),
    "extra manifests": ("values.yaml", lambda text: f"extraManifests:\n  - |\n{indented(text, 4)}"),
    "json string": ("values.json", lambda text: json.dumps({"extra": [in_json(text)]})),
    "yaml in a json string": ("values.json", lambda text: json.dumps({"extra": [text]})),
    "in a config map": ("c.yaml", lambda text: f"{HEAD}kind: ConfigMap\n{META}data:\n  s.yaml: |\n{indented(text, 4)}"),
}  # fmt: skip


def in_json(text: str) -> str:
    """BLOCK in JSON, with the value that stands in `text`."""
    return json.dumps({"apiVersion": "v1", "kind": "Secret", "data": {"x": text.rpartition("x: ")[2].strip()}})


@pytest.mark.parametrize("where", FILES)
def test_a_secret_inside_another_file(where: str, canary: Canary) -> None:
    path, wrap = FILES[where]
    text = wrap(BLOCK)
    found = errors(path, filled(text, canary))
    assert [rule for rule, _ in found] == ["SK201"]
    assert found[0][1] == line_of(text)


@pytest.mark.parametrize("where", FILES)
@pytest.mark.parametrize("kind", ["ExternalSecret", "SecretList2", "ConfigMap"])
def test_other_kinds_are_not_taken_for_one(where: str, kind: str, canary: Canary) -> None:
    path, wrap = FILES[where]
    assert errors(path, filled(wrap(BLOCK).replace("Secret", kind), canary)) == []


@pytest.mark.parametrize("where", FILES)
@pytest.mark.parametrize("value", ["{{ .Values.x }}", "${X}", "<your token>", "CHANGE_ME"])
def test_the_place_of_a_value_is_no_finding(where: str, value: str) -> None:
    path, wrap = FILES[where]
    assert errors(path, wrap(BLOCK.replace("{b}", json.dumps(value) if value[0] == "{" else value))) == []


def test_a_public_certificate_in_a_secret_is_no_finding() -> None:
    lines = "-----BEGIN CERTI" + "FICATE-----\nMIIErjCCApagAwIBAgIQ\n-----END CERTIFICATE-----\n"
    for where, (path, wrap) in FILES.items():
        assert errors(path, wrap(BLOCK.replace("{b}", base64.b64encode(lines.encode()).decode()))) == [], where


def test_secrets_in_the_template_of_another_kind_do_not_hide_behind_it(canary: Canary) -> None:
    text = (
        "{{- if .x }}\n"
        + HEAD
        + "kind: ExternalSecret\nspec:\n  data:\n    - secretKey: API_TOKEN\n{{- end }}\n---\n"
        + BLOCK
    )
    assert errors("t.yaml", filled(text, canary)) == [("SK201", line_of(text))]
