"""The client and the agent for programs without an event loop: the same names, each call waits for its answer.

A loop in a thread of its own does the work. Handlers are called one after the other in another thread, and may call what is
here in turn. Ctrl-C ends a call that waits; `with` closes what it opened.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from . import agent as aio_agent
from . import client as aio_client
from . import commands as aio_commands
from .agent import AgentEnded, CommandError, Decision, LeaseState
from .agent.arguments import arguments_schema
from .background import BackgroundLoop
from .types import (
    Event,
    Filter,
    Gap,
    GapHandler,
    Handler,
    LinkState,
    Position,
    Publication,
    Published,
    Since,
    SnapshotHandler,
)
from .types import WatchState as WatchState

__all__ = ["Agent", "AgentEnded", "Client", "CommandCall", "CommandError", "CommandHandle", "Decision", "Task", "Watch"]

P = ParamSpec("P")
Inner = TypeVar("Inner")
Result = TypeVar("Result")

COMMAND_THREADS = 8
"""Commands that are carried out beside each other; further ones wait for a thread."""


class _Blocking(Generic[Inner]):
    _inner: Inner
    _loop: BackgroundLoop


def _waiting(
    method: Callable[Concatenate[Inner, P], Awaitable[Result]],
) -> Callable[Concatenate[_Blocking[Inner], P], Result]:
    """A coroutine method, waited for."""

    @functools.wraps(method)
    def call(self: _Blocking[Inner], /, *args: P.args, **kwargs: P.kwargs) -> Result:
        async def work() -> Result:
            return await method(self._inner, *args, **kwargs)

        return self._loop.run(work())

    return call


def _there(method: Callable[Concatenate[Inner, P], Result]) -> Callable[Concatenate[_Blocking[Inner], P], Result]:
    """An ordinary method, called in the loop's thread."""

    @functools.wraps(method)
    def call(self: _Blocking[Inner], /, *args: P.args, **kwargs: P.kwargs) -> Result:
        async def work() -> Result:
            return method(self._inner, *args, **kwargs)

        return self._loop.run(work())

    return call


class Watch(_Blocking[aio_client.Watch]):
    """A channel or pattern that is followed."""

    def __init__(self, inner: aio_client.Watch, loop: BackgroundLoop) -> None:
        self._inner = inner
        self._loop = loop
        self.channel = inner.channel

    state = _there(aio_client.Watch.state)
    positions = _there(aio_client.Watch.positions)
    ready = _waiting(aio_client.Watch.ready)
    stop = _there(aio_client.Watch.stop)


class CommandHandle(_Blocking[aio_commands.CommandHandle]):
    """A command that was given."""

    def __init__(self, inner: aio_commands.CommandHandle, loop: BackgroundLoop) -> None:
        self._inner = inner
        self._loop = loop
        self.command_id = inner.command_id

    @property
    def view(self) -> aio_commands.CommandView:
        return self._inner.view

    def states(self) -> Iterator[aio_commands.CommandView]:
        """Each picture of the command from now to its end; of several since the last one, the newest."""
        return _each(self._loop, self._inner.states())

    ended = _waiting(aio_commands.CommandHandle.ended)
    result = _waiting(aio_commands.CommandHandle.result)
    cancel = _waiting(aio_commands.CommandHandle.cancel)


