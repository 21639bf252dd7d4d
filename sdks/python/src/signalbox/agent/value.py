"""A state that changes and tells who listens."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

State = TypeVar("State")


class Value(Generic[State]):
    """Belongs to one event loop."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._listeners: list[Callable[[], None]] = []

    def get(self) -> State:
        return self._state

    def set(self, state: State) -> None:
        self._state = state
        self.touch()

    def touch(self) -> None:
        """Those who wait look again."""
        for listener in list(self._listeners):
            listener()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Calls it after each change. Returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    async def until(self, is_so: Callable[[State], bool]) -> State:
        """The first state, from now on, of which this is so."""
        reached: asyncio.Future[State] = asyncio.get_running_loop().create_future()

        def look() -> None:
            if not reached.done() and is_so(self._state):
                reached.set_result(self._state)

        stop = self.subscribe(look)
        try:
            look()
            return await reached
        finally:
            stop()
