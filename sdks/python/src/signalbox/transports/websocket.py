"""One WebSocket, spec §3: everything both ways at any time."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from .. import chunks, gzip
from ..decode import decode_text, parsed, problem_in
from ..errors import Problem, bad_answer, reason_of, unreachable
from ..outgoing import joined, outgoing
from ..transport import Cause, Dial, LinkEvents, Message, Outgoing, Way
from .tasks import Tasks

_MOST_BYTES = 1 << 24
"""Far above what any frame of the gateway may have."""
_TURN = 100
"""Frames that are read in a row."""
_CLOSE_S = 1.0
"""How long the other side may take to say goodbye."""


class WebSocketTransport:
    way = Way("websocket", duplex=True, quiet_ms=0, asks={"chunks": True, "compression": ["gzip"]})

    def open(self, dial: Dial, events: LinkEvents) -> _Link:
        return _Link(dial, events)


class _Connect(connect):
    """A token goes where it was meant to go: redirects are not followed."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


class _Link:
    def __init__(self, dial: Dial, events: LinkEvents) -> None:
        self._dial = dial
        self._events = events
        self._tasks = Tasks(events)
        self._chunks = chunks.Chunks()
        self._out: deque[str] = deque()
        self._wake = asyncio.Event()
        self._tasks.start(self._run())

    def send(self, batch: Sequence[Outgoing]) -> None:
        self._put(joined(batch))

    def restart(self) -> None:
        """Subscriptions change on the running link."""

    def renew(self, token: str) -> None:
        self._put(outgoing(self._dial.new_id(), "auth_request", {"token": token}).text)

    def close(self) -> None:
        self._tasks.close()

    async def ended(self) -> None:
        await self._tasks.ended()

    def _put(self, text: str) -> None:
        self._out.append(text)
        self._wake.set()

    async def _run(self) -> None:
        access, token = self._dial.access, self._dial.token
        url = f"ws{access.base.removeprefix('http')}/v1/ws"
        opened = False
        try:
            async with _Connect(
                url,
                subprotocols=[Subprotocol("signalbox.v1")],
                additional_headers={} if token is None else {"Authorization": f"Bearer {token}"},
                # The gateway's gzip (§3.9) is made once for all; the session has its own patience and pings.
                compression=None,
                open_timeout=None,
                ping_interval=None,
                close_timeout=_CLOSE_S,
                max_size=_MOST_BYTES,
                proxy=True if access.by_proxy else None,
            ) as socket:
                opened = True
                await self._talk(socket)
        except ConnectionClosed as error:
            close = error.rcvd
            self._tasks.end(Cause(code=close.code if close else 1006, name=close.reason if close else ""))
        except (WebSocketException, OSError, EOFError, asyncio.TimeoutError) as error:
            self._tasks.end(Cause() if opened else _refusal(error))
        except ValueError as error:
            self._tasks.end(Cause(problem=bad_answer(reason_of(error))))

    async def _talk(self, socket: ClientConnection) -> None:
        for text in self._events.opening().texts:
            self._put(text)
        self._tasks.start(self._write(socket))
        turn = 0
        while not self._tasks.done:
            messages = self._read(await socket.recv())
            turn += 1
            if turn % _TURN == 0:
                # What has come already is read without waiting: handlers get their turn too.
                await asyncio.sleep(0)
            self._events.received(messages)

    async def _write(self, socket: ClientConnection) -> None:
        # That it is gone is seen by who reads; what has no answer is sent again on the next link.
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._out:
                    await socket.send(self._out.popleft())

    def _read(self, frame: str | bytes) -> list[Message]:
        """ValueError on a binary frame that cannot be read."""
        if isinstance(frame, str):
            return decode_text(frame)
        if len(frame) < 2:
            raise ValueError("a binary frame without content")
        text = gzip.unpack(frame[1:]) if frame[0] == gzip.KIND else self._chunks.take(frame)
        return [] if text is None else decode_text(text)


def _refusal(error: Exception) -> Cause:
    """Why a WebSocket was not opened: the gateway said so, something between did, or nobody answered."""
    if isinstance(error, InvalidStatus):
        problem = _said(error)
        # Other refusals are about a request that lost its Upgrade on the way.
        if problem is not None and (problem.temporary or problem.name.startswith(("unauthenticated", "forbidden"))):
            return Cause(problem=problem)
        status = error.response.status_code
        return Cause(problem=unreachable(f"HTTP {status} instead of a WebSocket."), blocked=True)
    if isinstance(error, InvalidHandshake):
        return Cause(problem=unreachable(f"No WebSocket: {reason_of(error)}."), blocked=True)
    return Cause(problem=unreachable(reason_of(error)), unreachable=isinstance(error, OSError))


def _said(error: InvalidStatus) -> Problem | None:
    try:
        return problem_in(parsed(error.response.body or b""))
    except ValueError:
        return None
