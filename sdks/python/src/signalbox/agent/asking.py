"""Requests to the gateway that may be asked again: what comes of one is an answer or a Problem, and none takes for ever."""

import asyncio
import random
from collections.abc import Callable
from typing import Any, Protocol

from ..client import Watch
from ..errors import GatewayError, Problem
from ..types import Filter, GapHandler, Handler, Json, Since

ANSWER_S = 30.0
"""A gateway that answers nothing for this long counts as away."""
BACKOFF_LEAST_S = 0.5
BACKOFF_MOST_S = 20.0
REFUSED_S = BACKOFF_MOST_S
"""One that is refused for good is asked again so seldom."""


class Gateway(Protocol):
    """The part of the client that an agent needs."""

    async def request(self, method: str, path: str, json: Json = None) -> Json: ...

    def watch(
        self,
        channel: str,
        *,
        since: Since | None = None,
        filter: Filter | None = None,
        on_event: Handler | None = None,
        on_gap: GapHandler | None = None,
        on_state: Callable[[Any], object] | None = None,
        on_error: Callable[[Exception], object] | None = None,
    ) -> Watch: ...


async def ask(
    gateway: Gateway, method: str, path: str, body: Json = None, *, within_s: float = ANSWER_S
) -> Json | Problem:
    """The answer; or why there is none, as a value."""
    try:
        return await asyncio.wait_for(gateway.request(method, path, body), within_s)
    except GatewayError as error:
        return error.problem
    except (asyncio.TimeoutError, TimeoutError):
        return _unreachable(f"no answer in {within_s:g} s")
    except OSError as error:
        return _unreachable(str(error) or type(error).__name__)


def retry_s(tries: int, problem: Problem | None = None) -> float:
    """Between half a second and 20 seconds, more with each try in a row, at random; what the gateway asks for at least."""
    ceiling = min(BACKOFF_MOST_S, BACKOFF_LEAST_S * 2.0 ** min(tries, 16))
    return max(asked_s(problem), BACKOFF_LEAST_S + random.random() * (ceiling - BACKOFF_LEAST_S))


def asked_s(problem: Problem | None) -> float:
    """Seconds the gateway asked to wait, at most a minute."""
    asked = (problem.details or {}).get("retryAfterMs") if problem is not None else None
    return min(asked / 1_000, 60.0) if isinstance(asked, (int, float)) and asked > 0 else 0.0


def member(value: object, name: str) -> Any:
    """A member of an object that came from outside; None if it is no object or has none."""
    return value.get(name) if isinstance(value, dict) else None


def _unreachable(message: str) -> Problem:
    return Problem("unreachable", 0, message, temporary=True, help="Is the gateway running?")
