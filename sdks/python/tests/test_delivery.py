"""Handlers, fast and slow."""

from __future__ import annotations

import asyncio

import pytest

from signalbox.delivery import Delivery


class Watched:
    """Says whether more may come."""

    def __init__(self, most: int) -> None:
        self.said: list[str] = []
        self.delivery = Delivery(most, self.pause, lambda: self.said.append("resume"))

    def pause(self) -> bool:
        self.said.append("pause")
        return True


async def settled() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


async def test_calls_come_one_after_the_other_ordinary_functions_and_coroutines() -> None:
    seen: list[str] = []
    gate = asyncio.Event()

    async def slow(name: str) -> None:
        await gate.wait()
        seen.append(name)

    delivery = Watched(10).delivery
    delivery.call(slow, "first")
    delivery.call(seen.append, "second")
    await settled()
    assert seen == []
    gate.set()
    await settled()
    assert seen == ["first", "second"]


async def test_a_handler_that_fails_is_reported_and_the_next_is_called(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[int] = []
    delivery = Watched(10).delivery
    delivery.call(lambda: 1 // 0)
    delivery.call(seen.append, 1)
    await settled()
    assert seen == [1]
    assert "ZeroDivisionError" in caplog.text


async def test_over_its_most_the_watch_is_interrupted_until_a_quarter_is_left() -> None:
    watched = Watched(8)
    gate = asyncio.Semaphore(0)

    async def slow(_: int) -> None:
        await gate.acquire()

    for n in range(9):
        watched.delivery.call(slow, n)
    assert watched.said == ["pause"]
    for _ in range(6):
        gate.release()
    await settled()
    assert watched.said == ["pause"]
    gate.release()
    await settled()
    assert watched.said == ["pause", "resume"]
    watched.delivery.stop()


async def test_after_stop_nothing_is_called() -> None:
    seen: list[int] = []
    delivery = Watched(10).delivery
    delivery.call(seen.append, 1)
    delivery.stop()
    delivery.call(seen.append, 2)
    await settled()
    assert seen == []
