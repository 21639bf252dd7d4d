"""Brings a watch's news to its handlers, one after the other, and holds a bounded number of them."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

logger = logging.getLogger("signalbox")

_TURN = 500
"""Ordinary functions called in a row before others get their turn."""


class Delivery:
    """Over `most` waiting calls nothing more of the watch is asked for, until a quarter of them is left.

    Then it goes on from its position, so that a slow handler costs the gateway a replay and the program no memory.
    """

    def __init__(self, most: int, pause: Callable[[], bool], resume: Callable[[], None]) -> None:
        self._most = most
        self._pause = pause
        self._resume = resume
        self._calls: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._paused = False
        self._stopped = False
        self._task: asyncio.Task[None] | None = None

    def call(self, handler: Callable[..., object] | None, *args: Any) -> None:
        if handler is None or self._stopped:
            return
        self._calls.append((handler, args))
        if len(self._calls) > self._most and not self._paused:
            self._paused = self._pause()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        self._stopped = True
        self._calls.clear()

    async def _run(self) -> None:
        turn = 0
        while self._calls:
            handler, args = self._calls.popleft()
            await called(handler, *args)
            turn += 1
            if turn % _TURN == 0:
                await asyncio.sleep(0)
            self._caught_up()
        self._task = None

    def _caught_up(self) -> None:
        if self._paused and not self._stopped and len(self._calls) <= self._most // 4:
            self._paused = False
            self._resume()


async def called(handler: Callable[..., object], *args: Any) -> None:
    """Calls an ordinary function or a coroutine function. Its fault must not stop the client."""
    try:
        result = handler(*args)
        if inspect.isawaitable(result):
            await result
    except Exception:
        logger.exception("a handler failed")
