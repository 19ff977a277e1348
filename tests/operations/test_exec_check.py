"""What a program may read of a repository before it gets sealed values."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealkit.errors import RefusedError
from sealkit.operations import approvals, approve
from sealkit.operations.events import Events
from sealkit.operations.exec_check import remember_handed, require_signed_reads
from sealkit.operations.repository import Repository
from trust_kit import TrustedRepo


def sign(root: Path, *names: str) -> None:
    repository = Repository.open(root)
    approvals.approve(repository, approve.find(repository, list(names)))


@pytest.fixture
def tofu(trusted_repo: TrustedRepo, monkeypatch: pytest.MonkeyPatch) -> TrustedRepo:
    """A folder with a program's files, beside what is deployed, signed."""
    folder = trusted_repo.root / "tofu/modules"
    folder.mkdir(parents=True)
    (folder.parent / "main.tf").write_text('module "a" { source = "./modules" }\n')
    (folder / "a.tf").write_text("# a\n")
    monkeypatch.chdir(trusted_repo.root)
    trusted_repo.commit("tofu")
    sign(trusted_repo.root, "tofu/main.tf", "tofu/modules/a.tf")
    return trusted_repo


def check(trusted: TrustedRepo, folder: str = "tofu") -> dict[str, int]:
    return dict(require_signed_reads(trusted.repository, Events(), trusted.root / folder))


def test_what_is_signed_goes_on(tofu: TrustedRepo) -> None:
    assert {"tofu/main.tf": 1, "tofu/modules/a.tf": 1}.items() <= check(tofu).items()


def test_a_folder_is_signed_by_its_name(tofu: TrustedRepo) -> None:
    (tofu.root / "tofu/b.tf").write_text("# b\n")
    sign(tofu.root, "tofu")
    assert check(tofu)["tofu/b.tf"] == 1


@pytest.mark.parametrize("tracked", [True, False])
@pytest.mark.parametrize("name", ["tofu/b.tf", "tofu/.envrc", "tofu/deep/er/c.sh", "tofu/main.tf"])
def test_a_file_that_nobody_signed(tofu: TrustedRepo, name: str, tracked: bool) -> None:
    (tofu.root / name).parent.mkdir(parents=True, exist_ok=True)
    (tofu.root / name).write_text("# a stranger's\n")
    if tracked:
        tofu.commit("theirs")
    with pytest.raises(RefusedError, match=name):
        check(tofu)


def test_what_git_ignores_or_is_elsewhere_is_not_looked_at(tofu: TrustedRepo) -> None:
    (tofu.root / ".gitignore").write_text(".terraform/\n")
    (tofu.root / "tofu/.terraform").mkdir()
    (tofu.root / "tofu/.terraform/x").write_text("downloaded\n")
    (tofu.root / "docs.md").write_text("unsigned\n")
    check(tofu)
    with pytest.raises(RefusedError, match="not approved"):
        check(tofu, ".")


def test_a_link_leads_to_what_nobody_looked_at(tofu: TrustedRepo) -> None:
    (tofu.root / "other.tf").write_text("# unsigned\n")
    (tofu.root / "tofu/link.tf").symlink_to("../other.tf")
    with pytest.raises(RefusedError, match=r"tofu/link\.tf: a symbolic link"):
        check(tofu)


def test_a_signed_file_that_is_gone(tofu: TrustedRepo) -> None:
    (tofu.root / "tofu/modules/a.tf").unlink()
    with pytest.raises(RefusedError, match=r"tofu/modules/a\.tf"):
        check(tofu)


def test_the_configuration_names_what_is_read(tofu: TrustedRepo) -> None:
    config = tofu.root / "sealkit.yaml"
    config.write_text(config.read_text() + "exec: {reads: ['ansible/**', 'tofu/*.tf']}\n")
    with pytest.raises(RefusedError, match=r"sealkit\.yaml"):
        check(tofu)
    sign(tofu.root)
    (tofu.root / "tofu/modules/a.tf").write_text("# not read\n")
    check(tofu)
    (tofu.root / "ansible/roles").mkdir(parents=True)
    (tofu.root / "ansible/roles/main.yaml").write_text("[]\n")
    with pytest.raises(RefusedError, match=r"ansible/roles/main\.yaml"):
        check(tofu)
    sign(tofu.root)  # it is listed now, without being named
    assert check(tofu)["ansible/roles/main.yaml"] == 1


def test_an_older_version_than_a_program_got(tofu: TrustedRepo) -> None:
    path, ledger = tofu.root / "tofu/main.tf", tofu.root / "sealkit.sum"
    old = (path.read_text(), ledger.read_text())
    path.write_text("# new\n")
    sign(tofu.root, "tofu/main.tf")
    check(tofu)  # checked is not handed over yet
    path.write_text(old[0]), ledger.write_text(old[1])
    remember_handed(tofu.repository, check(tofu))
    path.write_text("# new\n")
    sign(tofu.root, "tofu/main.tf")
    remember_handed(tofu.repository, check(tofu))
    path.write_text(old[0]), ledger.write_text(old[1])
    with pytest.raises(RefusedError, match="put back"):
        check(tofu)
