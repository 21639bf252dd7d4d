"""Real gateways killed, links cut, and this program killed: nothing lost, doubled or out of order."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from signalbox import Backoff, Client, GatewayError, Position, Published
from signalbox.types import TransportName

from .support.gateway import Gateway
from .support.proxy import Proxy

pytestmark = pytest.mark.asyncio(loop_scope="module")

TRANSPORTS: tuple[TransportName, ...] = ("websocket", "sse", "poll")
KILLS = 5
EACH = 400
"""Events between two kills, on each transport."""
FAST = Backoff(20, 200)
PATIENCE_S = 120
SOURCE = Path(__file__).resolve().parents[1] / "src"


async def kept(client: Client, channel: str, count: int) -> list[int]:
    """The numbers in the history, from the first event to the newest that there is."""
    found: list[int] = []
    since = "earliest"
    while True:
        page = await client.request("GET", f"/v1/channels/{channel}/events?since={since}&limit=1000")
        found += [event["data"]["n"] for event in page["events"]]
        since = str(Position(**page["next"]))
        if len(found) >= count and not page["events"]:
            return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def proxied() -> AsyncIterator[tuple[Gateway, Proxy]]:
    """A gateway, and a proxy before it under whose name it answers."""
    proxy = Proxy()
    await proxy.start()
    gateway = Gateway(allowedHosts=[proxy.host])
    try:
        await gateway.start()
        proxy.to = gateway.port
        yield gateway, proxy
    finally:
        await proxy.stop()
        await gateway.stop()


@pytest.fixture(scope="module")
def gateway(proxied: tuple[Gateway, Proxy]) -> Gateway:
    """Tests that kill it start it again."""
    return proxied[0]


@pytest.fixture
def proxy(proxied: tuple[Gateway, Proxy]) -> Proxy:
    return proxied[1]


class Counted:
    """Publishes numbers over one transport, and follows them over the same."""

    def __init__(self, client: Client, channel: str) -> None:
        self.client = client
        self.channel = channel
        self.seen: list[int] = []
        self.gaps: list[str] = []
        self.published: list[asyncio.Future[Published]] = []
        self._came = asyncio.Condition()

    def follow(self) -> None:
        async def take(event: object) -> None:
            async with self._came:
                self.seen.append(event.data["n"])  # type: ignore[attr-defined]
                self._came.notify_all()

        self.client.watch(
            self.channel, since="earliest", on_event=take, on_gap=lambda _, gap: self.gaps.append(gap.reason)
        )

    def publish(self, count: int) -> None:
        for _ in range(count):
            event = {"type": "tick", "channel": self.channel, "data": {"n": len(self.published) + 1}}
            self.published.append(self.client.enqueue(event))

    async def until(self, count: int) -> None:
        async with self._came:
            enough = self._came.wait_for(lambda: len(self.seen) >= count)
            await asyncio.wait_for(enough, PATIENCE_S)

    async def check(self) -> None:
        total = len(self.published)
        expected = list(range(1, total + 1))
        outcomes = await asyncio.gather(*self.published)
        # Of one that was sent again the gateway need not know the place any more.
        assert [
            number if each.offset is None and each.duplicate else each.offset for number, each in enumerate(outcomes, 1)
        ] == expected
        await self.until(total)
        assert self.seen == expected
        assert self.gaps == []
        assert await kept(self.client, self.channel, total) == expected


async def test_five_kills_of_the_gateway_on_each_transport(gateway: Gateway) -> None:
    async with AsyncExitStack() as stack:
        all: list[Counted] = []
        for name in TRANSPORTS:
            client = Client(gateway.url, token=gateway.token, transports=[name], backoff=FAST)
            counted = Counted(await stack.enter_async_context(client), f"process:kills-{name}")
            counted.follow()
            all.append(counted)
        for _ in range(KILLS):
            for each in all:
                each.publish(EACH)
            # Somewhere in the middle of what is on its way.
            for each in all:
                await each.until(len(each.published) - EACH + 1)
            await gateway.kill9()
            for each in all:
                each.publish(10)
            await gateway.start()
        for each in all:
            await each.check()


@pytest.mark.parametrize("name", TRANSPORTS)
async def test_cut_links(gateway: Gateway, proxy: Proxy, name: TransportName) -> None:
    async with Client(proxy.url, token=gateway.token, transports=[name], backoff=FAST) as client:
        counted = Counted(client, f"process:cuts-{name}")
        counted.follow()
        for _ in range(6):
            counted.publish(300)
            await counted.until(len(counted.published) - 250)
            assert proxy.cut() > 0
        await counted.check()


async def test_a_blocked_way_is_gone_around_and_nothing_is_lost_on_the_way(gateway: Gateway, proxy: Proxy) -> None:
    proxy.blocked = [b"GET /v1/ws", b"POST /v1/stream"]
    async with Client(proxy.url, token=gateway.token, backoff=FAST) as client:
        await client.connect()
        assert client.link.transport == "poll"
        counted = Counted(client, "process:blocked")
        counted.follow()
        counted.publish(300)
        await counted.until(100)
        proxy.blocked = []
        proxy.cut()
        counted.publish(300)
        await counted.check()


async def test_a_slow_handler_misses_nothing_and_holds_little(gateway: Gateway) -> None:
    pending = 50
    async with Client(gateway.url, token=gateway.token, pending=pending) as client:
        total = 3_000
        await client.publish(
            [{"type": "tick", "channel": "process:slow", "data": {"n": n}} for n in range(1, total + 1)]
        )
        seen: list[int] = []
        done = asyncio.Event()
        statuses: list[str] = []

        async def slow(event: object) -> None:
            # Others get their turn, as with a handler that waits for something.
            await asyncio.sleep(0)
            seen.append(event.data["n"])  # type: ignore[attr-defined]
            if len(seen) == total:
                done.set()

        client.watch("process:slow", since="earliest", on_event=slow, on_gap=lambda _, gap: statuses.append(gap.reason))
        await done.wait()
        assert seen == list(range(1, total + 1))
        assert statuses == []


PROGRAM = """
import asyncio, sys
from signalbox import Client, Backoff

