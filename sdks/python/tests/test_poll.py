"""Polls that something between cuts, spec §7.4."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

from signalbox import Backoff, Client

PATIENCE_S = 30


async def test_a_poll_that_is_cut_while_it_waits_is_asked_again_for_half_as_long() -> None:
    waits: list[int] = []
    enough = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = int(head.split("content-length: ")[1].split("\r\n")[0])
                asked = json.loads(await reader.readexactly(length))
                waits.append(asked["waitMs"])
                if len(waits) == 3:
                    enough.set()
                if asked["waitMs"] > 0:
                    # Longer than what counts as waiting; then the connection is gone.
                    await asyncio.sleep(1.05)
                    break
                about = {"correlationId": asked["messages"][0]["id"]}
                data = {"node": "test", "heartbeatMs": 25_000}
                welcome = {"id": "s", "type": "connect", "timestamp": 0, "data": data, "metadata": about}
                body = json.dumps({"messages": [welcome]}).encode()
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with Client(url, transports=["poll"], backoff=Backoff(1, 20)) as client:
            await client.connect()
            states: list[str] = []
            client.on_link(lambda link: states.append(link.state))
            await asyncio.wait_for(enough.wait(), PATIENCE_S)
            assert client.link.state == "live"
            assert [state for state in states if state != "live"] == []
    assert waits[:3] == [0, 25_000, 12_500]
