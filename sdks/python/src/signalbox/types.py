"""The public shapes of the client."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Json = Any
"""What JSON can say: None, bool, int, float, str, list and dict of these."""

TransportName = Literal["websocket", "sse", "poll"]

_POSITION = re.compile(r"([A-Za-z0-9_-]{1,64}):(0|[1-9][0-9]{0,15})", re.ASCII)
_MOST = 2**53 - 1


class Position(NamedTuple):
    """The newest event already had, spec §2.3."""

    epoch: str
    offset: int

    def __str__(self) -> str:
        return f"{self.epoch}:{self.offset}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """From `EPOCH:OFFSET`; ValueError if it is not one."""
        found = _POSITION.fullmatch(text)
        if found is None or int(found[2]) > _MOST:
            raise ValueError(f"not a position: {text!r} (EPOCH:OFFSET, offset from 0 to 2^53-1)")
        return cls(found[1], int(found[2]))


Since = Position | str
"""Where to begin: a `Position` (or its text), `"earliest"`, `"now"` or `"last:N"`."""


class Publication:
    """An event as it was kept. `message` is all of it, with the members that this version does not know."""

    __slots__ = ("message",)

    def __init__(self, message: Mapping[str, Json]) -> None:
        self.message = message

    @property
    def id(self) -> str:
        return str(self.message["id"])

    @property
    def type(self) -> str:
        return str(self.message["type"])

    @property
    def timestamp(self) -> int:
        """Milliseconds since 1970."""
        return int(self.message["timestamp"])

    @property
    def data(self) -> Json:
        return self.message.get("data")

    @property
    def metadata(self) -> Mapping[str, Json]:
        metadata = self.message.get("metadata")
        return metadata if isinstance(metadata, Mapping) else {}

    @property
    def channel(self) -> str:
        return str(self.message["channel"])

    @property
    def position(self) -> Position | None:
        """None for an ephemeral event, which has no place in the history."""
        offset = self.message.get("offset")
        return None if offset is None else Position(str(self.message["epoch"]), int(offset))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Publication) and self.message == other.message

    def __hash__(self) -> int:
        return hash((self.channel, self.position, self.id))

    def __repr__(self) -> str:
        return f"Publication({self.type} {self.channel} {self.position})"


@dataclass(frozen=True)
class Gap:
    """What is not coming, spec §4.3: offsets `first` to `last` of `epoch`. No `last`: all that was to come of it."""

    reason: str
    """`trimmed`, `epoch_changed`, `slow`, `position_beyond_head`."""
    epoch: str
    first: int
    last: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    """How many of each type, where the gateway said."""


@dataclass(frozen=True)
class Snapshot:
    """A channel's folded state as of a position, spec §4.6."""

    reducer: str
    version: int
    epoch: str
    offset: int
    state: Json


@dataclass(frozen=True)
class Filter:
    """Which events: those whose type is listed and whose tags match."""

    types: Sequence[str] | None = None
    tags: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


LinkName = Literal["idle", "connecting", "live", "waiting", "stopped"]


@dataclass(frozen=True)
class Reason:
    """Why a link ended."""

    code: int | None
    name: str
    help: str


@dataclass(frozen=True)
class LinkState:
    """Where the link is."""

    state: LinkName
    transport: TransportName | None = None
    attempt: int = 0
    """Connection attempts since the last success."""
    retry_at_ms: int | None = None
    """With `waiting`: when the next attempt begins (milliseconds of the client's clock, near those since 1970)."""
    offline_since_ms: int | None = None
    reason: Reason | None = None
    catching_up: int = 0
    """Watches that replay."""
    queued: int = 0
    """Publishes that wait for an answer."""
    not_sent: int = 0
    """Events that the gateway left out because this connection is too slow for them; gaps said which."""


WatchStatus = Literal["offline", "subscribing", "catching_up", "live", "refused"]


@dataclass(frozen=True)
class WatchState:
    status: WatchStatus
    position: Position | None = None
    """Newest position had, of a concrete channel."""
    head: int | None = None
    truncated: bool = False
    """Of a pattern: the gateway's limit cut its channels."""


@dataclass(frozen=True)
class Published:
    """What became of a published event.

    `duplicate`: it was sent again, and kept the first time. `offset` is None for one of class `ephemeral`, which is not
    kept, and for a duplicate whose place the gateway does not know any more.
    """

    id: str
    channel: str
    epoch: str
    offset: int | None
    duplicate: bool

    @property
    def position(self) -> Position | None:
        return None if self.offset is None else Position(self.epoch, self.offset)


@dataclass(frozen=True)
class Producer:
    """Who numbers the events, spec §5.4. The epoch of a lease (§12) stays as it is given here."""

    id: str
    epoch: int


@dataclass(frozen=True)
class Backoff:
    """How long to wait before trying again: a random time from `min_ms` to a most that doubles up to `max_ms`."""

    min_ms: int = 1_000
    max_ms: int = 30_000


@dataclass(frozen=True)
class Queue:
    """The most that waits for an answer; with a link sixteen times that. Over it `publish` waits, `enqueue` refuses."""

    messages: int = 1_000
    bytes: int = 1_048_576


Event = Mapping[str, Json]
"""What is published: `type`, and `channel`, `data`, `metadata`, `id`, `timestamp` where wanted."""
Token = str | Callable[[], str | Awaitable[str]] | None
Unsubscribe = Callable[[], None]
Handler = Callable[[Publication], object]
"""An ordinary function or a coroutine function; the next event waits for it."""
GapHandler = Callable[[str, Gap], object]
SnapshotHandler = Callable[[str, Snapshot], object]
