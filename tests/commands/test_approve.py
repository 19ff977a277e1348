"""`approve` and `review` as a person runs them, and what a write signs."""

from __future__ import annotations

import os
import pty
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from commandline import SEALKIT, Ran
from sealkit.errors import RefusedError, SealkitError
from sealkit.ledger import write_lock
from sealkit.ledger.entries import PlaceEntry, ReachEntry
from sealkit.ledger.signing import verify
from sealkit.ledger.text import Ledger
from sealkit.operations.approvals import require_approved
from sealkit.operations.events import RecordedEvents
from sealkit.operations.repository import Repository
from sealkit.operations.signer import create_signer, replace_signing_key
from trust_kit import PUBLIC, TrustedRepo, policy, sops

Run = Callable[..., Ran]


def tampered(trusted_repo: TrustedRepo) -> None:
    trusted_repo.replace("private/app.yaml", "namespace:", "zone:")


def on_terminal(trusted_repo: TrustedRepo, answer: str, *args: str) -> tuple[int, str]:
    """Run with a terminal on standard input; the exit code and what was said."""
    main, side = pty.openpty()
    child = subprocess.Popen(
        [str(SEALKIT), *args],
        cwd=trusted_repo.root,
        stdin=side,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    os.close(side)
    os.write(main, answer.encode())
    out, _ = child.communicate(timeout=60)
    os.close(main)
    trusted_repo.canary.hear("terminal", out)
    return child.returncode, out


def test_a_new_house_waits_for_its_places_and_approve_signs_them(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    refused = sealkit("approve", cwd=trusted_repo.root)
    assert refused.code == 1
    assert "nobody is here to be asked" in refused.err
    assert "<sealed:db.password>, a new place" in refused.err
    typed = shlex.split(refused.err.rsplit("name what you looked at: sealkit ", 1)[1])
    assert typed[0] == "approve"
    assert "apps/Deployment default/api" in typed
    assert sealkit("approve", "db.password", "nonsense", cwd=trusted_repo.root).code == 2
    done = sealkit(*typed, cwd=trusted_repo.root)
    assert done.code == 0, done.err
    ledger = Ledger.parse((trusted_repo.root / "sealkit.sum").read_text())
    verify(ledger)
    assert any(isinstance(e, PlaceEntry) and e.name == "db.password" for e in ledger.entries)
    assert any(isinstance(e, ReachEntry) and e.image == "ghcr.io/shop/api" for e in ledger.entries)
    assert "nothing waits" in sealkit("approve", cwd=trusted_repo.root).err


def test_approve_shows_masked_asks_and_signs(trusted_repo: TrustedRepo) -> None:
    tampered(trusted_repo)
    code, out = on_terminal(trusted_repo, "n\n", "approve", "private/app.yaml")
    assert code == 1
    assert ".metadata.zone (added)" in out
    assert "declined; nothing was signed" in out
    assert trusted_repo.unapproved()
    code, out = on_terminal(trusted_repo, "y\n", "approve", "private/app.yaml")
    assert code == 0, out
    assert trusted_repo.unapproved() == []
    trusted_repo.require_approved()


def test_approve_offers_no_yes(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    tampered(trusted_repo)
    assert sealkit("approve", "--yes", cwd=trusted_repo.root).code == 2
    assert trusted_repo.unapproved()


def test_approve_does_not_sign_what_does_not_open(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    row = trusted_repo.line("private/app.yaml", "password:")
    trusted_repo.replace("private/app.yaml", row, '    password: ""')
    done = sealkit("approve", "private/app.yaml", cwd=trusted_repo.root)
    assert done.code == 1
    assert "private/app.yaml: not signed" in done.err
    assert trusted_repo.unapproved()


def test_approve_takes_back_a_removed_file_and_a_replay(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    (trusted_repo.root / "private/app.yaml").unlink()
    assert sealkit("approve", "private/app.yaml", cwd=trusted_repo.root).code == 0
    assert trusted_repo.unapproved() == []
    assert "path=private/app.yaml" not in (trusted_repo.root / "sealkit.sum").read_text()


def test_a_write_signs_its_own_line_and_nothing_else(
    trusted_repo: TrustedRepo,
) -> None:
    tampered(trusted_repo)
    old = (trusted_repo.root / "private/db.yaml").read_bytes()
    fresh = trusted_repo.seal("private/db.yaml", f"db:\n    password: {trusted_repo.canary.secret()}\n")
    (trusted_repo.root / "private/db.yaml").write_bytes(old)
    trusted_repo.write_sealed({"private/db.yaml": fresh}, before={"private/db.yaml": old})
    assert [item.path for item in trusted_repo.unapproved()] == ["private/app.yaml"]
    with pytest.raises(SealkitError, match="was changed meanwhile; nothing was written"):
        trusted_repo.write_sealed({"private/db.yaml": fresh}, before={"private/db.yaml": old})
    again = (trusted_repo.root / "private/app.yaml").read_text()
    events = RecordedEvents()
    trusted_repo.write_sealed({"private/app.yaml": again}, events=events)
    assert "was not approved before and still is not" in str(events.warnings)
    assert [item.path for item in trusted_repo.unapproved()] == ["private/app.yaml"]


def test_a_new_file_is_signed_and_a_removed_one_leaves_its_line(trusted_repo: TrustedRepo) -> None:
    text = trusted_repo.seal("private/new.yaml", f"db:\n    token: {trusted_repo.canary.secret()}\n")
    (trusted_repo.root / "private/new.yaml").unlink()
    trusted_repo.write_sealed(
        {"private/new.yaml": text}, before={"private/new.yaml": None}, remove=["private/app.yaml"]
    )
    assert trusted_repo.unapproved() == []
    assert not (trusted_repo.root / "private/app.yaml").exists()


def test_killed_between_file_and_ledger_the_file_waits(trusted_repo: TrustedRepo) -> None:
    before = (trusted_repo.root / "private/db.yaml").read_text()
    fresh = trusted_repo.seal("private/db.yaml", f"db:\n    password: {trusted_repo.canary.secret()}\n")
    (trusted_repo.root / "private/db.yaml").write_text(before)
    script = (
        "import os, sys\n"
        "from sealkit.operations import sealed_writer\n"
        "from sealkit.operations.events import Events\n"
        "from sealkit.operations.repository import Repository\n"
        "from sealkit.sealed.file import SealedFile\n"
        "sealed_writer.write_ledger = lambda *a, **k: os.kill(os.getpid(), 9)\n"
        "file = SealedFile('private/db.yaml', sys.stdin.buffer.read())\n"
        "sealed_writer.write_sealed(Repository.open(), Events(), [file])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=trusted_repo.root, input=fresh, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert (trusted_repo.root / "private/db.yaml").read_text() == fresh
    assert [item.path for item in trusted_repo.unapproved()] == ["private/db.yaml"]


def test_a_second_writer_waits_for_the_first(trusted_repo: TrustedRepo) -> None:
    script = (
        "import time\nfrom pathlib import Path\nfrom sealkit.ledger import write_lock\n"
        f"with write_lock.hold(Path({str(trusted_repo.repository.common_dir)!r})):\n"
        "    print('held', flush=True)\n    time.sleep(60)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    child.stdout.readline()
    with (
        pytest.raises(SealkitError, match="another sealkit is writing"),
        write_lock.hold(trusted_repo.repository.common_dir, 0.2),
    ):
        pass
    child.kill()
    child.communicate()
    start = time.monotonic()
    with write_lock.hold(trusted_repo.repository.common_dir, 5):
        assert time.monotonic() - start < 2


def test_a_new_house_key_is_signed_by_the_one_before(trusted_repo: TrustedRepo) -> None:
    old = trusted_repo.repository.signing_key()
    seen = (trusted_repo.root / "sealkit.sum").read_text()
    replace_signing_key(trusted_repo.repository)
    repository = trusted_repo.repository
    assert repository.signing_key().public == repository.require_ledger().signer != old.public
    assert trusted_repo.unapproved() == []
    (trusted_repo.root / "sealkit.sum").write_text(seen)
    with pytest.raises(RefusedError, match="signing key was replaced"):
        trusted_repo.repository.require_ledger()


def test_the_house_key_is_sealed_whatever_the_selector(trusted_repo: TrustedRepo) -> None:
    (trusted_repo.root / ".sops.yaml").write_text(
        f"creation_rules:\n  - encrypted_regex: ^(data|stringData)$\n    age: {trusted_repo.recipient}\n"
    )
    repository = trusted_repo.repository
    create_signer(repository, replace_existing=True)
    text = (trusted_repo.root / ".sealkit/signing-key.sops.yaml").read_text()
    assert repository.signing_key().secret_text() not in text
    assert "sealkit-signing-key" not in text
    assert "sealkit-signing-key" in sops("decrypt", ".sealkit/signing-key.sops.yaml", cwd=trusted_repo.root).stdout


def test_a_house_without_a_ledger_works_with_a_hint(repo: Path, age_key: str, canary: object) -> None:
    (repo / ".sops.yaml").write_text(policy(age_key))
    repository, events = Repository.open(repo), RecordedEvents()
    require_approved(repository, events)
    assert "this repository has no ledger" in str(events.warnings)


# --- review


def test_review_of_no_change_is_clean(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    assert sealkit("approve", "db.password", "apps/Deployment default/api", cwd=trusted_repo.root).code == 0
    trusted_repo.commit("approved")
    done = sealkit("review", cwd=trusted_repo.root)
    assert done.code == 0, done.out
    assert "Nothing changed, and nothing waits" in done.out


def test_review_needs_no_key_and_names_what_waits(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    before = trusted_repo.commit("before")
    tampered(trusted_repo)
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
    assert "path_regex ^private/db" in done.out
    assert "gained `- fingerprint: 0011223344556677`" in done.out
    assert "ENC[" not in done.out


def test_review_shows_approved_changes_and_exits_0(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    names = ["db.password", "apps/Deployment default/api"]
    assert sealkit("approve", *names, cwd=trusted_repo.root).code == 0
    before = trusted_repo.commit("before")
    (trusted_repo.root / "public/app.yaml").write_text(PUBLIC.replace("@db/", "@elsewhere/"))
    waits = sealkit("review", cwd=trusted_repo.root)
    assert waits.code == 1
    assert "the text around <sealed:db.password> changed" in waits.out
    assert sealkit("approve", "db.password", cwd=trusted_repo.root).code == 0
    after = trusted_repo.commit("after")
    done = sealkit("review", f"{before}...{after}", cwd=trusted_repo.root)
    assert done.code == 0, done.out
    assert "approved: `place name=db.password" in done.out


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
    assert ".db.kept" not in done.out


def test_review_refuses_a_stolen_house(trusted_repo: TrustedRepo, sealkit: Run) -> None:
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
    names = ["db.password", "apps/Deployment default/api"]
    subprocess.run([str(SEALKIT), "approve", *names], cwd=trusted_repo.root, check=True, capture_output=True)
    base = trusted_repo.commit("base")
    if tamper:
        tampered(trusted_repo)
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
    assert "`target home`: `sends the sealed files of private to context elsewhere, namespace default`" in done.out
    assert "not scanned any more: `public/**`" in done.out
    assert "the allow list is `other.yaml` now" in done.out


@pytest.mark.parametrize(
    "changed",
    [
        "targets:\n  default: {namespace: elsewhere}\n",
        "targets:\n  default: {context: elsewhere}\n",
        "layout: inline\n",
    ],
)
def test_another_place_for_a_target_waits(trusted_repo: TrustedRepo, sealkit: Run, changed: str) -> None:
    assert sealkit("approve", "db.password", "apps/Deployment default/api", cwd=trusted_repo.root).code == 0
    revealed = sealkit("render", "--reveal", cwd=trusted_repo.root, reveals=True)
    assert revealed.code == 0, revealed.err
    (trusted_repo.root / "sealkit.yaml").write_text("version: 1\n" + changed)
    refused = sealkit("render", "--reveal", cwd=trusted_repo.root)
    assert refused.code == 1
    assert "target default: sends the sealed files" in refused.err
    assert sealkit("approve", "target default", cwd=trusted_repo.root).code == 0
    assert "target default" not in sealkit("render", "--reveal", cwd=trusted_repo.root, reveals=True).err
