"""The numbers of an agent's events: one sequence for its spool and for the steps of its commands, in its lease's epochs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal
from urllib.parse import quote

from ..errors import Problem
from .asking import Gateway, ask, member, retry_s
from .lease_keeper import LeaseKeeper
from .newest_kept import newest_kept
from .spool import Spool
from .value import Value


class LeasedNumbers:
    def __init__(self, gateway: Gateway, spool: Spool, lease: LeaseKeeper) -> None:
        self.turns = asyncio.Lock()
        """One at a time, in the order of asking."""
        self._gateway = gateway
        self._spool = spool
        self._lease = lease
        self._begun: Value[int | Literal["none", "over"]] = Value("none")
        """The epoch they count in. over: another took the lease, for good."""
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def epoch(self) -> int | None:
        begun = self._begun.get()
        return begun if isinstance(begun, int) and begun == self._lease.epoch else None

    @property
    def next(self) -> int:
        return self._spool.next_in_sequence

    @property
    def begun_before(self) -> bool:
        """There was an epoch before."""
        return self._spool.progress.epoch > 0

    def used(self) -> None:
        """The next number was used; also where that is not sure, since a hole is told and a number used twice is not."""
        self.align(self.next + 1)

    def align(self, expected: int) -> None:
        self._spool.align(expected)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[bool]:
        while True:
            await self._begun.until(lambda begun: begun == "over" or self.epoch is not None)
            if self._begun.get() == "over":
                yield False
                return
            async with self.turns:
                if self.epoch is not None:
                    yield True
                    return

    def fenced(self, epoch: int) -> None:
        """Taken by another, or gone by itself further than the lease knows: the gateway is asked which."""
        self.end()
        task = asyncio.create_task(self._find_out(epoch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def begin(self, epoch: int) -> bool:
        """The lease has this epoch now: finds out what the gateway has, and counts anew. False: it ended before that."""
        async with self.turns:
            tries = 0
            while self._lease.epoch == epoch:
                kept = await newest_kept(self._spool, self._gateway)
                head = await self._head() if kept is not None else None
                if kept is not None and head is not None:
                    self._spool.acknowledge(kept)
                    self._spool.begin(epoch, head)
                    self._begun.set(epoch)
                    return True
                await asyncio.sleep(retry_s(tries))
                tries += 1
        return False

    def end(self, how: Literal["none", "over"] = "none") -> None:
        """There is no epoch now; with `over` there will be none."""
        if self._begun.get() != "over":
            self._begun.set(how)

    async def _find_out(self, epoch: int) -> None:
        await self._lease.check()
        self._lease.anew(epoch)

    async def _head(self) -> str | None:
        """Where the channel ends now: nothing of the epoch was sent before."""
        answer = await ask(self._gateway, "GET", f"/v1/channels/{quote(self._spool.about.channel, safe='')}")
        if isinstance(answer, Problem):
            return None if answer.temporary else "earliest"
        epoch, offset = member(answer, "epoch"), member(answer, "offset")
        return f"{epoch}:{offset}" if isinstance(epoch, str) and isinstance(offset, int) else None
