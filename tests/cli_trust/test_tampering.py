"""Each tampering that sops accepts, or that no MAC can see, is refused, and the message names file and route."""

from __future__ import annotations

import pytest
from trust_house import OBJECT, HouseUnderTest, policy, sops

from sealkit.errors import RefusedError
from sealkit.ledger.entries import FileEntry, file_digest
from sealkit.ledger.signing import new_key, sign
from sealkit.ledger.text import Ledger


def refusal(house: HouseUnderTest) -> str:
    """What `render --reveal`, `deploy` and `exec` are stopped with."""
    with pytest.raises(RefusedError) as caught:
        house.session.require_approved()
    assert caught.value.exit_code == 1
    assert caught.value.hint
    return caught.value.message


def test_a_house_as_it_was_made_is_approved(house: HouseUnderTest) -> None:
    house.session.require_approved()
    assert house.session.waiting() == []


SILENT: dict[str, tuple[str, str, str]] = {
    "renamed key": ("namespace:", "zone:", ".metadata.zone"),
    "bytes moved between clear values": ("app\n    namespace: prod", "appp\n    namespace: rod", ".metadata.name"),
    "injected null": ("    namespace:", "    x: null\n    namespace:", ".metadata.x"),
    "injected empty map": ("    namespace:", "    x: {}\n    namespace:", ".metadata.x"),
    "injected empty text": ("    namespace:", '    x: ""\n    namespace:', ".metadata.x"),
    "comment": ("    password:", "    # the old one\n    password:", ".stringData.password"),
}


@pytest.mark.parametrize("what", SILENT)
def test_tamperings_that_sops_accepts_silently(house: HouseUnderTest, what: str) -> None:
    old, new, route = SILENT[what]
    house.replace("private/app.yaml", old, new)
    assert house.opens_with_sops("private/app.yaml"), "sops would have caught it: the test proves nothing"
    assert f"private/app.yaml {route}" in refusal(house)


def test_a_changed_type(house: HouseUnderTest) -> None:
    row = house.line("private/app.yaml", "port:")
    house.replace("private/app.yaml", row, row.replace("type:str]", "type:int]"))
    assert house.opens_with_sops("private/app.yaml")
    assert "private/app.yaml .stringData.port (type changed)" in refusal(house)


def test_a_changed_kind_under_mac_only_encrypted(house: HouseUnderTest) -> None:
    (house.root / ".sops.yaml").write_text(policy(house.recipient, extra="    mac_only_encrypted: true\n"))
    text = OBJECT.format(password=house.canary.secret(), one=house.canary.secret(), two=house.canary.secret())
    house.seal("private/app.yaml", text)
    approve_all(house)
    house.replace("private/app.yaml", "kind: Secret", "kind: ConfigMap")
    assert house.opens_with_sops("private/app.yaml")
    assert "private/app.yaml .kind (changed)" in refusal(house)


def someone() -> str:
    """A fresh age recipient."""
    import pyrage

    return str(pyrage.x25519.Identity.generate().to_public())


def approve_all(house: HouseUnderTest) -> None:
    """As if someone had looked at everything and signed."""
    session = house.session
    session.approve(session.waiting())
    assert house.session.waiting() == []


def test_a_blanked_ciphertext(house: HouseUnderTest) -> None:
    row = house.line("private/app.yaml", "password:")
    house.replace("private/app.yaml", row, '    password: ""')
    assert "private/app.yaml .stringData.password (emptied)" in refusal(house)


def test_swapped_list_items(house: HouseUnderTest) -> None:
    rows = [
        row for row in (house.root / "private/app.yaml").read_text().splitlines() if row.startswith("        - ENC")
    ]
    house.replace("private/app.yaml", "\n".join(rows), "\n".join(rows[::-1]))
    message = refusal(house)
    assert "private/app.yaml .stringData.hosts[0], .stringData.hosts[1]" in message


def test_a_line_moved_from_a_file_that_shares_the_data_key(house: HouseUnderTest) -> None:
    text = (house.root / "private/app.yaml").read_text()
    (house.root / "private/copy.yaml").write_text(text)
    value = f'"{house.canary.secret()}"'
    house.canary.allow(house.root.parent / "children.log")
    sops("set", "--value-stdin", "private/copy.yaml", '["stringData"]["password"]', cwd=house.root, input=value)
    approve_all(house)
    theirs = house.line("private/copy.yaml", "password:")
    ours = house.line("private/app.yaml", "password:")
    assert theirs != ours
    house.replace("private/app.yaml", ours, theirs)
    assert "private/app.yaml .stringData.password (changed)" in refusal(house)


def test_a_strangers_own_file_for_the_same_recipient(house: HouseUnderTest) -> None:
    house.seal("private/db.yaml", f"db:\n    password: {house.canary.secret()}\n")
    assert house.opens_with_sops("private/db.yaml")
    assert "private/db.yaml .db.password (changed)" in refusal(house)
    house.seal("private/extra.yaml", f"db:\n    root: {house.canary.secret()}\n")
    house.git(house.root, "checkout", "--", "private/db.yaml")
    assert "private/extra.yaml .db.root (added): a sealed file that nobody of this house approved" in refusal(house)


