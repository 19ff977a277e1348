"""What the census says of one file: each rule on a file that sops sealed and somebody changed by hand."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from census_files import Sealer

from canary import Canary
from sealkit.model.rules import RULES
from sealkit.model.severity import Severity
from sealkit.sealed.census import census
from sealkit.sealed.leaf_state import Census, LeafState
from sealkit.sealed.policy import Policy

OBJECT = """\
kind: Secret
metadata:
    name: app
    labels: {{}}
stringData:
    # the one from before
    password: {password}
    empty: ""
    none: null
    port: 8080
    hosts:
        - {host}
"""


@pytest.fixture
def sealer(tmp_path: Path, age_key: str, canary: Canary) -> Sealer:
    canary.allow(tmp_path / "home")
    folder = tmp_path / "repository"
    folder.mkdir()
    return Sealer(folder, age_key)


@pytest.fixture
def text(canary: Canary) -> str:
    """A Secret in the clear."""
    return OBJECT.format(password=canary.secret(), host=canary.secret())


DATA = "encrypted_regex: ^(data|stringData)$"


def rules(found: Census) -> list[tuple[str, str]]:
    """Rule and route of each finding; the canary would see a value in what a finding says."""
    for each in found.findings:
        assert each.hint
        assert "cnry" not in each.message + each.hint + each.route
        assert (Path(__file__).parents[2] / f"docs/rules/{each.rule}.md").exists()
    return [(each.rule, each.route) for each in found.findings]


def state(found: Census, route: str) -> LeafState:
    return next(leaf.state for leaf in found.leaves if str(leaf.route) == route and not leaf.comment)


def without_policy(text: str, path: str = "a.yaml") -> Census:
    return census(path, text.encode(), None)


def hand(text: str, old: str, new: str) -> str:
    """An edit by hand: `old` is a pattern that must be there."""
    assert re.search(old, text, re.MULTILINE), old
    return re.sub(old, lambda _: new, text, count=1, flags=re.MULTILINE)


def test_a_file_as_sops_made_it_is_clean(sealer: Sealer, text: str) -> None:
    policy = sealer.policy_of(DATA)
    found = census("a.yaml", sealer.seal(text).encode(), policy)
    assert rules(found) == []
    assert state(found, ".kind") is LeafState.EXEMPT
    assert state(found, ".stringData.password") is LeafState.SEALED
    assert state(found, ".stringData.empty") is LeafState.EMPTY
    assert state(found, ".stringData.none") is LeafState.EMPTY
    assert state(found, ".stringData.hosts[0]") is LeafState.SEALED
    assert [leaf.state for leaf in found.leaves if leaf.comment] == [LeafState.SEALED]


def test_an_open_leaf(sealer: Sealer, text: str, canary: Canary) -> None:
    sealer.policy_of(DATA)
    sealed = hand(sealer.seal(text), "^    port: .*$", f"    port: 8080\n    token: {canary.secret()}")
    found = without_policy(sealed)
    assert rules(found) == [("SK101", ".stringData.port"), ("SK101", ".stringData.token")]
    assert found.findings[1].line == sealed[: sealed.index("token:")].count("\n") + 1
    other = without_policy(sealed.replace(canary.text, canary.text[::-1]))
    assert other.findings[1].fingerprint != found.findings[1].fingerprint
    assert other.findings[0].fingerprint == found.findings[0].fingerprint


def test_an_open_leaf_that_only_the_rule_seals(sealer: Sealer, text: str) -> None:
    sealer.policy_of(DATA)
    sealed = sealer.seal(text)
    policy = sealer.policy_of("unencrypted_regex: ^(kind|labels)$")
    found = census("a.yaml", sealed.encode(), policy)
    assert rules(found) == [("SK101", ".metadata.name"), ("SK402", ".sops")]
    assert "another selector" in found.findings[0].message


def test_a_rule_without_a_selector_says_nothing_of_leaves(sealer: Sealer, text: str) -> None:
    policy = sealer.policy_of()
    found = census("a.yaml", sealer.seal(text, "a.yaml", "--encrypted-regex", "^stringData$").encode(), policy)
    assert rules(found) == []


@pytest.mark.parametrize(
    ("path", "path_regex", "private", "expected"),
    [
        ("private/a.yaml", "^private/", False, ["SK102"]),
        ("app/a.sops.yaml", r"\.sops\.yaml$", False, ["SK102"]),
        ("a.yaml", "", False, []),
        ("a.yaml", r".*\.ya?ml$", False, []),
        ("a.yaml", "", True, ["SK102"]),
        ("a.yaml", "^other/", False, []),
        ("a.yaml", "^other/", True, ["SK102"]),
        ("README", "^other/", True, []),
        ("tls.key", r"\.key$", False, []),
        ("private/tls.key", "^private/", False, ["SK102"]),
    ],
)
def test_an_unsealed_file(
    sealer: Sealer, text: str, path: str, path_regex: str, private: bool, expected: list[str]
) -> None:
    policy = sealer.policy_of(path_regex=path_regex)
    found = census(path, text.encode(), policy, private=private)
    assert [rule for rule, _ in rules(found)] == expected


def test_an_unsealed_file_that_holds_nothing_to_seal(sealer: Sealer) -> None:
    policy = sealer.policy_of(DATA, path_regex="^private/")
    for text in ("", "kind: Secret\n", "data: {}\nstringData: {a: '', b: null}\n", "# a comment\n"):
        assert rules(census("private/a.yaml", text.encode(), policy)) == []
    assert rules(census("private/a", b"\xff\x00\x01", policy)) == [("SK102", "")]


def test_a_document_appended(sealer: Sealer, text: str, canary: Canary) -> None:
    sealed = sealer.seal(text + "---\nother: 1\n") + f"---\nuser: me\npassword: {canary.secret()}\n"
    found = without_policy(sealed)
    assert rules(found) == [("SK103", "")]
    assert "document 3" in found.findings[0].message
    assert found.findings[0].line == sealed[: sealed.index("user: me")].count("\n") + 1
    assert state(found, ".user") is LeafState.OPEN


def test_the_first_document_is_not_sealed(sealer: Sealer, text: str) -> None:
    found = without_policy("kind: ConfigMap\n---\n" + sealer.seal(text))
    assert [rule for rule, _ in rules(found)] == ["SK103"]


def test_json_under_a_name_that_sops_reads_as_binary(sealer: Sealer, canary: Canary) -> None:
    """As `sops encrypt --input-type json --output-type json terraform.tfstate > terraform.tfstate.enc` makes it."""
    value = canary.secret()
    sealed = sealer.seal(f'{{"version": 4, "password": "{value}"}}', "a.json")
    found = census("terraform.tfstate.enc", sealed.encode(), None)
    assert [(item.rule, item.severity) for item in found.findings] == [("SK901", Severity.WARNING)]
    assert {leaf.state for leaf in found.leaves} == {LeafState.SEALED}
    opened = sealed.replace(sealed[sealed.index("ENC[") : sealed.index("]") + 1], "4", 1)
    assert "SK101" in {item.rule for item in census("terraform.tfstate.enc", opened.encode(), None).findings}


def test_sealed_values_without_a_block(sealer: Sealer, text: str) -> None:
    sealed = sealer.seal(text)
    found = without_policy(sealed[: sealed.index("sops:")])
    assert [rule for rule, _ in rules(found)] == ["SK901"]


def test_a_stale_block(sealer: Sealer, text: str, canary: Canary) -> None:
    canary.allow(sealer.folder)
    sealed = sealer.seal(text)
    found = without_policy(text + sealed[sealed.index("sops:") :])
    assert rules(found)[0] == ("SK104", "")
    assert "5 leaves" in found.findings[0].message
    assert "SK101" not in dict(rules(found))
    assert not sealer.opens(text + sealed[sealed.index("sops:") :])


def test_a_selector_that_chooses_nothing(sealer: Sealer, text: str) -> None:
    policy = sealer.policy_of("encrypted_regex: ^(data|stringdata)$")
    sealed = sealer.seal(text)
    assert "ENC[" not in sealed[: sealed.index("sops:")]
    found = census("a.yaml", sealed.encode(), policy)
    assert rules(found) == [("SK105", ".sops"), ("SK108", ".stringData.password")]


def test_a_sealed_leaf_that_the_selector_no_longer_chooses(sealer: Sealer, text: str) -> None:
    sealer.policy_of(DATA)
    sealed = hand(sealer.seal(text), "^stringData:", "settings:")
    found = without_policy(sealed)
    assert {rule for rule, _ in rules(found)} == {"SK106"}
    assert not sealer.opens(sealed)


def test_an_open_comment(sealer: Sealer, text: str, canary: Canary) -> None:
    canary.allow(sealer.folder)
    sealer.policy_of(DATA)
    sealed = hand(sealer.seal(text), "^    port:", f"    # was {canary.secret()}\n    port:")
    assert rules(without_policy(sealed)) == [("SK107", ".stringData")]
    assert sealer.opens(sealed), "sops would have caught it"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("password_unencrypted", "{}"),
        ("note_unencrypted", "postgres://app:{}@db/shop"),
        ("note_unencrypted", '{{"db": {{"password": "{}"}}}}'),
        ("note_unencrypted", "glpat-{}"),
    ],
)
def test_a_secret_under_an_exempt_key(sealer: Sealer, canary: Canary, key: str, value: str) -> None:
    canary.allow(sealer.folder)
    import json

    quoted = json.dumps(value.format(canary.secret()))
    found = without_policy(sealer.seal(f"a: b\n{key}: {quoted}\nname_unencrypted: app\n"))
    assert rules(found) == [("SK108", f".{key}")]


@pytest.mark.parametrize(
    ("line", "hits"),
    [
        ("x_unencrypted: CHANGE_ME", True),
        ("x_unencrypted: <generate:password>", True),
        ("x_unencrypted: <ask:what it is for>", True),
        ("password_unencrypted: example", True),
        ("password: ''", True),
        ("password: null", False),
        ("x_unencrypted: example", False),
        ("x_unencrypted: TODOLIST", False),
        ("password_unencrypted: <sealed:db.password>", False),
        ("password_unencrypted: $(DB_PASSWORD)", False),
        ("x: ''", False),
    ],
)
def test_a_template_value_left_in(sealer: Sealer, line: str, hits: bool) -> None:
    found = without_policy(sealer.seal(f"a: b\n{line}\n"))
    assert [rule for rule, _ in rules(found)] == ["SK109"] * hits


@pytest.mark.parametrize("mac", ["", '    mac: ""', "    mac: none"])
def test_no_mac(sealer: Sealer, text: str, mac: str) -> None:
    sealed = hand(sealer.seal(text), r"^    mac: .*\n", mac and mac + "\n")
    assert rules(without_policy(sealed)) == [("SK110", ".sops.mac")]
    assert not sealer.opens(sealed)


def test_versions_that_cannot_open_it(sealer: Sealer, text: str) -> None:
    sealed = sealer.seal(text + "flat:\n    - 1\n    # in a list\n    - 2\n")
    assert rules(without_policy(sealed)) == [("SK111", ".flat")]
    plain = sealer.seal(text)
    for kind in ("bytes", "comment", "blob"):
        assert rules(without_policy(hand(plain, r"type:int\]", f"type:{kind}]"))) == [("SK901", ".stringData.port")]
    for old, new, route in (
        (r"^    version: .*$", "    version: ''", ".sops.version"),
        (r"^    lastmodified: .*$", "    lastmodified: yesterday", ".sops.lastmodified"),
    ):
        changed = hand(plain, old, new)
        assert rules(without_policy(changed)) == [("SK111", route)]
        assert not sealer.opens(changed)
    zero = sealer.seal("a: b\nx_unencrypted: -0.0\n")
    assert rules(without_policy(zero)) == [("SK111", ".x_unencrypted")]
    assert not sealer.opens(zero)


@pytest.mark.peers
@pytest.mark.parametrize(
    ("text", "old", "new", "refusing"),
    [
        ("a: 1\n", r"type:int\]", "type:bytes]", {"sops-3.9", "sops-3.13"}),
        ("a: 2026-01-02\n", "^a:", "a:", {"sops-3.9"}),
        ("a_unencrypted: -0.0\nb: c\n", "^b:", "b:", {"sops-3.9", "sops-3.13"}),
        ("a: '2026-01-02'\n", "^a:", "a:", set()),
    ],
)
def test_what_other_versions_of_sops_say(
    sealer: Sealer, peer: Callable[[str], Path], text: str, old: str, new: str, refusing: set[str]
) -> None:
    sealed = hand(sealer.seal(text), old, new)
    expected = "SK901" if "bytes" in new else "SK111"
    assert [rule for rule, _ in rules(without_policy(sealed))] == [expected] * bool(refusing)
    (sealer.folder / "a.yaml").write_text(sealed)
    for name in ("sops-3.9", "sops-3.13"):
        done = subprocess.run([peer(name), "decrypt", "a.yaml"], cwd=sealer.folder, capture_output=True, check=False)
        assert (done.returncode != 0) == (name in refusing), name


@pytest.mark.parametrize(
    ("path", "text"),
    [("a.yaml", "a: b\n"), ("a.json", '{"a": "b"}'), ("a.env", "a=b\n"), ("a.ini", "[a]\nb = c\n")],
)
def test_two_selectors(sealer: Sealer, path: str, text: str) -> None:
    sealed = sealer.seal(text, path)
    prefix = {"a.env": "sops_", "a.json": '"'}.get(path, "")
    ending = {"a.json": '": "^a$",', "a.yaml": ": ^a$", "a.ini": " = ^a$"}.get(path, "=^a$")
    line = next(row for row in sealed.splitlines() if "unencrypted_suffix" in row)
    indent = line[: len(line) - len(line.lstrip())]
    changed = sealed.replace(line, f"{indent}{prefix}encrypted_regex{ending}\n{line}")
    assert rules(census(path, changed.encode(), None)) == [("SK112", ".sops")]
    assert not sealer.opens(changed, path)


def recipient() -> str:
    import pyrage

    return str(pyrage.x25519.Identity.generate().to_public())


def test_recipients_that_differ_from_the_rule(sealer: Sealer, text: str) -> None:
    sealed = sealer.seal(text).encode()
    mine, other = sealer.recipient, recipient()

    def told(rule: str) -> list[str]:
        from sealkit.sealed import policy

        read = policy.read(f"creation_rules:\n  - {rule}\n")
        return [each.message for each in census("a.yaml", sealed, read).findings if each.rule == "SK401"]

    assert told(f"age: {mine}") == []
    assert told(f"age: [{mine}, {mine}]") == []
    assert told(f"key_groups: [{{age: [{mine}]}}]") == []
    assert told(f"age: {mine},{other}")[0].endswith(f"age:{other} cannot decrypt it")
    message = told(f"age: {other}")[0]
    assert f"the rule does not name age:{mine}" in message
    assert f"age:{other} cannot decrypt it" in message
    assert "key groups have other recipients" in told(f"key_groups: [{{age: [{mine}]}}, {{age: [{mine}]}}]")[0]


def test_key_groups_and_their_threshold(sealer: Sealer, text: str) -> None:
    groups = [f"{{age: [{recipient()}]}}" for _ in range(3)]
    (sealer.folder / ".sops.yaml").write_text("")

    def read(threshold: int, order: list[str]) -> Policy:
        from sealkit.sealed import policy

        rule = f"shamir_threshold: {threshold}\n    key_groups: [{', '.join(order)}]"
        sealer.rules = f"creation_rules:\n  - {rule}\n"
        return policy.read(sealer.rules)

    policy = read(2, groups)
    (sealer.folder / ".sops.yaml").write_text(sealer.rules)
    sealed = sealer.seal(text).encode()
    assert rules(census("a.yaml", sealed, policy)) == []
    assert "2 of its key groups decrypt it, not 3" in census("a.yaml", sealed, read(3, groups)).findings[0].message
    assert "key groups have other recipients" in census("a.yaml", sealed, read(2, groups[::-1])).findings[0].message


def test_an_azure_key_without_a_version_is_the_newest() -> None:
    from sealkit.sealed.metadata import Recipient
    from sealkit.sealed.sops_block_checks import is_same_recipient

    there = Recipient("azure_kv", "https://v", (("name", "n"), ("version", "1")))
    assert is_same_recipient(Recipient("azure_kv", "https://v", (("name", "n"),)), there)
    assert not is_same_recipient(Recipient("azure_kv", "https://v", (("name", "n"), ("version", "2"))), there)


def test_selector_and_flag_that_differ_from_the_rule(sealer: Sealer, text: str) -> None:
    sealer.policy_of(DATA)
    sealed = sealer.seal(text).encode()
    flagged = sealer.policy_of(DATA, "mac_only_encrypted: true")
    assert rules(census("a.yaml", sealed, flagged)) == [("SK402", ".sops")]
    other = sealer.policy_of("encrypted_regex: ^stringData$")
    assert rules(census("a.yaml", sealed, other)) == [("SK402", ".sops")]
    same = sealer.policy_of("unencrypted_suffix: _unencrypted")
    assert rules(census("a.yaml", sealer.seal(text).encode(), same)) == []


BROKEN = {
    "merge conflict": ("^    port: .*$", "<<<<<<< ours\n    port: 1\n=======\n    port: 2\n>>>>>>> theirs"),
    "cut off": (r"^(    password: ENC\[AES256_GCM,data:).*$", "    password: ENC[AES256_GCM,data:AAAA"),
    "blanked ciphertext": (r"port: ENC.AES256_GCM,data:[A-Za-z0-9+/=]+,iv", "port: ENC[AES256_GCM,data:,iv"),
    "damaged base64": (r"port: ENC.AES256_GCM,data:[A-Za-z0-9+/=]+", "port: ENC[AES256_GCM,data:AAA"),
    "key twice": ("^    port: (.*)$", "    port: 1\n    port: 2"),
    "tab": ("^    port: (.*)$", "\tport: 1"),
    "block is a list": (r"^sops:\n(.|\n)*", "sops:\n    - mac: x\n      age: []\n"),
    "recipient is a text": (r"^    age:\n(.|\n)*?^    lastmod", "    age: [x]\n    lastmod"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_half_edited_files_are_findings(sealer: Sealer, text: str, name: str) -> None:
    sealer.policy_of(DATA)
    changed = hand(sealer.seal(text), *BROKEN[name])
    found = without_policy(changed)
    assert {rule for rule, _ in rules(found)} >= {"SK901"}
    assert not sealer.opens(changed)


@pytest.mark.parametrize(
    "data",
    [b"sops:\n  mac: \xff\n", b"\xff\xfes\x00o\x00p\x00s\x00", b"[" * 5000 + b"sops", b"a: *b\nsops: {mac: x}\n"],
)
def test_unreadable_bytes_are_findings(data: bytes) -> None:
    found = census("a.yaml", data, None)
    assert [each.rule for each in found.findings] == ["SK901"]
    assert found.leaves == ()


def test_line_endings_and_byte_order_marks(sealer: Sealer, text: str) -> None:
    sealer.policy_of(DATA)
    sealed = sealer.seal(text)
    crlf = "\ufeff" + sealed.replace("\n", "\r\n")
    assert [leaf.state for leaf in without_policy(crlf).leaves] == [
        leaf.state for leaf in without_policy(sealed).leaves
    ]
    assert rules(without_policy(crlf)) == []


def test_a_pattern_that_is_not_re2_is_a_finding(sealer: Sealer, text: str) -> None:
    from sealkit.sealed import policy

    read = policy.read("creation_rules:\n  - path_regex: (?=x)\n    age: age1q\n")
    found = census("a.yaml", sealer.seal(text).encode(), read)
    assert [(each.rule, each.path) for each in found.findings] == [("SK901", ".sops.yaml")]


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    pages = {path.stem for path in (Path(__file__).parents[2] / "docs/rules").glob("SK[14]*.md")}
    assert pages == {rule for rule in RULES if rule.startswith(("SK1", "SK4"))}
