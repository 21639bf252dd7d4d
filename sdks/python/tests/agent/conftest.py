"""One gateway for all tests of agents, and a place of its own for what each leaves on disk."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from signalbox import Client
from signalbox.agent import Agent
from signalbox.agent import agent as agent_module

from ..support.gateway import Gateway

_names = itertools.count(1)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy with other tests may take longer than people would wait."""
    monkeypatch.setattr(agent_module, "CLOSE_S", 120.0)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gateway() -> AsyncIterator[Gateway]:
    gateway = Gateway()
    await gateway.start()
    yield gateway
    await gateway.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def client(gateway: Gateway) -> AsyncIterator[Client]:
    async with Client(gateway.url, token=gateway.token) as client:
        yield client


@pytest.fixture
def agent_id() -> str:
    return f"a{next(_names)}"


MakeAgent = Callable[..., Agent]


@pytest.fixture
def make_agent(gateway: Gateway, tmp_path: Path) -> MakeAgent:
    def make(agent_id: str, **options: Any) -> Agent:
        settings = {"url": gateway.url, "token": gateway.token, "spool": tmp_path / "spool", **options}
        return Agent(agent_id, **settings)

    return make


History = Callable[[str], Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def history(client: Client) -> History:
    """All that is kept in a channel."""

    async def history(channel: str) -> list[dict[str, Any]]:
        return await history_of(client, channel)

    return history


async def history_of(client: Client, channel: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    since = "earliest"
    while True:
        page = await client.request("GET", f"/v1/channels/{quote(channel, safe='')}/events?since={since}&limit=1000")
        events += page["events"]
        if not page["events"]:
            return events
        since = f"{page['next']['epoch']}:{page['next']['offset']}"


def of_type(events: list[dict[str, Any]], *types: str) -> list[dict[str, Any]]:
    return [event["data"] for event in events if event["type"] in types]
