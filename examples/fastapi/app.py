"""A service whose jobs people can watch, pause and cancel: `uvicorn app:app`. SIGNALBOX_URL and SIGNALBOX_TOKEN say where."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import FastAPI, Header, HTTPException
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from signalbox import Client, GatewayError, Publication
from signalbox.agent import Agent, AgentEnded, CommandCall

AGENT_ID = "counter"
JOBS_AT_MOST = 100
"""That wait; one more is refused with 503."""

agent = Agent(AGENT_ID, agent_type="service", name="Word counter")
client = Client(
    os.environ.get("SIGNALBOX_URL", "http://127.0.0.1:7400"), token=os.environ.get("SIGNALBOX_TOKEN"), name="fastapi"
)
jobs: asyncio.Queue["Job"] = asyncio.Queue(JOBS_AT_MOST)
pace = 0.0
"""Seconds between two words, as people set it."""


class Job(BaseModel):
    """Count the words of a text."""

    id: str = Field(pattern="^[a-z0-9-]{1,40}$")
    text: str = Field(max_length=10_000)


@agent.command(title="Set the pace", description="Seconds that each word takes.")
def set_pace(call: CommandCall, seconds: float) -> dict[str, float]:
    global pace
    before, pace = pace, max(0.0, min(seconds, 10.0))
    return {"before": before, "now": pace}


async def work() -> None:
    """One job after the other; pause and cancel take effect between two words."""
    while True:
        job = await agent.run(jobs.get())
        agent.status("running", message=job.id)
        words = job.text.split()
        with agent.task(f"Count {job.id}", id=job.id) as task:
            for number, word in enumerate(words, start=1):
                await agent.proceed()
                await asyncio.sleep(pace)
                task.progress(100 * number / len(words), word)
            task.done({"words": len(words)})
        agent.status("idle")


async def until_cancelled() -> None:
    try:
        await work()
    except AgentEnded:
        # Whoever cancelled it sees that it is: no more jobs are taken.
        await agent.close()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with client, agent:
        working = asyncio.create_task(until_cancelled())
        yield
        working.cancel()


app = FastAPI(title="Word counter", lifespan=lifespan)


@app.post("/jobs", status_code=202)
async def start(job: Job) -> dict[str, str]:
    """Its events come from `/events`."""
    if agent.ended is not None:
        raise HTTPException(503, str(agent.ended))
    try:
        jobs.put_nowait(job)
    except asyncio.QueueFull:
        raise HTTPException(503, f"{JOBS_AT_MOST} jobs wait already; come back later") from None
    return {"id": job.id}


@app.get("/state")
async def state() -> Any:
    """What the gateway folded of the agent's events: also what happened before this process began."""
    try:
        channel = await client.request("GET", f"/v1/channels/agent:{AGENT_ID}")
    except GatewayError as error:
        raise HTTPException(error.status or 502, str(error)) from None
    return channel["snapshot"]["state"]


@app.get("/events")
async def events(last_event_id: Annotated[str | None, Header()] = None) -> StreamingResponse:
    """Server-Sent Events for browsers, which need no token of the gateway; EventSource resumes by itself."""
    return StreamingResponse(
        stream(last_event_id or "earliest"),
        media_type="text/event-stream",
        # nginx passes on each event as it comes.
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def stream(since: str) -> AsyncIterator[str]:
    """Of the gateway's events those that visitors may see, without who gave a command and the like."""
    yield ": connected\n\n"
    async for event in client.stream(f"agent:{AGENT_ID}", since=since, on_gap=lambda channel, gap: None):
        if event.type in ("agent_status", "agent_task_update", "task_completed"):
            yield said(event)


def said(event: Publication) -> str:
    return f"id: {event.position}\nevent: {event.type}\ndata: {json.dumps(event.data)}\n\n"
