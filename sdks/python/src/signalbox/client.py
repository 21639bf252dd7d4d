"""The client as programs see it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from functools import partial
from os import PathLike
from random import random
from types import TracebackType
from typing import overload
from uuid import uuid4

from . import http
from .access import Access
from .channels import is_pattern
from .commands import CommandHandle, CommandView, draft
from .decode import since_of
from .delivery import Delivery, called
from .effects import Effect, Events, GapSaid, NoSnapshot, Refused, SnapshotCame, StateChanged
from .errors import GapError, GatewayError, PublishError, closed
from .ladder import Ladder
from .live_core import LiveCore
from .outbox import OutboxOptions
from .session import Session, SessionOptions
from .spool import Spool
from .transports import transport_of
from .types import (
    Backoff,
    Event,
    Filter,
    Gap,
    GapHandler,
    Handler,
    Json,
    LinkState,
    Position,
    Producer,
    Publication,
    Published,
    Queue,
    Since,
    SnapshotHandler,
    Token,
    TransportName,
    Unsubscribe,
    WatchState,
)
from .watching import Watching, WatchOptions

logger = logging.getLogger("signalbox")

_SPOOL_EVENTS = 1_000_000
"""What a spool may hold beside its bytes; it is in memory too while it is open."""


class Watch:
    """A channel or pattern that is followed."""

    def __init__(self, core: LiveCore, watching: Watching, delivery: Delivery) -> None:
        self.channel = watching.name
        self.stopped = False
        self._core = core
        self._watching = watching
        self._delivery = delivery

    def state(self) -> WatchState:
        return self._watching.state()

    def positions(self) -> dict[str, Position]:
        """Positions by concrete channel: give them to a later watch to go on from there.

        They are of what has come; handlers may still have some of it before them.
        """
        return self._watching.known()

    async def ready(self) -> None:
        """Until the gateway has answered; raises GatewayError where it refused."""
        await self._core.until(self._answered)

    def stop(self) -> None:
        """No handler is called any more."""
        self.stopped = True
        self._delivery.stop()
        self._core.unwatch(self._watching)

    def _answered(self) -> bool:
        problem = self._watching.problem or self._core.stopped
        if problem is not None:
            raise GatewayError(problem)
        return self._watching.answered


class Client:
    """Follows and steers agents through one gateway. Belongs to one event loop; connects by itself when first needed.

    `token`: the token, or a function (or coroutine function) that fetches one, asked again before each connection.
    `transports`: which ways to try, best first. `name`: who connects, in the gateway's list of connections.
    `spool`: a file in which publishes wait, over the end of the program too; at most `spool_bytes` of them.
    `queue`: how many wait without a spool. `pending`: calls of one watch's handlers that may wait; over that the watch
    is interrupted, and goes on from its position once they have caught up.
    """

    def __init__(
        self,
        url: str,
        *,
        token: Token = None,
        transports: Sequence[TransportName] = ("websocket", "sse", "poll"),
        name: str | None = None,
        spool: str | PathLike[str] | None = None,
        spool_bytes: int = 67_108_864,
        backoff: Backoff | None = None,
        queue: Queue | None = None,
        pending: int = 1_000,
    ) -> None:
        self._access = Access(url, token)
        self._pending = pending
        self._spool = None if spool is None else Spool(spool)
        self._handlers: dict[str, dict[object, Handler]] = {}
        self._agents: dict[str, list[tuple[Watch, list[str]]]] = {}
        """Subscriptions to agents by channel, with their types; the oldest first."""
        unique, count = uuid4().hex, 0

        def new_id() -> str:
            nonlocal count
            count += 1
            return f"{unique}-{count}"

        self._new_id = new_id
        ways = [transport_of(each) for each in transports]
        if not ways:
            raise ValueError("no transports: name at least one of websocket, sse and poll")
        if self._spool is None:
            outbox = OutboxOptions(f"py-{unique}", epoch=1, queue=queue or Queue())
        else:
            most = Queue(_SPOOL_EVENTS, spool_bytes)
            outbox = OutboxOptions(self._spool.producer, self._spool.epoch, most, durable=True)
        session = Session(
            SessionOptions(
                ladder=Ladder([each.way for each in ways]),
                name=name,
                backoff=backoff or Backoff(),
                outbox=outbox,
                can_renew=self._access.can_renew,
                random=random,
                new_id=new_id,
            )
        )
        self._core = LiveCore(session, self._access, ways, new_id, self._spool)
        self._restored = self._spool is None
        self._ended = False

    # --- the link ---

    async def connect(self) -> None:
        """Connects and waits until the link is live; raises GatewayError when trying again cannot help."""
        self._begin()
        self._core.fact(lambda session, now_ms: session.connect(now_ms))
        await self._core.until(self._live)

    async def close(self) -> None:
        """Ends the link; what waits for an answer is rejected `closed` (in a spool it stays for the next client).

        A client without a spool can `connect` again.
        """
        await self._core.close()
        await self._access.close()
        if self._spool is not None:
            self._spool.close()
            self._ended = True

    async def __aenter__(self) -> Client:
        """Begins to connect, without waiting: what needs the gateway waits for it."""
        self._begin()
        self._core.fact(lambda session, now_ms: session.connect(now_ms))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def wake(self) -> None:
        """The network came back: tries at once."""
        self._core.fact(lambda session, now_ms: session.wake(now_ms))

    @property
    def link(self) -> LinkState:
        """Where the link is now."""
        return self._core.link

    def on_link(self, handler: Callable[[LinkState], object]) -> Unsubscribe:
        """Calls the ordinary function `handler` after each change of `link`."""
        return self._core.on_link(handler)

    # --- following ---

    def on(self, event: str, handler: Handler) -> Unsubscribe:
        """Each event of this type of the subscribed agents, in order.

        `event` is a type, or the short form of `subscribe_to_agent` (`status` of `agent_status`), or `*` for all.
        """
        key = object()
        self._handlers.setdefault(event, {})[key] = handler

        def unsubscribe() -> None:
            self._handlers.get(event, {}).pop(key, None)

        return unsubscribe

    async def subscribe_to_agent(self, agent_id: str, events: Sequence[str]) -> Watch:
        """Subscribes to these events of an agent, from now on: `status` is short for `agent_status`.

        Returns once the gateway has agreed; raises GatewayError where it refuses. The handlers are those of `on`.
        """
        long = [each if each.startswith("agent_") else f"agent_{each}" for each in events]
        types = list(dict.fromkeys([*long, *events]))
        channel = f"agent:{agent_id}"

        async def take(event: Publication) -> None:
            # Of several subscriptions to an event the oldest brings it: handlers see it once.
            if (
                next(
                    (each for each, wanted in self._agents[channel] if event.type in wanted and not each.stopped), None
                )
                is watch
            ):
                await self._dispatch(event)

        watch = self.watch(channel, filter=Filter(types=types), on_event=take)
        running = [each for each in self._agents.get(channel, []) if not each[0].stopped]
        self._agents[channel] = [*running, (watch, types)]
        try:
            await watch.ready()
        except BaseException:
            watch.stop()
            raise
        return watch

    def watch(
        self,
        channel: str,
        *,
        since: Since | None = None,
        positions: Mapping[str, Position] | None = None,
        filter: Filter | None = None,
        snapshot: bool | str = False,
        complete: bool = False,
        on_event: Handler | None = None,
        on_gap: GapHandler | None = None,
        on_snapshot: SnapshotHandler | None = None,
        on_no_snapshot: Callable[[str], object] | None = None,
        on_state: Callable[[WatchState], object] | None = None,
        on_error: Callable[[GatewayError], object] | None = None,
    ) -> Watch:
        """Follows a channel or a pattern (`agent:*`) from `since` on, over every cut, until it is stopped.

        Handlers are called one after the other, each event once and in order; a gap says what is not coming, once. Gaps
        and refusals that nobody handles are logged.
        `since`: default `now`. `positions`: where each known channel of a pattern resumes. `snapshot`: also the folded
        state, of the main reducer or of the one with this name. `complete`: nothing is left out on a slow link.
        """
        self._begin()
        options = _options(since, positions, filter, snapshot, complete)

        def hear(effect: Effect) -> None:
            if isinstance(effect, Events):
                for event in effect.events:
                    delivery.call(on_event, event)
            elif isinstance(effect, GapSaid):
                delivery.call(on_gap or _report_gap, effect.channel, effect.gap)
            elif isinstance(effect, SnapshotCame):
                delivery.call(on_snapshot, effect.channel, effect.snapshot)
            elif isinstance(effect, NoSnapshot):
                delivery.call(on_no_snapshot, effect.channel)
            elif isinstance(effect, Refused):
                delivery.call(on_error or _report, GatewayError(effect.problem))
            elif isinstance(effect, StateChanged):
                delivery.call(on_state, effect.watch.state())

        delivery = Delivery(
            self._pending,
            pause=lambda: self._core.fact(lambda session, _: session.pause(watching)),
            resume=lambda: self._core.fact(lambda session, _: session.resume(watching)),
        )
        watching = self._core.watch(channel, options, hear)
        return Watch(self._core, watching, delivery)

    async def stream(
        self,
        channel: str,
        *,
        since: Since | None = None,
        filter: Filter | None = None,
        complete: bool = False,
        on_gap: Callable[[str, Gap], None] | None = None,
    ) -> AsyncIterator[Publication]:
        """Each publication, once and in order, beginning when it is first asked for one.

        A gap raises GapError unless `on_gap`, an ordinary function, takes it. Ends when the client is closed.
        """
        self._begin()
        waiting: deque[Publication | GapSaid] = deque()
        most, paused = self._pending, False

        def hear(effect: Effect) -> None:
            nonlocal paused
            if isinstance(effect, Events):
                waiting.extend(effect.events)
            elif isinstance(effect, GapSaid):
                waiting.append(effect)
            if len(waiting) > most and not paused:
                paused = self._core.fact(lambda session, _: session.pause(watching))

        def ready() -> bool:
            problem = watching.problem or self._core.stopped
            if problem is not None and not waiting:
                raise GatewayError(problem)
            return bool(waiting)

        watching = self._core.watch(channel, _options(since, None, filter, False, complete), hear)
        try:
            while True:
                try:
                    await self._core.until(ready)
                except GatewayError as error:
                    if error.name == "closed":
                        return
                    raise
                item = waiting.popleft()
                if paused and len(waiting) <= most // 4:
                    paused = False
                    self._core.fact(lambda session, _: session.resume(watching))
                if isinstance(item, Publication):
                    yield item
                elif on_gap is None:
                    raise GapError(item.channel, item.gap)
                else:
                    on_gap(item.channel, item.gap)
        finally:
            self._core.unwatch(watching)

    # --- publishing ---

    def enqueue(self, event: Event, *, producer: Producer | None = None) -> asyncio.Future[Published]:
        """Puts an event into the queue (and the spool) at once; the future tells how it ended, `queue_full` too.

        An event with a channel is numbered (spec §5.4), so that it is kept once however often it is sent: by this
        client, or by the `producer` of a lease. Others have an idempotency key, which the gateway knows for 5 minutes.
        """
        self._begin()
        return self._core.publish({"timestamp": int(time.time() * 1_000), **event}, producer)

    @overload
    async def publish(self, event: Event, *, producer: Producer | None = None) -> Published: ...
    @overload
    async def publish(self, event: Iterable[Event], *, producer: Producer | None = None) -> list[Published]: ...
    async def publish(
        self, event: Event | Iterable[Event], *, producer: Producer | None = None
    ) -> Published | list[Published]:
        """Once the gateway keeps it: its position. Waits for room in the queue; raises GatewayError if refused.

        Of several: all positions, in order; PublishError, which has each one's outcome, if any was refused.
        """
        if isinstance(event, Mapping):
            return await (await self._queued(event, producer))
        futures = [await self._queued(each, producer) for each in event]
        outcomes = await asyncio.gather(*futures, return_exceptions=True)
        kept: list[Published] = []
        results: list[Published | GatewayError] = []
        for outcome in outcomes:
            if isinstance(outcome, Published):
                kept.append(outcome)
                results.append(outcome)
            elif isinstance(outcome, GatewayError):
                results.append(outcome)
            else:
                raise outcome
        if len(kept) < len(results):
            raise PublishError(results)
        return kept

    async def flush(self) -> None:
        """Until nothing waits for an answer; raises GatewayError when trying again cannot help."""
        self._begin()
        await self._core.until(self._flushed)

    # --- steering ---

    async def command(
        self,
        target: str,
        name: str,
        args: Json = None,
        *,
        command_id: str | None = None,
        ttl_ms: int | None = None,
    ) -> CommandHandle:
        """Tells an agent or process (`agent:ID`, `process:ID`) what to do; returns once the command is kept.

        `command_id`: the same id with the same command is the same command. `ttl_ms`: how long it may wait to be begun,
        10 minutes if absent. To command a fleet: `request("POST", "/v1/commands", …)` with a pattern.
        """
        if is_pattern(target):
            raise ValueError('one target at a time: for a pattern use request("POST", "/v1/commands", …)')
        view = CommandView(command_id or self._new_id(), target, name, args)
        kept = await self.publish(draft(view, ttl_ms, self._new_id))
        return CommandHandle(self, view, kept)

    async def request(self, method: str, path: str, json: Json = None) -> Json:
        """A request to the HTTP API with this client's address and token; raises GatewayError."""
        return await http.request(self._access, method, path, json)

    # --- inside ---

    def _begin(self) -> None:
        """What an earlier program left in the spool goes first; needs the running loop."""
        if self._ended:
            raise GatewayError(closed("The client was closed, and with it its spool: make another client."))
        if self._restored or self._spool is None:
            return
        self._restored = True
        kept = self._spool.kept()
        self._core.fact(lambda session, now_ms: session.restore(kept, now_ms))

    async def _queued(self, event: Event, producer: Producer | None) -> asyncio.Future[Published]:
        """As `enqueue`, once there is room."""
        while True:
            future = self.enqueue(event, producer=producer)
            fault = future.exception() if future.done() else None
            waiting = self._core.link.queued
            if not isinstance(fault, GatewayError) or fault.name != "queue_full" or waiting == 0:
                return future
            await self._core.until(partial(self._has_room, waiting))

    def _has_room(self, before: int) -> bool:
        if self._core.stopped is not None:
            raise GatewayError(self._core.stopped)
        return self._core.link.queued < before

    def _live(self) -> bool:
        if self._core.stopped is not None:
            raise GatewayError(self._core.stopped)
        return self._core.link.state == "live"

    def _flushed(self) -> bool:
        if self._core.stopped is not None:
            raise GatewayError(self._core.stopped)
        return self._core.link.queued == 0

    async def _dispatch(self, event: Publication) -> None:
        names = ("*", event.type, event.type.removeprefix("agent_"))
        for name in dict.fromkeys(names):
            for handler in list(self._handlers.get(name, {}).values()):
                await called(handler, event)


def _report(error: GatewayError) -> None:
    logger.warning("a watch was refused: %s", error)


def _report_gap(channel: str, gap: Gap) -> None:
    logger.warning("%s", GapError(channel, gap))


def _options(
    since: Since | None,
    positions: Mapping[str, Position] | None,
    filter: Filter | None,
    snapshot: bool | str,
    complete: bool,
) -> WatchOptions:
    begin = since_of("now" if since is None else since)
    return WatchOptions(begin, dict(positions or {}), filter, snapshot, complete)
