"""`.sops.yaml` held against the real sops: the same rule for the same path, the same recipients, the same selector."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from sealkit.errors import SealkitError, UsageError
from sealkit.sealed import policy
from sealkit.sealed.metadata import SELECTOR_MODES, Recipient, Selector
from sealkit.sealed.policy import CreationRule
from sealkit.source.file_tree import GitTree, WorkTree

SOPS = Path(sys.executable).with_name("sops")


def sops(*args: str, cwd: Path, input: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(SOPS), *args], cwd=cwd, input=input, capture_output=True, text=True, check=False)


def recipients(count: int) -> list[str]:
    import pyrage

    return [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(count)]


WRITTEN = {
    "first match wins": (
        """
  - path_regex: \\.dev\\.yaml$
    age: {a}
  - path_regex: ^prod/
    encrypted_regex: ^(data|stringData)$
    age: {b}
  - age: {c}
"""
    ),
    "folded list, trailing comma, catch-all first": """
  - age: >-
      {a},
      {b},
  - path_regex: prod
    age: {c}
""",
    "list": """
  - age:
      - {a}
      - {b}
    mac_only_encrypted: true
""",
    "groups": """
  - shamir_threshold: 2
    encrypted_suffix: _sealed
    key_groups:
      - age: [{a}]
      - merge:
          - age: [{b}]
          - merge: [{{age: [{b}, {c}]}}]
      - age: ["{c},{a}"]
""",
    "one group": """
  - key_groups: [{{age: [{a}, {b}]}}]
    unencrypted_regex: ^(kind|metadata)$
""",
    "anchors and merge keys": """
  - &base
    path_regex: nothing
    age: &who {a}
    unencrypted_comment_regex: open
  - <<: *base
    path_regex: "prod/.*[.]yaml$"
    encrypted_regex: ""
  - age: *who
    encrypted_comment_regex: seal
""",
    "words of YAML 1.1, unknown keys, another case": """
  - path_regex: (?i)^PROD/.*\\.yaml\\z
    age: {a}
    mac_only_encrypted: on
    encrypted_regx: nothing
    Age: {b}
    unencrypted_suffix: _open
  - age: ~
    pgp:
    path_regex: ^empty
  - {{age: {b}, mac_only_encrypted: no}}
""",
}
PATHS = ["a.yaml", "a.dev.yaml", "prod/db.yaml", "prod/a/b.dev.yaml", "x/prod/y.yaml", "prod/x.yml"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", WRITTEN)
def test_sops_picks_the_same_rule(tmp_path: Path, name: str, path: str) -> None:
    a, b, c = recipients(3)
    text = "creation_rules:" + WRITTEN[name].format(a=a, b=b, c=c)
    (tmp_path / ".sops.yaml").write_text(text)
    rule = policy.read(text).rule_for(path)
    done = sops("encrypt", "--filename-override", path, "/dev/stdin", cwd=tmp_path, input="x: y\n")
    assert done.returncode == 0, done.stderr
    block = yaml.safe_load(done.stdout)["sops"]
    groups = block.get("key_groups") or [block]
    assert [[entry["recipient"] for entry in group["age"]] for group in groups] == [
        [recipient.id for recipient in group] for group in rule.groups
    ]
    assert block.get("shamir_threshold", 0) == rule.threshold
    assert block.get("mac_only_encrypted", False) == rule.mac_only_encrypted
    written = [Selector(mode, block[mode]) for mode in SELECTOR_MODES if mode in block]
    assert written == [rule.selector if rule.selector.mode else Selector("unencrypted_suffix", "_unencrypted")]


def as_sops_shows(recipient: Recipient) -> str:
    """What `sops updatekeys` prints for a recipient."""
    fields = dict(recipient.fields)
    match recipient.kind:
        case "kms":
            shown = recipient.id + (f"+{fields['role']}" if "role" in fields else "")
            if "aws_profile" in fields:
                return f"{shown}|{fields.get('context', '')}|{fields['aws_profile']}"
            return f"{shown}|{fields['context']}" if "context" in fields else shown
        case "azure_kv":
            return f"{recipient.id}/keys/{fields['name']}/{fields['version']}"
        case "hc_vault":
            return f"{recipient.id}/v1/{fields['engine_path']}/keys/{fields['key_name']}"
    return recipient.id


KINDS = {
    "fields": """
  - age: ["{a}", " {b} "]
    pgp: [AB CD, "EF01,2345"]
    kms: >-
      arn:aws:kms:eu-west-1:1:key/a+arn:aws:iam::1:role/r,
      arn:aws:kms:eu-west-1:1:key/b|x:y
    aws_profile: ops
    gcp_kms: [projects/p/locations/l/keyRings/r/cryptoKeys/k, projects/p/locations/l/keyRings/r/cryptoKeys/m]
    hckms: ["eu:1234", "eu:5678,eu:9"]
    azure_keyvault: https://v.vault.azure.net/keys/n/v1, https://w.vault.azure.net/keys/n/v2
    hc_vault_transit_uri: https://vault.example:8200/v1/team/transit/keys/k
