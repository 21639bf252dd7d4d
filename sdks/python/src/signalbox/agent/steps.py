"""Publishes the steps of commands as the lease's producer, each until the gateway has answered it."""

import asyncio
import uuid
from dataclasses import dataclass
from typing import Any, Literal

from ..errors import Problem
from .agent_spool import now_ms
from .asking import Gateway, ask, member, retry_s
from .lease_keeper import LeaseKeeper
from .leased_numbers import LeasedNumbers

StepType = Literal["command_delivered", "command_started", "command_progress", "command_done", "command_failed"]
ALIGNMENTS_AT_MOST = 3
"""So often the gateway may say that a number is not the next one."""


@dataclass(frozen=True)
class Stepped:
    ok: bool
    problem: Problem | None = None
    """Why it was refused; None where that is not known, because the lease ended first."""


class Steps:
    def __init__(
        self, gateway: Gateway, channel: str, producer: str, lease: LeaseKeeper, numbers: LeasedNumbers
    ) -> None:
        self._gateway = gateway
        self._channel = channel
        self._producer = producer
        self._lease = lease
        self._numbers = numbers

    async def publish(self, type: StepType, data: dict[str, Any]) -> Stepped:
        # Its id says that it is the same step when it is sent again.
        step = {
            "id": str(uuid.uuid4()),
            "type": type,
            "channel": self._channel,
            "timestamp": now_ms(),
            "data": data,
        }
        # A step under way is not given up with whoever wanted it: whether its number was used must become known.
        return await asyncio.shield(asyncio.ensure_future(self._in_turn(step)))

    async def _in_turn(self, step: dict[str, Any]) -> Stepped:
        async with self._numbers.turns:
            return await self._send(step)

    async def _send(self, step: dict[str, Any]) -> Stepped:
        """Nobody else uses the producer's numbers until it is answered: a number that may be used must not be given away."""
        numbers = self._numbers
        epoch = numbers.epoch
        alignments = tries = 0
        while True:
            if epoch is None or numbers.epoch != epoch:
                if tries > 0:
                    numbers.used()
                return Stepped(ok=False)
            producer = {"id": self._producer, "epoch": epoch, "seq": numbers.next}
            event = {**step, "metadata": {"producer": producer}}
            answer = await ask(self._gateway, "POST", "/v1/events", [event])
            if not isinstance(answer, Problem):
                numbers.used()
                # A repetition of what was never sent: it was the number that somebody had used.
                if tries == 0 and _is_duplicate(answer) and alignments < ALIGNMENTS_AT_MOST:
                    alignments += 1
                    continue
                return Stepped(ok=True)
            expected = (answer.details or {}).get("expected")
            if answer.name == "sequence_gap" and isinstance(expected, int) and alignments < ALIGNMENTS_AT_MOST:
                alignments += 1
                numbers.align(expected)
            elif answer.temporary:
                await asyncio.sleep(retry_s(tries, answer))
            else:
                if tries > 0:
                    numbers.used()
                if answer.name == "fenced":
                    numbers.fenced(epoch)
                return Stepped(ok=False, problem=answer)
            tries += 1


def _is_duplicate(answer: object) -> bool:
    results = member(answer, "results")
    return isinstance(results, list) and bool(results) and member(results[0], "duplicate") is True
