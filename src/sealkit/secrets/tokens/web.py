"""age identities and JSON Web Tokens."""

from __future__ import annotations

from sealkit.secrets.tokens.token import Token

TOKENS: tuple[Token, ...] = (
    Token("SK303", "age identity", r"AGE-SECRET-KEY-1[0-9A-Z]{58}", source="age specification"),
    Token("SK303", "age identity (post-quantum)", r"AGE-SECRET-KEY-PQ-1[0-9A-Z]{20}", r"[0-9A-Z]{0,80}",
          source="age specification"),
    Token("SK317", "JSON Web Token", r"eyJ[\w-]{10,4096}\.eyJ[\w-]{10,8192}\.[\w-]{16}", r"[\w-]{0,2032}",
          source="RFC 7519"),
)  # fmt: skip
