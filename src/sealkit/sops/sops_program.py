"""Cloud key services, through the `sops` program and nothing else.

The program is used as a key service alone: it gets a file of one wrapped key and no data, and moves that key from the cloud
recipients to a throw-away age identity of this process, or back (`sops updatekeys`). So everything else stays native, a data
key is never printed nor on disk in the clear, and a share of a key group travels like a data key.

The metadata of a file, and a policy, are written by whoever can write to the repository. They must not choose where a token
is sent: hosts come from the user's own configuration, and names of keys may not lead elsewhere on such a host.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from sealkit.errors import NoIdentityError, RefusedError, SealkitError
from sealkit.printable import one_line
from sealkit.sealed.metadata import CLOUD_KINDS, Recipient, Wrapped

HOSTS = "SEALKIT_KEY_HOSTS"
VAULTS = "SOPS_HC_VAULT_ALLOWLIST"
_SECONDS = 120
_NEVER = "2001-01-01T00:00:00Z"

_SHAPES: dict[str, re.Pattern[str]] = {
    # the region becomes part of a host name
    "kms": re.compile(r"arn:aws[a-z-]*:kms:[a-z]{2}(?:-[a-z0-9]+){1,4}:\d{6,20}:(?:key|alias)/[\w/.-]+\Z"),
    "gcp_kms": re.compile(r"projects/[\w.:-]+/locations/[\w-]+/keyRings/[\w-]+/cryptoKeys/[\w-]+(?:/cryptoKeyVersions/\d+)?\Z"),
    "hckms": re.compile(r"[a-z0-9-]+:[0-9a-fA-F-]{8,64}\Z"),
    "azure_kv": re.compile(r"https://[\w.-]+(?::\d+)?/?\Z"),
    "hc_vault": re.compile(r"https?://(?:[\w.-]+|\[[0-9a-fA-F:]+\])(?::\d+)?/?\Z"),
}  # fmt: skip
_NAME = re.compile(r"(?!.*(?:^|/)\.\.?(?:/|\Z))[\w./ -]*\Z")
"""A key's name or engine path: a path may not climb to another API of the same host."""

_IN_METADATA = {
    "kms": "arn",
    "gcp_kms": "resource_id",
    "hckms": "key_id",
    "azure_kv": "vault_url",
    "hc_vault": "vault_address",
}
"""What `Recipient.id` is called in a `sops` block."""


def unwrap(wrapped: Sequence[Wrapped], path: str, environ: Mapping[str, str]) -> bytes:
    """The data key, or share, of one key group, from the copies of its cloud recipients.

    Raises RefusedError for a host that the user did not allow, SealkitError where there is no program, NoIdentityError where
    no service gave the key.
    """
    from sealkit.keys.ephemeral_identity import Ephemeral

    for entry in wrapped:
        _admit(entry.recipient, path, environ)
    me = Ephemeral()
    block: dict[str, object] = {kind: [_entry(w) for w in wrapped if w.recipient.kind == kind] for kind in CLOUD_KINDS}
    found = _moved(block, {"age": me.recipient}, path, environ)
    copies = found.get("age") or []
    secret = me.unwrap(copies[0].get("enc", "")) if copies else None
    if secret is None:
        raise SealkitError(f"{path}: sops answered in a form that is not known", hint="use sops 3.9 or newer")
    return secret


def wrap(group: Sequence[Recipient], secret: bytes, path: str, environ: Mapping[str, str]) -> list[Wrapped]:
    """Copies of a data key or share for the cloud recipients of one key group, in their order. Raises as `unwrap` does."""
    from sealkit.keys.ephemeral_identity import Ephemeral

    for recipient in group:
        _admit(recipient, path, environ)
    me = Ephemeral()
    block = {"age": [{"recipient": me.recipient, "enc": me.wrap(secret)}]}
    found = _moved(block, {"key_groups": [_policy_group(group)]}, path, environ, me.identity)
    copies = {kind: iter(found.get(kind) or []) for kind in CLOUD_KINDS}
    made = []
    for recipient in group:
        entry = next(copies[recipient.kind], None)
        if entry is None or entry.get(_IN_METADATA[recipient.kind]) != recipient.id:
            raise SealkitError(f"{path}: sops did not wrap the data key for {recipient}")
        made.append(Wrapped(recipient, entry["enc"], entry["created_at"]))
    return made


def _admit(recipient: Recipient, path: str, environ: Mapping[str, str]) -> None:
    """Refuse a recipient that sends a token where the user did not say it may go."""
    names = [value for name, value in recipient.fields if name in {"engine_path", "key_name", "name", "version"}]
    if not _SHAPES[recipient.kind].match(recipient.id) or not all(map(_NAME.match, names)):
        raise RefusedError(
            f"{path}: not a key of {recipient.kind} as sops writes it", hint="compare the recipients with git log"
        )
    address = recipient.id
    if recipient.kind in {"kms", "gcp_kms"}:
        return  # the address is the cloud's own, and requests are signed for it
    if recipient.kind == "hckms":
        address = f"https://kms.{recipient.id.partition(':')[0]}.myhuaweicloud.com"
    vault = environ.get(VAULTS, "") if recipient.kind == "hc_vault" else ""
    if vault == "all" or any(
        _covers(entry.strip(), address) for entry in f"{environ.get(HOSTS, '')},{vault}".split(",")
    ):
        return
    host = urlsplit(address).netloc
    raise RefusedError(
        f"{path}: names the key service {host}, and your own configuration does not",
        hint=f"if your token may be sent there: export {HOSTS}={host}",
    )


