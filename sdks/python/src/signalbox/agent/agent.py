"""An agent as its program sees it: says what it does, asks people, does what it is told."""

import asyncio
import os
import re
import socket
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypeVar, overload

from ..catalogue import AgentLogLevel, AgentStatusStatus
from ..client import Client
from ..errors import Problem
from .agent_spool import AgentSpool, now_ms
from .arguments import arguments_schema
from .asking import Gateway
from .asks import Asks, Decision
from .declaration import Declaration
from .ended import AgentEnded
from .execution import CommandCall, CommandSpec, Handler
from .inbox import Inbox
from .lease_keeper import Holder, LeaseKeeper, LeaseState
from .leased_numbers import LeasedNumbers
from .memory import Memory
from .spool_root import spool_root
from .steps import Steps
from .task import Task
from .value import Value

CLOSE_S = 10.0
"""How long `done`, `failed` and `close` wait for the gateway; what it has not got then stays on disk."""
FINAL = frozenset({"done", "failed", "cancelled"})
NEVER_WAIT = frozenset({"pause", "resume", "cancel"})
DEFAULT_URL = "http://127.0.0.1:7400"

AGENT_ID = re.compile(r"[A-Za-z0-9._~:/@+=,-]{1,200}", re.ASCII)
"""It becomes the name of a channel."""

Result = TypeVar("Result")
SomeHandler = TypeVar("SomeHandler", bound=Handler)


