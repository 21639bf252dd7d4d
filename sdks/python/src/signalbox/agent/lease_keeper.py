"""Takes the lease of a channel and keeps it (spec §12).

Renews it in time, begins a new epoch when it had ended, and stops for good when another producer took over.
"""

import asyncio
import random
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from ..errors import Problem
from .asking import REFUSED_S, Gateway, ask, member, retry_s
from .value import Value

DEFAULT_TTL_MS = 15_000


@dataclass(frozen=True)
class Holder:
    """Who is at work on a channel."""

    producer: str
    epoch: int


@dataclass(frozen=True)
class LeaseState:
    """Who is at work as an agent, as far as the gateway has said."""

    state: Literal["waiting", "held", "fenced", "refused", "released"]
    """waiting: not yet held, or no renewal was answered for its whole time; tried again by itself. held: it is at work.
    fenced: another took over, for good. refused: the gateway says no; tried again by itself, slowly. released: closed here."""
    epoch: int | None = None
    """Of the lease that was held here last. None before the first one, and from its end to the next one."""
    holder: Holder | None = None
    """With waiting and fenced: who holds it."""
    problem: Problem | None = None
    """With waiting and refused: what the gateway said, or that it said nothing."""


class LeaseKeeper:
    def __init__(
        self,
        gateway: Gateway,
        channel: str,
        producer: str,
        *,
        ttl_ms: int | None = None,
        progress_ms: int | None = None,
        take_over: bool = False,
    ) -> None:
        self.state = Value(LeaseState("waiting"))
        self.epoch: int | None = None
        """Of the lease that is held here, as far as anybody has said."""
        self._gateway = gateway
        self._path = f"/v1/leases/{quote(channel, safe='')}"
        self._producer = producer
        self._ttl_s = (ttl_ms or DEFAULT_TTL_MS) / 1_000
        self._progress_ms = progress_ms
        self._take_over = take_over
        self._wake = asyncio.Event()
        """Ends a pause before its time."""
        self._held_at = 0.0
        """When the gateway last said that it is held, on the steady clock."""
        self._tries = 0
        self._checks: list[asyncio.Future[None]] = []
        self._stopped = False
        self._run_task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._run_task = asyncio.create_task(self._run(), name="signalbox lease")

    async def check(self) -> None:
        """Somebody says that it is not held any more: asks at once. Until the gateway was asked."""
        checked: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._checks.append(checked)
        self._wake.set()
        if self._run_task is None or self._run_task.done():
            return
        await checked

    def anew(self, epoch: int) -> None:
        """The gateway refuses events of this epoch, and still calls it held: a new one begins."""
        if self.epoch != epoch:
            return
        self.epoch = None
        self.state.set(LeaseState("waiting"))
        self._wake.set()

    async def release(self) -> None:
        """Ends it. Whether the gateway heard of that is not waited for longer than a renewal would be."""
        if self._stopped:
            return
        self._stopped = True
        if self._run_task is not None:
            self._run_task.cancel()
            await asyncio.wait([self._run_task])
        epoch, self.epoch = self.epoch, None
        if self.state.get().state != "fenced":
            self.state.set(LeaseState("released"))
        if epoch is not None:
            about = f"producer={quote(self._producer, safe='')}&epoch={epoch}"
            await ask(self._gateway, "DELETE", f"{self._path}?{about}", within_s=self._patience_s)

    async def _run(self) -> None:
        try:
            while not self._stopped:
                self._wake.clear()
                checks, self._checks = self._checks, []
                pause_s = await self._once()
                for checked in checks:
                    if not checked.done():
                        checked.set_result(None)
                if pause_s is None:
                    return
                try:
                    await asyncio.wait_for(self._wake.wait(), pause_s)
                except (asyncio.TimeoutError, TimeoutError):
                    continue
        finally:
            for checked in self._checks:
                if not checked.done():
                    checked.set_result(None)

    async def _once(self) -> float | None:
        """Asks for it, or for its renewal. The pause until the next time; None: never."""
        epoch = self.epoch
        if epoch is not None:
            body: dict[str, object] = {"producer": self._producer, "epoch": epoch}
        else:
            body = {"producer": self._producer, "ttlMs": int(self._ttl_s * 1_000)}
            if self._progress_ms is not None:
                body["progressMs"] = self._progress_ms
            if self._take_over:
                body["takeOver"] = True
        answer = await ask(self._gateway, "PUT", self._path, body, within_s=self._patience_s)
        if isinstance(answer, Problem):
            return self._failed(answer)
        taken = member(answer, "epoch")
        if not isinstance(taken, int):
            return self._failed(STRANGE_ANSWER)
        self.epoch = taken
        self._tries = 0
        self._held_at = asyncio.get_running_loop().time()
        if epoch != taken or self.state.get().state != "held":
            self.state.set(LeaseState("held", taken))
        # A third of its time, so that two renewals may be lost; less at random, so that a thousand do not come at once.
        return self._ttl_s / 3 * (0.8 + 0.2 * random.random())

    def _failed(self, problem: Problem) -> float | None:
        holder = _holder(problem)
        if problem.name == "fenced":
            self.epoch = None
            self.state.set(LeaseState("fenced", holder=holder))
            return None
        if self.epoch is not None and problem.name in ("wrong_state", "not_found"):
            # It has ended; or the gateway knows nothing any more.
            self.epoch = None
            self.state.set(LeaseState("waiting", problem=problem))
            return 0.0
        if problem.name == "leased":
            self.state.set(LeaseState("waiting", holder=holder, problem=problem))
            return min(REFUSED_S, self._ttl_s / 3)
        if not problem.temporary:
            self.state.set(LeaseState("refused", self.epoch, problem=problem))
            return REFUSED_S
        # What was held may still be.
        if self.epoch is None or asyncio.get_running_loop().time() - self._held_at >= self._ttl_s:
            self.state.set(LeaseState("waiting", self.epoch, problem=problem))
        self._tries += 1
        return min(retry_s(self._tries, problem), max(1.0, self._ttl_s / 3))

    @property
    def _patience_s(self) -> float:
        """An answer that comes later than this is too late to be of use."""
        return max(1.0, min(10.0, self._ttl_s / 3))


STRANGE_ANSWER = Problem(
    "bad_answer",
    0,
    "the answer names no epoch",
    temporary=True,
    help="Something else answers in the gateway's place.",
)


def _holder(problem: Problem) -> Holder | None:
    details = problem.details or {}
    producer, epoch = details.get("producer"), details.get("epoch")
    return Holder(producer, epoch) if isinstance(producer, str) and isinstance(epoch, int) else None
