"""Split: concrete shapes, and the property that the two halves give the input back."""

from __future__ import annotations

import base64
import json
import re
import textwrap

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from canary import Canary
from sealkit.errors import RefusedError, SealkitError
from sealkit.model.tree import walk
from sealkit.overlay import prove, split
from sealkit.overlay.split import Input, Proposal
from sealkit.yamlspan.parse import parse

BEGIN, END = "-----BEGIN " + "PRIVATE KEY-----", "-----END " + "PRIVATE KEY-----"


def where(path: str) -> str:
    return split.default_private_path(path, "public", "private")


def propose(text: str, path: str = "public/a.yaml", **more: object) -> Proposal:
    """The proposal, with both proofs, and with the text outside the placeholders checked."""
    proposal = split.propose([Input(path, text, path)], where, **more)  # type: ignore[arg-type]
    prove.prove(proposal, {}, {})
    change = proposal.changes[0]
    kept = re.split(r"<sealed:[^<>]*>", change.after)
    assert re.fullmatch("(?s:.*?)".join(map(re.escape, kept)), change.before), "bytes outside the spans changed"
    return proposal


def after(text: str) -> str:
    return propose(text).changes[0].after


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def secret(body: str, block: str = "stringData") -> str:
    head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n"
    return f"{head}{block}:\n" + textwrap.indent(body, "  ")


def config(body: str, kind: str = "ConfigMap", version: str = "v1") -> str:
    return f"apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: c\n" + body


def test_each_key_of_a_secret(canary: Canary) -> None:
    one, two = canary.secret(), canary.secret()
    text = secret(f"password: {b64(one)}  # kept\nuser: '{b64(two)}'\nbin: gIGC\nnone: ''\n", "data")
    proposal = propose(text)
    assert proposal.changes[0].after == secret(
        "password: <sealed:s.password|base64>  # kept\nuser: '<sealed:s.user|base64>'\nbin: <sealed:s.bin>\nnone: ''\n",
        "data",
    )
    assert parse(proposal.private["private/a.sops.yaml"], "p")[0].tree() == {
        "s": {"password": one, "user": two, "bin": "gIGC"}
    }


@pytest.mark.parametrize(
    "shape",
    [
        "k: {v}\n", "k: '{v}'\n", 'k: "{v}"\n', 'k: "a\\t{v}\\u00e9 \\"x\\""\n', "k: 'it''s {v}'\n", "k: |\n  a\n  {v}\n",
        "k: |-\n  {v}\n", "k: |+\n  {v}\n\n\n", "k: >\n  a\n  {v}\n", "k: >-\n  {v}\n  b\n", "k: a\n  {v}\n",
        "k: &a {v}\nj: *a\n",
        "k: !!str {v}\n", 'k: "{v}\n  folded"\n', "? k\n: {v}\n", "k:\n  {v}\n", "k: |2\n    {v}\n  x\n", "k: # why\n  {v}\n",
        "k: {v}", '"k.e y": {v}\n',
    ],
)  # fmt: skip
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_style_of_scalar(canary: Canary, shape: str, newline: str) -> None:
    value = canary.secret()
    proposal = propose(secret(shape.replace("{v}", value)).replace("\n", newline))
    assert value not in proposal.changes[0].after


def test_types_are_kept() -> None:
    assert "port: <sealed:s.port>\n" in after(secret("port: 5432\nflag: 'true'\nnum: '0644'\n"))
    private = propose(secret("port: 5432\nflag: 'true'\nnum: '0644'\n")).private["private/a.sops.yaml"]
    assert parse(private, "p")[0].tree() == {"s": {"port": 5432, "flag": "true", "num": "0644"}}


@pytest.mark.parametrize(
    "key", ["type", "kind", "metadata", "apiVersion", "sops", "x_unencrypted", "tls.key", ".dockercfg"]
)
def test_no_value_gets_a_name_that_a_policy_leaves_open(canary: Canary, key: str) -> None:
    proposal = propose(secret(f"{key}: {canary.secret()}\n"))
    for route, _ in walk(parse(proposal.private["private/a.sops.yaml"], "p")[0].tree()):
        assert not {"type", "kind", "metadata", "apiVersion", "sops"} & set(route.keys)
        assert not any(part.endswith("_unencrypted") for part in route.keys)


