"""The values: what stands in a file where a secret may stand. All are made when the benchmark runs, from a seeded generator.

`SECRETS` are values that should be reported. `LOOKALIKES` are values that should not, although name or shape suggest it. A shape
that a scanner knows, such as the prefix of a token, is put together here from pieces, so that this file holds none.
"""

from __future__ import annotations

import base64
import string
import uuid
from collections.abc import Callable
from random import Random

Maker = Callable[[Random], str]

ALPHANUMERIC = string.ascii_letters + string.digits
WORDS = (
    "winter",
    "falcon",
    "copper",
    "meadow",
    "harbor",
    "violet",
    "granite",
    "thunder",
    "maple",
    "lantern",
    "orbit",
    "pebble",
    "saffron",
    "glacier",
    "ember",
    "juniper",
    "walnut",
    "cobalt",
    "prairie",
    "magnet",
)
WEAK = (
    "letmein",
    "hunter2",
    "qwerty123",
    "dragon",
    "monkey12",
    "iloveyou",
    "sunshine1",
    "trustno1",
    "passw0rd",
    "admin123",
    "minioadmin",
    "welcome1",
)


def pick(random: Random, alphabet: str, length: int) -> str:
    """`length` letters of an alphabet."""
    return "".join(random.choice(alphabet) for _ in range(length))


def _random(random: Random) -> str:
    return pick(random, ALPHANUMERIC, random.randint(20, 40))


def _uuid(random: Random) -> str:
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def _hex(random: Random) -> str:
    return random.randbytes(random.choice((16, 20, 32))).hex()


def _base64(random: Random) -> str:
    return base64.b64encode(random.randbytes(random.choice((24, 32, 48)))).decode()


def _chosen(random: Random) -> str:
    first, second = random.sample(WORDS, 2)
    return f"{first.title()}{random.choice('-_.')}{second}{random.randint(10, 9999)}{random.choice(('', '!', '.'))}"


def _weak(random: Random) -> str:
    return random.choice(WEAK)


def _bcrypt(random: Random) -> str:
    return f"$2{random.choice('aby')}$1{random.randint(0, 2)}$" + pick(random, "./" + ALPHANUMERIC, 53)


def _crypt(random: Random) -> str:
    return "$6$" + pick(random, ALPHANUMERIC, 12) + "$" + pick(random, "./" + ALPHANUMERIC, 86)


def _apache(random: Random) -> str:
    return "$apr1$" + pick(random, ALPHANUMERIC, 8) + "$" + pick(random, "./" + ALPHANUMERIC, 22)


def _github(random: Random) -> str:
    return random.choice(("ghp", "gho", "ghs")) + "_" + pick(random, ALPHANUMERIC, 36)


def _gitlab(random: Random) -> str:
    return "glpat" + "-" + pick(random, ALPHANUMERIC, 20)


def _aws(random: Random) -> str:
    return "AK" + "IA" + pick(random, string.ascii_uppercase + "234567", 16)


def _slack(random: Random) -> str:
    numbers = f"{random.randint(10**11, 10**12 - 1)}-{random.randint(10**11, 10**12 - 1)}"
    return "xo" + f"xb-{numbers}-" + pick(random, ALPHANUMERIC, 24)


def _stripe(random: Random) -> str:
    return "sk" + "_live_" + pick(random, ALPHANUMERIC, 24)


def _webtoken(random: Random) -> str:
    parts = (
        b'{"alg":"HS256","typ":"JWT"}',
        b'{"sub":"%d","iat":1700000000}' % random.randint(10**5, 10**9),
        random.randbytes(32),
    )
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


SECRETS: dict[str, Maker] = {
    "random": _random, "uuid": _uuid, "hex": _hex, "base64": _base64, "chosen": _chosen, "weak": _weak,
}  # fmt: skip
RANDOM = ("random", "hex", "base64")
"""The kinds that are secret also below a name that only hints, such as `key` or `seed`."""
HASHES: dict[str, Maker] = {"bcrypt": _bcrypt, "crypt": _crypt, "apache": _apache}
TOKENS: dict[str, Maker] = {
    "github": _github, "gitlab": _gitlab, "aws": _aws, "slack": _slack, "stripe": _stripe, "webtoken": _webtoken,
}  # fmt: skip


