"""Signalbox for Python: follow and steer software agents."""

from .client import Client, Watch
from .commands import CommandHandle, CommandView
from .errors import GapError, GatewayError, Problem, PublishError
from .types import (
    Backoff,
    Filter,
    Gap,
    LinkState,
    Position,
    Producer,
    Publication,
    Published,
    Queue,
    Reason,
    Snapshot,
    WatchState,
)

__version__ = "0.1.0"

__all__ = [
    "Backoff",
    "Client",
    "CommandHandle",
    "CommandView",
    "Filter",
    "Gap",
    "GapError",
    "GatewayError",
    "LinkState",
    "Position",
    "Problem",
    "Producer",
    "Publication",
    "PublishError",
    "Published",
    "Queue",
    "Reason",
    "Snapshot",
    "Watch",
    "WatchState",
]
