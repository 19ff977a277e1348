"""Loaded by every Python child of a test: writes down each program it starts, with arguments and environment."""

import json
import os
import sys

_log = os.environ.get("SEALKIT_TEST_AUDIT")
_own = set(os.environ.values())


def _hook(event: str, args: tuple[object, ...]) -> None:
    if event in {"subprocess.Popen", "os.posix_spawn", "os.exec"}:
        env = args[3] if event == "subprocess.Popen" else args[2]
        shown = {os.fsdecode(v) for v in env.values()} - _own if env else set()
        record = {"argv": [os.fsdecode(a) for a in args[1]], "env": sorted(shown)}
        handle = os.open(_log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(handle, json.dumps(record).encode() + b"\n")
        os.close(handle)


if _log:
    sys.addaudithook(_hook)