def rewritten(house: HouseUnderTest, path: str = "private/db.yaml") -> tuple[bytes, bytes]:
    """Write a new version through the session; file and ledger as they were before."""
    old = (house.root / path).read_bytes(), (house.root / "sealkit.sum").read_bytes()
    fresh = house.seal(path, f"db:\n    password: {house.canary.secret()}\n")
    (house.root / path).write_bytes(old[0])
    house.session.write_sealed({path: fresh}, before={path: old[0]})
    house.session.require_approved()
    return old


def test_an_old_version_replayed_with_its_ledger_line(house: HouseUnderTest) -> None:
    file, ledger = rewritten(house)
    (house.root / "private/db.yaml").write_bytes(file)
    (house.root / "sealkit.sum").write_bytes(ledger)
    message = refusal(house)
    assert "private/db.yaml .db.password (changed): an old version was put back: generation 1" in message


def test_an_old_version_replayed_under_the_new_ledger(house: HouseUnderTest) -> None:
    file, _ = rewritten(house)
    (house.root / "private/db.yaml").write_bytes(file)
    assert "private/db.yaml .db.password (changed)" in refusal(house)


def test_two_files_swapped(house: HouseUnderTest) -> None:
    one, two = house.root / "private/app.yaml", house.root / "private/db.yaml"
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    found = [str(item) for item in house.session.waiting()]
    assert len(found) == 2
    assert found[0].startswith("private/app.yaml .db.password")
    assert "holds what was approved as private/db.yaml" in found[0]
    assert "holds what was approved as private/app.yaml" in found[1]
    refusal(house)


def test_a_recipient_added_to_the_policy(house: HouseUnderTest) -> None:
    stranger = someone()
    house.replace(".sops.yaml", f"age: {house.recipient}", f"age: {house.recipient},{stranger}")
    message = refusal(house)
    assert f".sops.yaml .creation_rules[0]: age:{stranger} is a recipient that nobody of this house approved" in message
    before = (house.root / "private/db.yaml").read_bytes()
    sealed = house.seal("private/db.yaml", f"db:\n    password: {house.canary.secret()}\n")
    (house.root / "private/db.yaml").write_bytes(before)
    with pytest.raises(RefusedError, match=f"private/db.yaml: would be sealed to age:{stranger}"):
        house.session.write_sealed({"private/db.yaml": sealed})
    assert (house.root / "private/db.yaml").read_bytes() == before


def test_a_recipient_added_to_a_file(house: HouseUnderTest) -> None:
    stranger = someone()
    sops("rotate", "--in-place", "--add-age", stranger, "private/db.yaml", cwd=house.root)
    message = refusal(house)
    assert message.count("private/db.yaml")
    assert f"its recipients changed (gained age:{stranger})" in message


def test_a_narrowed_path_regex(house: HouseUnderTest) -> None:
    house.replace(".sops.yaml", "'^private/'", "'^private/db'")
    message = refusal(house)
    assert ".sops.yaml .creation_rules[0].path_regex: path_regex ^private/db" in message
    assert "was path_regex ^private/" in message


def test_a_ledger_line_removed(house: HouseUnderTest) -> None:
    ledger = house.root / "sealkit.sum"
    rows = ledger.read_text().splitlines(keepends=True)
    ledger.write_text("".join(row for row in rows if "path=private/db.yaml" not in row))
    message = refusal(house)
    assert "private/db.yaml" in message
    assert "its line was taken out of the ledger" in message


def test_the_whole_ledger_removed(house: HouseUnderTest) -> None:
    (house.root / "sealkit.sum").unlink()
    assert "sealkit.sum: the whole ledger was removed" in refusal(house)


def test_the_house_key_replaced(house: HouseUnderTest) -> None:
    stranger = new_key()
    ledger = Ledger.parse((house.root / "sealkit.sum").read_text())
    forged = sign(Ledger(stranger.public), list(ledger.entries), stranger)
    (house.root / "sealkit.sum").write_text(forged.text())
    assert "sealkit.sum:1: the house key was replaced" in refusal(house)


def test_the_sealed_house_key_replaced(house: HouseUnderTest) -> None:
    stranger = new_key()
    house.seal(".sealkit/house.sops.yaml", f"key: {stranger.secret_text()}\n")
    assert ".sealkit/house.sops.yaml .key" in refusal(house)
    with pytest.raises(RefusedError, match=r"\.sealkit/house\.sops\.yaml \.key: not the house key"):
        house.session.house_key()


def test_a_line_signed_by_a_stranger(house: HouseUnderTest) -> None:
    data = house.seal("private/db.yaml", f"db:\n    password: {house.canary.secret()}\n").encode()
    stranger = new_key()
    text = (house.root / "sealkit.sum").read_text()
    forged = stranger.sign(FileEntry("private/db.yaml", 9, file_digest(data), (f"age:{house.recipient}",))).line()
    (house.root / "sealkit.sum").write_text(text + forged + "\n")
    message = refusal(house)
    assert "the signature of this line does not hold" in message
    assert "path=private/db.yaml" in message
