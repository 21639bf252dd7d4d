"""One watch's view of its channels: where it is in each, and what it has been told.

Several watches may share one subscription, and a channel and a pattern one delivery. So each watch takes from a
delivery only what continues its own position; what it had is dropped, what does not continue is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from .channels import is_pattern
from .decode import Update
from .effects import Events, GapSaid, NoSnapshot, Refused, SnapshotCame, StateChanged, WatchEffect
from .errors import Problem
from .outgoing import text_of
from .transport import Message
from .types import Filter, Gap, Json, Position, Publication, WatchState, WatchStatus


@dataclass(frozen=True)
class WatchOptions:
    since: Json | Position = "now"
    positions: Mapping[str, Position] = field(default_factory=dict)
    filter: Filter | None = None
    snapshot: bool | str = False
    complete: bool = False


@dataclass
class Place:
    """Where a watch is in one channel. An empty epoch: before the first event of a channel that has none yet."""

    epoch: str = ""
    offset: int = 0
    head: int = 0
    """The newest offset there is, as far as it was told and not reached yet; else 0."""
    synced: bool = False
    """The delivery, as it was last asked for, continues this position. Until it does, what is said without offsets in
    sequence is about somebody else's delivery, with another filter or from elsewhere."""


class Watching:
    def __init__(self, name: str, options: WatchOptions, tell: Callable[[WatchEffect], object]) -> None:
        self.name = name
        self.options = options
        self.pattern = is_pattern(name)
        self.places: dict[str, Place] = {}
        self.since: Json | Position = options.since
        """Where it begins in channels without a place."""
        self.answered = False
        """Has its answer on the present link."""
        self.wants_snapshot = options.snapshot is not False
        self.asked: bool | None = None
        """Its snapshot is what the present request asks for. None: that request is older than this watch, so its answer
        says nothing to it."""
        self.truncated = False
        self.paused = False
        """Nothing is wanted for it until its handlers have caught up."""
        self.problem: Problem | None = None
        self.status: WatchStatus = "offline"
        """As last told."""
        self._tell = tell
        self._batch: list[Publication] | None = None
        self._behind = 0
        """Channels whose head is ahead."""
        for channel, position in options.positions.items():
            self._place(channel, position)
        if isinstance(options.since, Position):
            self.since = "earliest"
            if not self.pattern:
                self._place(name, options.since)
        self.complete = name in self.places
        """All channels that were there at the beginning are known; later ones are taken from their first event."""

    def state(self) -> WatchState:
        position = self.known().get(self.name)
        place = self.places.get(self.name)
        head = (place.head if place else 0) or (position.offset if position else None)
        return WatchState(self.status, position, head, self.truncated)

    def known(self) -> dict[str, Position]:
        """Positions by channel."""
        return {channel: Position(at.epoch, at.offset) for channel, at in self.places.items() if at.epoch}

    def status_now(self, linked: bool) -> WatchStatus:
        if self.problem is not None:
            return "refused"
        if not linked:
            return "offline"
        if self.paused or (self.answered and self._behind > 0):
            return "catching_up"
        return "live" if self.answered else "subscribing"

    @property
    def synced(self) -> bool:
        """Is every delivery where this watch is?"""
        return all(place.synced for place in self.places.values())

    @property
    def pausable(self) -> bool:
        """Can it be asked for again and miss nothing? Not before it knows what `now` is in each channel."""
        return self.complete or self.since != "now"

    def cut(self) -> None:
        """Effects so far were taken: the next event begins a new batch."""
        self._batch = None

    def take(self, message: Message) -> bool:
        """A publication of one of its channels. False: something between is missing, and nobody said so."""
        at = self.places.get(message["channel"])
        if at is None:
            return True
        offset = message.get("offset")
        if offset is None:
            self._surface(message)
            return True
        epoch = message["epoch"]
        if at.epoch and at.epoch != epoch:
            return not at.synced
        if offset > at.offset:
            if offset > at.offset + 1:
                return not at.synced
            at.epoch = epoch
            self._reach(at, offset)
            self._surface(message)
        return True

    def skip(self, update: Update) -> bool:
        """Up to here all was sent or skipped by the filter. False: of another history."""
        at = self.places.get(update.channel)
        if at is None or not at.synced:
            return True
        if at.epoch and at.epoch != update.epoch:
            return False
        at.epoch = update.epoch
        self._reach(at, max(at.offset, update.offset))
        return True

    def gap(self, update: Update) -> bool:
        """What is not coming on a running delivery. False: as with `begin`."""
        at = self.places.get(update.channel)
        return at is None or not at.synced or self.begin(update, starts=False)

    def begin(self, update: Update, starts: bool) -> bool:
        """A delivery begins after `offset`, or goes on there after a gap.

        `starts`: so does this watch, if the channel is new to it; else it wants the channel from its first event.
        False: the delivery begins later than this watch needs.
        """
        channel, epoch, offset, gap = update.channel, update.epoch, update.offset, update.gap
        wish = self.options.snapshot
        # Another one may have come for somebody else.
        snapshot = update.snapshot
        if snapshot is not None and wish is not True and wish != snapshot.reducer:
            snapshot = None
        at = self.places.get(channel)
        start = 0
        fold = self.wants_snapshot
        if at is None:
            if starts:
                start = min(offset, snapshot.offset) if snapshot else offset
            if gap:
                self._gap(channel, gap)
            fold = wish is not False
        elif at.epoch != epoch:
            if at.epoch:
                self._gap(channel, Gap("epoch_changed", at.epoch, at.offset + 1))
            if gap and gap.reason == "epoch_changed":
                start = offset
            fold = True
        elif gap and gap.epoch == epoch and gap.first <= at.offset + 1 and _end(gap, offset) > at.offset:
            self._gap(channel, replace(gap, first=at.offset + 1))
            start = _end(gap, offset)
            fold = True
        else:
            start = at.offset

        place = at or self._place(channel, None)
        place.epoch = epoch
        place.synced = offset <= start
        self._head(place, update.head)
        self._reach(place, start)
        if fold and snapshot:
            self._event(SnapshotCame(self, channel, snapshot))
        elif fold and start and wish is not False:
            # Without a state to begin with: ask for one, or say that the gateway has none.
            if not self.wants_snapshot:
                self.wants_snapshot = True
                return False
            if self.asked:
                self._event(NoSnapshot(self, channel))
        return place.synced

    def refuse(self, problem: Problem) -> None:
        """Refused for good."""
        self.problem = problem
        self.status = "refused"
        self._event(Refused(self, problem))
        self._event(StateChanged(self))

    def forget(self, head: Position, channel: str | None) -> None:
        """The history ends before this watch's position: says so, and forgets it."""
        for name, place in list(self.places.items()):
            beyond = place.epoch == head.epoch and place.offset > head.offset
            if (channel is not None and channel != name) or not beyond:
                continue
            self._head(place, 0)
            del self.places[name]
            self._gap(name, Gap("position_beyond_head", place.epoch, head.offset + 1, place.offset))
            self.since = "earliest"
            if not self.pattern:
                self.complete = False

    def join(self, other: Watching, same: bool) -> None:
        """Begins where another watch of the same channels is. `same`: what that one gets is what this one wants."""
        for channel, at in other.places.items():
            self._place(channel, Position(at.epoch, at.head or at.offset)).synced = same
        self.complete = True
        # What comes now is filtered for the others: it is live once it was asked for with its own filter.
        self.answered = same and not self.wants_snapshot
        self.truncated = other.truncated

    def unsync(self) -> None:
        """It is being asked for (again): what comes until the answer may be part of something else."""
        for place in self.places.values():
            place.synced = False

    def unlink(self) -> None:
        """The link is gone, and with it what was on its way."""
        self.answered = False
        for place in self.places.values():
            self._head(place, 0)

    def _reach(self, place: Place, offset: int) -> None:
        place.offset = offset
        if place.head and offset >= place.head:
            self._head(place, 0)

    def _head(self, place: Place, head: int) -> None:
        self._behind += (head > 0) - (place.head > 0)
        place.head = head

    def _place(self, channel: str, position: Position | None) -> Place:
        place = Place(*position) if position else Place()
        self.places[channel] = place
        return place

    def _gap(self, channel: str, gap: Gap) -> None:
        self._event(GapSaid(self, channel, gap))

    def _event(self, effect: WatchEffect) -> None:
        self._batch = None
        self._tell(effect)

    def _surface(self, message: Message) -> None:
        if not wants(self.options.filter, message):
            return
        if self._batch is None:
            self._batch = []
            self._tell(Events(self, self._batch))
        self._batch.append(Publication(message))


def _end(gap: Gap, offset: int) -> int:
    return offset if gap.last is None else gap.last


def wants(filter: Filter | None, message: Message) -> bool:
    """A shared delivery may bring what only others want. The gateway knows which fields are tags; here all are."""
    if filter is None:
        return True
    if filter.types is not None and message["type"] not in filter.types:
        return False
    metadata = message.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    for name, wanted in filter.tags.items():
        value = _field(tags, name)
        if value is None:
            value = _field(message.get("data"), name)
        if _word(value) not in ([wanted] if isinstance(wanted, str) else wanted):
            return False
    return True


def _word(value: Json) -> str:
    """A tag's value as the gateway writes it."""
    return value if isinstance(value, str) else text_of(int(value) if _is_whole(value) else value)


def _is_whole(value: Json) -> bool:
    return isinstance(value, float) and value.is_integer()


def _field(value: Json, name: str) -> Json:
    return value.get(name) if isinstance(value, dict) else None
