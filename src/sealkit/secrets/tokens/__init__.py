"""The patterns of keys and tokens, as their issuers publish them. Data only; scan and split share it.

`head` matches the shortest part that identifies the token, in the syntax that Hyperscan, RE2 and Python share. `tail` matches the
rest. Neither uses lookaround. The rules SK310 to SK317 differ in the kind of issuer.

Only shapes that are a secret without any word around them: a hash of 32 digits near the name of a service is none, nor is what
a service publishes in its own pages, such as publishable keys, client ids and DSNs of browsers.
"""

from __future__ import annotations

from sealkit.secrets.tokens import (
    clouds,
    code_hosts,
    infrastructure,
    messages,
    models,
    monitoring,
    packages,
    payments,
    services,
    web,
)
from sealkit.secrets.tokens.token import Token
from sealkit.secrets.tokens.webhooks import WEBHOOKS

__all__ = ["AFTER", "BEFORE", "TOKENS", "WEBHOOKS", "Token"]

TOKENS: tuple[Token, ...] = (
    *code_hosts.TOKENS,
    *clouds.TOKENS,
    *messages.TOKENS,
    *payments.TOKENS,
    *models.TOKENS,
    *packages.TOKENS,
    *infrastructure.TOKENS,
    *monitoring.TOKENS,
    *services.TOKENS,
    *web.TOKENS,
)
"""All tokens. The first one that matches at an offset determines the rule."""

BEFORE = r"(?<![A-Za-z0-9_])"
AFTER = r"(?![A-Za-z0-9])"
"""What must not precede or follow a token, for Python's `re`."""
