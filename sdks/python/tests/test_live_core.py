"""Between the session and its links: a link of a test's own, that hears what a real one would."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence

from signalbox.access import Access
from signalbox.ladder import Ladder
from signalbox.live_core import LiveCore
from signalbox.outbox import OutboxOptions
from signalbox.session import Session, SessionOptions
from signalbox.transport import Dial, LinkEvents, Outgoing
from signalbox.types import Backoff

from .support.session_host import WAYS

EXPIRING = {"id": "s", "type": "auth_expiring", "timestamp": 0, "data": {"expiresAt": 0, "closesAt": 0}}
WELCOME = {"id": "s", "type": "connect", "timestamp": 0, "data": {"node": "test", "heartbeatMs": 25_000}}


class Wire:
    """A transport and its only link. A stream, as it shows that every way renews its token."""

    def __init__(self) -> None:
        self.way = WAYS[1]
        self.tokens: list[str | None] = []
        self.events: LinkEvents | None = None

    def open(self, dial: Dial, events: LinkEvents) -> Wire:
        self.tokens.append(dial.token)
        self.events = events
        return self

    def send(self, batch: Sequence[Outgoing]) -> None:
        raise AssertionError("nothing is published")

    def restart(self) -> None:
        raise AssertionError("nothing is subscribed")

    def renew(self, token: str) -> None:
        self.tokens.append(token)

    def close(self) -> None:
        self.events = None

    async def ended(self) -> None:
        return None


def core_of(access: Access, wire: Wire) -> LiveCore:
    ids = itertools.count()
    options = SessionOptions(
        ladder=Ladder([wire.way]),
        name=None,
        backoff=Backoff(),
        outbox=OutboxOptions("me", 1),
        can_renew=access.can_renew,
        random=lambda: 0.5,
        new_id=lambda: str(next(ids)),
    )
    return LiveCore(Session(options), access, [wire], options.new_id, spool=None)


async def live(token: str | Callable[[], str | Awaitable[str]]) -> tuple[LiveCore, Wire]:
    wire = Wire()
    core = core_of(Access("http://127.0.0.1:7400", token), wire)
    core.fact(lambda session, now_ms: session.connect(now_ms))
    await settled()
    assert wire.events is not None
    wire.events.received([WELCOME])
    assert core.link.state == "live"
    return core, wire


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_8_9_a_token_that_ends_is_asked_for_once_and_given_to_the_link() -> None:
    tokens = iter(["first", "second", "third"])
    core, wire = await live(lambda: next(tokens))
    assert wire.events is not None
    wire.events.received([EXPIRING])
    wire.events.received([EXPIRING])
    await settled()
    assert wire.tokens == ["first", "second"]
    await core.close()


async def test_8_9_a_fixed_token_is_not_sent_again() -> None:
    core, wire = await live("only")
    assert wire.events is not None
    wire.events.received([EXPIRING])
    await settled()
    assert wire.tokens == ["only"]
    await core.close()


async def test_a_token_function_that_never_answers_does_not_keep_a_client_open() -> None:
    async def never() -> str:
        await asyncio.Event().wait()
        return ""

    access = Access("http://127.0.0.1:7400", never)
    core = core_of(access, Wire())
    core.fact(lambda session, now_ms: session.connect(now_ms))
    await settled()
    await asyncio.wait_for(core.close(), 10)
    await access.close()
