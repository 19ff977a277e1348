"""Recipients in `.sops.yaml`, by span: every way to write a rule."""

from __future__ import annotations

import pytest

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.sealed import policy, policy_edit, policy_signing_key
from sealkit.sealed.metadata import Recipient

ALICE, BOB, CAROL = (Recipient("age", "age1" + letter * 58) for letter in "qpz")
PGP = Recipient("pgp", "0123456789ABCDEF0123456789ABCDEF01234567")
A, B = ALICE.id, BOB.id

RULES = "creation_rules:\n"
SPELLINGS = {
    "plain": f"  - path_regex: ^private/ # ours\n    age: {A}\n    # the data alone\n    encrypted_regex: ^data$\n",
    "first key": f"  - age: {A}\n    path_regex: ^private/\n",
    "alone": f"- age: {A}\n",
    "csv": f"  - age: {A},{B}\n    path_regex: ^private/\n",
    "quoted": f'  - age: "{A}, {B}"\n',
    "folded": f"  - path_regex: x\n    age: >-\n      {A},\n      {B}\n\n  # another\n  - age: >-\n      {A}\n",
    "list": f"  - age:\n      - {A} # Alice\n      - {B} # Bob\n    path_regex: x\n",
    "list without indent": f"- age:\n  - {A}\n  - {B}\n  path_regex: x\n",
    "flow list": f"  - age: [{A}, {B}]\n    path_regex: x\n",
    "flow rule": f"  - {{path_regex: x, age: {A}}}\n  - {{age: {A}}}\n",
    "group": f"  - key_groups:\n      - age:\n          - {A}\n          - {B}\n    mac_only_encrypted: true\n",
    "aliases": f"  - path_regex: x\n    key_groups:\n      - age: [*a, *b]\nkeys:\n  - &a {A}\n  - &b {B}\n",
    "alias in a list": f"  - age:\n      - *a\n      - {B}\nkeys: [&a {A}]\n",
    "pgp too": f"  - pgp: {PGP.id}\n    age: {A}\n    path_regex: x\n",
    "no line break at the end": f"  - path_regex: x\n    age: {A}",
    "cloud": f"  - kms: arn:aws:kms:eu-west-1:123456789012:key/x\n    aws_profile: home\n    age: {A}\n",
}
# the anchors come first
SPELLINGS = {
    name: "".join([*text.partition("keys:")[1:], RULES + text.partition("keys:")[0]])
    for name, text in SPELLINGS.items()
}


def rules(text: str) -> list[set[Recipient]]:
    return [set(rule.recipients) for rule in policy.read(text).rules]


def comments(text: str) -> list[str]:
    return [line.partition("# ")[2] for line in text.splitlines() if line.strip().startswith("# ")]


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS.keys())
@pytest.mark.parametrize("to", [[CAROL], [CAROL, PGP], [PGP], [CAROL, BOB]])
def test_replaced(text: str, to: list[Recipient]) -> None:
    new = policy_edit.replace_recipients(text, to)
    assert rules(new) == [set(to)] * len(rules(text))
    assert comments(new) == comments(text)
    assert policy_edit.replace_recipients(new, to) == new


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS.keys())
@pytest.mark.parametrize("one", [CAROL, Recipient("pgp", "F" * 40)])
def test_added_and_removed_again(text: str, one: Recipient) -> None:
    everywhere = range(1, len(rules(text)) + 1)
    new = policy_edit.add_recipient(text, one, everywhere)
    assert rules(new) == [before | {one} for before in rules(text)]
    assert comments(new) == comments(text)
    assert rules(policy_edit.remove_recipient(new, one)) == rules(text)


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_a_rule_for_the_signing_key_comes_first(text: str) -> None:
    new = policy_signing_key.with_signing_key_rule(text + "\nstores:\n  yaml:\n    indent: 2\n", [CAROL])
    assert rules(new) == [{CAROL}, *rules(text)]
    assert policy.read(new).rules[0].matches(".sealkit/signing-key.sops.yaml")
    assert not policy.read(new).rules[0].matches("private/a.yaml")


def test_a_rule_for_the_signing_key_of_a_policy_without_rules() -> None:
    assert rules(policy_signing_key.with_signing_key_rule("# nothing yet", [PGP])) == [{PGP}]
    with pytest.raises(SealkitError, match="no age or PGP recipient"):
        policy_signing_key.with_signing_key_rule("", [Recipient("kms", "arn:x")])


