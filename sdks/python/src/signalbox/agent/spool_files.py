"""The files of one spool, as `signalbox spool` reads them too.

`about.json` says whose it is, `progress.json` what the gateway has, and segments, named by the number of their first
event, hold an event a line. Nobody but the owner of the account may read them: output holds secrets.
"""

import itertools
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .owner import NOBODY, Owner


@dataclass(frozen=True)
class SpoolAbout:
    producer: str
    """Nobody else is called so: the events' ids begin with it, and it publishes them unless the progress is leased."""
    channel: str
    url: str
    """The gateway these events are for."""
    title: str
    """What people recognise it by."""
    created_ms: int
    owner: Owner


@dataclass(frozen=True)
class SpoolProgress:
    """Event n is sent as sequence number n - base of the producer's epoch; that holds from event `first` on."""

    epoch: int = 1
    base: int = 0
    first: int = 1
    acknowledged: int = 0
    """The gateway has all events up to this one."""
    leased: str | None = None
    """They are published as this producer of a lease, in its epochs. Epoch 0: in none so far."""
    at: str | None = None
    """Of a leased one: no event that was not acknowledged is in the channel up to this position."""


@dataclass
class Segment:
    """One file of events."""

    path: Path
    first: int
    count: int
    size: int


def segment_path(directory: Path, first: int) -> Path:
    return directory / f"{first:012d}.jsonl"


def write_about(directory: Path, about: SpoolAbout) -> None:
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    owner: dict[str, int] = {"pid": about.owner.pid}
    if about.owner.start_ticks is not None:
        owner["startTicks"] = about.owner.start_ticks
    content = {
        "version": 1,
        "producer": about.producer,
        "channel": about.channel,
        "url": about.url,
        "title": about.title,
        "createdMs": about.created_ms,
        "owner": owner,
    }
    _replace(directory / "about.json", content, durable=True)


def write_progress(directory: Path, progress: SpoolProgress, *, durable: bool) -> None:
    """`durable`: on disk before this returns. Otherwise it survives the end of this process, not a power cut."""
    content: dict[str, Any] = {
        "epoch": progress.epoch,
        "base": progress.base,
        "from": progress.first,
        "acknowledged": progress.acknowledged,
    }
    if progress.leased is not None:
        content["leased"] = progress.leased
    if progress.at is not None:
        content["at"] = progress.at
    path = directory / "progress.json"
    try:
        _replace(path, content, durable=durable)
    except OSError:
        # A full disk has no room for a new file; the old one's block is there. Failing that too means sending twice.
        with suppress(OSError), path.open("r+b") as file:
            file.write(_padded(content))


def read_about(directory: Path) -> SpoolAbout | None:
    """None if the directory is not a spool."""
    about = _read_object(directory / "about.json")
    if about is None or about.get("version") != 1:
        return None
    producer, channel, url = (about.get(name) for name in ("producer", "channel", "url"))
    if not (isinstance(producer, str) and isinstance(channel, str) and isinstance(url, str)):
        return None
    title, created_ms = about.get("title"), about.get("createdMs")
    return SpoolAbout(
        producer=producer,
        channel=channel,
        url=url,
        title=title if isinstance(title, str) else "",
        created_ms=created_ms if isinstance(created_ms, int) else 0,
        owner=_owner(about.get("owner")),
    )


def read_progress(directory: Path) -> SpoolProgress:
    """What is missing or torn counts as nothing acknowledged: the gateway drops what it gets twice."""
    read = _read_object(directory / "progress.json") or {}

    def whole(name: str, otherwise: int) -> int:
        value = read.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else otherwise

    def text(name: str) -> str | None:
        value = read.get(name)
        return value if isinstance(value, str) else None

    return SpoolProgress(
        epoch=whole("epoch", 1),
        base=whole("base", 0),
        first=whole("from", 1),
        acknowledged=whole("acknowledged", 0),
        leased=text("leased"),
        at=text("at"),
    )


_SEGMENT = re.compile(r"[0-9]{12}\.jsonl", re.ASCII)


def read_segments(directory: Path) -> list[Segment]:
    """In order. Only the last one is read, as a crash may have left half a line at its end; the others end where the next begins."""
    paths = sorted(path for path in directory.iterdir() if _SEGMENT.fullmatch(path.name))
    segments = [Segment(path, int(path.stem), 0, 0) for path in paths]
    for segment, following in itertools.pairwise(segments):
        segment.count = following.first - segment.first
        segment.size = segment.path.stat().st_size
    for segment in segments[-1:]:
        text = segment.path.read_bytes()
        segment.count = text.count(b"\n")
        segment.size = text.rfind(b"\n") + 1
    return segments


def _owner(value: object) -> Owner:
    # A spool without a known owner may be taken over.
    if not isinstance(value, Mapping) or not isinstance(value.get("pid"), int):
        return NOBODY
    ticks = value.get("startTicks")
    return Owner(value["pid"], ticks if isinstance(ticks, int) else None)


def _replace(path: Path, content: Mapping[str, Any], *, durable: bool) -> None:
    fresh = path.with_name(f"{path.name}.new")
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(file, _padded(content))
        if durable:
            os.fsync(file)
    finally:
        os.close(file)
    fresh.replace(path)


def _padded(content: Mapping[str, Any]) -> bytes:
    """Of one length, so that writing it over an older one leaves nothing of that."""
    return f"{json.dumps(content):<400}\n".encode()


def _read_object(path: Path) -> Mapping[str, Any] | None:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