""",
    "groups": """
  - shamir_threshold: 2
    key_groups:
      - age: [{a}]
        kms:
          - {{arn: "arn:aws:kms:eu:1:key/a", role: "arn:aws:iam::1:role/r", context: {{b: c, a: d}}, aws_profile: ops}}
          - {{arn: "arn:aws:kms:eu:1:key/b", context: {{b: c}}}}
          - {{arn: "arn:aws:kms:eu:1:key/c"}}
        gcp_kms: [{{resource_id: projects/p/locations/l/keyRings/r/cryptoKeys/k}}]
      - merge:
          - pgp: [AB CD]
          - pgp: [ABCD, EF01]
        azure_keyvault: [{{vaultUrl: "https://v.vault.azure.net", key: n, version: v}}]
        hc_vault: ["https://vault.example:8200/v1/transit/keys/k"]
        hckms: [{{key_id: "eu:1234"}}]
""",
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_recipient_as_sops_names_it(tmp_path: Path, age_key: str, name: str) -> None:
    """`sops updatekeys` says to whom it would seal before it asks; that needs no key service."""
    (tmp_path / ".sops.yaml").write_text(f"creation_rules:\n  - age: {age_key}\n")
    sealed = sops("encrypt", "--filename-override", "a.yaml", "/dev/stdin", cwd=tmp_path, input="x: y\n").stdout
    (tmp_path / "a.yaml").write_text(sealed)
    text = "creation_rules:" + KINDS[name].format(a=age_key, b=recipients(1)[0])
    (tmp_path / ".sops.yaml").write_text(text)
    done = sops("updatekeys", "a.yaml", cwd=tmp_path, input="n\n")
    rows = done.stdout.splitlines()[1:-1]
    assert rows[0] == "Group 1", done
    told: list[list[str]] = []
    for row in rows:
        if row.startswith("Group"):
            told.append([])
        else:
            told[-1].append(row.removeprefix("+++").strip())
    assert told == [[as_sops_shows(who) for who in group] for group in policy.read(text).rule_for("a.yaml").groups]


REFUSED = {
    "not YAML": ("creation_rules: [", r"\.sops\.yaml:\d: invalid YAML"),
    "not a mapping": ("- a", r"\.sops\.yaml:1: must be a mapping"),
    "rules are no list": ("creation_rules: {}", r"\.sops\.yaml:1: creation_rules must be a list"),
    "a rule is a text": ("creation_rules: [a]", "a creation rule must be a mapping"),
    "two selectors": (
        "creation_rules:\n  - age: age1q\n    encrypted_regex: a\n    encrypted_suffix: b",
        ":4: the rule has",
    ),
    "key twice": ("creation_rules:\n  - age: age1q\n    age: age1r", ":3: duplicate key age"),
    "number as a recipient": ("creation_rules:\n  - pgp: 1234567890", ":2: pgp must contain strings"),
    "mapping as a recipient": ("creation_rules:\n  - age: [{}]", ":2: age must contain strings"),
    "a secret key": ("creation_rules:\n  - age: nonsense", ":2: not an age recipient"),
    "threshold": ("creation_rules:\n  - shamir_threshold: two", ":2: shamir_threshold must be a number"),
    "flag": ("creation_rules:\n  - mac_only_encrypted: 'true'", ":2: mac_only_encrypted must be true or false"),
    "path_regex": ("creation_rules:\n  - path_regex: [a]", ":2: path_regex must be a string"),
    "group": ("creation_rules:\n  - key_groups: [a]", ":2: a key group must be a mapping"),
    "vault": ("creation_rules:\n  - hc_vault_transit_uri: https://v/x", ":2: not a key of a Vault"),
    "azure": ("creation_rules:\n  - azure_keyvault: https://v/x", ":2: not an Azure Key Vault key"),
    "huawei": ("creation_rules:\n  - hckms: [x]", ":2: not a Huawei KMS key"),
    "huawei as a text": ("creation_rules:\n  - hckms: eu:x", ":2: hckms must be a list"),
    "pattern": ("creation_rules:\n  - path_regex: (?=x)\n    age: age1q", "not a valid RE2 pattern"),
    "no match": ("creation_rules:\n  - path_regex: ^z\n    age: age1q", r"a\.yaml: no creation rule in \.sops\.yaml"),
    "nobody": (
        "creation_rules:\n  - encrypted_regex: a",
        r":2: the rule for a\.yaml, or one of its key groups, has no recipients",
    ),
    "an empty group": (
        "creation_rules:\n  - key_groups: [{age: [age1q]}, {}]",
        "or one of its key groups, has no recipients",
    ),
    "no rules": ("destination_rules: []", r"a\.yaml: no creation rule in \.sops\.yaml"),
    "empty": ("", r"a\.yaml: no creation rule"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_sops_refuses_is_refused_with_place_and_hint(tmp_path: Path, name: str) -> None:
    text, message = REFUSED[name]
    with pytest.raises(SealkitError, match=message) as caught:
        policy.read(text).rule_for("a.yaml")
    assert caught.value.hint
    (tmp_path / ".sops.yaml").write_text(text)
    done = sops("encrypt", "--filename-override", "a.yaml", "/dev/stdin", cwd=tmp_path, input="x: y\n")
    assert done.returncode != 0


def test_what_sops_passes_over_is_listed() -> None:
    text = (
        "keys:\n  - &who age1q\nrules: []\ncreation_rules:\n  - age: *who\n    encrypted_regx: a\n"
        "  - key_groups: [{agee: [age1q]}]\nstores:\n  yml: {indent: 2}\n---\nmore: 1\n"
    )
    found = policy.read(text)
    assert found.warnings == (
        ".sops.yaml: only its first document is read",
        ".sops.yaml:3: sops ignores the key rules",
        ".sops.yaml:6: sops ignores the key creation_rules[].encrypted_regx",
        ".sops.yaml:7: sops ignores the key key_groups[].agee",
        ".sops.yaml:9: sops ignores the key stores.yml",
    )


def test_the_indents_of_stores_are_known_keys_and_must_be_numbers() -> None:
    assert policy.read("stores:\n  yaml: {indent: 2}\n  json: {indent: 0}\n  ini: {}\n").warnings == ()
    with pytest.raises(SealkitError, match=r"\.sops\.yaml:2: indent must be a number"):
        policy.read("stores:\n  yaml: {indent: wide}\n")


def test_load_reads_the_root_alone(repo: Path, git: Callable[..., object]) -> None:
    assert policy.load(WorkTree(repo)) is None
    (repo / "below").mkdir()
    (repo / "below/.sops.yaml").write_text("creation_rules: [{age: age1q}]\n")
    assert policy.load(WorkTree(repo)) is None
    (repo / ".sops.yaml").write_text("\ufeffcreation_rules: [{age: age1q}]\r\n", newline="")
    found = policy.load(WorkTree(repo))
    assert found is not None
    assert found.rule_for("below/x.yaml").recipients == (Recipient("age", "age1q"),)
    assert policy.load(GitTree(repo)) is None
    git(repo, "add", "-A")
    assert policy.load(GitTree(repo)) == found
    (repo / ".sops.yaml").write_bytes("# für\ncreation_rules: []".encode("latin-1"))
    with pytest.raises(SealkitError, match=r"\.sops\.yaml:1: not UTF-8"):
        policy.load(WorkTree(repo))


def test_a_rule_can_be_made_and_changed() -> None:
    who = Recipient("age", "age1q")
    rule = CreationRule(groups=[[who, who]])
    assert rule.recipients == (who,)
    assert replace(rule, selector=Selector("encrypted_regex", "a")).selector.mode
    assert rule.matches("anything")


def test_refusals_are_about_usage() -> None:
    with pytest.raises(UsageError):
        policy.read("[]")
