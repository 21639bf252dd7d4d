"""One command, from its delivery to its end."""

import asyncio
import inspect
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .command_feed import Given
from .ended import CommandError
from .steps import Stepped, Steps

PROGRESS_S = 0.25
ABOUT_RESULT = frozenset({"payload_too_big", "invalid_message"})
"""Refusals that another result would not get."""


class CommandCall:
    """A command that is being carried out. Its task is cancelled when the lease is lost and when the agent is closed."""

    def __init__(self, given: Given, tell: Callable[[float | None, str | None], None]) -> None:
        self.command_id = given.command_id
        self.name = given.name
        self.args: Any = given.args
        """As the declaration of the command allows them; None if none were given."""
        self.issued_by = given.issued_by
        """`KIND:ID` of who gave it."""
        self._tell = tell

    def progress(self, percent: float | None = None, message: str | None = None) -> None:
        """How far it is, 0 to 100, told at most four times a second: the newest counts."""
        self._tell(percent, message)


Handler = Callable[..., Any | Awaitable[Any]]


@dataclass(frozen=True)
class CommandSpec:
    """How a command is carried out. What the handler returns is the result (JSON, at most 64 KiB)."""

    handler: Handler
    parallel: bool
    """Does not wait for other commands."""
    takes_args: bool
    """The members of the arguments are given by name."""


class Execution:
    def __init__(self, given: Given, spec: CommandSpec | None, steps: Steps) -> None:
        self.command_id = given.command_id
        self.over = asyncio.Event()
        """There is nothing more to do for it."""
        self._given = given
        self._spec = spec
        self._steps = steps
        self._at = "waiting"
        """waiting, withdrawn (not to be begun any more), begun, over."""
        self._interrupted = False
        """What comes of it is nobody's business any more."""
        self._handling: asyncio.Task[Any] | None = None
        self._progress: dict[str, Any] | None = None
        self._telling: asyncio.Task[None] | None = None
        self._delivered: asyncio.Task[Stepped] | None = None
        if spec is not None:
            about = {"commandId": given.command_id}
            self._delivered = asyncio.create_task(steps.publish("command_delivered", about))

    async def run(self) -> None:
        try:
            await self._carry_out()
        finally:
            self._at = "over"
            self.over.set()

    def withdraw(self) -> None:
        """It was taken back, or is too old; what was begun goes on."""
        if self._at == "waiting":
            self._at = "withdrawn"
            self.over.set()

    def interrupt(self) -> None:
        """The lease ended: it has failed as interrupted, whatever comes of it."""
        self._interrupted = True
        self.stop()

    def stop(self) -> None:
        """What was begun is to end."""
        self.withdraw()
        if self._handling is not None:
            self._handling.cancel()

    async def _carry_out(self) -> None:
        about = {"commandId": self.command_id}
        if self._at != "waiting":
            return
        if self._spec is None or self._delivered is None:
            error = f"unknown command {json.dumps(self._given.name)}"
            await self._steps.publish("command_failed", {**about, "error": error, "code": "unknown_command"})
            return
        if not (await self._delivered).ok or self._at != "waiting":
            return
        # From here on it is begun, as far as anybody could know.
        self._at = "begun"
        if not (await self._steps.publish("command_started", about)).ok:
            return
        began = time.monotonic()
        end = await self._outcome(self._spec)
        self._at = "over"
        self._progress = None
        if self._interrupted:
            return
        if "error" in end:
            await self._steps.publish("command_failed", {**about, **end})
            return
        duration_ms = round((time.monotonic() - began) * 1_000, 3)
        done = await self._steps.publish("command_done", {**about, **end, "durationMs": duration_ms})
        # Carried out, but what came of it cannot be kept.
        if done.problem is not None and done.problem.name in ABOUT_RESULT:
            fault = {"error": done.problem.message, "code": "invalid_result"}
            await self._steps.publish("command_failed", {**about, **fault})

    async def _outcome(self, spec: CommandSpec) -> dict[str, Any]:
        """`result` or nothing; else `error` and `code`."""
        self._handling = asyncio.create_task(self._call(spec), name=f"signalbox command {self._given.name}")
        await asyncio.wait([self._handling])
        if self._handling.cancelled():
            return {"error": "the agent ended while it was being carried out", "code": "interrupted"}
        fault = self._handling.exception()
        if fault is not None:
            code = getattr(fault, "code", None)
            error = str(fault) or type(fault).__name__
            return {"error": error, "code": code if isinstance(code, str) else "failed"}
        result = self._handling.result()
        if result is None:
            return {}
        try:
            return {"result": json.loads(json.dumps(result, allow_nan=False))}
        except (TypeError, ValueError) as error:
            return {"error": f"the result is not JSON: {error}", "code": "invalid_result"}

    async def _call(self, spec: CommandSpec) -> Any:
        call = CommandCall(self._given, self._tell)
        named = self._given.args if spec.takes_args and isinstance(self._given.args, Mapping) else {}
        try:
            inspect.signature(spec.handler).bind(call, **named)
        except TypeError as error:
            raise CommandError(str(error), "invalid_args") from None
        result = spec.handler(call, **named)
        return await result if inspect.isawaitable(result) else result

    def _tell(self, percent: float | None, message: str | None) -> None:
        if self._at != "begun":
            return
        progress: dict[str, Any] = {}
        if percent is not None:
            progress["progress"] = min(100, max(0, percent))
        if message is not None:
            progress["message"] = message
        self._progress = progress
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell_newest())

    async def _tell_newest(self) -> None:
        while self._progress is not None and not self._interrupted:
            progress, self._progress = self._progress, None
            await self._steps.publish("command_progress", {"commandId": self.command_id, **progress})
            await asyncio.sleep(PROGRESS_S)
