"""Publishing beside a stream or a poll, spec §7.3: one request at a time, so that the order is kept."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict

import httpx

from ..access import Access
from ..decode import results_in
from ..errors import GatewayError, Problem, reason_of, unreachable
from ..http import headers_of, json_of, problem_of
from ..outgoing import joined
from ..transport import Cause, LinkEvents, Outgoing
from ..types import Json
from .tasks import Tasks

_ANSWER_S = 30.0
"""A request without an answer for so long is given up, and sent again."""


class Poster:
    def __init__(self, access: Access, events: LinkEvents, tasks: Tasks) -> None:
        self._access = access
        self._events = events
        self._tasks = tasks
        self._queue: deque[Sequence[Outgoing]] = deque()
        self._work: asyncio.Task[None] | None = None

    def send(self, batch: Sequence[Outgoing]) -> None:
        self._queue.append(batch)
        if self._work is None or self._work.done():
            self._work = self._tasks.start(self._run())

    async def _run(self) -> None:
        while self._queue and not self._tasks.done:
            batch = self._queue.popleft()
            answer = await self._post(batch)
            if self._tasks.done:
                return
            if not isinstance(answer, Problem):
                self._events.acked(answer)
            elif answer.name == "unauthenticated":
                self._tasks.end(Cause(problem=answer))
            else:
                self._events.acked([{"id": each.id, "error": asdict(answer)} for each in batch])

    async def _post(self, batch: Sequence[Outgoing]) -> list[Json] | Problem:
        try:
            headers = await headers_of(self._access)
            asking = self._access.http.stream(
                "POST", "/v1/events", content=joined(batch), headers=headers, timeout=_ANSWER_S
            )
            async with asking as response:
                answer = await json_of(response)
        except httpx.HTTPError as error:
            return unreachable(reason_of(error))
        except GatewayError as error:
            return error.problem
        # A refused request may still say what became of each event.
        results = results_in(answer)
        return problem_of(answer, response) if results is None else results
