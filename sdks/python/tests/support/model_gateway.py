"""A gateway in memory, straight from spec/protocol.md §4 and §5: no network, no time, answers at once."""

from __future__ import annotations

import json
import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from signalbox.channels import covers, is_pattern

Data = dict[str, Any]


@dataclass
class KeptEvent:
    offset: int
    n: int
    type: str


@dataclass
class History:
    epoch: str
    top: int = 0
    """Newest offset ever given in this epoch."""
    events: list[KeptEvent] = field(default_factory=list)
    """Oldest first; a prefix may be trimmed."""


@dataclass
class Delivery:
    sent: float = math.inf
    skipped: bool = False
    owners: dict[str, Data | None] = field(default_factory=dict)
    """Names that asked for it, with their filters."""


class ModelGateway:
    def __init__(self) -> None:
        self.histories: dict[str, History] = {}
        self.connections: dict[Connection, None] = {}
        self.keys: dict[str, Data] = {}
        """Results by idempotency key."""
        self.producers: dict[tuple[str, str], tuple[int, int, dict[int, int]]] = {}
        """By channel and producer: epoch, last number, offsets by number."""
        self.refuse_next = 0
        """Publishes refused with a temporary error from now on."""
        self._epochs = 0
        self._ids = 0

    def new_id(self) -> str:
        self._ids += 1
        return f"g{self._ids}"

    def new_epoch(self) -> str:
        self._epochs += 1
        return f"e{self._epochs}"

    def history(self, channel: str) -> History:
        if channel not in self.histories:
            self.histories[channel] = History(self.new_epoch())
        return self.histories[channel]

    def publish(self, channel: str, n: int, type: str = "tick") -> KeptEvent:
        history = self.history(channel)
        history.top += 1
        kept = KeptEvent(history.top, n, type)
        history.events.append(kept)
        for connection in list(self.connections):
            if kept.offset == 1:
                connection.born(channel)
            connection.pump(channel)
        return kept

    def trim(self, channel: str, count: int) -> None:
        """Retention removes the oldest."""
        del self.history(channel).events[:count]

    def renew(self, channel: str) -> None:
        """History could not be kept: a new epoch begins."""
        history = self.history(channel)
        before = history.epoch
        history.epoch, history.top, history.events = self.new_epoch(), 0, []
        for connection in list(self.connections):
            connection.renewed(channel, before)

    def connect(self) -> Connection:
        connection = Connection(self)
        self.connections[connection] = None
        return connection