class Client(_Blocking[aio_client.Client]):
    """`with Client(url, token=…) as client:`; options as of `signalbox.Client`."""

    def __init__(self, url: str, **options: Any) -> None:
        self._inner = aio_client.Client(url, **options)
        self._loop = BackgroundLoop("signalbox client")
        self._handlers = ThreadPoolExecutor(1, "signalbox handlers")

    def __enter__(self) -> Client:
        """Begins to connect, without waiting: what needs the gateway waits for it."""
        self._loop.run(self._inner.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    connect = _waiting(aio_client.Client.connect)
    flush = _waiting(aio_client.Client.flush)
    request = _waiting(aio_client.Client.request)

    def close(self) -> None:
        """Ends the link, and the threads."""
        if self._loop.is_stopped:
            return
        try:
            self._loop.run(self._inner.close())
        finally:
            self._loop.stop()
            self._handlers.shutdown(wait=False, cancel_futures=True)

    @property
    def link(self) -> LinkState:
        """Where the link is now."""
        return self._inner.link

    def on(self, event: str, handler: Handler) -> Callable[[], None]:
        """Each event of this type of the subscribed agents, in order, until what this returns is called."""
        return self._inner.on(event, self._handled(handler))

    def subscribe_to_agent(self, agent_id: str, events: Sequence[str]) -> Watch:
        """Subscribes to these events of an agent, from now on; the handlers are those of `on`."""
        return Watch(self._loop.run(self._inner.subscribe_to_agent(agent_id, events)), self._loop)

    def watch(
        self,
        channel: str,
        *,
        since: Since | None = None,
        positions: Mapping[str, Position] | None = None,
        filter: Filter | None = None,
        snapshot: bool | str = False,
        complete: bool = False,
        on_event: Handler | None = None,
        on_gap: GapHandler | None = None,
        on_snapshot: SnapshotHandler | None = None,
        on_no_snapshot: Callable[[str], object] | None = None,
        on_state: Callable[[WatchState], object] | None = None,
        on_error: Callable[[Exception], object] | None = None,
    ) -> Watch:
        """Follows a channel or a pattern from `since` on, over every cut, until it is stopped."""
        handled = self._handled

        async def work() -> aio_client.Watch:
            return self._inner.watch(
                channel,
                since=since,
                positions=positions,
                filter=filter,
                snapshot=snapshot,
                complete=complete,
                on_event=on_event and handled(on_event),
                on_gap=on_gap and handled(on_gap),
                on_snapshot=on_snapshot and handled(on_snapshot),
                on_no_snapshot=on_no_snapshot and handled(on_no_snapshot),
                on_state=on_state and handled(on_state),
                on_error=on_error and handled(on_error),
            )

        return Watch(self._loop.run(work()), self._loop)

    def stream(
        self,
        channel: str,
        *,
        since: Since | None = None,
        filter: Filter | None = None,
        complete: bool = False,
        on_gap: Callable[[str, Gap], None] | None = None,
    ) -> Iterator[Publication]:
        """Each publication, once and in order. A gap raises GapError unless `on_gap` takes it."""
        events = self._inner.stream(channel, since=since, filter=filter, complete=complete, on_gap=on_gap)
        return _each(self._loop, events)

    @overload
    def publish(self, event: Event) -> Published: ...
    @overload
    def publish(self, event: Iterable[Event]) -> list[Published]: ...
    def publish(self, event: Event | Iterable[Event]) -> Published | list[Published]:
        """Once the gateway keeps it: its position; of several theirs, in order."""
        if isinstance(event, Mapping):
            return self._loop.run(self._inner.publish(event))
        return self._loop.run(self._inner.publish(event))

    def command(self, target: str, name: str, args: Any = None, **options: Any) -> CommandHandle:
        """Tells an agent or process what to do; returns once the command is kept."""
        handle = self._loop.run(self._inner.command(target, name, args, **options))
        return CommandHandle(handle, self._loop)

    def _handled(self, handler: Callable[..., object]) -> Callable[..., Awaitable[object]]:
        """Called in the handlers' thread; the next one waits for it."""

        async def call(*args: Any) -> object:
            return await asyncio.get_running_loop().run_in_executor(self._handlers, handler, *args)

        return call


class Task(_Blocking[aio_agent.Task]):
    """`with agent.task("…") as task:` ends it as done, or as failed with the exception."""

    def __init__(self, inner: aio_agent.Task, loop: BackgroundLoop) -> None:
        self._inner = inner
        self._loop = loop
        self.id = inner.id

    def __enter__(self) -> Task:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.done()
        else:
            self.failed(error)

    progress = _there(aio_agent.Task.progress)
    done = _there(aio_agent.Task.done)
    failed = _there(aio_agent.Task.failed)


class Memory(_Blocking[aio_agent.Memory]):
    """What an agent writes into its session's memory."""

    def __init__(self, inner: aio_agent.Memory, loop: BackgroundLoop) -> None:
        self._inner = inner
        self._loop = loop

    set = _there(aio_agent.Memory.set)
    delete = _there(aio_agent.Memory.delete)


class CommandCall:
    """A command that is being carried out, in a thread."""

    def __init__(self, inner: aio_agent.CommandCall, loop: BackgroundLoop) -> None:
        self._inner = inner
        self._loop = loop
        self.cancelled = threading.Event()
        """Set when the lease was lost or the agent is closed: nobody waits for what comes of it any more."""
        self.command_id = inner.command_id
        self.name = inner.name
        self.args: Any = inner.args
        self.issued_by = inner.issued_by

    def progress(self, percent: float | None = None, message: str | None = None) -> None:
        """How far it is, 0 to 100, told at most four times a second: the newest counts."""
        self._loop.soon(self._inner.progress, percent, message)


SomeHandler = TypeVar("SomeHandler", bound=Callable[..., Any])


class Agent(_Blocking[aio_agent.Agent]):
    """`with Agent("coder-001") as agent:`; options as of `signalbox.agent.Agent`.

    Command handlers are ordinary functions; each is called in a thread.
    """

    def __init__(self, agent_id: str, **options: Any) -> None:
        self._take(aio_agent.Agent(agent_id, **options), BackgroundLoop("signalbox agent"))
        self._commands = ThreadPoolExecutor(COMMAND_THREADS, "signalbox commands")

    def __enter__(self) -> Agent:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._loop.is_stopped:
            self._end(self._inner.__aexit__(kind, error, trace))

    def start(self) -> Agent:
        """At once: the gateway may be away. Fails if the spool cannot be written."""
        try:
            self._loop.run(self._inner.start())
        except BaseException:
            self._loop.stop()
            raise
        return self

    @property
    def agent_id(self) -> str:
        return self._inner.agent_id

    @property
    def lease(self) -> LeaseState:
        """Who is at work as this agent, as far as the gateway has said."""
        return self._inner.lease

    @property
    def paused(self) -> bool:
        """Somebody told it to pause; `proceed` waits meanwhile."""
        return self._inner.paused

    @property
    def ended(self) -> AgentEnded | None:
        """Why the program is to end; None while it is not."""
        return self._inner.ended

    @property
    def memory(self) -> Memory:
        return Memory(self._inner.memory, self._loop)

    proceed = _waiting(aio_agent.Agent.proceed)
    status = _there(aio_agent.Agent.status)
    log = _there(aio_agent.Agent.log)
    metric = _there(aio_agent.Agent.metric)
    usage = _there(aio_agent.Agent.usage)
    error = _there(aio_agent.Agent.error)
    publish = _there(aio_agent.Agent.publish)
    ask = _waiting(aio_agent.Agent.ask)
    applied = _waiting(aio_agent.Agent.applied)
    withdraw = _waiting(aio_agent.Agent.withdraw)

    def task(self, title: str, *, id: str | None = None, type: str | None = None) -> Task:
        """A piece of work, shown until it is done or has failed: `with agent.task("…") as task:`."""

        async def work() -> aio_agent.Task:
            return self._inner.task(title, id=id, type=type)

        return Task(self._loop.run(work()), self._loop)

    @overload
    def command(self, name: SomeHandler, /) -> SomeHandler: ...
    @overload
    def command(self, name: str | None = None, /, **options: Any) -> Callable[[SomeHandler], SomeHandler]: ...
    def command(
        self, name: str | SomeHandler | None = None, /, **options: Any
    ) -> SomeHandler | Callable[[SomeHandler], SomeHandler]:
        """Declares a command with what carries it out; options as of `signalbox.agent.Agent.command`."""
        if callable(name):
            return self.command()(name)

        def declare(handler: SomeHandler) -> SomeHandler:
            schema = options.get("args") or arguments_schema(handler)
            takes_args = options.get("args") is None

            async def carried_out(call: aio_agent.CommandCall) -> Any:
                outer = CommandCall(call, self._loop)
                named = call.args if takes_args and isinstance(call.args, dict) else {}
                context = contextvars.copy_context()
                work = functools.partial(context.run, handler, outer, **named)
                try:
                    return await asyncio.get_running_loop().run_in_executor(self._commands, work)
                except asyncio.CancelledError:
                    outer.cancelled.set()
                    raise

            async def declared() -> None:
                self._inner.command(name or handler.__name__, **{**options, "args": schema})(carried_out)

            self._loop.run(declared())
            return handler

        return declare

    def child(self, name: str, **options: Any) -> Agent:
        """An agent of its own below this one (`ID/name`), with its own lease; it ends with this one. Started at once."""

        async def work() -> aio_agent.Agent:
            return self._inner.child(name, **options)

        child = Agent.__new__(Agent)
        child._take(self._loop.run(work()), self._loop, is_child=True)
        child._commands = self._commands
        return child

    def done(self, summary: str | None = None) -> int:
        """It has done what it was for. Returns like `close`."""
        return self._end(self._inner.done(summary))

    def failed(self, error: BaseException | str) -> int:
        """It cannot do what it was for. Returns like `close`."""
        return self._end(self._inner.failed(error))

    def close(self) -> int:
        """Ends it, and its children; returns how many events stay on disk."""
        return self._end(self._inner.close())

    def _take(self, inner: aio_agent.Agent, loop: BackgroundLoop, *, is_child: bool = False) -> None:
        self._inner = inner
        self._loop = loop
        self._is_child = is_child

    def _end(self, ending: Coroutine[Any, Any, Result]) -> Result:
        """The threads end with the agent; of a child they are its parent's."""
        try:
            return self._loop.run(ending)
        finally:
            if not self._is_child:
                self._loop.stop()
                self._commands.shutdown(wait=False, cancel_futures=True)


def _each(loop: BackgroundLoop, items: AsyncIterator[Result]) -> Iterator[Result]:
    async def following() -> Result:
        return await items.__anext__()

    async def end() -> None:
        if isinstance(items, AsyncGenerator):
            await items.aclose()

    try:
        while True:
            try:
                item = loop.run(following())
            except StopAsyncIteration:
                return
            yield item
    finally:
        if not loop.is_stopped:
            loop.run(end())
