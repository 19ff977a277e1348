"""The table of `sops` blocks: each key of it missing, empty, of another type, or in another form."""

from __future__ import annotations

from collections.abc import Iterator

from forge import STAMP, Case, Forge

TIMES = {
    "as written": '"2026-01-02T03:04:05Z"', "not quoted": "2026-01-02T03:04:05Z", "zone 0": '"2026-01-02T03:04:05+00:00"',
    "fraction": '"2026-01-02T03:04:05.5Z"', "comma fraction": '"2026-01-02T03:04:05,5Z"', "space": '"2026-01-02 03:04:05Z"', "lower case": '"2026-01-02t03:04:05z"',
    "zone 1": '"2026-01-02T04:04:05+01:00"', "date": '"2026-01-02"', "date not quoted": "2026-01-02", "empty": '""', "null": "null",
    "number": "1767322800", "no zone": '"2026-01-02T03:04:05"', "space after": '"2026-01-02T03:04:05Z "', "one digit": '"2026-1-2T3:4:5Z"',
    "24 hours": '"2026-01-01T24:00:00Z"', "february 30": '"2026-02-30T00:00:00Z"', "list": '["2026-01-02T03:04:05Z"]', "false": "false", "one digit of hour": '"2026-01-02T3:04:05Z"',
    "zone 0 short": '"2026-01-02T03:04:05+0000"', "not quoted zone": "2026-01-02T03:04:05+00:00", "not quoted fraction": "2026-01-02T03:04:05.5Z",
}  # fmt: skip
"""The time of change in source. Its MAC is made for `STAMP` where no other is said below."""
VERSIONS = {
    "as written": '"3.11.0"', "empty": '""', "null": "null", "number": "3", "float": "3.9", "word": '"banana"', "list": '["3.11.0"]', "empty list": "[]",
    "space": '" "', "future": '"99.0.0"', "true": "true", "false": "false", "mapping": "{}", "zero": "0",
}  # fmt: skip
THRESHOLDS = (
    "0",
    "1",
    "2",
    "-1",
    '"1"',
    '"x"',
    "1.0",
    "1.5",
    "null",
    "true",
    "[]",
    "99999999999",
    '""',
    '"1.000000"',
    '" 1"',
    '"+1"',
    '"0x1"',
    "1e0",
    "[1]",
    "{}",
)
FLAGS = (
    "true",
    "false",
    '"true"',
    '"True"',
    '"TRUE"',
    '"tRue"',
    '"yes"',
    "1",
    "0",
    "2",
    "-1",
    "1.5",
    "0.0",
    "null",
    '""',
    "[]",
    "[true]",
    '"t"',
    '"1"',
    '" true"',
    "{}",
)
PATTERNS = {
    "unencrypted_suffix": ("_unencrypted", '""', "null", "1", "true", "[]", "_open", "{}", '" "'), "encrypted_suffix": ("x", '""', "null", "y", "[]"),
    "encrypted_regex": ("^x$", '"["', '""', "null", "y", '"(?i)X"', '"(?=x)"', "[x]"), "unencrypted_regex": ("^y$", '"("', '"\\\\p{L}"', "x"),
    "encrypted_comment_regex": ("x", '""', '"["'), "unencrypted_comment_regex": ("x", '""'), "encrypted_suffix_regex": ("x",),
}  # fmt: skip


