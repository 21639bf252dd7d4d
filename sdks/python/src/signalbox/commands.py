"""Commands as people follow them: published like any event, then their channel is watched from there (spec §10)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from .errors import GatewayError
from .types import Filter, Gap, Json, Publication, Published, WatchState

if TYPE_CHECKING:
    from .client import Client

CommandState = Literal["queued", "delivered", "started", "done", "failed", "expired", "cancelled"]

_ORDER: tuple[CommandState, ...] = ("queued", "delivered", "started")
_ENDS: tuple[CommandState, ...] = ("done", "failed", "expired", "cancelled")
_STATES: dict[str, CommandState] = {state: state for state in (*_ORDER, *_ENDS)}
_TYPES = [f"command_{step}" for step in (*_ORDER, "progress", *_ENDS)]
"""Who follows commands asks for all of these, so that those of one channel share a delivery."""
_WAIT_S = 5
"""Where the channel may not be watched, one question to the gateway waits so long for the end."""
_RETRY_S = 1.0


@dataclass(frozen=True)
class CommandView:
    """A command as far as it is known."""

    command_id: str
    target: str
    name: str
    args: Json = None
    state: CommandState = "queued"
    progress: float | None = None
    """0 to 100."""
    message: str | None = None
    result: Json = None
    error: str | None = None
    """Why it failed, and the stable name of that."""
    code: str | None = None
    reason: str | None = None
    """Why it was taken back."""

    @property
    def has_ended(self) -> bool:
        return self.state in _ENDS


class CommandFailedError(Exception):
    """A command ended without being done."""

    def __init__(self, view: CommandView) -> None:
        super().__init__(f"{view.name} of {view.target} {view.state}: {view.error or view.reason or 'no reason given'}")
        self.view = view


def after(view: CommandView, step: str, data: Mapping[str, Json]) -> CommandView:
    """The picture after a step or an answer of the gateway; what comes late changes nothing."""
    state = _STATES["started" if step == "progress" else step]
    if view.has_ended or (state in _ORDER and _ORDER.index(state) < _ORDER.index(view.state)):
        return view
    told = {name: data[name] for name in ("progress", "message", "result", "error", "code", "reason") if name in data}
    return replace(view, state=state, **told)


class CommandHandle:
    """A command that was given. It outlives a lost link and a restart of the gateway, and is never given twice."""

    def __init__(self, client: Client, view: CommandView, kept: Published) -> None:
        self._client = client
        self._view = view
        self._changed: set[asyncio.Event] = set()
        self._fault: GatewayError | None = None
        self._looking: asyncio.Task[None] | None = None
        position = kept.position
        self._watch = client.watch(
            view.target,
            since="now" if position is None else position,
            filter=Filter(types=_TYPES),
            on_event=self._step,
            on_gap=self._gap,
            on_state=None if position is not None else self._live,
            on_error=lambda _: self._look(until_end=True),
        )

    @property
    def command_id(self) -> str:
        return self._view.command_id

    @property
    def view(self) -> CommandView:
        return self._view

    async def states(self) -> AsyncIterator[CommandView]:
        """Each picture of the command from now to its end; of several since the last one, the newest."""
        changed = asyncio.Event()
        self._changed.add(changed)
        try:
            while True:
                changed.clear()
                view = self._view
                yield view
                if view.has_ended:
                    return
                while view is self._view:
                    if self._fault is not None:
                        raise self._fault
                    await changed.wait()
                    changed.clear()
        finally:
            self._changed.discard(changed)

    async def ended(self) -> CommandView:
        """How it ended, whatever that is; waits while there is no link."""
        async for view in self.states():
            if view.has_ended:
                return view
        return self._view

    async def result(self) -> Json:
        """What the target answered; raises CommandFailedError if it did not get done."""
        view = await self.ended()
        if view.state != "done":
            raise CommandFailedError(view)
        return view.result

    async def cancel(self, reason: str | None = None) -> None:
        """Takes it back; raises GatewayError `wrong_state` if it was started."""
        data = {"commandId": self.command_id} if reason is None else {"commandId": self.command_id, "reason": reason}
        await self._client.publish({"type": "command_cancelled", "channel": self._view.target, "data": data})

    def _step(self, event: Publication) -> None:
        if isinstance(event.data, dict) and event.data.get("commandId") == self.command_id:
            self._show(event.type.removeprefix("command_"), event.data)

    def _show(self, state: str, data: Mapping[str, Json]) -> None:
        self._view = after(self._view, state, data)
        self._tell()
        if self._view.has_ended:
            self._watch.stop()

    def _tell(self) -> None:
        for changed in self._changed:
            changed.set()

    def _gap(self, _: str, gap: Gap) -> None:
        # What is missing may have been a step of it, unless this viewer is only slow.
        if gap.reason != "slow":
            self._look(until_end=False)

    def _live(self, state: WatchState) -> None:
        if state.status == "live":
            self._look(until_end=False)

    def _look(self, until_end: bool) -> None:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._ask(until_end))

    async def _ask(self, until_end: bool) -> None:
        wait = _WAIT_S if until_end else 0
        while not self._view.has_ended:
            try:
                found = await self._client.request("GET", f"/v1/commands/{self.command_id}?wait={wait}")
                self._show(str(found["state"]), found)
                if not until_end:
                    return
            except GatewayError as error:
                if not error.temporary:
                    self._fault = error
                    self._tell()
                    return
                await asyncio.sleep(_RETRY_S)


def draft(view: CommandView, ttl_ms: int | None, new_id: Callable[[], str]) -> dict[str, Json]:
    """The event that gives a command."""
    data: dict[str, Json] = {"commandId": view.command_id, "target": view.target, "name": view.name}
    if view.args is not None:
        data["args"] = view.args
    if ttl_ms is not None:
        data["ttlMs"] = ttl_ms
    return {"id": new_id(), "type": "command_queued", "channel": view.target, "data": data}
