"""What an agent writes into its session's memory, each entry with the number of its writes."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

ENTRIES_KEPT = 10_000
"""Entries whose version is kept, at most: the longest unwritten is forgotten, and counts from 1 again."""


class Memory:
    def __init__(
        self, session_id: str | None, author: str, file: Path, publish: Callable[[dict[str, Any]], None]
    ) -> None:
        """`file`: where versions are kept, so that the next process counts on."""
        self._session_id = session_id
        self._author = author
        self._file = file
        self._publish = publish
        self._versions: dict[str, int] | None = None

    def set(self, key: str, value: Any, *, scope: str | None = None) -> None:
        """`scope`: the part of the memory it is in."""
        self._write(key, scope, {"value": value})

    def delete(self, key: str, *, scope: str | None = None) -> None:
        self._write(key, scope, {"deleted": True})

    def _write(self, key: str, scope: str | None, what: dict[str, Any]) -> None:
        if self._session_id is None:
            raise ValueError("memory belongs to a session: start the agent with a session_id")
        version = self._next(
            json.dumps([self._session_id, scope or "", key], separators=(",", ":"), ensure_ascii=False)
        )
        data = {"sessionId": self._session_id, "key": key, "version": version, "author": self._author, **what}
        self._publish(data if scope is None else {**data, "scope": scope})

    def _next(self, entry: str) -> int:
        if self._versions is None:
            self._versions = _read_versions(self._file)
        # The newest written stands last.
        version = self._versions.pop(entry, 0) + 1
        self._versions[entry] = version
        if len(self._versions) > ENTRIES_KEPT:
            del self._versions[next(iter(self._versions))]
        text = json.dumps(list(self._versions.items()), ensure_ascii=False)
        with os.fdopen(
            os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(text)
        return version


def _read_versions(file: Path) -> dict[str, int]:
    """None, if there is no such file or it was torn."""
    try:
        read = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    entries = read if isinstance(read, list) else []
    return {
        entry[0]: entry[1]
        for entry in entries
        if isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str) and isinstance(entry[1], int)
    }
