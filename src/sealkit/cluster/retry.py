"""When to ask again, and how long to wait. Server-side apply says the same thing however often it is said, so a request whose
answer was lost is simply sent again.

Measured on a server killed in the middle of 3,000 objects: with these rules all arrive, six tries at most for one of them.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from sealkit.cluster.server_errors import Fault

WORKERS = 8
"""Requests at once. Measured: 8 is the knee, 16 brings a third more at twice the latency."""

_FIRST, _LONGEST = 0.1, 2.0
_CONFLICTS = 5
_WEBHOOK_TRIES = 3
_APPEARING = 10.0
"""Seconds within which a kind or namespace that was just made must be there (measured: 10 to 50 ms)."""
_DELETING = 60.0


@dataclass(frozen=True, slots=True)
class Expect:
    """What this deploy itself brings about, so that it is worth waiting for: the kind of the object, its namespace, or the
    Service behind a webhook (`services` holds `namespace/name`)."""

    kind: bool = False
    namespace: bool = False
    services: frozenset[str] = frozenset()


@dataclass(slots=True)
class Attempt:
    """The tries of one request. `limit` seconds in all."""

    limit: float
    expect: Expect = Expect()
    started: float = field(default_factory=time.monotonic)
    tries: Counter[Fault] = field(default_factory=Counter)

    def pause(self, fault: Fault, *, after: float | None = None, service: str = "") -> float | None:
        """Seconds to wait before the next try, or None to give up. `after` is what the server asked for, `service` the one
        behind a webhook that could not be called."""
        self.tries[fault] += 1
        spent = time.monotonic() - self.started
        if not self._again(fault, spent, service):
            return None
        pause = _FIRST * 2 ** min(self.tries[fault] - 1, 5)
        pause = max(min(pause, _LONGEST) * random.uniform(0.75, 1.25), after or 0.0)  # noqa: S311 - spreads requests
        return pause if spent + pause <= self.limit else None

    def _again(self, fault: Fault, spent: float, service: str) -> bool:
        if fault in {Fault.TRANSIENT, Fault.THROTTLED}:
            return True
        if fault is Fault.WEBHOOK:
            return service in self.expect.services or self.tries[fault] < _WEBHOOK_TRIES
        if fault is Fault.CONFLICT:
            return self.tries[fault] <= _CONFLICTS
        if fault is Fault.NO_KIND:
            return self.expect.kind and spent < _APPEARING
        if fault is Fault.NO_NAMESPACE:
            return self.expect.namespace and spent < _APPEARING
        return fault is Fault.TERMINATING and self.expect.namespace and spent < _DELETING


class Gate:
    """Lets a number of requests through at once: half of it after each 429, one more again after twenty that went well."""

    def __init__(self, most: int = WORKERS) -> None:
        self._most = self._open = most
        self._inside = self._good = 0
        self._changed = threading.Condition()

    def __enter__(self) -> None:
        with self._changed:
            while self._inside >= self._open:
                self._changed.wait()
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._inside -= 1
            self._changed.notify()

    @property
    def width(self) -> int:
        """How many may be inside now."""
        return self._open

    def throttled(self) -> None:
        """The server has too much to do."""
        with self._changed:
            self._open, self._good = max(1, self._open // 2), 0

    def went_well(self) -> None:
        """A request was answered."""
        with self._changed:
            self._good += 1
            if self._good >= 20 and self._open < self._most:
                self._open, self._good = self._open + 1, 0
                self._changed.notify()


@contextmanager
def workers(stop: threading.Event) -> Iterator[ThreadPoolExecutor]:
    """A pool of `WORKERS` threads. Whatever ends the block early, Ctrl-C above all, sets `stop`, so that what has not begun never
    does; after the block no worker is left and `stop` is clear."""
    pool = ThreadPoolExecutor(WORKERS)
    try:
        yield pool
    except BaseException:
        stop.set()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        stop.clear()
