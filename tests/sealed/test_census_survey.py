"""The survey of a whole tree: which files are judged, and policies where sops does not look for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from census_files import Sealer

from canary import Canary
from sealkit.sealed import policy
from sealkit.sealed.census import survey
from sealkit.source.tree import GitTree, WorkTree

SPLIT = "version: 1\nprivate: private\nexample: private.example\n"


@pytest.fixture
def house(repo: Path, age_key: str, canary: Canary) -> Sealer:
    canary.allow(repo.parent / "home")
    return Sealer(repo, age_key)


def told(house: Sealer, paths: list[str] | None = None, tree: object = None) -> list[tuple[str, str]]:
    """Path and rule of each finding."""
    where = tree or WorkTree(house.folder)
    found = survey(where, policy.load(where), paths)  # type: ignore[arg-type]
    return [(each.path, each.rule) for each in found]


def write(house: Sealer, path: str, text: str) -> None:
    target = house.folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


PLAIN = "a: b\n"


def test_a_house_in_order_says_nothing(house: Sealer) -> None:
    house.policy_of(path_regex="^private/")
    write(house, "sealkit.yaml", SPLIT)
    write(house, "private/a.yaml", house.seal(PLAIN, "private/a.yaml"))
    write(house, "private/.gitignore", "*.tmp\n")
    write(house, "private.example/a.yaml", "a: <generate:password>\n")
    write(house, "public/a.yaml", PLAIN)
    assert told(house) == []


def test_layout_split_judges_the_private_tree_whole(house: Sealer) -> None:
    house.policy_of()
    write(house, "sealkit.yaml", SPLIT)
    for path in ("private/a.yaml", "private/sub/b.env", "public/c.yaml", "private.example/d.yaml", "e.yaml"):
        write(house, path, "a=b\n" if path.endswith(".env") else PLAIN)
    assert told(house) == [("private/a.yaml", "SK102"), ("private/sub/b.env", "SK102")]


def test_the_houses_own_files_stay_open(house: Sealer) -> None:
    house.policy_of(
        path_regex=r"^(\.sealkit/|sealkit|\.sops)", more=f"  - path_regex: never\n    age: {house.recipient}\n"
    )
    write(house, "sealkit.yaml", "version: 1\nscan: {allow: .sealkit/allowed.yaml}\n")
    write(house, ".sealkit/allowed.yaml", "- fingerprint: 0011223344556677\n  reason: an example\n")
    assert told(house) == [(".sops.yaml", "SK405")]
    write(house, ".sealkit/other.yaml", PLAIN)
    assert (".sealkit/other.yaml", "SK102") in told(house)


def test_private_folders_of_targets_count(house: Sealer) -> None:
    house.policy_of()
    write(house, "sealkit.yaml", SPLIT + "targets: {home: {private: [home]}}\n")
    write(house, "private/home/a.yaml", PLAIN)
    assert told(house) == [("private/home/a.yaml", "SK102")]


def test_layout_inline_judges_what_a_rule_singles_out_and_what_is_sealed(house: Sealer, canary: Canary) -> None:
    house.policy_of(path_regex=r"\.sops\.yaml$", more=f"  - path_regex: .*\n    age: {house.recipient}\n")
    write(house, "app/a.sops.yaml", PLAIN)
    write(house, "app/b.yaml", PLAIN)
    write(house, "app/c.yaml", house.seal(PLAIN, "app/c.yaml") + "d: open\n")
    assert told(house) == [("app/a.sops.yaml", "SK102"), ("app/c.yaml", "SK101")]


def test_without_a_policy_sealed_files_are_judged_by_themselves(house: Sealer) -> None:
    sealed = house.seal(PLAIN)
    (house.folder / ".sops.yaml").unlink()
    write(house, "x/c.yaml", sealed + "d: open\n")
    write(house, "x/d.yaml", sealed[: sealed.index("sops:")])
    write(house, "README.md", "Values look like `ENC[AES256_GCM,data:…]`; sops wrote them.\n")
    assert told(house) == [("x/c.yaml", "SK101"), ("x/d.yaml", "SK901")]


def test_stray_policies(house: Sealer) -> None:
    house.policy_of(path_regex="^private/")
    for path in ("sops.yaml", "x/.sops.yaml", "y/.sops.yml", "z/sops.yml"):
        write(house, path, house.rules)
    write(house, "w/sops.yaml", "kind: ConfigMap\n")
    assert told(house) == [
        ("sops.yaml", "SK403"),
        ("x/.sops.yaml", "SK404"),
        ("y/.sops.yml", "SK403"),
        ("z/sops.yml", "SK403"),
        (".sops.yaml", "SK405"),
    ]


def test_idle_rules_and_unknown_keys(house: Sealer) -> None:
    house.policy_of("encrypted_regx: a", more=f"  - path_regex: ^x\n    age: {house.recipient}\n")
    write(house, "x.yaml", PLAIN)
    found = survey(WorkTree(house.folder), policy.load(WorkTree(house.folder)))
    assert [(each.rule, each.route, each.line) for each in found] == [
        ("SK406", "", 3),
        ("SK405", ".creation_rules[1]", 4),
    ]
    assert "encrypted_regx" in found[0].message


def test_some_paths_only(house: Sealer) -> None:
    house.policy_of(path_regex="^private/")
    write(house, "private/a.yaml", PLAIN)
    write(house, "private/b.yaml", PLAIN)
    assert told(house, ["private/b.yaml", "gone.yaml"]) == [("private/b.yaml", "SK102")]
    assert told(house, []) == []


def test_the_index_is_judged_as_it_is(house: Sealer, git: Callable[..., object]) -> None:
    house.policy_of(path_regex="^private/")
    write(house, "private/a.yaml", PLAIN)
    git(house.folder, "add", "-A")
    write(house, "private/a.yaml", house.seal(PLAIN, "private/a.yaml"))
    assert told(house) == []
    assert told(house, tree=GitTree(house.folder)) == [("private/a.yaml", "SK102")]


def test_what_cannot_be_read_is_a_finding(house: Sealer, tmp_path: Path) -> None:
    house.policy_of(path_regex="^private/")
    write(house, "sealkit.yaml", "version: 2\n")
    outside = tmp_path / "outside.yaml"
    outside.write_text(PLAIN)
    (house.folder / "private").mkdir()
    (house.folder / "private/link.yaml").symlink_to(outside)
    write(house, "private/l.yaml", "a: \x00\n")
    assert told(house) == [("sealkit.yaml", "SK901"), ("private/l.yaml", "SK901"), ("private/link.yaml", "SK901")]
    write(house, "sealkit.yaml", "version: 1\n")
    (house.folder / ".sops.yaml").write_text("creation_rules:\n  - path_regex: (?=x)\n    age: age1q\n")
    write(house, "private/l.yaml", PLAIN)
    assert (".sops.yaml", "SK901") in told(house)
