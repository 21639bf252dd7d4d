"""The client's session, pure: facts and the time in, effects out.

One link at a time carries everything. Below the best way a second one, the candidate, is opened now and then; once the
gateway answers on it, it takes over: subscriptions begin there at their positions, so nothing is lost, and what both
links brought is dropped by position.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .backoff import backoff_ms
from .decode import correlation_of, decode_problem, retry_after_ms
from .effects import Drop, Effect, Open, Restart, Send, StateChanged
from .errors import Problem, closed
from .ladder import Failure, Ladder
from .link_state import LinkEvent, after, is_final, is_unauthorized, reason_of
from .outbox import Item, Kept, Outbox, OutboxOptions, text
from .outgoing import outgoing
from .subscriptions import Subscriptions
from .transport import NEVER, Cause, Message, Opening, Outgoing, Way
from .types import Backoff, Event, Json, LinkName, LinkState, Producer, Reason
from .watching import Watching, WatchOptions

_PONG_MS = 10_000
"""How long a ping may stay without any answer."""
_WAKE_PONG_MS = 3_000
"""And after a pause of the machine or a change of the network, when the link is more likely dead than not."""
_DEFAULT_HEARTBEAT_MS = 25_000
"""Until the gateway says its own."""
_RESTART_MS = 20
"""Several changes in a row make one new stream or poll."""
_ANSWER_MS = 10_000
"""Between a WebSocket's opening and the gateway's first word."""
_SILENCE = Cause(code=3001, name="heartbeat_timeout")


@dataclass(frozen=True)
class SessionOptions:
    ladder: Ladder
    name: str | None
    backoff: Backoff
    outbox: OutboxOptions
    can_renew: bool
    """A refused token can be replaced by asking for another."""
    random: Callable[[], float]
    """0 ≤ x < 1."""
    new_id: Callable[[], str]


@dataclass(eq=False)
class _Attempt:
    link: int
    index: int
    """Its place among the ways."""
    way: Way
    opened: bool = False
    """Bytes can flow."""
    deadline_ms: float = NEVER
    """The first word must come by then."""


class Session:
    def __init__(self, options: SessionOptions) -> None:
        self._options = options
        self._effects: list[Effect] = []
        self._subscriptions = Subscriptions(options.new_id, self._delay_ms)
        # The list is another one after each `take_effects`.
        self._outbox = Outbox(
            options.outbox, lambda effect: self._effects.append(effect), options.new_id, self._delay_ms
        )
        self._state: LinkName = "idle"
        self._reason: Reason | None = None
        self._attempt = 0
        self._retry_at_ms: float = NEVER
        self._offline_since_ms: float | None = None
        self._stopped: Problem | None = None
        self._hint_ms: float | None = None
        self._renewed = False
        self._links = 0
        self._current: _Attempt | None = None
        self._candidate: _Attempt | None = None
        self._climb_at_ms: float = NEVER
        self._restart_at_ms: float = NEVER
        self._heartbeat_ms: float = _DEFAULT_HEARTBEAT_MS
        self._seen_ms: float = 0
        self._pinged_ms: float = NEVER
        """A ping that has no answer yet."""

    # --- what the program wants ---

    def connect(self, now_ms: float) -> None:
        self._enter("connect", now_ms)

    def wake(self, now_ms: float) -> None:
        """The network came back, or changed."""
        if self._state == "live" and now_ms - self._seen_ms > self._quiet_ms() + _PONG_MS:
            self._lose(_SILENCE, now_ms, 0)
        if self._state == "live":
            self._ping(now_ms - _PONG_MS + _WAKE_PONG_MS)
        else:
            self._enter("wake", now_ms)

    def close(self, now_ms: float) -> None:
        self._stop("close", Cause(problem=closed("The client was closed.")), now_ms)

    def watch(self, name: str, options: WatchOptions, now_ms: float) -> Watching:
        watch = Watching(name, options, lambda effect: self._effects.append(effect))
        self._subscriptions.add(watch)
        self._enter("need", now_ms)
        return watch

    def unwatch(self, watch: Watching) -> None:
        self._subscriptions.remove(watch)

    def pause(self, watch: Watching) -> bool:
        """Its handlers are behind: nothing more of it is wanted until `resume`. False: not yet possible."""
        if not watch.pausable:
            return False
        self._subscriptions.pause(watch)
        return True

    def resume(self, watch: Watching) -> None:
        self._subscriptions.resume(watch)

    def restore(self, kept: Iterable[Kept], now_ms: float) -> None:
        self._outbox.restore(kept)
        if self._outbox.size:
            self._enter("need", now_ms)

    def publish(self, event: Event, producer: Producer | None, now_ms: float) -> Item | Problem:
        self._enter("need", now_ms)
        if self._stopped is not None:
            return self._stopped
        return self._outbox.add(event, producer, self._state == "live")

    def reject(self, item: Item, problem: Problem) -> None:
        self._outbox.reject(item, problem)

    # --- what links tell ---

    def dialing(self, link: int, now_ms: float) -> None:
        """The attempt has its token and begins now."""
        attempt = self._find(link)
        if attempt is not None:
            attempt.deadline_ms = now_ms + self._options.ladder.patience_ms(attempt.index)

    def opening(self, link: int, now_ms: float) -> Opening:
        attempt = self._find(link)
        if attempt is None:
            return Opening([], fresh=False)
        fresh = self._state != "live" or self._subscriptions.due_ms() <= now_ms
        if not attempt.opened and attempt.way.duplex:
            attempt.deadline_ms = now_ms + _ANSWER_MS
        attempt.opened = True
        hello = {**attempt.way.asks}
        if self._options.name is not None:
            hello["client"] = self._options.name
        out = [outgoing(self._options.new_id(), "connect", hello)]
        # A candidate first has to prove itself; subscriptions stay where they are.
        if attempt is not self._current or self._options.ladder.doubts(attempt.index):
            fresh = True
        else:
            self._restart_at_ms = NEVER
            out += self._subscriptions.asks(now_ms, all=True)
        return Opening([each.text for each in out], fresh)

    def received(self, link: int, messages: Sequence[Message], now_ms: float) -> None:
        self.alive(link, now_ms)
        for message in messages:
            # An earlier message of the same frame may have ended the link.
            attempt = self._find(link)
            if attempt is not None:
                self._message(attempt, message, now_ms)

    def acked(self, link: int, results: Sequence[Json], now_ms: float) -> None:
        if self._current is not None and link == self._current.link:
            self._outbox.acked(results, now_ms)

    def alive(self, link: int, now_ms: float) -> None:
        if self._current is not None and link == self._current.link:
            self._seen_ms = now_ms
            self._pinged_ms = NEVER

    def closed(self, link: int, cause: Cause, now_ms: float) -> None:
        if self._candidate is not None and link == self._candidate.link:
            self._candidate_failed(now_ms)
        elif self._current is not None and link == self._current.link:
            failure: Failure = "blocked" if cause.blocked else "unreachable" if cause.unreachable else "other"
            self._ended(cause, failure, now_ms)

    # --- time ---

    def next_ms(self) -> float:
        """When `tick` has something to do."""
        current, candidate = self._current, self._candidate
        next = min(self._retry_at_ms, current.deadline_ms if current else NEVER)
        if candidate is not None:
            next = min(next, candidate.deadline_ms)
        if self._state != "live":
            return next
        change = self._restart_at_ms if self._restart_at_ms < NEVER else self._subscriptions.due_ms()
        climb = NEVER if candidate else self._climb_at_ms
        return min(next, change, self._beat_ms(), climb, self._outbox.held_until_ms)

    def tick(self, now_ms: float) -> None:
        if self._candidate is not None and self._candidate.deadline_ms <= now_ms:
            self._candidate_failed(now_ms)
        if self._current is not None and self._current.deadline_ms <= now_ms:
            self._ended(Cause(), "silent", now_ms)
        if self._retry_at_ms <= now_ms:
            self._enter("due", now_ms)
        if self._state == "live" and self._beat_ms() <= now_ms:
            if self._pinged_ms < NEVER or not self._duplex:
                self._lose(_SILENCE, now_ms)
            else:
                self._ping(now_ms)
        if self._state == "live" and self._candidate is None and self._climb_at_ms <= now_ms:
            self._candidate = self._open(0)
        self.flush(now_ms)

    def flush(self, now_ms: float) -> None:
        """Sends what changed; several changes before it go out together."""
        current = self._current
        if current is None or self._state != "live":
            return
        if self._subscriptions.due_ms() <= now_ms:
            if current.way.duplex:
                self._send(self._subscriptions.asks(now_ms, all=False))
            else:
                self._restart_at_ms = min(self._restart_at_ms, now_ms + _RESTART_MS)
        if self._restart_at_ms <= now_ms:
            self._restart_at_ms = NEVER
            self._effects.append(Restart(current.link))
        for batch in self._outbox.take(now_ms):
            self._effects.append(Send(current.link, [text(item) for item in batch]))

    # --- what is shown ---

    def take_effects(self) -> list[Effect]:
        linked = self._state == "live"
        for watch in self._subscriptions.watches():
            watch.cut()
            status = watch.status_now(linked)
            if status != watch.status:
                watch.status = status
                self._effects.append(StateChanged(watch))
        taken, self._effects = self._effects, []
        return taken

    def link_state(self) -> LinkState:
        catching_up = sum(watch.status in ("subscribing", "catching_up") for watch in self._subscriptions.watches())
        return LinkState(
            state=self._state,
            transport=self._current.way.name if self._current else None,
            attempt=self._attempt,
            retry_at_ms=_whole(self._retry_at_ms),
            offline_since_ms=None if self._offline_since_ms is None else _whole(self._offline_since_ms),
            reason=self._reason,
            catching_up=catching_up,
            queued=self._outbox.size,
            not_sent=self._subscriptions.not_sent,
        )

    @property
    def stopped(self) -> Problem | None:
        """Why there is no link, and will be none until `connect`."""
        return self._stopped

    # --- inside ---

    def _message(self, attempt: _Attempt, message: Message, now_ms: float) -> None:
        type = message["type"]
        if attempt is self._current and message.get("channel") is not None:
            self._subscriptions.publication(message, now_ms)
        elif type == "connect":
            self._welcomed(attempt, message["data"], now_ms)
        elif attempt is not self._current:
            return
        elif type == "subscription_update":
            self._subscriptions.update(message, now_ms)
        elif type == "ack":
            self._outbox.acked(message["data"]["results"], now_ms)
        elif type == "disconnect":
            hint = message["data"].get("reconnectAfterMs")
            self._hint_ms = None if hint is None else float(hint)
        elif type == "error":
            error = decode_problem(message["data"])
            correlation = correlation_of(message)
            if error.name == "unauthenticated":
                self._ended(Cause(problem=error), "other", now_ms)
            elif not self._outbox.error(error, correlation, now_ms):
                self._subscriptions.error(error, correlation, now_ms)

    def _welcomed(self, attempt: _Attempt, data: Mapping[str, Json], now_ms: float) -> None:
        """The gateway answered: this way works."""
        attempt.deadline_ms = NEVER
        if attempt is self._candidate:
            self._candidate = None
            self._drop(self._current)
            self._current = attempt
            self._subscriptions.unlink(lost=False)
            self._outbox.requeue()
        elif self._state == "live":
            return
        self._state = after(self._state, "opened")
        self._seen_ms = now_ms
        self._pinged_ms = NEVER
        self._heartbeat_ms = float(data.get("heartbeatMs") or _DEFAULT_HEARTBEAT_MS)
        limits = data.get("limits")
        self._outbox.begin(limits.get("frameBytes") if isinstance(limits, dict) else None)
        self._attempt = 0
        self._renewed = False
        self._offline_since_ms = None
        self._reason = None
        self._options.ladder.worked(attempt.index, now_ms)
        self._climb_later(now_ms)

    def _climb_later(self, now_ms: float) -> None:
        index = self._current.index if self._current else 0
        self._climb_at_ms = now_ms + self._options.ladder.climb_ms(index, self._options.random())

    def _candidate_failed(self, now_ms: float) -> None:
        candidate, self._candidate = self._candidate, None
        self._drop(candidate)
        index = candidate.index + 1 if candidate else 0
        if self._current is not None and index < self._current.index:
            self._candidate = self._open(index)
        else:
            self._climb_later(now_ms)

    def _ended(self, cause: Cause, failure: Failure, now_ms: float) -> None:
        """The current link ended, or could not be opened."""
        if is_unauthorized(cause) and self._options.can_renew and not self._renewed:
            self._renewed = True
            self._lose(cause, now_ms, 0)
        elif is_unauthorized(cause) or is_final(cause):
            self._stop("refused", cause, now_ms)
        else:
            index = self._current.index if self._current else 0
            next = self._options.ladder.next(index, "lost" if self._state == "live" else failure, now_ms)
            if next is None:
                self._lose(cause, now_ms)
            else:
                self._unlink()
                self._current = self._open(next)

    def _lose(self, cause: Cause, now_ms: float, wait_ms: float | None = None) -> None:
        """Waits, then tries again."""
        if wait_ms is None:
            wait_ms = self._hint_ms if self._hint_ms is not None else retry_after_ms(cause.problem)
        self._leave("lost", cause, now_ms)
        self._hint_ms = None
        self._retry_at_ms = now_ms + (self._delay_ms(self._attempt + 1) if wait_ms is None else wait_ms)

    def _stop(self, event: LinkEvent, cause: Cause, now_ms: float) -> None:
        reason = self._leave(event, cause, now_ms)
        self._stopped = cause.problem or Problem("closed", 0, reason.name, temporary=False, help=reason.help)
        self._outbox.reject_all(self._stopped)

    def _leave(self, event: LinkEvent, cause: Cause, now_ms: float) -> Reason:
        self._unlink()
        self._state = after(self._state, event)
        if self._offline_since_ms is None:
            self._offline_since_ms = now_ms
        self._retry_at_ms = NEVER
        self._reason = reason_of(cause)
        return self._reason

    def _unlink(self) -> None:
        self._drop(self._current)
        self._drop(self._candidate)
        self._current = self._candidate = None
        self._restart_at_ms = NEVER
        self._subscriptions.unlink(lost=True)
        self._outbox.requeue()

    def _enter(self, event: LinkEvent, now_ms: float) -> None:
        next = after(self._state, event)
        if next == self._state:
            return
        if event != "due":
            # Something new makes this try as good as a first one.
            self._attempt = 0
        self._state = next
        self._retry_at_ms = NEVER
        self._stopped = None
        if self._offline_since_ms is None:
            self._offline_since_ms = now_ms
        self._attempt += 1
        self._current = self._open(self._options.ladder.start)

    def _open(self, index: int) -> _Attempt:
        way = self._options.ladder.ways[index]
        self._links += 1
        self._effects.append(Open(self._links, way.name))
        return _Attempt(self._links, index, way)

    def _drop(self, attempt: _Attempt | None) -> None:
        if attempt is not None:
            self._effects.append(Drop(attempt.link))

    def _send(self, messages: Sequence[Outgoing]) -> None:
        """One by one: the gateway refuses a frame as a whole."""
        if self._current is not None:
            self._effects += [Send(self._current.link, [message]) for message in messages]

    @property
    def _duplex(self) -> bool:
        return self._current is not None and self._current.way.duplex

    def _ping(self, as_of_ms: float) -> None:
        """Where pings can be sent; elsewhere only waiting shows whether there is life."""
        if self._duplex:
            self._pinged_ms = min(self._pinged_ms, as_of_ms)
            self._send([outgoing(self._options.new_id(), "ping", {})])

    def _quiet_ms(self) -> float:
        return max(self._heartbeat_ms, self._current.way.quiet_ms if self._current else 0)

    def _beat_ms(self) -> float:
        """When silence must be broken, or has lasted too long."""
        if self._pinged_ms < NEVER:
            return self._pinged_ms + _PONG_MS
        return self._seen_ms + self._quiet_ms() + (0 if self._duplex else _PONG_MS)

    def _find(self, link: int) -> _Attempt | None:
        for attempt in (self._current, self._candidate):
            if attempt is not None and attempt.link == link:
                return attempt
        return None

    def _delay_ms(self, tries: int) -> float:
        return backoff_ms(tries, self._options.random(), self._options.backoff)


def _whole(ms: float) -> int | None:
    return int(ms) if ms < NEVER else None
