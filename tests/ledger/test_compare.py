"""Each tampering that the MAC of SOPS overlooks is seen in the text, and named by its route."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealkit.ledger.compare import What, changes


def enc(data: str, kind: str = "str") -> str:
    return f"ENC[AES256_GCM,data:{data},iv:aa,tag:bb,type:{kind}]"


TEXT = f"""\
apiVersion: v1
kind: Secret # the kind
metadata:
    name: app
    namespace: prod
# the values
stringData:
    port: {enc("P")}
    hosts:
        - {enc("H1")}
        - {enc("H2")}
sops:
    mac: {enc("M")}
    lastmodified: "2026-01-01T00:00:00Z"
"""


def seen(old: str, new: str, path: str = "a.yaml", text: str = TEXT) -> list[tuple[str, What]]:
    assert old in text
    return [(str(change.route), change.what) for change in changes(text, text.replace(old, new, 1), path)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("namespace", "labels", [(".metadata.labels", What.ADDED), (".metadata.namespace", What.REMOVED)]),
        (
            "app\n    namespace: prod", "appp\n    namespace: rod",
            [(".metadata.name", What.CHANGED), (".metadata.namespace", What.CHANGED)],
        ),
        ("    name:", "    x: null\n    name:", [(".metadata.x", What.ADDED)]),
        ("    name:", "    x: {}\n    name:", [(".metadata.x", What.ADDED)]),
        ("    name:", '    x: ""\n    name:', [(".metadata.x", What.ADDED)]),
        ("    port:", "    # use this\n    port:", [(".stringData.port", What.COMMENT)]),
        ("# the kind", "# the kid", [(".metadata.name", What.COMMENT)]),
        ("sops:", "# hello\nsops:", [(".sops", What.COMMENT)]),
        ("bb,type:str]\n    hosts", "bb,type:int]\n    hosts", [(".stringData.port", What.TYPE)]),
        ("kind: Secret", "kind: ConfigMap", [(".kind", What.CHANGED)]),
        (enc("P"), '""', [(".stringData.port", What.BLANKED)]),
        (enc("P"), "8080", [(".stringData.port", What.OPENED)]),
        (enc("P"), enc("Q"), [(".stringData.port", What.CHANGED)]),
        ("name: app", "name: 1", [(".metadata.name", What.CHANGED)]),
        (
            f"{enc('H1')}\n        - {enc('H2')}", f"{enc('H2')}\n        - {enc('H1')}",
            [(".stringData.hosts[0]", What.CHANGED), (".stringData.hosts[1]", What.CHANGED)],
        ),
        ("kind: Secret", "kind: Secret\nkind: Secret", [(".kind", What.ADDED)]),
        ("    name: app\n    namespace: prod", "    namespace: prod\n    name: app", [(".metadata.namespace", What.ORDER)]),
        ("app", "'app'", [(".", What.LAYOUT)]),
        ("metadata:", "meta: [", [(".", What.UNREADABLE)]),
        ("lastmodified: \"2026", "lastmodified: \"2027", []),
    ],
)  # fmt: skip
def test_a_tampering_is_named(old: str, new: str, expected: list[tuple[str, What]]) -> None:
    assert seen(old, new) == expected


def test_order_alone_is_named() -> None:
    assert seen("a: 1\nb: 2", "b: 2\na: 1", text="a: 1\nb: 2\n") == [(".b", What.ORDER)]


def test_a_nested_path_joined_into_one_key_is_named() -> None:
    text = f"a:\n    b: {enc('X')}\n"
    assert seen("a:\n    b:", '"a:b":', text=text) == [('["a:b"]', What.ADDED), (".a.b", What.REMOVED)]


@pytest.mark.parametrize(
    ("path", "text", "old", "new", "expected"),
    [
        ("a.json", '{\n\t"a": "' + enc("A") + '",\n\t"sops": {"mac": "x"}\n}', "data:A", "data:B", [(".a", What.CHANGED)]),
        ("a.bin", '{\n\t"data": "' + enc("A") + '",\n\t"sops": {"mac": "x"}\n}', "data:A", "data:B", [(".data", What.CHANGED)]),
        ("a.env", f"# top\nA={enc('A')}\nsops_mac=x\n", "A=", "B=", [(".B", What.ADDED), (".A", What.REMOVED)]),
        ("a.env", f"# top\nA={enc('A')}\nsops_mac=x\n", "top", "tip", [(".A", What.COMMENT)]),
        ("a.env", f"# top\nA={enc('A')}\nsops_mac=x\n", "mac=x", "mac=y", []),
        ("a.ini", f"[db]\na = {enc('A')}\n[sops]\nmac = x\n", "[db]", "[bd]", [(".bd.a", What.ADDED), (".db.a", What.REMOVED)]),
        ("a.ini", f"[db]\na = {enc('A')}\n[sops]\nmac = x\n", "mac = x", "mac = y", []),
    ],
)  # fmt: skip
def test_every_format(path: str, text: str, old: str, new: str, expected: list[tuple[str, What]]) -> None:
    assert seen(old, new, path, text) == expected


@given(st.text(), st.text(), st.sampled_from(["a.yaml", "a.json", "a.env", "a.ini", "a.bin"]))
def test_it_never_raises_and_equal_texts_are_equal(one: str, two: str, path: str) -> None:
    changes(one, two, path)
    assert all(change.what is What.UNREADABLE for change in changes(one, one, path))
