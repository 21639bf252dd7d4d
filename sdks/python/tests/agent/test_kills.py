"""Nothing that an agent said is lost or doubled, whoever is killed."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from signalbox import Client
from signalbox.agent import Agent, asking
from signalbox.agent.spool_root import list_spools

from ..support.gateway import ROOT, Gateway, node
from .conftest import history_of, of_type

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def own_gateway() -> AsyncIterator[Gateway]:
    """One that may be killed."""
    gateway = Gateway()
    await gateway.start()
    yield gateway
    await gateway.stop()


async def logged(gateway: Gateway, agent_id: str) -> list[int]:
    async with Client(gateway.url, token=gateway.token) as client:
        events = await history_of(client, f"agent:{agent_id}")
    return [int(data["message"]) for data in of_type(events, "agent_log")]


async def reaches(gateway: Gateway, agent_id: str, number: int) -> None:
    """Until the gateway has this log line."""
    async with Client(gateway.url, token=gateway.token) as client:
        async for event in client.stream(f"agent:{agent_id}", since="earliest", complete=True):
            if event.type == "agent_log" and int(event.data["message"]) >= number:
                return


async def test_an_agent_whose_gateway_is_killed_loses_and_doubles_nothing(
    own_gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "BACKOFF_MOST_S", 1.0)
    numbers: list[int] = []

    async def work(agent: Agent) -> None:
        while True:
            numbers.append(len(numbers) + 1)
            agent.log("info", str(numbers[-1]))
            await asyncio.sleep(0.001)

    agent = Agent("a", url=own_gateway.url, token=own_gateway.token, spool=tmp_path)
    await own_gateway.kill9()
    async with agent:
        working = asyncio.create_task(work(agent))
        for _ in range(2):
            await own_gateway.start()
            await reaches(own_gateway, "a", len(numbers))
            await own_gateway.kill9()
        await own_gateway.start()
        await reaches(own_gateway, "a", len(numbers))
        working.cancel()
        assert await agent.done() == 0
    assert await logged(own_gateway, "a") == numbers
    assert list_spools(tmp_path) == []


async def test_an_agent_that_is_killed_again_and_again_loses_nothing_and_what_it_left_is_sent_once(
    own_gateway: Gateway, tmp_path: Path
) -> None:
    said: list[int] = []
    for _ in range(2):
        said += await life(own_gateway, tmp_path, until=lambda seen: seen >= 30)
    async with Agent("b", url=own_gateway.url, token=own_gateway.token, spool=tmp_path) as agent:
        assert await agent.done() == 0
    assert without_unsaid(await logged(own_gateway, "b"), said) == said


async def test_what_a_killed_agent_left_is_sent_by_the_command_line_too(own_gateway: Gateway, tmp_path: Path) -> None:
    """The folder is the one that `signalbox spool` looks into."""
    url = own_gateway.url
    await own_gateway.kill9()
    said = await life(own_gateway, tmp_path / "signalbox" / "spool", until=lambda seen: seen >= 30, agent_id="c")
    await own_gateway.start()
    assert own_gateway.url == url
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    settings = {"SIGNALBOX_URL": url, "SIGNALBOX_TOKEN": own_gateway.token}
    main = str(ROOT / "packages/cli/src/main.ts")
    command = [node(), "--conditions=source", main, "spool", "flush"]
    flush = await asyncio.create_subprocess_exec(
        *command, env={**env, **settings}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await flush.communicate()
    assert flush.returncode == 0, output.decode()
    assert without_unsaid(await logged(own_gateway, "c"), said) == said
    async with Client(url, token=own_gateway.token) as client:
        state = (await client.request("GET", "/v1/channels/agent:c"))["snapshot"]["state"]
    assert state["status"] == "lost"


async def test_what_a_killed_agent_left_is_sent_by_its_successor_in_node_too(
    own_gateway: Gateway, tmp_path: Path
) -> None:
    said = await life(own_gateway, tmp_path, until=lambda seen: seen >= 30, agent_id="d")
    program = """
      const { startAgent } = await import("@signalbox/agent");
      const [url, token, root] = process.argv.slice(1);
      const agent = await startAgent({ agentId: "d", url, token, spool: { root } });
      process.exit(await agent.done());
    """
    command = [node(), "--conditions=source", "--input-type=module", "-e", program]
    successor = await asyncio.create_subprocess_exec(
        *command, own_gateway.url, own_gateway.token, str(tmp_path), cwd=ROOT
    )
    assert await successor.wait() == 0
    assert without_unsaid(await logged(own_gateway, "d"), said) == said


async def life(gateway: Gateway, spool: Path, until: Any, agent_id: str = "b") -> list[int]:
    """The numbers that an agent printed before it was killed."""
    script = str(Path(__file__).with_name("agent_to_kill.py"))
    python_path = str(Path(__file__).parents[2] / "src")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, script, gateway.url, gateway.token, agent_id, str(spool)),
        env={**os.environ, "PYTHONPATH": python_path},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    said: list[int] = []
    while line := await process.stdout.readline():
        said.append(int(line))
        if until(len(said)):
            process.kill()
            break
    said += [int(line) for line in (await process.stdout.read()).split()]
    await process.wait()
    return said


def without_unsaid(kept: list[int], said: list[int]) -> list[int]:
    """A line that was spooled but not printed yet when its process was killed is one more at the end of that life."""
    rest = list(kept)
    result: list[int] = []
    for at, number in enumerate(said):
        result.append(rest.pop(0))
        is_last = at + 1 == len(said) or said[at + 1] == 1
        if is_last and rest and rest[0] == number + 1:
            rest.pop(0)
    return result + rest
