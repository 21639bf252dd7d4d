"""An event loop in a thread of its own: for programs that have none."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class BackgroundLoop:
    """Lives until `stop`; the thread does not keep the program from ending."""

    def __init__(self, name: str = "signalbox") -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result], timeout_s: float | None = None) -> Result:
        """Its result. A KeyboardInterrupt while it is waited for, or the timeout, cancels the work."""
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("called from a handler: it runs in the loop's own thread, which would wait for itself")
        if self.is_stopped:
            work.close()
            raise RuntimeError("it was closed")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout_s)
        except BaseException:
            future.cancel()
            raise

    @property
    def is_stopped(self) -> bool:
        return self._loop.is_closed() or not self._thread.is_alive()

    def soon(self, call: Callable[..., object], *args: Any) -> None:
        """Calls it in the loop, without waiting."""
        self._loop.call_soon_threadsafe(call, *args)

    def stop(self) -> None:
        """Cancels what still runs there, and ends the thread."""
        if self.is_stopped:
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(_end_all())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            self._loop.close()


async def _end_all() -> None:
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
