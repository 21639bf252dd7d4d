"""All subscriptions of a client: what to ask the gateway, and who gets what it sends."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .channels import covers
from .decode import Update, correlation_of, decode_update, place_of, retry_after_ms
from .errors import Problem
from .outgoing import outgoing
from .subscription import Subscription
from .transport import NEVER, Message, Outgoing
from .watching import Watching

_FREE_TRIES = 3
"""Asking again is free this often, and anew when the last time is longer ago than _FORGET_TRIES_MS."""
_FORGET_TRIES_MS = 30_000


class Subscriptions:
    def __init__(self, new_id: Callable[[], str], delay_ms: Callable[[int], float]) -> None:
        self._new_id = new_id
        self._delay_ms = delay_ms
        self._all: dict[str, Subscription] = {}
        self._patterns: dict[str, Subscription] = {}
        self._watches: dict[Watching, None] = {}
        """Of all subscriptions, and those that are paused: looked through after every frame, so kept flat."""
        self._unwanted: dict[str, None] = {}
        """Names that the gateway still delivers and nobody wants."""
        self.not_sent = 0
        """Events that the gateway did not send because the way here is too slow for them."""

    def add(self, watch: Watching) -> None:
        subscription = self._all.get(watch.name)
        if subscription is None:
            subscription = self._all[watch.name] = Subscription(watch)
            if watch.pattern:
                self._patterns[watch.name] = subscription
            subscription.held = watch.name in self._unwanted
            self._unwanted.pop(watch.name, None)
        subscription.add(watch)
        self._watches[watch] = None

    def remove(self, watch: Watching) -> None:
        self._watches.pop(watch, None)
        self._leave(watch)

    def pause(self, watch: Watching) -> None:
        """Nothing more of it is wanted for now."""
        if watch.paused or watch not in self._watches:
            return
        watch.paused = True
        self._leave(watch)

    def resume(self, watch: Watching) -> None:
        """It goes on from its positions."""
        if not watch.paused or watch not in self._watches:
            return
        watch.paused = False
        watch.asked = None
        watch.unlink()
        watch.unsync()
        self.add(watch)

    def watches(self) -> Iterable[Watching]:
        return self._watches

    def due_ms(self) -> float:
        """When something must be asked."""
        least = 0 if self._unwanted else NEVER
        for subscription in self._all.values():
            if subscription.due:
                least = min(least, subscription.ask_at_ms)
        return least

    def asks(self, now_ms: float, all: bool) -> list[Outgoing]:
        """What changes the subscriptions of a running link; or `all` of them, for one that begins."""
        out: list[Outgoing] = []

        def leave(name: str) -> None:
            if not all:
                out.append(outgoing(self._new_id(), "unsubscribe", {"channel": name}))

        for name in self._unwanted:
            leave(name)
        self._unwanted.clear()
        for subscription in self._all.values():
            if subscription.ask_at_ms > now_ms or not (subscription.due or all):
                continue
            if subscription.held:
                leave(subscription.name)
            id = self._new_id()
            out.append(outgoing(id, "subscribe", subscription.ask(id)))
        return out

    def unlink(self, lost: bool) -> None:
        """The link that knew them is gone. `lost`: no other took its place."""
        self._unwanted.clear()
        for subscription in self._all.values():
            subscription.unlink()
            if lost:
                for watch in subscription.watches:
                    watch.unlink()

    def publication(self, message: Message, now_ms: float) -> None:
        for subscription in self._covering(message["channel"]):
            for watch in subscription.watches:
                if not watch.take(message):
                    self._again(subscription, now_ms)

    def update(self, message: Message, now_ms: float) -> None:
        update = decode_update(message["data"])
        correlation = correlation_of(message)
        # A left-over of somebody who asked for states.
        if update.states:
            return
        if update.state == "subscribed":
            self._subscribed(update, correlation, now_ms)
        elif update.state == "unsubscribed":
            if correlation is None:
                self._ended(update, now_ms)
        else:
            if update.gap is not None and update.gap.reason == "slow":
                self.not_sent += sum(update.gap.counts.values())
            for subscription in self._covering(update.channel):
                for watch in subscription.watches:
                    went_on = watch.skip(update) if update.state == "position" else watch.gap(update)
                    if not went_on:
                        self._again(subscription, now_ms)

    def error(self, error: Problem, correlation: str | None, now_ms: float) -> None:
        """An error that may be about a subscription."""
        channel, head = place_of(error)
        for subscription in list(self._all.values()):
            asked = correlation is not None and correlation == subscription.request
            # A channel of a pattern could not begin, or a delivery broke off: the channel says whose.
            broke = correlation is None and channel is not None and covers(subscription.name, channel)
            if not asked and not broke:
                continue
            if asked:
                subscription.request = None
                # A pattern may be half there; unsubscribing what is not there does no harm.
                subscription.held = subscription.pattern or error.name == "already_subscribed"
            if error.name == "position_beyond_head" and head is not None:
                for watch in subscription.watches:
                    watch.forget(head, channel)
                self._again(subscription, now_ms)
            elif error.temporary or error.name == "already_subscribed":
                self._again(subscription, now_ms, retry_after_ms(error) or self._delay_ms(1))
            elif asked:
                self._refuse(subscription, error)

    def _subscribed(self, update: Update, correlation: str | None, now_ms: float) -> None:
        subscription = self._all.get(update.pattern or update.channel)
        if subscription is None:
            return
        if update.pattern is None and correlation is not None and correlation == subscription.request:
            subscription.request = None
        # Before its answer come only left-overs of an earlier request.
        if subscription.request is not None:
            return
        announced = subscription.pattern and update.pattern is None
        whole = subscription.announce(update) if announced else subscription.begin(update)
        if not whole:
            self._again(subscription, now_ms)

    def _ended(self, update: Update, now_ms: float) -> None:
        """The gateway ended a delivery by itself."""
        for subscription in self._covering(update.channel):
            if update.reason == "forbidden" and subscription.name == update.channel:
                help = "This token does not allow it any more."
                self._refuse(subscription, Problem("forbidden", 112, "forbidden", temporary=False, help=help))
            else:
                self._again(subscription, now_ms, self._delay_ms(1))

    def _refuse(self, subscription: Subscription, error: Problem) -> None:
        self._all.pop(subscription.name, None)
        self._patterns.pop(subscription.name, None)
        for watch in subscription.watches:
            self._watches.pop(watch, None)
            watch.refuse(error)

    def _leave(self, watch: Watching) -> None:
        subscription = self._all.get(watch.name)
        if subscription is None or watch not in subscription.watches:
            return
        del subscription.watches[watch]
        if subscription.watches:
            return
        del self._all[watch.name]
        self._patterns.pop(watch.name, None)
        if subscription.held:
            self._unwanted[watch.name] = None

    def _again(self, subscription: Subscription, now_ms: float, least_ms: float = 0) -> None:
        """Asks once more from where everybody is."""
        if subscription.due or subscription.request is not None:
            return
        if now_ms - subscription.tried_ms > _FORGET_TRIES_MS:
            subscription.tries = 0
        tries = subscription.tries - _FREE_TRIES
        subscription.tries += 1
        subscription.tried_ms = now_ms
        subscription.due = True
        subscription.ask_at_ms = now_ms + max(least_ms, 0 if tries < 0 else self._delay_ms(tries))

    def _covering(self, channel: str) -> list[Subscription]:
        exact = self._all.get(channel)
        found = [] if exact is None else [exact]
        if self._patterns:
            found += [each for name, each in self._patterns.items() if covers(name, channel)]
        return found
