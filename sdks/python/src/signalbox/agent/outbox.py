"""A spool and what sends it: events handed in once reach the gateway once."""

import asyncio
from collections.abc import Callable

from ..errors import Problem
from .asking import Gateway
from .sender import Sender, SharedNumbers
from .spool import Spool
from .value import Value


class Outbox:
    def __init__(
        self,
        spool: Spool,
        gateway: Gateway,
        *,
        shared: SharedNumbers | None = None,
        on_refused: Callable[[Problem], None] = lambda _: None,
    ) -> None:
        self._spool = spool
        self._changes = Value(0)
        self._stop_listening = spool.on_change(self._changed)
        self._sender = Sender(spool, gateway, shared=shared, on_change=self._changed, on_refused=on_refused)

    async def settle(self, within_s: float, *, patient: bool = True) -> int:
        """Nothing more is published: waits until the gateway has all, then deletes the spool.

        Gives up after `within_s`, and when the gateway says no rather than nothing, or unless `patient` nothing; then the
        spool stays. Returns how many events are in it.
        """
        refused_before = self._sender.state if self._sender.state.at == "refused" else None
        if refused_before is not None:
            self._sender.retry_now()

        def is_over(_: int) -> bool:
            state = self._sender.state
            is_refused = state.at == "fenced" or (state.at == "refused" and state is not refused_before)
            return self._spool.waiting == 0 or is_refused or (state.at == "waiting" and not patient)

        try:
            await asyncio.wait_for(self._changes.until(is_over), within_s)
        except (asyncio.TimeoutError, TimeoutError):
            # What it has not got by now stays on disk.
            pass
        finally:
            await self._sender.stop()
            self._stop_listening()
        left = self._spool.waiting
        if left == 0:
            self._spool.remove()
        else:
            self._spool.close()
        return left

    def _changed(self) -> None:
        self._changes.touch()
