"""What an agent says, is told and is answered, with a real gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from signalbox import Client, GatewayError
from signalbox.agent import Agent, AgentEnded, CommandCall, CommandError, Decision, LeaseState
from signalbox.agent import agent as agent_module

from .conftest import History, MakeAgent, of_type

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def command(client: Client, agent: Agent, name: str, args: Any = None) -> dict[str, Any]:
    """Gives a command and waits for its end."""
    body = {"target": f"agent:{agent.agent_id}", "name": name}
    given = await client.request("POST", "/v1/commands", body if args is None else {**body, "args": args})
    ended: dict[str, Any] = await client.request("GET", f"/v1/commands/{given['commandId']}?wait=30")
    return ended


async def kept(client: Client, agent: Agent, event_type: str, is_so: Callable[[Any], bool]) -> None:
    """Until the gateway has an event of this type whose data is so."""
    async for event in client.stream(f"agent:{agent.agent_id}", since="earliest", complete=True):
        if event.type == event_type and is_so(event.data):
            return


async def declared(client: Client, agent: Agent, name: str) -> None:
    """Until the gateway knows that the agent understands this."""
    await kept(client, agent, "agent_commands", lambda data: name in [one["name"] for one in data["commands"]])


async def test_what_it_says_is_there_in_order_with_who_it_is(
    make_agent: MakeAgent, agent_id: str, history: History, client: Client
) -> None:
    async with make_agent(agent_id, agent_type="coder", session_id=f"s-{agent_id}") as agent:
        agent.status("running", message="reading")
        with agent.task("Add a form", type="feature") as task:
            task.progress(50, "writing")
            agent.log("info", "wrote it", {"bytes": 12})
            agent.usage(model="large-1", inputTokens=5, costUsd=0.5)
        agent.metric("contextTokens", 12, "tokens")
        agent.error(RuntimeError("no disk"))
        agent.publish("test_result", {"total": 2, "passing": 2, "failing": 0})
        assert await agent.done("all of it") == 0

    events = await history(f"agent:{agent_id}")
    assert [event["type"] for event in events if "producer" in event.get("metadata", {})] == [
        "agent_status",
        "agent_status",
        "agent_task_update",
        "agent_task_update",
        "agent_log",
        "agent_usage",
        "agent_task_update",
        "task_completed",
        "agent_metric",
        "agent_error",
        "test_result",
        "agent_status",
    ]
    task_ids = {data["taskId"] for data in of_type(events, "agent_log", "agent_usage", "agent_task_update")}
    assert task_ids == {task.id}
    (fault,) = of_type(events, "agent_error")
    assert (fault["error"], fault["code"], fault["recoverable"]) == ("no disk", "RuntimeError", True)
    state = (await client.request("GET", f"/v1/channels/agent:{agent_id}"))["snapshot"]["state"]
    assert (state["status"], state["agentType"], state["tasksCompleted"]) == ("done", "coder", 1)
    assert of_type(events, "agent_status")[-1]["message"] == "all of it"
    assert state["lease"]["state"] == "released"


async def test_an_exception_that_leaves_it_is_how_it_failed(
    make_agent: MakeAgent, agent_id: str, history: History
) -> None:
    with pytest.raises(ValueError, match="no idea"):
        async with make_agent(agent_id) as agent:
            with agent.task("Think"):
                raise ValueError("no idea")
    events = await history(f"agent:{agent_id}")
    assert of_type(events, "agent_status")[-1]["status"] == "failed"
    assert of_type(events, "agent_error")[-1]["recoverable"] is False
    assert of_type(events, "task_completed")[-1]["error"] == "no idea"


async def test_without_a_gateway_it_works_and_the_next_process_sends_what_waited_first(
    make_agent: MakeAgent, agent_id: str, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is the same for both: only the way to it is there later."""

    class Away:
        async def request(self, method: str, path: str, json: Any = None) -> Any:
            raise ConnectionRefusedError("nobody there")

        def watch(self, channel: str, **options: Any) -> Any:
            raise AssertionError("nothing is followed before the lease is held")

    monkeypatch.setattr(agent_module, "CLOSE_S", 0.1)
    async with make_agent(agent_id, client=Away()) as agent:
        agent.log("info", "alone")
        agent.log("info", "still alone")
        assert await agent.done() == 4
    monkeypatch.undo()
    async with make_agent(agent_id) as agent:
        agent.log("info", "in company")
        assert await agent.done() == 0
    events = await history(f"agent:{agent_id}")
    assert [data["message"] for data in of_type(events, "agent_log")] == ["alone", "still alone", "in company"]


