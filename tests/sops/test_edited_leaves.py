"""Single leaves replaced, added, moved or removed in a sealed file without its plain text; the real sops opens the result."""

from __future__ import annotations

import pytest
from real_sops import Bench

from canary import Canary
from sealkit.errors import RefusedError
from sealkit.keys.keyring import Keyring
from sealkit.sealed.file import SealedFile
from sealkit.sealed.leaf_edit import find_leaf, put_leaf, remove_leaf
from sealkit.sops.decrypt import Opened, open_file
from sealkit.sops.encrypt import plain, replace_values, reseal_edited, sealed_text
from sealkit.yamlspan.route import Route

TEXTS = {
    "a.yaml": "# a note\ndb:\n    user: {one} # of the app\n    port: 5432\n    hosts:\n        - a\n        - b\n",
    "b.json": '{{"db": {{"user": "{one}", "port": 5432, "hosts": ["a", "b"]}}}}\n',
    "c.ini": "[db]\nuser = {one}\nport = 5432\n",
    "d.env": "user={one}\nport=5432\n",
}
USER = {"a.yaml": ".db.user", "b.json": ".db.user", "c.ini": ".db.user", "d.env": ".user"}
OTHER = {"a.yaml": ".db.name", "b.json": ".db.name", "c.ini": ".db.name", "d.env": ".name"}
PATHS = sorted(TEXTS)


def opened(bench: Bench, keyring: Keyring, canary: Canary, path: str) -> Opened:
    """A file that sops sealed."""
    data = bench.encrypt(path, TEXTS[path].format(one=canary.secret()))
    return open_file(SealedFile(path, data), keyring)


def ciphertexts(file: SealedFile) -> dict[str, object]:
    return {str(item.route): item.value for item in file.parsed.items if item.sealed and not item.comment}


def by_sops(bench: Bench, file: SealedFile) -> bytes:
    return bench.decrypt(file.path, file.data)


@pytest.mark.parametrize("path", PATHS)
def test_a_value_is_replaced_and_the_rest_keeps_its_ciphertext(
    bench: Bench, keyring: Keyring, canary: Canary, path: str
) -> None:
    before = opened(bench, keyring, canary, path)
    index = find_leaf(before.parsed, Route.parse(USER[path]))
    assert index is not None
    secret = canary.secret()
    after = replace_values(before, {index: secret})
    assert secret.encode() in by_sops(bench, after)
    old, new = ciphertexts(SealedFile.from_parsed(before.parsed)), ciphertexts(after)
    assert {route for route in new if new[route] != old.get(route)} == {USER[path]}
    assert new.keys() == old.keys()


@pytest.mark.parametrize("path", PATHS)
def test_a_leaf_is_added_moved_and_removed(bench: Bench, keyring: Keyring, canary: Canary, path: str) -> None:
    before = opened(bench, keyring, canary, path)
    user, other = Route.parse(USER[path]), Route.parse(OTHER[path])
    index = find_leaf(before.parsed, user)
    assert index is not None
    old = ciphertexts(SealedFile.from_parsed(before.parsed))
    secret = canary.secret()
    added = reseal_edited(before, put_leaf(sealed_text(before), path, other, secret))
    assert {route for route, value in ciphertexts(added).items() if value != old.get(route)} == {OTHER[path]}
    assert secret.encode() in by_sops(bench, added)
    assert secret not in added.text
    moved_text = put_leaf(sealed_text(before), path, other, before.parsed.items[index].value)
    moved = reseal_edited(before, remove_leaf(moved_text, path, user))
    assert OTHER[path] in ciphertexts(moved)
    assert USER[path] not in ciphertexts(moved)
    assert ciphertexts(moved)[OTHER[path]] != old[USER[path]]  # bound to its keys
    clear = plain(open_file(moved, keyring))
    assert canary.text in clear
    assert canary.text.encode() in by_sops(bench, moved)
    removed = reseal_edited(before, remove_leaf(sealed_text(before), path, user))
    assert canary.text.encode() not in by_sops(bench, removed)
    assert ciphertexts(removed) == {route: value for route, value in old.items() if route != USER[path]}


def test_the_block_stays_as_it_was_written(bench: Bench, keyring: Keyring, canary: Canary) -> None:
    before = opened(bench, keyring, canary, "a.yaml")
    edited = put_leaf(sealed_text(before), "a.yaml", Route.parse(".mail.token"), canary.secret())
    after = reseal_edited(before, edited)
    block = before.parsed.text.partition("\nsops:\n")[2].splitlines()
    changed = {row for row in after.text.partition("\nsops:\n")[2].splitlines() if row not in block}
    assert {row.split(":")[0].strip() for row in changed} <= {"lastmodified", "mac"}
    assert after.text.index("\nmail:\n") < after.text.index("\nsops:\n")


def test_no_ciphertext_of_another_file_is_taken(bench: Bench, keyring: Keyring, canary: Canary) -> None:
    before, foreign = (opened(bench, keyring, canary, "a.yaml") for _ in range(2))
    value = next(item.value for item in foreign.parsed.items if item.sealed and not item.comment)
    with pytest.raises(RefusedError, match="holds a sealed value already"):
        reseal_edited(before, put_leaf(sealed_text(before), "a.yaml", Route.parse(".db.name"), value))
    with pytest.raises(RefusedError, match="holds a sealed value already"):
        replace_values(before, {1: value})


def test_no_second_block_is_made(bench: Bench, keyring: Keyring, canary: Canary) -> None:
    before = opened(bench, keyring, canary, "a.yaml")
    with pytest.raises(RefusedError, match="a top-level key sops"):
        reseal_edited(before, put_leaf(sealed_text(before), "a.yaml", Route.parse(".sops.mac"), "x"))


def test_comments_lists_and_documents_stay(bench: Bench, keyring: Keyring, canary: Canary) -> None:
    text = (
        f"# first\na:\n    - x # one\n    - y\n    - {canary.secret()}\nz: 1\n---\n"
        f"# second\nb:\n    c: 1\n    # of d\n    d: {canary.secret()}\n"
    )
    before = open_file(SealedFile("m.yaml", bench.encrypt("m.yaml", text)), keyring)

    def edit(text: str) -> str:
        text = put_leaf(text, "m.yaml", Route.parse(".b.e"), True, 1)
        return remove_leaf(remove_leaf(text, "m.yaml", Route.parse(".b.c"), 1), "m.yaml", Route.parse(".z"))

    after, wanted = reseal_edited(before, edit(sealed_text(before))), edit(plain(before))
    assert plain(open_file(after, keyring)) == wanted
    assert by_sops(bench, after) == bench.decrypt("m.yaml", bench.encrypt("m.yaml", wanted))
    old = {item.value for item in before.parsed.items if item.sealed}
    assert sum(item.sealed and item.value not in old for item in after.parsed.items) == 1  # .b.e alone
