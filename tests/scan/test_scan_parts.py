"""The allow list, the patterns of paths, the patterns in the cache, what a push brings, and the objects of git."""

from __future__ import annotations

import os
import pickle
import subprocess
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from canary import Canary
from sealkit.errors import SealkitError
from sealkit.model.finding import FoundValue
from sealkit.model.rules import finding
from sealkit.scan import commit_message, commit_of_blob, context, path_cache, push_range, suspicious_objects
from sealkit.scan.allow import Allowed, AllowList, added, pruned, read_allowed, remarked
from sealkit.scan.staged import StagedBlobs
from sealkit.source.git_child import GitChildError
from sealkit.source.git_objects import ObjectReader

Git = Callable[..., subprocess.CompletedProcess[str]]
ONE, TWO = "0123456789abcdef", "fedcba9876543210"


def test_the_allow_list_grows_line_by_line() -> None:
    one = Allowed(ONE, 'not "ours"', "SK201", "clé \U0001f511\u2028", "a b.yaml")
    first = added(None, [one], "allow.yaml")
    second = added(first, [Allowed(TWO, "a test\nvalue", "SK301", history=True)], "allow.yaml")
    assert second.startswith(first)
    assert read_allowed(second, "x")[ONE] == one
    assert read_allowed(second, "x")[TWO] == Allowed(TWO, "a test\nvalue", "SK301", history=True)
    with pytest.raises(SealkitError, match="on the list already"):
        added(second, [Allowed(ONE, "again", "SK201")], "allow.yaml")
    assert ONE in read_allowed(added("version: 2\nallow:", [Allowed(ONE, "r", "SK201")], "x"), "x")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a\n", "1: not an allow list"),
        ("version: 1\n", "1: an allow list of version 1"),
        ("version: 3\n", "1: not an allow list"),
        ("version: 2\nallow: x\n", "2: allow must be a list"),
        ("version: 2\nallow:\n  - x\n", "3: an entry must be a mapping"),
        (f"version: 2\nallow:\n  - {{fingerprint: {ONE}, rule: SK201}}\n", "3: an entry needs"),
        (f"version: 2\nallow:\n  - {{fingerprint: {ONE}, reason: x}}\n", "3: an entry needs"),
        ("version: 2\nallow:\n  - {fingerprint: 12, rule: SK201, reason: x}\n", "3: an entry needs"),
        ("version: 2\nallow: [\n", "invalid YAML"),
    ],
)
def test_a_broken_allow_list_is_said_with_its_line(text: str, says: str) -> None:
    with pytest.raises(SealkitError, match=says):
        read_allowed(text, "allow.yaml")


def test_an_allow_list_that_ends_otherwise_is_not_guessed_at() -> None:
    flow = f"version: 2\nallow: [{{fingerprint: {TWO}, rule: SK201, reason: x}}]\n"
    with pytest.raises(SealkitError, match="does not fit"):
        added(flow, [Allowed(ONE, "r", "SK201")], "allow.yaml")
    two = flow.replace("]", f", {{fingerprint: {ONE}, rule: SK201, reason: x}}]")
    with pytest.raises(SealkitError, match="one line each"):
        pruned(two, {TWO}, (), "allow.yaml")
    block = f"version: 2\nallow:\n  - fingerprint: {TWO}\n    rule: SK201\n    reason: x\n"
    with pytest.raises(SealkitError, match="one line each"):
        pruned(block, {TWO}, (), "allow.yaml")


def test_entries_are_removed_and_marked_and_the_rest_stays() -> None:
    kept = f"# ours\nversion: 2\nallow:\n  # a remark\n  - {{reason: r, rule: SK201, fingerprint: {ONE}}}  # kept\n"
    grown = added(kept, [Allowed(TWO, "x", "SK301", path="a")], "x")
    assert pruned(grown, {TWO}, (), "x") == kept
    marked = pruned(grown, (), {TWO}, "x")
    assert marked.startswith(kept)
    assert read_allowed(marked, "x")[TWO].history
    assert read_allowed(pruned(grown, {ONE, TWO}, (), "x"), "x") == {}


def test_a_fingerprint_is_computed_where_an_entry_may_match() -> None:
    asked = []

    class Watched(FoundValue):
        def digest(self, rule: str) -> str:
            asked.append((rule, self.name))
            return super().digest(rule)

    found = [finding(rule, "a", 1, value=Watched("x", name)) for rule in ("SK201", "SK203") for name in ("a", "b")]
    listed = AllowList({found[0].fingerprint: Allowed(found[0].fingerprint, "r", "SK201", "a")})
    asked.clear()
    assert [listed.allows(item) for item in found] == [True, False, False, False]
    assert asked == [("SK201", "a")] * 2
    assert listed.unmet(history=True) == []


