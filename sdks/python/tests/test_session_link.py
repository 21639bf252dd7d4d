"""The link: silence, tokens, better ways, pauses. The session is told facts and the time; nothing is waited for."""

from __future__ import annotations

from typing import Any

from signalbox.effects import Events, GapSaid, Refused
from signalbox.errors import Problem
from signalbox.transport import Cause
from signalbox.types import Filter, Gap, LinkState, Position
from signalbox.watching import Watching, WatchOptions

from .support.model_gateway import ModelGateway
from .support.session_host import WAYS, SessionHost

UNAUTHENTICATED = Cause(problem=Problem("unauthenticated", 115, "", temporary=False, help=""))


def live(which: int | None = 0, **options: Any) -> SessionHost:
    """A client with one way, or with all of them, that has its link."""
    host = SessionHost(ModelGateway(), WAYS if which is None else WAYS[which : which + 1], **options)
    host.fact(lambda session, now_ms: session.connect(now_ms))
    host.accept()
    host.deliver()
    assert state(host).state == "live"
    return host


def state(host: SessionHost) -> LinkState:
    return host.session.link_state()


def watch(host: SessionHost, name: str, **options: Any) -> Watching:
    return host.fact(lambda session, now_ms: session.watch(name, WatchOptions(**options), now_ms))


def seen(host: SessionHost, watching: Watching) -> list[int]:
    return [event.data["n"] for each in host.told(watching) if isinstance(each, Events) for event in each.events]


def sent(host: SessionHost, type: str) -> list[str]:
    """What the gateway is told from now on."""
    connection = host.links[0].connection
    assert connection is not None
    texts: list[str] = []
    receive = connection.receive

    def record(text: str) -> None:
        if f'"type":"{type}"' in text:
            texts.append(text)
        receive(text)

    connection.receive = record  # type: ignore[method-assign]
    return texts


def test_3_4_silence_is_broken_by_a_ping_and_an_answer_is_life() -> None:
    host = live()
    pings = sent(host, "ping")
    host.pass_ms(25_000)
    assert len(pings) == 1
    host.deliver()
    host.pass_ms(24_000)
    assert (len(pings), state(host).state) == (1, "live")


def test_3_4_a_ping_without_any_answer_ends_the_link() -> None:
    host = live()
    host.pass_ms(25_000 + 9_999)
    assert state(host).state == "live"
    host.pass_ms(1)
    link = state(host)
    assert (link.state, link.reason and link.reason.name) == ("waiting", "heartbeat_timeout")


def test_a_stream_that_is_silent_for_too_long_ends() -> None:
    host = live(1)
    host.pass_ms(25_000 + 10_000)
    assert state(host).state == "waiting"


def test_each_pause_is_longer_up_to_its_most() -> None:
    host = live()
    pauses = []
    for _ in range(8):
        host.cut()
        host.refuse(Cause(unreachable=True))
        retry = state(host).retry_at_ms
        assert retry is not None
        pauses.append(retry - host.now_ms)
        host.pass_ms(60_000)
    assert pauses == [750, 1250, 2250, 4250, 8250, 10250, 10250, 10250]


def test_8_1_a_refused_token_is_asked_for_once_more_and_then_it_stops() -> None:
    host = live(can_renew=True)
    host.cut(UNAUTHENTICATED)
    assert state(host).state == "waiting"
    host.pass_ms(0)
    assert state(host).state == "connecting"
    host.refuse(UNAUTHENTICATED)
    assert state(host).state == "stopped"
    # A new beginning may go well.
    host.fact(lambda session, now_ms: session.connect(now_ms))
    host.accept()
    host.deliver()
    assert state(host).state == "live"


def test_a_better_way_takes_over_once_it_answers_and_nothing_is_seen_twice() -> None:
    host = SessionHost(ModelGateway(), WAYS)
    watching = watch(host, "agent:a", since="earliest")
    host.refuse(Cause(blocked=True))
    host.refuse(Cause(blocked=True))
    host.accept()
    host.deliver()
    assert state(host).transport == "poll"
    host.gateway.publish("agent:a", 1)
    host.deliver()
    host.pass_ms(20_000)
    host.gateway.publish("agent:a", 2)
    host.deliver()
    host.pass_ms(20_000)
    host.gateway.publish("agent:a", 3)
    host.deliver()
    host.pass_ms(20_000)
    # The best way is tried beside the one that works, and while it has not answered nothing changes.
    assert [link.transport for link in host.links] == ["poll", "websocket"]
    host.accept()
    host.gateway.publish("agent:a", 4)
    host.deliver()
    assert state(host).transport == "websocket"
    host.gateway.publish("agent:a", 5)
    host.deliver()
    assert seen(host, watching) == [1, 2, 3, 4, 5]
    assert len(host.links) == 1


