"""Publishes that outlive the program: a SQLite file, in the order of publishing.

Every event is committed before it is sent, so that a program that is killed loses none, and the next one sends what had
no answer with the same numbers: the gateway knows what it had. After a loss of power the last moments may be missing;
each opening of the file begins a new producer epoch, which is on the disk first, so that no number is given twice.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from uuid import uuid4

from .outbox import Item, Kept

_SCHEMA = """
CREATE TABLE IF NOT EXISTS producer (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, epoch INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS events (place INTEGER PRIMARY KEY, event TEXT NOT NULL, own INTEGER);
"""


class SpoolInUseError(Exception):
    """Another program has this file open: each needs its own, or both would number the same events."""


class Spool:
    def __init__(self, path: str | PathLike[str]) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        # The client may be made in another thread than the one its loop runs in.
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0)
        try:
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._durably("FULL")
            self._db.executescript(_SCHEMA)
            self._db.execute(
                "INSERT INTO producer VALUES (1, ?, 1) ON CONFLICT DO UPDATE SET epoch = epoch + 1",
                (f"py-{uuid4().hex}",),
            )
            self._durably("NORMAL")
        except sqlite3.OperationalError as error:
            self._db.close()
            if "locked" in str(error):
                raise SpoolInUseError(f"{path} is in use by another program.") from error
            raise
        self.producer, self.epoch = self._db.execute("SELECT id, epoch FROM producer").fetchone()

    def kept(self) -> list[Kept]:
        rows = self._db.execute("SELECT place, event, own FROM events ORDER BY place")
        return [Kept(place, json.loads(event), None if own is None else bool(own)) for place, event, own in rows]

    def keep(self, items: Sequence[Item], again: bool) -> None:
        """Raises sqlite3.Error where the disk does not take it. `again`: with other numbers, on the disk at once."""
        rows = [(item.place, item.text, item.numbering and item.numbering.own) for item in items]
        if again:
            self._durably("FULL")
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT OR REPLACE INTO events VALUES (?, ?, ?)", rows)
            if again:
                epoch = max(item.epoch for item in items)
                self._db.execute("UPDATE producer SET epoch = max(epoch, ?)", (epoch,))
            self._db.execute("COMMIT")
        except sqlite3.Error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        finally:
            if again:
                self._durably("NORMAL")

    def forget(self, item: Item) -> None:
        """It has its answer."""
        self._db.execute("DELETE FROM events WHERE place = ?", (item.place,))

    def close(self) -> None:
        self._db.close()

    def _durably(self, how: str) -> None:
        self._db.execute(f"PRAGMA synchronous = {how}")
