"""The survey of a whole tree: which files are judged, and policies where sops does not look for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from census_files import Sealer

from canary import Canary
from sealkit.sealed import policy
from sealkit.sealed.census import survey
from sealkit.source.file_tree import GitTree, WorkTree

SPLIT = "version: 1\nprivate: private\nexample: private.example\n"


@pytest.fixture
def sealed_repo(repo: Path, age_key: str, canary: Canary) -> Sealer:
    canary.allow(repo.parent / "home")
    return Sealer(repo, age_key)


def told(sealed_repo: Sealer, paths: list[str] | None = None, tree: object = None) -> list[tuple[str, str]]:
    """Path and rule of each finding."""
    where = tree or WorkTree(sealed_repo.folder)
    found = survey(where, policy.load(where), paths)  # type: ignore[arg-type]
    return [(each.path, each.rule) for each in found]


def write(sealed_repo: Sealer, path: str, text: str) -> None:
    target = sealed_repo.folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


PLAIN = "a: b\n"


def test_a_repository_in_order_says_nothing(sealed_repo: Sealer) -> None:
    sealed_repo.policy_of(path_regex="^private/")
    write(sealed_repo, "sealkit.yaml", SPLIT)
    write(sealed_repo, "private/a.yaml", sealed_repo.seal(PLAIN, "private/a.yaml"))
    write(sealed_repo, "private/.gitignore", "*.tmp\n")
    write(sealed_repo, "private.example/a.yaml", "a: <generate:password>\n")
    write(sealed_repo, "public/a.yaml", PLAIN)
    assert told(sealed_repo) == []


def test_layout_split_judges_the_private_tree_whole(sealed_repo: Sealer) -> None:
    sealed_repo.policy_of()
    write(sealed_repo, "sealkit.yaml", SPLIT)
    for path in ("private/a.yaml", "private/sub/b.env", "public/c.yaml", "private.example/d.yaml", "e.yaml"):
        write(sealed_repo, path, "a=b\n" if path.endswith(".env") else PLAIN)
    assert told(sealed_repo) == [("private/a.yaml", "SK102"), ("private/sub/b.env", "SK102")]


def test_the_repositorys_own_files_stay_open(sealed_repo: Sealer) -> None:
    sealed_repo.policy_of(
        path_regex=r"^(\.sealkit/|sealkit|\.sops)", more=f"  - path_regex: never\n    age: {sealed_repo.recipient}\n"
    )
    write(sealed_repo, "sealkit.yaml", "version: 1\nscan: {allow: .sealkit/allowed.yaml}\n")
    write(sealed_repo, ".sealkit/allowed.yaml", "- fingerprint: 0011223344556677\n  reason: an example\n")
    assert told(sealed_repo) == [(".sops.yaml", "SK405")]
    write(sealed_repo, ".sealkit/other.yaml", PLAIN)
    assert (".sealkit/other.yaml", "SK102") in told(sealed_repo)


def test_private_folders_of_targets_count(sealed_repo: Sealer) -> None:
    sealed_repo.policy_of()
    write(sealed_repo, "sealkit.yaml", SPLIT + "targets: {home: {private: [home]}}\n")
    write(sealed_repo, "private/home/a.yaml", PLAIN)
    assert told(sealed_repo) == [("private/home/a.yaml", "SK102")]


def test_layout_inline_judges_what_a_rule_singles_out_and_what_is_sealed(sealed_repo: Sealer, canary: Canary) -> None:
    sealed_repo.policy_of(path_regex=r"\.sops\.yaml$", more=f"  - path_regex: .*\n    age: {sealed_repo.recipient}\n")
    write(sealed_repo, "app/a.sops.yaml", PLAIN)
    write(sealed_repo, "app/b.yaml", PLAIN)
    write(sealed_repo, "app/c.yaml", sealed_repo.seal(PLAIN, "app/c.yaml") + "d: open\n")
    assert told(sealed_repo) == [("app/a.sops.yaml", "SK102"), ("app/c.yaml", "SK101")]


def test_without_a_policy_sealed_files_are_judged_by_themselves(sealed_repo: Sealer) -> None:
    sealed = sealed_repo.seal(PLAIN)
    (sealed_repo.folder / ".sops.yaml").unlink()
    write(sealed_repo, "x/c.yaml", sealed + "d: open\n")
    write(sealed_repo, "x/d.yaml", sealed[: sealed.index("sops:")])
    write(sealed_repo, "README.md", "Values look like `ENC[AES256_GCM,data:…]`; sops wrote them.\n")
    assert told(sealed_repo) == [("x/c.yaml", "SK101"), ("x/d.yaml", "SK901")]


def test_stray_policies(sealed_repo: Sealer) -> None:
    sealed_repo.policy_of(path_regex="^private/")
    for path in ("sops.yaml", "x/.sops.yaml", "y/.sops.yml", "z/sops.yml"):
        write(sealed_repo, path, sealed_repo.rules)
    write(sealed_repo, "w/sops.yaml", "kind: ConfigMap\n")
    assert told(sealed_repo) == [
        ("sops.yaml", "SK403"),
        ("x/.sops.yaml", "SK404"),
        ("y/.sops.yml", "SK403"),
        ("z/sops.yml", "SK403"),
        (".sops.yaml", "SK405"),
    ]


def test_idle_rules_and_unknown_keys(sealed_repo: Sealer) -> None:
    sealed_repo.policy_of("encrypted_regx: a", more=f"  - path_regex: ^x\n    age: {sealed_repo.recipient}\n")
    write(sealed_repo, "x.yaml", PLAIN)
    found = survey(WorkTree(sealed_repo.folder), policy.load(WorkTree(sealed_repo.folder)))
    assert [(each.rule, each.route, each.line) for each in found] == [
        ("SK406", "", 3),
        ("SK405", ".creation_rules[1]", 4),
    ]
    assert "encrypted_regx" in found[0].message


def test_some_paths_only(sealed_repo: Sealer) -> None:
    sealed_repo.policy_of(path_regex="^private/")
    write(sealed_repo, "private/a.yaml", PLAIN)
    write(sealed_repo, "private/b.yaml", PLAIN)
    assert told(sealed_repo, ["private/b.yaml", "gone.yaml"]) == [("private/b.yaml", "SK102")]
    assert told(sealed_repo, []) == []


def test_the_index_is_judged_as_it_is(sealed_repo: Sealer, git: Callable[..., object]) -> None:
    sealed_repo.policy_of(path_regex="^private/")
    write(sealed_repo, "private/a.yaml", PLAIN)
    git(sealed_repo.folder, "add", "-A")
    write(sealed_repo, "private/a.yaml", sealed_repo.seal(PLAIN, "private/a.yaml"))
    assert told(sealed_repo) == []
    assert told(sealed_repo, tree=GitTree(sealed_repo.folder)) == [("private/a.yaml", "SK102")]


def test_what_cannot_be_read_is_a_finding(sealed_repo: Sealer, tmp_path: Path) -> None:
    sealed_repo.policy_of(path_regex="^private/")
    write(sealed_repo, "sealkit.yaml", "version: 2\n")
    outside = tmp_path / "outside.yaml"
    outside.write_text(PLAIN)
    (sealed_repo.folder / "private").mkdir()
    (sealed_repo.folder / "private/link.yaml").symlink_to(outside)
    write(sealed_repo, "private/l.yaml", "a: \x00\n")
    assert told(sealed_repo) == [("sealkit.yaml", "SK901"), ("private/l.yaml", "SK901"), ("private/link.yaml", "SK901")]
    write(sealed_repo, "sealkit.yaml", "version: 1\n")
    (sealed_repo.folder / ".sops.yaml").write_text("creation_rules:\n  - path_regex: (?=x)\n    age: age1q\n")
    write(sealed_repo, "private/l.yaml", PLAIN)
    assert (".sops.yaml", "SK901") in told(sealed_repo)


def test_a_selector_that_differs_in_many_files_is_one_finding(sealed_repo: Sealer) -> None:
    rules = f"creation_rules:\n  - path_regex: ^private/\n    age: {sealed_repo.recipient}\n    encrypted_regex: ^(data|other)$\n"
    policies = policy.read(rules)
    for at in range(5):
        write(sealed_repo, f"private/{at}.yaml", sealed_repo.seal("data: x\nother: y\nopen: z\n", f"private/{at}.yaml"))
    found = [
        item for item in survey(WorkTree(sealed_repo.folder), policies) if item.rule == "SK402"
    ]  # fmt: skip
    assert [(item.path, item.line) for item in found] == [(".sops.yaml", 2)]
    assert "5 files" in found[0].message
    assert "private/0.yaml, private/1.yaml, private/2.yaml and 2 more" in found[0].message
    (one,) = [
        item for item in survey(WorkTree(sealed_repo.folder), policies, ["private/1.yaml"]) if item.rule == "SK402"
    ]
    assert (one.path, one.route) == ("private/1.yaml", ".sops")