def test_a_rule_that_seals_to_nobody_stays_so() -> None:
    text = f"creation_rules:\n  - path_regex: ^open/\n  - age: {A}\n"
    assert policy_edit.replace_recipients(text, [CAROL]) == text.replace(A, CAROL.id)


def test_added_to_one_rule_only() -> None:
    new = policy_edit.add_recipient(SPELLINGS["folded"], CAROL, [2])
    assert rules(new) == [{ALICE, BOB}, {ALICE, CAROL}]
    assert new.startswith(SPELLINGS["folded"].partition("# another")[0])
    assert f"  - age: >-\n      {A},\n      {CAROL.id}\n" in new


@pytest.mark.parametrize(
    "name", ["csv", "quoted", "list", "flow list", "group", "aliases", "alias in a list", "pgp too"]
)
def test_removed(name: str) -> None:
    text = SPELLINGS[name]
    new = policy_edit.remove_recipient(text, ALICE)
    assert rules(new) == [before - {ALICE} for before in rules(text)]


@pytest.mark.parametrize("name", ["plain", "first key", "alone", "folded", "flow rule"])
def test_nobody_is_not_a_recipient(name: str) -> None:
    with pytest.raises(RefusedError, match="the rule has no recipients"):
        policy_edit.remove_recipient(SPELLINGS[name], ALICE)


def test_removing_who_is_not_there() -> None:
    with pytest.raises(UsageError, match="is not in"):
        policy_edit.remove_recipient(SPELLINGS["plain"], CAROL)


@pytest.mark.parametrize(
    "text",
    [
        f"base: &b\n  age: {A}\ncreation_rules:\n  - <<: *b\n    path_regex: x\n",
        f"creation_rules:\n  - path_regex: x\n    key_groups:\n      - age: [{A}]\n      - age: [{B}]\n",
        f"creation_rules:\n  - age: &who {A}\n    path_regex: x\n  - age: *who\n",
    ],
)
def test_what_cannot_be_rewritten_is_said(text: str) -> None:
    with pytest.raises(SealkitError) as caught:
        policy_edit.add_recipient(text, CAROL, [1])
    assert caught.value.hint is not None
    assert "by hand" in caught.value.hint or "recipients sync" in caught.value.hint


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_the_rule_of_the_signing_key_changes_the_rule_of_no_other_file(text: str) -> None:
    before, after = policy.read(text), policy.read(policy_signing_key.with_signing_key_rule(text, [CAROL]))
    paths = [
        "x",
        "private/a.yaml",
        ".sealkit/signing-key.sops.yaml.bak",
        "a/.sealkit/signing-key.sops.yaml",
        "e.sops.yaml",
    ]
    for path in paths:
        old, new = before.find(path), after.find(path)
        assert (old and (old.path_regex, old.groups)) == (new and (new.path_regex, new.groups)), path
    assert policy_signing_key.find_own_rule(after) == 1


@pytest.mark.parametrize(
    ("path_regex", "own"),
    [
        (r"^\.sealkit/signing-key\.sops\.yaml$", True), (r"^\.sealkit/", True), (r"^[.]sealkit/.*\.yaml$", True),
        ("", False), (r"\.yaml$", False), (r"^\.sealkit/|^private/", False), (r"sealkit", False), (r"^\.sealkit", False),
        (r"^(\.sealkit|private)/", False), (r"^\.sealkit/(a|signing).*|x", False),
    ],
)  # fmt: skip
def test_which_rule_the_signing_key_has_to_itself(path_regex: str, own: bool) -> None:
    first = f"  - path_regex: '{path_regex}'\n    age: {A}\n" if path_regex else f"  - age: {A}\n"
    assert policy_signing_key.find_own_rule(policy.read(RULES + first)) == (1 if own else None)
    broad = policy.read(RULES + f"  - age: {B}\n" + first)
    assert policy_signing_key.find_own_rule(broad) is None, "a broader rule stands before it"


def test_approvers_are_replaced_apart_from_the_others() -> None:
    text = policy_signing_key.with_signing_key_rule(SPELLINGS["folded"], [ALICE])
    new = policy_edit.replace_recipients(text, [CAROL, PGP], {1: [CAROL]})
    assert rules(new) == [{CAROL}, {CAROL, PGP}, {CAROL, PGP}]