async def test_pause_resume_and_cancel_do_what_they_say_where_the_program_proceeds(
    make_agent: MakeAgent, agent_id: str, history: History, client: Client
) -> None:
    async with make_agent(agent_id) as agent:
        agent.status("running")
        child = agent.child("helper")
        await declared(client, agent, "pause")
        assert (await command(client, agent, "pause"))["result"] == {"paused": True}
        proceeding = asyncio.create_task(agent.proceed())
        await command(client, agent, "resume")
        await proceeding
        working = asyncio.create_task(agent.run(asyncio.Event().wait()))
        await command(client, agent, "cancel")
        with pytest.raises(AgentEnded, match="cancelled by user:admin") as ended:
            await working
        assert ended.value.code == "cancelled"
        assert child.ended is not None
    statuses = [data["status"] for data in of_type(await history(f"agent:{agent_id}"), "agent_status")]
    assert statuses == ["idle", "running", "paused", "running", "cancelled"]
    below = of_type(await history(f"agent:{agent_id}/helper"), "agent_status")
    assert [data["status"] for data in below] == ["idle", "cancelled"]


async def test_commands_get_their_arguments_by_name_and_say_what_came_of_them(
    make_agent: MakeAgent, agent_id: str, client: Client
) -> None:
    agent = make_agent(agent_id)

    @agent.command("add_tests", title="Write more tests")
    async def add_tests(call: CommandCall, file: str, count: int = 1, style: Literal["short", "long"] = "short") -> Any:
        call.progress(50, "writing")
        return {"file": file, "count": count, "style": style, "by": call.issued_by}

    @agent.command
    def refuse(call: CommandCall) -> None:
        raise CommandError("not today", "closed_on_sundays")

    @agent.command
    async def strange(call: CommandCall) -> object:
        return object()

    @agent.command("raw", args={"type": "object"})
    def raw(call: CommandCall) -> Any:
        return call.args

    async with agent:
        await declared(client, agent, "raw")
        done = await command(client, agent, "add_tests", {"file": "a.py"})
        assert (done["state"], done["progress"]) == ("done", 50)
        assert done["result"] == {"file": "a.py", "count": 1, "style": "short", "by": "user:admin"}
        with pytest.raises(GatewayError, match="invalid_message"):
            await command(client, agent, "add_tests", {"file": 7})
        with pytest.raises(GatewayError, match="invalid_message"):
            await command(client, agent, "nobody_knows_it")
        refused = await command(client, agent, "refuse")
        assert (refused["state"], refused["error"], refused["code"]) == ("failed", "not today", "closed_on_sundays")
        assert (await command(client, agent, "strange"))["code"] == "invalid_result"
        assert (await command(client, agent, "raw", {"any": [1]}))["result"] == {"any": [1]}


async def test_a_command_under_way_is_cut_off_when_the_agent_ends(
    make_agent: MakeAgent, agent_id: str, client: Client
) -> None:
    begun = asyncio.Event()
    agent = make_agent(agent_id)

    @agent.command
    async def forever(call: CommandCall) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with agent:
        await declared(client, agent, "forever")
        given = asyncio.create_task(command(client, agent, "forever"))
        await begun.wait()
    ended = await given
    assert (ended["state"], ended["code"]) == ("failed", "interrupted")


async def test_a_lease_that_ended_is_taken_again_and_it_says_again_what_it_does(
    make_agent: MakeAgent, agent_id: str, client: Client, history: History
) -> None:
    async with make_agent(agent_id, ttl_ms=1_000) as agent:
        agent.status("running")
        first = await lease_is(agent, lambda lease: lease.state == "held")
        await kept(client, agent, "agent_status", lambda data: data["status"] == "running")
        await client.request("DELETE", f"/v1/leases/agent:{agent_id}?producer={agent_id}&epoch={first.epoch}")
        second = await lease_is(agent, lambda lease: lease.state == "held" and lease.epoch != first.epoch)
        assert (first.epoch or 0) < (second.epoch or 0)
        agent.log("info", "here again")
        await kept(client, agent, "agent_status", lambda data: data.get("previousStatus") == "lost")
        assert await agent.done() == 0
    events = await history(f"agent:{agent_id}")
    assert {"status": "running", "previousStatus": "lost"}.items() <= of_type(events, "agent_status")[-2].items()
    log = next(event for event in events if event["type"] == "agent_log")
    assert log["metadata"]["producer"]["epoch"] == second.epoch


