"""Bait for programs that do what a clone says: a program, a file, a folder and an address that notice whoever takes them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import threading
from pathlib import Path

_IN_OPEN, _IN_NONBLOCK = 0x20, 0o4000
_HOOKS = ("pre-commit", "post-checkout", "reference-transaction", "post-index-change", "config", "info")


class Marks:
    """`program` is a script that is also watched as a file; `folder` holds more of them; `address` is a loopback listener."""

    def __init__(self, base: Path) -> None:
        self._ran = base / "ran"
        self.program = base / "bait/program"
        self.folder = base / "bait/folder"
        self.folder.mkdir(parents=True)
        for path in (self.program, *(self.folder / name for name in _HOOKS)):
            path.write_text(f'#!/bin/sh\necho "$0" >> {self._ran}\nexit 1\n')
            path.chmod(0o755)
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._watch = self._libc.inotify_init1(_IN_NONBLOCK)
        for path in (self.program, self.folder):  # a folder: what is opened in it
            assert self._libc.inotify_add_watch(self._watch, os.fsencode(path), _IN_OPEN) >= 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}/bait"
        self._connections = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def take(self) -> list[str]:
        """What was noticed since the last time."""
        found = [f"ran {line}" for line in self._ran.read_text().splitlines()] if self._ran.exists() else []
        self._ran.unlink(missing_ok=True)
        with contextlib.suppress(BlockingIOError):
            found += ["opened"] if os.read(self._watch, 1 << 16) else []
        found += ["connected"] * self._connections
        self._connections = 0
        return found

    def close(self) -> None:
        """Stop listening and watching."""
        self._listener.close()
        os.close(self._watch)

    def _listen(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self._connections += 1
            peer.close()
