"""WebSockets against a server that says what a test wants: tokens that end, closes, frames that cannot be."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from signalbox import Backoff, Client, GatewayError

PATIENCE_S = 30
Talk = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def server(talk: Talk) -> AsyncIterator[str]:
    async with serve(talk, "127.0.0.1", 0, subprotocols=["signalbox.v1"]) as own:  # type: ignore[list-item]
        yield f"http://127.0.0.1:{next(iter(own.sockets)).getsockname()[1]}"


async def say(socket: ServerConnection, type: str, data: dict[str, Any], **metadata: Any) -> None:
    await socket.send(json.dumps({"id": "s", "type": type, "timestamp": 0, "data": data, "metadata": metadata}))


async def welcome(socket: ServerConnection) -> dict[str, Any]:
    hello: dict[str, Any] = json.loads(await socket.recv())
    await say(socket, "connect", {"node": "test", "heartbeatMs": 25_000}, correlationId=hello["id"])
    return hello


def client(url: str, **options: Any) -> Client:
    return Client(url, transports=["websocket"], backoff=Backoff(1, 20), **options)


async def test_what_the_client_says_first() -> None:
    hellos: list[dict[str, Any]] = []

    async def talk(socket: ServerConnection) -> None:
        assert socket.request is not None
        assert socket.request.headers["authorization"] == "Bearer secret"
        assert socket.subprotocol == "signalbox.v1"
        hellos.append(await welcome(socket))
        await socket.wait_closed()

    async with server(talk) as url, client(url, token="secret", name="me") as own:
        await own.connect()
    [hello] = hellos
    assert hello["data"] == {"chunks": True, "compression": ["gzip"], "client": "me"}


async def test_8_9_a_token_that_ends_is_replaced_on_the_running_link() -> None:
    tokens = iter(["first", "second"])
    proofs: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def talk(socket: ServerConnection) -> None:
        await welcome(socket)
        await say(socket, "auth_expiring", {"expiresAt": 0, "closesAt": 0})
        proofs.put_nowait(json.loads(await socket.recv()))
        await say(socket, "auth_success", {"principal": {"kind": "user", "id": "me"}})
        await socket.wait_closed()

    async with server(talk) as url, client(url, token=lambda: next(tokens)) as own:
        await own.connect()
        proof = await asyncio.wait_for(proofs.get(), PATIENCE_S)
        assert (proof["type"], proof["data"]) == ("auth_request", {"token": "second"})
        assert own.link.state == "live"


@pytest.mark.parametrize("number", [1001, 1011, 3000, 3008, 3999 - 500, 4000])
async def test_3_7_closes_that_say_come_again(number: int) -> None:
    links = 0

    async def talk(socket: ServerConnection) -> None:
        nonlocal links
        links += 1
        await welcome(socket)
        if links == 1:
            await socket.close(number, "any")
        await socket.wait_closed()

    async with server(talk) as url, client(url) as own:
        states: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
        own.on_link(lambda link: states.put_nowait((link.state, links)))
        while await asyncio.wait_for(states.get(), PATIENCE_S) != ("live", 2):
            pass


@pytest.mark.parametrize("number", [1002, 1008, 3500, 3507, 4500])
async def test_3_7_closes_that_say_stop(number: int) -> None:
    links = 0

    async def talk(socket: ServerConnection) -> None:
        nonlocal links
        links += 1
        await welcome(socket)
        await socket.close(number, "why")
        await socket.wait_closed()

    async with server(talk) as url, client(url) as own:
        stopped = asyncio.Event()
        own.on_link(lambda link: stopped.set() if link.state == "stopped" else None)
        await asyncio.wait_for(stopped.wait(), PATIENCE_S)
        assert own.link.reason is not None
        assert (own.link.reason.code, own.link.reason.name) == (number, "why")
        assert links == 1
        with pytest.raises(GatewayError, match="why"):
            await own.publish({"type": "tick", "channel": "process:a"})


@pytest.mark.parametrize(
    "frame",
    [
        b"\x02not gzip",
        b"\x03\x00a chunk without a beginning",
        b"\x09unknown",
        b"",
        json.dumps({"id": "s", "type": "subscription_update", "data": {"channel": 5}}),
        json.dumps({"id": "s", "type": "tick", "channel": "process:a", "epoch": "e", "offset": "text"}),
        json.dumps({"id": "s", "type": "ack", "data": {}}),
    ],
)
async def test_a_frame_that_cannot_be_is_a_broken_link_and_no_more(frame: str | bytes) -> None:
    links = 0

    async def talk(socket: ServerConnection) -> None:
        nonlocal links
        links += 1
        await welcome(socket)
        ask = json.loads(await socket.recv())
        assert ask["type"] == "subscribe"
        if links == 1:
            data = {"channel": "process:a", "state": "subscribed", "epoch": "e", "offset": 0, "head": 0}
            await say(socket, "subscription_update", data, correlationId=ask["id"])
            await socket.send(frame)
        await socket.wait_closed()

    async with server(talk) as url, client(url) as own:
        states: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
        own.on_link(lambda link: states.put_nowait((link.state, links)))
        own.watch("process:a", on_event=lambda _: None)
        while await asyncio.wait_for(states.get(), PATIENCE_S) != ("live", 2):
            pass


async def test_3_6_a_hint_when_to_come_again_is_followed() -> None:
    async def talk(socket: ServerConnection) -> None:
        await welcome(socket)
        await say(socket, "disconnect", {"reason": "going_away", "reconnectAfterMs": 3_600_000})
        await socket.close(3000, "going_away")

    async with server(talk) as url, client(url) as own:
        waiting = asyncio.Event()
        own.on_link(lambda link: waiting.set() if link.state == "waiting" else None)
        await asyncio.wait_for(waiting.wait(), PATIENCE_S)
        link = own.link
        assert link.retry_at_ms is not None and link.offline_since_ms is not None
        assert link.retry_at_ms - link.offline_since_ms == 3_600_000
        own.wake()
        assert own.link.state == "connecting"
