"""Each tampering that sops accepts, or that no MAC can see, is refused, and the message names file and route."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from commandline import Ran
from sealkit.errors import RefusedError
from sealkit.ledger.entries import FileEntry
from sealkit.ledger.signing import new_key, sign
from sealkit.ledger.text import Ledger
from sealkit.ledger.unapproved import Known
from sealkit.sealed.file import file_digest
from trust_kit import OBJECT, TrustedRepo, policy, sops


def refusal(trusted_repo: TrustedRepo, deployed: Known | None = None) -> str:
    """What `render --reveal`, `deploy` and `exec` are stopped with. `deployed` is what the cluster says was deployed."""
    with pytest.raises(RefusedError) as caught:
        trusted_repo.require_approved(deployed)
    assert caught.value.exit_code == 1
    assert caught.value.hint
    return caught.value.message


def test_a_repository_as_it_was_made_is_approved(trusted_repo: TrustedRepo) -> None:
    trusted_repo.require_approved()
    assert trusted_repo.unapproved() == []


SILENT: dict[str, tuple[str, str, str]] = {
    "renamed key": ("namespace:", "zone:", ".metadata.zone"),
    "bytes moved between clear values": ("app\n    namespace: prod", "appp\n    namespace: rod", ".metadata.name"),
    "injected null": ("    namespace:", "    x: null\n    namespace:", ".metadata.x"),
    "injected empty map": ("    namespace:", "    x: {}\n    namespace:", ".metadata.x"),
    "injected empty text": ("    namespace:", '    x: ""\n    namespace:', ".metadata.x"),
    "comment": ("    password:", "    # the old one\n    password:", ".stringData.password"),
}


@pytest.mark.parametrize("what", SILENT)
def test_tamperings_that_sops_accepts_silently(trusted_repo: TrustedRepo, what: str) -> None:
    old, new, route = SILENT[what]
    trusted_repo.replace("private/app.yaml", old, new)
    assert trusted_repo.opens_with_sops("private/app.yaml"), "sops would have caught it: the test proves nothing"
    assert f"private/app.yaml {route}" in refusal(trusted_repo)


def test_a_changed_type(trusted_repo: TrustedRepo) -> None:
    row = trusted_repo.line("private/app.yaml", "port:")
    trusted_repo.replace("private/app.yaml", row, row.replace("type:str]", "type:int]"))
    assert trusted_repo.opens_with_sops("private/app.yaml")
    assert "private/app.yaml .stringData.port (type changed)" in refusal(trusted_repo)


def test_a_changed_kind_under_mac_only_encrypted(trusted_repo: TrustedRepo) -> None:
    (trusted_repo.root / ".sops.yaml").write_text(
        policy(trusted_repo.recipient, extra="    mac_only_encrypted: true\n")
    )
    text = OBJECT.format(
        password=trusted_repo.canary.secret(), one=trusted_repo.canary.secret(), two=trusted_repo.canary.secret()
    )
    trusted_repo.seal("private/app.yaml", text)
    approve_all(trusted_repo)
    trusted_repo.replace("private/app.yaml", "kind: Secret", "kind: ConfigMap")
    assert trusted_repo.opens_with_sops("private/app.yaml")
    assert "private/app.yaml .kind (changed)" in refusal(trusted_repo)


def someone() -> str:
    """A fresh age recipient."""
    import pyrage

    return str(pyrage.x25519.Identity.generate().to_public())


def approve_all(trusted_repo: TrustedRepo) -> None:
    """As if someone had looked at everything and signed."""
    trusted_repo.approve()
    assert trusted_repo.unapproved() == []


def test_a_blanked_ciphertext(trusted_repo: TrustedRepo) -> None:
    row = trusted_repo.line("private/app.yaml", "password:")
    trusted_repo.replace("private/app.yaml", row, '    password: ""')
    assert "private/app.yaml .stringData.password (emptied)" in refusal(trusted_repo)


def test_swapped_list_items(trusted_repo: TrustedRepo) -> None:
    rows = [
        row
        for row in (trusted_repo.root / "private/app.yaml").read_text().splitlines()
        if row.startswith("        - ENC")
    ]
    trusted_repo.replace("private/app.yaml", "\n".join(rows), "\n".join(rows[::-1]))
    message = refusal(trusted_repo)
    assert "private/app.yaml .stringData.hosts[0], .stringData.hosts[1]" in message


def test_a_line_moved_from_a_file_that_shares_the_data_key(trusted_repo: TrustedRepo) -> None:
    text = (trusted_repo.root / "private/app.yaml").read_text()
    (trusted_repo.root / "private/copy.yaml").write_text(text)
    value = f'"{trusted_repo.canary.secret()}"'
    trusted_repo.canary.allow(trusted_repo.root.parent / "children.log")
    sops("set", "--value-stdin", "private/copy.yaml", '["stringData"]["password"]', cwd=trusted_repo.root, input=value)
    approve_all(trusted_repo)
    theirs = trusted_repo.line("private/copy.yaml", "password:")
    ours = trusted_repo.line("private/app.yaml", "password:")
    assert theirs != ours
    trusted_repo.replace("private/app.yaml", ours, theirs)
    assert "private/app.yaml .stringData.password (changed)" in refusal(trusted_repo)


def test_a_strangers_own_file_for_the_same_recipient(trusted_repo: TrustedRepo) -> None:
    trusted_repo.seal("private/db.yaml", f"db:\n    password: {trusted_repo.canary.secret()}\n")
    assert trusted_repo.opens_with_sops("private/db.yaml")
    assert "private/db.yaml .db.password (changed)" in refusal(trusted_repo)
    trusted_repo.seal("private/extra.yaml", f"db:\n    root: {trusted_repo.canary.secret()}\n")
    trusted_repo.git(trusted_repo.root, "checkout", "--", "private/db.yaml")
    assert "private/extra.yaml .db.root (added): a sealed file that is not approved" in refusal(trusted_repo)


def rewritten(trusted_repo: TrustedRepo, path: str = "private/db.yaml") -> tuple[bytes, bytes]:
    """Write a new version through the session; file and ledger as they were before."""
    old = (trusted_repo.root / path).read_bytes(), (trusted_repo.root / "sealkit.sum").read_bytes()
    fresh = trusted_repo.seal(path, f"db:\n    password: {trusted_repo.canary.secret()}\n")
    (trusted_repo.root / path).write_bytes(old[0])
    trusted_repo.write_sealed({path: fresh}, before={path: old[0]})
    trusted_repo.require_approved()
    return old


def test_an_old_version_replayed_with_its_ledger_line(trusted_repo: TrustedRepo) -> None:
    """The signed lines that a target deployed tell it; a version that was merely written is none, so that work on two branches
    goes on."""
    file, ledger = rewritten(trusted_repo)
    deployed = trusted_repo.deployed()
    assert deployed.deployed["path", "private/db.yaml"] == 2
    (trusted_repo.root / "private/db.yaml").write_bytes(file)
    (trusted_repo.root / "sealkit.sum").write_bytes(ledger)
    message = refusal(trusted_repo, deployed)
    assert "private/db.yaml" in message
    assert "version 1 was put back, version 2 was deployed" in message
    trusted_repo.require_approved()


def test_an_old_public_file_replayed_with_its_ledger_line(trusted_repo: TrustedRepo) -> None:
    old = (trusted_repo.root / "public/app.yaml").read_bytes(), (trusted_repo.root / "sealkit.sum").read_bytes()
    trusted_repo.replace("public/app.yaml", "api:1.2", "api:1.3")
    trusted_repo.approve()
    deployed = trusted_repo.deployed()
    (trusted_repo.root / "public/app.yaml").write_bytes(old[0])
    (trusted_repo.root / "sealkit.sum").write_bytes(old[1])
    assert "public/app.yaml: version 1 was put back, version 2 was deployed" in refusal(trusted_repo, deployed)


def test_an_old_version_replayed_under_the_new_ledger(trusted_repo: TrustedRepo) -> None:
    file, _ = rewritten(trusted_repo)
    (trusted_repo.root / "private/db.yaml").write_bytes(file)
    assert "private/db.yaml .db.password (changed)" in refusal(trusted_repo)


def test_two_files_swapped(trusted_repo: TrustedRepo) -> None:
    one, two = trusted_repo.root / "private/app.yaml", trusted_repo.root / "private/db.yaml"
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    found = [str(item) for item in trusted_repo.unapproved()]
    assert len(found) == 2
    assert found[0].startswith("private/app.yaml .db.password")
    assert "holds what was approved as private/db.yaml" in found[0]
    assert "holds what was approved as private/app.yaml" in found[1]
    refusal(trusted_repo)


def test_a_recipient_added_to_the_policy(trusted_repo: TrustedRepo) -> None:
    stranger = someone()
    trusted_repo.replace(".sops.yaml", f"age: {trusted_repo.recipient}", f"age: {trusted_repo.recipient},{stranger}")
    assert ".sops.yaml: is not what was approved as version 1" in refusal(trusted_repo)
    (told,) = (line for line in trusted_repo.described() if line.startswith("+") and stranger in line)
    assert "age: " in told
    before = (trusted_repo.root / "private/db.yaml").read_bytes()
    sealed = trusted_repo.seal("private/db.yaml", f"db:\n    password: {trusted_repo.canary.secret()}\n")
    (trusted_repo.root / "private/db.yaml").write_bytes(before)
    with pytest.raises(RefusedError, match=f"private/db.yaml: would be sealed to age:{stranger}"):
        trusted_repo.write_sealed({"private/db.yaml": sealed})
    assert (trusted_repo.root / "private/db.yaml").read_bytes() == before


def test_a_recipient_added_to_a_file(trusted_repo: TrustedRepo) -> None:
    stranger = someone()
    sops("rotate", "--in-place", "--add-age", stranger, "private/db.yaml", cwd=trusted_repo.root)
    message = refusal(trusted_repo)
    assert message.count("private/db.yaml")
    assert f"its recipients changed (gained age:{stranger})" in message


def test_a_narrowed_path_regex(trusted_repo: TrustedRepo) -> None:
    trusted_repo.replace(".sops.yaml", "'^private/'", "'^private/db'")
    assert ".sops.yaml: is not what was approved as version 1" in refusal(trusted_repo)
    told = trusted_repo.described()
    assert any(line.startswith("-") and "'^private/'" in line for line in told)
    assert any(line.startswith("+") and "'^private/db'" in line for line in told)


def without_line(trusted_repo: TrustedRepo, path: str) -> None:
    """Take a line out of the ledger, as an editor does."""
    ledger = trusted_repo.root / "sealkit.sum"
    rows = ledger.read_text().splitlines(keepends=True)
    kept = [row for row in rows if f"path={path} " not in row]
    assert len(kept) < len(rows)
    ledger.write_text("".join(kept))


@pytest.mark.parametrize("path", ["private/db.yaml", "public/app.yaml", "sealkit.yaml", ".sops.yaml"])
def test_a_ledger_line_removed(trusted_repo: TrustedRepo, path: str) -> None:
    deployed = trusted_repo.deployed()
    without_line(trusted_repo, path)
    assert path in refusal(trusted_repo)
    assert "that is not approved" in refusal(trusted_repo)
    message = refusal(trusted_repo, deployed)
    assert path in message
    assert "its line was taken out of the ledger (version 1 was deployed)" in message


@pytest.mark.parametrize("path", ["private/db.yaml", "public/app.yaml"])
def test_a_file_removed_with_its_ledger_line(trusted_repo: TrustedRepo, path: str) -> None:
    """No file differs from its line; the line of the folder says that one is missing."""
    without_line(trusted_repo, path)
    (trusted_repo.root / path).unlink()
    message = refusal(trusted_repo)
    assert f"{path.partition('/')[0]}/: a file came or went together with its line in the ledger" in message
    approve_all(trusted_repo)


@pytest.mark.parametrize(
    "path", ["public/netpol.yaml", "public/apps/.hidden", "public/kustomization.yaml", "public/x.bin"]
)
def test_a_public_file_that_nobody_signed(trusted_repo: TrustedRepo, path: str) -> None:
    (trusted_repo.root / path).parent.mkdir(exist_ok=True)
    (trusted_repo.root / path).write_bytes(b"\0kind: Role\n")
    assert f"{path}: a public file that is not approved" in refusal(trusted_repo)


@pytest.mark.parametrize(
    ("old", "new"),
    [("@db/shop", "@evil/shop"), ("serviceAccountName: api", "serviceAccountName: root"), ("1.2", "1.3")],
)
def test_a_public_file_changed(trusted_repo: TrustedRepo, old: str, new: str) -> None:
    """An image tag, too: it is free only where the configuration, which is signed, says so."""
    trusted_repo.replace("public/app.yaml", old, new)
    assert "public/app.yaml: is not what was approved as version 1" in refusal(trusted_repo)


def test_the_whole_ledger_removed(trusted_repo: TrustedRepo) -> None:
    (trusted_repo.root / "sealkit.sum").unlink()
    assert "sealkit.sum: the whole ledger was removed" in refusal(trusted_repo)


def test_the_signing_key_replaced(trusted_repo: TrustedRepo) -> None:
    stranger = new_key()
    ledger = Ledger.parse((trusted_repo.root / "sealkit.sum").read_text())
    forged = sign(Ledger(stranger.public), list(ledger.entries), stranger)
    (trusted_repo.root / "sealkit.sum").write_text(forged.text())
    assert "sealkit.sum:1: the signing key was replaced" in refusal(trusted_repo)


def test_the_sealed_signing_key_replaced(trusted_repo: TrustedRepo) -> None:
    stranger = new_key()
    trusted_repo.seal(".sealkit/signing-key.sops.yaml", f"key: {stranger.secret_text()}\n")
    assert ".sealkit/signing-key.sops.yaml .key" in refusal(trusted_repo)
    with pytest.raises(RefusedError, match=r"\.sealkit/signing-key\.sops\.yaml \.key: not the signing key"):
        trusted_repo.repository.signing_key()


def test_a_line_signed_by_a_stranger(trusted_repo: TrustedRepo, sealkit: Callable[..., Ran]) -> None:
    data = trusted_repo.seal("private/db.yaml", f"db:\n    password: {trusted_repo.canary.secret()}\n").encode()
    stranger = new_key()
    text = (trusted_repo.root / "sealkit.sum").read_text()
    forged = stranger.sign(
        FileEntry("private/db.yaml", 9, file_digest(data), (f"age:{trusted_repo.recipient}",))
    ).line()
    (trusted_repo.root / "sealkit.sum").write_text(text + forged + "\n")
    assert "private/db.yaml .db.password (changed): is not what was approved as version 1" in refusal(trusted_repo)
    done = sealkit("render", "--reveal", cwd=trusted_repo.root)
    assert (done.code, done.out) == (1, "")
    assert "warning: sealkit.sum: 1 line signs nothing" in done.err


def test_junk_in_the_ledger_stops_nothing_and_signs_nothing(
    trusted_repo: TrustedRepo, sealkit: Callable[..., Ran]
) -> None:
    """A stranger's text in the ledger is no way to stop a deploy, either; it is told each time until a write takes it out."""
    ledger = trusted_repo.root / "sealkit.sum"
    ledger.write_text(ledger.read_text() + "<<<<<<< HEAD\nfile path=private/new.yaml version=1\n>>>>>>> theirs\n")
    for _ in range(2):
        done = sealkit("render", "--reveal", cwd=trusted_repo.root, reveals=True)
        assert done.code == 0, done.err
        assert "warning: sealkit.sum: 3 lines sign nothing" in done.err
    before = (trusted_repo.root / "private/db.yaml").read_bytes()
    trusted_repo.write_sealed({"private/db.yaml": before.decode()})
    assert "<<<<" not in ledger.read_text()
    assert "lines sign nothing" not in sealkit("render", "--reveal", cwd=trusted_repo.root, reveals=True).err
