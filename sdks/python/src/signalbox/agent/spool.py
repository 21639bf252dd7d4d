"""Events on disk until the gateway has them.

An event is written (to the operating system) before it is sent, so that the death of this process loses nothing that
`append` was given. Against a power cut, what waits for the gateway is synced at most a second later. Events are numbered
1, 2, 3 …; the producer's sequence numbers are made from that when they are read.
"""

import asyncio
import json
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from .owner import NOBODY, Owner
from .spool_files import (
    Segment,
    SpoolAbout,
    SpoolProgress,
    read_about,
    read_progress,
    read_segments,
    segment_path,
    write_about,
    write_progress,
)

DEFAULT_BYTES = 1_073_741_824
"""On disk, at which `full` says to leave out what can be left out."""
SEGMENT_BYTES = 4_194_304
SYNC_S = 1.0
RETRY_S = 1.0
"""How soon a write is tried again when the disk was full."""

Draft = Mapping[str, Any]


class Spool:
    """Belongs to the running event loop."""

    def __init__(self, directory: Path, about: SpoolAbout, max_bytes: int = DEFAULT_BYTES) -> None:
        self.directory = directory
        self.about = about
        self._loop = asyncio.get_running_loop()
        self._max_bytes = max_bytes
        self._segment_bytes = min(SEGMENT_BYTES, -(-max_bytes // 4))
        self._segments = read_segments(directory)
        self._progress = read_progress(directory)
        last = self._segments[-1] if self._segments else None
        self._next = max(last.first + last.count if last else 1, self._progress.acknowledged + 1)
        self._bytes = sum(segment.size for segment in self._segments)
        self._file: int | None = None
        """Open for appending: the last segment."""
        self._unwritten: list[tuple[bytes, int]] = []
        """What the disk refused so far, with how many events it is."""
        self._disk_fault: str | None = None
        self._read_end: tuple[int, int] | None = None
        """Number and byte where the last read ended, so that the next one need not search."""
        self._listeners: list[Callable[[], None]] = []
        self._sync_timer: asyncio.TimerHandle | None = None
        self._retry_timer: asyncio.TimerHandle | None = None

    @classmethod
    def create(
        cls, directory: Path, about: SpoolAbout, *, max_bytes: int = DEFAULT_BYTES, leased: str | None = None
    ) -> "Spool":
        """A new one in a directory of its own. `leased`: published as this producer of a lease, see `begin`."""
        write_about(directory, about)
        if leased is not None:
            write_progress(directory, SpoolProgress(epoch=0, leased=leased), durable=True)
        return cls(directory, about, max_bytes)

    @classmethod
    def adopt(cls, directory: Path, owner: Owner) -> "Spool | None":
        """Takes over what an ended process left, to send it; None if it is no spool, or still somebody's."""
        about = read_about(directory)
        if about is None or (about.owner.pid != owner.pid and about.owner.is_alive()):
            return None
        write_about(directory, replace(about, owner=owner))
        spool = cls(directory, about)
        for segment in spool._segments:
            segment.count = segment.path.read_bytes().count(b"\n")
        if spool._segments:
            # What a crash left half-written at the end must not stand before what is appended.
            os.truncate(spool._segments[-1].path, spool._segments[-1].size)
        return spool

    @property
    def progress(self) -> SpoolProgress:
        return self._progress

    @property
    def acknowledged(self) -> int:
        return self._progress.acknowledged

    @property
    def oldest(self) -> int:
        """Number of the oldest event still here; the next one's if there is none."""
        return next((segment.first for segment in self._segments if segment.count > 0), self._written + 1)

    @property
    def waiting(self) -> int:
        """Events the gateway does not have yet."""
        return self._next - 1 - self._progress.acknowledged

    @property
    def full(self) -> bool:
        """The limit is reached, or the disk refuses."""
        return self._disk_fault is not None or self._bytes >= self._max_bytes

    @property
    def next_in_sequence(self) -> int:
        """The number in the sequence that the next event to be sent takes."""
        return self._progress.acknowledged + 1 - self._progress.base

    def next_to_send(self) -> int:
        """The first event the gateway does not have. Where a power cut took events, later ones close the hole."""
        number = self._progress.acknowledged + 1
        behind = next((one for one in self._segments if one.count > 0 and number < one.first + one.count), None)
        if behind is None or behind.first <= number:
            return number
        first = behind.first
        base = self._progress.base + first - number
        self._keep(replace(self._progress, base=base, first=first, acknowledged=first - 1), durable=True)
        return first

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Called after events were appended, acknowledged or could be written again. Returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def append(self, drafts: list[Draft]) -> None:
        """Keeps events in order. Never drops: what a full disk refuses is kept in memory, and tried again."""
        if not drafts:
            return
        lines = []
        for at, draft in enumerate(drafts):
            # Metadata comes last, so that `_stamp` can complete it without parsing.
            event = {"id": f"{self.about.producer}.{self._next + at}", **draft}
            metadata = event.pop("metadata", None)
            lines.append(_json({**event, "metadata": metadata or {}}))
        self._next += len(drafts)
        self._unwritten.append((b"".join(lines), len(drafts)))
        self._write()
        self._changed()

    def read(self, number: int, max_events: int, max_bytes: int) -> list[bytes]:
        """Events from `number` on, as JSON with the producer's numbers in; none if there are none yet."""
        segment = next((one for one in self._segments if one.first <= number < one.first + one.count), None)
        if segment is None:
            return []
        with segment.path.open("rb") as file:
            if self._read_end is not None and self._read_end[0] == number:
                file.seek(self._read_end[1])
            else:
                for _ in range(number - segment.first):
                    file.readline()
            start = file.tell()
            lines: list[bytes] = []
            size = 0
            while len(lines) < max_events and start + size < segment.size:
                line = file.readline()
                if lines and size + len(line) > max_bytes:
                    break
                lines.append(line[:-1])
                size += len(line)
        end = number + len(lines)
        self._read_end = (end, start + size) if end < segment.first + segment.count else None
        return [self._stamp(line, number + at) for at, line in enumerate(lines)]

    def acknowledge(self, number: int, at: str | None = None) -> None:
        """The gateway has everything up to `number`: segments that hold nothing else are deleted."""
        if number <= self._progress.acknowledged:
            return
        self._keep(replace(self._progress, acknowledged=number, at=at or self._progress.at), durable=False)
        # The last segment is written on, unless its room is needed.
        while self._segments and (len(self._segments) > 1 or self.full):
            oldest = self._segments[0]
            if oldest.first + oldest.count - 1 > number:
                break
            self._segments.pop(0)
            if not self._segments:
                self._leave_file()
            with suppress(OSError):
                oldest.path.unlink()
            self._bytes -= oldest.size
        self._changed()

    def rewind(self, number: int) -> bool:
        """The gateway lost what it had from `number` on. False if that is not here any more: see `renumber`."""
        if number < self.oldest or number < self._progress.first or number > self._written:
            return False
        self._read_end = None
        self._keep(replace(self._progress, acknowledged=number - 1), durable=True)
        return True

    def renumber(self) -> None:
        """Begins the next epoch of the producer with the oldest event still here."""
        first = min(self.oldest, self._progress.acknowledged + 1)
        self._read_end = None
        progress = SpoolProgress(self._progress.epoch + 1, first - 1, first, first - 1)
        self._keep(progress, durable=True)

    def skip(self, number: int) -> None:
        """The gateway refuses this event for good: the later ones close the hole it leaves in the sequence."""
        base = self._progress.base + 1
        self._keep(replace(self._progress, base=base, first=number + 1, acknowledged=number), durable=True)
        self._changed()

    def begin(self, epoch: int, at: str) -> None:
        """Of a leased one: the lease has this epoch, and no event of it is in the channel up to `at`."""
        acknowledged = self._progress.acknowledged
        leased = self._progress.leased
        self._keep(SpoolProgress(epoch, acknowledged, acknowledged + 1, acknowledged, leased, at), durable=True)

    def align(self, next_in_sequence: int) -> None:
        """Of a leased one: the next event to be sent takes this number, since others took those before it."""
        first = self._progress.acknowledged + 1
        self._keep(replace(self._progress, base=first - next_in_sequence, first=first), durable=False)

    def unlease(self) -> None:
        """Of a leased one whose process ended: what the gateway lacks is sent under a name of its own."""
        acknowledged = self._progress.acknowledged
        self._keep(SpoolProgress(1, acknowledged, acknowledged + 1, acknowledged), durable=True)

    def close(self) -> None:
        """Syncs and closes; the files stay for a later process."""
        for timer in (self._sync_timer, self._retry_timer):
            if timer is not None:
                timer.cancel()
        file, self._file = self._file, None
        if file is not None:
            if self._progress.acknowledged < self._written:
                os.fsync(file)
            os.close(file)

    def abandon(self) -> None:
        """Closes it for whoever comes, although this process lives on."""
        self.close()
        # The disk is full: they can have it when this process has ended.
        with suppress(OSError):
            write_about(self.directory, replace(self.about, owner=NOBODY))

    def remove(self) -> None:
        """Everything was sent: deletes the files."""
        self.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def _written(self) -> int:
        """Number of the newest event on disk."""
        return self._next - 1 - sum(count for _, count in self._unwritten)

    def _write(self) -> None:
        while self._unwritten:
            text, count = self._unwritten[0]
            self._disk_fault = self._write_batch(text, count)
            if self._disk_fault is not None:
                if self._retry_timer is None:
                    self._retry_timer = self._loop.call_later(RETRY_S, self._write_again)
                return
            self._unwritten.pop(0)

    def _write_again(self) -> None:
        self._retry_timer = None
        self._write()
        self._changed()

    def _write_batch(self, text: bytes, count: int) -> str | None:
        """Why it could not be written, if so; then nothing of it stays in the file."""
        try:
            segment = self._segment_to_append()
            if self._file is None:
                self._file = os.open(segment.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                rest = memoryview(text)
                while rest:
                    rest = rest[os.write(self._file, rest) :]
            except OSError:
                os.ftruncate(self._file, segment.size)
                raise
        except OSError as error:
            return str(error)
        segment.size += len(text)
        segment.count += count
        self._bytes += len(text)
        if self._sync_timer is None:
            self._sync_timer = self._loop.call_later(SYNC_S, self._sync)
        return None

    def _segment_to_append(self) -> Segment:
        if self._segments and self._segments[-1].size < self._segment_bytes:
            return self._segments[-1]
        self._leave_file()
        first = self._written + 1
        segment = Segment(segment_path(self.directory, first), first, 0, 0)
        self._segments.append(segment)
        return segment

    def _sync(self) -> None:
        self._sync_timer = None
        # What the gateway already has need not reach the disk here.
        if self._file is not None and self._progress.acknowledged < self._written:
            self._sync_aside(os.dup(self._file))

    def _leave_file(self) -> None:
        """The segment is full: synced and closed while the next one is written."""
        file, self._file = self._file, None
        if file is not None:
            self._sync_aside(file)

    def _sync_aside(self, file: int) -> None:
        def sync() -> None:
            # A failed sync says nothing about events the gateway will still get from the cache.
            with suppress(OSError):
                os.fsync(file)
            os.close(file)

        self._loop.run_in_executor(None, sync)

    def _keep(self, progress: SpoolProgress, *, durable: bool) -> None:
        self._progress = progress
        write_progress(self.directory, progress, durable=durable)

    def _stamp(self, line: bytes, number: int) -> bytes:
        """Completes the metadata, which is the line's last member."""
        progress = self._progress
        producer = {
            "id": progress.leased or self.about.producer,
            "epoch": progress.epoch,
            "seq": number - progress.base,
        }
        comma = b"" if line.endswith(b'"metadata":{}}') else b","
        return line[:-2] + comma + b'"producer":' + json.dumps(producer, separators=(",", ":")).encode() + b"}}"

    def _changed(self) -> None:
        for listener in list(self._listeners):
            listener()


def _json(event: Draft) -> bytes:
    """A line. What JSON cannot say is said as text: an agent's log must not end the agent."""
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"), default=str, allow_nan=False)
    try:
        return f"{text}\n".encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair, such as a file name that is not UTF-8.
        return f"{json.dumps(event, separators=(',', ':'), default=str, allow_nan=False)}\n".encode()