def blocks(forge: Forge) -> Iterator[Case]:
    """YAML files with one value and odd blocks."""
    value = forge.sealed("alpha", "x:")
    body, good = f"x: {value}\n", forge.mac(["alpha"])

    def yaml(name: str, mac: str = good, **lines: str | None) -> Case:
        return Case(f"block {name}", "a.yaml", forge.yaml(body, mac, **lines))

    for name, source in TIMES.items():
        yield yaml(f"time {name}", lastmodified=f" {source}")
    for stamp in (
        "2026-01-02T04:04:05+01:00",
        "2026-01-02T03:04:05.5Z",
        "0001-01-01T00:00:00Z",
        "2026-01-02T03:04:05+00:00",
        "2026-01-02T23:04:05-05:00",
    ):
        yield yaml(f"time and MAC {stamp}", forge.mac(["alpha"], stamp=stamp), lastmodified=f' "{stamp}"')
    yield yaml("time missing", lastmodified=None)
    yield yaml("time missing, MAC of none", forge.mac(["alpha"], stamp=""), lastmodified=None)
    for name, source in VERSIONS.items():
        yield yaml(f"version {name}", version=f" {source}")
    yield yaml("version missing", version=None)
    for kind in ("str", "bytes", "comment", "int", "time", "bool", "float", "blob", "STR"):
        yield yaml(f"MAC type {kind}", forge.mac(["alpha"], kind=kind))
    odd = {"empty": '""', "null": "null", "missing part": good.replace("tag:", "tg:"), "open": "0" * 128, "in a list": f"['{good}']", "number": "1", "text after": f"{good}x",
           "space after": f'"{good} "', "quoted": f"'{good}'", "block": f"|-\n        {good}", "of nothing": forge.mac([]), "of other": forge.mac(["other"]), "mapping": "{}",
           "of another time": forge.mac(["alpha"], stamp="2026-01-02T03:04:06Z"), "lower case": forge.parts(__import__("hashlib").sha512(b"alpha").hexdigest(), STAMP).text(),
           "folded": f">-\n        {good[:60]}\n        {good[60:]}", "with line feed": forge.parts(__import__("hashlib").sha512(b"alpha").hexdigest().upper() + "\n", STAMP).text()}  # fmt: skip
    for name, source in odd.items():
        yield Case(f"block MAC {name}", "a.yaml", forge.yaml(body, source))
    yield Case("block MAC missing", "a.yaml", forge.yaml(body, good, mac=None))
    for source in THRESHOLDS:
        yield yaml(f"threshold {source}", shamir_threshold=f" {source}")
    only = forge.mac(["alpha"], only=True)
    for source in FLAGS:
        yield yaml(f"only {source}, MAC of all", mac_only_encrypted=f" {source}")
        yield yaml(f"only {source}, MAC of the sealed", only, mac_only_encrypted=f" {source}")
    for mode, patterns in PATTERNS.items():
        for pattern in patterns:
            yield yaml(f"{mode} {pattern}", **{mode: f" {pattern}"})
            opened = forge.yaml("x: alpha\n", good, **{mode: f" {pattern}"})
            yield Case(f"block {mode} {pattern}, open", "a.yaml", opened)
    yield yaml("two selectors", encrypted_regex=" x", encrypted_suffix=" x")
    yield yaml("two selectors, one empty", encrypted_regex=" x", encrypted_suffix=' ""')
    yield from entries(forge, body, good)


def entries(forge: Forge, body: str, good: str) -> Iterator[Case]:
    """Odd recipients, keys of the block, and blocks at odd places."""
    wrapped = forge.block(good)["age"]
    first = (
        wrapped.replace("\n        - ", "\n            ", 1)
        .replace("\n          enc", "\n            enc")
        .replace("\n            -----", "\n                -----")
    )
    junk = "\n        - recipient: age1x\n          enc: junk"
    lists = {
        "missing": None, "empty list": " []", "null": " null", "empty": ' ""', "text": " x", "number": " 1", "empty mapping": " {}", "mapping": None, "null entry": " [null]",
        "text entry": " [x]", "empty entry": " [{}]", "junk first": junk + wrapped, "junk last": wrapped + junk, "twice": wrapped * 2, "list entry": " [[]]", "number entry": " [1]",
        "unknown key": wrapped + "\n          more: 1", "no recipient": wrapped.replace(f"recipient: {forge.recipient}\n         ", ""), "other recipient": wrapped.replace(forge.recipient, "age1other"),
        "null recipient": wrapped.replace(forge.recipient, "null"), "recipient of spaces": wrapped.replace(forge.recipient, '" "'), "enc in lines": wrapped.replace("enc: |", "enc: |+"),
        "enc with text before": wrapped.replace("-----BEGIN", "note\n            -----BEGIN"), "enc with text after": wrapped + "\n            note", "enc twice": wrapped.replace("enc: |", "enc: x\n          enc: |"),
        "created_at": wrapped + '\n          created_at: "2026-01-02T03:04:05Z"', "broken created_at": wrapped + "\n          created_at: 1", "comment": wrapped + " \n        # note",
    }  # fmt: skip
    for name, source in lists.items():
        yield Case(f"entries {name}", "a.yaml", forge.yaml(body, good, age=first if name == "mapping" else source))
    for kind in ("kms", "gcp_kms", "hckms", "azure_kv", "hc_vault", "pgp"):
        for source in ("[]", "null", '""', "{}", "x", "[null]", "[x]", "1"):
            yield Case(f"entries {kind} {source}", "a.yaml", forge.yaml(body, good, **{kind: f" {source}"}))
    pgp = '\n        - created_at: "{}"\n          enc: x\n          fp: "{}"'
    for when in ("2026-01-02T03:04:05Z", "", "2026-01-02", "x"):
        yield Case(f"entries pgp made {when}", "a.yaml", forge.yaml(body, good, pgp=pgp.format(when, "0" * 40)))
    group = wrapped.replace("\n", "\n        ")
    groups = {"one": f"\n        - age:{group}", "empty": " []", "null": " null", "one beside": f"\n        - age:{group}", "an empty one": f"\n        - age:{group}\n        - {{}}", "text": " x", "mapping": " {}", "null one": " [null]"}  # fmt: skip
    for name, source in groups.items():
        rest = {} if name in {"one beside", "empty", "null", "text", "mapping"} else {"age": None}
        yield Case(f"groups {name}", "a.yaml", forge.yaml(body, good, key_groups=source, **rest))
        yield Case(
            f"groups {name}, threshold 1",
            "a.yaml",
            forge.yaml(body, good, key_groups=source, shamir_threshold=" 1", **rest),
        )
    text = forge.yaml(body, good)
    keys = {
        "unknown key": ("    version:", "    other: 1\n    version:"), "key twice": ("    version:", '    version: "1"\n    version:'), "mac twice": ("    version:", f"    mac: {good}\n    version:"),
        "upper-case keys": ("    mac:", "    MAC:"), "number as key": ("    version:", "    1: x\n    version:"), "comment": ("    version:", "    # note\n    version:"), "quoted block key": ("sops:", '"sops":'),
        "anchor": ("sops:", "sops: &s"), "tag": ("sops:", "sops: !!map"), "own tag": ("sops:", "sops: !x"), "upper-case block": ("sops:", "SOPS:"), "merge": ("    version:", "    <<: {other: 1}\n    version:"),
        "version by merge": ("    version: 3.11.0", "    <<: {version: 3.11.0}"), "key with spaces": ("    mac:", '    "mac ":'), "flow": ("    version:", "    more: [1, {a: b}]\n    version:"),
        "mixed case": ("    lastmodified:", "    lastModified:"), "underscore": ("    lastmodified:", "    last_modified:"),
    }  # fmt: skip
    for name, (old, new) in keys.items():
        yield Case(f"block {name}", "a.yaml", text.replace(old, new, 1))
    yield Case("block first", "a.yaml", text[len(body) :] + body)
    yield Case("block twice", "a.yaml", text + text[len(body) :])
    for source in ("x", "[]", "null", "1", "{}", '""', "{a: b}"):
        yield Case(f"block is {source}", "a.yaml", f"{body}sops: {source}\n")
        yield Case(f"another block is {source}", "a.yaml", f"sops: {source}\n{text}")
    yield Case("block of an anchor", "a.yaml", text.replace("sops:", "other: &s", 1) + "sops: *s\n")


