"""A client written from spec/protocol.md alone, over the `websockets` package: publishes, follows, is cut, resumes.

Usage: independent_client.py WS_URL TOKEN CHANNEL. Prints one JSON object of what it saw.
"""

import asyncio
import json
import sys

from websockets.asyncio.client import connect


class Client:
    def __init__(self, socket):
        self.socket = socket
        self.publications = []
        self.answers = {}

    async def send(self, *messages):
        await self.socket.send(json.dumps(messages if len(messages) > 1 else messages[0]))

    async def receive_until(self, done):
        """§1.3, §4, §5: sorts what comes into publications and answers until `done` says enough."""
        while not done():
            for message in as_list(json.loads(await self.socket.recv())):
                if "offset" in message:
                    self.publications.append(message)
                else:
                    self.answers.setdefault(message["type"], []).append(message)


def as_list(frame):
    return frame if isinstance(frame, list) else [frame]


async def main(url, token, channel):
    saw = {}
    async with connect(url, subprotocols=["signalbox.v1"]) as socket:
        client = Client(socket)
        await client.send({"type": "auth_request", "data": {"token": token}})
        await client.send({"type": "connect", "data": {"client": "python"}})
        events = [{"id": f"py-{n}", "type": "note", "channel": channel, "data": {"n": n}} for n in range(1, 11)]
        await client.send(*events)
        await client.send({"id": "sub", "type": "subscribe", "data": {"channel": channel, "since": "earliest"}})
        await client.receive_until(lambda: len(client.publications) >= 10 and "ack" in client.answers)
        saw["subprotocol"] = socket.subprotocol
        saw["principal"] = client.answers["auth_success"][0]["data"]["principal"]["kind"]
        saw["acked"] = [result["offset"] for result in client.answers["ack"][0]["data"]["results"]]
        saw["answers"] = client.answers["subscription_update"][0]["metadata"]["correlationId"]
        saw["first"] = [p["data"]["n"] for p in client.publications]
        last = client.publications[-1]

    # §4.2: away while five more are published, the first of them twice under one key (§5.3).
    position = {"epoch": last["epoch"], "offset": last["offset"]}
    async with connect(url, additional_headers={"Authorization": f"Bearer {token}"}, subprotocols=["signalbox.v1"]) as socket:
        client = Client(socket)
        key = {"metadata": {"idempotencyKey": "k11"}}
        more = [{"id": f"py-{n}", "type": "note", "channel": channel, "data": {"n": n}} for n in range(11, 16)]
        more[0] |= key
        await client.send(more[0] | {"id": "again"})
        await client.send(*more)
        await client.send({"type": "subscribe", "data": {"channel": channel, "since": position}})
        results = lambda: [result for ack in client.answers.get("ack", []) for result in ack["data"]["results"]]
        await client.receive_until(lambda: len(client.publications) >= 5 and len(results()) == 6)
        saw["duplicates"] = [result["id"] for result in results() if result["duplicate"]]
        saw["resumed"] = [[p["offset"], p["data"]["n"]] for p in client.publications]
        saw["recovered"] = client.answers["subscription_update"][0]["data"]["recovered"]
    print(json.dumps(saw))


asyncio.run(main(*sys.argv[1:]))
