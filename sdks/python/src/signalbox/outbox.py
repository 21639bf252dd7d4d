"""Publishes that have no answer yet: bounded, in order, numbered, sent again after every cut."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from .decode import decode_result, retry_after_ms
from .effects import Accepted, Effect, Keep, Rejected
from .errors import Problem, queue_full
from .outgoing import text_of
from .transport import NEVER, Outgoing
from .types import Event, Json, Producer, Queue

_LIVE_FACTOR = 16
"""With a link what waits is on its way out, so that much more of it is sound."""
_BATCH_MESSAGES = 500
"""The most in one frame or request; well under the gateway's limits, so that others get their turn."""
_BATCH_BYTES = 262_144
_GAPS_MOST = 5
"""So often an event gets another number before it is given up: then somebody else numbers the same sequence."""
_FRAME_BYTES = 1_048_576

_STEPS = ("command_", "checkpoint_", "driver_changed", "budget_set")
"""Steps (spec §9.1) are told apart by their id already, and often refused, which would leave holes in a sequence."""


@dataclass
class Numbering:
    """One producer's sequence in one channel, spec §5.4."""

    producer: str
    channel: str
    epoch: int
    own: bool
    """The client chooses the epoch; else it is a lease's and stays."""
    next: int = 1
    broken: int | None = None
    """What the gateway expects instead of what it was sent. Numbers are given anew once nothing of it is on its way."""


@dataclass(eq=False)
class Item:
    """An event that waits for its answer."""

    id: str
    event: dict[str, Json]
    place: int
    """In the order of publishing."""
    numbering: Numbering | None
    sequence: str
    """Channel and producer, where the program numbers: the gateway expects these in sequence."""
    epoch: int = 0
    seq: int = 0
    text: str = ""
    bytes: int = 0
    """UTF-8."""
    tries: int = 0
    gaps: int = 0
    alone: bool = False
    """It shared a frame that was refused as a whole: not to be sent with others again."""

    def number(self, numbering: Numbering) -> None:
        self.epoch, self.seq = numbering.epoch, numbering.next
        numbering.next += 1
        producer = {"id": numbering.producer, "epoch": self.epoch, "seq": self.seq}
        self.event["metadata"] = {**self.event.get("metadata", {}), "producer": producer}
        self.write()

    def write(self) -> None:
        self.text = text_of(self.event)
        self.bytes = len(self.text.encode())


@dataclass(frozen=True)
class Kept:
    """An event from the spool. `own`: numbered by the client itself; None: not numbered."""

    place: int
    event: dict[str, Json]
    own: bool | None


@dataclass
class OutboxOptions:
    producer: str
    """This client's id as a producer, and the epoch in which its sequences begin."""
    epoch: int
    queue: Queue = field(default_factory=Queue)
    durable: bool = False
    """Items are in a spool: they wait there, and not in vain, when this client is closed."""


