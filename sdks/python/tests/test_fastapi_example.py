"""examples/fastapi as its README says to run it."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from signalbox import Client

from .support.gateway import ROOT, Gateway

SOURCE = str(Path(__file__).parents[1] / "src")


@asynccontextmanager
async def application(gateway: Gateway, state: Path) -> AsyncIterator[httpx.AsyncClient]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "uvicorn", "app:app", "--port", "0"),
        cwd=ROOT / "examples/fastapi",
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": SOURCE,
            "PYTHONDONTWRITEBYTECODE": "1",
            "SIGNALBOX_URL": gateway.url,
            "SIGNALBOX_TOKEN": gateway.token,
            "XDG_STATE_HOME": str(state),
        },
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    said = ""
    try:
        while (found := re.search(r"running on (http://\S+)", said)) is None:
            line = await process.stderr.readline()
            assert line, said
            said += line.decode()
        draining = asyncio.create_task(process.stderr.read())
        async with httpx.AsyncClient(base_url=found[1], timeout=60, trust_env=False) as http:
            yield http
        process.terminate()
        said += (await draining).decode()
        assert await process.wait() in (0, -15), said
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def events(http: httpx.AsyncClient, since: str | None = None) -> AsyncIterator[tuple[str, str, str]]:
    """Id, type and data of each."""
    headers = {} if since is None else {"Last-Event-ID": since}
    async with http.stream("GET", "/events", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        block: dict[str, str] = {}
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if line != "":
                block[name] = value
            elif "data" in block:
                yield block["id"], block["event"], block["data"]
                block = {}


async def test_jobs_are_tasks_that_people_watch_and_steer(gateway: Gateway, tmp_path: Path) -> None:
    async with application(gateway, tmp_path) as http, Client(gateway.url, token=gateway.token) as client:
        async for event in client.stream("agent:counter", since="earliest"):
            if event.type == "agent_commands":
                break
        assert (await http.post("/jobs", json={"id": "Not an id", "text": ""})).status_code == 422
        assert (await http.post("/jobs", json={"id": "one", "text": "three small words"})).status_code == 202
        seen = []
        async for position, kind, data in events(http):
            seen.append((position, kind))
            if kind == "task_completed":
                assert '"result": {"words": 3}' in data
                break
        # A viewer that was cut off goes on where it was.
        async for _, kind, data in events(http, since=seen[-1][0]):
            assert (kind, '"status": "idle"' in data) == ("agent_status", True)
            break

        paced = await (await client.command("agent:counter", "set_pace", {"seconds": 0.01})).result()
        assert paced == {"before": 0.0, "now": 0.01}
        await (await client.command("agent:counter", "pause")).result()
        assert (await http.get("/state")).json()["status"] == "paused"
        await http.post("/jobs", json={"id": "two", "text": "one two"})
        await (await client.command("agent:counter", "resume")).result()
        await (await client.command("agent:counter", "cancel")).result()
        async for event in client.stream("agent:counter", since="earliest"):
            if event.type == "agent_status" and event.data["status"] == "cancelled":
                break
        refused = await http.post("/jobs", json={"id": "three", "text": "too late"})
        assert (refused.status_code, refused.json()["detail"]) == (503, "cancelled by user:admin")
