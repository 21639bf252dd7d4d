"""What the session machine needs of a way to the gateway: one shape for websocket, sse and poll."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .errors import Problem
from .types import Json, TransportName

if TYPE_CHECKING:
    from .access import Access

NEVER = math.inf
"""A time that does not come."""

LAST_MS = 20_000
"""How long the last way may take to say its first word: slow links must get through somewhere."""

Message = Mapping[str, Json]


@dataclass(frozen=True)
class Cause:
    """Why a link ended."""

    code: int | None = None
    """A WebSocket close number."""
    name: str = ""
    """What the gateway called it."""
    problem: Problem | None = None
    """What HTTP said instead."""
    unreachable: bool = False
    """Nobody answered at all: another way to the same address need not be tried."""
    blocked: bool = False
    """Something between answered, or the gateway did to something that came there changed."""


@dataclass(frozen=True)
class Outgoing:
    """One message on its way out; `text` is JSON."""

    id: str
    text: str


@dataclass(frozen=True)
class Opening:
    """What a link begins with. `fresh`: some of it was never asked before."""

    texts: list[str]
    fresh: bool


@dataclass(frozen=True)
class Way:
    """A transport as the machine sees it."""

    name: TransportName
    duplex: bool
    """Control messages can be sent at any time."""
    quiet_ms: int
    """The longest silence of a healthy link."""
    asks: Mapping[str, Json]
    """What it says in `connect` beside the client's name."""


class LinkEvents(Protocol):
    """What a link tells."""

    def opening(self) -> Opening:
        """What to begin with, asked as soon as it can be sent."""
        ...

    def received(self, messages: Sequence[Message]) -> None: ...

    def acked(self, results: Sequence[Json]) -> None:
        """What became of published events, where that comes another way than messages do."""
        ...

    def alive(self) -> None:
        """Bytes that are no message, such as a comment."""
        ...

    def closed(self, cause: Cause) -> None:
        """Said once; nothing follows."""
        ...


class Link(Protocol):
    def send(self, batch: Sequence[Outgoing]) -> None:
        """At most one frame or request."""
        ...

    def restart(self) -> None:
        """Asks `opening` again, where subscriptions cannot change on a running link."""
        ...

    def renew(self, token: str) -> None:
        """Another token from now on, so that the link stays."""
        ...

    def close(self) -> None:
        """Ends it; no event follows."""
        ...

    async def ended(self) -> None:
        """Until nothing of it is left."""
        ...


@dataclass(frozen=True)
class Dial:
    access: Access
    token: str | None
    new_id: Callable[[], str]


class Transport(Protocol):
    @property
    def way(self) -> Way: ...

    def open(self, dial: Dial, events: LinkEvents) -> Link: ...
