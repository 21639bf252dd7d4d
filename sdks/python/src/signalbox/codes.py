"""The errors and close codes of the wire.

Made from spec/codes.json by scripts/generate.ts: change that, then run `npm run generate`.
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, TypeAlias


class ErrorCode(NamedTuple):
    number: int
    temporary: bool
    """May the same request succeed later?"""

    http: int
    """HTTP status of the same error."""

    help: str
    """What to do."""


class CloseCode(NamedTuple):
    number: int
    help: str


ErrorName: TypeAlias = Literal[
    "invalid_message",
    "channel_required",
    "invalid_channel",
    "unknown_namespace",
    "invalid_position",
    "position_beyond_head",
    "already_subscribed",
    "not_subscribed",
    "too_many_subscriptions",
    "payload_too_big",
    "fenced",
    "sequence_gap",
    "forbidden",
    "not_found",
    "unsupported",
    "unauthenticated",
    "forbidden_origin",
    "forbidden_host",
    "unsupported_media_type",
    "wrong_state",
    "already_decided",
    "already_exists",
    "payload_changed",
    "leased",
    "not_driving",
    "too_many_members",
    "head_moved",
    "unavailable",
    "overloaded",
    "rate_limited",
    "too_many_connections",
    "conflict",
    "internal",
]
CloseName: TypeAlias = Literal[
    "too_fast",
    "overloaded_node",
    "going_away",
    "heartbeat_timeout",
    "slow_consumer",
    "internal_error",
    "disconnected",
    "bad_message",
    "unauthorized",
    "frame_too_big",
    "auth_timeout",
    "too_many_errors",
    "goodbye",
    "token_expired",
    "revoked",
]

ERROR_CODES: Final[Mapping[ErrorName, ErrorCode]] = {
    "invalid_message": ErrorCode(
        100,
        False,
        400,
        "The message breaks a rule; details.path and details.rule say which. Correct it and send it again.",
    ),
    "channel_required": ErrorCode(101, False, 400, "Name a channel: it could not be derived from the event's data."),
    "invalid_channel": ErrorCode(
        102, False, 400, "Use namespace:name with letters, digits and ._~:/@+=,- (a pattern may end in *)."
    ),
    "unknown_namespace": ErrorCode(
        103, False, 400, "Use a namespace the gateway knows, or declare it in its configuration."
    ),
    "invalid_position": ErrorCode(
        104, False, 400, "A position is EPOCH:OFFSET (or {epoch, offset}) with a whole offset from 0 to 2^53-1."
    ),
    "position_beyond_head": ErrorCode(
        105,
        False,
        409,
        "This history ends before your position; details has the real top. Drop the position and subscribe again.",
    ),
    "already_subscribed": ErrorCode(
        106, False, 409, "This connection already has that subscription; unsubscribe first to change it."
    ),
    "not_subscribed": ErrorCode(107, False, 404, "This connection has no such subscription."),
    "too_many_subscriptions": ErrorCode(108, False, 429, "Use a pattern, or a second connection."),
    "payload_too_big": ErrorCode(109, False, 413, "Send a smaller message; details.limitBytes is the most."),
    "fenced": ErrorCode(
        110, False, 403, "A newer producer epoch exists (details.epoch): another instance took over. Stop publishing."
    ),
    "sequence_gap": ErrorCode(
        111, False, 409, "Send the missing sequence first (details.expected), or begin a new producer epoch at 1."
    ),
    "forbidden": ErrorCode(
        112,
        False,
        403,
        "This token does not allow it; details may say which verb on which channel is missing. Ask whoever manages access for a role or capability that has it.",
    ),
    "not_found": ErrorCode(113, False, 404, "There is nothing at that address."),
    "unsupported": ErrorCode(
        114, False, 501, "This gateway does not offer that; see /openapi.json for what it offers."
    ),
    "unauthenticated": ErrorCode(
        115, False, 401, "Send a valid token: Authorization: Bearer TOKEN, or auth_request as the first message."
    ),
    "forbidden_origin": ErrorCode(
        116, False, 403, "Add the page's origin to allowedOrigins in the gateway's configuration."
    ),
    "forbidden_host": ErrorCode(117, False, 403, "Add this host name to allowedHosts in the gateway's configuration."),
    "unsupported_media_type": ErrorCode(
        118, False, 415, "Send application/json (or a CloudEvents media type) without content encoding."
    ),
    "wrong_state": ErrorCode(
        119,
        False,
        409,
        "What it is about is in another state (details.state) than this step needs. Look at it again before anything else is done.",
    ),
    "already_decided": ErrorCode(120, False, 409, "The first decision stands: details says which, by whom and when."),
    "already_exists": ErrorCode(121, False, 409, "This id is taken by something else; choose another one."),
    "payload_changed": ErrorCode(
        122,
        False,
        409,
        "The decision was about another payload than the one that waits (details.payloadHash). Look at the present one and decide again.",
    ),
    "leased": ErrorCode(
        123,
        False,
        409,
        "Another producer holds this lease (details.producer). Wait until it ends, or say takeOver: true to end it.",
    ),
    "not_driving": ErrorCode(
        130,
        False,
        409,
        "Somebody else drives (details.driver). Ask them to give it to you, or publish driver_changed with take: true.",
    ),
    "too_many_members": ErrorCode(
        131,
        False,
        429,
        "This channel, or this connection, has as many members as it may (details.limit). Leave with those that are not needed.",
    ),
    "head_moved": ErrorCode(
        132,
        False,
        409,
        "The channel's newest event is not where metadata.expected says: details has its real position. Read what came since, then send it again with that position, or not at all.",
    ),
    "unavailable": ErrorCode(
        200, True, 503, "The store cannot take writes now. Keep the event and try again after details.retryAfterMs."
    ),
    "overloaded": ErrorCode(201, True, 503, "Too much is waiting. Try again after details.retryAfterMs."),
    "rate_limited": ErrorCode(202, True, 429, "Slow down. Try again after details.retryAfterMs."),
    "too_many_connections": ErrorCode(
        204,
        True,
        429,
        "Too many connections are open for this principal, address or gateway; close some, or try again after details.retryAfterMs.",
    ),
    "conflict": ErrorCode(
        205, True, 503, "Others changed it at the same moment, again and again; nothing was kept. Try again."
    ),
    "internal": ErrorCode(
        203, True, 500, "A fault of the gateway; its log has the cause under the same id. Trying again is safe."
    ),
}

CLOSE_CODES: Final[Mapping[CloseName, CloseCode]] = {
    "too_fast": CloseCode(1008, "More was sent than is allowed, and refusals were ignored; the client is at fault."),
    "overloaded_node": CloseCode(
        1013,
        "More was unread than this gateway can hold, and this connection was among the worst; reconnect after a pause and resume.",
    ),
    "going_away": CloseCode(3000, "The gateway restarts; reconnect after the hinted delay and resume."),
    "heartbeat_timeout": CloseCode(3001, "Nothing was heard for too long; reconnect and resume."),
    "slow_consumer": CloseCode(3008, "Client read too slowly; resume from the last position."),
    "internal_error": CloseCode(3010, "A fault of the gateway; reconnect and resume."),
    "disconnected": CloseCode(
        3011, "Somebody who administers the gateway ended this connection; reconnect after the hinted delay and resume."
    ),
    "bad_message": CloseCode(3500, "A frame was not UTF-8 text holding a JSON message; the client is at fault."),
    "unauthorized": CloseCode(3501, "Token missing or rejected; get a new one."),
    "frame_too_big": CloseCode(3502, "A frame was over the limit; send smaller ones."),
    "auth_timeout": CloseCode(3503, "No token arrived in time; send auth_request at once after connecting."),
    "too_many_errors": CloseCode(3504, "Too many invalid messages in a row; the client is at fault."),
    "goodbye": CloseCode(3505, "The client said disconnect."),
    "token_expired": CloseCode(3506, "The token ended and no new one came in time; get a new one."),
    "revoked": CloseCode(3507, "The token, key or principal was revoked; ask whoever manages access."),
}

UNAUTHORIZED: Final = CLOSE_CODES["unauthorized"].number
"""A token that is missing or refused."""

STANDARD_STOPS: Final = frozenset({1002, 1003, 1007, 1008, 1009, 1010})
"""Of the numbers that WebSocket itself defines: the fault is in what was sent and would come again."""


def may_reconnect(close_number: int) -> bool:
    """The range says what a client must do, so that it is right about codes it has never met."""
    if close_number < 3000:
        return close_number not in STANDARD_STOPS
    return close_number < 3500 or 4000 <= close_number < 4500
