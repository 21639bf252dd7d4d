"""The commands of a channel: those that are open, and those that are given from then on."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ..client import Watch
from ..errors import GatewayError, Problem
from ..types import Filter, Gap, Publication, WatchState
from .asking import Gateway, ask, member, retry_s

TYPES = ("command_queued", "command_cancelled", "command_expired")
PAGE_SIZE = 100


@dataclass(frozen=True)
class Given:
    """A command that was given."""

    command_id: str
    name: str
    args: Any
    """As the target's declaration allows them; None if none were given."""
    issued_by: str
    """`KIND:ID`."""


class CommandFeed:
    def __init__(
        self,
        gateway: Gateway,
        channel: str,
        *,
        on_given: Callable[[Given], None],
        on_withdrawn: Callable[[str], None],
        on_refused: Callable[[Problem], None],
    ) -> None:
        """`on_given` may come more than once. `on_withdrawn`: taken back, or it waited too long. `on_refused`: the channel may
        not be followed."""
        self._gateway = gateway
        self._channel = channel
        self._on_given = on_given
        self._on_withdrawn = on_withdrawn
        self._on_refused = on_refused
        self._watch: Watch | None = None
        self._live = False
        self._listing: asyncio.Task[None] | None = None
        self._again = False
        """Something may have been missed: list once more."""

    def look(self) -> None:
        """Tells all that are open, now or as soon as the channel is followed."""
        self._again = True
        if self._watch is None:
            self._watch = self._gateway.watch(
                self._channel,
                since="now",
                filter=Filter(types=TYPES),
                on_event=self._take,
                on_gap=self._gap,
                on_state=self._changed,
                on_error=self._error,
            )
        elif self._live:
            self._list()

    def stop(self) -> None:
        if self._watch is not None:
            self._watch.stop()
        if self._listing is not None:
            self._listing.cancel()

    def _take(self, event: Publication) -> None:
        if event.type == "command_queued":
            given = given_in(event.data)
            if given is not None:
                self._on_given(given)
        else:
            command_id = member(event.data, "commandId")
            if isinstance(command_id, str):
                self._on_withdrawn(command_id)

    def _gap(self, channel: str, gap: Gap) -> None:
        self.look()

    def _changed(self, state: WatchState) -> None:
        # Before that, what is given might be neither in the list nor in what follows.
        if state.status == "live" and not self._live:
            self._live = True
            self._list()

    def _error(self, error: Exception) -> None:
        if isinstance(error, GatewayError):
            self._on_refused(error.problem)

    def _list(self) -> None:
        if self._listing is None or self._listing.done():
            self._listing = asyncio.create_task(self._all_pages(), name="signalbox commands")

    async def _all_pages(self) -> None:
        tries = 0
        while self._again:
            self._again = False
            problem = await self._pages()
            if problem is None:
                tries = 0
                continue
            self._again = True
            tries += 1
            await asyncio.sleep(retry_s(tries, problem))

    async def _pages(self) -> Problem | None:
        after = ""
        while True:
            query = urlencode({"target": self._channel, "state": "open", "limit": PAGE_SIZE, "after": after})
            answer = await ask(self._gateway, "GET", f"/v1/commands?{query}")
            if isinstance(answer, Problem):
                return answer
            commands = member(answer, "commands")
            for listed in commands if isinstance(commands, list) else []:
                given = given_in(listed) if member(listed, "state") in ("queued", "delivered") else None
                if given is not None:
                    self._on_given(given)
            after = member(answer, "next")
            if not isinstance(after, str):
                return None


def given_in(data: object) -> Given | None:
    """From the data of `command_queued`, or a listed command."""
    command_id, name, issued_by = (member(data, key) for key in ("commandId", "name", "issuedBy"))
    if not isinstance(command_id, str) or not isinstance(name, str):
        return None
    return Given(command_id, name, member(data, "args"), issued_by if isinstance(issued_by, str) else "")
