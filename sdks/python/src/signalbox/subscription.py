"""What the gateway is asked for by one name, for all watches of that name."""

from __future__ import annotations

import math
from functools import reduce

from .decode import Update
from .outgoing import text_of
from .types import Filter, Json, Position
from .watching import Watching

_POSITIONS_ROOM = 500_000
"""Characters of positions in one request, for the gateway's limit of 1 MiB: about 7,000 channels. The rest of a pattern
comes from its first event again, and what was had is dropped."""


class Subscription:
    def __init__(self, first: Watching) -> None:
        self.name = first.name
        self.pattern = first.pattern
        # A dictionary for its order.
        self.watches: dict[Watching, None] = {}
        self.request: str | None = None
        """The id of the `subscribe` that has no answer yet."""
        self.held = False
        """The gateway has it on the present link, or will once it reads what was sent."""
        self.due = True
        """It must be asked (again), but not before `ask_at_ms`."""
        self.ask_at_ms: float = 0
        self.tries = 0
        """Faults and temporary refusals in a row, and when the last one was."""
        self.tried_ms: float = 0
        self._starting: list[Watching] = []
        """The watches that begin where the present request says."""
        self._earliest = False
        self._filter = ""
        self._begun = 0
        """Of a pattern: channels begun since it was asked, and how many there are."""
        self._channels: float = math.inf

    def add(self, watch: Watching) -> None:
        # What comes already may be all that this watch wants.
        same = not self._filter or self._filter == _key(watch.options.filter)
        for other in self.watches:
            if not watch.complete and watch.since == "now" and other.answered and other.synced:
                watch.join(other, same)
        self.watches[watch] = None
        if not watch.answered or not same or watch.options.complete:
            self.due = True
        else:
            watch.asked = False

    def unlink(self) -> None:
        self.request = None
        self.held = False
        self.due = True
        self.ask_at_ms = 0

    def ask(self, id: str) -> dict[str, Json]:
        """The next request. Watches that begin differently wait for the one after it."""
        watches = list(self.watches)
        for watch in watches:
            watch.unsync()
        news = [watch for watch in watches if not watch.complete]
        since = news[0].since if news else "earliest"
        self.request = id
        self.held = True
        self.due = False
        self._begun = 0
        self._channels = math.inf
        self._earliest = since == "earliest"
        wish = self._wish(watches, news)
        for watch in watches:
            watch.asked = watch.options.snapshot == wish
        self._starting = [watch for watch in news if watch.since == since and (watch.asked or not watch.wants_snapshot)]

        positions = self._positions(watches)
        data: dict[str, Json] = {"channel": self.name, "since": since}
        if self.pattern:
            data["positions"] = positions
        elif not news:
            data["since"] = positions.get(self.name, since)
        filter = watches[0].options.filter if watches else None
        self._filter = _key(filter) if all(_key(each.options.filter) == _key(filter) for each in watches) else ""
        if self._filter and filter is not None:
            data["filter"] = _wire(filter)
        if wish:
            data["snapshot"] = wish
        if any(watch.options.complete for watch in watches):
            data["complete"] = True
        return data

    def begin(self, update: Update) -> bool:
        """A channel's delivery begins. False: it must be asked again, because some watch begins elsewhere."""
        whole = True
        for watch in self.watches:
            if watch.asked is None:
                continue
            starts = watch in self._starting
            if starts or watch.complete or update.channel in watch.places:
                whole = watch.begin(update, starts or self._earliest) and whole
        self._begun += 1
        listed = (self.pattern and self._begun < self._channels) or self._listed()
        return listed and whole

    def announce(self, update: Update) -> bool:
        """The answer for a pattern; its channels begin one by one. False: as above."""
        for watch in self.watches:
            watch.truncated = update.truncated
        # Absent while the gateway still looks: then it comes in a second answer.
        if update.channels is not None:
            self._channels = update.channels
        return self._begun < self._channels or self._listed()

    def _listed(self) -> bool:
        """All channels of the present request have begun. False: another request is needed for other watches."""
        whole = True
        for watch in self.watches:
            if watch.asked is None:
                continue
            if watch in self._starting:
                watch.complete = True
            if watch.complete and (watch.asked or not watch.wants_snapshot):
                watch.wants_snapshot = False
                watch.answered = True
            else:
                whole = False
        return whole

    def _wish(self, watches: list[Watching], news: list[Watching]) -> bool | str:
        """One snapshot comes with an answer: those who want another wait for the next one."""
        for watch in [*news[:1], *watches]:
            if watch.wants_snapshot:
                return watch.options.snapshot
        if self.pattern:
            return False
        # Who has its own gets it again, where that is one state only: else a gap on a slow link comes without, and
        # asking then replays all.
        return next((watch.options.snapshot for watch in watches if watch.options.snapshot), False)

    def _positions(self, watches: list[Watching]) -> dict[str, Json]:
        positions: dict[str, Json] = {}
        room = _POSITIONS_ROOM
        for channel in watches[0].places if watches else ():
            room -= len(channel) + 50
            if room < 0:
                break
            lowest = reduce(_lower, (_position(watch, channel) for watch in watches))
            if lowest is not None and lowest.epoch:
                positions[channel] = {"epoch": lowest.epoch, "offset": lowest.offset}
        return positions


def _position(watch: Watching, channel: str) -> Position | None:
    at = watch.places.get(channel)
    return None if at is None else Position(at.epoch, at.offset)


def _lower(low: Position | None, next: Position | None) -> Position | None:
    """None unless every watch has one."""
    if low is None or next is None:
        return None
    return low if low.epoch == next.epoch and low.offset <= next.offset else next


def _wire(filter: Filter) -> dict[str, Json]:
    wire: dict[str, Json] = {}
    if filter.types is not None:
        wire["types"] = list(filter.types)
    if filter.tags:
        wire["tags"] = {name: each if isinstance(each, str) else list(each) for name, each in filter.tags.items()}
    return wire


def _key(filter: Filter | None) -> str:
    return "" if filter is None else text_of(_wire(filter))
