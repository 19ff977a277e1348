"""Templates have objects: stand-ins keep length, lines and structure; what no parser takes is cut out, and the rest is read."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sealkit.scan import by_indentation, templates
from sealkit.scan.stand_ins import neutral
from sealkit.secrets.value_forms import STAND_IN, is_template_value
from sealkit.yamlspan.nodes import ScalarNode
from sealkit.yamlspan.parse import parse

S = STAND_IN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: {{ .x }}\n", "a: ~~~~~~~~\n"),
        ("a: {{- .x -}}\n", "a: ~~~~~~~~~~\n"),
        ('a: "{{ .x | default "y" }}"\n', 'a: "~~~~~~~~~~~~~~~~~~~~~~"\n'),
        ('a: {{ "}}" }}b\n', "a: ~~~~~~~~~~b\n"),
        ("{{ .k }}: {{ .v }}\n", "~~~~~~~~: ~~~~~~~~\n"),
        ("- {{ .x }}-{{ .y }}\n", "- ~~~~~~~~-~~~~~~~~\n"),
        ("{{- if .x }}\na: b\n{{- end }}\n", "            \na: b\n          \n"),
        ("{{/* it's\n a: b */}}\na: b\n", f"{' ' * 9}\n{' ' * 10}\na: b\n"),
        ("{{- /* a }} b */ -}}\na: b\n", "                    \na: b\n"),
        ('a:\n  {{- include "x" . | nindent 2 }}\n', f"a:\n{' ' * 34}\n"),
        ('a: {{- include "x" . | nindent 2 }}\n  b: c\n', "a:                                 \n  b: c\n"),
        ('a: {{ include\n  "x" . }}\nb: c\n', "a: ~~~~~~~~~~\n          \nb: c\n"),
        ("  {{ if .x }}a: b{{ end }}\n", f"  a: b{' ' * 20}\n"),
        ("{{- $x := .y -}}\na: b\n", "                \na: b\n"),
        ("a: {{ if .x }}y{{ else }}z{{ end }}\n", "a:            y          z         \n"),
        ("{% if x %}\na: {{ x }}\n{% endif %}\n", "          \na: ~~~~~~~\n           \n"),
        ("{# a: b #}\na: b # c\n", "          \na: b # c\n"),
        ("#% for x in y %#\na: #{ x }#\n#% endfor %#\n", "                \na: ~~~~~~~\n            \n"),
        ("a: #{ x }#/24\n#| a\n b: c |\n#|\n", "a: ~~~~~~~/24\n    \n       \n  \n"),
        ("#| a\nb: c\n#| d\n", None),
        ("a: ${{ secrets.X }}\n", "a: ~~~~~~~~~~~~~~~~\n"),
        ("a: ${X}\n", None),
        ("a: [${X}, ${Y:-1}]\n", "a: [~~~~, ~~~~~~~]\n"),
        ("a: ${X:=${Y}}\n", "a: ~~~~~~~~~~\n"),
        ("a: $X\n", None),
        ("a: @VAR@\nb: @@VAR@@\n", "a: ~~~~~\nb: ~~~~~~~\n"),
        ("a: me@example.org\n", None),
        ("a: %s\nb: %(x)s\nc: 100%\n", "a: ~~\nb: ~~~~~\nc: 100%\n"),
        ("<% if x %>\na: <%= y %>\n<% end %>\n", "          \na: ~~~~~~~~\n         \n"),
        ("<#if x>\na: b\n<#else>\na: c\n</#if>\n", "       \na: b\n       \na: c\n      \n"),
        ("#@ load('x')\na: #@ data.values.x\n", None),
        ("a: {b: {c: d}}\n", None),
        ('{"a": {"b": {"c": 1}}}\n', None),
        ("a: {{ never closed\n", None),
        (
            '{\n// x\n"a": "http://b", /* c\n d */ "e": 1 // f\n}\n',
            '{\n    \n"a": "http://b",     \n      "e": 1     \n}\n',
        ),
        ("{{- if .x }}\r\na: b\r\n{{- end }}\r\n", "            \r\na: b\r\n          \r\n"),
    ],
)
def test_stand_ins(text: str, expected: str | None) -> None:
    assert neutral(text) == (expected.replace("~", S) if expected is not None else None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: |\n  {{- if .x }}\n  b\n  {{- end }}\nc: d\n", {"c": "d"}),
        ("a: |\n{{ .x | indent 2 }}\n  b\nc: d\n", {"c": "d"}),
        ("a: |-\n{{ .Files.Get .a | indent 4 }}\nc: d\n", {"a": "", "c": "d"}),
        ("a:\n  - b: |\n      {{ .x }}\n      c\n    d: e\n", None),
        ("a: >-\n      {{ .x }}\n  b\nc: d\n", {"c": "d"}),
    ],
)
def test_a_block_that_begins_with_actions(text: str, expected: dict[str, str] | None) -> None:
    body = neutral(text)
    assert body is not None
    tree = parse(body)[0].tree()
    assert isinstance(tree, dict)
    assert expected is None or {**tree, **expected} == tree


def test_a_stand_in_is_a_template_among_words() -> None:
    for value in (S, S * 9, f"{S}-{S}", f"postgres://{S}:{S}@db", f"token-{S * 3}"):
        assert is_template_value(value)
    assert not is_template_value(f"Zk4vQ9p{'T'}z2LmXw7RbN3{S}")


_PIECES = st.sampled_from(
    ["{{", "}}", "{%", "%}", "{#", "#}", "#{", "}#", "#|", "${", "}", "<%", "%>", "<#if x>", "/*", "*/", "//", '"', "'", "`",
     "a: b", "\n", "\n", "\r\n", "  ", "- ", ": ", "|\n", "if ", "end", "%s", "@X@", "\t", "é", "---\n", "kind: Secret\n", "{", "["]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=40))
@settings(max_examples=600)
def test_any_text_keeps_its_length_and_lines(pieces: list[str]) -> None:
    text = "".join(pieces)
    body = neutral(text)
    assert body is None or (len(body), [*map(len, body.split("\n"))]) == (len(text), [*map(len, text.split("\n"))])
    templates.read(text)
    for piece in templates.embedded(text):
        assert 0 < piece.line <= text.count("\n") + 1
        assert piece.line + piece.text.count("\n") <= text.count("\n") + 1
    list(by_indentation.secrets_in(text))


def leaves(text: str) -> dict[str, tuple[str, int]]:
    """Route to value and line of every leaf that is read."""
    found: dict[str, tuple[str, int]] = {}
    for document in templates.read(text).documents:
        for leaf in document.leaves():
            assert isinstance(leaf.node, ScalarNode)
            found.setdefault(str(leaf.route), (leaf.node.text.strip(), leaf.node.line))
    return found


def test_both_branches_are_read() -> None:
    text = "a:\n{{- if .x }}\n  b: 1\n{{- else }}\n  b: 2\n{{- end }}\nc: 3\n"
    assert [leaf.node.text for leaf in templates.read(text).documents[0].leaves()] == ["1", "2", "3"]


def test_branches_that_contradict_each_other() -> None:
    text = "kind: X\na:\n{{- if .x }}\n  - b: 1\n{{- else }}\n  c:\n    d: 2\n{{- end }}\ne: 3\n"
    found = leaves(text)
    assert found[".a[0].b"] == ("1", 4)
    assert found[".a.c.d"] == ("2", 7)
    assert found[".e"] == ("3", 9)
    assert templates.read(text).unread == []


def test_one_broken_line_costs_the_others_nothing() -> None:
    text = "a: 1\n---\nkind: B\nb: 2\n  c: d: e\nf: 3\n---\ng: {{ .x }}\n---\n\tx\n"
    found = leaves(text)
    assert (found[".a"], found[".b"], found[".f"], found[".g"]) == (("1", 1), ("2", 4), ("3", 6), (S * 8, 8))
    assert [(piece.line, piece.text.strip(), piece.kind) for piece in templates.read(text).unread] == [
        (5, "c: d: e", "B"),
        (10, "x", ""),
    ]


def test_lines_that_only_happen_to_be_yaml_are_no_structure() -> None:
    text = "{% macro x() %}\nENV A=b \\\n    C=d\n{% endmacro %}\n"
    reading = templates.read(text)
    assert (leaves(text), [(piece.line, piece.text) for piece in reading.unread]) == ({}, [(2, "ENV A=b \\\n    C=d")])


def test_what_parses_is_read_as_it_is() -> None:
    text = 'a: "{{ .x }}"\nb: ${X}\n'
    assert leaves(text) == {".a": ("{{ .x }}", 1), ".b": ("${X}", 2)}


@pytest.mark.parametrize(
    ("text", "line", "first"),
    [
        ("x\n\n  ```yaml\n  kind: Secret\n  ```\n", 4, "kind: Secret"),
        ("x <<EOF\nkind: Secret\nEOF\n", 2, "kind: Secret"),
        ("x\n    apiVersion: v1\n    kind: Secret\n", 2, "apiVersion: v1"),
        ("a: b;\n# kind: Secret\n# data:\n", 2, "kind: Secret"),
        ("items:\n- kind: Secret\n  data: {}\n- kind: Pod\n", 2, "kind: Secret"),
        ('f(\n  {"a": 1}, {\n "kind": "Secret"})\n', 2, "{"),
    ],
)
def test_pieces_keep_their_lines(text: str, line: int, first: str) -> None:
    (piece,) = templates.embedded(text)
    assert (piece.line, piece.text.split("\n")[0]) == (line, first)


@pytest.mark.parametrize(
    "text",
    ["x <<EOF\na: b\nEOF\n", "```yaml\na: b\n```\n", "kind: ExternalSecret\n", "a kind: Secret thing\n", "mankind: Secret\n"],
)  # fmt: skip
def test_no_manifest(text: str) -> None:
    assert list(templates.embedded(text)) == []


@pytest.mark.parametrize(
    "unit",
    ["{{ ", "{{ if }}\n", "{{/* ", "${{", "{%\n", "#| ", '"//', "/*", "<<EOF\n", "```\n", "kind: Secret\n", "  kind: Secret\n",
     '{"kind":"Secret"', "{", "# kind: Secret\n", "---\n{{\n", "- kind: Secret\n", "<#if ", "a: |\n{{ x }}\n",
     "a: b: c\n", "#%", "x: {{ y\n}}\n"],
)  # fmt: skip
def test_the_time_is_linear(unit: str) -> None:
    text = unit * (400_000 // len(unit))
    start = time.process_time()
    neutral(text)
    list(templates.embedded(text))
    list(templates.commented(text))
    list(by_indentation.secrets_in(text))
    templates.read(text)
    assert time.process_time() - start < 10
