"""Python's WebSocket clients beside the gateway, written from spec/protocol.md alone.

Usage: websocket_peer.py websockets|aiohttp WS_URL TOKEN CHANNEL. Prints one JSON object: by cell `ok`, or what went wrong.
"""

import asyncio
import gzip
import json
import sys
from contextlib import asynccontextmanager

PROTOCOL = "signalbox.v1"


class Ended(Exception):
    """The connection is over: its close number and reason."""


class Refused(Exception):
    """The upgrade got this status."""


@asynccontextmanager
async def with_websockets(url, token):
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosed, InvalidStatus

    class Socket:
        def __init__(self, socket):
            self.socket, self.send, self.protocol = socket, socket.send, socket.subprotocol

        async def receive(self):
            try:
                return await self.socket.recv()
            except ConnectionClosed as closed:
                raise Ended(closed.rcvd.code, closed.rcvd.reason) from None

    try:
        # Its own limit is 1 MiB, and a publication has its position beside what was sent.
        header = {"Authorization": f"Bearer {token}"}
        async with connect(url, additional_headers=header, subprotocols=[PROTOCOL], max_size=2**21) as socket:
            yield Socket(socket)
    except InvalidStatus as answer:
        raise Refused(answer.response.status_code) from None


@asynccontextmanager
async def with_aiohttp(url, token):
    import aiohttp

    class Socket:
        def __init__(self, socket):
            self.socket, self.protocol = socket, socket.protocol

        async def send(self, frame):
            await (self.socket.send_bytes(frame) if isinstance(frame, bytes) else self.socket.send_str(frame))

        async def receive(self):
            message = await self.socket.receive()
            if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                return message.data
            raise Ended(self.socket.close_code, message.extra)

    try:
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
            async with session.ws_connect(url, protocols=[PROTOCOL]) as socket:
                yield Socket(socket)
    except aiohttp.WSServerHandshakeError as answer:
        raise Refused(answer.status) from None


OPENERS = {"websockets": with_websockets, "aiohttp": with_aiohttp}


class Talk:
    def __init__(self, socket):
        self.socket = socket
        self.pieces = b""

    async def send(self, *messages):
        await self.socket.send(json.dumps(messages if len(messages) > 1 else messages[0]))

    async def next(self, wanted):
        """The next message that is wanted, and how it came (§3.8, §3.9)."""
        while True:
            frame = await asyncio.wait_for(self.socket.receive(), 15)
            kind = frame[0] if isinstance(frame, bytes) else None
            if kind == 2:
                frame = gzip.decompress(frame[1:])
            elif kind == 3:
                self.pieces += frame[2:]
                if not frame[1] & 2:
                    continue
                frame, self.pieces = self.pieces, b""
            message = json.loads(frame)
            if wanted(message):
                return message | {"kind": kind}
            assert message["type"] != "error", message["data"]

    async def notes(self, count):
        return [await self.next(lambda message: message["type"] == "note") for _ in range(count)]


def ack(message):
    return message["type"] == "ack"


def subscribed(message):
    return message["type"] == "subscription_update" and message["data"]["state"] == "subscribed"


def same(found, wanted):
    assert found == wanted, f"{str(found)[:200]} instead of {wanted}"


class Peer:
    def __init__(self, name, url, token, channel):
        self.open, self.url, self.token, self.channel = OPENERS[name], url, token, channel
        self.had = None

    @asynccontextmanager
    async def welcomed(self, **asks):
        async with self.open(self.url, self.token) as socket:
            talk = Talk(socket)
            await talk.send({"id": "hello", "type": "connect", "data": {"client": "interop", **asks}})
            answer = await talk.next(lambda message: message["type"] == "connect")
            assert answer["data"]["principal"], "it was not said who it is"
            yield talk

    def note(self, n, **more):
        return {"id": f"n{n}", "type": "note", "channel": self.channel, "data": {"n": n, **more}}

    def subscribe(self, **data):
        return {"id": "s", "type": "subscribe", "data": {"channel": self.channel, **data}}

    async def connect(self):
        async with self.welcomed() as talk:
            same(talk.socket.protocol, PROTOCOL)

    async def refused(self):
        try:
            async with self.open(self.url, "wrong-token"):
                raise AssertionError("it was let in")
        except Refused as refused:
            same(refused.args, (401,))

    async def publish(self):
        async with self.welcomed() as talk:
            await talk.send(self.note(1))
            await talk.next(ack)
            await talk.send(self.note(2), self.note(3))
            same([result["offset"] for result in (await talk.next(ack))["data"]["results"]], [2, 3])

    async def subscribe_earliest(self):
        async with self.welcomed() as talk:
            await talk.send(self.subscribe(since="earliest"))
            notes = await talk.notes(3)
            same([note["data"]["n"] for note in notes], [1, 2, 3])
            self.had = {"epoch": notes[-1]["epoch"], "offset": notes[-1]["offset"]}

    async def resume(self):
        async with self.welcomed() as talk:
            key = {"metadata": {"idempotencyKey": f"{self.channel} 4"}}
            await talk.send(self.note(4) | key)
            await talk.next(ack)
            await talk.send(self.note(4) | key | {"id": "again"}, self.note(5))
            same([result["duplicate"] for result in (await talk.next(ack))["data"]["results"]], [True, False])
            await talk.send(self.subscribe(since=self.had))
            same((await talk.next(subscribed))["data"]["recovered"], True)
            same([[note["data"]["n"], note["offset"]] for note in await talk.notes(2)], [[4, 4], [5, 5]])

    async def there_and_back(self, message, **asks):
        async with self.welcomed(**asks) as talk:
            await talk.send(self.subscribe())
            await talk.next(subscribed)
            await talk.send(message)
            return (await talk.notes(1))[0]

    async def binary(self):
        note = await self.there_and_back(self.note(6, text="b" * 200_000), chunks=True)
        same((note["kind"], len(note["data"]["text"])), (3, 200_000))

    async def mebibyte(self):
        room = 2**20 - len(json.dumps(self.note(7, text="")))
        note = await self.there_and_back(self.note(7, text="m" * room))
        same((note["kind"], len(note["data"]["text"])), (None, room))

    async def gzip(self):
        note = await self.there_and_back(self.note(8, text="z" * 20_000), compression=["gzip"])
        same((note["kind"], len(note["data"]["text"]), note["metadata"]["compressed"]), (2, 20_000, True))

    async def close_codes(self):
        for frame, ending in ((b"\1\2\3", (3500, "bad_message")), ('{"type":"disconnect"}', (3505, "goodbye"))):
            async with self.welcomed() as talk:
                await talk.socket.send(frame)
                try:
                    await talk.next(lambda _: False)
                except Ended as ended:
                    same(ended.args, ending)


async def main(*args):
    peer = Peer(*args)
    cells = {
        "connect": peer.connect,
        "refused": peer.refused,
        "publish": peer.publish,
        "subscribe": peer.subscribe_earliest,
        "resume": peer.resume,
        "binary": peer.binary,
        "mebibyte": peer.mebibyte,
        "gzip": peer.gzip,
        "closeCodes": peer.close_codes,
    }
    outcomes = {}
    for cell, run in cells.items():
        try:
            await run()
            outcomes[cell] = "ok"
        except Exception as error:
            outcomes[cell] = f"{type(error).__name__}: {error}"
    print(json.dumps(outcomes))


asyncio.run(main(*sys.argv[1:]))
