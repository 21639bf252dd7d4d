"""Signalbox for Python: follow and steer software agents."""

from .client import Client, Watch
from .commands import CommandFailedError, CommandHandle, CommandState, CommandView
from .errors import GapError, GatewayError, Problem, PublishError
from .spool import SpoolInUseError
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
from .verify_webhook import SeenWebhooks, Verified, verify_webhook

__version__ = "0.1.0"

__all__ = [
    "Backoff",
    "Client",
    "CommandFailedError",
    "CommandHandle",
    "CommandState",
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
    "SeenWebhooks",
    "Snapshot",
    "SpoolInUseError",
    "Verified",
    "Watch",
    "WatchState",
    "verify_webhook",
]
