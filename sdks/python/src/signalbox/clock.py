"""The time that the session is told."""

from __future__ import annotations

import time


class Clock:
    """Milliseconds that begin near those since 1970 and never go back, so that no wait becomes longer."""

    def __init__(self) -> None:
        self._ahead_ms = time.time() * 1_000 - time.monotonic() * 1_000

    def now_ms(self) -> float:
        return self._ahead_ms + time.monotonic() * 1_000