class Outbox:
    def __init__(
        self,
        options: OutboxOptions,
        tell: Callable[[Effect], object],
        new_id: Callable[[], str],
        delay_ms: Callable[[int], float],
    ) -> None:
        self._options = options
        self._tell = tell
        self._new_id = new_id
        self._delay_ms = delay_ms
        self._frame_bytes = _FRAME_BYTES
        """A larger message closes the connection; the gateway may say another limit."""
        self._hold_until_ms: float = 0
        """Nothing is sent before: the gateway asked for a pause."""
        self._flying: dict[str, Item] = {}
        self._waiting: list[Item] = []
        self._ordered = True
        self._held = False
        self._bytes = 0
        self._places = 0
        self._numberings: dict[tuple[str, str, int], Numbering] = {}

    @property
    def size(self) -> int:
        return len(self._waiting) + len(self._flying)

    @property
    def held_until_ms(self) -> float:
        """When a pause that holds something back ends."""
        return self._hold_until_ms if self._held and self._waiting else NEVER

    def restore(self, kept: Iterable[Kept]) -> None:
        """What an earlier client left in the spool comes first, with the numbers it may have been sent with."""
        for each in kept:
            item = Item(str(each.event["id"]), each.event, each.place, numbering=None, sequence="")
            if each.own is not None:
                producer = each.event["metadata"]["producer"]
                item.epoch, item.seq = producer["epoch"], producer["seq"]
                id, epoch, channel = producer["id"], 0 if each.own else item.epoch, each.event["channel"]
                item.numbering = self._numbering(id, channel, epoch, each.own)
                if not each.own:
                    item.numbering.next = item.seq + 1
            item.write()
            self._places = each.place + 1
            self._bytes += item.bytes
            self._waiting.append(item)

    def begin(self, frame_bytes: int | None) -> None:
        """A gateway answers on a new link."""
        if frame_bytes is not None:
            self._frame_bytes = frame_bytes
        self._hold_until_ms = 0

    def add(self, event: Event, producer: Producer | None, live: bool) -> Item | Problem:
        """The event as it will be sent, or why it cannot be."""
        queue = self._options.queue
        factor = _LIVE_FACTOR if live and not self._options.durable else 1
        if self.size >= queue.messages * factor:
            return queue_full(f"{self.size} events wait already.")
        item = self._item(event)
        numbering = self._numbering_of(item.event, producer)
        next = numbering.next if numbering else 0
        try:
            if numbering is None:
                item.write()
            else:
                item.numbering = numbering
                item.number(numbering)
        except (TypeError, ValueError) as error:
            problem: Problem | None = _invalid(f"The event is not JSON: {error}.")
        else:
            problem = self._too_big(item, queue.bytes * factor)
        if problem is not None:
            if numbering is not None:
                numbering.next = next
            return problem
        self._bytes += item.bytes
        self._places += 1
        self._waiting.append(item)
        if self._options.durable:
            self._tell(Keep([item], again=False))
        return item

    def take(self, now_ms: float) -> list[list[Item]]:
        """What may be sent now, frame by frame."""
        self._held = now_ms < self._hold_until_ms
        if self._held or not self._waiting:
            return []
        if not self._ordered:
            self._waiting.sort(key=lambda item: item.place)
            self._ordered = True
        self._renumber()
        batches: list[list[Item]] = []
        stay: list[Item] = []
        open: list[Item] = []
        bytes = 0
        for at, item in enumerate(self._waiting):
            if item.numbering is not None and item.numbering.broken is not None:
                stay.append(item)
                continue
            # The answer to a lone one must be beyond doubt.
            oldest = next(iter(self._flying.values()), None)
            shared = oldest is not None and (oldest.alone or item.alone)
            # Answers are matched by id: of two with the same one the second waits.
            if shared or item.id in self._flying:
                stay += self._waiting[at:]
                break
            bytes += item.bytes
            if not open or len(open) >= _BATCH_MESSAGES or bytes > _BATCH_BYTES:
                open = []
                bytes = item.bytes
                batches.append(open)
            open.append(item)
            self._flying[item.id] = item
        self._waiting = stay
        return batches

    def acked(self, results: Sequence[Json], now_ms: float) -> None:
        """Answers, matched by id."""
        for result in results:
            item = self._flying.get(str(result["id"]))
            if item is None:
                continue
            outcome = decode_result(result)
            if isinstance(outcome, Problem):
                self._failed(item, outcome, now_ms)
            else:
                self._done(item, Accepted(item, outcome))

    def error(self, error: Problem, correlation: str | None, now_ms: float) -> bool:
        """An error message. False: it is about nothing here."""
        named = self._flying.get(correlation) if correlation is not None else None
        if named is not None:
            self._failed(named, error, now_ms)
        elif correlation is None and error.name == "invalid_message":
            # A frame that could not be read has no id to name; if it was one of these, each alone will show which.
            for item in list(self._flying.values()):
                self._failed(item, error, now_ms)
        return named is not None

    def requeue(self) -> None:
        """The link is gone: what has no answer is sent again, unless the gateway knows it by then."""
        self._waiting += self._flying.values()
        self._ordered = False
        self._flying.clear()

    def reject(self, item: Item, problem: Problem) -> None:
        """It could not be kept in the spool."""
        if item in self._waiting:
            self._waiting.remove(item)
        if item.numbering is not None and item.numbering.next == item.seq + 1:
            item.numbering.next = item.seq
        self._done(item, Rejected(item, problem, final=True))

    def reject_all(self, problem: Problem) -> None:
        self.requeue()
        durable = self._options.durable
        for item in self._waiting:
            self._tell(Rejected(item, problem, final=not durable))
        if not durable:
            self._waiting = []
            self._bytes = 0
            # Some of these may be kept, others not: the next ones begin a sequence of their own.
            for numbering in self._numberings.values():
                numbering.broken = numbering.next

    def _item(self, event: Event) -> Item:
        whole = dict(event)
        metadata = whole.get("metadata")
        whole["metadata"] = dict(metadata) if isinstance(metadata, dict) else {}
        given = whole["metadata"].get("producer")
        sequence = f"{given.get('id')}\n{whole.get('channel')}" if isinstance(given, dict) else ""
        id = whole.setdefault("id", self._new_id())
        return Item(id=str(id), event=whole, place=self._places, numbering=None, sequence=sequence)

    def _numbering_of(self, event: dict[str, Json], producer: Producer | None) -> Numbering | None:
        """Sent twice, an event must be kept once: by its number, or by a key where it has none."""
        metadata, channel = event["metadata"], event.get("channel")
        if "producer" in metadata or "idempotencyKey" in metadata:
            return None
        step = str(event.get("type")).startswith(_STEPS)
        if not isinstance(channel, str) or (step and producer is None):
            metadata["idempotencyKey"] = event["id"]
            return None
        if producer is None:
            return self._numbering(self._options.producer, channel, 0, own=True)
        return self._numbering(producer.id, channel, producer.epoch, own=False)

    def _numbering(self, producer: str, channel: str, epoch: int, own: bool) -> Numbering:
        """Of the client's own there is one a channel, in whatever epoch that is."""
        key = (producer, channel, epoch)
        if key not in self._numberings:
            self._numberings[key] = Numbering(producer, channel, self._options.epoch if own else epoch, own)
        return self._numberings[key]

    def _too_big(self, item: Item, bytes: int) -> Problem | None:
        if item.bytes > self._frame_bytes:
            message = f"The event has {item.bytes} bytes; {self._frame_bytes} is the most."
            return Problem("payload_too_big", 109, message, temporary=False, help="Send a smaller message.")
        return queue_full(f"{self._bytes} bytes wait already.") if self._bytes + item.bytes > bytes else None

    def _renumber(self) -> None:
        """Sequences that the gateway does not follow are told anew, once none of their events is on its way."""
        flying = {id(item.numbering) for item in self._flying.values()}
        broken = {
            id(item.numbering): item.numbering
            for item in self._waiting
            if item.numbering is not None and item.numbering.broken is not None and id(item.numbering) not in flying
        }
        for numbering in broken.values():
            expected, numbering.broken = numbering.broken, None
            # Another epoch also fences what an old connection may still bring.
            numbering.epoch, numbering.next = (
                (numbering.epoch + 1, 1) if numbering.own else (numbering.epoch, expected or 1)
            )
            items = [item for item in self._waiting if item.numbering is numbering]
            for item in items:
                self._bytes -= item.bytes
                item.number(numbering)
                self._bytes += item.bytes
            if self._options.durable:
                self._tell(Keep(items, again=True))

    def _failed(self, item: Item, error: Problem, now_ms: float) -> None:
        if error.temporary:
            # All wait, so that the order is kept.
            item.tries += 1
            pause = retry_after_ms(error) or self._delay_ms(item.tries)
            self._hold_until_ms = max(self._hold_until_ms, now_ms + pause)
        elif not item.alone and error.name in ("invalid_message", "payload_too_big"):
            # Perhaps a neighbour in the same frame was meant.
            item.alone = True
        elif not (error.name == "sequence_gap" and self._follows(item)) and not self._broke(item, error):
            self._done(item, Rejected(item, error, final=True))
            return
        self._flying.pop(item.id, None)
        self._waiting.append(item)
        self._ordered = False

    def _broke(self, item: Item, error: Problem) -> bool:
        """Is it only the number that the gateway does not take?"""
        numbering = item.numbering
        if numbering is None or error.name not in ("sequence_gap", "fenced"):
            return False
        if error.name == "fenced" and not numbering.own:
            return False
        item.gaps += 1
        if item.gaps > _GAPS_MOST:
            return False
        details = error.details or {}
        if error.name == "fenced":
            numbering.epoch = max(numbering.epoch, int(details.get("epoch", 0)))
        numbering.broken = int(details.get("expected", 1))
        return True

    def _follows(self, item: Item) -> bool:
        """Does an earlier event of the same sequence still wait? Then the gap is only that one's delay."""

        def same(other: Item) -> bool:
            if item.numbering is not None:
                return other.numbering is item.numbering
            return bool(item.sequence) and other.sequence == item.sequence

        others = [*self._waiting, *self._flying.values()]
        return any(same(other) and other.place < item.place for other in others)

    def _done(self, item: Item, effect: Effect) -> None:
        self._flying.pop(item.id, None)
        self._bytes -= item.bytes
        self._tell(effect)


def text(item: Item) -> Outgoing:
    return Outgoing(item.id, item.text)


def _invalid(message: str) -> Problem:
    return Problem("invalid_message", 100, message, temporary=False, help="Give values that JSON can say.")
