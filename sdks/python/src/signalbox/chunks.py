"""Puts a message together that came in chunks, spec §3.8."""

from __future__ import annotations

KIND = 3
_FIRST, _LAST, _ABANDONED = 1, 2, 4
_MOST_BYTES = 1 << 24
"""Far above what any message may have."""


class Chunks:
    def __init__(self) -> None:
        self._begun: bytearray | None = None

    def take(self, frame: bytes) -> str | None:
        """The message, with its last chunk. ValueError on what cannot follow."""
        kind, flags = frame[0], frame[1]
        if flags & _FIRST:
            if self._begun is not None:
                raise ValueError("a message in chunks began before the last one had ended")
            self._begun = bytearray()
        if kind != KIND or self._begun is None:
            raise ValueError("chunks out of sequence")
        self._begun += frame[2:]
        if len(self._begun) > _MOST_BYTES:
            raise ValueError(f"a message in chunks has more than {_MOST_BYTES} bytes")
        if not flags & (_LAST | _ABANDONED):
            return None
        whole, self._begun = self._begun, None
        return whole.decode() if flags & _LAST else None
