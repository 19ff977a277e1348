"""Coverage-guided fuzzing of everything that reads a sealed file: `python tests/fuzz/fuzz_reader.py [libFuzzer options] CORPUS`.

The corpus starts with files of every format, sealed here. Whatever the fuzzer makes of them: no exception but SealkitError, no
hang (libFuzzer's -timeout), and nothing opens that holds a sealed value which was not sealed here at that place.
"""

from __future__ import annotations

import logging
import secrets
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["sealkit"]):
    from sealkit.errors import SealkitError
    from sealkit.keys.keyring import Keyring
    from sealkit.model.sensitive import Sensitive
    from sealkit.reveal import reveal
    from sealkit.sealed.census import census
    from sealkit.sealed.detect import is_sealed
    from sealkit.sealed.file import SealedFile
    from sealkit.sealed.metadata import Recipient, Selector
    from sealkit.sealed.policy import CreationRule
    from sealkit.sealed.textconv import masked
    from sealkit.sops.decrypt import open_file
    from sealkit.sops.encrypt import seal

PATHS = ("a.yaml", "a.json", "a.env", "a.ini", "a.key")
PLAIN = (
    "# why\napiVersion: v1\ndata:\n  a: {0} # end\n  n: 7\n  list: [{1}, {2}]\nempty: {{}}\n---\nb: |\n  {3}\n  more\n",
    '{{"a": "{0}", "list": [1, "{1}", null], "data": {{"b": "{2}", "t": true}}}}',
    "# why\nA={0}\nexport B={1}\nC=\n",
    "; why\n[one]\na = {0}\n[two]\na = {1}\n",
    "{0}\n{1}\n",
)
Held = tuple[tuple[str, ...], object]
"""The mapping keys that lead to a sealed value, and the value."""
SELECTORS = (Selector(), Selector("encrypted_regex", "^(data|b)$"))


def prepare(corpus: Path) -> tuple[Keyring, set[Held]]:
    """Write the first inputs; the key ring that opens them, and what is sealed in them."""
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    keyring = Keyring.discover({"SOPS_AGE_KEY": str(identity), "HOME": str(corpus)})
    held: set[Held] = set()
    for number, path in enumerate(PATHS):
        for nth, selector in enumerate(SELECTORS if number < 2 else SELECTORS[:1]):
            rule = CreationRule(groups=[[Recipient("age", str(identity.to_public()))]], selector=selector)
            text = PLAIN[number].format(*(secrets.token_hex(8) for _ in range(4)))
            data = seal(path, text, rule).data
            (corpus / f"{path}.{nth}").write_bytes(bytes([number]) + data)
            held |= sealed_values(path, data, keyring)
    return keyring, held


def sealed_values(path: str, data: bytes, keyring: Keyring) -> set[Held]:
    """Every sealed value of a file that opens, with its mapping keys: list indexes are nothing that sops authenticates."""
    opened = open_file(SealedFile(path, data), keyring)
    pairs = zip(opened.parsed.items, opened.values, strict=True)
    return {(item.route.keys, reveal(value)) for item, value in pairs if isinstance(value, Sensitive)}


def main() -> None:
    """Fuzz until libFuzzer's options end it."""
    logging.disable()
    keyring, held = prepare(Path(sys.argv[-1]))

    def one(data: bytes) -> None:
        path, body = PATHS[data[0] % len(PATHS)] if data else PATHS[0], data[1:]
        is_sealed(body)
        masked(path, body)
        census(path, body, None)
        try:
            found = sealed_values(path, body, keyring)
        except SealkitError:
            return
        # of any of the files: the name of a file, and so its format, is for the ledger to hold
        assert found <= held, f"{path}: opened with a value that was never sealed there"

    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
