"""A piece of an agent's work, as people see it."""

import time
import uuid
from collections.abc import Callable
from types import TracebackType
from typing import Any

Publish = Callable[[str, dict[str, Any]], None]


class Task:
    """`with agent.task("…") as task:` ends it as done, or as failed with the exception."""

    def __init__(
        self, title: str, *, id: str | None, type: str | None, publish: Publish, on_end: "Callable[[Task], None]"
    ) -> None:
        self.id = id or str(uuid.uuid4())
        self.title = title
        self.type = type
        self._publish = publish
        self._on_end = on_end
        self._began = time.monotonic()
        self._progress = 0.0
        self._over = False
        self._update(status="running", progress=0)

    @property
    def current(self) -> dict[str, Any]:
        """As `agent_status` names it."""
        type = {} if self.type is None else {"type": self.type}
        return {"id": self.id, "title": self.title, "progress": self._progress, **type}

    def progress(self, percent: float, step: str | None = None) -> None:
        """0 to 100; `step`: the part of the task that is being done."""
        if self._over:
            return
        self._progress = min(100, max(0, percent))
        told = {} if step is None else {"step": step}
        self._update(status="running", progress=self._progress, **told)

    def done(self, result: Any = None) -> None:
        if self._over:
            return
        told = {} if result is None else {"result": result}
        self._progress = 100
        self._update(status="done", progress=100, **told)
        self._end(status="done", **told)

    def failed(self, error: BaseException | str) -> None:
        if self._over:
            return
        message = str(error) or type(error).__name__
        self._update(status="failed", progress=self._progress, message=message)
        self._end(status="failed", error=message)

    def __enter__(self) -> "Task":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.done()
        else:
            self.failed(error)

    def _update(self, **data: Any) -> None:
        type = {} if self.type is None else {"type": self.type}
        self._publish("agent_task_update", {"taskId": self.id, "title": self.title, **type, **data})

    def _end(self, **data: Any) -> None:
        self._over = True
        duration_ms = round((time.monotonic() - self._began) * 1_000, 3)
        self._publish("task_completed", {"taskId": self.id, "durationMs": duration_ms, **data})
        self._on_end(self)
