"""Commands as people follow them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

from .types import Json

CommandState = Literal["queued", "delivered", "started", "done", "failed", "expired", "cancelled"]


@dataclass(frozen=True)
class CommandView:
    """A command as far as it is known."""

    command_id: str
    target: str
    name: str
    state: CommandState
    progress: float | None = None
    message: str | None = None
    result: Json = None
    error: str | None = None
    code: str | None = None


class CommandHandle:
    """A command that was given."""

    command_id: str

    @property
    def view(self) -> CommandView:
        raise NotImplementedError

    def states(self) -> AsyncIterator[CommandView]:
        """Each picture of the command from now to its end."""
        raise NotImplementedError

    async def ended(self) -> CommandView:
        """How it ended, whatever that is."""
        raise NotImplementedError

    async def result(self) -> Json:
        """What the target answered; raises CommandFailed if it did not get done."""
        raise NotImplementedError

    async def cancel(self, reason: str | None = None) -> None:
        """Takes it back; raises GatewayError `wrong_state` if it was started."""
        raise NotImplementedError
