"""Moves facts into the session, and carries out its effects over whatever transports it is given."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from .access import Access
from .clock import Clock
from .effects import (
    Accepted,
    Drop,
    Effect,
    Events,
    GapSaid,
    Keep,
    NoSnapshot,
    Open,
    Refused,
    Rejected,
    Restart,
    Send,
    SnapshotCame,
    StateChanged,
)
from .errors import GatewayError, Problem, bad_answer, reason_of, token_failed, unreachable
from .outbox import Item
from .session import Session
from .spool import Spool
from .transport import NEVER, Cause, Dial, Link, Message, Opening, Transport
from .types import Event, Json, LinkState, Producer, Published, TransportName
from .watching import Watching, WatchOptions

_RENEW_AGAIN_S = 5.0
"""The token function failed in time: so long until it is asked again. The gateway says 30 s before a token's end."""

logger = logging.getLogger("signalbox")
Answer = TypeVar("Answer")
Hear = Callable[[Effect], None]
"""Who is told about one watch."""


@dataclass(frozen=True)
class _LinkEvents:
    """What one link tells, as facts for the session."""

    core: LiveCore
    link: int

    def opening(self) -> Opening:
        return self.core.fact(lambda session, now_ms: session.opening(self.link, now_ms))

    def received(self, messages: Sequence[Message]) -> None:
        if any(message["type"] == "auth_expiring" for message in messages):
            self.core.expiring(self.link)

        def tell(session: Session, now_ms: float) -> None:
            try:
                session.received(self.link, messages, now_ms)
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
                # A message in no shape that the protocol knows: as bad as a broken link, and no worse.
                problem = bad_answer(f"A message cannot be read: {reason_of(error)}.")
                session.closed(self.link, Cause(problem=problem), now_ms)

        self.core.fact(tell)

    def acked(self, results: Sequence[Json]) -> None:
        self.core.fact(lambda session, now_ms: session.acked(self.link, results, now_ms))

    def alive(self) -> None:
        self.core.fact(lambda session, now_ms: session.alive(self.link, now_ms))

    def closed(self, cause: Cause) -> None:
        self.core.fact(lambda session, now_ms: session.closed(self.link, cause, now_ms))


