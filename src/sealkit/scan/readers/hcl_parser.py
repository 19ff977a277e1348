"""From the text of an HCL file to the tree of `hcl_syntax`."""

from __future__ import annotations

from sealkit.scan.readers.hcl_syntax import Call, HclError, Literal, Mapping, Name, Node, Other, Several, Token, tokens

_DEEPEST = 80
_BETWEEN = {"\n", ",", ";"}
_BINARY = {"==", "!=", "<=", ">=", "<", ">", "&&", "||", "+", "-", "*", "/", "%"}


def parse(text: str) -> tuple[Mapping, list[tuple[int, int]]]:
    """The tree of a file, and where its comments stand. Raises HclError."""
    comments: list[tuple[int, int]] = []
    parser = _Parser(text, list(tokens(text, comments)))
    tree = parser.body("")
    return tree, comments


class _Parser:
    def __init__(self, text: str, found: list[Token]) -> None:
        self.text, self.tokens = text, found
        self.at = self.depth = 0

    @property
    def kind(self) -> str:
        return self.tokens[self.at].kind

    def take(self, kind: str = "") -> Token:
        token = self.tokens[self.at]
        if kind and token.kind != kind:
            raise HclError
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def skip(self, kinds: set[str]) -> None:
        while self.kind in kinds:
            self.take()

    def word(self, token: Token) -> str:
        return self.text[token.start : token.end]

    def body(self, end: str) -> Mapping:
        """Attributes and blocks up to `end`."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise HclError
        items: list[tuple[str, tuple[str, ...], Node]] = []
        self.skip(_BETWEEN)
        while self.kind != end:
            items.append(self.item())
            self.skip(_BETWEEN)
        self.take(end)
        self.depth -= 1
        return Mapping(items)

    def item(self) -> tuple[str, tuple[str, ...], Node]:
        """`key = value`, `key: value`, `type "label" { … }`; a key of an object may be an expression."""
        key = self.expression(lines=False)
        name = self.word(key.token) if isinstance(key, Literal | Name) else ""
        labels: list[str] = []
        while self.kind in {"name", '"'}:
            labels.append(self.word(self.take()))
        if self.kind == "{" or labels:
            self.take("{")
            return name, tuple(labels), self.body("}")
        if self.kind not in {"=", ":"}:
            raise HclError
        self.take()
        self.skip({"\n"})
        return name, (), self.expression(lines=False)

    def expression(self, *, lines: bool) -> Node:
        """An expression; `lines` says that newlines do not end it."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise HclError
        over = {"\n"} if lines else set()
        self.skip(over)
        parts = [self.operand()]
        self.skip(over)
        while self.kind in _BINARY:
            self.take()
            self.skip({"\n"})
            parts.append(self.operand())
            self.skip(over)
        node = parts[0] if len(parts) == 1 else Other(parts)
        if self.kind == "?":
            self.take()
            yes = self.expression(lines=True)
            self.take(":")
            node = Other([node, Several([yes, self.expression(lines=lines)])])
        self.depth -= 1
        return node

    def operand(self) -> Node:
        while self.kind in {"!", "-"}:
            self.take()
        token = self.take()
        node: Node
        if token.kind in {'"', "<<", "number"}:
            node = Literal(token)
        elif token.kind == "name":
            node = self.named(token)
        elif token.kind == "(":
            node = self.expression(lines=True)
            self.skip({"\n"})
            self.take(")")
        elif token.kind in {"[", "{"} and self.loops():
            node = self.loop("]" if token.kind == "[" else "}")
        elif token.kind == "[":
            node = Several(self.several("]"))
        elif token.kind == "{":
            node = self.body("}")
        else:
            raise HclError
        return self.traversed(node)

    def named(self, token: Token) -> Node:
        while self.kind == "::":
            self.take()
            token = self.take("name")
        if self.kind == "(":
            self.take()
            return Call(self.word(token), self.several(")"))
        return Name(token)

    def several(self, end: str) -> list[Node]:
        """Expressions with commas between them."""
        items: list[Node] = []
        self.skip(_BETWEEN)
        while self.kind != end:
            items.append(self.expression(lines=True))
            self.skip(_BETWEEN | {"..."})
        self.take(end)
        return items

    def traversed(self, node: Node) -> Node:
        """What follows an operand: `.name`, `.0`, `.*`, `[index]`."""
        parts: list[Node] = []
        while self.kind in {".", "["}:
            if self.take().kind == ".":
                self.take()
            elif self.kind == "*":
                self.take()
                self.take("]")
            else:
                parts.append(self.expression(lines=True))
                self.skip({"\n"})
                self.take("]")
            node = Other([*([] if isinstance(node, Name) else [node]), *parts])
            parts = []
        return node

    def loops(self) -> bool:
        """Whether a `for` follows, and not a key or value of that name."""
        at = self.at
        while self.tokens[at].kind == "\n":
            at += 1
        return self.word(self.tokens[at]) == "for" and self.tokens[at + 1].kind == "name"

    def loop(self, end: str) -> Node:
        """`for key, value in list : key => value if condition`."""
        parts: list[Node] = []
        while self.kind not in {":", ""}:
            if self.word(self.tokens[self.at]) == "in":
                self.take()
                parts.append(self.expression(lines=True))
                self.skip({"\n"})
                break
            self.take()
        self.take(":")
        while True:
            self.skip({"\n", "...", "=>"})
            if self.kind == end:
                break
            if self.kind == "name" and self.word(self.tokens[self.at]) == "if":
                self.take()
            parts.append(self.expression(lines=True))
        self.take(end)
        return Other(parts)