async def test_one_whose_place_another_takes_learns_it_and_says_nothing_more(
    make_agent: MakeAgent, agent_id: str, history: History, client: Client
) -> None:
    holders: list[Any] = []
    async with make_agent(agent_id, ttl_ms=1_000, on_fenced=holders.append) as first:
        await lease_is(first, lambda lease: lease.state == "held")
        async with make_agent(agent_id, producer="another", take_over=True) as second:
            await lease_is(second, lambda lease: lease.state == "held")
            with pytest.raises(AgentEnded) as ended:
                await first.run(asyncio.Event().wait())
            assert ended.value.code == "fenced"
            first.log("info", "nobody hears it")
            assert [one.producer for one in holders] == ["another"]
            second.log("info", "mine")
    logs = of_type(await history(f"agent:{agent_id}"), "agent_log")
    assert [data["message"] for data in logs] == ["mine"]


async def test_people_are_asked_waited_for_and_told_that_it_was_applied(
    make_agent: MakeAgent, agent_id: str, history: History, client: Client
) -> None:
    question = f"deploy-{agent_id}"
    async with make_agent(agent_id) as agent:
        agent.status("running")
        asked: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        asking = asyncio.create_task(
            agent.ask("Deploy?", {"changes": 3}, id=question, risk="high", on_asked=asked.set_result)
        )
        path = f"/v1/checkpoints/{await asked}/decision"
        await client.request("POST", path, {"decision": "approve", "reason": "as planned"})
        decision = await asking
        assert decision == Decision(question, "approve", "decided", "user:admin", None, "as planned", applied=False)
        await agent.applied(question, {"version": 42})
        await agent.applied(question, {"version": 42})

    # Another process that asks the same finds the answer, and that it was acted on.
    async with make_agent(agent_id) as agent:
        again = await agent.ask("Deploy?", {"changes": 3}, id=question)
        assert (again.approved, again.applied) == (True, True)
        with pytest.raises(GatewayError, match="already_exists"):
            await agent.ask("Deploy?", {"changes": 4}, id=question)
    statuses = [data["status"] for data in of_type(await history(f"agent:{agent_id}"), "agent_status")]
    assert statuses[:4] == ["idle", "running", "waiting_approval", "running"]


async def test_a_cancelled_agent_withdraws_its_question(make_agent: MakeAgent, agent_id: str, client: Client) -> None:
    question = f"q-{agent_id}"
    async with make_agent(agent_id) as agent:
        await declared(client, agent, "cancel")
        asked: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        asking = asyncio.create_task(agent.ask("Go on?", id=question, on_asked=asked.set_result))
        await asked
        await command(client, agent, "cancel")
        with pytest.raises(AgentEnded):
            await asking
    assert (await client.request("GET", f"/v1/checkpoints/{question}"))["state"] == "withdrawn"


async def test_memory_is_numbered_over_the_lives_of_an_agent(
    make_agent: MakeAgent, agent_id: str, history: History
) -> None:
    for value in ("two spaces", "no tabs"):
        async with make_agent(agent_id, session_id=f"s-{agent_id}") as agent:
            agent.memory.set("conventions", value)
    async with make_agent(agent_id) as agent:
        with pytest.raises(ValueError, match="session_id"):
            agent.memory.delete("conventions")
    entries = of_type(await history(f"session:s-{agent_id}"), "memory_update")
    assert [(one["value"], one["version"]) for one in entries] == [("two spaces", 1), ("no tabs", 2)]


async def test_what_cannot_be_kept_on_disk_is_said_at_the_start(
    make_agent: MakeAgent, agent_id: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Not a directory"):
        await make_agent(agent_id, spool=tmp_path / "file").start()


async def test_before_the_start_it_says_what_is_to_be_done() -> None:
    with pytest.raises(RuntimeError, match="start the agent first"):
        Agent("early").log("info", "too soon")
    with pytest.raises(ValueError, match="not an agent's id"):
        Agent("no spaces please")


async def lease_is(agent: Agent, is_so: Any) -> LeaseState:
    """The first state of its lease of which this is so."""
    return await agent._lease.state.until(is_so)