def test_env_arguments_urls_and_files(canary: Canary) -> None:
    pw = [canary.secret() for _ in range(8)]
    text = config(
        f"""spec:
  template:
    spec:
      containers:
      - name: api
        args: ["--password={pw[0]}", --token, {pw[1]}, -v]
        command: [sh, -c, "PGPASSWORD={pw[2]} psql -h db; mysql -uroot -p{pw[3]} x"]
        env:
        - name: DSN
          value: postgres://app:{pw[4]}@db/shop
        - {{name: API_TOKEN, value: '{pw[5]}'}}
        - name: FROM
          valueFrom: {{secretKeyRef: {{name: shop-db, key: password}}}}
        - {{name: PASSWORD_FILE, value: /run/secrets/pw}}
        - {{name: OTHER_PASSWORD, value: $(API_TOKEN)}}
        livenessProbe:
          httpGet:
            httpHeaders:
            - name: Authorization
              value: Bearer {pw[6]}
      imagePullSecrets: [{{name: registry}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: c}}
data:
  DB_PASSWORD: {pw[7]}
  x.toml: |
    # about
    token = "{pw[5]}"

    [key]
      pem = '''{BEGIN}
      {pw[6]}
      {END}'''
""",
        "Deployment",
        "apps/v1",
    )
    public = after(text)
    assert not any(secret in public for secret in pw)
    assert "secretKeyRef: {name: shop-db, key: password}" in public
    assert "value: /run/secrets/pw" in public
    assert "value: $(API_TOKEN)" in public
    assert 'token = "<sealed:c.API_TOKEN>"' in public  # the same value, the same name
    assert "value: postgres://app:<sealed:c.DSN_password>@db/shop" in public
    assert "value: Bearer <sealed:c.Authorization>" in public
    assert "pem = '''<sealed:c.x.toml_private_key>'''" in public


def test_percent_encoded_passwords_are_kept_decoded(canary: Canary) -> None:
    value = canary.secret("p@")
    quoted = value.replace("@", "%40")
    proposal = propose(config(f"data: {{u: 'redis://:{quoted}@r'}}\n"))
    assert "redis://:<sealed:c.u_password|urlencode>@r" in proposal.changes[0].after
    assert value in proposal.private["private/a.sops.yaml"]


def test_custom_resources_and_references(canary: Canary) -> None:
    value = canary.secret()
    text = config(
        f"spec:\n  apiKey: {value}\n  auth: {{clientSecret: x-{value}, clientID: shop}}\n  existingSecret: shop-db\n"
        "  secretName: shop-tls\n  tokenUrl: https://idp.example.org/token\n  secretRef: {name: a}\n"
        "  webhook-secret: shop-secret\n"
        "  caCert: |\n    -----BEGIN CERTIFICATE-----\n    MIIB\n    -----END CERTIFICATE-----\n  password: CHANGE_ME\n",
        "Thing",
        "example.org/v1",
    )
    proposal = propose(text)
    assert sorted(moved.name for moved in proposal.moved) == ["c.apiKey", "c.clientSecret"]


def test_sealed_and_described_kinds_are_left_alone(canary: Canary) -> None:
    for kind in ("SealedSecret", "ExternalSecret", "CustomResourceDefinition"):
        field = "encryptedData" if kind == "SealedSecret" else "versions"
        assert not propose(config(f"spec: {{{field}: {{password: {canary.secret()}}}}}\n", kind)).moved


def test_lists_and_json(canary: Canary) -> None:
    value = canary.secret()
    item = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
        "stringData": {"a": value, "b": 'x"\n' + value},
    }
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [item]}, indent=2)
    proposal = propose(text, "public/x.json")
    assert set(proposal.private) == {"private/x.sops.yaml"}
    assert json.loads(proposal.changes[0].after)["items"][0]["stringData"] == {"a": "<sealed:s.a>", "b": "<sealed:s.b>"}


def test_a_private_key_inside_base64_in_a_config_map(canary: Canary) -> None:
    key = b64(f"{BEGIN}\n{canary.secret()}\n{END}\n")
    assert key not in after(config(f"data: {{k: {key}}}\n"))


def test_kubeconfigs_and_service_accounts_in_files(canary: Canary) -> None:
    key, token, private = b64(f"{BEGIN}\n{canary.secret()}\n{END}\n"), canary.secret(), canary.secret()
    cert = b64("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    account = json.dumps(
        {"type": "service_account", "private_key": f"{BEGIN}\n{private}\n{END}\n", "private_key_id": "ab"}
    )
    text = config(
        "data:\n  config: |\n    apiVersion: v1\n    kind: Config\n    users:\n    - name: admin\n      user:\n"
        f"        client-certificate-data: {cert}\n        client-key-data: {key}\n        token: {token}\n"
        f"  account.json: |\n    {account}\n"
    )
    public = after(text)
    assert cert in public
    assert not any(secret in public for secret in (key, token, private))
    assert '"private_key_id": "ab"' in public


