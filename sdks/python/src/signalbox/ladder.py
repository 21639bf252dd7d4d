"""Which way to the gateway to try: the best that works, found by trying."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from .transport import LAST_MS, NEVER, Way

CLIMB_MS = 60_000
"""A better way is tried again after this long, give or take a quarter."""

_OPEN_MS = {"websocket": 4_000, "sse": 5_000, "poll": 20_000}
"""How long a way may take to say its first word before the next is tried."""

Failure = Literal["unreachable", "blocked", "silent", "other"]
"""How an attempt ended: nobody there, something between refused, no word in time, or anything else."""


class Ladder:
    def __init__(self, ways: Sequence[Way], climb_ms: int = CLIMB_MS) -> None:
        self.ways = ways
        self.start = 0
        """Where the next attempt begins: the last way that worked."""
        self._climb_ms = climb_ms
        self._unclear = [0] * len(ways)
        """By way: failures in a row that leave open whether the way is blocked or the gateway away."""

    def patience_ms(self, index: int) -> int:
        return _OPEN_MS[self.ways[index].name] if index < len(self.ways) - 1 else LAST_MS

    def worked(self, index: int) -> None:
        self.start = index
        self._unclear[index] = 0

    def next(self, index: int, failure: Failure) -> int | None:
        """What to try at once; None: nothing, wait and begin again from the best."""
        self.start = 0
        if index + 1 >= len(self.ways):
            return None
        # A WebSocket that breaks off at once, and a stream that a proxy cuts, look like nobody there: the second
        # time the next way will tell.
        other = failure == "other" and self.ways[index].name == "websocket"
        if not (failure == "unreachable" or other):
            return index + 1
        self._unclear[index] += 1
        return None if self._unclear[index] < 2 else index + 1

    def climb_ms(self, index: int, random: float) -> float:
        """Milliseconds until better ways are tried again; never on the best."""
        return self._climb_ms * (0.75 + random / 2) if index > 0 else NEVER
