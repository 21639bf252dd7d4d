"""§5 seen from the client: what is published is kept once, in order, or refused."""

from __future__ import annotations

import itertools
from typing import Any

from signalbox.effects import Accepted, Effect, Keep, Rejected
from signalbox.errors import Problem
from signalbox.outbox import Item, Kept, Outbox, OutboxOptions
from signalbox.types import Producer, Queue


class Box:
    """An outbox, and what it told."""

    def __init__(self, durable: bool = False, queue: Queue | None = None, epoch: int = 1) -> None:
        ids = itertools.count(1)
        self.told: list[Effect] = []
        options = OutboxOptions("me", epoch, queue or Queue(), durable)
        self.outbox = Outbox(options, self.told.append, lambda: f"c{next(ids)}", lambda tries: 1_000.0 * tries)

    def add(self, n: int = 0, producer: Producer | None = None, **members: Any) -> Item:
        event = {"type": "tick", "channel": "agent:a", "data": {"n": n}, **members}
        item = self.outbox.add(event, producer, live=True)
        assert isinstance(item, Item)
        return item

    def sent(self, now_ms: float = 0) -> list[tuple[int, int, int]]:
        """n, epoch and number of each."""
        return [(item.event["data"]["n"], item.epoch, item.seq) for batch in self.outbox.take(now_ms) for item in batch]

    def kept(self, *items: Item) -> None:
        self.outbox.acked([{"id": item.id, "channel": "agent:a", "epoch": "e", "offset": 1} for item in items], 0)

    def refused(self, item: Item, name: str, **details: Any) -> None:
        temporary = name == "unavailable"
        self.outbox.acked([{"id": item.id, "error": {"name": name, "temporary": temporary, "details": details}}], 0)


def test_5_4_events_of_a_channel_are_numbered_each_channel_by_itself() -> None:
    box = Box()
    box.add(1)
    box.add(2)
    box.add(3, channel="agent:b")
    assert box.sent() == [(1, 1, 1), (2, 1, 2), (3, 1, 1)]


def test_5_4_what_has_no_answer_is_sent_again_with_the_same_numbers_in_the_same_order() -> None:
    box = Box()
    one, _, _ = box.add(1), box.add(2), box.add(3)
    box.sent()
    box.kept(one)
    box.outbox.requeue()
    assert box.sent() == [(2, 1, 2), (3, 1, 3)]


def test_5_4_a_refused_event_leaves_no_hole_behind_it() -> None:
    box = Box()
    bad, two, three = box.add(1), box.add(2), box.add(3)
    box.sent()
    box.refused(bad, "forbidden")
    box.refused(two, "sequence_gap", expected=1)
    # Not before the gateway has said of all that they were not kept.
    assert box.sent() == []
    box.refused(three, "sequence_gap", expected=1)
    assert box.sent() == [(2, 2, 1), (3, 2, 2)]
    box.add(4)
    assert box.sent() == [(4, 2, 3)]


def test_5_4_a_gap_that_is_only_an_earlier_ones_delay_changes_no_number() -> None:
    box = Box()
    one, two = box.add(1), box.add(2)
    box.sent()
    box.refused(one, "unavailable", retryAfterMs=500)
    box.refused(two, "sequence_gap", expected=1)
    assert box.sent(499) == []
    assert box.outbox.held_until_ms == 500
    assert box.sent(500) == [(1, 1, 1), (2, 1, 2)]


def test_5_4_an_older_epoch_than_the_gateway_knows_is_left_behind() -> None:
    box = Box()
    one = box.add(1)
    box.sent()
    box.refused(one, "fenced", epoch=7)
    assert box.sent() == [(1, 8, 1)]


def test_12_the_epoch_of_a_lease_stays_and_its_fence_is_final() -> None:
    box = Box()
    lease = Producer("coder-001/main", 5)
    one, two = box.add(1, lease), box.add(2, lease)
    assert box.sent() == [(1, 5, 1), (2, 5, 2)]
    box.refused(one, "forbidden")
    box.refused(two, "sequence_gap", expected=1)
    assert box.sent() == [(2, 5, 1)]
    box.refused(two, "fenced", epoch=6)
    assert [type(each) for each in box.told] == [Rejected, Rejected]


