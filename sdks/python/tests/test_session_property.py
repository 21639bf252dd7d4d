"""§4 and §5 seen from the client, with whatever is published, trimmed, cut, refused, paused, switched and asked for.

In whatever order the messages arrive each watch surfaces each event once and in order, or says what is not coming; and
each publish is kept once, or refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalbox.channels import covers
from signalbox.effects import Accepted, Events, GapSaid, Rejected
from signalbox.outbox import Item
from signalbox.transport import Cause
from signalbox.types import Filter
from signalbox.watching import Watching, WatchOptions

from .support.model_gateway import ModelGateway
from .support.session_host import WAYS, SessionHost

CHANNELS = ("agent:a", "agent:b", "process:c")
NAMES = (*CHANNELS, "agent:*", "*")
SINCES: tuple[Any, ...] = ("now", "earliest", {"last": 2})
FILTERS = (None, None, Filter(types=["tick"]), Filter(types=["tock"]))

channel = st.sampled_from(CHANNELS)
action = st.one_of(
    st.tuples(st.just("publish"), channel, st.integers(1, 4), st.booleans()),
    st.tuples(st.just("publish"), channel, st.integers(1, 4), st.booleans()),
    st.tuples(st.just("deliver"), st.integers(1, 9)),
    st.tuples(st.just("deliver"), st.integers(1, 9)),
    st.tuples(st.just("watch"), st.sampled_from(NAMES), st.sampled_from(SINCES), st.integers(0, 3)),
    st.tuples(st.just("accept")),
    st.tuples(st.sampled_from(["cut", "refuse", "silent", "blocked"])),
    st.tuples(st.just("pass"), st.sampled_from([10, 600, 6_000, 61_000])),
    st.tuples(st.just("send"), channel, st.sampled_from([False, False, False, True])),
    st.tuples(st.just("send"), channel, st.sampled_from([False, False, False, True])),
    st.tuples(st.just("trim"), channel, st.integers(1, 5)),
    st.tuples(st.sampled_from(["renew"]), channel),
    st.tuples(st.sampled_from(["stop", "pause", "resume"]), st.integers(0, 3)),
    st.tuples(st.sampled_from(["busy", "wake"])),
)


@dataclass
class Seen:
    watch: Watching
    since: Any
    filter: Filter | None
    known_when_live: int | None = None
    """How many histories there were when it was first live."""


class World:
    def __init__(self, which: int) -> None:
        self.gateway = ModelGateway()
        self.host = SessionHost(self.gateway, WAYS[which : which + 1] if which < 3 else WAYS)
        self.watches: list[Seen] = []
        self.good: list[Item] = []
        self.bad: list[Item] = []
        self.all: dict[tuple[str, str, int], int] = {}
        """All that was ever published."""
        self.born: list[str] = []
        """Channels in the order of their birth."""
        self._n = 0

    def do(self, name: str, *given: Any) -> None:
        getattr(self, f"do_{name}")(*given)
        self.note()

    def do_publish(self, channel: str, count: int, tock: bool) -> None:
        for _ in range(count):
            self.publish(channel, "tock" if tock else "tick")

    def do_trim(self, channel: str, count: int) -> None:
        if channel in self.gateway.histories:
            self.gateway.trim(channel, count)

    def do_renew(self, channel: str) -> None:
        if channel in self.gateway.histories:
            self.gateway.renew(channel)

    def do_watch(self, name: str, since: Any, filter: int) -> None:
        options = WatchOptions(since=since, filter=FILTERS[filter])
        watch = self.host.fact(lambda session, now_ms: session.watch(name, options, now_ms))
        self.watches.append(Seen(watch, since, FILTERS[filter]))

    def do_stop(self, index: int) -> None:
        if index < len(self.watches):
            gone = self.watches.pop(index).watch
            self.host.fact(lambda session, _: session.unwatch(gone))

    def do_pause(self, index: int) -> None:
        if index < len(self.watches):
            watch = self.watches[index].watch
            self.host.fact(lambda session, _: session.pause(watch))

    def do_resume(self, index: int) -> None:
        if index < len(self.watches):
            watch = self.watches[index].watch
            self.host.fact(lambda session, _: session.resume(watch))

    def do_send(self, channel: str, bad: bool) -> None:
        self._n += 1
        event = {"type": "tick", "channel": channel, "data": {"n": self._n, "bad": bad}}
        item = self.host.fact(lambda session, now_ms: session.publish(event, None, now_ms))
        if isinstance(item, Item):
            (self.bad if bad else self.good).append(item)

    def do_deliver(self, count: int) -> None:
        self.host.deliver(count)

    def do_pass(self, ms: int) -> None:
        self.host.pass_ms(ms)

    def do_accept(self) -> None:
        self.host.accept()

    def do_refuse(self) -> None:
        self.host.refuse(Cause(unreachable=True))

    def do_blocked(self) -> None:
        self.host.refuse(Cause(blocked=True))

    def do_silent(self) -> None:
        self.host.refuse(Cause())

    def do_cut(self) -> None:
        self.host.cut()

    def do_busy(self) -> None:
        self.gateway.refuse_next += 1

    def do_wake(self) -> None:
        self.host.fact(lambda session, now_ms: session.wake(now_ms))

    def do_lose(self) -> None:
        """A fault of the gateway: it forgets to send a publication."""
        for link in self.host.links:
            queue = link.connection.queue if link.connection else None
            lost = next((message for message in queue or () if message.get("offset") is not None), None)
            if queue is not None and lost is not None:
                queue.remove(lost)

    def publish(self, channel: str, type: str) -> None:
        self._n += 1
        self.gateway.publish(channel, self._n, type)
        self.note()

    def note(self) -> None:
        for name, history in self.gateway.histories.items():
            if history.top and name not in self.born:
                self.born.append(name)
            for kept in history.events:
                self.all[name, history.epoch, kept.offset] = kept.n
        for seen in self.watches:
            if seen.watch.status == "live" and seen.known_when_live is None:
                seen.known_when_live = len(self.born)

    def settle(self) -> None:
        """Everything comes to rest, then one more event of each kind everywhere shows any hole."""
        self.gateway.refuse_next = 0
        for index in range(len(self.watches)):
            self.do_resume(index)
        self._rest()
        for name in CHANNELS:
            for type in ("tick", "tock"):
                self.publish(name, type)
        self._rest()

    def _rest(self) -> None:
        for _ in range(60):
            self.host.accept()
            self.host.deliver()
            self.host.pass_ms(1_000)
        self.note()

    def check(self) -> None:
        for seen in self.watches:
            Check(self, seen).run()
        for item in self.good:
            assert [type(each) for each in self.host.outcomes(item)] == [Accepted]
        for item in self.bad:
            assert [type(each) for each in self.host.outcomes(item)] == [Rejected]
        # Each publish was kept once.
        kept = list(self.all.values())
        assert len(set(kept)) == len(kept)
        sent = {item.event["data"]["n"] for item in self.good}
        assert sent <= set(kept)
        # And of one channel in the order of publishing.
        for name, epoch in {(name, epoch) for name, epoch, _ in self.all}:
            ours = [n for key, n in sorted(self.all.items()) if key[:2] == (name, epoch) and n in sent]
            assert ours == sorted(ours)


class Check:
    """One watch has seen each event once and in order, or was told why not."""

    def __init__(self, world: World, seen: Seen) -> None:
        self.world = world
        self.seen = seen
        self.at: dict[str, tuple[str, int]] = {}

    def run(self) -> None:
        watch = self.seen.watch
        assert watch.status == "live"
        for effect in self.world.host.told(watch):
            if isinstance(effect, Events):
                for event in effect.events:
                    assert event.position is not None
                    self._event(event.channel, *event.position, event.data["n"])
            elif isinstance(effect, GapSaid):
                self._gap(effect)
        for name, history in self.world.gateway.histories.items():
            if covers(watch.name, name):
                self._end(name, history.epoch, history.top)

    def _event(self, name: str, epoch: str, offset: int, n: int) -> None:
        assert covers(self.seen.watch.name, name)
        assert self.world.all[name, epoch, offset] == n
        before = self.at.get(name)
        late = self.seen.known_when_live is not None and self.world.born.index(name) >= self.seen.known_when_live
        if before is not None and before[1] > 0:
            assert epoch == before[0]
            assert offset > before[1]
            self._none(name, epoch, before[1] + 1, offset - 1, "between")
        elif before is not None or self.seen.since == "earliest" or late:
            # Kept at the end, so kept all the time.
            history = self.world.gateway.histories[name]
            floor = history.events[0].offset if history.epoch == epoch and history.events else offset
            self._none(name, epoch, floor, offset - 1, "at the beginning")
        self.at[name] = (epoch, offset)

    def _gap(self, said: GapSaid) -> None:
        name, gap = said.channel, said.gap
        before = self.at.get(name)
        if before is not None:
            assert gap.first > before[1]
        if gap.reason == "epoch_changed":
            if before is not None:
                assert gap.epoch == (before[0] or gap.epoch)
            self.at[name] = ("", 0)
        else:
            if before is not None and before[0] and self.seen.filter is None:
                assert gap.first == before[1] + 1
            self.at[name] = (gap.epoch, gap.last or 0)

    def _end(self, name: str, epoch: str, top: int) -> None:
        last = self.at.get(name)
        if self.seen.filter is None:
            assert last == (epoch, top)
        else:
            # Two events of the last settling: at least those must have come.
            begin = last[1] if last is not None and last[0] == epoch else top - 2
            self._none(name, epoch, begin + 1, top, "at the end")

    def _none(self, name: str, epoch: str, first: int, last: int, why: str) -> None:
        """None of these was wanted."""
        for offset in range(first, last + 1):
            if self._wanted(name, epoch, offset):
                pytest.fail(f"{name} {epoch}:{offset} is missing: {why}")

    def _wanted(self, name: str, epoch: str, offset: int) -> bool:
        if self.seen.filter is None:
            return True
        history = self.world.gateway.histories[name]
        # Of what is gone nobody can say any more whether the filter wanted it.
        types = [kept.type for kept in history.events if kept.offset == offset] if history.epoch == epoch else []
        return bool(types) and types[0] in (self.seen.filter.types or ())


def run(which: int, actions: list[tuple[Any, ...]]) -> None:
    world = World(which)
    for name, *given_to in actions:
        world.do(name, *given_to)
    world.settle()
    world.check()


def test_a_second_watch_wants_more_of_a_pattern_when_a_channel_is_born() -> None:
    run(
        1,
        [
            ("watch", "agent:*", "now", 2),
            ("accept",),
            ("deliver", 2),
            ("watch", "agent:*", "now", 0),
            ("publish", "agent:a", 1, True),
        ],
    )


def test_a_second_watch_hears_the_answer_to_what_was_asked_before_it() -> None:
    """It wants all of a stream that begins anew for a third one."""
    run(
        1,
        [
            ("watch", "*", "now", 3),
            ("accept",),
            ("watch", "agent:a", "now", 0),
            ("deliver", 2),
            ("pass", 6_000),
            ("watch", "*", "now", 0),
            ("deliver", 2),
            ("send", "agent:b", False),
        ],
    )


@given(which=st.integers(0, 5), actions=st.lists(action, min_size=20, max_size=60))
@settings(max_examples=300)
def test_4_any_interleaving_each_event_once_and_in_order_or_a_gap_says_why_not(
    which: int, actions: list[tuple[Any, ...]]
) -> None:
    run(which, actions)


faulty = st.one_of(
    action.filter(lambda each: each[0] != "watch" or FILTERS[each[3]] is None), st.tuples(st.just("lose"))
)


@given(which=st.integers(0, 5), actions=st.lists(faulty, min_size=20, max_size=60))
@settings(max_examples=200)
def test_4_3_a_gateway_that_forgets_a_publication_is_found_out(which: int, actions: list[tuple[Any, ...]]) -> None:
    run(which, actions)
