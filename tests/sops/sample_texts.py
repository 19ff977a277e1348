"""Sample texts of every format, and the selectors of sops with the lines of `.sops.yaml` that set them."""

from __future__ import annotations

from real_sops import Bench

YAML = """\
# top
apiVersion: v1
kind: Secret # inline
metadata:
    name: app
    labels: {{tier: web, "quoted key": 'x'}}
# above data
data:
    password: {one}
    # above the block
    block: |
        {two}
        second line
    folded: >-
        one
        two
    empty: ""
    nothing: null
    nil: ~
    none: {{}}
    no_items: []
    int: 42
    octal: 0644
    spaced: 1_000
    hex: 0x1F
    big: 9223372036854775807
    float: 1.0
    small: 1.5e-9
    huge: 1e400
    infinite: .inf
    negative: -.inf
    yes: yes
    bool: true
    date: 2020-01-02
    time: 2020-01-02T03:04:05.60+02:00
    sexagesimal: 1:30
    unicode: "é \\u00e9 \\U0001F600 \\x07"
    "key:with:colons": x
    list:
        # in a list
        - {three}
        - same
        - same
        - [nested, 1]
        - name: a
          value: b
stringData:
    note_unencrypted: stays
"""
CONFIG = {
    "all": "",
    "unencrypted_suffix": "unencrypted_suffix: _unencrypted",
    "encrypted_suffix": "encrypted_suffix: word",
    "unencrypted_regex": "unencrypted_regex: ^(apiVersion|kind|metadata)$",
    "encrypted_regex": "encrypted_regex: ((?i)^(DATA|pass\\pL*)$)",
    "unencrypted_comment_regex": "unencrypted_comment_regex: above the",
    "encrypted_comment_regex": "encrypted_comment_regex: above",
    "mac_only": "encrypted_regex: ^(data|stringData)$\n    mac_only_encrypted: true",
}
SELECTORS = {
    "all": ("", ""),
    "unencrypted_suffix": ("unencrypted_suffix", "_unencrypted"),
    "encrypted_suffix": ("encrypted_suffix", "word"),
    "unencrypted_regex": ("unencrypted_regex", "^(apiVersion|kind|metadata)$"),
    "encrypted_regex": ("encrypted_regex", "((?i)^(DATA|pass\\pL*)$)"),
    "unencrypted_comment_regex": ("unencrypted_comment_regex", "above the"),
    "encrypted_comment_regex": ("encrypted_comment_regex", "above"),
    "mac_only": ("encrypted_regex", "^(data|stringData)$"),
}
MULTI = """\
a: {one}
b: 1
---
# second
c:
    - {two}
    - plain
---
d: null
e: {three}
"""
JSON = """\
{{
  "apiVersion": "v1",
  "data": {{
    "password": "{one}", "int": 1, "big": 12345678, "float": 1.5, "whole": 2.0, "yes": true, "no": false, "nil": null,
    "empty": "", "escaped": "</>& \\u00e9 \\ud83d\\ude00 \\n\\t\\" \\/", "list": ["{two}", 1, [], {{}}, {{"a": "b"}}]
  }},
  "x_unencrypted": "open"
}}
"""
DOTENV = '# the database\nPASSWORD={one}\nEMPTY=\nURL=postgres://a:b@c/d?x=y#z\nQUOTED="x y"\nLINES=a\\nb\nSPACED= x \n'
INI = "; top\n[db]\npassword = {one}\nempty =\nurl = postgres://a:b@c/d\n\n[mail]\n# a note\ntoken = {two}\n"


def config(bench: Bench, mode: str) -> str:
    """A `.sops.yaml` with one rule of this selector."""
    return f"creation_rules:\n  - age: {bench.recipient}\n    {CONFIG[mode]}\n"
