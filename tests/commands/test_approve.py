"""`approve` as a person runs it, and what a write signs."""

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
from sealkit.ledger.entries import FolderEntry, PublicEntry
from sealkit.ledger.signing import verified
from sealkit.ledger.text import Ledger
from sealkit.operations import approvals, approve
from sealkit.operations.events import RecordedEvents
from sealkit.operations.repository import Repository
from sealkit.operations.signer import create_signer, replace_signing_key
from trust_kit import TrustedRepo, policy, sops

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


def test_new_files_wait_and_approve_signs_what_is_named(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    (trusted_repo.root / "public/apps").mkdir()
    (trusted_repo.root / "public/apps/new app.yaml").write_text("kind: ConfigMap\n")
    (trusted_repo.root / "public/other.bin").write_bytes(b"\0\1")
    refused = sealkit("approve", cwd=trusted_repo.root)
    assert refused.code == 1
    assert "this is not a terminal" in refused.err
    assert "public/apps/new app.yaml: a public file that is not approved" in refused.err
    assert "+kind: ConfigMap" in refused.err
    typed = shlex.split(refused.err.rsplit("name what you looked at: sealkit ", 1)[1])
    assert typed == ["approve", "public/apps/new app.yaml", "public/other.bin"]
    assert sealkit("approve", "public/other.bin", "nonsense", cwd=trusted_repo.root).code == 2
    done = sealkit(*typed, cwd=trusted_repo.root)
    assert done.code == 0, done.err
    ledger = verified(Ledger.parse((trusted_repo.root / "sealkit.sum").read_text()))
    assert ledger.ignored == 0
    assert isinstance(ledger.paths()["public/apps/new app.yaml"], PublicEntry)
    assert isinstance(ledger.folders()["public/apps"], FolderEntry)
    assert "everything is approved" in sealkit("approve", cwd=trusted_repo.root).err


def test_a_folder_names_everything_below_it_and_nothing_else(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    for path in ("public/apps/a.yaml", "public/apps/deep/b.yaml", "public/apps2.yaml"):
        (trusted_repo.root / path).parent.mkdir(parents=True, exist_ok=True)
        (trusted_repo.root / path).write_text("kind: ConfigMap\n")
    tampered(trusted_repo)
    done = sealkit("approve", "public/apps/", cwd=trusted_repo.root)
    assert done.code == 0, done.err
    waiting = [item.path for item in trusted_repo.unapproved() if not item.implied]
    assert waiting == ["private/app.yaml", "public/apps2.yaml"]
    assert sealkit("approve", "apps2.yaml", cwd=trusted_repo.root / "public").code == 0
    assert sealkit("approve", ".", cwd=trusted_repo.root).code == 0
    assert trusted_repo.unapproved() == []


def test_what_was_looked_at_is_what_is_signed(trusted_repo: TrustedRepo) -> None:
    """A file that changes while its difference is read is not approved."""
    trusted_repo.replace("public/app.yaml", "@db/shop", "@replica/shop")
    repository = trusted_repo.repository
    items = approve.find(repository)
    approve.describe(repository, items)
    trusted_repo.replace("public/app.yaml", "@replica/shop", "@evil/shop")
    approvals.approve(repository, items)
    assert [item.path for item in trusted_repo.unapproved()] == ["public/app.yaml"]


def test_a_file_that_went_with_its_line_is_signed_by_its_folder(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    (trusted_repo.root / "public/netpol.yaml").write_text("kind: NetworkPolicy\n")
    trusted_repo.approve()
    (trusted_repo.root / "public/netpol.yaml").unlink()
    ledger = trusted_repo.root / "sealkit.sum"
    ledger.write_text("".join(row for row in ledger.read_text().splitlines(keepends=True) if "netpol" not in row))
    refused = sealkit("approve", cwd=trusted_repo.root)
    assert refused.code == 1
    assert "public/: a file came or went together with its line in the ledger" in refused.err
    assert sealkit("render", "--reveal", cwd=trusted_repo.root).code == 1
    assert sealkit("approve", "public/", cwd=trusted_repo.root).code == 0
    assert trusted_repo.unapproved() == []


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


def test_a_new_signing_key_is_signed_by_the_one_before(trusted_repo: TrustedRepo) -> None:
    old = trusted_repo.repository.signing_key()
    seen = (trusted_repo.root / "sealkit.sum").read_text()
    replace_signing_key(trusted_repo.repository)
    repository = trusted_repo.repository
    assert repository.signing_key().public == repository.require_ledger().signer != old.public
    assert trusted_repo.unapproved() == []
    (trusted_repo.root / "sealkit.sum").write_text(seen)
    with pytest.raises(RefusedError, match="signing key was replaced"):
        trusted_repo.repository.require_ledger()


def test_the_signing_key_is_sealed_whatever_the_selector(trusted_repo: TrustedRepo) -> None:
    (trusted_repo.root / ".sops.yaml").write_text(
        f"creation_rules:\n  - encrypted_regex: ^(data|stringData)$\n    age: {trusted_repo.recipient}\n"
    )
    repository = trusted_repo.repository
    create_signer(repository, replace_existing=True)
    text = (trusted_repo.root / ".sealkit/signing-key.sops.yaml").read_text()
    assert repository.signing_key().secret_text() not in text
    assert "sealkit-signing-key" not in text
    assert "sealkit-signing-key" in sops("decrypt", ".sealkit/signing-key.sops.yaml", cwd=trusted_repo.root).stdout


def test_a_repository_without_a_ledger_works_with_a_hint(repo: Path, age_key: str, canary: object) -> None:
    (repo / ".sops.yaml").write_text(policy(age_key))
    repository, events = Repository.open(repo), RecordedEvents()
    approvals.require_approved(repository, events)
    assert "this repository has no ledger" in str(events.warnings)


@pytest.mark.parametrize(
    "changed",
    [
        "targets:\n  default: {namespace: elsewhere}\n",
        "targets:\n  default: {context: elsewhere}\n",
        "layout: inline\n",
        "trust: {free: [image-tags]}\n",
        "# a comment\n",
    ],
)
def test_another_configuration_waits(trusted_repo: TrustedRepo, sealkit: Run, changed: str) -> None:
    revealed = sealkit("render", "--reveal", cwd=trusted_repo.root, reveals=True)
    assert revealed.code == 0, revealed.err
    (trusted_repo.root / "sealkit.yaml").write_text("version: 1\n" + changed)
    refused = sealkit("render", "--reveal", cwd=trusted_repo.root)
    assert (refused.code, refused.out) == (1, "")
    assert "sealkit.yaml: is not what was approved as version 1" in refused.err
    shown = sealkit("approve", "sealkit.yaml", cwd=trusted_repo.root)
    assert shown.code == 0, shown.err
    assert f"+{changed.splitlines()[-1]}" in shown.err
    assert "sealkit.yaml" not in sealkit("render", "--reveal", cwd=trusted_repo.root, reveals=True).err


def test_targets_policy_and_recipients_get_a_question_of_their_own(trusted_repo: TrustedRepo) -> None:
    (trusted_repo.root / "sealkit.yaml").write_text("version: 1\n# more\n")
    tampered(trusted_repo)
    code, out = on_terminal(trusted_repo, "n\n", "approve")
    assert code == 1
    assert "approve sealkit.yaml, which says what is deployed where?" in out
    assert {item.path for item in trusted_repo.unapproved()} == {"sealkit.yaml", "private/app.yaml"}


def test_render_masked_shows_what_waits_and_reveal_stops(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    trusted_repo.replace("public/app.yaml", "@db/shop", "@replica/shop")
    masked = sealkit("render", cwd=trusted_repo.root)
    assert masked.code == 0, masked.err
    assert "@replica/shop" in masked.out
    assert "public/app.yaml: is not what was approved as version 1" in masked.err
    refused = sealkit("render", "--reveal", cwd=trusted_repo.root)
    assert (refused.code, refused.out) == (1, "")


def test_the_old_name_of_the_signing_key_is_an_error(trusted_repo: TrustedRepo, sealkit: Run) -> None:
    (trusted_repo.root / ".sealkit/signing-key.sops.yaml").rename(trusted_repo.root / ".sealkit/house.sops.yaml")
    tampered(trusted_repo)
    done = sealkit("approve", "private/app.yaml", cwd=trusted_repo.root)
    assert done.code == 2
    assert ".sealkit/house.sops.yaml was renamed to .sealkit/signing-key.sops.yaml" in done.err
    assert "hint: start a new ledger" in done.err