def test_remarks() -> None:
    assert remarked(
        "a # pragma: allowlist secret\nb\n// pragma: allowlist nextline secret\nc\n# PRAGMA: WHITELIST SECRET"
    ) == {1, 4, 5}


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("vendor/**", ["vendor/a", "vendor/a/b.yaml"], ["a/vendor/b", "vendor"]),
        ("vendor/", ["vendor/a/b"], ["vendored/a"]),
        ("*.lock", ["a.lock", "x/y/b.lock"], ["a.lock/x", "lock"]),
        ("docs/*.md", ["docs/a.md"], ["docs/x/a.md", "x/docs/a.md"]),
        ("**/testdata/**", ["testdata/a", "x/y/testdata/z/a"], ["x/testdata"]),
        ("/a?.txt", ["ab.txt"], ["x/ab.txt", "a/.txt"]),
        ("a[1].txt", ["a[1].txt"], ["a1.txt"]),
    ],
)
def test_excluded_paths(pattern: str, yes: list[str], no: list[str]) -> None:
    assert all(context.glob(pattern).match(path) for path in yes)
    assert not any(context.glob(pattern).match(path) for path in no)


def test_the_cached_patterns_say_the_same_as_the_settings(home: Path) -> None:
    files = {
        "sealkit.yaml": b"version: 1\nlayout: split\nscan: {exclude: [vendor/**]}\n",
        ".sops.yaml": (
            b"creation_rules:\n  - path_regex: ^secrets/[^/]+\\.yaml$\n    age: age1x\n"
            b"  - path_regex: \\.ya?ml$\n    age: age1x\n"
        ),
    }
    loaded = context.load(files.get)
    path_cache.keep("a" * 40, "b" * 40, loaded)
    short = path_cache.load("a" * 40, "b" * 40)
    assert short is not None
    for path in ("public/a.yaml", "a.txt", "secrets/x/y.yaml", "private.example/a.yaml", "privateer/a.yaml"):
        assert short.ordinary(path), path
        assert not any((loaded.private(path), loaded.excluded(path), loaded.singled_out(path))), path
    for path in ("private/a.yaml", "vendor/a", "secrets/a.yaml", ".sops.yaml", "x/.sops.yaml", "sops.yaml"):
        assert not short.ordinary(path), path
    assert path_cache.load("a" * 40, "c" * 40) is None


@pytest.mark.parametrize("regex", [r"(?i)secret", r"\bsecret", r"a{2}", r"\pL", "[[:alpha:]]", r"\z", "a++"])
def test_no_cached_patterns_where_re_and_re2_might_differ(regex: str, home: Path) -> None:
    loaded = context.load({".sops.yaml": f"creation_rules:\n  - path_regex: '{regex}'\n    age: age1x\n".encode()}.get)
    path_cache.keep("a" * 40, "b" * 40, loaded)
    assert path_cache.load("a" * 40, "b" * 40) is None


def test_a_message_without_its_comments_and_diff() -> None:
    text = b"title\n# token: x\nbody\n# ------------------------ >8 ------------------------\n+password: y\n"
    assert commit_message.body(text) == b"title\n\nbody"
    assert commit_message.body(b"; c\n# kept\n", b";") == b"\n# kept\n"


def commit(git: Git, repo: Path, name: str, text: str) -> str:
    (repo / name).write_text(text)
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", name)
    return git(repo, "rev-parse", "HEAD").stdout.strip()


def test_what_a_push_brings(git: Git, repo: Path, tmp_path: Path) -> None:
    one, two = commit(git, repo, "a", "1"), commit(git, repo, "b", "2")
    zero, far = "0" * 40, "1" * 40

    def line(local: str, there: str) -> str:
        return f"refs/heads/main {local} refs/heads/main {there}"

    assert push_range.revisions(repo, "origin", [line(two, one)]) == [two, f"^{one}"]
    assert push_range.revisions(repo, "origin", [line(zero, two)]) == []
    assert push_range.revisions(repo, "https://x/y", [line(two, zero)]) == [two]
    git(repo, "remote", "add", "origin", str(tmp_path))
    assert push_range.revisions(repo, "origin", [line(two, zero)]) == [two, "--not", "--remotes=origin"]
    assert push_range.revisions(repo, "origin", [line(two, far)]) == [two, "--not", "--remotes=origin"]
    with pytest.raises(SealkitError, match="not the input"):
        push_range.revisions(repo, "origin", ["what"])
    assert push_range.of_framework({"PRE_COMMIT_TO_REF": two, "PRE_COMMIT_FROM_REF": one}) == [f"HEAD {two} HEAD {one}"]
    assert push_range.of_framework({}) == []


