"""What is on disk: in order, once, whatever was torn, full or taken over."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from signalbox.agent import spool as spool_module
from signalbox.agent.owner import NOBODY, Owner, this_owner
from signalbox.agent.spool import Spool
from signalbox.agent.spool_files import SpoolAbout, read_progress
from signalbox.agent.spool_root import list_spools, spool_root

ABOUT = SpoolAbout("p", "agent:a", "http://gateway", "agent a", 1, this_owner())


def numbered(spool: Spool, number: int, most: int = 1_000, size: int = 1_000_000) -> list[tuple[Any, int]]:
    """What each event says, and its number in the producer's sequence."""
    events = [json.loads(line) for line in spool.read(number, most, size)]
    return [(event["data"], event["metadata"]["producer"]["seq"]) for event in events]


def draft(data: Any, **more: Any) -> dict[str, Any]:
    return {"type": "agent_log", "channel": "agent:a", "data": data, **more}


async def test_events_are_read_as_they_were_appended_with_the_producers_numbers(tmp_path: Path) -> None:
    spool = Spool.create(tmp_path / "s", ABOUT)
    spool.append([draft("ü…", metadata={"tags": {"a": "b"}}), draft(2, id="own")])
    spool.append([draft({"path": Path("/x"), "broken": "\ud800"})])
    first, second, third = (json.loads(line) for line in spool.read(1, 10, 1_000_000))
    assert first["metadata"] == {"tags": {"a": "b"}, "producer": {"id": "p", "epoch": 1, "seq": 1}}
    assert (first["id"], first["data"], second["id"]) == ("p.1", "ü…", "own")
    assert third["data"] == {"path": "/x", "broken": "\ud800"}
    assert numbered(spool, 2, most=1) == [(2, 2)]
    assert (spool.waiting, spool.next_to_send()) == (3, 1)
    with pytest.raises(ValueError, match="Out of range float"):
        spool.append([draft(float("nan"))])
    assert spool.waiting == 3
    assert (tmp_path / "s" / "about.json").stat().st_mode & 0o077 == 0
    spool.remove()
    assert list_spools(tmp_path) == []


async def test_segments_go_when_the_gateway_has_them_and_reads_keep_to_their_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "SEGMENT_BYTES", 200)
    spool = Spool.create(tmp_path / "s", ABOUT)
    for number in range(1, 21):
        spool.append([draft(number)])
    assert len(list((tmp_path / "s").glob("*.jsonl"))) > 3
    seen: list[Any] = []
    while batch := numbered(spool, len(seen) + 1, size=150):
        assert len(batch) <= 2
        seen += batch
    assert seen == [(number, number) for number in range(1, 21)]
    spool.acknowledge(20)
    assert len(list((tmp_path / "s").glob("*.jsonl"))) == 1
    assert spool.waiting == 0
    spool.close()


async def test_a_torn_line_is_no_event_and_nothing_stands_behind_it(tmp_path: Path) -> None:
    spool = Spool.create(tmp_path / "s", ABOUT)
    spool.append([draft(1), draft(2)])
    spool.close()
    (segment,) = (tmp_path / "s").glob("*.jsonl")
    with segment.open("ab") as file:
        file.write(b'{"id":"p.3","ty')
    (tmp_path / "s" / "progress.json").write_text("{torn")
    adopted = Spool.adopt(tmp_path / "s", this_owner())
    assert adopted is not None
    adopted.append([draft("three")])
    assert numbered(adopted, 1) == [(1, 1), (2, 2), ("three", 3)]
    adopted.close()


async def test_nobody_takes_over_what_a_living_process_writes(tmp_path: Path) -> None:
    spool = Spool.create(tmp_path / "s", ABOUT)
    spool.append([draft(1)])
    another = Owner(os.getppid())
    assert Spool.adopt(tmp_path / "s", another) is None
    assert [one.in_use for one in list_spools(tmp_path)] == [True]
    spool.abandon()
    assert [(one.in_use, one.waiting) for one in list_spools(tmp_path)] == [(False, 1)]
    assert Spool.adopt(tmp_path / "nothing", another) is None
    assert not NOBODY.is_alive()
    assert not Owner(os.getpid(), start_ticks=1).is_alive()


async def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool.create(tmp_path / "s", ABOUT)
    spool.append([draft(1)])
    write = os.write

    def half(file: int, text: Any) -> int:
        """Takes some bytes, then none."""
        if len(text) > 20:
            return write(file, bytes(text[:20]))
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(spool_module, "RETRY_S", 3_600.0)
    monkeypatch.setattr(os, "write", half)
    spool.append([draft(2)])
    assert spool.full
    assert numbered(spool, 1) == [(1, 1)]
    monkeypatch.undo()
    spool._write_again()
    assert not spool.full
    assert numbered(spool, 1) == [(1, 1), (2, 2)]
    spool.close()


async def test_numbers_follow_what_the_gateway_lost_or_refuses(tmp_path: Path) -> None:
    spool = Spool.create(tmp_path / "s", ABOUT)
    spool.append([draft(number) for number in range(1, 7)])
    spool.acknowledge(3)
    assert spool.rewind(2)
    assert numbered(spool, spool.next_to_send(), most=1) == [(2, 2)]
    spool.skip(2)
    assert numbered(spool, spool.next_to_send(), most=2) == [(3, 2), (4, 3)]
    assert not spool.rewind(2)
    spool.renumber()
    events = [json.loads(line) for line in spool.read(spool.next_to_send(), 1, 1_000)]
    assert events[0]["metadata"]["producer"]["epoch"] == 2
    assert read_progress(tmp_path / "s") == spool.progress
    spool.close()


async def test_a_leased_one_counts_anew_in_each_epoch_of_its_lease(tmp_path: Path) -> None:
    spool = Spool.create(tmp_path / "s", ABOUT, leased="a")
    spool.append([draft(number) for number in range(1, 5)])
    spool.begin(7, "e:10")
    spool.acknowledge(2, "e:12")
    # A command's step took number 3.
    spool.align(spool.next_in_sequence + 1)
    assert numbered(spool, spool.next_to_send()) == [(3, 4), (4, 5)]
    spool.begin(8, "e:20")
    events = [json.loads(line) for line in spool.read(spool.next_to_send(), 1, 1_000)]
    assert events[0]["metadata"]["producer"] == {"id": "a", "epoch": 8, "seq": 1}
    spool.unlease()
    events = [json.loads(line) for line in spool.read(spool.next_to_send(), 1, 1_000)]
    assert events[0]["metadata"]["producer"] == {"id": "p", "epoch": 1, "seq": 1}
    spool.close()


def test_spools_are_where_the_command_line_looks_for_them(tmp_path: Path) -> None:
    assert spool_root({"XDG_STATE_HOME": str(tmp_path)}) == tmp_path / "signalbox" / "spool"
    assert spool_root({}) == Path.home() / ".local/state/signalbox/spool"
