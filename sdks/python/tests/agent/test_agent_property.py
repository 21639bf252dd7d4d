"""Logs, commands, lost requests and answers, lost leases, an absent gateway and crashes, in any order.

What was said is kept once and in order; what was told was done at most once, and its end is known.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalbox.agent import Agent, CommandCall
from signalbox.agent.owner import NOBODY
from signalbox.agent.spool import Spool
from signalbox.agent.spool_files import read_about, write_about

from .model_gateway import ModelGateway
from .virtual_time import run_in_virtual_time

action = st.one_of(
    st.tuples(st.just("log"), st.integers(1, 4)),
    st.tuples(st.just("log"), st.integers(1, 4)),
    st.tuples(st.just("command"), st.just(0)),
    st.tuples(st.just("request"), st.integers(0, 3)),
    st.tuples(st.just("answer"), st.integers(0, 3)),
    st.tuples(st.just("answer"), st.integers(0, 3)),
    st.tuples(st.just("both"), st.integers(0, 2)),
    st.tuples(st.just("lease"), st.just(0)),
    st.tuples(st.sampled_from(["away", "back"]), st.just(0)),
    st.tuples(st.just("crash"), st.just(0)),
    st.tuples(st.just("pass"), st.sampled_from([1, 30, 400, 6_000, 40_000])),
    st.tuples(st.just("pass"), st.sampled_from([1, 30, 400, 6_000, 40_000])),
)


@pytest.fixture(autouse=True, scope="module")
def quick_disk() -> Iterator[None]:
    """Nobody cuts the power here; and a thread that syncs would not keep to virtual time."""
    patch = pytest.MonkeyPatch()
    patch.setattr(os, "fsync", lambda _: None)
    patch.setattr(Spool, "_sync_aside", lambda _, file: os.close(file))
    yield
    patch.undo()


class World:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.gateway = ModelGateway()
        self.said = 0
        self.given = 0
        self.done: list[str] = []
        """Commands that were carried out, once for each time."""

    async def start(self) -> None:
        # Whatever is alive before it belongs to the test, not to the agent that may crash.
        self.others = asyncio.all_tasks()
        self.agent = Agent("a", url="http://model", spool=self.root, client=self.gateway)

        @self.agent.command("do")
        async def do(call: CommandCall) -> None:
            self.done.append(call.command_id)
            await asyncio.sleep(0.05)

        await self.agent.start()

    async def crash(self) -> None:
        """As SIGKILL: no line of it runs any more, and what it wrote is there for the next one."""
        rest = asyncio.all_tasks() - self.others
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        for directory in self.root.iterdir():
            about = read_about(directory)
            if about is not None:
                write_about(directory, replace(about, owner=NOBODY))
        self.gateway.watchers.clear()

    async def act(self, kind: str, amount: int) -> None:
        gateway = self.gateway
        if kind == "log":
            for _ in range(amount):
                self.said += 1
                self.agent.log("info", str(self.said))
        elif kind == "command" and not gateway.away:
            self.given += 1
            gateway.give(f"c{self.given}")
        elif kind in ("request", "answer"):
            gateway.faults += [None] * amount + [kind]
        elif kind == "both":
            # A command comes while nobody knows whether the lines before it were kept.
            for each, how_many in (("answer", 0), ("log", amount + 1), ("pass", 1), ("command", 0)):
                await self.act(each, how_many)
        elif kind == "lease":
            gateway.lose_lease()
        elif kind in ("away", "back"):
            gateway.away = kind == "away"
        elif kind == "crash":
            await self.crash()
            await self.start()
        elif kind == "pass":
            await asyncio.sleep(amount / 1_000)

    async def end(self) -> None:
        """Nothing goes wrong any more: all is told, and every command has its end."""
        self.gateway.away = False
        self.gateway.faults.clear()
        await asyncio.sleep(120)
        assert await self.agent.done() == 0


async def play(actions: list[tuple[str, int]], root: Path) -> World:
    world = World(root)
    await world.start()
    for kind, amount in actions:
        await world.act(kind, amount)
    await world.end()
    return world


def check(actions: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = run_in_virtual_time(play(actions, Path(folder)))
        left = [path for path in Path(folder).iterdir() if path.is_dir()]
    logs = [int(event["data"]["message"]) for event in world.gateway.events if event["type"] == "agent_log"]
    assert logs == list(range(1, world.said + 1))
    assert left == []
    assert sorted(set(world.done)) == sorted(world.done), "carried out twice"
    assert set(world.done) <= set(world.gateway.begun)
    states: dict[str, Any] = {one.id: one.state for one in world.gateway.commands.values()}
    assert set(states.values()) <= {"done", "interrupted"}, states
    assert len(world.gateway.begun) == world.given


@given(actions=st.lists(action, min_size=10, max_size=40))
@settings(max_examples=100)
def test_whatever_happens_nothing_is_lost_doubled_or_done_twice(actions: list[tuple[str, int]]) -> None:
    check(actions)


def test_an_answer_that_was_lost_with_the_lease_is_found_in_the_history() -> None:
    """Sent again in the new epoch without a look at it, the batch would be there twice."""
    check([("pass", 400), ("answer", 0), ("log", 3), ("pass", 30), ("lease", 0), ("pass", 40_000), ("log", 1)])


def test_what_a_crash_left_unanswered_is_found_there_too() -> None:
    check([("pass", 400), ("answer", 0), ("log", 3), ("pass", 30), ("crash", 0), ("log", 2), ("pass", 6_000)])


def test_a_command_waits_until_the_fate_of_what_was_sent_before_it_is_known() -> None:
    check([("pass", 400), ("both", 2), ("pass", 6_000), ("both", 0), ("pass", 6_000)])
