"""Which way to the gateway to try: the best that works, found by trying."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from .transport import LAST_MS, NEVER, Way

CLIMB_MS = 60_000
"""A better way is tried again after this long, give or take a quarter."""

_YOUNG_MS = 30_000
"""A link that ends sooner did not last: with each of these a proxy may have ended what took it too long."""
_CHANCE = 2
"""So many in a row may be chance."""
_MOST_DOUBLINGS = 3
"""Then the better way is tried again later and later: up to this power of two."""

_OPEN_MS = {"websocket": 4_000, "sse": 5_000, "poll": 20_000}
"""How long a way may take to say its first word before the next is tried."""

Failure = Literal["unreachable", "blocked", "silent", "lost", "other"]
"""How an attempt ended: nobody there, something between refused, no word in time, it had worked, or anything else."""


class Ladder:
    """Spec §7.4."""

    def __init__(self, ways: Sequence[Way], climb_ms: int = CLIMB_MS) -> None:
        self.ways = ways
        self.start = 0
        """Where the next attempt begins: the last way that worked."""
        self._climb_ms = climb_ms
        self._failures: list[int | None] = [None] * len(ways)
        """By way, in a row; 0 once it worked, None while it was never tried."""
        self._since_ms = 0.0
        """When the link that is up began to work."""
        self._young = 0
        """Links in a row that did not last."""

    def patience_ms(self, index: int) -> int:
        return _OPEN_MS[self.ways[index].name] if index < len(self.ways) - 1 else LAST_MS

    def doubts(self, index: int) -> bool:
        """First it has to show that a word comes through at once: a proxy that collects would pass on a long history."""
        return self.ways[index].name == "sse" and self._failures[index] != 0

    def worked(self, index: int, now_ms: float) -> None:
        self.start = index
        self._since_ms = now_ms
        self._failures[index] = 0

    def next(self, index: int, failure: Failure, now_ms: float) -> int | None:
        """What to try at once; None: nothing, wait and begin again from `start`."""
        below = index + 1 if index + 1 < len(self.ways) else None
        if failure == "lost":
            if below is not None:
                self._young = 0 if now_ms - self._since_ms > _YOUNG_MS else self._young + 1
                if self._young > _CHANCE:
                    self.start = below
            return None
        self.start = 0
        # The gateway itself was away, so it may have been the one that ended those links.
        if self._young <= _CHANCE:
            self._young = 0
        failures = (self._failures[index] or 0) + 1
        self._failures[index] = failures
        # A WebSocket that breaks off at once, and a stream that a proxy cuts, look like nobody there: the second
        # time the next way will tell.
        unclear = failure == "unreachable" or (failure == "other" and self.ways[index].name == "websocket")
        return None if unclear and failures < 2 else below

    def climb_ms(self, index: int, random: float) -> float:
        """Milliseconds until better ways are tried again; never on the best."""
        doublings = min(max(0, self._young - _CHANCE), _MOST_DOUBLINGS)
        return self._climb_ms * 2.0**doublings * (0.75 + random / 2) if index > 0 else NEVER