def flat_blocks(forge: Forge) -> Iterator[Case]:
    """The same in formats of names and texts, and in JSON."""
    for path, aad in (("a.env", "x:"), ("a.ini", "s:x:")):
        body = f"{'[s]' + chr(10) if path == 'a.ini' else ''}x={forge.sealed('alpha', aad)}\n"
        good, only = forge.mac(["alpha"]), forge.mac(["alpha"], only=True)
        made: dict[str, str] = {}
        for key, texts in {
            "lastmodified": ("", "2026-01-02", "2026-01-02T03:04:05+00:00", '"2026-01-02T03:04:05Z"', "2026-01-02T03:04:05.5Z", " 2026-01-02T03:04:05Z"),
            "version": ("", "3", "x", '"3.9"', " "), "mac": ("", "x", f'"{good}"', f"{good} ", f"{good}x"), "shamir_threshold": ("0", "1", "x", "", "1.0", "-1", "2", "1.000000", " 1"),
            "mac_only_encrypted": ("true", "false", "yes", "", "1", "True", " true"), "unencrypted_suffix": ("", "_unencrypted", "x"), "encrypted_regex": ("", "x", "[", "y"),
            "age__list_1__map_enc": ("x",), "age__list_2__map_enc": ("x",), "age": ("x", ""), "age__map_x": ("y",), "kms": ("", "x"), "pgp__list_0__map_fp": ("x",), "other": ("x", ""),
            "age__list_x__map_enc": ("x",), "age__list_-1__map_enc": ("x",), "age__list_00__map_enc": ("x",), "mac__map_x": ("y",), "__map_x": ("y",), "age__list_0": ("x",),
        }.items():  # fmt: skip
            for text in texts:
                made[f"{key}={text[:30]}"] = forge.flat(path, body, good, **{key: text})
                if key == "mac_only_encrypted":
                    made[f"{key}={text}, MAC of the sealed"] = forge.flat(path, body, only, **{key: text})
        for key in ("lastmodified", "version", "mac", "age__list_0__map_enc", "age__list_0__map_recipient"):
            made[f"no {key}"] = forge.flat(path, body, good, **{key: None})
        text = forge.flat(path, body, good)
        made["CRLF"] = text.replace("\n", "\r\n")
        made["twice"] = text + text[len(body) :]
        made["value twice"] = text.replace(body, body + body.splitlines()[-1] + "\n", 1)
        made["upper case"] = text.replace("version", "VERSION")
        if path == "a.env":
            made |= {"export": text.replace("x=", "export x=", 1), "space at =": text.replace("x=", "x =", 1), "space after =": text.replace("x=", "x= ", 1), "quoted": text.replace(body, f'x="{body[2:-1]}"\n', 1),
                     "comment after": text.replace(body, body[:-1] + " # note\n", 1), "no =": text.replace(body, f"{body}junk\n", 1), "blank line": text.replace(body, f"{body}\n\n", 1), "spaced comment": text.replace(body, f"{body} # note\n", 1),
                     "open": text.replace(body, "x=alpha\n", 1), "empty name": text.replace(body, f"{body}=\n", 1), "block first": text[len(body):] + body, "byte order mark": "\ufeff" + text, "block line in between": f"sops_version=3.9\n{text}"}  # fmt: skip
        else:
            made |= {"colon": text.replace("x=", "x: ", 1), "quoted": text.replace("x=", 'x="', 1).replace("]\n[sops]", ']"\n[sops]', 1), "backquoted": text.replace("x=", "x=`", 1).replace("]\n[sops]", "]`\n[sops]", 1),
                     "single": text.replace("x=", "x='", 1).replace("]\n[sops]", "]'\n[sops]", 1), "comment after": text.replace("]\n[sops]", "] ; note\n[sops]", 1), "indent": text.replace("x=", "  x  =  ", 1), "empty section": "[empty]\n" + text,
                     "section twice": text.replace("[sops]", "[s]\n[sops]", 1), "open": text.replace(body, "[s]\nx=alpha\n", 1), "top": text.replace("[s]\n", "", 1), "upper-case section": text.replace("[sops]", "[SOPS]"), "spaced section": text.replace("[sops]", "[ sops ]"),
                     "no value": text.replace(body, f"{body}y\n", 1), "empty value": text.replace(body, f"{body}y=\n", 1), "block first": text[len(body):] + body, "byte order mark": "\ufeff" + text}  # fmt: skip
        for name, source in made.items():
            yield Case(f"{path} {name}", path, source)
    yield from _json_blocks(forge)


