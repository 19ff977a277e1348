"""The table of sealed values: every type word and many forms of the text, at every place where a format has values."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from forge import Case, Forge, Parts, b64

KNOWN: dict[str, dict[str, str]] = {
    "str": {"alpha": "alpha", "": "", "42": "42", " x ": " x ", "é☃": "é☃", "a\nb": "a\nb"},
    "int": {"42": "42", "+42": "42", "-7": "-7", "007": "7", "0x1f": "31", " 42": "42", "1_000": "1000", "alpha": "",
            "9223372036854775807": "9223372036854775807", "9223372036854775808": "", "": "", "1.0": "1", "-0": "0"},
    "float": {"1.5": "1.5", "1e3": "1000", "1": "1", ".5": "0.5", "0x1p-2": "0.25", "inf": "+Inf", "-Inf": "-Inf",
              "NaN": "NaN", "1_0.5": "10.5", "1,5": "", "": "", "alpha": "", "1e400": "+Inf", "-0": "-0", "1_0": "10",
              "0x_1p-2": "", "infinity": "+Inf", "٣": "3"},
    "bool": {"True": "True", "true": "True", "T": "True", "1": "True", "0": "False", "f": "False", "tRue": "True",
             "yes": "True", "": "", "alpha": ""},
    "time": {"2020-01-02T03:04:05Z": "2020-01-02T03:04:05Z", "2020-01-02T03:04:05.678+02:00": "2020-01-02T03:04:05.678+02:00",
             "2020-01-02T03:04:05+00:00": "2020-01-02T03:04:05Z", "2020-01-02": "2020-01-02T00:00:00Z", "2020-01-02 03:04:05": "2020-01-02T03:04:05Z", "alpha": "", "": "",
             "2020-01-02t03:04:05z": "2020-01-02T03:04:05Z", "2020-02-30T00:00:00Z": "", "2020-01-02T24:00:00Z": "2020-01-03T00:00:00Z", "2020-01-02T03:04:60Z": "",
             "2020-1-2T3:4:5Z": "2020-01-02T03:04:05Z", "2020-01-02T03:04:05": "2020-01-02T03:04:05Z", "2020-01-02T03:04:05,5Z": "2020-01-02T03:04:05.5Z",
             "2020-01-02T03:04:05.50Z": "2020-01-02T03:04:05.5Z", "0000-01-01T00:00:00Z": "0000-01-01T00:00:00Z",
             "2020-01-02T03:04:05+24:00": "", "2020-01-02T03:04:05-00:00": "2020-01-02T03:04:05Z"},
}  # fmt: skip
"""For each type: a plain text, and what sops hashes for it. Where sops refuses it, what a reader that takes it would hash."""
WORDS = ("bytes", "comment", "null", "none", "empty", "list", "map", "string", "STR", "Str", "sTr", "Int", "BOOL", "Comment",
         "str ", " str", "", "str,int", "str]", "blob", "float64", "binary", "strs", "str\t", "stｒ")  # fmt: skip


def _q(text: str) -> str:
    import json

    return json.dumps(text)


def leaf(forge: Forge, path: str, subject: str, hashed: str, *, raw: str = "") -> str:
    """A file of any format with the subject as the value `x`, between two others. `raw` is its source in YAML."""
    a, z = (forge.sealed(word, f"{place}:") for word, place in (("alpha", "a"), ("omega", "z")))
    mac = forge.mac(["alpha", hashed, "omega"])
    if path.endswith(".yaml"):
        return forge.yaml(f"a: {a}\nx: {raw or _q(subject)}\nz: {z}\n", mac)
    if path.endswith(".json"):
        return forge.json(f'"a": {_q(a)}, "x": {_q(subject)}, "z": {_q(z)}', mac)
    if path.endswith(".env"):
        return forge.flat(path, f"a={a}\nx={subject}\nz={z}\n", mac)
    if path.endswith(".ini"):
        a, z = (forge.sealed(word, f"s:{place}:") for word, place in (("alpha", "a"), ("omega", "z")))
        return forge.flat(path, f"[s]\na={a}\nx={subject}\nz={z}\n", mac)
    return forge.json(f'"data": {_q(subject)}', forge.mac([hashed]))


AAD = {"a.yaml": "x:", "a.json": "x:", "a.env": "x:", "a.ini": "s:x:", "a.bin": "data:"}


def item(forge: Forge, path: str, subject: str, hashed: str) -> str:
    """The subject as the first item of a list, another after it."""
    other = forge.sealed("omega", "x:")
    mac = forge.mac([hashed, "omega"])
    if path.endswith(".yaml"):
        return forge.yaml(f"x:\n    - {_q(subject)}\n    - {other}\n", mac)
    return forge.json(f'"x": [{_q(subject)}, {_q(other)}]', mac)


def comment(forge: Forge, path: str, subject: str, hashed: str, where: str) -> str:
    """The subject as a comment; `where` is `head`, `inline`, `list` or `foot`."""
    if path.endswith(".ini"):
        return forge.flat(path, f"[s]\n; {subject}\nx={forge.sealed('alpha', 's:x:')}\n", forge.mac(["alpha", hashed]))
    value = forge.sealed("alpha", "x:")
    mac = forge.mac([hashed, "alpha"])
    if path.endswith(".env"):
        return forge.flat(path, f"#{subject}\nx={value}\n", mac)
    bodies = {
        "head": f"#{subject}\nx: {value}\n", "inline": f"x: {value} #{subject}\n",
        "list": f"x:\n    #{subject}\n    - {value}\n", "foot": f"x:\n    - {value}\n    #{subject}\n",
    }  # fmt: skip
    return forge.yaml(bodies[where], forge.mac(["alpha", hashed]) if where in {"foot", "inline"} else mac)


PLACES: dict[str, tuple[str, str, Callable[[Forge, str, str], str]]] = {
    **{f"leaf {path}": (path, aad, lambda f, s, h, p=path: leaf(f, p, s, h)) for path, aad in AAD.items()},
    "item a.yaml": ("a.yaml", "x:", lambda f, s, h: item(f, "a.yaml", s, h)),
    "item a.json": ("a.json", "x:", lambda f, s, h: item(f, "a.json", s, h)),
    "comment a.yaml": ("a.yaml", ":", lambda f, s, h: comment(f, "a.yaml", s, h, "head")),
    "inline a.yaml": ("a.yaml", ":", lambda f, s, h: comment(f, "a.yaml", s, h, "inline")),
    "list comment a.yaml": ("a.yaml", "x:", lambda f, s, h: comment(f, "a.yaml", s, h, "list")),
    "foot comment a.yaml": ("a.yaml", "x:", lambda f, s, h: comment(f, "a.yaml", s, h, "foot")),
    "comment a.env": ("a.env", ":", lambda f, s, h: comment(f, "a.env", s, h, "")),
    "comment a.ini": ("a.ini", "s:", lambda f, s, h: comment(f, "a.ini", s, h, "")),
}


def typed(forge: Forge) -> Iterator[Case]:
    """Every type word at every place: with a plain text that fits or does not, and a MAC with or without the subject."""
    for name, (path, aad, make) in PLACES.items():
        sample = name in {"leaf a.yaml", "leaf a.json"}
        for kind, plains in KNOWN.items():
            for index, (plain, hashed) in enumerate(plains.items()):
                if not sample and (index > 3 or (kind == "time" and ".678" in plain)):
                    continue  # in a flat format sops prints a time without its fraction
                subject = forge.sealed(plain, aad, kind)
                yield Case(f"{name}: {kind} of {plain!r}", path, make(forge, subject, hashed or plain))
                if "comment" in name or "inline" in name:
                    yield Case(f"{name}: {kind} of {plain!r}, not in the MAC", path, make(forge, subject, ""))
        for word in WORDS:
            subject = forge.sealed("alpha", aad, word)
            yield Case(f"{name}: word {word!r}", path, make(forge, subject, "alpha"))
            if word in {"comment", "bytes"} or "comment" in name or "inline" in name:
                yield Case(f"{name}: word {word!r}, not in the MAC", path, make(forge, subject, ""))


def forms(parts: Parts, other: Parts) -> dict[str, str]:
    """Texts that are almost a sealed value."""
    data, iv, tag = b64(parts.data), b64(parts.iv), b64(parts.tag)
    whole, loose = parts.text(), data.rstrip("=")
    last = chr(ord(loose[-1]) + 1) if loose != data and loose[-1] not in "Zz9+/" else loose[-1]
    return {
        "as written": whole, "lower case": whole.lower(), "enc": whole.replace("ENC", "enc"), "space before": f" {whole}",
        "space after": f"{whole} ", "text after": f"{whole}x", "bracket after": f"{whole}]", "twice": whole * 2,
        "text before": f"x{whole}", "cut": whole[:-1], "cut early": whole[:30], "no brackets": whole[4:-1],
        "no data": whole.replace(f"data:{data},", ""), "no iv": whole.replace(f"iv:{iv},", ""),
        "no tag": whole.replace(f"tag:{tag},", ""), "no type": whole.replace(",type:str", ""),
        "empty data": parts.text(data=""), "empty iv": parts.text(iv=""), "empty tag": parts.text(tag=""),
        "other order": f"ENC[AES256_GCM,iv:{iv},data:{data},tag:{tag},type:str]",
        "type first": f"ENC[AES256_GCM,type:str,data:{data},iv:{iv},tag:{tag}]",
        "extra part": whole.replace(",type", ",x:y,type"), "part twice": whole.replace(",iv:", f",iv:{iv},iv:"),
        "data twice": whole.replace(",iv:", f",data:{data},iv:"), "spaces": whole.replace(",", ", "),
        "other cipher": whole.replace("AES256_GCM", "AES256_CBC"), "AES128": whole.replace("AES256", "AES128"),
        "padding cut": parts.text(data=loose), "padding too long": parts.text(data=data + "="), "other last bits": parts.text(data=loose[:-1] + last + "=" * (len(data) - len(loose))),
        "url alphabet": parts.text(iv=iv.replace("+", "-").replace("/", "_")), "space in base64": parts.text(data=f"{data[:2]} {data[2:]}"),
        "carriage return in base64": parts.text(data=f"{data[:2]}\r{data[2:]}"), "line feed in base64": parts.text(data=f"{data[:2]}\n{data[2:]}"),
        "carriage return after": f"{whole}\r", "line feed after": f"{whole}\n", "NUL after": f"{whole}\0", "hex": parts.text(data=parts.data.hex()),
        "short tag": parts.text(tag=parts.tag[:12]), "tag of 8": parts.text(tag=parts.tag[:8]), "long tag": parts.text(tag=parts.tag + b"\0"),
        "tag takes from data": parts.text(data=parts.data[:2], tag=parts.data[2:] + parts.tag), "data takes from tag": parts.text(data=parts.data + parts.tag[:3], tag=parts.tag[3:]),
        "all in tag": parts.text(data="", tag=parts.data + parts.tag), "other data": parts.text(data=other.data), "other iv": parts.text(iv=other.iv),
        "other tag": parts.text(tag=other.tag), "other value": other.text(), "empty type": parts.text(""), "brace": whole.replace("[", "{").replace("]", "}"),
        "placeholder": "ENC[AES256_GCM]", "plain": "alpha", "only ENC": "ENC[]", "full-width digits": parts.text(iv=iv[:-2] + "１="),
    }  # fmt: skip


def shaped(forge: Forge) -> Iterator[Case]:
    """Every form at the places of values."""
    for name in (
        "leaf a.yaml",
        "leaf a.json",
        "leaf a.env",
        "leaf a.ini",
        "leaf a.bin",
        "item a.yaml",
        "comment a.yaml",
    ):
        path, aad, make = PLACES[name]
        found = forms(forge.parts("alpha", aad), forge.parts("alpha", "other:"))
        if "comment" in name:
            found = {form: text.replace("type:str", "type:comment") for form, text in found.items() if "\n" not in text}
        if path in {"a.env", "a.ini"}:
            found = {
                form: text for form, text in found.items() if "\n" not in text and "\r" not in text and "\0" not in text
            }
        for form, text in found.items():
            hashed = "" if "comment" in name else "alpha"
            yield Case(f"{name}: form {form}", path, make(forge, text, hashed))
    for length in (1, 8, 12, 16, 31, 33, 64):
        subject = forge.parts("alpha", "x:", iv=max(length, 8)).text()
        yield Case(f"leaf a.yaml: iv of {length}", "a.yaml", leaf(forge, "a.yaml", subject, "alpha"))
    strange = forge.parts("alpha", "x:", key=bytes(32)).text()
    yield Case("leaf a.yaml: another data key", "a.yaml", leaf(forge, "a.yaml", strange, "alpha"))


def styled(forge: Forge) -> Iterator[Case]:
    """The ways in which YAML can write a sealed text, and where else it may stand."""
    value = forge.sealed("alpha", "x:")
    import base64

    coded = base64.b64encode(value.encode()).decode()
    sources = {
        "plain": value, "single": f"'{value}'", "double": f'"{value}"', "literal": f"|\n    {value}", "literal strip": f"|-\n    {value}",
        "literal keep": f"|+\n    {value}\n", "folded": f">\n    {value}", "folded strip": f">-\n    {value}",
        "folded lines": f">-\n    {value[:40]}\n    {value[40:]}", "double lines": f'"{value[:40]}\\\n    {value[40:]}"',
        "double folded": f'"{value[:40]}\n    {value[40:]}"', "str tag": f"!!str {value}", "quoted str tag": f'!!str "{value}"',
        "own tag": f"!mine {value}", "verbatim tag": f"!<tag:yaml.org,2002:str> {value}", "binary tag": f"!!binary {coded}", "int tag": f"!!int {value}", "float tag": f"!!float {value}", "bool tag": f"!!bool {value}",
        "null tag": f"!!null {value}", "binary tag on ENC": f"!!binary {value}", "time tag": f"!!timestamp {value}", "non-specific tag": f"! {value}",
        "seq tag": f"!!seq {value}", "map tag": f"!!map {value}", "merge tag": f"!!merge {value}", "set tag": f"!!set {value}", "omap tag": f"!!omap {value}",
        "anchor": f"&a {value}", "anchor and tag": f"&a !!str {value}", "comment after": f"{value} # note", "flow": f"[{value!r}]",
        "escapes": '"' + value.replace("ENC", "\\x45\\u004e\\U00000043") + '"', "tab before": f"\t{value}", "two spaces": f"  {value}", "next line": f"\n    {value}",
        "empty": "", "null": "~", "empty text": '""', "space": '" "', "number": "42", "bool": "true", "float": "1.5", "time": "2020-01-02", "mapping": "{}", "list": "[]",
        "open text": "alpha",
    }  # fmt: skip
    for name, source in sources.items():
        hashed = "" if source in {"", "~", '""', "{}", "[]"} else "alpha"
        yield Case(f"style {name}", "a.yaml", leaf(forge, "a.yaml", value, hashed, raw=source))
    mac = forge.mac(["alpha", "alpha"])
    again = forge.sealed("alpha", "y:")
    in_a, xx = forge.sealed("alpha", "a:x:"), forge.sealed("beta", "x:x:")
    bodies = {
        "alias in a list": (f"x:\n    - &a {value}\n    - *a\n", mac), "alias at another key": (f"x: &a {value}\ny: *a\n", mac),
        "alias of a mapping": (f"a: &a\n    x: {in_a}\nb: *a\n", mac), "merge key": (f"a: &a\n    x: {in_a}\nb:\n    <<: *a\n", mac),
        "merge of a text": (f"x: &a {value}\nb:\n    <<: *a\n", forge.mac(["alpha"])),
        "unknown alias": (f"x: {value}\ny: *nope\n", mac), "duplicate key": (f"x: {value}\nx: {value}\n", mac),
        "duplicate key below": (f"x:\n    x: {xx}\n    x: {xx}\n", forge.mac(["beta", "beta"])),
        "same key quoted": (f'x: {value}\n"x": {value}\n', mac), "explicit key": (f"? x\n: {value}\n", forge.mac(["alpha"])),
        "key with a tag": (f"!!str x: {value}\n", forge.mac(["alpha"])), "number as key": (f"1: {forge.sealed('alpha', '1:')}\n", forge.mac(["alpha"])),
        "quoted number as key": (f'"1": {forge.sealed("alpha", "1:")}\n', forge.mac(["alpha"])), "null as key": (f"~: {value}\n", forge.mac(["alpha"])),
        "sealed key": (f'"{value}": {forge.sealed("alpha", value + ":")}\n', forge.mac(["alpha"])),
        "list as key": (f"? [x]\n: {value}\n", forge.mac(["alpha"])), "bool as key": (f"true: {forge.sealed('alpha', 'true:')}\n", forge.mac(["alpha"])),
        "date as key": (f"2020-01-02: {forge.sealed('alpha', '2020-01-02:')}\n", forge.mac(["alpha"])),
        "key with a colon": (f'"x:y": {forge.sealed("alpha", "x:y:")}\n', forge.mac(["alpha"])),
        "empty key": (f'"": {forge.sealed("alpha", ":")}\n', forge.mac(["alpha"])), "key with an anchor": (f"&k x: {value}\n", forge.mac(["alpha"])),
        "list on top": (f"- {value}\n", forge.mac(["alpha"])), "tab indent": (f"x:\n\t- {value}\n", forge.mac(["alpha"])),
        "suffix": ("x_unencrypted: open\n", forge.mac(["open"])), "sealed under the suffix": (f"x_unencrypted: {value}\n", forge.mac([value])),
        "sealed elsewhere under the suffix": (f"x_unencrypted: {forge.sealed('alpha', 'x_unencrypted:')}\n", forge.mac(["alpha"])),
        "directive": (f"%YAML 1.2\n---\nx: {value}\n", forge.mac(["alpha"])), "byte order mark": (f"\ufeffx: {value}\n", forge.mac(["alpha"])),
        "CRLF": (f"x: {value}\r\ny: {again}\r\n", mac), "document end": (f"---\nx: {value}\n", forge.mac(["alpha"])),
        "comment lines": (f"# a\n\n# b\nx: {value}\n", forge.mac(["alpha"])), "open comment": (f"x: {value} # ENC[\n", forge.mac(["alpha"])),
        "nothing": ("{}\n", forge.mac([])), "no leaf": ("x: {}\ny: []\n", forge.mac([])), "a NUL": (f'x: {value}\ny: "\\0"\n', forge.mac(["alpha", "\0"])),
        "latin-1 escape": (f'x: "{value}\\xe9"\n', forge.mac(["alpha"])), "nested aliases": (f"x:\n    - &a [{value!r}]\n    - *a\n", mac),
        "anchor twice": (f"x:\n    - &a {value}\n    - &a {value}\n    - *a\n", forge.mac(["alpha"] * 3)),
    }  # fmt: skip
    for name, (body, code) in bodies.items():
        yield Case(f"body {name}", "a.yaml", forge.yaml(body, code))
    other = forge.yaml(f"y: {again}\n", mac)
    one = forge.yaml(f"x: {value}\n", mac)
    yield Case("two documents", "a.yaml", f"{one}---\n{other}")
    yield Case("block in the second only", "a.yaml", f"x: {value}\n---\n{other}")
    yield Case("block in the first only", "a.yaml", f"{one}---\ny: {again}\n")
    yield Case("duplicate key in the second", "a.yaml", f"{one}---\ny: {again}\ny: {again}\n")
    yield Case("empty second document", "a.yaml", f"{forge.yaml(f'x: {value}', forge.mac(['alpha']))}---\n")
    for name, text in {"twice": f'"x": "{value}", "x": "{value}"', "null": f'"x": "{value}", "y": null', "number": f'"x": "{value}", "y": 1',
                       "true": f'"x": "{value}", "y": true', "open": f'"x": "{value}", "y": "alpha"', "escaped": f'"x": "{value.replace("E", chr(92) + "u0045")}", "y": "{again}"',
                       "slash": f'"x": "{value.replace("/", chr(92) + "/")}", "y": "{again}"', "surrogate": f'"x": "{value}", "y": "\\ud800"',
                       "deep": f'"x": [["{value}"]], "y": "{again}"', "trailing comma": f'"x": "{value}", "y": "{again}",', "empty key": f'"x": "{value}", "": "{forge.sealed("alpha", ":")}"'}.items():  # fmt: skip
        yield Case(f"json {name}", "a.json", forge.json(text, mac if name != "null" else forge.mac(["alpha"])))
