"""The client as programs see it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from os import PathLike
from types import TracebackType
from typing import overload

from .commands import CommandHandle
from .types import (
    Backoff,
    Event,
    Filter,
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


class Watch:
    """A channel or pattern that is followed."""

    channel: str

    def state(self) -> WatchState:
        raise NotImplementedError

    def positions(self) -> dict[str, Position]:
        """Positions by concrete channel: give them to a later watch to go on from there."""
        raise NotImplementedError

    async def ready(self) -> None:
        """Until the gateway has answered; raises GatewayError where it refused."""
        raise NotImplementedError

    def stop(self) -> None:
        """No handler is called any more."""
        raise NotImplementedError


class Client:
    """Follows and steers agents through one gateway. Belongs to one event loop."""

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
        raise NotImplementedError

    async def connect(self) -> None:
        """Connects and waits until the link is live; raises GatewayError when trying again cannot help."""
        raise NotImplementedError

    async def close(self) -> None:
        """Ends the link; what waits for an answer is rejected `closed` (in a spool it stays for the next time)."""
        raise NotImplementedError

    async def __aenter__(self) -> Client:
        """Begins to connect, without waiting."""
        raise NotImplementedError

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def link(self) -> LinkState:
        raise NotImplementedError

    def on_link(self, handler: Callable[[LinkState], object]) -> Unsubscribe:
        """Calls the ordinary function `handler` after each change of `link`."""
        raise NotImplementedError

    def on(self, event: str, handler: Handler) -> Unsubscribe:
        """Each event of this type (or its short form, as in `subscribe_to_agent`; `"*"`: all) of the subscribed agents."""
        raise NotImplementedError

    async def subscribe_to_agent(self, agent_id: str, events: Sequence[str]) -> Watch:
        """Subscribes to these events of an agent: `status` is short for `agent_status`. Handlers are those of `on`."""
        raise NotImplementedError

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
        on_error: Callable[[Exception], object] | None = None,
    ) -> Watch:
        raise NotImplementedError

    def stream(
        self,
        channel: str,
        *,
        since: Since | None = None,
        filter: Filter | None = None,
        complete: bool = False,
        on_gap: GapHandler | None = None,
    ) -> AsyncIterator[Publication]:
        """Each publication, once and in order. A gap raises GapError unless `on_gap` takes it."""
        raise NotImplementedError

    def enqueue(self, event: Event, *, producer: Producer | None = None) -> asyncio.Future[Published]:
        """Puts an event into the queue (and the spool) at once; the future tells how it ended."""
        raise NotImplementedError

    @overload
    async def publish(self, event: Event, *, producer: Producer | None = None) -> Published: ...
    @overload
    async def publish(self, event: Iterable[Event], *, producer: Producer | None = None) -> list[Published]: ...
    async def publish(
        self, event: Event | Iterable[Event], *, producer: Producer | None = None
    ) -> Published | list[Published]:
        """Once the gateway keeps it: its position. Of several: PublishError tells each one's outcome if any was refused."""
        raise NotImplementedError

    async def flush(self) -> None:
        """Until nothing waits for an answer."""
        raise NotImplementedError

    async def command(
        self,
        target: str,
        name: str,
        args: Json = None,
        *,
        command_id: str | None = None,
        ttl_ms: int | None = None,
    ) -> CommandHandle:
        """Tells an agent or process what to do; returns once the command is kept."""
        raise NotImplementedError

    async def request(self, method: str, path: str, json: Json = None) -> Json:
        """A request to the HTTP API with this client's address and token; raises GatewayError."""
        raise NotImplementedError
