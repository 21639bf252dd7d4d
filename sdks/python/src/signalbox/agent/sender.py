"""Sends a spool's events in order, one request at a time, until the gateway has them all.

Whatever is not answered is sent again; the gateway drops what it had by its sequence number.
"""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from ..codes import ERROR_CODES
from ..errors import Problem
from .asking import REFUSED_S, Gateway, ask, asked_s, member, retry_s
from .spool import Spool

BATCH_EVENTS = 1_000
BATCH_BYTES = 524_288
"""Under the gateway's limits (1,000 messages, 1 MiB) with room for the producer's numbers."""


@dataclass(frozen=True)
class SenderState:
    """Where sending stands."""

    at: Literal["live", "waiting", "refused", "fenced"]
    """live: the last request was answered well, or none was needed yet. waiting: no answer; tried again by itself.
    refused: the gateway says no to all; tried again by itself, slowly. fenced: another producer took over, for good."""
    problem: Problem | None = None


class SharedNumbers(Protocol):
    """The numbers of a leased spool: others publish as the same producer, and its epochs come and go."""

    @property
    def epoch(self) -> int | None:
        """The epoch that the spool's numbers are right for; None while there is none."""

    def turn(self) -> AbstractAsyncContextManager[bool]:
        """Waits until there is an epoch and nobody else uses its numbers. False: there will be none any more."""

    def align(self, expected: int) -> None:
        """The gateway expects this number."""

    def fenced(self, epoch: int) -> None:
        """The gateway says that the epoch was replaced."""


