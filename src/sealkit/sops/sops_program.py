"""Keys of cloud services (KMS, Vault ...), wrapped and unwrapped by the `sops` program.

`sops updatekeys` gets a file with one wrapped key and no data, and wraps that key for a temporary age identity of this process
instead of the cloud recipients, or the reverse. So the data key, or a share of it, is never printed nor on disk in plain text.

Anyone who can write to the repository can write the metadata of a file and its policy. They must not decide where the user's
token is sent: hosts come from the user's own configuration, and key names must not lead to another API of such a host.
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
_TIMEOUT = 120
_PLACEHOLDER_TIME = "2001-01-01T00:00:00Z"

_ADDRESSES: dict[str, re.Pattern[str]] = {
    # sops makes the region a part of the host name
    "kms": re.compile(r"arn:aws[a-z-]*:kms:[a-z]{2}(?:-[a-z0-9]+){1,4}:\d{6,20}:(?:key|alias)/[\w/.-]+\Z"),
    "gcp_kms": re.compile(r"projects/[\w.:-]+/locations/[\w-]+/keyRings/[\w-]+/cryptoKeys/[\w-]+(?:/cryptoKeyVersions/\d+)?\Z"),
    "hckms": re.compile(r"[a-z0-9-]+:[0-9a-fA-F-]{8,64}\Z"),
    "azure_kv": re.compile(r"https://[\w.-]+(?::\d+)?/?\Z"),
    "hc_vault": re.compile(r"https?://(?:[\w.-]+|\[[0-9a-fA-F:]+\])(?::\d+)?/?\Z"),
}  # fmt: skip
_NAME = re.compile(r"(?!.*(?:^|/)\.\.?(?:/|\Z))[\w./ -]*\Z")
"""A key name or engine path, without `.` and `..` segments, which could lead to another API of the host."""

_IN_METADATA = {
    "kms": "arn",
    "gcp_kms": "resource_id",
    "hckms": "key_id",
    "azure_kv": "vault_url",
    "hc_vault": "vault_address",
}
"""The key of `Recipient.id` in a `sops` block."""


def unwrap(wrapped: Sequence[Wrapped], path: str, environ: Mapping[str, str]) -> bytes:
    """The data key, or share, of one key group, from the copies for its cloud recipients. `path` is for messages.

    Raises RefusedError for a host that the user did not allow, SealkitError if sops is not installed, NoIdentityError if no
    service unwrapped the key.
    """
    from sealkit.keys.ephemeral_identity import EphemeralIdentity

    for entry in wrapped:
        _check_address(entry.recipient, path, environ)
    identity = EphemeralIdentity()
    block: dict[str, object] = {kind: [_entry(w) for w in wrapped if w.recipient.kind == kind] for kind in CLOUD_KINDS}
    rewrapped = _rewrapped(block, {"age": identity.recipient}, path, environ)
    copies = rewrapped.get("age") or []
    secret = identity.unwrap(copies[0].get("enc", "")) if copies else None
    if secret is None:
        raise SealkitError(f"{path}: the answer of sops is not understood", hint="install sops 3.9 or newer")
    return secret


def wrap(group: Sequence[Recipient], secret: bytes, path: str, environ: Mapping[str, str]) -> list[Wrapped]:
    """Wrapped copies of a data key or share for cloud recipients, in their order. Raises as `unwrap` does."""
    from sealkit.keys.ephemeral_identity import EphemeralIdentity

    for recipient in group:
        _check_address(recipient, path, environ)
    identity = EphemeralIdentity()
    block = {"age": [{"recipient": identity.recipient, "enc": identity.wrap(secret)}]}
    rewrapped = _rewrapped(block, {"key_groups": [_policy_group(group)]}, path, environ, identity.identity)
    copies = {kind: iter(rewrapped.get(kind) or []) for kind in CLOUD_KINDS}
    wrapped = []
    for recipient in group:
        entry = next(copies[recipient.kind], None)
        if entry is None or entry.get(_IN_METADATA[recipient.kind]) != recipient.id:
            raise SealkitError(
                f"{path}: sops did not wrap the data key for {recipient}", hint="check the recipient in .sops.yaml"
            )
        wrapped.append(Wrapped(recipient, entry["enc"], entry["created_at"]))
    return wrapped


def _check_address(recipient: Recipient, path: str, environ: Mapping[str, str]) -> None:
    """Raise RefusedError for a recipient that would send the user's token to a host that the user did not allow."""
    names = [value for name, value in recipient.fields if name in {"engine_path", "key_name", "name", "version"}]
    if not _ADDRESSES[recipient.kind].match(recipient.id) or not all(map(_NAME.match, names)):
        raise RefusedError(
            f"{path}: not a key of {recipient.kind} in the form of sops",
            hint=f"compare the recipients: git log -p {path}",
        )
    address = recipient.id
    if recipient.kind in {"kms", "gcp_kms"}:
        return  # the cloud provider's own host, and requests are signed for it
    if recipient.kind == "hckms":
        address = f"https://kms.{recipient.id.partition(':')[0]}.myhuaweicloud.com"
    vault = environ.get(VAULTS, "") if recipient.kind == "hc_vault" else ""
    if vault == "all" or any(
        _covers(entry.strip(), address) for entry in f"{environ.get(HOSTS, '')},{vault}".split(",")
    ):
        return
    host = urlsplit(address).netloc
    raise RefusedError(
        f"{path}: names the key service {host}, which your own configuration does not allow",
        hint=f"to allow sending your token there: export {HOSTS}={host}",
    )


