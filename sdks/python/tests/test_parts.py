"""The small parts, each by itself."""

from __future__ import annotations

import asyncio
import gzip as reference
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signalbox import gzip
from signalbox.access import Access
from signalbox.backoff import backoff_ms
from signalbox.chunks import Chunks
from signalbox.decode import since_of
from signalbox.ladder import Ladder
from signalbox.link_state import after, is_final, is_unauthorized, reason_of
from signalbox.transport import NEVER, Cause
from signalbox.transports.event_stream import EventStream
from signalbox.types import Backoff, Position

from .support.session_host import WAYS


@given(attempt=st.integers(0, 100_000), random=st.floats(0, 1, exclude_max=True))
def test_a_pause_doubles_up_to_its_most_and_is_spread_over_all_of_it(attempt: int, random: float) -> None:
    ms = backoff_ms(attempt, random, Backoff())
    assert 1_000 <= ms <= min(30_000, 1_000 * 2 ** min(attempt, 10))


def test_the_pauses_of_v9() -> None:
    assert [backoff_ms(attempt, 1, Backoff()) for attempt in range(1, 8)] == [
        *(2_000, 4_000, 8_000, 16_000),
        *(30_000, 30_000, 30_000),
    ]


def test_the_ladder_goes_down_when_a_way_is_blocked_and_waits_when_nobody_is_there() -> None:
    assert Ladder(WAYS).next(0, "blocked", 0) == 1
    assert Ladder(WAYS).next(0, "silent", 0) == 1
    ladder = Ladder(WAYS)
    assert ladder.next(0, "unreachable", 0) is None
    assert ladder.next(0, "unreachable", 0) == 1
    assert ladder.next(1, "other", 0) == 2
    assert ladder.next(2, "blocked", 0) is None
    ladder.worked(0, 0)
    assert ladder.next(0, "other", 0) is None


def test_the_ladder_climbs_from_below_only_and_begins_where_it_worked() -> None:
    ladder = Ladder(WAYS)
    ladder.worked(2, 0)
    assert ladder.start == 2
    assert (ladder.climb_ms(2, 0), ladder.climb_ms(1, 0.5)) == (45_000, 60_000)
    assert ladder.climb_ms(0, 0.5) == NEVER


def live(ladder: Ladder, ms: float) -> int:
    """A link on the way the ladder would begin with, which lives so long; where it begins then."""
    index = ladder.start
    ladder.worked(index, 0)
    assert ladder.next(index, "lost", ms) is None
    return ladder.start


def test_the_third_link_in_a_row_that_does_not_last_leads_one_way_down() -> None:
    ladder = Ladder(WAYS)
    assert [live(ladder, 10_000) for _ in range(6)] == [0, 0, 1, 2, 2, 2]
    forgiving = Ladder(WAYS)
    assert [live(forgiving, ms) for ms in (10_000, 10_000, 30_001, 10_000, 10_000)] == [0] * 5
    assert live(forgiving, 10_000) == 1


def test_a_gateway_that_was_away_may_have_ended_those_links_itself() -> None:
    ladder = Ladder(WAYS)
    for _ in range(10):
        assert live(ladder, 10_000) == 0
        ladder.next(0, "unreachable", 0)


def test_a_better_way_that_does_not_last_is_tried_again_later_and_later() -> None:
    ladder = Ladder(WAYS)
    for _ in range(3):
        live(ladder, 1)
    minutes = []
    for _ in range(5):
        minutes.append(ladder.climb_ms(ladder.start, 0.5) / 60_000)
        # It climbs, and falls again.
        ladder.worked(0, 0)
        ladder.next(0, "lost", 10_000)
    assert minutes == [2, 4, 8, 8, 8]


def test_a_stream_is_doubted_until_it_has_worked_and_again_after_it_failed() -> None:
    ladder = Ladder(WAYS)
    assert [ladder.doubts(index) for index in range(3)] == [False, True, False]
    ladder.worked(1, 0)
    assert not ladder.doubts(1)
    ladder.next(1, "silent", 0)
    assert ladder.doubts(1)


def test_the_table_of_the_link() -> None:
    assert after("idle", "need") == "connecting"
    assert after("connecting", "lost") == "waiting"
    assert after("waiting", "need") == "waiting"
    assert after("waiting", "wake") == "connecting"
    assert after("live", "refused") == "stopped"
    assert after("stopped", "wake") == "stopped"
    assert after("stopped", "connect") == "connecting"
    assert {after(state, "close") for state in ("idle", "connecting", "live", "waiting", "stopped")} == {"stopped"}


