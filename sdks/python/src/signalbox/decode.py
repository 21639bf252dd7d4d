"""The border: what the gateway sent becomes messages and values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .errors import Problem
from .transport import Message
from .types import Gap, Json, Position, Published, Snapshot


def parsed(text: str | bytes | bytearray) -> Json:
    """JSON as RFC 8259 has it. ValueError on all else: NaN, Infinity, brackets deeper than Python reads."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _no_number(name: str) -> Json:
    raise ValueError(f"{name} is no number in JSON")


def messages_in(value: Json) -> list[Message]:
    """One message or an array of them; what is neither an event nor has data to read is left out."""
    values = value if isinstance(value, list) else [value]
    return [
        each
        for each in values
        if isinstance(each, dict)
        and isinstance(each.get("type"), str)
        and (isinstance(each.get("channel"), str) or isinstance(each.get("data"), dict))
    ]


def decode_text(text: str | bytes) -> list[Message]:
    """The same from text; nothing when it is not JSON."""
    try:
        return messages_in(parsed(text))
    except ValueError:
        return []


def correlation_of(message: Message) -> str | None:
    """The id of the request that this answers."""
    metadata = message.get("metadata")
    found = metadata.get("correlationId") if isinstance(metadata, dict) else None
    return found if isinstance(found, str) else None


def decode_problem(value: Json) -> Problem:
    """An error as the gateway writes it; KeyError or TypeError where it is none."""
    details = value.get("details")
    return Problem(
        name=str(value["name"]),
        number=int(value.get("number", 0)),
        message=str(value.get("message", "")),
        temporary=bool(value.get("temporary", False)),
        help=str(value.get("help", "")),
        details=details if isinstance(details, dict) else None,
    )


def problem_in(body: Json) -> Problem | None:
    """The error of an HTTP answer, if a gateway wrote it."""
    error = body.get("error") if isinstance(body, dict) else None
    return decode_problem(error) if isinstance(error, dict) and isinstance(error.get("name"), str) else None


def results_in(body: Json) -> list[Json] | None:
    """The answer to `POST /v1/events`."""
    results = body.get("results") if isinstance(body, dict) else None
    return results if isinstance(results, list) else None


def decode_result(result: Mapping[str, Json]) -> Published | Problem:
    """What became of one published event."""
    if isinstance(result.get("error"), dict):
        return decode_problem(result["error"])
    offset = result.get("offset")
    return Published(
        id=str(result["id"]),
        channel=str(result["channel"]),
        epoch=str(result.get("epoch", "")),
        offset=None if offset is None else int(offset),
        duplicate=bool(result.get("duplicate", False)),
    )


def retry_after_ms(problem: Problem | None) -> int | None:
    """Milliseconds that the gateway asks to wait."""
    asked = (problem.details or {}).get("retryAfterMs") if problem else None
    return int(asked) if isinstance(asked, (int, float)) and asked > 0 else None


def place_of(error: Problem) -> tuple[str | None, Position | None]:
    """Which channel an error is about, and, with `position_beyond_head`, where that really ends."""
    details = error.details or {}
    channel, epoch, offset = details.get("channel"), details.get("epoch"), details.get("offset")
    head = Position(epoch, int(offset)) if isinstance(epoch, str) and isinstance(offset, (int, float)) else None
    return (channel if isinstance(channel, str) else None), head


def decode_gap(value: Mapping[str, Json]) -> Gap:
    to = value.get("to")
    counts = value.get("counts")
    return Gap(
        reason=str(value["reason"]),
        epoch=str(value["epoch"]),
        first=int(value["from"]),
        last=None if to is None else int(to),
        counts=counts if isinstance(counts, dict) else {},
    )


def decode_snapshot(value: Mapping[str, Json]) -> Snapshot:
    return Snapshot(
        reducer=str(value["reducer"]),
        version=int(value["version"]),
        epoch=str(value["epoch"]),
        offset=int(value["offset"]),
        state=value.get("state"),
    )


@dataclass(frozen=True)
class Update:
    """A `subscription_update`, spec §4."""

    channel: str
    state: str
    epoch: str = ""
    offset: int = 0
    head: int = 0
    pattern: str | None = None
    gap: Gap | None = None
    snapshot: Snapshot | None = None
    channels: int | None = None
    truncated: bool = False
    states: bool = False
    reason: str = ""


def decode_update(data: Mapping[str, Json]) -> Update:
    gap, snapshot, pattern, channels = (data.get(name) for name in ("gap", "snapshot", "pattern", "channels"))
    return Update(
        channel=str(data["channel"]),
        state=str(data["state"]),
        epoch=str(data.get("epoch", "")),
        offset=int(data.get("offset", 0)),
        head=int(data.get("head", 0)),
        pattern=None if pattern is None else str(pattern),
        gap=None if gap is None else decode_gap(gap),
        snapshot=None if snapshot is None else decode_snapshot(snapshot),
        channels=None if channels is None else int(channels),
        truncated=bool(data.get("truncated", False)),
        states=bool(data.get("states", False)),
        reason=str(data.get("reason", "")),
    )


def since_of(since: Position | str) -> Json | Position:
    """As the wire has it (a Position stays one). ValueError on what is none."""
    if isinstance(since, Position) or since in ("now", "earliest"):
        return since
    if since.startswith("last:") and since[5:].isdigit():
        return {"last": int(since[5:])}
    return Position.parse(since)


def decode_commands(body: Json) -> Sequence[Mapping[str, Json]]:
    commands = body.get("commands") if isinstance(body, dict) else None
    return commands if isinstance(commands, list) else []
