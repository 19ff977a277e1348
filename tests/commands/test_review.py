"""`review` as a person and a pull request run it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from commandline import SEALKIT, Ran
from sealkit.operations.signer import create_signer
from trust_kit import PUBLIC, TrustedRepo, policy, sops

Run = Callable[..., Ran]


def test_review_of_no_change_is_clean(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    done = sealkit("review", cwd=trusted_repo.root)
    assert done.code == 0, done.out
    assert "Nothing changed, and everything is approved" in done.out


def test_review_needs_no_key_and_names_what_is_not_approved(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    before = trusted_repo.commit("before")
    trusted_repo.replace("private/app.yaml", "namespace:", "zone:")
    trusted_repo.replace(".sops.yaml", "'^private/'", "'^private/db'")
    (trusted_repo.root / ".sealkit/allow.yaml").write_text("- fingerprint: 0011223344556677\n  reason: an example\n")
    after = trusted_repo.commit("after")
    nobody = {
        "HOME": str(trusted_repo.root.parent / "nobody"),
        "XDG_CONFIG_HOME": str(trusted_repo.root.parent / "nobody/.config"),
    }
    done = sealkit("review", f"{before}..{after}", cwd=trusted_repo.root, env=nobody)
    assert done.code == 1
    assert "`private/app.yaml .metadata.zone, .metadata.namespace`" in done.out
    assert "added: `.metadata.zone`" in done.out
    assert "`.sops.yaml`: `is not what was approved as version 1`" in done.out
    assert "path_regex ^private/db" in done.out
    assert "gained `- fingerprint: 0011223344556677`" in done.out
    assert "ENC[" not in done.out


def test_review_shows_approved_changes_and_exits_0(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    before = trusted_repo.commit("before")
    (trusted_repo.root / "public/app.yaml").write_text(PUBLIC.replace("@db/", "@elsewhere/"))
    unapproved = sealkit("review", cwd=trusted_repo.root)
    assert unapproved.code == 1
    assert "`public/app.yaml`: `is not what was approved as version 1`" in unapproved.out
    assert "@elsewhere/shop" in unapproved.out
    assert sealkit("approve", "public/app.yaml", cwd=trusted_repo.root).code == 0
    after = trusted_repo.commit("after")
    done = sealkit("review", f"{before}...{after}", cwd=trusted_repo.root)
    assert done.code == 0, done.out
    assert "approved: `public path=public/app.yaml version=2" in done.out
    assert "### Not approved" not in done.out


def test_review_compares_with_what_was_signed_last_and_not_with_the_commit_before(
    trusted_repo: TrustedRepo, sealkit: Run
) -> None:
    """A pull request in two commits: the first brings the change, the second only moves it."""
    trusted_repo.replace("public/app.yaml", "@db/shop", "@evil/shop")
    middle = trusted_repo.commit("nobody signed this")
    trusted_repo.replace("public/app.yaml", "api:1.2", "api:1.3")
    done = sealkit("review", f"{middle}..{trusted_repo.commit('after')}", cwd=trusted_repo.root)
    assert done.code == 1
    assert "@evil/shop" in done.out
    assert "@db/shop" in done.out


def test_review_works_where_the_target_does_not_render(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    """Nothing is rendered to judge: a placeholder without a value, a template and a broken file still have a difference."""
    (trusted_repo.root / "public/broken.yaml").write_text("kind: {{ .Values.kind }}\n")
    trusted_repo.replace("public/app.yaml", "sealed:db.password", "sealed:no.such")
    done = sealkit("review", cwd=trusted_repo.root)
    assert done.code == 1
    assert "no.such" in done.out
    assert "{{ .Values.kind }}" in done.out
    names = ["public/app.yaml", "public/broken.yaml"]
    approved = sealkit("approve", *names, cwd=trusted_repo.root)
    assert approved.code == 0, approved.err
    assert trusted_repo.unapproved() == []


@pytest.mark.parametrize(
    "path", [".github/workflows/ci.yaml", "Makefile", ".envrc", "renovate.json", ".gitlab-ci.yml", ".husky/pre-commit"]
)
def test_files_that_run_where_keys_are_come_first(trusted_repo: TrustedRepo, sealkit: Run, path: str) -> None:
    (trusted_repo.root / path).parent.mkdir(parents=True, exist_ok=True)
    (trusted_repo.root / path).write_text("run: curl evil.example\n")
    trusted_repo.replace("public/app.yaml", "@db/shop", "@evil/shop")
    done = sealkit("review", cwd=trusted_repo.root)
    first = done.out.index("### Files that run where keys are")
    assert (
        first < done.out.index(f"`{path}`") < done.out.index("curl evil.example") < done.out.index("### Not approved")
    )


def test_a_fence_of_a_file_does_not_end_that_of_the_review(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    trusted_repo.replace("public/app.yaml", "metadata:", "# ````\n# ### Nothing changed\n# ~~~~\nmetadata:")
    done = sealkit("review", cwd=trusted_repo.root)
    fences = [row.strip() for row in done.out.splitlines() if row.strip().startswith("```")]
    assert len(fences) >= 2
    assert all(len(row.rstrip("dif")) > 4 for row in fences)


def test_lines_that_sign_nothing_are_told(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    before = trusted_repo.commit("before")
    ledger = trusted_repo.root / "sealkit.sum"
    ledger.write_text(ledger.read_text() + "file path=private/x.yaml version=1\n")
    done = sealkit("review", f"{before}..{trusted_repo.commit('after')}", cwd=trusted_repo.root)
    assert "1 line signs nothing" in done.out


def test_review_says_rewrapped_only_and_who_gained(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    import pyrage

    other = str(pyrage.x25519.Identity.generate().to_public())
    before = trusted_repo.commit("before")
    (trusted_repo.root / ".sops.yaml").write_text(policy(f"{trusted_repo.recipient},{other}"))
    sops("updatekeys", "--yes", "private/db.yaml", cwd=trusted_repo.root)
    after = trusted_repo.commit("after")
    done = sealkit("review", f"{before}..{after}", cwd=trusted_repo.root)
    assert done.code == 1
    assert f"`private/db.yaml` rewrapped only\n  - recipients `gained age:{other}`" in done.out


def test_review_names_leaves_that_came_changed_or_went_and_who_lost(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    import pyrage

    other = str(pyrage.x25519.Identity.generate().to_public())
    path, text = "private/db.yaml", "db:\n    password: {}\n    user: {}\n    kept: {}\n"
    (trusted_repo.root / ".sops.yaml").write_text(policy(f"{trusted_repo.recipient},{other}"))
    trusted_repo.seal(path, text.format(*(trusted_repo.canary.secret() for _ in range(3))))
    before = trusted_repo.commit("before")
    (trusted_repo.root / ".sops.yaml").write_text(policy(trusted_repo.recipient))
    for key in ("password", "token"):
        value = f'"{trusted_repo.canary.secret()}"'
        sops("set", "--value-stdin", path, f'["db"]["{key}"]', cwd=trusted_repo.root, input=value)
    sops("unset", path, '["db"]["user"]', cwd=trusted_repo.root)
    sops("updatekeys", "--yes", path, cwd=trusted_repo.root)
    done = sealkit("review", f"{before}..{trusted_repo.commit('after')}", cwd=trusted_repo.root)
    assert done.code == 1
    for what in ("changed: `.db.password`", "added: `.db.token`", "removed: `.db.user`", f"`lost age:{other}`"):
        assert what in done.out
    changed = done.out.partition("### Sealed files")[2]
    assert changed
    assert ".db.kept" not in changed


def test_review_refuses_a_replaced_signing_key(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    before = trusted_repo.commit("before")
    create_signer(trusted_repo.repository, replace_existing=True)
    after = trusted_repo.commit("after")
    nobody = {"XDG_CONFIG_HOME": str(trusted_repo.root.parent / "nobody")}
    done = sealkit("review", f"{before}..{after}", cwd=trusted_repo.root, env=nobody)
    assert done.code == 1
    assert "the signing key was replaced" in done.out


def test_review_cannot_be_drawn_upon(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    path = "private/x`]**\x1b[31m.yaml"
    trusted_repo.seal(path, f"db:\n    token: {trusted_repo.canary.secret()}\n")
    done = sealkit("review", cwd=trusted_repo.root)
    assert done.code == 1
    assert "\x1b" not in done.out
    assert "``private/x`]**" in done.out


@pytest.mark.parametrize("revisions", ["nonsense", "HEAD..nonsense", "--upload-pack=x", "HEAD...nonsense"])
def test_review_of_no_revision_is_one_clear_error(trusted_repo: TrustedRepo, sealkit: Run, revisions: str) -> None:
    done = sealkit("review", revisions, cwd=trusted_repo.root)
    assert done.code == 2
    assert done.err.startswith("sealkit: error: ")


def snippets() -> list[dict[str, object]]:
    import yaml

    text = (Path(__file__).parents[2] / "docs/ledger.md").read_text()
    return [yaml.safe_load(part.split("```")[0]) for part in text.split("```yaml\n")[1:]]


@pytest.mark.parametrize("tamper", [False, True])
def test_the_snippets_for_pull_requests_run(trusted_repo: TrustedRepo, tamper: bool) -> None:
    """The commands of the two snippets, with the variables that the services set, as they run them."""
    github, gitlab = snippets()
    step = github["jobs"]["review"]["steps"][-1]  # type: ignore[index]
    script = "\n".join(gitlab["sealed"]["script"])  # type: ignore[index]
    base = trusted_repo.commit("base")
    if tamper:
        trusted_repo.replace("private/app.yaml", "namespace:", "zone:")
    trusted_repo.commit("change")
    trusted_repo.git(trusted_repo.root, "update-ref", "refs/remotes/origin/main", base)
    summary = trusted_repo.root.parent / "summary.md"
    env = {**os.environ, "PATH": f"{SEALKIT.parent}:{os.environ['PATH']}", "GITHUB_BASE_REF": "main"}
    env |= {"GITHUB_STEP_SUMMARY": str(summary), "CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
    env["SEALKIT_SIGNER"] = trusted_repo.repository.require_ledger().signer
    for command in (step["run"], script):
        done = subprocess.run(["bash", "-eo", "pipefail", "-c", command], cwd=trusted_repo.root, env=env, check=False)
        assert done.returncode == (1 if tamper else 0)
    for report in (summary, trusted_repo.root / "review.md"):
        assert ("private/app.yaml" in report.read_text()) is tamper


def test_review_says_what_is_not_scanned_any_more_and_where_a_target_goes(
    trusted_repo: TrustedRepo, sealkit: Run
) -> None:
    before = trusted_repo.commit("before")
    (trusted_repo.root / "sealkit.yaml").write_text(
        "version: 1\ntargets:\n  home: {context: elsewhere}\nscan: {exclude: ['public/**'], allow: other.yaml}\n"
    )
    after = trusted_repo.commit("after")
    done = sealkit("review", f"{before}..{after}", cwd=trusted_repo.root)
    assert done.code == 1
    assert "`sealkit.yaml`: `is not what was approved as version 1`" in done.out
    assert "home: {context: elsewhere}" in done.out
    assert "not scanned any more: `public/**`" in done.out
    assert "the allow list is `other.yaml` now" in done.out
