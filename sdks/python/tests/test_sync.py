"""The same without an event loop: calls wait, handlers may call in turn, threads end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from signalbox import GatewayError
from signalbox.agent import agent as agent_module
from signalbox.background import BackgroundLoop
from signalbox.sync import Agent, AgentEnded, Client, CommandCall, CommandError

from .support.gateway import Gateway

SOURCE = str(Path(__file__).parents[1] / "src")


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy with other tests may take longer than people would wait."""
    monkeypatch.setattr(agent_module, "CLOSE_S", 120.0)


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    loop = BackgroundLoop("gateway")
    gateway = Gateway()
    loop.run(gateway.start())
    yield gateway
    loop.run(gateway.stop())
    loop.stop()


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with Client(gateway.url, token=gateway.token) as client:
        yield client


def status(agent_id: str, status: str) -> dict[str, object]:
    return {"type": "agent_status", "data": {"agentId": agent_id, "status": status}}


def test_publish_stream_and_request_wait_for_their_answers(client: Client) -> None:
    first = client.publish(status("s1", "busy"))
    client.publish([status("s1", "idle"), status("s1", "busy")])
    seen = []
    for event in client.stream("agent:s1", since="earliest"):
        seen.append(event.data["status"])
        if len(seen) == 3:
            break
    assert seen == ["busy", "idle", "busy"]
    assert client.request("GET", "/v1/channels/agent:s1")["offset"] == (first.offset or 0) + 2
    with pytest.raises(GatewayError, match="not_found"):
        client.request("GET", "/v1/commands/nobody-gave-it")


def test_handlers_come_in_order_in_a_thread_and_may_call_in_turn(client: Client) -> None:
    heard: list[tuple[str, str]] = []
    both = threading.Event()

    def handler(event: object) -> None:
        head = client.request("GET", "/v1/channels/agent:s2")["offset"]
        heard.append((threading.current_thread().name, str(head)))
        if len(heard) == 2:
            both.set()

    stop = client.on("status", handler)
    watch = client.subscribe_to_agent("s2", ["status"])
    client.publish([status("s2", "busy"), status("s2", "idle")])
    assert both.wait(30)
    assert {name for name, _ in heard} == {"signalbox handlers_0"}
    assert watch.state().status == "live"
    stop()
    watch.stop()


def test_an_agent_is_told_and_asked(gateway: Gateway, client: Client, tmp_path: Path) -> None:
    agent = Agent("s3", url=gateway.url, token=gateway.token, spool=tmp_path, session_id="s")

    @agent.command(title="Add")
    def add(call: CommandCall, first: int, second: int = 1) -> int:
        call.progress(50, "adding")
        # From the thread of a handler the agent can be called as from anywhere.
        agent.log("info", f"adding {first}")
        return first + second

    @agent.command("refuse")
    def refuse(call: CommandCall) -> None:
        raise CommandError("no", "not_today")

    with agent:
        with agent.task("Count") as task:
            task.progress(10)
        agent.memory.set("key", 1)
        child = agent.child("below")
        child.status("running")
        for event in client.stream("agent:s3", since="earliest"):
            if event.type == "agent_commands":
                break
        assert client.command("agent:s3", "add", {"first": 2}).result() == 3
        assert client.command("agent:s3", "refuse").ended().code == "not_today"

        def approve(checkpoint_id: str) -> None:
            threading.Thread(
                target=client.request,
                args=("POST", f"/v1/checkpoints/{checkpoint_id}/decision", {"decision": "approve"}),
            ).start()

        assert agent.ask("Go on?", on_asked=approve).approved
        client.command("agent:s3", "cancel").ended()
        with pytest.raises(AgentEnded):
            agent.proceed()
    assert client.request("GET", "/v1/channels/agent:s3")["snapshot"]["state"]["status"] == "cancelled"
    assert client.request("GET", "/v1/channels/agent:s3%2Fbelow")["snapshot"]["state"]["status"] == "cancelled"


def test_a_command_in_a_thread_is_told_that_the_agent_ends(gateway: Gateway, client: Client, tmp_path: Path) -> None:
    agent = Agent("s4", url=gateway.url, token=gateway.token, spool=tmp_path)
    begun, told = threading.Event(), threading.Event()

    @agent.command
    def forever(call: CommandCall) -> None:
        begun.set()
        call.cancelled.wait(30)
        told.set()

    with agent:
        for event in client.stream("agent:s4", since="earliest"):
            if event.type == "agent_commands":
                break
        client.command("agent:s4", "forever")
        assert begun.wait(30)
    assert told.wait(30)
    with pytest.raises(RuntimeError, match="it was closed"):
        agent.log("info", "too late")


def test_nothing_keeps_a_program_that_ends(gateway: Gateway) -> None:
    for _ in range(3):
        with Client(gateway.url, token=gateway.token) as client:
            client.connect()
    assert [thread for thread in threading.enumerate() if thread.name == "signalbox client"] == []


def test_ctrl_c_ends_a_wait_and_the_agent_says_that_it_was_cancelled(
    gateway: Gateway, client: Client, tmp_path: Path
) -> None:
    program = """
import sys
from signalbox.sync import Agent
with Agent("s5", spool=sys.argv[1]) as agent:
    agent.status("running")
    agent.ask("For ever?", on_asked=lambda _: print("asked", flush=True))
"""
    env = {**os.environ, "PYTHONPATH": SOURCE, "SIGNALBOX_URL": gateway.url, "SIGNALBOX_TOKEN": gateway.token}
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "asked\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert errors.strip().splitlines()[-1] == "KeyboardInterrupt"
    assert client.request("GET", "/v1/channels/agent:s5")["snapshot"]["state"]["status"] == "cancelled"