class Connection:
    def __init__(self, gateway: ModelGateway) -> None:
        self.queue: deque[Data] = deque()
        """Sent, not yet read by the client."""
        self._gateway = gateway
        self._deliveries: dict[str, Delivery] = {}
        self._patterns: dict[str, Data] = {}

    def end(self) -> None:
        self._gateway.connections.pop(self, None)

    def receive(self, text: str) -> None:
        message = json.loads(text)
        type, id, data = message["type"], message["id"], message.get("data") or {}
        if type == "connect":
            self._say("connect", {"node": "model", "heartbeatMs": 25_000}, id)
        elif type == "ping":
            self._say("pong", {}, id)
        elif type == "subscribe":
            self._subscribe(data["channel"], data, id)
        elif type == "unsubscribe":
            self._unsubscribe(data["channel"], id)
        else:
            self._say("ack", {"results": [self._published(message)]}, id)

    def pump(self, channel: str) -> None:
        delivery = self._deliveries.get(channel)
        if delivery is None:
            return
        history = self._gateway.history(channel)
        for kept in history.events:
            if kept.offset <= delivery.sent:
                continue
            if kept.offset > delivery.sent + 1:
                self._trimmed(channel, delivery, kept.offset - 1)
            delivery.sent = kept.offset
            if not any(not owner or kept.type in owner["types"] for owner in delivery.owners.values()):
                delivery.skipped = True
                continue
            if delivery.skipped:
                self._position(channel, history.epoch, kept.offset - 1)
            delivery.skipped = False
            event = {"type": kept.type, "channel": channel, "epoch": history.epoch, "offset": kept.offset}
            self.queue.append({"id": self._gateway.new_id(), "timestamp": 0, **event, "data": {"n": kept.n}})
        if delivery.skipped:
            self._position(channel, history.epoch, int(delivery.sent))
        delivery.skipped = False
        if delivery.sent < history.top:
            self._trimmed(channel, delivery, history.top)

    def born(self, channel: str) -> None:
        for pattern, data in self._patterns.items():
            # After a new beginning the channel is there already.
            owned = channel in self._deliveries and pattern in self._deliveries[channel].owners
            if covers(pattern, channel) and not owned:
                self._own(channel, pattern, {**data, "since": "earliest"}, None)

    def renewed(self, channel: str, before: str) -> None:
        delivery = self._deliveries.get(channel)
        if delivery is None:
            return
        gap = {"reason": "epoch_changed", "epoch": before, "from": int(delivery.sent) + 1}
        delivery.sent = 0
        delivery.skipped = False
        epoch = self._gateway.history(channel).epoch
        self._update({"channel": channel, "state": "gap", "epoch": epoch, "offset": 0, "gap": gap})

    def _trimmed(self, channel: str, delivery: Delivery, to: int) -> None:
        epoch = self._gateway.history(channel).epoch
        gap = {"reason": "trimmed", "epoch": epoch, "from": int(delivery.sent) + 1, "to": to}
        delivery.sent = to
        self._update({"channel": channel, "state": "gap", "epoch": epoch, "offset": to, "gap": gap})

    def _position(self, channel: str, epoch: str, offset: int) -> None:
        self._update({"channel": channel, "state": "position", "epoch": epoch, "offset": offset})

    def _subscribe(self, name: str, data: Data, id: str) -> None:
        owned = name in self._deliveries and name in self._deliveries[name].owners
        if name in self._patterns or owned:
            self._error("already_subscribed", id)
        elif is_pattern(name):
            found = [each for each, history in self._gateway.histories.items() if history.top and covers(name, each)]
            self._patterns[name] = data
            answer = {"channel": name, "state": "subscribed", "epoch": "", "offset": 0, "channels": len(found)}
            self._update(answer, id)
            for channel in found:
                since = data.get("positions", {}).get(channel) or data.get("since", "now")
                self._own(channel, name, {**data, "since": since}, None)
        else:
            self._own(name, name, data, id)

    def _own(self, channel: str, owner: str, data: Data, id: str | None) -> None:
        since = data.get("since", "now")
        history = self._gateway.history(channel)
        epoch, top = history.epoch, history.top
        floor = history.events[0].offset if history.events else top + 1
        gap: Data | None = None
        if since == "earliest":
            offset = floor - 1
        elif since == "now":
            offset = top
        elif "last" in since:
            offset = max(floor - 1, top - since["last"])
        elif since["epoch"] != epoch:
            offset = floor - 1
            gap = {"reason": "epoch_changed", "epoch": since["epoch"], "from": since["offset"] + 1}
        elif since["offset"] > top:
            self._error("position_beyond_head", id, {"channel": channel, "epoch": epoch, "offset": top})
            return
        elif since["offset"] + 1 < floor:
            offset = floor - 1
            gap = {"reason": "trimmed", "epoch": epoch, "from": since["offset"] + 1, "to": offset}
        else:
            offset = since["offset"]
        delivery = self._deliveries.setdefault(channel, Delivery())
        delivery.owners[owner] = data.get("filter")
        update: Data = {"channel": channel, "state": "subscribed", "epoch": epoch, "offset": offset, "head": top}
        if owner != channel:
            update["pattern"] = owner
        if gap:
            update["gap"] = gap
        self._update(update, id)
        # Only ever back: what is on its way stays so.
        delivery.sent = min(delivery.sent, offset)
        self.pump(channel)

    def _unsubscribe(self, name: str, id: str) -> None:
        self._patterns.pop(name, None)
        for channel, delivery in list(self._deliveries.items()):
            if covers(name, channel):
                delivery.owners.pop(name, None)
            if not delivery.owners:
                del self._deliveries[channel]
        self._update({"channel": name, "state": "unsubscribed", "epoch": "", "offset": 0}, id)

    def _published(self, message: Data) -> Data:
        gateway, id, channel = self._gateway, message["id"], message["channel"]
        metadata = message["metadata"]
        if gateway.refuse_next > 0:
            gateway.refuse_next -= 1
            return _refused(id, "unavailable", temporary=True)
        if message["data"].get("bad"):
            return _refused(id, "invalid_message")
        known = gateway.keys.get(metadata.get("idempotencyKey"))
        if known is not None:
            return {**known, "duplicate": True}
        producer = metadata.get("producer")
        offsets: dict[int, int] = {}
        if producer is not None:
            epoch, seq = producer["epoch"], producer["seq"]
            at, last, offsets = gateway.producers.get((channel, producer["id"]), (-1, 0, {}))
            if epoch < at:
                return _refused(id, "fenced", {"epoch": at})
            if epoch > at:
                last, offsets = 0, {}
            if seq > last + 1:
                return _refused(id, "sequence_gap", {"expected": last + 1})
            place = {"id": id, "channel": channel, "epoch": gateway.history(channel).epoch}
            if seq <= last:
                return {**place, "offset": offsets[seq], "duplicate": True}
        kept = gateway.publish(channel, message["data"]["n"], message["type"])
        result = {"id": id, "channel": channel, "epoch": gateway.history(channel).epoch, "offset": kept.offset}
        result["duplicate"] = False
        if producer is not None:
            offsets[producer["seq"]] = kept.offset
            gateway.producers[channel, producer["id"]] = (producer["epoch"], producer["seq"], offsets)
        if "idempotencyKey" in metadata:
            gateway.keys[metadata["idempotencyKey"]] = result
        return result

    def _error(self, name: str, id: str | None, details: Data | None = None) -> None:
        self._say("error", {**_problem(name), "details": details or {}}, id)

    def _update(self, update: Data, id: str | None = None) -> None:
        self._say("subscription_update", update, id)

    def _say(self, type: str, data: Data, correlation: str | None) -> None:
        message: Data = {"id": self._gateway.new_id(), "type": type, "timestamp": 0, "data": data}
        if correlation is not None:
            message["metadata"] = {"correlationId": correlation}
        # As it would be read from the wire: nothing shared.
        self.queue.append(json.loads(json.dumps(message)))


def _problem(name: str, temporary: bool = False) -> Data:
    return {"name": name, "number": 1, "message": name, "temporary": temporary, "help": ""}


def _refused(id: str, name: str, details: Data | None = None, temporary: bool = False) -> Data:
    return {"id": id, "error": {**_problem(name, temporary), "details": details or {}}}
