"""Carries out the commands of a channel, each at most once.

Only what got an OK for `command_started` is run, and what was begun before a crash is not begun again (spec §10.3). One
command at a time, in the order in which they were given. `pause`, `resume`, `cancel` and those that say `parallel` do not
wait for others: they begin when they come, beside whatever runs.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from ..errors import Problem
from .asking import Gateway
from .command_feed import CommandFeed, Given
from .execution import CommandSpec, Execution
from .steps import Steps

AT_HAND_AT_MOST = 1_000
"""Commands at hand; the others stay open at the gateway and are asked for when there is room."""
CLOSE_S = 5.0
"""So long handlers may take to end when the inbox is closed."""


class Inbox:
    def __init__(
        self,
        gateway: Gateway,
        channel: str,
        steps: Steps,
        commands: Mapping[str, CommandSpec],
        *,
        on_refused: Callable[[Problem], None],
    ) -> None:
        self._steps = steps
        self._commands = commands
        self._feed = CommandFeed(
            gateway, channel, on_given=self._take, on_withdrawn=self._withdrawn, on_refused=on_refused
        )
        self._at_hand: dict[str, Execution] = {}
        self._waiting: deque[Execution] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy = False
        self._closing = False
        self._left = False
        """Some are open for which there was no room."""

    def begin(self) -> None:
        """The lease is held, in a new epoch: what is open waits for us."""
        if not self._closing:
            self._feed.look()

    def interrupt(self) -> None:
        """The lease ended: what was begun under it is not ours any more."""
        self._waiting.clear()
        for execution in list(self._at_hand.values()):
            execution.interrupt()

    async def close(self) -> None:
        """Takes no more, ends handlers and gives them five seconds, in which what comes of them is still published."""
        self._closing = True
        self._waiting.clear()
        running = list(self._at_hand.values())
        for execution in running:
            execution.stop()
        ends = [asyncio.create_task(one.over.wait()) for one in running]
        if ends:
            await asyncio.wait(ends, timeout=CLOSE_S)
        for end in ends:
            end.cancel()
        self._feed.stop()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _take(self, given: Given) -> None:
        if self._closing or given.command_id in self._at_hand:
            return
        if len(self._at_hand) >= AT_HAND_AT_MOST:
            self._left = True
            return
        spec = self._commands.get(given.name)
        execution = Execution(given, spec, self._steps)
        self._at_hand[given.command_id] = execution
        self._later(self._forget(execution))
        if spec is None or spec.parallel:
            self._later(execution.run())
        else:
            self._waiting.append(execution)
            if not self._busy:
                self._busy = True
                self._later(self._one_by_one())

    def _withdrawn(self, command_id: str) -> None:
        execution = self._at_hand.get(command_id)
        if execution is not None:
            execution.withdraw()

    async def _one_by_one(self) -> None:
        try:
            while self._waiting:
                await self._waiting.popleft().run()
        finally:
            self._busy = False

    async def _forget(self, execution: Execution) -> None:
        await execution.over.wait()
        self._at_hand.pop(execution.command_id, None)
        if self._left and not self._at_hand:
            self._left = False
            self.begin()

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
