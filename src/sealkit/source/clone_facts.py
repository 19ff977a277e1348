"""What says which repository a clone is: its folder, its root commits and its origin; and whether it ever had a file.

Each fact is looked up when it is first needed: a clone that is known by its folder costs no process.
"""

from __future__ import annotations

import contextlib
import os
import re
from functools import cached_property
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.source import files, git

_PORTS = {"ssh": 22, "https": 443, "http": 80, "git": 9418}
_SCP = re.compile(r"(?:[^@/:]+@)?(?P<host>\[[^]/]+\]|[^/:]+):(?P<path>.*)", re.DOTALL)
_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_NEVER = Path("sealkit", "never-had")
"""In the git folder: the commit up to which the history was seen to be without a file, and that file."""


class CloneFacts:
    """A clone: `root` is the top of its work tree, `common_dir` the git folder that its worktrees share."""

    def __init__(self, root: Path, common_dir: Path) -> None:
        self.root = root
        self.common_dir = common_dir

    @cached_property
    def folder(self) -> str:
        """Where the git folder is."""
        return str(self.common_dir.resolve())

    @property
    def is_shallow(self) -> bool:
        """Whether the history was cut when it was cloned."""
        return (self.common_dir / "shallow").exists()

    @cached_property
    def roots(self) -> frozenset[str]:
        """The root commits of HEAD, empty before the first commit. A shallow clone does not have them: what looks like a root there
        is where it was cut."""
        if self.is_shallow:
            return frozenset()
        out = git.query(["rev-list", "--max-parents=0", "HEAD", "--"], self.root, check=False)
        return frozenset(line for line in out.decode("ascii", "replace").split() if _OID.match(line))

    @cached_property
    def origin(self) -> str:
        """The address of the remote `origin` (or of the only one), as `normalised` writes it; empty without one."""
        urls: dict[str, str] = {}
        for name, value in git.repository(self.root).settings:
            if value and name.startswith("remote.") and name.endswith(".url"):
                urls.setdefault(name[len("remote.") : -len(".url")], value)
        address = urls.get("origin") or (next(iter(urls.values())) if len(urls) == 1 else "")
        return normalised(address, self.root)

    def ever_had(self, path: str) -> bool:
        """Whether a commit of HEAD's history has or had this file. What was searched once is not searched again."""
        head = git.query(["rev-parse", "--verify", "-q", "HEAD^{commit}"], self.root, check=False).decode().strip()
        if not _OID.match(head):
            return False
        seen = self._never_had(path)
        if seen == head:
            return False
        if seen and git.query(["cat-file", "-t", seen], self.root, check=False).strip() != b"commit":
            seen = ""  # the history was rewritten, and git dropped what was searched
        # the whole history: by default git leaves out a side of a merge that the result does not come from
        search = ["rev-list", "-1", "--full-history", head, *([f"^{seen}"] if seen else [])]
        if git.query([*search, "--", f":(top,literal){path}"], self.root).strip():
            return True
        if not self.is_shallow:
            with contextlib.suppress(SealkitError):  # a clone that cannot be written is searched each time
                files.write(self.common_dir / _NEVER, f"{head} {path}\n".encode())
        return False

    def _never_had(self, path: str) -> str:
        """The commit up to which the history was seen to be without this file, as it was noted; empty without a note."""
        try:
            seen, _, noted = (self.common_dir / _NEVER).read_text("utf-8").rstrip("\n").partition(" ")
        except (OSError, ValueError):
            return ""
        return seen if noted == path and _OID.match(seen) else ""


def normalised(address: str, root: Path) -> str:
    """An address of a remote as one text, whatever way it is reached: host and path, without user, password, default port and the
    suffix `.git`. A local path becomes absolute."""
    from urllib.parse import unquote, urlsplit  # not needed where a clone is known by its folder

    address = address.strip()
    if not address:
        return ""
    scheme, slashes, _ = address.partition("://")
    if slashes and scheme.lower() != "file":
        try:
            parts = urlsplit(address)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return address.rpartition("@")[2].casefold()
        shown = f":{port}" if port and port != _PORTS.get(scheme.lower().removeprefix("git+")) else ""
        return f"{host}{shown}/{_path(unquote(parts.path))}".casefold()
    if not slashes and (match := _SCP.fullmatch(address)) and not address.startswith(("/", ".")):
        return f"{match['host'].strip('[]')}/{_path(match['path'])}".casefold()
    local = unquote(address.partition("://")[2]) if slashes else address
    path = os.path.realpath(root / Path(local).expanduser())
    return path.removesuffix("/.git").removesuffix(".git") or "/"


def _path(path: str) -> str:
    return "/".join(part for part in path.split("/") if part).removesuffix(".git")