async def main(url, token, spool, n):
    client = Client(url, token=token, spool=spool, backoff=Backoff(20, 200))
    n = int(n)
    waiting = set()

    def kept(future):
        future.result()
        waiting.discard(future)
        print("kept", flush=True)

    while True:
        # Never so many that the spool would be full before a slow machine's gateway answers.
        for _ in range(20 if len(waiting) < 2_000 else 0):
            n += 1
            future = client.enqueue({"type": "tick", "channel": "process:spool", "data": {"n": n}})
            waiting.add(future)
            future.add_done_callback(kept)
            print(n, flush=True)
        await asyncio.sleep(0)

asyncio.run(main(*sys.argv[1:]))
"""
LIVES = 4
LIFE = 1_000_000


async def test_a_program_that_is_killed_loses_nothing_that_it_had_published(gateway: Gateway, tmp_path: Path) -> None:
    spool = tmp_path / "spool.db"
    promised: list[int] = []
    for life in range(LIVES):
        if life == 2:
            # This one finds no gateway at all.
            await gateway.kill9()
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PROGRAM, gateway.url, gateway.token, str(spool), str(life * LIFE)),
            env={"PYTHONPATH": str(SOURCE)},
            stdout=asyncio.subprocess.PIPE,
        )
        assert program.stdout is not None
        lines: list[bytes] = []
        # In the middle of what is on its way, where there is a gateway.
        while len(lines) < 500 or (life != 2 and lines.count(b"kept\n") < 100):
            lines.append(await asyncio.wait_for(program.stdout.readline(), PATIENCE_S))
        program.kill()
        # What it wrote before it died counts too.
        lines += (await program.stdout.read()).splitlines(keepends=True)
        await program.wait()
        promised.append(max(int(line) for line in lines if line[:-1].isdigit() and line.endswith(b"\n")))
        if life == 2:
            await gateway.start()
    async with Client(gateway.url, token=gateway.token, spool=spool, backoff=FAST) as client:
        await asyncio.wait_for(client.flush(), PATIENCE_S)
        found = await kept(client, "process:spool", LIVES * 400)
    for life, last in enumerate(promised):
        own = [n for n in found if n // LIFE == life]
        # One more may be in the spool than it lived to say.
        assert own == list(range(life * LIFE + 1, max(last, own[-1]) + 1))
        assert own[-1] - last <= 1


async def test_a_closed_client_says_so_to_who_waits(gateway: Gateway) -> None:
    await gateway.kill9()
    client = Client(gateway.url, token=gateway.token, backoff=FAST)
    waiting = asyncio.ensure_future(client.publish({"type": "tick", "channel": "process:a"}))
    await asyncio.sleep(0)
    await client.close()
    with pytest.raises(GatewayError, match="closed"):
        await waiting
    await gateway.start()
