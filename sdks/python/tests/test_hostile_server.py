"""A47: a server that means ill, or that only sits where the gateway should be. It costs a link, and nothing more."""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.server import ServerConnection, serve

from signalbox import Backoff, Client, GatewayError, Publication
from signalbox.decode import decode_text, parsed
from signalbox.session import Session
from signalbox.transport import Message
from signalbox.transports.event_stream import EventStream
from signalbox.watching import WatchOptions
from tests.support.model_gateway import ModelGateway
from tests.support.session_host import SessionHost

PATIENCE_S = 20
WHOLE = 1 << 24
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(answer: Answer, **options: Any) -> AsyncIterator[int]:
    """A server that says whatever it likes; its port."""

    async def safely(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await answer(reader, writer)
        writer.close()

    server = await asyncio.start_server(safely, "127.0.0.1", 0, **options)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def head_of(reader: asyncio.StreamReader) -> str:
    return (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")


async def refused(port: int, transport: Any, scheme: str = "http") -> str:
    """The reason for which there is no link."""
    async with Client(
        f"{scheme}://127.0.0.1:{port}", token="secret", transports=[transport], backoff=Backoff(1, 20)
    ) as own:
        said: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def look(link: Any) -> None:
            if link.reason is not None and not said.done():
                said.set_result(link.reason.name)

        own.on_link(look)
        connecting = asyncio.ensure_future(own.connect())
        reason = await asyncio.wait_for(said, PATIENCE_S)
        connecting.cancel()
        with suppress(asyncio.CancelledError, GatewayError):
            await connecting
        return reason


@pytest.mark.parametrize("transport", ["websocket", "sse", "poll"])
async def test_a_redirect_is_not_followed_so_a_token_stays_where_it_was_meant_to_go(transport: str) -> None:
    heads: list[str] = []

    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await head_of(reader))

    async with listening(other) as elsewhere:

        async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await head_of(reader)
            place = f"Location: http://127.0.0.1:{elsewhere}/v1/ws"
            writer.write(f"HTTP/1.1 302 Found\r\n{place}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()

        async with listening(redirect) as port:
            assert await refused(port, transport)
            async with Client(f"http://127.0.0.1:{port}", token="secret") as own:
                with pytest.raises(GatewayError, match="302"):
                    await own.request("GET", "/v1/channels")
    assert heads == []


@pytest.mark.parametrize("transport", ["websocket", "sse", "poll"])
async def test_a_certificate_that_nobody_vouches_for_ends_it_before_the_token_is_said(
    transport: str, tmp_path: Path
) -> None:
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    options = [*made, *subject, "-days", "1", "-keyout", str(key), "-out", str(cert)]
    await asyncio.to_thread(subprocess.run, options, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    heads: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await head_of(reader))

    async with listening(answer, ssl=context) as port:
        assert await refused(port, transport, "https")
        async with Client(f"https://127.0.0.1:{port}", token="secret") as own:
            with pytest.raises(GatewayError, match=r"(?i)certificate"):
                await own.request("GET", "/v1/channels")
    assert heads == []


@pytest.mark.parametrize("url", ["ftp://host", "file:///etc/passwd", "ws", "", "http://", "javascript:alert(1)"])
def test_only_http_and_https_are_addresses(url: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        Client(url)


async def test_too_many_headers_end_the_handshake() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\n" + b"X-More: more\r\n" * 1_000)
        # Until the client has enough.
        await reader.read()

    async with listening(answer) as port:
        # By itself, and not because its patience ended (`connection_lost`).
        assert await refused(port, "websocket") == "unreachable"


async def test_an_answer_without_end_is_cut() -> None:
    piece = b"%x\r\n%s\r\n" % (1 << 20, b" " * (1 << 20))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()

    async with listening(answer) as port, Client(f"http://127.0.0.1:{port}") as own:
        with pytest.raises(GatewayError, match="More than"):
            await own.request("GET", "/v1/channels")


async def test_a_small_answer_that_unpacks_to_a_large_one_is_cut() -> None:
    packed = gzip.compress(b" " * (1 << 28))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(head + packed)
        await writer.drain()

    async with listening(answer) as port, Client(f"http://127.0.0.1:{port}") as own:
        with pytest.raises(GatewayError, match="More than"):
            await own.request("GET", "/v1/channels")


def test_an_event_of_a_stream_without_end_is_cut() -> None:
    stream = EventStream()
    with pytest.raises(ValueError, match="more than"):
        for _ in range(32):
            stream.take(b"data: " + b"x" * (1 << 20))
    lines = EventStream()
    with pytest.raises(ValueError, match="more than"):
        for _ in range(32):
            lines.take(b"data: " + b"x" * (1 << 20) + b"\n")


DEEP = "[" * 1_000_000


TEXTS = [DEEP, '{"a":' * 100_000, "NaN", "[Infinity]", '{"type":NaN}', "1" * 10_000]


@pytest.mark.parametrize("text", TEXTS, ids=map(str, range(len(TEXTS))))
def test_text_that_python_cannot_or_should_not_read_is_nothing(text: str) -> None:
    assert decode_text(text) == []


def test_numbers_that_json_has_not_are_none() -> None:
    with pytest.raises(ValueError, match="Infinity"):
        parsed("[-Infinity]")


FRAMES: list[str | bytes] = [
    "x" * (WHOLE + 1),
    b"",
    b"\x03",
    b"\x03\x01" + b"x" * (WHOLE + 1),
    b"\x09\x00what",
    b"\x01" + gzip.compress(b" " * (1 << 26)),
    b"\x02" + gzip.compress(b" " * (1 << 26)),
    DEEP,
    '[{"type":"connect","data":{"limits":7,"heartbeatMs":"soon"}}]',
    '{"type":"subscription_update","data":{"channel":"agent:a","state":"gap","gap":{"from":1e999}}}',
    '{"type":"ack","data":{"results":{"length":-1}}}',
    '{"type":"error","data":[]}',
    '{"type":"x","channel":"agent:a","epoch":1,"offset":"2"}',
]


@pytest.mark.parametrize("frame", FRAMES, ids=map(str, range(len(FRAMES))))
async def test_after_a_frame_that_cannot_be_the_next_event_comes(frame: str | bytes) -> None:
    """On the same link, or on the next one."""
    links = 0

    def hear(event: Publication) -> None:
        if not heard.done():
            heard.set_result(event.data)

    heard: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def talk(socket: ServerConnection) -> None:
        nonlocal links
        links += 1
        hello = json.loads(await socket.recv())
        welcome = {"node": "test", "heartbeatMs": 25_000}
        about = {"id": "s", "timestamp": 0, "metadata": {"correlationId": hello["id"]}}
        await socket.send(json.dumps({**about, "type": "connect", "data": welcome}))
        ask = json.loads(await socket.recv())
        begun = {"channel": "agent:a", "state": "subscribed", "epoch": "e", "offset": 0, "recovered": True}
        about = {"id": "s", "timestamp": 0, "metadata": {"correlationId": ask["id"]}}
        await socket.send(json.dumps({**about, "type": "subscription_update", "data": begun}))
        if links == 1:
            await socket.send(frame)
        event = {"id": "e1", "type": "tick", "timestamp": 0, "channel": "agent:a", "epoch": "e", "offset": 1}
        await socket.send(json.dumps({**event, "data": {"n": 1}}))
        await socket.wait_closed()

    async with serve(talk, "127.0.0.1", 0, subprotocols=["signalbox.v1"], max_size=None) as own:  # type: ignore[list-item]
        url = f"http://127.0.0.1:{next(iter(own.sockets)).getsockname()[1]}"
        async with Client(url, transports=["websocket"], backoff=Backoff(1, 20)) as client:
            client.watch("agent:a", on_event=hear)
            assert await asyncio.wait_for(heard, PATIENCE_S) == {"n": 1}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
names = ["channel", "state", "epoch", "offset", "head", "gap", "snapshot", "results", "reconnectAfterMs", "details"]
kinds = [
    "connect",
    "subscription_update",
    "ack",
    "error",
    "disconnect",
    "auth_expiring",
    "pong",
    "tick",
    "channel_state",
]
hostile = st.fixed_dictionaries(
    {"type": st.sampled_from(kinds)},
    optional={
        "data": st.dictionaries(st.sampled_from(names), json_values, max_size=5) | json_values,
        "channel": st.sampled_from(["agent:a", ""]) | json_values,
        "epoch": json_values,
        "offset": json_values,
        "metadata": json_values,
    },
)


def received(link: int, message: Message) -> Callable[[Session, float], None]:
    return lambda session, now_ms: session.received(link, [message], now_ms)


@given(st.lists(hostile, max_size=8))
@settings(max_examples=300, deadline=None)
def test_no_message_does_more_than_end_its_link(messages: list[dict[str, Any]]) -> None:
    host = SessionHost(ModelGateway())
    host.fact(lambda session, now_ms: session.watch("agent:a", WatchOptions(), now_ms))
    host.accept()
    [link] = host.links
    for each in decode_text(json.dumps(messages)):
        # These are what the link ends for (live_core).
        with suppress(KeyError, TypeError, ValueError, AttributeError, OverflowError):
            host.fact(received(link.link, each))