def test_the_objects_of_a_range_are_what_it_brings(git: Git, repo: Path) -> None:
    one = commit(git, repo, "a", "1\n")
    two = commit(git, repo, "b", "2\n")
    listed, paths = suspicious_objects.reachable_objects(repo, [two, f"^{one}"])
    assert [paths[item.oid] for item in listed if item.type == "blob"] == ["b"]
    assert [item.oid for item in listed if item.type == "commit"] == [two]
    everything = suspicious_objects.all_objects(repo)
    assert {item.type for item in everything} == {"blob", "commit"}
    assert dict(suspicious_objects.contents(repo, listed))[listed[-1]]
    missing = suspicious_objects.ListedObject("1" * 40, "blob", 3)
    with pytest.raises(SealkitError, match="missing or broken"):
        list(suspicious_objects.contents(repo, [missing]))


def test_attribution_names_first_commit_and_paths(git: Git, repo: Path) -> None:
    first = commit(git, repo, "a", "same\n")
    git(repo, "mv", "a", "odd\nname")
    second = commit(git, repo, "other", "x\n")
    blob = git(repo, "rev-parse", f"{first}:a").stdout.strip()
    log = commit_of_blob.read(repo, ["--all"], {blob})
    assert log.origins[blob].commits == [first, second]
    assert sorted(log.origins[blob].paths) == ["a", "odd\nname"]
    assert set(log.refs) == {first, second}
    assert log.refs[second] == "refs/heads/main"


@pytest.mark.slow
def test_the_reader_answers_many_and_large_objects(git: Git, repo: Path) -> None:
    for number in range(1200):
        (repo / f"f{number}").write_text(f"{number}\n")
    (repo / "large").write_text("x" * 300_000)
    git(repo, "add", "-A")
    staged = StagedBlobs(repo)
    assert len(staged.changes) == 1201
    names = [*(change.oid for change in staged.changes), ":f7", ":none", "1" * 40, ":a name"]
    objects = {item.name: item for item in ObjectReader(repo, largest=100_000).read(names)}
    assert objects[":f7"].data == b"7\n"
    assert objects[":f7"].type == "blob"
    assert objects[":none"].size == objects["1" * 40].size == objects[":a name"].size == -1
    large = next(change.oid for change in staged.changes if change.path == "large")
    assert (objects[large].size, objects[large].data) == (300_000, None)
    assert all(objects[change.oid].data is not None for change in staged.changes if change.path != "large")


def test_the_reader_is_left_early(git: Git, repo: Path) -> None:
    """More is asked for, and more would come, than fits into the pipes."""
    (repo / "large").write_text("x" * 300_000)
    git(repo, "add", "-A")
    reader = ObjectReader(repo)
    objects = reader.read([":large"] * 5000)
    assert next(objects).size == 300_000
    objects.close()  # type: ignore[attr-defined]
    with pytest.raises(ChildProcessError):  # it has ended and was waited for
        os.waitpid(reader._child._pid, os.WNOHANG)


def test_what_is_staged_outside_a_repository(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(GitChildError):
        StagedBlobs(home)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GitChildError):
        StagedBlobs(home)


def test_a_value_is_in_no_representation(canary: Canary) -> None:
    from sealkit.scan.raw_finding import Raw

    raw = Raw("SK203", 1, 1, canary.secret(), ".password")
    finished = raw.finished("a.yaml")
    canary.hear("repr", repr(raw) + repr(finished) + str(raw) + repr(finished.value) + str(finished.value))
    canary.hear("asdict", str(asdict(finished)))
    with pytest.raises(TypeError, match="does not leave"):
        pickle.dumps(finished)


@pytest.mark.parametrize(
    ("route", "name"),
    [
        (".stringData.password", "password"),
        ('.data["tls.key"]', "tls.key"),
        (".spec.containers[api].env[DSN].value", "DSN"),
        (".items[0].args[3]", "args"),
        (".users[admin]", "users"),
        (".", ""),
        ("", ""),
    ],
)
def test_the_name_of_a_value(route: str, name: str) -> None:
    from sealkit.scan.raw_finding import Raw

    assert Raw("SK203", 1, 1, "x", route).finished("a").name == name
    assert Raw("SK301", 1, 1, "x", route).finished("a").name == ""
    assert Raw("SK210", 1, 1, "x", name="n").finished("a").name == "n"


def test_every_rule_has_a_page_and_every_token_is_named_on_one() -> None:
    from sealkit.model.rules import RULES
    from sealkit.secrets.tokens import TOKENS, WEBHOOKS

    folder = Path(__file__).parents[2] / "docs/rules"
    for rule in RULES.values():
        page = (folder / f"{rule.id}.md").read_text()
        assert page.startswith(f"# {rule.id} {rule.slug}\n\n*{rule.severity.value}*\n\n")
        assert page.index("## Fix") < page.index("## Allow")
    assert {path.stem for path in folder.glob("*.md")} == set(RULES)
    for token in (*TOKENS, *WEBHOOKS):
        if token.rule not in {"SK303", "SK317"}:
            page = " ".join((folder / f"{token.rule}.md").read_text().split())
            assert token.title in page, token.title
