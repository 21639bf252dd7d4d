"""Server-sent events, spec §7.1. Other subscriptions mean another stream: it feeds before the old one ends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx

from ..decode import decode_text
from ..errors import GatewayError, bad_answer, reason_of, unreachable
from ..http import json_of, posting, problem_of
from ..transport import Cause, Dial, LinkEvents, Outgoing, Way
from .event_stream import EventStream
from .post import Poster
from .tasks import Tasks

_FIRST_S = 20.0
"""A stream that says nothing for so long is not taken for one: its subscriptions would be nowhere."""


class SseTransport:
    # A comment comes every 15 s.
    way = Way("sse", duplex=False, quiet_ms=15_000, asks={})

    def open(self, dial: Dial, events: LinkEvents) -> _Link:
        return _Link(dial, events)


class _Link:
    def __init__(self, dial: Dial, events: LinkEvents) -> None:
        self._access = dial.access
        self._events = events
        self._tasks = Tasks(events)
        self._poster = Poster(dial.access, events, self._tasks)
        # The stream that delivers, and the one that is to follow it.
        self._feeding: asyncio.Task[None] | None = None
        self._coming: asyncio.Task[None] | None = None
        self.restart()

    def send(self, batch: Sequence[Outgoing]) -> None:
        self._poster.send(batch)

    def restart(self) -> None:
        if self._coming is not None:
            self._coming.cancel()
        self._coming = self._tasks.start(self._run())
        asyncio.get_running_loop().call_later(_FIRST_S, self._late, self._coming)

    def renew(self, token: str) -> None:
        # The next request brings it.
        self.restart()

    def close(self) -> None:
        self._tasks.close()

    async def ended(self) -> None:
        await self._tasks.ended()

    def _late(self, stream: asyncio.Task[None]) -> None:
        if stream is self._coming:
            self._tasks.end(Cause(problem=unreachable(f"The stream said nothing for {_FIRST_S:.0f} s.")))

    async def _run(self) -> None:
        cause = Cause()
        try:
            await self._read()
        except httpx.HTTPError as error:
            cause = Cause(problem=unreachable(reason_of(error)), unreachable=True)
        except GatewayError as error:
            cause = Cause(problem=error.problem)
        except ValueError as error:
            cause = Cause(problem=bad_answer(reason_of(error)))
        # The old one may end before the new one speaks.
        me = asyncio.current_task()
        if me is self._coming or (me is self._feeding and self._coming is None):
            self._tasks.end(cause)

    async def _read(self) -> None:
        body = f"[{','.join(self._events.opening().texts)}]"
        async with posting(self._access, "/v1/stream", body, "text/event-stream") as response:
            if not response.is_success:
                raise GatewayError(problem_of(await json_of(response), response))
            stream = EventStream()
            async for piece in response.aiter_bytes():
                self._follow()
                if self._tasks.done:
                    return
                self._events.alive()
                for data in stream.take(piece):
                    self._events.received(decode_text(data))

    def _follow(self) -> None:
        """This stream speaks: the one before it has done its part."""
        me = asyncio.current_task()
        if me is not self._coming:
            return
        if self._feeding is not None:
            self._feeding.cancel()
        self._feeding, self._coming = self._coming, None