class LiveCore:
    def __init__(
        self,
        session: Session,
        access: Access,
        transports: Sequence[Transport],
        new_id: Callable[[], str],
        spool: Spool | None,
    ) -> None:
        self._session = session
        self._access = access
        self._transports = {transport.way.name: transport for transport in transports}
        self._new_id = new_id
        self._spool = spool
        self._clock = Clock()
        self._links: dict[int, Link | None] = {}
        """Links that are wanted; without a value while their token is being fetched."""
        self._hears: dict[Watching, Hear] = {}
        self._futures: dict[Item, asyncio.Future[Published]] = {}
        self._waiters: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self._listeners: dict[object, Callable[[LinkState], object]] = {}
        self._shown = session.link_state()
        self._opening: dict[int, asyncio.Task[None]] = {}
        self._renewing: dict[int, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._working = False
        self._ticking = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def link(self) -> LinkState:
        return self._session.link_state()

    @property
    def stopped(self) -> Problem | None:
        return self._session.stopped

    def fact(self, tell: Callable[[Session, float], Answer]) -> Answer:
        """Tells the session something, and does what it then wants."""
        answer = tell(self._session, self._clock.now_ms())
        self._work()
        if not self._ticking:
            self._ticking = True
            # What is asked for in one go is sent in one go.
            asyncio.get_running_loop().call_soon(self._tick)
        return answer

    def expiring(self, link: int) -> None:
        """The token of this link ends soon; without a new one the gateway ends the link then."""
        if self._access.can_renew and self._links.get(link) is not None and link not in self._renewing:
            self._renewing[link] = self._start(self._renew(link))

    def watch(self, channel: str, options: WatchOptions, hear: Hear) -> Watching:
        def begin(session: Session, now_ms: float) -> Watching:
            watching = session.watch(channel, options, now_ms)
            self._hears[watching] = hear
            return watching

        return self.fact(begin)

    def unwatch(self, watching: Watching) -> None:
        self._hears.pop(watching, None)
        self.fact(lambda session, _: session.unwatch(watching))

    def publish(self, event: Event, producer: Producer | None) -> asyncio.Future[Published]:
        future: asyncio.Future[Published] = asyncio.get_running_loop().create_future()

        def add(session: Session, now_ms: float) -> None:
            item = session.publish(event, producer, now_ms)
            if isinstance(item, Problem):
                future.set_exception(GatewayError(item))
            else:
                self._futures[item] = future

        self.fact(add)
        return future

    def on_link(self, listener: Callable[[LinkState], object]) -> Callable[[], None]:
        key = object()
        self._listeners[key] = listener

        def stop() -> None:
            self._listeners.pop(key, None)

        return stop

    async def until(self, reached: Callable[[], bool]) -> None:
        """Looks after every change; raises what `reached` raises."""
        if reached():
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append((reached, future))
        await future

    async def close(self) -> None:
        self.fact(lambda session, now_ms: session.close(now_ms))
        current = asyncio.current_task()
        while rest := [task for task in self._tasks if task is not current]:
            await asyncio.gather(*rest, return_exceptions=True)
        if self._timer is not None:
            self._timer.cancel()

    # --- inside ---

    def _tick(self) -> None:
        self._ticking = False
        self._session.tick(self._clock.now_ms())
        self._work()
        next = self._session.next_ms()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if next < NEVER:
            wait = max(0.0, next - self._clock.now_ms()) / 1_000
            self._timer = asyncio.get_running_loop().call_later(wait, self._tick)

    def _work(self) -> None:
        # Facts that effects tell are seen to by the loop below.
        if self._working:
            return
        self._working = True
        try:
            while effects := self._session.take_effects():
                for effect in effects:
                    self._carry_out(effect)
        finally:
            self._working = False
        if self._waiters:
            self._waiters = [waiter for waiter in self._waiters if not _settled(*waiter)]
        if self._listeners:
            self._show()

    def _show(self) -> None:
        state = self._session.link_state()
        if state == self._shown:
            return
        self._shown = state
        for listener in list(self._listeners.values()):
            try:
                listener(state)
            except Exception:
                logger.exception("a listener of the link failed")

    def _carry_out(self, effect: Effect) -> None:
        if isinstance(effect, (Events, StateChanged, GapSaid, SnapshotCame, NoSnapshot, Refused)):
            hear = self._hears.get(effect.watch)
            if hear is not None:
                hear(effect)
        elif isinstance(effect, Send):
            link = self._links.get(effect.link)
            if link is not None:
                link.send(effect.batch)
        elif isinstance(effect, Accepted):
            self._forget(effect.item)
            future = self._futures.pop(effect.item, None)
            if future is not None and not future.done():
                future.set_result(effect.published)
        elif isinstance(effect, Rejected):
            self._rejected(effect)
        elif isinstance(effect, Keep):
            self._keep(effect)
        elif isinstance(effect, Open):
            self._links[effect.link] = None
            self._opening[effect.link] = self._start(self._open(effect.link, effect.transport))
        elif isinstance(effect, Restart):
            link = self._links.get(effect.link)
            if link is not None:
                link.restart()
        elif isinstance(effect, Drop):
            link = self._links.pop(effect.link, None)
            # A token may take as long as it likes.
            for asking in (self._opening.pop(effect.link, None), self._renewing.pop(effect.link, None)):
                if asking is not None:
                    asking.cancel()
            if link is not None:
                link.close()
                self._start(link.ended())

    def _keep(self, effect: Keep) -> None:
        if self._spool is None:
            return
        try:
            self._spool.keep(effect.items, effect.again)
        except sqlite3.Error as error:
            help = "Make room on the disk of the spool."
            problem = Problem(
                "spool_failed", 0, f"The spool took nothing: {reason_of(error)}.", temporary=True, help=help
            )
            for item in effect.items:
                self._session.reject(item, problem)

    def _forget(self, item: Item) -> None:
        if self._spool is None:
            return
        try:
            self._spool.forget(item)
        except sqlite3.Error:
            # It is sent once more by the next program, and known to the gateway by its number.
            logger.exception("the spool could not forget an event")

    def _rejected(self, effect: Rejected) -> None:
        if effect.final:
            self._forget(effect.item)
        future = self._futures.pop(effect.item, None)
        if future is not None and not future.done():
            future.set_exception(GatewayError(effect.problem))
        elif future is None and effect.final:
            logger.warning("event %s from the spool was refused: %s", effect.item.id, effect.problem.message)

    async def _open(self, link: int, name: TransportName) -> None:
        events = _LinkEvents(self, link)
        try:
            # Asked again before each connection: the last one may have run out.
            token = await self._access.token(renew=True)
        except Exception as error:
            events.closed(Cause(problem=token_failed(reason_of(error))))
            return
        if link not in self._links:
            return
        self.fact(lambda session, now_ms: session.dialing(link, now_ms))
        try:
            dial = Dial(self._access, token, self._new_id)
            self._links[link] = self._transports[name].open(dial, events)
        except Exception as error:
            events.closed(Cause(problem=unreachable(reason_of(error))))

    async def _renew(self, link: int) -> None:
        while True:
            try:
                token = await self._access.token(renew=True)
                break
            except Exception:
                logger.exception("the token function failed, and the token ends soon")
                await asyncio.sleep(_RENEW_AGAIN_S)
        self._renewing.pop(link, None)
        running = self._links.get(link)
        if running is not None and token is not None:
            running.renew(token)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _settled(reached: Callable[[], bool], future: asyncio.Future[None]) -> bool:
    if future.done():
        return True
    try:
        if not reached():
            return False
        future.set_result(None)
    except GatewayError as error:
        future.set_exception(error)
    return True
