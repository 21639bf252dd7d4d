"""Unpacks a publication that came gzipped, spec §3.9."""

from __future__ import annotations

import zlib

KIND = 2
_MOST_BYTES = 1_048_576
"""The gateway compresses shorter messages only: what becomes longer is no message."""


def unpack(packed: bytes) -> str:
    """The message's text; ValueError on what is not whole gzip of a message."""
    stream = zlib.decompressobj(wbits=31)
    try:
        text = stream.decompress(packed, _MOST_BYTES)
    except zlib.error as error:
        raise ValueError(f"a compressed frame cannot be read: {error}") from error
    if stream.unconsumed_tail or not stream.eof:
        raise ValueError(f"a compressed frame is cut off, or longer than {_MOST_BYTES} bytes")
    return text.decode()