def _variable(random: Random) -> str:
    name = random.choice(("DB_PASSWORD", "APP_TOKEN", "SECRET_DOMAIN", "ADMIN_PW"))
    return random.choice((f"${{{name}}}", f"${name}", f"${{{name}:-}}", f"%{name}%", f"$({name})", f"${{env:{name}}}"))


def _template(random: Random) -> str:
    word = random.choice(WORDS)
    return random.choice(
        (
            f"{{{{ .Values.{word}.password }}}}", f"{{{{ {word}_token }}}}", f"<%= @{word}_secret %>",
            f"#{{ {word}_password }}#", f"{{{{ lookup('env', '{word.upper()}') }}}}", f"<path:kv/data/{word}#password>",
        )
    )  # fmt: skip


def _store(random: Random) -> str:
    word = random.choice(WORDS)
    return random.choice(
        (
            f"op://vault/{word}/password", f"vault:secret/data/{word}#token", f"ref+sops://{word}.yaml#/password",
            f"aws-sm://prod/{word}", f"<sealed:{word}.password>",
        )
    )  # fmt: skip


def _placeholder(random: Random) -> str:
    return random.choice(
        (
            "CHANGE_ME", "changeme", "<your-password>", "YOUR_TOKEN_HERE", "xxxxxxxxxxxx", "REPLACE-ME", "********", "TODO",
            "your-secret-key", "<REDACTED>", "insert-password-here", "null", "example-token", "AKIA" + "IOSFODNN7" + "EXAMPLE",
        )
    )  # fmt: skip


def _sentence(random: Random) -> str:
    first, second = random.sample(WORDS, 2)
    return random.choice(
        (
            f"the password of the {first} user", f"Used to sign in to {first} from {second}", f"Rotate it when {first} changes",
            f"Enter your {first} token", "Must have at least 12 characters",
        )
    )  # fmt: skip


def _identifier(random: Random) -> str:
    word = random.choice(WORDS)
    return random.choice(
        (f"{word}_password", f"{word}-credentials", f"{word}-db-secret", f"{word.upper()}_TOKEN", f"{word}.auth.token")
    )


def _path(random: Random) -> str:
    word = random.choice(WORDS)
    return random.choice(
        (
            f"/run/secrets/{word}_password", f"/etc/{word}/tls/server.key", f"file:///var/lib/{word}/token",
            f"./{word}/id_ed25519",
            f"~/.config/{word}/credentials", f"/var/run/secrets/kubernetes.io/{word}/token",
        )
    )  # fmt: skip


def _public_key(random: Random) -> str:
    kind = b"\0\0\0\x0bssh-ed25519\0\0\0 "
    return "ssh-ed25519 " + base64.b64encode(kind + random.randbytes(32)).decode() + f" {random.choice(WORDS)}@example"


def _digest(random: Random) -> str:
    return random.choice(
        (
            "sha256:" + random.randbytes(32).hex(), random.randbytes(20).hex(),
            "sha512-" + base64.b64encode(random.randbytes(64)).decode(),
        )
    )  # fmt: skip


def _label(random: Random) -> str:
    return random.choice(
        ("on_create", "IfNotPresent", "required", "disabled", "true", "basic", "client_secret_post", "header", "3600")
    )


def _ciphertext(random: Random) -> str:
    tag = base64.b64encode(random.randbytes(16)).decode()
    data = base64.b64encode(random.randbytes(24)).decode()
    return f"ENC[AES256_GCM,data:{data},iv:{base64.b64encode(random.randbytes(32)).decode()},tag:{tag},type:str]"


LOOKALIKES: dict[str, Maker] = {
    "variable": _variable, "template": _template, "store": _store, "placeholder": _placeholder, "path": _path,
    "ciphertext": _ciphertext, "identifier": _identifier, "sentence": _sentence, "label": _label,
}  # fmt: skip
"""Not secret below any name. Identifiers, sentences and labels come with a name that says so."""
NEUTRAL: dict[str, Maker] = {"digest": _digest, "public key": _public_key, "uuid": _uuid}
"""Random, but below a name that says it is public."""
