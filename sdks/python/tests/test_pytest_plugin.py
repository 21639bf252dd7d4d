"""The plugin in pytest runs of its own, with a real gateway and without one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from signalbox import Client

from .support.gateway import Gateway

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.asyncio(loop_scope="module")

SUITE = """
import pytest

def test_passes(): pass
def test_fails():
    assert 1 == 2, "not the same"
@pytest.mark.skip(reason="later")
def test_skipped(): pass
@pytest.mark.xfail
def test_known(): assert False
@pytest.fixture
def broken(): raise RuntimeError("no database")
def test_without_its_fixture(broken): pass
@pytest.fixture
def leaves_a_mess():
    yield
    raise RuntimeError("not cleaned up")
def test_and_its_end(leaves_a_mess): pass
"""
SOURCE = str(Path(__file__).parents[1] / "src")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway() -> AsyncIterator[Gateway]:
    gateway = Gateway()
    await gateway.start()
    yield gateway
    await gateway.stop()


def run(pytester: pytest.Pytester, gateway: Gateway, *args: str) -> subprocess.CompletedProcess[str]:
    """pytest as a user runs it, with the plugin as an installed package brings it.

    But for its patience: a machine that is busy with other tests may take longer than people would wait.
    """
    if args:
        pytester.makeconftest("from signalbox import run_reporter\nrun_reporter.FINISH_S = 120.0")
    env = {
        "PATH": os.environ["PATH"],
        # A file that is written again within a second looks the same to the cache of bytecode.
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": SOURCE,
        "XDG_STATE_HOME": str(pytester.path / "state"),
        "SIGNALBOX_URL": gateway.url,
        "SIGNALBOX_TOKEN": gateway.token,
    }
    command = [sys.executable, "-m", "pytest", "-p", "signalbox_pytest", *args]
    return subprocess.run(command, cwd=pytester.path, env=env, capture_output=True, text=True, check=False)


async def channel_of(gateway: Gateway, channel: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Its events, and its state as the gateway folds it."""
    async with Client(gateway.url, token=gateway.token) as client:
        page = await client.request("GET", f"/v1/channels/{channel}/events?limit=1000")
        told = await client.request("GET", f"/v1/channels/{channel}?reducer=tdd")
    return page["events"], told["snapshot"]["state"]


async def test_each_test_is_told_and_the_gateway_folds_them(pytester: pytest.Pytester, gateway: Gateway) -> None:
    pytester.makepyfile(test_suite=SUITE)
    ended = run(pytester, gateway, "--signalbox", "agent:one")
    assert ended.returncode == 1
    assert f"signalbox: reported to agent:one at {gateway.url}" in ended.stdout
    events, state = await channel_of(gateway, "agent:one")
    tests = [event["data"]["test"] for event in events if "test" in event["data"]]
    assert [(test["name"].split("::")[1], test["outcome"]) for test in tests] == [
        ("test_passes", "passed"),
        ("test_fails", "failed"),
        ("test_skipped", "skipped"),
        ("test_known", "skipped"),
        ("test_without_its_fixture", "failed"),
        ("test_and_its_end", "failed"),
    ]
    assert {test["file"] for test in tests} == {"test_suite.py"}
    counts = {name: state["run"][name] for name in ("total", "passing", "failing", "skipped")}
    assert counts == {"total": 4, "passing": 1, "failing": 3, "skipped": 2}
    failing = {one["name"].split("::")[1]: one for one in state["failures"]["items"]}
    assert set(failing) == {"test_fails", "test_without_its_fixture", "test_and_its_end"}
    assert "not the same" in failing["test_fails"]["message"]
    assert failing["test_fails"]["line"] == 5
    assert state["phase"] == "red"


async def test_the_phase_turns_green_once_and_red_again(pytester: pytest.Pytester, gateway: Gateway) -> None:
    suite = pytester.makepyfile(test_suite="def test_it(): assert False")
    for body in ("assert False", "pass", "pass", "assert False"):
        suite.write_text(f"def test_it(): {body}")
        run(pytester, gateway, "--signalbox=session:two")
    events, state = await channel_of(gateway, "session:two")
    changes = [event["data"] for event in events if event["type"] == "tdd_phase_change"]
    assert [(one["previousPhase"], one["currentPhase"]) for one in changes] == [
        (None, "red"),
        ("red", "green"),
        ("green", "red"),
    ]
    assert {one["sessionId"] for one in changes} == {"two"}
    assert len({event["data"]["runId"] for event in events if event["type"] == "test_result"}) == 4
    assert state["phase"] == "red"


async def test_workers_of_xdist_are_one_run(pytester: pytest.Pytester, gateway: Gateway) -> None:
    pytester.makepyfile(
        test_suite="import pytest\n@pytest.mark.parametrize('n', range(20))\ndef test_it(n): assert n != 7"
    )
    ended = run(pytester, gateway, "--signalbox", "process:three", "-p", "xdist", "-n", "2")
    assert ended.returncode == 1
    events, state = await channel_of(gateway, "process:three")
    assert len([event for event in events if "test" in event["data"]]) == 20
    assert (state["run"]["total"], state["run"]["failing"]) == (20, 1)
    assert [one["name"] for one in state["failures"]["items"]] == ["test_suite.py::test_it[7]"]


async def test_a_file_that_does_not_load_is_a_failure(pytester: pytest.Pytester, gateway: Gateway) -> None:
    pytester.makepyfile(test_broken="import nothing_of_this_name")
    ended = run(pytester, gateway, "--signalbox")
    assert ended.returncode == 2
    _, state = await channel_of(gateway, f"agent:pytest-{pytester.path.name}")
    (failure,) = state["failures"]["items"]
    assert failure["name"] == "test_broken.py"
    assert "nothing_of_this_name" in failure["message"]


async def test_without_a_gateway_the_run_is_as_ever_and_the_next_one_tells_of_both(
    pytester: pytest.Pytester, gateway: Gateway
) -> None:
    suite = pytester.makepyfile(test_suite="def test_it(): assert False")
    await gateway.kill9()
    away = run(pytester, gateway, "--signalbox", "agent:four")
    assert away.returncode == 1
    assert "3 events wait on disk" in away.stdout
    suite.write_text("def test_it(): pass")
    await gateway.start()
    run(pytester, gateway, "--signalbox", "agent:four")
    events, state = await channel_of(gateway, "agent:four")
    phases = [event["data"]["currentPhase"] for event in events if event["type"] == "tdd_phase_change"]
    assert phases == ["red", "green"]
    assert (len(events), state["phase"], state["run"]["passing"]) == (6, "green", 1)
    assert list(pytester.path.glob("state/signalbox/spool/*")) == []


async def test_what_cannot_be_reported_changes_nothing_about_the_run(
    pytester: pytest.Pytester, gateway: Gateway
) -> None:
    pytester.makepyfile(test_suite="def test_it(): pass")
    (pytester.path / "state").write_text("not a folder")
    ended = run(pytester, gateway, "--signalbox", "agent:five")
    assert ended.returncode == 0
    assert "signalbox: not reported: " in ended.stdout
    wrong = run(pytester, gateway, "--signalbox", "workflow:six")
    assert wrong.returncode == 4
    assert "not agent:ID, session:ID or process:ID" in wrong.stderr


async def test_without_the_option_nothing_is_imported(pytester: pytest.Pytester, gateway: Gateway) -> None:
    pytester.makepyfile(test_suite="import sys\ndef test_it(): assert 'signalbox' not in sys.modules")
    assert run(pytester, gateway).returncode == 0
