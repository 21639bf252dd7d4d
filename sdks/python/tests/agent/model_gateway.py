"""What the gateway promises an agent (spec §5.4, §10, §12), in memory, with requests and answers that get lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from signalbox import GatewayError, Problem, Publication, WatchState


def refusal(name: str, *, temporary: bool = False, **details: Any) -> GatewayError:
    return GatewayError(Problem(name, 1, name, temporary, "", details))


@dataclass
class Lease:
    producer: str
    epoch: int
    state: str = "held"


@dataclass
class Command:
    id: str
    state: str = "queued"


@dataclass
class ModelGateway:
    """Of one agent's channel. `faults` are used up, one a request: None, "request" or "answer" is lost."""

    faults: list[str | None] = field(default_factory=list)
    away: bool = False
    events: list[dict[str, Any]] = field(default_factory=list)
    lease: Lease | None = None
    commands: dict[str, Command] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    """Commands that got an OK for their start."""
    sequences: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By producer: its newest epoch, and the newest number in it."""
    newest_epoch: int = 0
    watchers: list[tuple[Any, Any]] = field(default_factory=list)

    async def request(self, method: str, path: str, json: Any = None) -> Any:
        await asyncio.sleep(0.01)
        fault = self.faults.pop(0) if self.faults else None
        if self.away or fault == "request":
            raise ConnectionResetError("lost on its way")
        answer = self._answer(method, urlsplit(path), json)
        if fault == "answer":
            raise ConnectionResetError("its answer was lost")
        return answer

    def watch(self, channel: str, *, on_event: Any = None, on_state: Any = None, **_: Any) -> Any:
        entry = (on_event, on_state)
        self.watchers.append(entry)
        asyncio.get_running_loop().call_later(0.01, lambda: on_state(WatchState("live")))

        class Watching:
            def stop(watching) -> None:
                self.watchers.remove(entry)

        return Watching()

    def give(self, command_id: str) -> None:
        self.commands[command_id] = Command(command_id)
        data = {"commandId": command_id, "name": "do", "issuedBy": "user:a", "target": "agent:a"}
        self._keep({"type": "command_queued", "data": data})

    def lose_lease(self) -> None:
        """Nothing was heard for too long: what was begun under it has failed."""
        if self.lease is None or self.lease.state != "held":
            return
        self.lease.state = "lost"
        self._interrupt()
        self._keep({"type": "agent_status", "data": {"status": "lost"}})

    def _answer(self, method: str, url: Any, body: Any) -> Any:
        path = unquote(url.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if path == "/v1/leases/agent:a":
            return self._lease_request(method, body, query)
        if path == "/v1/events":
            return self._publish(body)
        if path == "/v1/channels/agent:a/events":
            since = 0 if query["since"] == "earliest" else int(query["since"].split(":")[1])
            page = self.events[since : since + 3]
            return {"events": page, "next": {"epoch": "e", "offset": since + len(page)}}
        if path == "/v1/channels/agent:a":
            return {"epoch": "e", "offset": len(self.events)}
        assert path == "/v1/commands"
        waiting = [one for one in self.commands.values() if one.state in ("queued", "delivered")]
        return {
            "commands": [
                {"commandId": one.id, "name": "do", "issuedBy": "user:a", "state": one.state} for one in waiting
            ]
        }

    def _lease_request(self, method: str, body: Any, query: dict[str, str]) -> Any:
        if method == "DELETE":
            epoch = int(query["epoch"])
            if self.lease is None or self.lease.epoch != epoch or self.lease.state != "held":
                raise refusal("wrong_state")
            self.lease.state = "released"
            self._interrupt()
            return None
        epoch = body.get("epoch")
        if epoch is not None:
            if self.lease is None or epoch < self.lease.epoch:
                raise refusal("fenced")
            if self.lease.state != "held":
                raise refusal("wrong_state")
            return {"epoch": epoch}
        self._interrupt()
        self.newest_epoch += 1
        self.lease = Lease(body["producer"], self.newest_epoch)
        self._keep({"type": "lease_held", "data": {"epoch": self.newest_epoch}})
        return {"epoch": self.newest_epoch}

    def _publish(self, body: list[dict[str, Any]]) -> Any:
        results = []
        for event in body:
            try:
                results.append(self._event(event))
            except GatewayError as error:
                problem = error.problem
                results.append(
                    {
                        "error": {
                            "name": problem.name,
                            "number": 1,
                            "temporary": problem.temporary,
                            "details": problem.details,
                        }
                    }
                )
                first = error
        if all("error" in result for result in results):
            raise first
        return {"results": results}

    def _event(self, event: dict[str, Any]) -> dict[str, Any]:
        producer = event.get("metadata", {}).get("producer")
        if producer is not None:
            name, epoch, number = producer["id"], producer["epoch"], producer["seq"]
            newest, last = self.sequences.get(name, (0, 0))
            if self.lease is not None and name == self.lease.producer:
                newest = max(newest, self.lease.epoch)
                last = last if newest == self.sequences.get(name, (0, 0))[0] else 0
            if epoch < newest:
                raise refusal("fenced")
            expected = last + 1 if epoch == newest else 1
            if number < expected:
                return {"id": event["id"], "duplicate": True}
            if number > expected:
                raise refusal("sequence_gap", expected=expected)
            self._step(event, producer)
            self.sequences[name] = (epoch, number)
        elif any(one.get("id") == event["id"] for one in self.events):
            return {"id": event["id"], "duplicate": True}
        self._keep(event)
        return {"id": event["id"], "epoch": "e", "offset": len(self.events), "duplicate": False}

    def _step(self, event: dict[str, Any], producer: dict[str, Any]) -> None:
        kind = event["type"].removeprefix("command_")
        if kind == event["type"] or kind == "queued":
            return
        if self.lease is None or self.lease.state != "held" or producer["epoch"] != self.lease.epoch:
            raise refusal("fenced")
        command = self.commands[event["data"]["commandId"]]
        allowed = {
            "delivered": {"queued", "delivered"},
            "started": {"queued", "delivered"},
            "progress": {"started"},
            "done": {"started"},
            "failed": {"queued", "delivered", "started"},
        }
        if command.state not in allowed[kind]:
            raise refusal("wrong_state", state=command.state)
        if kind == "started":
            self.begun.append(command.id)
        if kind != "progress":
            command.state = kind

    def _interrupt(self) -> None:
        for command in self.commands.values():
            if command.state == "started":
                command.state = "interrupted"

    def _keep(self, event: dict[str, Any]) -> None:
        kept = {"id": f"own-{len(self.events)}", "timestamp": 1, "channel": "agent:a", **event}
        self.events.append({**kept, "epoch": "e", "offset": len(self.events) + 1})
        for on_event, _ in list(self.watchers):
            call: Callable[[Publication], object] = on_event
            if event["type"] == "command_queued":
                asyncio.get_running_loop().call_soon(call, Publication(self.events[-1]))