def test_anchors_and_merge_keys(canary: Canary) -> None:
    one, two = canary.secret(), canary.secret()
    text = config(
        f"spec:\n  base: &base\n    password: &pw {one}\n    env: &env\n    - {{name: API_TOKEN, value: {two}}}\n"
        "  again:\n    <<: *base\n    host: x\n  third: {password: *pw, env: *env}\n",
        "Thing",
        "example.org/v1",
    )
    proposal = propose(text)
    assert proposal.changes[0].after == text.replace(one, "<sealed:c.password>").replace(two, "<sealed:c.API_TOKEN>")


def test_a_copy_of_a_secret_in_an_annotation(canary: Canary) -> None:
    value = canary.secret()
    inner = json.dumps({"kind": "Secret", "data": {"password": b64(value)}})
    text = (
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  annotations:\n"
        f"    kubectl.kubernetes.io/last-applied-configuration: |\n      {inner}\ndata:\n  password: {b64(value)}\n"
    )
    assert b64(value) not in after(text)


def test_the_same_value_has_one_name_in_a_file_and_is_found_elsewhere(canary: Canary) -> None:
    value = canary.secret()
    text = secret(f"password: {value}\nagain: {value}\n") + "---\n" + config(f"data: {{script: 'run {value} now'}}\n")
    proposal = propose(text)
    assert [moved.name for moved in proposal.moved] == ["s.password"]
    assert "script: 'run <sealed:s.password> now'" in proposal.changes[0].after


def test_each_moved_value_has_the_route_it_had(canary: Canary) -> None:
    """Of a whole value, of a part of one, and of one that a list item holds."""
    url = f"postgres://app:{canary.secret()}@db/shop"
    proposal = propose(
        secret(f"password: {canary.secret()}\n")
        + "---\n"
        + config(f"data: {{url: '{url}', env: [{{name: TOKEN, value: {canary.secret()}}}]}}\n")
    )
    assert [moved.route for moved in proposal.moved] == [".stringData.password", ".data.url", ".data.env[TOKEN].value"]


def test_same_names_get_a_number(canary: Canary) -> None:
    one, two = canary.secret(), canary.secret()
    proposal = propose(secret(f"password: {one}\n") + "---\n" + secret(f"password: {two}\n"))
    assert [moved.name for moved in proposal.moved] == ["s.password", "s.password-2"]
    taken = propose(secret(f"password: {one}\n"), taken=["s.password"])
    assert taken.moved[0].name == "s.password-2"


def test_a_bracket_before_a_value_does_not_make_it_literal(canary: Canary) -> None:
    propose(config(f"data: {{x: 'password=<{canary.secret()}'}}\n"))
    propose(config(f"data: {{x: 'a <<redis://:{canary.secret()}@r'}}\n"))


def test_again_changes_nothing(canary: Canary) -> None:
    first = propose(secret(f"a: {canary.secret()}\nb: 'x {canary.secret()}'\n"))
    again = split.propose([Input("public/a.yaml", first.changes[0].after, "a")], where, dict(first.private))
    assert again.changes[0].after == again.changes[0].before
    assert not again.private


def test_an_existing_sealed_half_is_extended(canary: Canary) -> None:
    kept, new = canary.secret(), canary.secret()
    before = f"# why\ns:\n  old: {kept} # kept\n  # last\nother: 1\n"
    text = secret(f"old: <sealed:s.old>\nnew: {new}\n") + "---\n" + config(f"data: {{token: {new}x}}\n")
    path = "private/a.sops.yaml"
    proposal = split.propose([Input("public/a.yaml", text, "a")], where, {path: before}, ["s.old", "other"])
    prove.prove(proposal, {}, {})
    assert (
        proposal.private[path]
        == f"# why\ns:\n  old: {kept} # kept\n  new: {new}\n  # last\nother: 1\nc:\n  token: {new}x\n"
    )


@pytest.mark.parametrize(
    "before",
    ["", "x: 1", "s: {a: 1}\n", "s: 1\n", "apiVersion: v1\nkind: Secret\nmetadata: {name: z}\n", "{}\n",
     "s:\n  k: |\n    a\n\n# c\n", "s:\n    deep:\n        a: b\n", "a: &x {b: 1}\ns: *x\n"],
)  # fmt: skip
def test_extending_any_shape(canary: Canary, before: str) -> None:
    value = canary.secret()
    proposal = split.propose(
        [Input("public/a.yaml", secret(f"new: {value}\n"), "a")], where, {where("public/a.yaml"): before}
    )
    prove.prove(proposal, {}, {})


