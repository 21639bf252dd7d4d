"""The states of the link as a total table, and the words for why it ended."""

from __future__ import annotations

from typing import Literal

from .codes import UNAUTHORIZED, may_reconnect
from .transport import Cause
from .types import LinkName, Reason

LinkEvent = Literal["need", "connect", "wake", "due", "opened", "lost", "refused", "close"]
"""need: a watch or a publish wants a link. connect: a person does. wake: the network came back. due: the wait is over.
opened: the gateway answered. lost: try again. refused: trying again cannot help. close: the program ends it."""

_MOVES: dict[LinkName, dict[LinkEvent, LinkName]] = {
    "idle": {"need": "connecting", "connect": "connecting"},
    "connecting": {"opened": "live", "lost": "waiting", "refused": "stopped"},
    "live": {"lost": "waiting", "refused": "stopped"},
    "waiting": {"connect": "connecting", "wake": "connecting", "due": "connecting", "refused": "stopped"},
    "stopped": {"connect": "connecting"},
}


def after(state: LinkName, event: LinkEvent) -> LinkName:
    """Where the table says nothing an event changes nothing; after `close` every state is stopped."""
    return "stopped" if event == "close" else _MOVES[state].get(event, state)


def is_unauthorized(cause: Cause) -> bool:
    """Is the token at fault? A new one may help."""
    return cause.code == UNAUTHORIZED or (cause.problem is not None and cause.problem.name == "unauthenticated")


def is_final(cause: Cause) -> bool:
    """Would another try end the same way?"""
    if cause.problem is not None:
        return not cause.problem.temporary
    return cause.code is not None and not may_reconnect(cause.code)


def reason_of(cause: Cause) -> Reason:
    """A cause in words."""
    if cause.problem is not None:
        return Reason(cause.problem.number or cause.code, cause.problem.name, cause.problem.help)
    if cause.name:
        return Reason(cause.code, cause.name, f"The gateway ended the connection: {cause.name}.")
    return Reason(cause.code, "connection_lost", "The connection broke.")