def test_5_4_who_disturbs_the_sequence_again_and_again_is_given_up_to() -> None:
    box = Box()
    one = box.add(1)
    for _ in range(6):
        box.sent()
        box.refused(one, "sequence_gap", expected=9)
    [told] = box.told
    assert isinstance(told, Rejected) and told.problem.name == "sequence_gap"


def test_5_3_what_cannot_be_numbered_has_a_key() -> None:
    box = Box()
    nowhere = box.outbox.add({"type": "agent_log", "data": {"n": 1}}, None, live=True)
    assert isinstance(nowhere, Item)
    step, own = box.add(2, type="command_queued"), box.add(3, metadata={"idempotencyKey": "mine"})
    given = box.add(4, metadata={"producer": {"id": "p", "epoch": 1, "seq": 1}})
    for item in (nowhere, step):
        assert item.event["metadata"] == {"idempotencyKey": item.id}
    assert own.event["metadata"] == {"idempotencyKey": "mine"}
    assert given.event["metadata"] == {"producer": {"id": "p", "epoch": 1, "seq": 1}}


def test_5_1_of_two_events_with_the_same_id_the_second_waits_for_the_answer_to_the_first() -> None:
    box = Box()
    one, two, _ = box.add(1, id="same"), box.add(2, id="same"), box.add(3)
    assert box.sent() == [(1, 1, 1)]
    box.kept(one)
    assert box.sent() == [(2, 1, 2), (3, 1, 3)]
    box.kept(two)
    assert [each.item for each in box.told if isinstance(each, Accepted)] == [one, two]


def test_a_full_queue_and_what_is_too_big_are_refused_and_leave_no_hole() -> None:
    box = Box(queue=Queue(messages=1, bytes=200))
    box.outbox.begin(150)
    event: dict[str, Any] = {"type": "tick", "channel": "agent:a", "data": {"n": 1}}
    assert isinstance(box.outbox.add(event, None, live=False), Item)
    full = box.outbox.add(event, None, live=False)
    big = box.outbox.add({**event, "data": "a" * 200}, None, live=True)
    wrong = box.outbox.add({**event, "data": float("nan")}, None, live=True)
    assert [each.name for each in (full, big, wrong) if isinstance(each, Problem)] == [
        *("queue_full", "payload_too_big", "invalid_message")
    ]
    assert box.add(2).seq == 2


def test_5_5_a_frame_that_was_refused_whole_is_tried_one_by_one() -> None:
    box = Box()
    one, two = box.add(1), box.add(2)
    assert len(box.outbox.take(0)) == 1
    box.outbox.error(Problem("invalid_message", 100, "", temporary=False, help=""), None, 0)
    assert box.sent() == [(1, 1, 1)]
    box.kept(one)
    assert box.sent() == [(2, 1, 2)]
    box.kept(two)
    assert [type(each) for each in box.told] == [Accepted, Accepted]


def test_a_spool_is_told_before_anything_is_sent_and_of_every_new_number() -> None:
    box = Box(durable=True)
    bad, two = box.add(1), box.add(2)
    assert [each.again for each in box.told if isinstance(each, Keep)] == [False, False]
    box.sent()
    box.refused(bad, "forbidden")
    box.refused(two, "sequence_gap", expected=1)
    box.sent()
    assert [each.items for each in box.told if isinstance(each, Keep) and each.again] == [[two]]


def test_what_was_left_in_a_spool_goes_first_with_the_numbers_it_had() -> None:
    box = Box(durable=True, epoch=2)
    metadata = {"producer": {"id": "me", "epoch": 1, "seq": 9}}
    event = {"id": "old", "type": "tick", "channel": "agent:a", "data": {"n": 1}, "metadata": metadata}
    box.outbox.restore([Kept(4, event, own=True)])
    new = box.add(2)
    assert new.place == 5
    assert box.sent() == [(1, 1, 9), (2, 2, 1)]


def test_a_client_that_is_closed_keeps_what_is_in_its_spool() -> None:
    closed = Problem("closed", 0, "", temporary=False, help="")
    for durable, size in ((True, 1), (False, 0)):
        box = Box(durable=durable)
        box.add(1)
        box.outbox.reject_all(closed)
        assert box.outbox.size == size
        assert [each.final for each in box.told if isinstance(each, Rejected)] == [not durable]
