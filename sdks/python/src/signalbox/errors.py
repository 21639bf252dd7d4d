"""Problems as values, and as the error that is raised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .types import Gap, Json, Published


@dataclass(frozen=True)
class Problem:
    """What went wrong, whoever found it: a row of spec/codes.json, or number 0 for what the client found."""

    name: str
    number: int
    message: str
    temporary: bool
    """May the same request succeed later?"""
    help: str
    """What to do."""
    details: Mapping[str, Json] | None = None


class GatewayError(Exception):
    """A request that was refused, or could not be made. `status` is HTTP's, where there was one."""

    def __init__(self, problem: Problem, status: int | None = None) -> None:
        super().__init__(f"{problem.name}: {problem.message} {problem.help}".strip())
        self.problem = problem
        self.status = status

    @property
    def name(self) -> str:
        return self.problem.name

    @property
    def number(self) -> int:
        return self.problem.number

    @property
    def temporary(self) -> bool:
        return self.problem.temporary

    @property
    def help(self) -> str:
        return self.problem.help

    @property
    def details(self) -> Mapping[str, Json]:
        return self.problem.details or {}


class PublishError(GatewayError):
    """Some events of a list were not kept: the first one's problem. `results` has each one's outcome, in order."""

    def __init__(self, results: Sequence[Published | GatewayError]) -> None:
        self.results = results
        failed = [each for each in results if isinstance(each, GatewayError)]
        super().__init__(failed[0].problem, failed[0].status)


class GapError(Exception):
    """A stream cannot go on without saying that something is missing. Give `on_gap` to go on by yourself."""

    def __init__(self, channel: str, gap: Gap) -> None:
        last = "its end" if gap.last is None else str(gap.last)
        super().__init__(f"{channel} {gap.epoch}:{gap.first} to {last} are not coming: {gap.reason}")
        self.channel = channel
        self.gap = gap


def _own(name: str, message: str, help: str, temporary: bool = True) -> Problem:
    return Problem(name, 0, message, temporary, help)


def queue_full(message: str) -> Problem:
    return _own("queue_full", message, "Wait until earlier events are acknowledged.")


def closed(message: str) -> Problem:
    return _own("closed", message, "Call connect().", temporary=False)


def unreachable(message: str) -> Problem:
    return _own("unreachable", message, "Is the gateway running, and the address right?")


def bad_answer(message: str) -> Problem:
    return _own("bad_answer", message, "Something else answers in the gateway's place.")


def token_failed(message: str) -> Problem:
    return _own("token_failed", message, "Look into the token function.")


def reason_of(error: BaseException) -> str:
    return str(error) or type(error).__name__
