"""python-socketio beside the gateway, written from spec/surfaces.md §4 alone.

Usage: socketio_peer.py HTTP_URL TOKEN PROCESS_ID. Prints one JSON object: by cell `ok`, or what went wrong.
"""

import asyncio
import json
import sys
from contextlib import asynccontextmanager

import aiohttp
import socketio

EVENTS = ("connect_error", "disconnect", "process-output", "positions", "error", "gap")


def same(found, wanted):
    assert found == wanted, f"{str(found)[:200]} instead of {wanted}"


class Talk:
    def __init__(self):
        self.client = socketio.AsyncClient(reconnection=False)
        self.came = asyncio.Queue()
        for event in EVENTS:
            self.client.on(event, self.hears(event))

    def hears(self, event):
        async def handler(*args):
            await self.came.put((event, args))

        return handler

    async def next(self, wanted):
        """The arguments of the next such event; others before it are let go."""
        while True:
            event, args = await asyncio.wait_for(self.came.get(), 15)
            if event == wanted:
                return args
            assert event != "disconnect", args

    async def ask(self, event, *args):
        return await self.client.call(event, args, timeout=15)

    async def lines(self, count):
        return [await self.next("process-output") for _ in range(count)]


class Peer:
    def __init__(self, url, token, process_id):
        self.url, self.token, self.process_id = url, token, process_id
        self.position = None

    @asynccontextmanager
    async def connected(self, **auth):
        talk = Talk()
        await talk.client.connect(self.url, auth={"token": self.token, **auth}, retry=False)
        try:
            yield talk
        finally:
            await talk.client.disconnect()

    def event(self, output):
        return {"type": "process_output", "data": {"processId": self.process_id, "stream": "stdout", "output": output}}

    async def publish(self, *outputs):
        headers = {"Authorization": f"Bearer {self.token}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            async with session.post(f"{self.url}/v1/events", json=[self.event(output) for output in outputs]) as answer:
                assert answer.status == 200, await answer.text()

    async def connect(self):
        async with self.connected() as talk:
            assert talk.client.connected

    async def refused(self):
        talk = Talk()
        try:
            await talk.client.connect(self.url, auth={"token": "wrong-token"}, retry=False)
        except socketio.exceptions.ConnectionError:
            refusal = (await talk.next("connect_error"))[0]
            same(refusal["data"]["name"], "unauthenticated")
        else:
            raise AssertionError("it was let in")

    async def subscribe(self):
        await self.publish("one", "two")
        async with self.connected() as talk:
            answer = await talk.ask("subscribe-process", self.process_id, {"since": "earliest"})
            assert answer["ok"], answer
            lines = await talk.lines(2)
            same([line[0]["output"] for line in lines], ["one", "two"])
            self.position = lines[1][1][f"process:{self.process_id}"]

    async def resume(self):
        await self.publish("three", "four")
        async with self.connected(since={f"process:{self.process_id}": self.position}) as talk:
            answer = await talk.ask("subscribe-process", self.process_id)
            same((answer["ok"], answer["recovered"]), (True, True))
            same([line[0]["output"] for line in await talk.lines(2)], ["three", "four"])

    async def mebibyte(self):
        async with self.connected() as talk:
            await talk.ask("subscribe-process", self.process_id)
            room = 2**20 - len(json.dumps([self.event("")]))
            await self.publish("m" * room)
            same(len((await talk.lines(1))[0][0]["output"]), room)

    async def close_codes(self):
        async with self.connected() as talk:
            for _ in range(50):
                await talk.client.emit("no-such-event")
            error = {}
            while error.get("name") != "too_many_errors":
                error = (await talk.next("error"))[0]
            same(error["number"], 3504)
            await talk.next("disconnect")


async def main(*args):
    peer = Peer(*args)
    cells = {
        "connect": peer.connect,
        "refused": peer.refused,
        "subscribe": peer.subscribe,
        "resume": peer.resume,
        "mebibyte": peer.mebibyte,
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
