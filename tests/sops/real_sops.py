"""Run the real `sops`: encrypt with it, and decrypt with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from sealkit.keys.keyring import Keyring
from sealkit.reveal import reveal, reveal_tree
from sealkit.sealed.file import SealedFile
from sealkit.sealed.metadata import Recipient, Selector
from sealkit.sealed.policy import CreationRule
from sealkit.sops import encrypt
from sealkit.sops.decrypt import Opened, open_file
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.scalars import Dialect, resolve

SOPS = Path(sys.executable).with_name("sops")


def rule(*recipients: str, mode: str = "", pattern: str = "", mac_only: bool = False) -> CreationRule:
    """A rule with one group of age recipients."""
    group = [Recipient("age", recipient) for recipient in recipients]
    return CreationRule(groups=[group], selector=Selector(mode, pattern), mac_only_encrypted=mac_only)


@dataclass
class Bench:
    """A folder, and an age recipient whose identity is available."""

    work: Path
    recipient: str

    def sops(
        self, *args: str | Path, data: str | bytes = b"", check: bool = True
    ) -> subprocess.CompletedProcess[bytes]:
        """Run the real program in the folder."""
        raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        done = subprocess.run(
            [str(SOPS), *map(str, args)], cwd=self.work, input=raw, capture_output=True, check=False, env={**os.environ}
        )
        assert not check or done.returncode == 0, done.stderr.decode()
        return done

    def encrypt(self, path: str, text: str | bytes, *options: str, config: str = "") -> bytes:
        """Text that sops encrypted for the recipient of the bench, or by a configuration."""
        known: Sequence[str | Path] = ("--age", self.recipient)
        if config:
            (self.work / ".sops.yaml").write_text(config)
            known = ("--config", self.work / ".sops.yaml")
        head = known if config else ()
        tail = () if config else known
        return self.sops(*head, "encrypt", *tail, *options, "--filename-override", path, "/dev/stdin", data=text).stdout

    def decrypt(self, path: str, text: str | bytes, *options: str, check: bool = True) -> bytes:
        """The output of `sops decrypt` for a text."""
        return self.sops("decrypt", *options, "--filename-override", path, "/dev/stdin", data=text, check=check).stdout

    def opens(self, path: str, text: str | bytes) -> bool:
        """Whether sops decrypts a text."""
        done = self.sops("decrypt", "--filename-override", path, "/dev/stdin", data=text, check=False)
        return done.returncode == 0


def opened(path: str, data: str | bytes, keyring: Keyring) -> Opened:
    """A file opened by sealkit."""
    return open_file(SealedFile(path, data.encode() if isinstance(data, str) else data), keyring)


def seal(path: str, text: str, rule: CreationRule, keyring: Keyring | None = None) -> str:
    """The text of a file sealed by sealkit."""
    return encrypt.seal(path, text, rule, keyring).text


def reseal(found: Opened, text: str) -> str:
    """The text of an opened file with new content."""
    return encrypt.reseal(found, text).text


def rewrap(found: Opened, groups: Sequence[Sequence[Recipient]], rotate: bool, *, threshold: int | None = None) -> str:
    """The text of an opened file for other recipients."""
    return encrypt.rewrap(found, groups, rotate, threshold=threshold).text


def values(found: Opened) -> list[object]:
    """The decrypted values of its items, without comments."""
    return [reveal(v) for item, v in zip(found.parsed.items, found.values, strict=True) if not item.comment]


def trees(found: Opened) -> list[object]:
    """Its decrypted documents."""
    return [reveal_tree(tree) for tree in found.trees()]


def meaning(text: str) -> list[object]:
    """The documents of a YAML text, without the quoting style of sealed scalars."""
    return [document.tree(Dialect.SOPS) for document in parse(text)]


class GoLoader(yaml.SafeLoader):
    """The values in the output of sops, typed as go-yaml types them, with dates as text in RFC 3339."""


def _scalar(loader: GoLoader, node: yaml.ScalarNode) -> object:
    return resolve(node.value, Dialect.SOPS) if node.style is None else node.value


GoLoader.yaml_implicit_resolvers = {}
GoLoader.add_constructor("tag:yaml.org,2002:str", _scalar)