def test_a_better_way_that_is_still_blocked_changes_nothing() -> None:
    host = SessionHost(ModelGateway(), WAYS)
    host.fact(lambda session, now_ms: session.connect(now_ms))
    host.refuse(Cause(blocked=True))
    host.accept()
    host.deliver()
    for _ in range(3):
        host.pass_ms(20_000)
        # Comments are life.
        host.fact(lambda session, now_ms: session.alive(host.links[0].link, now_ms))
    assert len(host.links) == 2
    host.close(host.links[1], Cause(blocked=True))
    assert (state(host).transport, state(host).state, len(host.links)) == ("sse", "live", 1)


def test_7_4_the_first_stream_asks_whether_a_word_comes_through_and_then_for_its_channels() -> None:
    host = SessionHost(ModelGateway(), WAYS[1:])
    host.gateway.publish("agent:a", 1)
    watching = watch(host, "agent:a", since="earliest")
    host.accept()
    [link] = host.links
    assert link.connection is not None
    assert [message["type"] for message in link.connection.queue] == ["connect"]
    host.deliver()
    assert (state(host).state, seen(host, watching)) == ("live", [])
    host.pass_ms(20)
    host.deliver()
    assert seen(host, watching) == [1]


def test_waking_up_asks_at_once_whether_the_link_still_lives() -> None:
    host = live()
    pings = sent(host, "ping")
    host.pass_ms(1_000)
    host.fact(lambda session, now_ms: session.wake(now_ms))
    assert len(pings) == 1
    host.pass_ms(2_999)
    assert state(host).state == "live"
    host.deliver()
    # A laptop slept: what was long overdue is not waited for.
    host.now_ms += 3_600_000
    host.fact(lambda session, now_ms: session.wake(now_ms))
    assert state(host).state == "connecting"


def test_a_link_that_does_not_answer_after_waking_up_is_not_waited_for_long() -> None:
    host = live()
    host.fact(lambda session, now_ms: session.wake(now_ms))
    host.pass_ms(3_000)
    assert state(host).state == "waiting"


def test_a_program_that_asks_for_a_link_begins_to_count_anew() -> None:
    host = live()
    host.cut()
    for _ in range(3):
        host.refuse(Cause(unreachable=True))
        host.pass_ms(60_000)
    assert state(host).attempt == 3
    host.refuse(Cause(unreachable=True))
    host.fact(lambda session, now_ms: session.connect(now_ms))
    assert state(host).attempt == 1


def test_a_paused_watch_misses_nothing_of_what_another_ones_delivery_says_meanwhile() -> None:
    """The other one's filter skips what this one wants: that it was skipped is not said to this one."""
    host = live(1)
    paused = watch(host, "agent:a", since="earliest")
    host.deliver()
    host.gateway.publish("agent:a", 1)
    host.deliver()
    other = watch(host, "agent:a", since="earliest", filter=Filter(types=["tock"]))
    host.pass_ms(1_000)
    host.deliver()
    assert host.fact(lambda session, _: session.pause(paused)) is True
    host.fact(lambda session, _: session.unwatch(other))
    other = watch(host, "agent:a", since="now", filter=Filter(types=["tock"]))
    host.pass_ms(1_000)
    host.deliver()
    host.gateway.publish("agent:a", 2, "tick")
    host.fact(lambda session, _: session.resume(paused))
    # Before the new request is made, the old stream says up to where it skipped.
    host.deliver()
    host.pass_ms(1_000)
    host.deliver()
    assert seen(host, paused) == [1, 2]
    assert paused.status == "live"


def test_a_watch_from_now_on_cannot_be_paused_before_it_knows_what_now_is() -> None:
    host = live()
    watching = watch(host, "agent:*")
    assert host.fact(lambda session, _: session.pause(watching)) is False
    host.deliver()
    assert host.fact(lambda session, _: session.pause(watching)) is True
    assert watching.status == "catching_up"


def test_4_4_a_position_beyond_the_head_is_said_and_followed_from_the_first_event() -> None:
    host = live()
    host.gateway.publish("agent:a", 1)
    watching = watch(host, "agent:a", since=Position("e1", 9))
    host.deliver()
    gaps = [each.gap for each in host.told(watching) if isinstance(each, GapSaid)]
    assert gaps == [Gap("position_beyond_head", "e1", 2, 9)]
    assert seen(host, watching) == [1]


def test_8_8_a_right_that_was_taken_away_ends_the_watch() -> None:
    host = live()
    watching = watch(host, "agent:a")
    host.deliver()
    data = {"channel": "agent:a", "state": "unsubscribed", "epoch": "", "offset": 0, "reason": "forbidden"}
    message = {"id": "x", "type": "subscription_update", "timestamp": 0, "data": data}
    host.fact(lambda session, now_ms: session.received(host.links[0].link, [message], now_ms))
    assert [each.problem.name for each in host.told(watching) if isinstance(each, Refused)] == ["forbidden"]
    assert watching.status == "refused"
