"""Long polling, spec §7.2: each request names all subscriptions with their positions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx

from ..decode import messages_in
from ..errors import GatewayError, reason_of, unreachable
from ..http import json_of, posting, problem_of
from ..transport import Cause, Dial, LinkEvents, Outgoing, Way
from .post import Poster
from .tasks import Tasks

_WAIT_MS = 25_000
"""Proxies commonly cut a request that is silent for 30 s or more."""
_WAITED_S = 1.0
"""What fails sooner did not fail of waiting."""


class PollTransport:
    way = Way("poll", duplex=False, quiet_ms=_WAIT_MS, asks={})

    def open(self, dial: Dial, events: LinkEvents) -> _Link:
        return _Link(dial, events)


class _Link:
    def __init__(self, dial: Dial, events: LinkEvents) -> None:
        self._access = dial.access
        self._events = events
        self._tasks = Tasks(events)
        self._poster = Poster(dial.access, events, self._tasks)
        self._request: asyncio.Task[None] | None = None
        self._wait_ms = _WAIT_MS
        self._tasks.start(self._run())

    def send(self, batch: Sequence[Outgoing]) -> None:
        self._poster.send(batch)

    def restart(self) -> None:
        if self._request is not None:
            self._request.cancel()

    def renew(self, token: str) -> None:
        # The next request brings it.
        self.restart()

    def close(self) -> None:
        self._tasks.close()

    async def ended(self) -> None:
        await self._tasks.ended()

    async def _run(self) -> None:
        while not self._tasks.done:
            self._request = self._tasks.start(self._poll())
            # Cancelled: asked again with other subscriptions.
            await asyncio.wait({self._request})

    async def _poll(self) -> None:
        opening = self._events.opening()
        # What was never asked is answered at once; only then is it worth waiting.
        wait_ms = 0 if opening.fresh else self._wait_ms
        begun_s = asyncio.get_running_loop().time()
        body = f'{{"messages":[{",".join(opening.texts)}],"waitMs":{wait_ms}}}'
        try:
            async with posting(self._access, "/v1/poll", body, "application/json") as response:
                answer = await json_of(response)
        except httpx.HTTPError as error:
            self._failed(Cause(problem=unreachable(reason_of(error)), unreachable=True), begun_s)
            return
        except GatewayError as error:
            self._tasks.end(Cause(problem=error.problem))
            return
        messages = answer.get("messages") if isinstance(answer, dict) else None
        if self._tasks.done:
            return
        if response.is_success and isinstance(messages, list):
            self._events.received(messages_in(messages))
        else:
            self._failed(Cause(problem=problem_of(answer, response)), begun_s)

    def _failed(self, cause: Cause, begun_s: float) -> None:
        if asyncio.get_running_loop().time() - begun_s < _WAITED_S:
            self._tasks.end(cause)
        elif not self._tasks.done:
            # Something between here and the gateway waits less long.
            self._wait_ms //= 2
            self._events.alive()
