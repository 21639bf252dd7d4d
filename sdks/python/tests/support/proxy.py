"""A TCP proxy on loopback whose connections a test cuts, and that can refuse what asks for a WebSocket or a stream."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection


class Proxy:
    def __init__(self) -> None:
        self.to = 0
        """The gateway's port."""
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.blocked: Collection[bytes] = ()
        """Requests that begin so get 403 from the proxy."""
        self.host = ""

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.host = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> int:
        """Ends all connections at once, without a word; says how many."""
        cut = len(self._open)
        for writer in self._open:
            writer.transport.abort()
        return cut

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n")
            if any(head.startswith(each) for each in self.blocked):
                writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno")
                await writer.drain()
            else:
                await self._pass(head, reader, writer)
        writer.close()

    async def _pass(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", self.to)
        forth.write(head)
        both = {writer, forth}
        self._open |= both
        try:
            await asyncio.gather(_pump(reader, forth), _pump(back, writer))
        finally:
            self._open -= both
            forth.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    writer.close()
