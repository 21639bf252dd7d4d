"""A real gateway in its own process, as a user would start it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[4]
_READY_S = 60.0
_STOP_S = 45.0


def node() -> str:
    """The Node that the repository brings; the system's may be too old."""
    own = ROOT / "node_modules/.bin/node"
    found = str(own) if own.exists() else shutil.which("node")
    if found is None:
        raise RuntimeError("no Node.js: run `npm ci` in the repository first")
    return found


class Gateway:
    """`kill9` and `restart` keep the port and the data."""

    def __init__(self, **config: Any) -> None:
        """`config` as in the gateway's configuration file."""
        self.data_dir = Path(tempfile.mkdtemp(prefix="signalbox-py-"))
        self._config = self.data_dir / "config.json"
        self._config.write_text(json.dumps(config))
        self.url = ""
        self.token = ""
        self._port = 0
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self.logs: list[str] = []

    async def start(self) -> None:
        main = ROOT / "packages/cli/src/main.ts"
        serve = [
            "serve",
            "--json",
            "--port",
            str(self._port),
            "--data-dir",
            str(self.data_dir),
            "--config",
            str(self._config),
        ]
        # A developer's own settings must not reach the tests.
        env = {name: value for name, value in os.environ.items() if not name.startswith("SIGNALBOX_")}
        self._process = await asyncio.create_subprocess_exec(
            node(),
            "--conditions=source",
            str(main),
            *serve,
            cwd=self.data_dir,
            env=env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        ready = await asyncio.wait_for(self._ready(self._process), _READY_S)
        self.url, self.token, self._port = ready["url"], ready["token"], ready["port"]

    @property
    def port(self) -> int:
        return self._port

    async def kill9(self) -> None:
        await self._end(signal.SIGKILL)

    async def restart(self) -> None:
        await self._end(signal.SIGTERM)
        await self.start()

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)
        shutil.rmtree(self.data_dir, ignore_errors=True)

    async def _end(self, how: signal.Signals) -> None:
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            process.send_signal(how)
            await asyncio.wait_for(process.wait(), _STOP_S)
        if self._reading is not None:
            await self._reading
        self._process = self._reading = None

    async def _ready(self, process: asyncio.subprocess.Process) -> dict[str, Any]:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            text = line.decode()
            self.logs.append(text)
            if text.startswith("{"):
                said = json.loads(text)
                if isinstance(said, dict) and "url" in said and "token" in said:
                    self._reading = asyncio.create_task(self._drain(process.stdout))
                    return said
        raise RuntimeError("the gateway ended before it was ready:\n" + "".join(self.logs))

    async def _drain(self, output: asyncio.StreamReader) -> None:
        while line := await output.readline():
            self.logs.append(line.decode())