def test_why_a_link_ended() -> None:
    assert is_unauthorized(Cause(code=3501)) and is_final(Cause(code=3501))
    assert not is_final(Cause(code=3008)) and not is_final(Cause())
    assert reason_of(Cause(code=3008, name="slow_consumer")).name == "slow_consumer"
    assert reason_of(Cause()).name == "connection_lost"


def chunked(text: str, size: int) -> list[bytes]:
    whole = text.encode()
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    return [
        bytes([3, (1 if at == 0 else 0) | (2 if at == len(pieces) - 1 else 0)]) + piece
        for at, piece in enumerate(pieces)
    ]


@given(text=st.text(min_size=1), size=st.integers(1, 7))
def test_3_8_a_message_in_chunks_is_whole_wherever_it_was_cut(text: str, size: int) -> None:
    chunks = Chunks()
    *first, last = [chunks.take(frame) for frame in chunked(text, size)]
    assert last == text
    assert first == [None] * len(first)


def test_3_8_an_abandoned_message_is_none_and_the_next_begins() -> None:
    chunks = Chunks()
    assert chunks.take(b"\x03\x01half") is None
    assert chunks.take(b"\x03\x04") is None
    assert chunks.take(b"\x03\x03whole") == "whole"


@pytest.mark.parametrize("frames", [[b"\x03\x00x"], [b"\x07\x01x"], [b"\x03\x01x", b"\x03\x01x"]])
def test_3_8_chunks_out_of_sequence(frames: list[bytes]) -> None:
    chunks = Chunks()
    with pytest.raises(ValueError, match="chunks"):
        for frame in frames:
            chunks.take(frame)


@given(text=st.text())
def test_3_9_what_gzip_packed_is_unpacked(text: str) -> None:
    assert gzip.unpack(reference.compress(text.encode())) == text


@pytest.mark.parametrize(
    "packed",
    [
        b"no gzip",
        reference.compress(b"cut off" * 100)[:-9],
        # 2 MiB that would fit into a frame.
        reference.compress(b"a" * (1 << 21)),
        zlib.compress(b"zlib, not gzip"),
    ],
)
def test_3_9_what_is_no_compressed_message(packed: bytes) -> None:
    with pytest.raises(ValueError, match="compressed frame"):
        gzip.unpack(packed)


@given(texts=st.lists(st.text()), size=st.integers(1, 9))
def test_7_1_an_event_stream_is_read_wherever_it_was_cut(texts: list[str], size: int) -> None:
    wire = "".join(f": life\r\ndata: {json.dumps(text)}\r\n\r\n" for text in texts).encode()
    stream = EventStream()
    found = [data for at in range(0, len(wire), size) for data in stream.take(wire[at : at + size])]
    assert [json.loads(data) for data in found] == texts


def test_7_1_only_newlines_end_lines() -> None:
    # str.splitlines() would cut at the separators that JSON may hold as they are.
    assert EventStream().take('data: "a\u2028b\x85c"\n\n'.encode()) == ['"a\u2028b\x85c"']


def test_since_in_words() -> None:
    assert since_of("last:20") == {"last": 20}
    assert since_of("k3v9:41") == Position("k3v9", 41)
    assert [since_of(each) for each in ("now", "earliest")] == ["now", "earliest"]
    with pytest.raises(ValueError, match="not a position"):
        since_of("yesterday")


@pytest.mark.parametrize("url", ["127.0.0.1:7400", "ws://host", "http://", "ftp://host"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        Access(url, None)


async def test_a_token_is_asked_for_once_and_again_when_it_must_be_new() -> None:
    asked = 0

    async def token() -> str:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        return f"token-{asked}"

    access = Access("http://127.0.0.1:7400/", token)
    assert access.base == "http://127.0.0.1:7400"
    assert [await access.token(renew) for renew in (False, False, True)] == ["token-1", "token-1", "token-2"]
    # Who asks meanwhile gets the same one, and who was refused an older one the present one.
    assert set(await asyncio.gather(access.token(True), access.token(True))) == {"token-3"}
    assert await access.token(True, refused="token-2") == "token-3"


async def test_a_token_function_that_fails_leaves_the_last_token() -> None:
    answers: list[str] = ["first"]

    access = Access("http://127.0.0.1:7400", lambda: answers.pop())
    assert await access.token(renew=True) == "first"
    with pytest.raises(IndexError):
        await access.token(renew=True)
    assert await access.token(renew=False) == "first"