def _covers(allowed: str, address: str) -> bool:
    """Whether an entry (an address with a scheme, as sops reads it, or a host, which means https) covers an address."""
    if not allowed:
        return False
    if "://" in allowed:
        return f"{address.rstrip('/')}/".startswith(f"{allowed.rstrip('/')}/")
    url = urlsplit(address)
    return url.scheme == "https" and allowed.lower() in {url.netloc.lower(), url.hostname}


def _moved(
    block: Mapping[str, object],
    rule: Mapping[str, object],
    path: str,
    environ: Mapping[str, str],
    identity: bytes = b"",
) -> dict[str, list[dict[str, str]]]:
    """The `sops` block after the program moved its key to whom `rule` names."""
    program = shutil.which("sops", path=environ.get("PATH"))
    if program is None:
        raise SealkitError(
            f"{path}: its recipients are keys of a cloud service, which takes the sops program; it is not on your PATH",
            hint="install sops: https://getsops.io/docs/#download",
        )
    stub = {"sops": {**block, "lastmodified": _NEVER, "mac": "", "version": "3.9.0"}}
    with tempfile.TemporaryDirectory(prefix="sealkit-") as folder:  # holds wrapped keys only
        stubs, config = Path(folder) / "key.json", Path(folder) / "config.yaml"
        stubs.write_text(json.dumps(stub))
        config.write_text(json.dumps({"creation_rules": [rule]}))
        _run([program, "--config", str(config), "updatekeys", "--yes", str(stubs)], folder, path, environ, identity)
        found: dict[str, list[dict[str, str]]] = json.loads(stubs.read_text())["sops"]
        return found


def _run(args: Sequence[str], folder: str, path: str, environ: Mapping[str, str], identity: bytes) -> None:
    env = {name: value for name, value in environ.items() if not name.startswith("SOPS_AGE_")}
    env["SOPS_DISABLE_VERSION_CHECK"] = "1"
    source, sink = os.pipe()
    try:
        os.write(sink, identity)  # fits a pipe many times over
        os.close(sink)
        if identity:
            env["SOPS_AGE_KEY_FILE"] = f"/dev/fd/{source}"
        done = subprocess.run(
            args, cwd=folder, env=env, pass_fds=[source] if identity else [], stdin=subprocess.DEVNULL,
            capture_output=True, timeout=_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise SealkitError(f"{path}: its key service did not answer within {_SECONDS} s", hint="try again") from None
    except OSError as error:
        raise SealkitError(
            f"{args[0]}: {(error.strerror or 'cannot be run').lower()}", hint="install sops again"
        ) from None
    finally:
        os.close(source)
    if done.returncode:
        raise NoIdentityError(
            f"{path}: its key service did not give or take the key: {_reason(done.stderr)}",
            hint="log in to the service, then run it again",
        )


def _reason(stderr: bytes) -> str:
    """The last line that says something, without control characters."""
    lines = [line.strip(" |-\t") for line in stderr.decode("utf-8", "replace").splitlines()]
    said = [line for line in lines if line and not line.startswith("Recovery failed because")]
    return one_line(said[-1])[:300] if said else "no reason given"


def _entry(wrapped: Wrapped) -> dict[str, object]:
    """A copy as a `sops` block holds it."""
    recipient = wrapped.recipient
    body: dict[str, object] = {_IN_METADATA[recipient.kind]: recipient.id, **_fields(recipient)}
    return body | {"created_at": wrapped.created_at or _NEVER, "enc": wrapped.enc}


def _fields(recipient: Recipient) -> dict[str, object]:
    fields: dict[str, object] = dict(recipient.fields)
    if isinstance(context := fields.get("context"), str):
        pairs = (pair.partition(":") for pair in context.split(","))
        fields["context"] = {name: value for name, _, value in pairs}
    return fields


def _policy_group(group: Sequence[Recipient]) -> dict[str, list[object]]:
    """Recipients as a key group of `.sops.yaml`."""
    found: dict[str, list[object]] = {}
    for recipient in group:
        address, fields = recipient.id.rstrip("/"), _fields(recipient)
        name, form = recipient.kind, {_IN_METADATA[recipient.kind]: recipient.id, **fields}
        if recipient.kind == "azure_kv":
            name, form = (
                "azure_keyvault",
                {"vaultUrl": recipient.id, "key": fields["name"], "version": fields.get("version", "")},
            )
        entry = (
            f"{address}/v1/{fields['engine_path']}/keys/{fields['key_name']}" if recipient.kind == "hc_vault" else form
        )
        found.setdefault(name, []).append(entry)
    return found