class Agent:
    """`async with Agent("coder-001") as agent:`, or `agent = await Agent("coder-001").start()` and `await agent.close()`.

    Nothing waits for the gateway: what is said is on disk when the call returns, and sent when there is one. Belongs to one
    event loop.
    """

    def __init__(
        self,
        agent_id: str,
        *,
        url: str | None = None,
        token: str | None = None,
        agent_type: str | None = None,
        name: str | None = None,
        session_id: str | None = None,
        producer: str | None = None,
        ttl_ms: int | None = None,
        progress_ms: int | None = None,
        take_over: bool = False,
        spool: str | os.PathLike[str] | None = None,
        spool_bytes: int | None = None,
        client: Gateway | None = None,
        on_fenced: Callable[[Holder | None], object] | None = None,
        on_refused: Callable[[Problem], object] | None = None,
    ) -> None:
        """
        `url`, `token`: `SIGNALBOX_URL` (or http://127.0.0.1:7400) and `SIGNALBOX_TOKEN` if absent. `agent_type`: what kind it
        is, such as coder. `name`: how people call it. `session_id`: the session it belongs to, whose memory it writes.
        `producer`: as its lease and events name it, `agent_id` if absent; two that must not replace each other have different
        ones. `ttl_ms`: it is lost when nothing was heard of it for so long, 15,000 if absent. `progress_ms`: it is stuck when
        it says that it is running and publishes nothing for so long; never if absent. `take_over`: even if another producer is
        at work as this agent. `spool`: the folder where events wait. `spool_bytes`: when log lines and metrics are left out,
        1 GiB if absent. `client`: instead of one of its own, for the same `url`; it is not closed with the agent.
        `on_fenced`: another process is at work as this agent now, nothing more is published here. `on_refused`: the gateway
        refused an event, or the declaration of the commands, for good.
        """
        if AGENT_ID.fullmatch(agent_id) is None:
            raise ValueError(f"not an agent's id: {agent_id!r} (1 to 200 of A-Z a-z 0-9 . _ ~ : / @ + = , -)")
        self.agent_id = agent_id
        self._url = url or os.environ.get("SIGNALBOX_URL") or DEFAULT_URL
        self._token = token or os.environ.get("SIGNALBOX_TOKEN") or None
        self._about = {"agentType": agent_type, "name": name, "sessionId": session_id}
        self._session_id = session_id
        self._producer = producer or agent_id
        self._ttl_ms = ttl_ms
        self._progress_ms = progress_ms
        self._take_over = take_over
        self._root = Path(spool) if spool is not None else spool_root()
        self._spool_bytes = spool_bytes
        self._client = client
        self._on_fenced = on_fenced
        self._on_refused = on_refused
        self._own_client: Client | None = None
        self._children: dict[str, Agent] = {}
        self._commands: dict[str, CommandSpec] = {}
        self._declared: list[Mapping[str, Any]] = []
        self._parent: Agent | None = None
        self._started = False
        self._paused = Value(False)
        self._end: Value[AgentEnded | None] = Value(None)
        self._said: str = "idle"
        """As the program said it."""
        self._shown: str | None = None
        """As it was published last."""
        self._waiting: dict[object, str] = {}
        """Titles of the questions that wait."""
        self._task: Task | None = None
        self._epoch: int | None = None
        self._over = False
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed: asyncio.Task[int] | None = None
        self.command("pause", title="Pause")(self._pause)
        self.command("resume", title="Resume")(self._resume)
        self.command("cancel", title="Cancel", confirm=True)(self._cancel)

    async def start(self) -> "Agent":
        """At once: the gateway may be away. Fails if the spool cannot be written."""
        if self._client is None:
            self._own_client = Client(self._url, token=self._token, name=f"agent {self.agent_id}")
            self._client = await self._own_client.__aenter__()
        try:
            self._begin(self._client)
        except BaseException:
            self._started = False
            if self._own_client is not None:
                await self._own_client.close()
            raise
        return self

    async def __aenter__(self) -> "Agent":
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, AgentEnded):
            await self.close()
        elif isinstance(error, Exception):
            await self.failed(error)
        else:
            # Ctrl-C, or whoever ran it gave it up.
            await self._finish("cancelled", None)

    @property
    def lease(self) -> LeaseState:
        """Who is at work as this agent, as far as the gateway has said."""
        return self._lease.state.get()

    @property
    def paused(self) -> bool:
        """Somebody told it to pause; `proceed` waits meanwhile."""
        return self._paused.get()

    @property
    def ended(self) -> AgentEnded | None:
        """Why the program is to end; None while it is not."""
        return self._end.get()

    async def proceed(self) -> None:
        """To be called between pieces of work: waits while the agent is paused. Raises AgentEnded when it is to end."""
        await self._paused.until(lambda paused: not paused or self._end.get() is not None)
        self._raise_if_ended()

    async def run(self, work: Awaitable[Result]) -> Result:
        """Its result; when the agent is to end meanwhile the work is cancelled, and AgentEnded raised."""
        task: asyncio.Future[Result] = asyncio.ensure_future(work)

        def end() -> None:
            task.cancel()

        stop = self._end.subscribe(end)
        try:
            self._raise_if_ended()
            await asyncio.wait([task])
        finally:
            stop()
            # It is to have ended also where whoever runs this was cancelled.
            if task.cancel():
                await asyncio.wait([task])
        if task.cancelled():
            self._raise_if_ended()
        return task.result()

    def status(self, /, status: AgentStatusStatus | str, **more: Any) -> None:
        """What it does from now on; `more` as in `agent_status`, such as `message`.

        While it is paused that is what people see, until it is resumed or has ended.
        """
        self._said = status
        if not self.paused or status in FINAL:
            self._show(status, more)

    def log(self, level: AgentLogLevel, message: str, fields: Mapping[str, Any] | None = None) -> None:
        data: dict[str, Any] = {"level": level, "message": message}
        if fields:
            data["fields"] = dict(fields)
        self.publish("agent_log", {**data, **self._task_id()})

    def metric(self, name: str, value: float, unit: str | None = None) -> None:
        self.publish("agent_metric", {"name": name, "value": value, **({} if unit is None else {"unit": unit})})

    def usage(self, /, **usage: Any) -> None:
        """Tokens, money or time since the last call, as in `agent_usage`: figures are added up."""
        session = {} if self._session_id is None else {"sessionId": self._session_id}
        self.publish("agent_usage", {**session, **self._task_id(), **usage})

    def error(self, error: BaseException | str, *, recoverable: bool = True) -> None:
        """Something went wrong; the agent goes on."""
        data: dict[str, Any] = {"error": _message(error), "recoverable": recoverable, **self._task_id()}
        if isinstance(error, BaseException):
            data["code"] = getattr(error, "code", None) or type(error).__name__
            data["stack"] = "".join(traceback.format_exception(type(error), error, error.__traceback__))
            data["code"] = str(data["code"])
        self.publish("agent_error", data)

    def publish(self, type: str, data: Mapping[str, Any]) -> None:
        """Any event of the catalogue that is about an agent, to this agent's channel: `test_result`, `tdd_phase_change` …"""
        if not self._started:
            raise RuntimeError("start the agent first: `async with Agent(…) as agent:`")
        if not self._over:
            self._spool.publish(self._draft(type, f"agent:{self.agent_id}", {**data, "agentId": self.agent_id}))

    def task(self, title: str, *, id: str | None = None, type: str | None = None) -> Task:
        """A piece of work, shown until it is done or has failed: `with agent.task("…") as task:`."""
        self._task = Task(title, id=id, type=type, publish=self.publish, on_end=self._task_ended)
        return self._task

    async def ask(
        self,
        title: str,
        data: Any = None,
        *,
        id: str | None = None,
        deadline: datetime | int | None = None,
        default: Literal["approve", "deny"] | None = None,
        roles: Sequence[str] | None = None,
        approvals: int | None = None,
        not_requester: bool = False,
        answer_schema: Any = None,
        risk: str | None = None,
        execution_id: str | None = None,
        step_id: str | None = None,
        on_asked: Callable[[str], object] | None = None,
    ) -> Decision:
        """Asks people, and waits for as long as they take, however often the gateway is restarted meanwhile.

        `data`: what is to be decided, as people see it; a decision is about exactly this. `id`: asked again with the same id
        and data, also by a later process, it is the same question. `deadline`: when `default` applies; 24 hours and deny if
        absent. `roles`: only who has one of these may decide. `approvals`: how many people must. `not_requester`: whoever's
        token the agent uses may not. `answer_schema`: JSON Schema of an edited answer. `risk`: what may go wrong. `on_asked`:
        the gateway has it, people can see it now.

        Raises GatewayError when it is refused, and AgentEnded when the agent is to end. One who was cancelled withdraws it; a
        process that only ends leaves it to the next one.
        """
        asking = object()
        checkpoint_id = id

        def asked(given_id: str) -> None:
            nonlocal checkpoint_id
            checkpoint_id = given_id
            if on_asked is not None:
                on_asked(given_id)

        self._waiting[asking] = title
        if len(self._waiting) == 1:
            self._show_now()
        try:
            return await self.run(
                self._asks.ask(
                    title,
                    data,
                    id=id,
                    deadline=deadline,
                    default=default,
                    roles=roles,
                    approvals=approvals,
                    not_requester=not_requester,
                    answer_schema=answer_schema,
                    risk=risk,
                    execution_id=execution_id,
                    step_id=step_id,
                    on_asked=asked,
                )
            )
        except AgentEnded as end:
            if end.code == "cancelled" and checkpoint_id is not None:
                await self._asks.withdraw(checkpoint_id, str(end))
            raise
        finally:
            del self._waiting[asking]
            if not self._waiting:
                self._show_now()

    async def applied(self, checkpoint_id: str, outcome: Any = None) -> None:
        """The agent acted on the decision. Saying it again changes nothing."""
        await self._asks.applied(checkpoint_id, outcome)

    async def withdraw(self, checkpoint_id: str, reason: str) -> None:
        """The question is not to be decided any more."""
        await self._asks.withdraw(checkpoint_id, reason)

    @overload
    def command(self, name: SomeHandler, /) -> SomeHandler: ...
    @overload
    def command(
        self,
        name: str | None = None,
        /,
        *,
        title: str | None = None,
        description: str | None = None,
        args: Mapping[str, Any] | None = None,
        confirm: bool = False,
        parallel: bool | None = None,
    ) -> Callable[[SomeHandler], SomeHandler]: ...
    def command(
        self,
        name: "str | SomeHandler | None" = None,
        /,
        *,
        title: str | None = None,
        description: str | None = None,
        args: Mapping[str, Any] | None = None,
        confirm: bool = False,
        parallel: bool | None = None,
    ) -> "SomeHandler | Callable[[SomeHandler], SomeHandler]":
        """Declares a command with what carries it out: `@agent.command`, or `@agent.command("add_tests", title="…")`.

        The handler, a function or coroutine function, is called with the CommandCall and the arguments by name: their JSON
        Schema is made from its annotations, unless `args` gives one. What it returns is the result; if it raises, the command
        has failed with the message, and the exception's `code` if it has one. `confirm`: people are asked before it is given.
        `parallel`: does not wait for other commands. Declare commands before the start, or at once after it: what waits and has
        no handler by the time the lease is held fails as `unknown_command`.
        """
        if callable(name):
            return self.command()(name)

        def declare(handler: SomeHandler) -> SomeHandler:
            called = name or handler.__name__
            schema = args if args is not None else arguments_schema(handler)
            waits = called not in NEVER_WAIT if parallel is None else not parallel
            self._commands[called] = CommandSpec(
                handler, parallel=not waits, takes_args=args is None and schema is not None
            )
            about = {"name": called, "title": title, "description": description, "args": schema}
            declared = {key: value for key, value in about.items() if value is not None}
            self._declare({**declared, "confirm": True} if confirm else declared)
            return handler

        return declare

    def child(
        self, name: str, *, agent_type: str | None = None, title: str | None = None, progress_ms: int | None = None
    ) -> "Agent":
        """An agent of its own below this one (`ID/name`), with its own lease; it ends with this one. Started at once."""
        if self._client is None or not self._started:
            raise RuntimeError("start the agent before its children")
        child = Agent(
            f"{self.agent_id}/{name}",
            url=self._url,
            agent_type=agent_type,
            name=title,
            session_id=self._session_id,
            ttl_ms=self._ttl_ms,
            progress_ms=progress_ms,
            take_over=self._take_over,
            spool=self._root,
            spool_bytes=self._spool_bytes,
            client=self._client,
        )
        child._parent = self
        self._children[name] = child
        child._begin(self._client)
        return child

    async def done(self, summary: str | None = None) -> int:
        """It has done what it was for. Returns like `close`."""
        return await self._finish("done", summary)

    async def failed(self, error: BaseException | str) -> int:
        """It cannot do what it was for. Returns like `close`."""
        if self._closed is None:
            self.error(error, recoverable=False)
        return await self._finish("failed", _message(error))

    async def close(self) -> int:
        """Ends it, and its children: as `done`, or as `cancelled` if it was.

        Gives the gateway ten seconds to take what it has not got; returns how many events stay on disk, for the next process
        of this agent or `signalbox spool flush`.
        """
        end = self._end.get()
        return await self._finish("cancelled" if end is not None and end.code == "cancelled" else "done", None)

    def _begin(self, client: Gateway) -> None:
        if self._started:
            return
        self._started = True
        channel = f"agent:{self.agent_id}"
        self._spool = AgentSpool(
            client,
            agent_id=self.agent_id,
            url=self._url,
            producer=self._producer,
            session_id=self._session_id,
            root=self._root,
            max_bytes=self._spool_bytes,
            on_refused=self._refused,
        )
        self.memory = Memory(self._session_id, self.agent_id, self._spool.memory_file, self._publish_memory)
        self._lease = LeaseKeeper(
            client,
            channel,
            self._producer,
            ttl_ms=self._ttl_ms,
            progress_ms=self._progress_ms,
            take_over=self._take_over,
        )
        self._numbers = LeasedNumbers(client, self._spool.spool, self._lease)
        steps = Steps(client, channel, self._producer, self._lease, self._numbers)
        self._inbox = Inbox(client, channel, steps, self._commands, on_refused=self._refused)
        self._asks = Asks(client, self.agent_id)
        self._declaration = Declaration(client, self.agent_id, self._refused)
        for command in self._declared:
            self._declaration.set(command)
        self._lease.state.subscribe(self._lease_changed)
        self.status("idle", host=socket.gethostname())
        self._lease.start()

    async def _finish(self, status: Literal["done", "failed", "cancelled"], message: str | None) -> int:
        if self._closed is None:
            self._closed = asyncio.create_task(self._close(status, message), name="signalbox close")
        return await asyncio.shield(self._closed)

    async def _close(self, status: Literal["done", "failed", "cancelled"], message: str | None) -> int:
        self._end_with(AgentEnded("closed", "the agent has ended"))
        ending: Literal["done", "cancelled"] = "done" if status == "done" else "cancelled"
        await asyncio.gather(*(child._finish(ending, None) for child in list(self._children.values())))
        await self._inbox.close()
        if self._shown not in FINAL:
            self.status(status, **({} if message is None else {"message": message}))
        self._over = True
        is_fenced = self._lease.state.get().state == "fenced"
        left = await self._spool.settle(0.0 if is_fenced else CLOSE_S)
        await self._lease.release()
        self._declaration.stop()
        for task in list(self._tasks):
            task.cancel()
        if self._parent is not None:
            self._parent._children.pop(self.agent_id.rsplit("/", 1)[-1], None)
        if self._own_client is not None:
            await self._own_client.close()
        return left

    def _lease_changed(self) -> None:
        state = self._lease.state.get()
        epoch = self._lease.epoch
        if state.state == "fenced":
            self._fenced(state)
        elif epoch != self._epoch:
            self._epoch = epoch
            if epoch is not None:
                self._later(self._hold(epoch))
            else:
                self._numbers.end()
                self._inbox.interrupt()

    async def _hold(self, epoch: int) -> None:
        is_back = self._numbers.begun_before
        if not await self._numbers.begin(epoch):
            return
        # It was lost: nobody knows what it does until it says so.
        if is_back and self._shown is not None:
            self._show(self._shown, {"previousStatus": "lost"})
        self._declaration.begin()
        self._inbox.begin()
        self._spool.start(self._numbers)

    def _fenced(self, state: LeaseState) -> None:
        if self._over:
            return
        self._over = True
        self._numbers.end("over")
        self._inbox.interrupt()
        self._end_with(AgentEnded("fenced", "another process is at work as this agent"))
        if self._on_fenced is not None:
            self._on_fenced(state.holder)

    def _pause(self, call: CommandCall) -> dict[str, bool]:
        self._paused.set(True)
        self._show_now(f"paused by {call.issued_by}")
        return {"paused": True}

    def _resume(self, call: CommandCall) -> dict[str, bool]:
        if self.paused:
            self._paused.set(False)
            self._show_now()
        return {"paused": False}

    def _cancel(self, call: CommandCall) -> dict[str, bool]:
        for agent in (self, *self._children.values()):
            agent._end_with(AgentEnded("cancelled", f"cancelled by {call.issued_by}"))
        return {"cancelled": True}

    def _end_with(self, reason: AgentEnded) -> None:
        if self._end.get() is None:
            self._end.set(reason)
            # Whoever waits in `proceed` is to see it.
            self._paused.set(False)

    def _raise_if_ended(self) -> None:
        end = self._end.get()
        if end is not None:
            raise AgentEnded(end.code, str(end))

    def _task_ended(self, task: Task) -> None:
        if self._task is task:
            self._task = None

    def _task_id(self) -> dict[str, str]:
        return {} if self._task is None else {"taskId": self._task.id}

    def _show_now(self, reason: str | None = None) -> None:
        """What stands in the way of what the program said comes first."""
        if self.paused:
            self._show("paused", {} if reason is None else {"reason": reason})
        elif self._waiting:
            self._show("waiting_approval", {"message": next(iter(self._waiting.values()))})
        else:
            self._show(self._said, {})

    def _show(self, status: str, more: Mapping[str, Any]) -> None:
        before, self._shown = self._shown, status
        data = {key: value for key, value in self._about.items() if value is not None}
        data["status"] = status
        if before is not None:
            data["previousStatus"] = before
        task = {} if self._task is None else {"currentTask": self._task.current}
        self.publish("agent_status", {**data, **task, **more})

    def _publish_memory(self, data: dict[str, Any]) -> None:
        if not self._over:
            self._spool.publish_to_session(self._draft("memory_update", f"session:{self._session_id}", data))

    def _draft(self, type: str, channel: str, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"type": type, "channel": channel, "timestamp": now_ms(), "data": data}

    def _declare(self, command: Mapping[str, Any]) -> None:
        self._declared.append(command)
        if self._started:
            self._declaration.set(command)

    def _refused(self, problem: Problem) -> None:
        if self._on_refused is not None:
            self._on_refused(problem)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _message(error: BaseException | str) -> str:
    return str(error) or type(error).__name__
