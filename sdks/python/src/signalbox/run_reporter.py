"""Sends what a test run says to the gateway, from a thread of its own: the run never waits for the network."""

import asyncio
import hashlib
import os
import re
import secrets
import time
from collections.abc import Mapping
from typing import Any

from .agent.agent import DEFAULT_URL
from .agent.agent_spool import now_ms
from .agent.leftovers import FOR_EVER_S, adopt_leftovers
from .agent.outbox import Outbox
from .agent.owner import this_owner
from .agent.spool import Spool
from .agent.spool_files import SpoolAbout
from .agent.spool_root import spool_root
from .background import BackgroundLoop
from .client import Client

FINISH_S = 3.0
"""How long the end of the run waits for a gateway that answers. One that does not answer is not waited for."""


class RunReporter:
    """Events are on disk first. What the gateway has not got by the end is sent by the next run, or `signalbox spool flush`."""

    def __init__(self, channel: str) -> None:
        self.url = os.environ.get("SIGNALBOX_URL") or DEFAULT_URL
        self.channel = channel
        self._loop = BackgroundLoop("signalbox tests")
        self._outbox: Outbox | None = None
        """Of this run."""
        self._loop.run(self._start())

    def publish(self, type: str, data: Mapping[str, Any]) -> None:
        draft = {"type": type, "channel": self.channel, "timestamp": now_ms(), "data": data}
        self._loop.soon(lambda: self._spool.append([draft]))

    def finish(self) -> int:
        """Returns how many events stay on disk."""
        try:
            return self._loop.run(self._finish(), FINISH_S + 5.0)
        finally:
            self._loop.stop()

    async def _start(self) -> None:
        root = spool_root()
        digest = hashlib.sha256(f"{self.url} {self.channel}".encode()).hexdigest()[:12]
        prefix = f"tests-{re.sub(r'[^A-Za-z0-9_-]', '_', self.channel)[:60]}-{digest}-"
        self._client = Client(self.url, token=os.environ.get("SIGNALBOX_TOKEN") or None, name="pytest")
        leftovers = adopt_leftovers(root, prefix)
        producer = f"tests-{secrets.token_hex(8)}"
        about = SpoolAbout(
            producer=producer,
            channel=self.channel,
            url=self.url,
            title=f"tests of {self.channel}",
            created_ms=max(now_ms(), *(spool.about.created_ms + 1 for spool in leftovers), 0),
            owner=this_owner(),
        )
        self._spool = Spool.create(root / f"{prefix}{producer}", about)
        self._leftovers = leftovers
        self._sending = asyncio.create_task(self._send(FOR_EVER_S))

    async def _send(self, within_s: float) -> None:
        """What earlier runs left goes first; a gateway that does not answer is not waited for."""
        end = time.monotonic() + within_s
        while self._leftovers:
            left = await Outbox(self._leftovers[0], self._client).settle(end - time.monotonic(), patient=False)
            if left > 0:
                return
            self._leftovers.pop(0)
        self._outbox = Outbox(self._spool, self._client)

    async def _finish(self) -> int:
        end = time.monotonic() + FINISH_S
        await asyncio.wait([self._sending], timeout=FINISH_S)
        if self._sending.done() and self._outbox is None:
            # Nobody answered when the run began.
            await self._send(end - time.monotonic())
        if self._outbox is not None:
            await self._outbox.settle(max(0.0, end - time.monotonic()), patient=False)
        spools = [*self._leftovers, self._spool]
        unsent = [spool for spool in spools if spool.waiting > 0]
        for spool in unsent:
            spool.abandon()
        await self._client.close()
        return sum(spool.waiting for spool in unsent)