def _json_blocks(forge: Forge) -> Iterator[Case]:
    value, good = forge.sealed("alpha", "x:"), forge.mac(["alpha"])
    body = f'"x": "{value}"'
    for key, texts in {
        "lastmodified": ('""', "null", "1", '"2026-01-02T03:04:05+00:00"', "[]", "true"), "version": ('""', "null", "3", "3.9", "[]", "true", "{}"), "mac": ('""', "null", "1", "[]", "{}"),
        "shamir_threshold": ("0", "1", "-1", "2", '"1"', '"x"', "1.5", "null", "[]", "true"), "mac_only_encrypted": ("true", "false", '"true"', '"yes"', "1", "0", "null", "[]"),
        "unencrypted_suffix": ('""', "null", "1", '"x"', "[]"), "encrypted_regex": ('""', "null", '"x"', '"["', "[]"), "age": ("[]", "null", "{}", '"x"', "[{}]", "[null]", "1"), "kms": ("[]", "null", "{}", '""', '"x"', "[{}]"),
        "key_groups": ("[]", "null", "{}", "[{}]"), "other": ("1", "null", "{}"), "MAC": (f'"{good}"',),
    }.items():  # fmt: skip
        for source in texts:
            yield Case(f"a.json {key}: {source[:30]}", "a.json", forge.json(body, good, **{key: source}))
    for key in ("lastmodified", "version", "mac", "age"):
        yield Case(f"a.json no {key}", "a.json", forge.json(body, good, **{key: None}))
    text = forge.json(body, good)
    yield Case("a.json version twice", "a.json", text.replace('"version"', '"version": "1", "version"'))
    yield Case("a.json block twice", "a.json", text[:-1] + ', "sops": {}}')
    yield Case("a.json another block first", "a.json", '{"sops": {}, ' + text[1:])
    for source in ("{}", "1", "null", "[]", '"x"'):
        yield Case(f"a.json block is {source}", "a.json", f'{{{body}, "sops": {source}}}')
    yield Case("a.json text after", "a.json", text + "x")
    yield Case("a.json second object", "a.json", text + "{}")
    yield Case("a.json comment", "a.json", "// x\n" + text)
    data = forge.sealed("alpha", "data:")
    for name, source in {"more keys": f'"data": "{data}", "x": "{value}"', "no data": body, "null data": '"data": null', "number data": '"data": 1', "open data": '"data": "alpha"', "list data": f'"data": ["{data}"]', "mapping": f'"data": {{"data": "{data}"}}',
                         "data twice": f'"data": "{data}", "data": "{data}"', "nothing": '"y": {}', "more open": f'"data": "{data}", "x_unencrypted": "y"'}.items():  # fmt: skip
        yield Case(f"a.bin {name}", "a.bin", forge.json(source, good))
