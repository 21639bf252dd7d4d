"""Why an agent is to do no more."""

from typing import Literal

EndCode = Literal["cancelled", "fenced", "closed"]


class AgentEnded(Exception):
    """What `proceed`, `run` and `ask` raise when the agent is to end."""

    def __init__(self, code: EndCode, message: str) -> None:
        super().__init__(message)
        self.code: EndCode = code
        """cancelled: somebody told it to stop. fenced: another process took its place. closed: by itself."""


class CommandError(Exception):
    """Raised by a command's handler: the command has failed with this message and this stable name."""

    def __init__(self, message: str, code: str = "failed") -> None:
        super().__init__(message)
        self.code = code
