"""Says which commands an agent understands, until the gateway has heard the newest list."""

import asyncio
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import Problem
from .agent_spool import now_ms
from .asking import Gateway, ask, retry_s


class Declaration:
    def __init__(self, gateway: Gateway, agent_id: str, on_refused: Callable[[Problem], None]) -> None:
        self._gateway = gateway
        self._agent_id = agent_id
        self._on_refused = on_refused
        self._commands: dict[str, Mapping[str, Any]] = {}
        self._open = False
        self._due = False
        self._telling: asyncio.Task[None] | None = None

    def set(self, command: Mapping[str, Any]) -> None:
        self._commands[command["name"]] = command
        self._due = True
        self._tell()

    def begin(self) -> None:
        """The gateway is there, and the agent is at work."""
        self._open = True
        self._tell()

    def stop(self) -> None:
        if self._telling is not None:
            self._telling.cancel()

    def _tell(self) -> None:
        # Those that are declared in a row are told together: the task begins when they all were.
        if self._open and self._due and (self._telling is None or self._telling.done()):
            self._telling = asyncio.create_task(self._until_told(), name="signalbox declaration")

    async def _until_told(self) -> None:
        tries = 0
        while self._due:
            self._due = False
            event = {
                "id": str(uuid.uuid4()),
                "type": "agent_commands",
                "channel": f"agent:{self._agent_id}",
                "timestamp": now_ms(),
                "data": {"agentId": self._agent_id, "commands": list(self._commands.values())},
            }
            answer = await ask(self._gateway, "POST", "/v1/events", [event])
            if not isinstance(answer, Problem):
                tries = 0
            elif answer.temporary:
                self._due = True
                await asyncio.sleep(retry_s(tries, answer))
                tries += 1
            else:
                self._on_refused(answer)
