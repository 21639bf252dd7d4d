"""Reads `text/event-stream`, as far as spec §7.1 uses it: `data:` lines, and comments that only show life."""

from __future__ import annotations

import codecs

_MOST_CHARACTERS = 1 << 24
"""Far above what any event of the gateway may have."""


class EventStream:
    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._data: list[str] = []

    def take(self, piece: bytes) -> list[str]:
        """The data of each event that ends in this piece. ValueError on an event without end."""
        found: list[str] = []
        # Only \n and \r\n end lines here: splitlines() knows more.
        *lines, self._rest = (self._rest + self._decoder.decode(piece)).split("\n")
        for raw in lines:
            line = raw.removesuffix("\r")
            if line.startswith("data:"):
                self._data.append(line[5:].removeprefix(" "))
            elif not line and self._data:
                found.append("\n".join(self._data))
                self._data = []
        if len(self._rest) + sum(map(len, self._data)) > _MOST_CHARACTERS:
            raise ValueError(f"an event has more than {_MOST_CHARACTERS} characters")
        return found
