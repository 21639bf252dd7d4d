"""What a spool keeps, over programs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from signalbox.outbox import Item, Numbering
from signalbox.spool import Spool, SpoolInUseError


def item(place: int, numbering: Numbering | None) -> Item:
    own = Item(f"id-{place}", {"id": f"id-{place}", "type": "tick", "channel": "agent:a"}, place, numbering, "")
    if numbering is None:
        own.write()
    else:
        own.number(numbering)
    return own


def test_events_are_there_again_in_order_with_their_numbers_until_they_have_their_answer(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "spool.db"
    spool = Spool(path)
    numbering = Numbering(spool.producer, "agent:a", spool.epoch, own=True)
    items = [item(place, numbering if place != 2 else None) for place in range(1, 5)]
    for each in items:
        spool.keep([each], again=False)
    spool.forget(items[0])
    spool.close()

    again = Spool(path)
    assert [(kept.place, kept.own) for kept in again.kept()] == [(2, None), (3, True), (4, True)]
    assert again.kept()[1].event["metadata"]["producer"] == {"id": spool.producer, "epoch": 1, "seq": 2}
    assert (again.producer, again.epoch) == (spool.producer, 2)
    again.close()


def test_an_epoch_is_never_used_twice(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db")
    numbering = Numbering(spool.producer, "agent:a", epoch=41, own=True)
    spool.keep([item(1, numbering)], again=True)
    spool.close()
    again = Spool(tmp_path / "spool.db")
    assert again.epoch == 42
    again.close()


def test_a_file_belongs_to_one_program(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    spool = Spool(path)
    code = f"from signalbox.spool import Spool; Spool({str(path)!r})"
    source = Path(__file__).resolve().parents[1] / "src"
    other = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(source)}, capture_output=True, text=True
    )
    assert "SpoolInUseError" in other.stderr
    with pytest.raises(SpoolInUseError, match="in use"):
        Spool(path)
    spool.close()
    Spool(path).close()
