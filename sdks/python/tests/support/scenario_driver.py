"""Plays the client's side of scenarios (spec/scenarios): the real client over a WebSocket that the runner holds in its
hand and a loop whose time stands until the runner says so. A line of JSON in, a line of JSON back.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Close
from websockets.http11 import Response

import signalbox.client
import signalbox.live_core
import signalbox.transports.websocket
from signalbox import Backoff, Client, Filter, GatewayError, Position
from signalbox.client import Watch

Json = Any
STEP_MS = 250
"""Time passes in small steps: what a timer begins may need a turn before the next one."""
TURNS = 30
"""More than any chain of tasks that wait for each other."""


class StandingLoop(asyncio.SelectorEventLoop):
    """Its time passes when told."""

    now = 1_000.0

    def time(self) -> float:
        return self.now


class StandingClock:
    def now_ms(self) -> float:
        return loop.now * 1_000


class HeldSocket:
    """What the client takes for a connection of `websockets`."""

    def __init__(self, _url: str, *, subprotocols: list[str], additional_headers: dict[str, str], **_: object) -> None:
        sockets.append(self)
        self.link = len(sockets)
        self.upgrade: asyncio.Future[None] = loop.create_future()
        self.came: asyncio.Queue[str | bytes | ConnectionClosed] = asyncio.Queue()
        self.over = False
        token = additional_headers.get("Authorization", "").removeprefix("Bearer ")
        dial = {"link": self.link, "protocols": list(subprotocols)}
        did.append({"dial": dial | {"token": token} if token else dial})

    async def __aenter__(self) -> HeldSocket:
        try:
            await self.upgrade
        except asyncio.CancelledError:
            self.hang_up()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self.hang_up()

    def hang_up(self) -> None:
        if not self.over:
            self.over = True
            did.append({"closed": {"link": self.link}})

    async def send(self, text: str) -> None:
        did.append({"sent": {"link": self.link, "text": text}})

    async def recv(self) -> str | bytes:
        frame = await self.came.get()
        if isinstance(frame, ConnectionClosed):
            raise frame
        return frame

    def refuse(self, status: int, body: Json) -> None:
        self.over = True
        self.upgrade.set_exception(InvalidStatus(Response(status, "", Headers(), json.dumps(body).encode())))

    def end(self, code: int, reason: str) -> None:
        self.over = True
        # Where the network broke no close frame came.
        self.came.put_nowait(ConnectionClosed(None if code == 1006 else Close(code, reason), None))


loop = StandingLoop()
did: list[dict[str, Json]] = []
sockets: list[HeldSocket] = []
client: Client
watches: dict[str, Watch] = {}
begun = 0


def sights() -> Callable[[Json], None]:
    """What a client of an earlier scenario still says is nobody's business."""
    mine = begun
    return lambda sight: did.append({"saw": sight}) if mine == begun else None


async def start(tokens: list[str]) -> None:
    global client, begun
    begun += 1
    if begun > 1:
        await client.close()
    did.clear()
    sockets.clear()
    watches.clear()
    left = list(tokens)

    def token() -> str:
        return left.pop(0) if len(left) > 1 else left[0]

    source = token if tokens else None
    # The times of spec §3.7.
    client = Client("http://gateway.test", token=source, transports=["websocket"], backoff=Backoff(500, 20_000))


def user(asked: dict[str, Json]) -> None:
    deed, name = asked["do"], asked.get("as", "")
    if deed == "watch":
        watches[name] = client.watch(asked["channel"], **options(asked), **listening(name))
    elif deed == "stop":
        watches[name].stop()
    elif deed == "publish":
        loop.create_task(publish(name, asked["event"]))
    elif deed == "connect":
        loop.create_task(quietly(client.connect()))
    elif deed == "wake":
        client.wake()
    elif deed == "close":
        loop.create_task(client.close())
    else:
        raise ValueError(f"no such deed: {deed}")


async def quietly(work: Any) -> None:
    with contextlib.suppress(GatewayError):
        await work


async def publish(name: str, event: Json) -> None:
    saw = sights()
    try:
        kept = await client.publish(event)
        saw({"publish": name, "kept": {"offset": kept.offset, "duplicate": kept.duplicate}})
    except GatewayError as error:
        saw({"publish": name, "refused": dataclasses.asdict(error.problem)})


def options(asked: dict[str, Json]) -> dict[str, Json]:
    """Scenarios say them as the wire does."""
    given: dict[str, Json] = {name: asked[name] for name in ("since", "snapshot") if name in asked}
    since = given.get("since")
    if isinstance(since, dict):
        given["since"] = f"last:{since['last']}" if "last" in since else Position(since["epoch"], since["offset"])
    if "filter" in asked:
        given["filter"] = Filter(**asked["filter"])
    return given


def listening(watch: str) -> dict[str, Json]:
    saw = sights()

    def on_gap(channel: str, gap: Json) -> None:
        said = {"reason": gap.reason, "epoch": gap.epoch, "from": gap.first, "counts": dict(gap.counts)}
        saw({"watch": watch, "channel": channel, "gap": said | ({} if gap.last is None else {"to": gap.last})})

    def on_snapshot(channel: str, snapshot: Json) -> None:
        saw({"watch": watch, "channel": channel, "snapshot": dataclasses.asdict(snapshot)})

    return {
        "on_event": lambda event: saw({"watch": watch, "event": dict(event.message)}),
        "on_snapshot": on_snapshot,
        "on_gap": on_gap,
        "on_error": lambda error: saw({"watch": watch, "error": dataclasses.asdict(error.problem)}),
    }


async def carry_out(request: dict[str, Json]) -> None:
    for verb, value in request.items():
        if verb == "start":
            await start(value["tokens"])
        elif verb == "user":
            user(value)
        elif verb == "pass":
            for left in range(value, 0, -STEP_MS):
                loop.now += min(STEP_MS, left) / 1_000
                await rest()
        else:
            at_link(verb, sockets[value["link"] - 1], value)
    await rest()


def at_link(verb: str, socket: HeldSocket, value: dict[str, Json]) -> None:
    if verb == "open":
        socket.upgrade.set_result(None)
    elif verb == "refuse":
        socket.refuse(value["status"], value.get("body"))
    elif verb == "text":
        socket.came.put_nowait(value["text"])
    elif verb == "binary":
        socket.came.put_nowait(base64.b64decode(value["base64"]))
    elif verb == "close":
        socket.end(value["code"], value["reason"])
    else:
        raise ValueError(f"an unknown request: {verb}")


async def rest() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


def state() -> dict[str, Json]:
    shown = {name: watch.state().status for name, watch in watches.items()}
    return {"link": dataclasses.asdict(client.link), "watches": shown, "members": {}}


def main() -> None:
    asyncio.set_event_loop(loop)
    # What the client takes from outside: chance, time and the network.
    mock.patch.object(signalbox.client, "random", lambda: 0.5).start()
    mock.patch.object(signalbox.live_core, "Clock", StandingClock).start()
    mock.patch.object(signalbox.transports.websocket, "_Connect", HeldSocket).start()
    for line in sys.stdin:
        try:
            loop.run_until_complete(carry_out(json.loads(line)))
            answer = {"did": did, "state": state()}
        except Exception:
            answer = {"failed": traceback.format_exc()}
        print(json.dumps(answer), flush=True)
        did.clear()


main()