def test_a_secret_in_what_is_no_manifest_is_refused(canary: Canary) -> None:
    with pytest.raises(RefusedError, match=r"a\.yaml:1: \.password looks like a secret"):
        propose(f"password: {canary.secret()}\n")
    assert propose("just: values\n").left


def test_what_stays_behind_is_refused_by_name_and_line(canary: Canary) -> None:
    value = canary.secret()
    with pytest.raises(RefusedError, match=r"a\.yaml:1: the value of s\.password is still there"):
        propose(f"# was {value} once\n" + secret(f"password: {value}\n"))
    proposal = split.propose([Input("public/a.yaml", secret(f"password: {value}\n"), "a")], where)
    for spelling in (value, b64(value), b64("x" + value), value.encode().hex()):
        with pytest.raises(RefusedError, match=r"README:2: "):
            prove.prove(proposal, {}, {"public/README": f"hi\nsee {spelling}\n".encode()})


def test_words_that_stand_everywhere_do_not_stop_a_split() -> None:
    propose("# the shop\n" + secret("POSTGRES_USER: shop\nPOSTGRES_DB: shop\npassword: postgres\n"))


@pytest.mark.parametrize("text", ["a: [\n", "\x00", "a: {{ .Values.x }}\n{{- if x }}\n", "k: 1\nk: 1\n"])
def test_bad_yaml_is_one_error(text: str) -> None:
    with pytest.raises(SealkitError):
        propose(text)


def test_the_proof_notices_a_wrong_half(canary: Canary) -> None:
    proposal = split.propose([Input("public/a.yaml", secret(f"p: {canary.secret()}\n"), "a")], where)
    path = where("public/a.yaml")
    proposal.private[path] = proposal.private[path].rstrip("\n") + "x\n"
    with pytest.raises(RefusedError, match="could not be split without a change"):
        prove.prove(proposal, {}, {})


def test_a_proposal_does_not_print_what_it_holds(canary: Canary) -> None:
    item = Input("public/a.yaml", secret(f"p: {canary.secret()}\n"), "a")
    for shown in (repr(item), repr(split.propose([item], where))):
        assert canary.text not in shown


# --- the property

VALUES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="\ufeff"), max_size=20
)
LINES = st.lists(VALUES, max_size=4).map("\n".join)


def plain(value: str) -> str:
    from sealkit.yamlspan.edit import yaml_scalar

    return yaml_scalar(value)


def literal(value: str) -> str:
    from sealkit.yamlspan.edit import yaml_scalar

    return yaml_scalar(value, indent=6)


def single(value: str) -> str:
    return plain(value) if "\n" in value else "'" + value.replace("'", "''") + "'"


STYLES = st.sampled_from([plain, literal, single, json.dumps])
NAMES = st.sampled_from(["password", "DSN", "API_TOKEN", "note", "app.conf", "kind", "client-key-data"])
AROUND = st.sampled_from(
    ["{}", "password={}", "postgres://u:{}@h/d", "<{}", "a <sealed {}", 'token = "{}"\nx = 1', "--token={}"]
)


@st.composite
def manifests(draw: st.DrawFn) -> str:
    """A stream of one or more objects whose values are written in any style."""
    out = []
    for index in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["Secret", "ConfigMap", "Thing"]))
        block = {"Secret": "stringData", "ConfigMap": "data", "Thing": "spec"}[kind]
        lines = [f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: o{index}\n{block}:"]
        for key in draw(st.lists(NAMES, unique=True, max_size=4)):
            value = draw(AROUND).replace("{}", draw(LINES)) if draw(st.booleans()) else draw(LINES)
            lines.append(f"    {key}: {draw(STYLES)(value)}{draw(st.sampled_from(['', '  # note', '   ']))}")
        out.append("\n".join(lines))
    text = "\n---\n".join(out) + draw(st.sampled_from(["", "\n", "\n# end\n"]))
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(manifests())
def test_split_and_render_is_identity(text: str) -> None:
    assume("sealed:" not in text)  # whoever writes that means a placeholder, or is told
    try:
        parse(text, "x")
    except SealkitError:
        return  # a comment after a block scalar and the like: not our input
    proposal = split.propose([Input("public/a.yaml", text, "a")], where)
    prove.gives_back(proposal, {})
    change = proposal.changes[0]
    kept = re.split(r"<sealed:[^<>]*>", change.after)
    if all("<sealed" not in part for part in kept):
        assert re.fullmatch("(?s:.*?)".join(map(re.escape, kept)), change.before)
    again = split.propose([Input("public/a.yaml", change.after, "a")], where, dict(proposal.private))
    prove.gives_back(again, {path: prove.plain_trees(path, text) for path, text in proposal.private.items()})
