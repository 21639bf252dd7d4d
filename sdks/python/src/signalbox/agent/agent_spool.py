"""Where an agent's events wait until the gateway has them: on disk, behind what earlier processes of it left there."""

import asyncio
import hashlib
import re
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from ..errors import Problem
from .asking import Gateway
from .leftovers import adopt_leftovers, send_leftovers
from .outbox import Outbox
from .owner import this_owner
from .sender import SharedNumbers
from .spool import DEFAULT_BYTES, Draft, Spool
from .spool_files import SpoolAbout
from .value import Value

DROPPABLE = frozenset({"agent_log", "agent_metric"})


class AgentSpool:
    def __init__(
        self,
        gateway: Gateway,
        *,
        agent_id: str,
        url: str,
        producer: str,
        session_id: str | None,
        root: Path,
        max_bytes: int | None,
        on_refused: Callable[[Problem], None],
    ) -> None:
        self._gateway = gateway
        self._agent_id = agent_id
        self._url = url
        self._session_id = session_id
        self._root = root
        self._max_bytes = max_bytes or DEFAULT_BYTES
        self._on_refused = on_refused
        digest = hashlib.sha256(f"{url} {agent_id}".encode()).hexdigest()[:12]
        name = re.sub(r"[^A-Za-z0-9_-]", "_", agent_id)[:60]
        self._prefix = f"agent-{name}-{digest}"
        self._leftovers = adopt_leftovers(root, f"{self._prefix}-")
        self.spool = self._create(f"agent:{agent_id}", producer)
        """The agent's channel."""
        self.memory_file = root / f"{self._prefix}.memory.json"
        """For what is to be remembered beside events."""
        self._session: Spool | None = None
        """The session's channel, from the first event on; it needs no lease."""
        self._outboxes: list[Outbox] = []
        self._stage: Value[Literal["waiting", "leftovers", "own"]] = Value("waiting")
        self._sending: asyncio.Task[None] | None = None
        self._left_out = 0
        """Log lines and metrics for which there was no room."""

    def publish(self, draft: Draft) -> None:
        """Never fails; of log lines and metrics some are left out, and counted, while the spool is full."""
        if self.spool.full and draft["type"] in DROPPABLE:
            self._left_out += 1
            return
        if self._left_out > 0 and not self.spool.full:
            message = f"{self._left_out} log lines and metrics were left out while the spool was full"
            self._left_out = 0
            data: dict[str, Any] = {"agentId": self._agent_id, "level": "warn", "message": message}
            self.spool.append([{**draft, "type": "agent_log", "data": data}])
        self.spool.append([draft])

    def publish_to_session(self, draft: Draft) -> None:
        if self._session is None:
            self._session = self._create(f"session:{self._session_id}")
            if self._stage.get() == "own":
                self._send(self._session)
        self._session.append([draft])

    def start(self, shared: SharedNumbers) -> None:
        """The lease is held in its first epoch: what was left goes first, then ours."""
        if self._sending is None:
            self._sending = asyncio.create_task(self._start(shared), name="signalbox spool")

    async def _start(self, shared: SharedNumbers) -> None:
        self._stage.set("leftovers")
        try:
            await send_leftovers(self._leftovers, self._gateway)
            self._send(self.spool, shared)
            if self._session is not None:
                self._send(self._session)
        finally:
            self._stage.set("own")

    async def settle(self, within_s: float) -> int:
        """Waits until the gateway has everything, at most so long. Returns how many events stay on disk."""
        clock = asyncio.get_running_loop()
        end = clock.time() + within_s
        with suppress(asyncio.TimeoutError, TimeoutError):
            await asyncio.wait_for(self._stage.until(lambda stage: stage == "own"), within_s)
        if self._sending is not None:
            if not self._sending.done():
                self._sending.cancel()
            await asyncio.wait([self._sending])
        rest_s = max(0.0, end - clock.time())
        await asyncio.gather(*(outbox.settle(rest_s) for outbox in self._outboxes))
        spools = [*self._leftovers, self.spool, *([self._session] if self._session is not None else [])]
        unsent = [spool for spool in spools if spool.waiting > 0]
        for spool in unsent:
            spool.abandon()
        return sum(spool.waiting for spool in unsent)

    def _send(self, spool: Spool, shared: SharedNumbers | None = None) -> None:
        self._outboxes.append(Outbox(spool, self._gateway, shared=shared, on_refused=self._on_refused))

    def _create(self, channel: str, leased: str | None = None) -> Spool:
        kind = "session" if channel.startswith("session:") else "agent"
        producer = f"{kind}-{secrets.token_hex(8)}"
        about = SpoolAbout(
            producer=producer,
            channel=channel,
            url=self._url,
            title=f"agent {self._agent_id}",
            # Spools are sent in the order of their times, also when the clock was set back.
            created_ms=max(now_ms(), *(spool.about.created_ms + 1 for spool in self._leftovers), 0),
            owner=this_owner(),
        )
        directory = self._root / f"{self._prefix}-{producer}"
        return Spool.create(directory, about, max_bytes=self._max_bytes, leased=leased)


def now_ms() -> int:
    return int(time.time() * 1_000)
