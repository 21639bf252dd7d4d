"""The client as programs use it, against a real gateway."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from signalbox import (
    Client,
    CommandFailedError,
    Filter,
    Gap,
    GapError,
    GatewayError,
    Position,
    Producer,
    Publication,
    PublishError,
    Snapshot,
)
from signalbox.types import TransportName

from .support.gateway import Gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE_S = 60
SOURCE = Path(__file__).resolve().parents[1] / "src"
EACH_TRANSPORT = pytest.mark.parametrize("transport", ["websocket", "sse", "poll"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway() -> AsyncIterator[Gateway]:
    own = Gateway()
    try:
        await own.start()
        yield own
    finally:
        await own.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def client(gateway: Gateway) -> AsyncIterator[Client]:
    async with Client(gateway.url, token=gateway.token, name="test") as own:
        yield own


async def until(reached: Callable[[], bool]) -> None:
    async def look() -> None:
        # What is waited for is seen from outside only.
        while not reached():  # noqa: ASYNC110
            await asyncio.sleep(0.005)

    await asyncio.wait_for(look(), PATIENCE_S)


def status(agent: str, said: str, **members: Any) -> dict[str, Any]:
    return {"type": "agent_status", "data": {"agentId": agent, "status": said}, **members}


async def test_s8_connect_subscribe_to_agent_on(gateway: Gateway) -> None:
    client = Client(gateway.url, token=gateway.token)
    await client.connect()
    assert client.link.transport == "websocket"
    short: list[str] = []
    whole: list[str] = []
    everything: list[str] = []

    async def on_status(event: Publication) -> None:
        await asyncio.sleep(0)
        short.append(event.data["status"])

    client.on("status", on_status)
    unsubscribe = client.on("agent_status", lambda event: whole.append(event.data["status"]))
    client.on("*", lambda event: everything.append(event.type))
    watch = await client.subscribe_to_agent("s8", ["status", "task_update"])
    await client.publish(status("s8", "busy"))
    await client.publish({"type": "agent_log", "data": {"agentId": "s8", "level": "info", "message": "not asked for"}})
    await until(lambda: short == ["busy"])
    unsubscribe()
    await client.publish(status("s8", "idle"))
    await until(lambda: short == ["busy", "idle"])
    assert (whole, everything) == (["busy"], ["agent_status", "agent_status"])
    watch.stop()
    await client.close()
    assert client.link.state == "stopped"


async def test_s8_two_subscriptions_to_one_event_bring_it_once_and_one_is_enough(client: Client) -> None:
    seen: list[str] = []
    client.on("*", lambda event: seen.append(event.data.get("status") or event.data["message"]))
    first = await client.subscribe_to_agent("twice", ["status"])
    await client.subscribe_to_agent("twice", ["status", "log"])
    await client.publish(status("twice", "busy"))
    await client.publish({"type": "agent_log", "data": {"agentId": "twice", "level": "info", "message": "said"}})
    await until(lambda: sorted(seen) == ["busy", "said"])
    first.stop()
    await client.publish(status("twice", "idle"))
    await until(lambda: sorted(seen) == ["busy", "idle", "said"])


async def test_a_subscription_that_is_refused_raises_why(client: Client) -> None:
    with pytest.raises(GatewayError) as raised:
        await client.subscribe_to_agent("a b", ["status"])
    assert (raised.value.name, raised.value.temporary) == ("invalid_channel", False)
    told: list[str] = []
    client.watch("nowhere:x", on_error=lambda error: told.append(error.name))
    await until(lambda: told == ["unknown_namespace"])


@EACH_TRANSPORT
async def test_a_wrong_token_stops_and_says_so(gateway: Gateway, transport: TransportName) -> None:
    client = Client(gateway.url, token="wrong", transports=[transport])
    with pytest.raises(GatewayError) as raised:
        await client.connect()
    assert raised.value.name == "unauthenticated"
    assert client.link.state == "stopped"
    with pytest.raises(GatewayError, match="unauthenticated"):
        await client.publish(status("a", "busy"))
    with pytest.raises(GatewayError, match="unauthenticated"):
        async for _ in client.stream("agent:a"):
            pass
    await client.close()


@EACH_TRANSPORT
async def test_a_refused_token_is_asked_for_anew(gateway: Gateway, transport: TransportName) -> None:
    tokens = iter(["stale", gateway.token, gateway.token])
    async with Client(gateway.url, token=lambda: next(tokens), transports=[transport]) as client:
        await client.connect()
        assert client.link.state == "live"


@EACH_TRANSPORT
async def test_a_later_watch_joins_a_running_link(gateway: Gateway, transport: TransportName) -> None:
    """Over SSE and polling that takes another request; what came before is not seen twice."""
    async with Client(gateway.url, token=gateway.token, transports=[transport]) as client:
        first: list[int] = []
        second: list[int] = []
        name = f"process:join-{transport}"
        one = client.watch(name, since="earliest", on_event=lambda event: first.append(event.data["n"]))
        await one.ready()
        await client.publish([{"type": "tick", "channel": name, "data": {"n": n}} for n in range(5)])
        await until(lambda: len(first) == 5)
        client.watch(name, since="last:2", on_event=lambda event: second.append(event.data["n"]))
        await until(lambda: len(second) == 2)
        await client.publish({"type": "tick", "channel": name, "data": {"n": 5}})
        await until(lambda: len(first) == 6 and len(second) == 3)
        assert (first, second) == ([0, 1, 2, 3, 4, 5], [3, 4, 5])
        assert one.positions()[name].offset == 6


async def test_a_stream_goes_on_from_a_position(client: Client) -> None:
    kept = await client.publish([{"type": "tick", "channel": "process:go-on", "data": {"n": n}} for n in range(5)])
    seen = []
    async for event in client.stream("process:go-on", since=kept[1].position):
        seen.append(event.data["n"])
        if event.position == kept[-1].position:
            break
    assert seen == [2, 3, 4]


async def test_a_stream_says_what_is_missing(client: Client) -> None:
    await client.publish({"type": "tick", "channel": "process:gap", "data": {"n": 1}})
    lost = Position("another", 7)
    with pytest.raises(GapError) as raised:
        async for _ in client.stream("process:gap", since=lost):
            pass
    assert raised.value.gap == Gap("epoch_changed", "another", 8)
    gaps: list[Gap] = []
    async for event in client.stream("process:gap", since=lost, on_gap=lambda _, gap: gaps.append(gap)):
        assert event.data["n"] == 1
        break
    assert [gap.reason for gap in gaps] == ["epoch_changed"]


async def test_a_pattern_a_filter_and_a_snapshot(client: Client) -> None:
    await client.publish(status("folded", "busy"))
    states: list[Snapshot] = []
    events: list[str] = []
    client.watch(
        "agent:fold*",
        since="earliest",
        filter=Filter(types=["agent_status"]),
        snapshot=True,
        on_snapshot=lambda _, snapshot: states.append(snapshot),
        on_event=lambda event: events.append(event.data["status"]),
    )
    await until(lambda: len(states) == 1)
    await client.publish({"type": "agent_log", "data": {"agentId": "folded", "level": "info", "message": "x"}})
    await client.publish(status("folded", "idle"))
    await until(lambda: events[-1:] == ["idle"])
    assert states[0].state["status"] == "busy"


@EACH_TRANSPORT
async def test_large_events_come_whole(gateway: Gateway, transport: TransportName) -> None:
    """Compressed (what repeats, up to 128 KiB) and in chunks (what is larger) over WebSocket, whole elsewhere."""
    noise = "".join(chr(0x4E00 + at * 7919 % 20_000) for at in range(150_000))
    texts = ["ä" * 20_000, noise, "small"]
    async with Client(gateway.url, token=gateway.token, transports=[transport]) as client:
        name = f"process:large-{transport}"
        await client.publish([{"type": "blob", "channel": name, "data": {"text": text}} for text in texts])
        seen: list[Publication] = []
        async for event in client.stream(name, since="earliest"):
            seen.append(event)
            if len(seen) == len(texts):
                break
        assert [event.data["text"] for event in seen] == texts
        if transport == "websocket":
            assert seen[0].metadata["compressed"] is True


async def test_publishing_says_what_became_of_each(client: Client) -> None:
    good = {"type": "tick", "channel": "process:mixed", "data": {}}
    bad = {"type": "agent_status", "channel": "process:mixed", "data": {"agentId": 5}}
    with pytest.raises(PublishError) as raised:
        await client.publish([good, bad, good])
    outcomes = [each.name if isinstance(each, GatewayError) else each.offset for each in raised.value.results]
    assert outcomes == [1, "invalid_message", 2]
    # The hole that it left is none.
    assert (await client.publish(good)).offset == 3
    with pytest.raises(GatewayError, match="not JSON"):
        await client.publish({**good, "data": float("inf")})
    with pytest.raises(GatewayError, match="payload_too_big"):
        await client.publish({**good, "data": "a" * 1_100_000})


async def test_more_than_the_queue_holds_waits_for_room(gateway: Gateway) -> None:
    async with Client(gateway.url, token=gateway.token) as client:
        kept = await client.publish({"type": "tick", "channel": "process:many", "data": {"n": n}} for n in range(2_500))
        assert [each.offset for each in kept] == list(range(1, 2_501))


class Worker:
    """Obeys commands as spec §10 has it: the least an agent does."""

    def __init__(self, client: Client, agent: str, producer: Producer) -> None:
        self._client = client
        self._agent = agent
        self._producer = producer

    @classmethod
    async def begin(cls, client: Client, agent: str) -> Worker:
        lease = await client.request("PUT", f"/v1/leases/agent:{agent}", {"producer": f"{agent}/main"})
        worker = cls(client, agent, Producer(f"{agent}/main", lease["epoch"]))
        client.watch(f"agent:{agent}", filter=Filter(types=["command_queued"]), on_event=worker._obey)
        return worker

    async def _obey(self, event: Publication) -> None:
        name = event.data["name"]
        if name == "resume":
            return
        await self._say(event, "command_started")
        if name == "pause":
            await self._say(event, "command_progress", progress=50)
            await self._say(event, "command_done", result={"args": event.data.get("args")})
        else:
            await self._say(event, "command_failed", error="I cannot.", code="unable")

    async def _say(self, event: Publication, type: str, **data: Any) -> None:
        step = {
            "type": type,
            "channel": f"agent:{self._agent}",
            "data": {"commandId": event.data["commandId"], **data},
        }
        await self._client.publish(step, producer=self._producer)


async def test_a_command_from_its_beginning_to_its_end(gateway: Gateway, client: Client) -> None:
    async with Client(gateway.url, token=gateway.token) as other:
        worker = await Worker.begin(other, "obedient")
        assert worker is not None
        handle = await client.command("agent:obedient", "pause", {"after": "step"}, command_id="python-1")
        states = [view.state async for view in handle.states()]
        assert states[-1] == "done"
        assert states == sorted(states, key=["queued", "delivered", "started", "done"].index)
        assert await handle.result() == {"args": {"after": "step"}}
        # The same id with the same command is the same command.
        again = await client.command("agent:obedient", "pause", {"after": "step"}, command_id="python-1")
        assert (await again.ended()).state == "done"

        failed = await client.command("agent:obedient", "cancel")
        with pytest.raises(CommandFailedError, match="I cannot"):
            await failed.result()

        waiting = await client.command("agent:obedient", "resume")
        await waiting.cancel("not needed")
        assert (await waiting.ended()).reason == "not needed"
        with pytest.raises(GatewayError, match="wrong_state"):
            await waiting.cancel()


async def test_a_command_that_is_refused_and_one_for_a_fleet(client: Client) -> None:
    with pytest.raises(GatewayError, match="unknown_namespace"):
        await client.command("nowhere:x", "pause")
    with pytest.raises(ValueError, match="one target"):
        await client.command("agent:*", "pause")


async def test_requests_to_the_http_api(gateway: Gateway, client: Client) -> None:
    assert (await client.request("GET", "/v1/info"))["protocol"] == "signalbox.v1"
    with pytest.raises(GatewayError) as raised:
        await client.request("GET", "/v1/nothing")
    assert (raised.value.name, raised.value.status) == ("not_found", 404)
    async with Client("http://127.0.0.1:1") as nowhere:
        with pytest.raises(GatewayError, match="unreachable"):
            await nowhere.request("GET", "/v1/info")


async def test_the_link_is_shown_and_its_listener_can_go(gateway: Gateway) -> None:
    client = Client(gateway.url, token=gateway.token)
    seen: list[str] = []
    stop = client.on_link(lambda state: seen.append(state.state))
    await client.connect()
    await until(lambda: seen == ["connecting", "live"])
    stop()
    await client.close()
    assert seen == ["connecting", "live"]
    # It can begin again.
    await client.connect()
    assert client.link.state == "live"
    await client.close()


async def test_a_closed_spool_goes_on_in_another_client(gateway: Gateway, tmp_path: Path) -> None:
    nowhere = Client("http://127.0.0.1:1", spool=tmp_path / "spool.db")
    waiting = nowhere.enqueue({"type": "tick", "channel": "process:spooled", "data": {"n": 1}})
    await nowhere.close()
    with pytest.raises(GatewayError, match="closed"):
        await waiting
    with pytest.raises(GatewayError, match="another client"):
        await nowhere.connect()
    async with Client(gateway.url, token=gateway.token, spool=tmp_path / "spool.db") as client:
        after = await client.publish({"type": "tick", "channel": "process:spooled", "data": {"n": 2}})
        assert after.offset == 2
        seen = [event.data["n"] async for event in first(client.stream("process:spooled", since="earliest"), 2)]
        assert seen == [1, 2]


async def first(events: AsyncIterator[Publication], count: int) -> AsyncIterator[Publication]:
    for _ in range(count):
        yield await anext(events)


async def tail(gateway: Gateway, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "signalbox", "tail", *arguments),
        env={**os.environ, "PYTHONPATH": str(SOURCE), "SIGNALBOX_URL": gateway.url, "SIGNALBOX_TOKEN": gateway.token},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(program.communicate(), PATIENCE_S)
    assert program.returncode is not None
    return program.returncode, [json.loads(line) for line in out.splitlines()], err.decode()


async def test_tail_prints_lines_of_json(gateway: Gateway, client: Client) -> None:
    await client.publish([{"type": "tick", "channel": "process:tail", "data": {"n": n}} for n in range(3)])
    code, lines, err = await tail(
        gateway, "process:tail", "--since", "earliest", "--transport", "poll", "--limit", "3", "--type", "tick"
    )
    assert (code, err) == (0, "")
    assert [(line["offset"], line["data"]["n"]) for line in lines] == [(1, 0), (2, 1), (3, 2)]


async def test_tail_says_what_is_wrong(gateway: Gateway) -> None:
    code, _, err = await tail(gateway, "nowhere:x")
    assert (code, "unknown_namespace" in err) == (1, True)
    code, _, err = await tail(gateway, "process:x", "--since", "yesterday")
    assert (code, "not a position" in err) == (2, True)