def _covers(allowed: str, address: str) -> bool:
    """Whether an entry allows an address. It is an address prefix with a scheme, as in sops, or a host, which means https."""
    if not allowed:
        return False
    if "://" in allowed:
        return f"{address.rstrip('/')}/".startswith(f"{allowed.rstrip('/')}/")
    url = urlsplit(address)
    return url.scheme == "https" and allowed.lower() in {url.netloc.lower(), url.hostname}


def _rewrapped(
    block: Mapping[str, object],
    rule: Mapping[str, object],
    path: str,
    environ: Mapping[str, str],
    identity: bytes = b"",
) -> dict[str, list[dict[str, str]]]:
    """The `sops` block after the program wrapped its key for the recipients in `rule`."""
    program = shutil.which("sops", path=environ.get("PATH"))
    if program is None:
        raise SealkitError(
            f"{path}: its recipients are keys of a cloud service, which need the sops program; it is not on your PATH",
            hint="install sops: https://getsops.io/docs/#download",
        )
    content = {"sops": {**block, "lastmodified": _PLACEHOLDER_TIME, "mac": "", "version": "3.9.0"}}
    with tempfile.TemporaryDirectory(prefix="sealkit-") as folder:  # contains wrapped keys only
        key_file, config = Path(folder) / "key.json", Path(folder) / "config.yaml"
        key_file.write_text(json.dumps(content))
        config.write_text(json.dumps({"creation_rules": [rule]}))
        _run([program, "--config", str(config), "updatekeys", "--yes", str(key_file)], folder, path, environ, identity)
        rewrapped: dict[str, list[dict[str, str]]] = json.loads(key_file.read_text())["sops"]
        return rewrapped


def _run(args: Sequence[str], folder: str, path: str, environ: Mapping[str, str], identity: bytes) -> None:
    env = {name: value for name, value in environ.items() if not name.startswith("SOPS_AGE_")}
    env["SOPS_DISABLE_VERSION_CHECK"] = "1"
    source, sink = os.pipe()
    try:
        os.write(sink, identity)  # far smaller than the buffer of a pipe
        os.close(sink)
        if identity:
            env["SOPS_AGE_KEY_FILE"] = f"/dev/fd/{source}"
        result = subprocess.run(
            args, cwd=folder, env=env, pass_fds=[source] if identity else [], stdin=subprocess.DEVNULL,
            capture_output=True, timeout=_TIMEOUT, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise SealkitError(
            f"{path}: its key service did not answer within {_TIMEOUT} s", hint="run the command again"
        ) from None
    except OSError as error:
        raise SealkitError(f"{args[0]}: {(error.strerror or 'cannot be run').lower()}", hint="reinstall sops") from None
    finally:
        os.close(source)
    if result.returncode:
        raise NoIdentityError(
            f"{path}: its key service did not unwrap or wrap the key: {_reason(result.stderr)}",
            hint="log in to the service, then run the command again",
        )


def _reason(stderr: bytes) -> str:
    """The last informative line of an error output, without control characters."""
    lines = [line.strip(" |-\t") for line in stderr.decode("utf-8", "replace").splitlines()]
    messages = [line for line in lines if line and not line.startswith("Recovery failed because")]
    return one_line(messages[-1])[:300] if messages else "no reason given"


def _entry(wrapped: Wrapped) -> dict[str, object]:
    """A wrapped copy in the form of a `sops` block."""
    recipient = wrapped.recipient
    body: dict[str, object] = {_IN_METADATA[recipient.kind]: recipient.id, **_fields(recipient)}
    return body | {"created_at": wrapped.created_at or _PLACEHOLDER_TIME, "enc": wrapped.enc}


def _fields(recipient: Recipient) -> dict[str, object]:
    fields: dict[str, object] = dict(recipient.fields)
    if isinstance(context := fields.get("context"), str):
        pairs = (pair.partition(":") for pair in context.split(","))
        fields["context"] = {name: value for name, _, value in pairs}
    return fields


def _policy_group(group: Sequence[Recipient]) -> dict[str, list[object]]:
    """Recipients in the form of a key group in `.sops.yaml`."""
    key_group: dict[str, list[object]] = {}
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
        key_group.setdefault(name, []).append(entry)
    return key_group
