"""Runs a Session against a ModelGateway, step by step, as a test wants it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from signalbox.effects import Accepted, Drop, Effect, Events, Keep, Open, Rejected, Restart, Send
from signalbox.ladder import Ladder
from signalbox.outbox import Item, OutboxOptions
from signalbox.session import Session, SessionOptions
from signalbox.transport import Cause, Way
from signalbox.types import Backoff
from signalbox.watching import Watching

from .model_gateway import Connection, ModelGateway

Answer = TypeVar("Answer")

WAYS = (
    Way("websocket", duplex=True, quiet_ms=0, asks={}),
    Way("sse", duplex=False, quiet_ms=15_000, asks={}),
    Way("poll", duplex=False, quiet_ms=25_000, asks={}),
)


@dataclass(eq=False)
class HostLink:
    link: int
    transport: str
    connection: Connection | None = None
    coming: Connection | None = None
    """Of a stream: the new one, that follows once it speaks."""
    posted: list[dict[str, Any]] = field(default_factory=list)
    """Answers to what was posted beside a stream or poll."""
    waits: bool = False
    """Of a poll: it waits for news."""


class SessionHost:
    def __init__(
        self,
        gateway: ModelGateway,
        ways: Sequence[Way] = WAYS,
        can_renew: bool = False,
        outbox: OutboxOptions | None = None,
    ) -> None:
        self.gateway = gateway
        self.now_ms = 1_000_000.0
        self.log: list[Effect] = []
        """All effects so far, except those a link carried out."""
        self.links: list[HostLink] = []
        """Wanted by the session, oldest first."""
        ids = itertools.count(1)
        self.session = Session(
            SessionOptions(
                ladder=Ladder(ways),
                name="test",
                backoff=Backoff(500, 20_000),
                outbox=outbox or OutboxOptions("me", 1),
                can_renew=can_renew,
                random=lambda: 0.5,
                new_id=lambda: f"c{next(ids)}",
            )
        )

    def fact(self, tell: Callable[[Session, float], Answer]) -> Answer:
        """Tells a fact, and carries out what follows."""
        answer = tell(self.session, self.now_ms)
        self.session.flush(self.now_ms)
        while effects := self.session.take_effects():
            for effect in effects:
                self._carry_out(effect)
        return answer

    def pass_ms(self, ms: float) -> None:
        """Lets time pass, tick by tick as the session asks for it."""
        until = self.now_ms + ms
        for _ in range(10_000):
            next = self.session.next_ms()
            if next > until:
                break
            self.now_ms = max(self.now_ms, next)
            self.fact(lambda session, now_ms: session.tick(now_ms))
        else:
            raise AssertionError("the session ticks without end")
        self.now_ms = until

    def accept(self) -> None:
        """The oldest link that has not begun: the gateway lets it in."""
        link = next((each for each in self.links if each.connection is None), None)
        if link is not None:
            self.fact(lambda session, now_ms: session.dialing(link.link, now_ms))
            link.connection = self._begin(link)

    def refuse(self, cause: Cause) -> None:
        """It is not let in."""
        link = next((each for each in self.links if each.connection is None), None)
        if link is not None:
            self.close(link, cause)

    def deliver(self, count: int = 1_000_000) -> None:
        """Up to `count` messages reach the session, from each link in turn."""
        for _ in range(count):
            # Each of them, not only up to the first that has something.
            delivered = [self._deliver_one(link) for link in list(self.links)]
            if not any(delivered):
                return

    def cut(self, cause: Cause | None = None) -> None:
        link = next((each for each in self.links if each.connection is not None), None)
        if link is not None:
            self.close(link, cause or Cause())

    def close(self, link: HostLink, cause: Cause) -> None:
        self._forget(link.link)
        self.fact(lambda session, now_ms: session.closed(link.link, cause, now_ms))

    def told(self, watch: Watching) -> list[Effect]:
        """What one watch was told."""
        return [effect for effect in self.log if getattr(effect, "watch", None) is watch]

    def outcomes(self, item: Item) -> list[Accepted | Rejected]:
        return [each for each in self.log if isinstance(each, (Accepted, Rejected)) and each.item is item]

    def _deliver_one(self, link: HostLink) -> bool:
        if link.posted:
            results = link.posted.pop(0)["data"]["results"]
            self.fact(lambda session, now_ms: session.acked(link.link, results, now_ms))
            return True
        queue = link.connection.queue if link.connection else None
        if link.waits and not any(_is_news(message) for message in queue or ()):
            return False
        if link.coming is not None and link.coming.queue:
            if link.connection is not None:
                link.connection.end()
            link.connection, link.coming = link.coming, None
        connection = link.connection
        if connection is None or not connection.queue:
            return False
        message = connection.queue.popleft()
        self.fact(lambda session, now_ms: session.received(link.link, [message], now_ms))
        # A poll ends with its answer, and the next one begins.
        if link.transport == "poll" and link.connection is connection and not connection.queue and link in self.links:
            connection.end()
            link.connection = self._begin(link)
        return True

    def _begin(self, link: HostLink) -> Connection:
        connection = self.gateway.connect()
        opening = self.fact(lambda session, now_ms: session.opening(link.link, now_ms))
        link.waits = link.transport == "poll" and not opening.fresh
        for text in opening.texts:
            connection.receive(text)
        return connection

    def _forget(self, number: int) -> None:
        for link in [each for each in self.links if each.link == number]:
            self.links.remove(link)
            for connection in (link.connection, link.coming):
                if connection is not None:
                    connection.end()

    def _carry_out(self, effect: Effect) -> None:
        number = effect.link if isinstance(effect, (Open, Send, Restart, Drop)) else 0
        link = next((each for each in self.links if each.link == number), None)
        if isinstance(effect, Open):
            self.links.append(HostLink(effect.link, effect.transport))
        elif isinstance(effect, Drop):
            self._forget(effect.link)
        elif isinstance(effect, Send):
            if link is not None and link.connection is not None:
                self._send(link, link.connection, effect)
        elif isinstance(effect, Restart):
            if link is not None and link.connection is not None:
                self._restart(link, link.connection)
        elif isinstance(effect, Events):
            self.log.append(Events(effect.watch, list(effect.events)))
        elif not isinstance(effect, Keep):
            self.log.append(effect)

    def _send(self, link: HostLink, connection: Connection, effect: Send) -> None:
        for each in effect.batch:
            connection.receive(each.text)
        # Beside a stream each request has its own answer.
        if link.transport != "websocket":
            for ack in [message for message in connection.queue if message["type"] == "ack"]:
                link.posted.append(ack)
                connection.queue.remove(ack)

    def _restart(self, link: HostLink, connection: Connection) -> None:
        if link.transport == "poll":
            connection.end()
            link.connection = self._begin(link)
        else:
            if link.coming is not None:
                link.coming.end()
            link.coming = self._begin(link)


def _is_news(message: dict[str, Any]) -> bool:
    """What ends a poll: all but the answers that only repeat where it stands."""
    repeats = message["type"] == "subscription_update" and message["data"]["state"] == "subscribed"
    return message["type"] != "connect" and not repeats
