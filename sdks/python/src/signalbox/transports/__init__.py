"""The ways to the gateway."""

from __future__ import annotations

from ..transport import Transport
from ..types import TransportName
from .poll import PollTransport
from .sse import SseTransport
from .websocket import WebSocketTransport


def transport_of(name: TransportName) -> Transport:
    """ValueError on an unknown name."""
    if name == "websocket":
        return WebSocketTransport()
    if name == "sse":
        return SseTransport()
    if name == "poll":
        return PollTransport()
    raise ValueError(f"no such transport: {name!r} (websocket, sse or poll)")
