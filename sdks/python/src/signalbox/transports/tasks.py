"""The tasks of one link: they end with it, and none of them ends it silently."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from ..transport import Cause, LinkEvents


class Tasks:
    def __init__(self, events: LinkEvents) -> None:
        self.events = events
        self.done = False
        """Nothing is told any more."""
        self._all: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._all.add(task)
        task.add_done_callback(self._all.discard)
        return task

    def end(self, cause: Cause) -> None:
        """Tells why, once, and ends all but the task that says so."""
        if self.done:
            return
        self.close()
        self.events.closed(cause)

    def close(self) -> None:
        self.done = True
        current = asyncio.current_task()
        for task in list(self._all):
            if task is not current:
                task.cancel()

    async def ended(self) -> None:
        current = asyncio.current_task()
        rest = [task for task in self._all if task is not current]
        if rest:
            await asyncio.gather(*rest, return_exceptions=True)