class Sender:
    def __init__(
        self,
        spool: Spool,
        gateway: Gateway,
        *,
        shared: SharedNumbers | None = None,
        on_change: Callable[[], None] = lambda: None,
        on_refused: Callable[[Problem], None] = lambda _: None,
    ) -> None:
        """`on_refused`: one event was refused for good; the others go on."""
        self.state = SenderState("live")
        self._spool = spool
        self._gateway = gateway
        self._shared = shared
        self._on_change = on_change
        self._on_refused = on_refused
        self._tries = 0
        self._batch_events = BATCH_EVENTS
        self._gap_at: int | None = None
        """Where the gateway last said a sequence broke: twice in one place means rewinding does not help."""
        self._sent_to = 0
        """Up to this number events were sent whose fate may not be known: nobody else may use the numbers of those."""
        self._epoch: int | None = None
        self._news = asyncio.Event()
        """Something was appended since the spool was read last."""
        self._retry = asyncio.Event()
        self._stop_listening = spool.on_change(self._news.set)
        self._task = asyncio.create_task(self._run(), name="signalbox sender")

    def retry_now(self) -> None:
        """Tries at once instead of after the pause."""
        self._retry.set()

    async def stop(self) -> None:
        """Ends; the request under way is given up. What was not answered stays in the spool."""
        self._stop_listening()
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        while self.state.at != "fenced":
            if self._shared is None:
                some = await self._turn()
            else:
                async with self._shared.turn() as is_held:
                    if not is_held:
                        self._enter(SenderState("fenced", _replaced()))
                        return
                    some = await self._turn()
            if not some:
                await self._news.wait()

    async def _turn(self) -> bool:
        """Sends a batch, again until its fate is known, or its epoch is over. False: there was nothing to send."""
        epoch = self._shared.epoch if self._shared is not None else None
        if epoch != self._epoch:
            self._sent_to = 0
        self._epoch = epoch
        while True:
            self._news.clear()
            try:
                number = self._spool.next_to_send()
                events = self._spool.read(number, self._batch_events, BATCH_BYTES)
            except OSError as error:
                # The disk: what it does not give now it may give later.
                problem = Problem("disk", 0, str(error), temporary=True, help="Look after the disk of the spool.")
                await self._wait(problem)
                return True
            if not events:
                return False
            await self._send(number, events)
            is_over = self._shared is not None and self._shared.epoch != epoch
            if self._sent_to <= self._spool.acknowledged or self.state.at == "fenced" or is_over:
                return True

    async def _send(self, number: int, events: list[bytes]) -> None:
        before = self._sent_to
        self._sent_to = max(before, number + len(events) - 1)
        body = [json.loads(event) for event in events]
        answer = await ask(self._gateway, "POST", "/v1/events", body)
        if isinstance(answer, Problem):
            if answer.number != 0 and not _is_unsure(answer):
                is_unkept = answer.name == "sequence_gap" or (_is_about_event(answer) and len(events) == 1)
                self._sent_to = 0 if is_unkept else before
            # Something in the request is at fault: smaller ones find out what.
            if _is_about_event(answer) and len(events) > 1:
                self._batch_events = -(-len(events) // 2)
            else:
                await self._refused(number, answer)
            return
        results = member(answer, "results")
        if not isinstance(results, list) or len(results) != len(events):
            strange = Problem("bad_answer", 0, "not an answer of a gateway", temporary=True, help="Who answers there?")
            await self._wait(strange)
            return
        fates = [member(result, "error") for result in results]
        kept = next((at for at, error in enumerate(fates) if error is not None), len(fates))
        if kept > 0:
            self._tries = 0
            self._gap_at = None
            self._batch_events = BATCH_EVENTS
            epoch, offset = member(results[kept - 1], "epoch"), member(results[kept - 1], "offset")
            position = f"{epoch}:{offset}" if isinstance(epoch, str) and isinstance(offset, int) else None
            self._spool.acknowledge(number + kept - 1, position)
            self._enter(SenderState("live"))
        if kept < len(fates):
            problem = problem_in(fates[kept])
            if _is_unkept(problem):
                self._sent_to = 0
            elif not _is_unsure(problem):
                self._sent_to = before
            await self._refused(number + kept, problem)

    async def _refused(self, number: int, problem: Problem) -> None:
        """The first event that was not kept decides what happens to it and all after it."""
        if problem.name == "fenced":
            # Of a lease: whether it was taken by another or by a newer one of ours is to be found out first.
            if self._shared is None:
                self._enter(SenderState("fenced", problem))
            else:
                self._shared.fenced(self._spool.progress.epoch)
        elif problem.name == "sequence_gap":
            await self._close_gap(number, problem)
        elif problem.temporary:
            await self._wait(problem)
        elif not _is_about_event(problem):
            self._enter(SenderState("refused", problem))
            await self._pause(REFUSED_S)
        else:
            self._on_refused(problem)
            self._spool.skip(number)

    async def _close_gap(self, number: int, problem: Problem) -> None:
        """The gateway has less than it once acknowledged: send that again, or begin anew with what is still here."""
        expected = (problem.details or {}).get("expected")
        if self._shared is not None:
            if isinstance(expected, int) and self._gap_at != number:
                self._gap_at = number
                self._shared.align(expected)
            else:
                self._gap_at = None
                await self._wait(problem)
            return
        missing = self._spool.progress.base + expected if isinstance(expected, int) else number
        if self._gap_at == missing or not self._spool.rewind(missing):
            self._gap_at = None
            self._spool.renumber()
        else:
            self._gap_at = missing

    async def _wait(self, problem: Problem) -> None:
        self._tries += 1
        self._enter(SenderState("waiting", problem))
        await self._pause(max(asked_s(problem), retry_s(self._tries)))

    def _enter(self, state: SenderState) -> None:
        is_same = state.at == "live" and self.state.at == "live"
        self.state = state
        if not is_same:
            self._on_change()

    async def _pause(self, seconds: float) -> None:
        self._retry.clear()
        try:
            await asyncio.wait_for(self._retry.wait(), seconds)
        except (asyncio.TimeoutError, TimeoutError):
            return


def problem_in(error: object) -> Problem:
    """The error of one event, decoded."""
    name = member(error, "name")
    if not isinstance(name, str):
        return Problem("bad_answer", 0, "an error without a name", temporary=True, help="Who answers there?")
    details = member(error, "details")
    return Problem(
        name,
        member(error, "number") or 0,
        str(member(error, "message") or name),
        temporary=member(error, "temporary") is True,
        help=str(member(error, "help") or ""),
        details=details if isinstance(details, dict) else None,
    )


def _is_about_event(problem: Problem) -> bool:
    """Other permanent errors are about who sends, or where to, and are the same for every event: skipping would lose all."""
    return problem.name in ("invalid_message", "payload_too_big")


def _is_unkept(problem: Problem) -> bool:
    """Whatever was tried before, neither this event nor a later one is kept."""
    return problem.name == "sequence_gap" or _is_about_event(problem)


def _is_unsure(problem: Problem) -> bool:
    """The store may have kept it all the same, and said so too late."""
    return problem.name in ("unavailable", "internal")


def _replaced() -> Problem:
    code = ERROR_CODES["fenced"]
    return Problem("fenced", code.number, "another producer took the lease", code.temporary, code.help)
