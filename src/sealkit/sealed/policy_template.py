"""The text of a new `.sops.yaml`, and the rule for the signing key in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sealkit.sealed.metadata import Recipient
from sealkit.source.filenames import SIGNING_KEY

_OPEN_KEYS = "^(apiVersion|kind|metadata|type|immutable)$"
"""What stays in clear text in a sealed object, so that anyone can see which object it is. SK108 reports a secret under one of
these keys."""


def policy_text(
    recipients: Sequence[Recipient], private: str = "private", approvers: Sequence[Recipient] | None = None
) -> str:
    """A `.sops.yaml` that seals the files below the folder `private` (empty: every file) to these age and PGP recipients, and the
    signing key to `approvers` (default: the same)."""
    folder = re.sub(r"[^\w/ -]", lambda match: "\\" + match[0], private)
    path_regex = f"path_regex: ^{folder}/.*\n    " if private else ""
    return (
        "# Who can open what. sops and sealkit read this; changes take effect once approved in sealkit.sum.\n"
        "# The first rule says who may approve. Do not name a key there that only deploys.\n"
        "creation_rules:\n"
        f"{signing_key_rule(recipients if approvers is None else approvers)}"
        f"  - {path_regex}unencrypted_regex: {_OPEN_KEYS}\n{_recipient_lines(recipients)}"
    )


def signing_key_rule(recipients: Sequence[Recipient]) -> str:
    """The creation rule of the signing key, as lines of a YAML block list indented by two columns."""
    path_regex = SIGNING_KEY.replace(".", r"\.")
    return f"  - path_regex: ^{path_regex}$\n{_recipient_lines(recipients)}"


def _recipient_lines(recipients: Sequence[Recipient]) -> str:
    ids_by_kind = {kind: [r.id for r in recipients if r.kind == kind] for kind in ("age", "pgp")}
    return "".join(f"    {kind}: >-\n      " + ",\n      ".join(ids) + "\n" for kind, ids in ids_by_kind.items() if ids)
