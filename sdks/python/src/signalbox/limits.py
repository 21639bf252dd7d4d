"""The gateway's limits as they are by default; it tells its own in its answer to `connect`.

Made from packages/protocol/src/limits.ts by scripts/generate.ts: change that, then run `npm run generate`.
"""

from typing import Final

FRAME_BYTES: Final = 1_048_576
"""bytes. Over it: WebSocket: close 1009; HTTP: error payload_too_big (413)."""

BATCH_MESSAGES: Final = 1_000
"""Over it: error invalid_message for the whole frame or body."""

JSON_DEPTH: Final = 32
"""Over it: error invalid_message."""

JSON_KEYS: Final = 1_000
"""Over it: error invalid_message; keys are counted over the whole message, except positions of a subscribe."""

JSON_ITEMS: Final = 100_000
"""Over it: error invalid_message; items of lists are counted over the whole frame or body."""

SUBSCRIPTIONS: Final = 512
"""Over it: error too_many_subscriptions; a pattern counts as one."""

PATTERN_CHANNELS: Final = 10_000
"""Over it: the subscription says `truncated: true` and serves the first ones by name."""

HEADER_BYTES: Final = 16_384
"""bytes. Over it: HTTP 431; a WebSocket message before the token was accepted: close 1009."""

HEADER_MS: Final = 10_000
"""ms. Over it: headers, or a TLS handshake, that take longer: HTTP 408 and the end."""

REQUEST_MS: Final = 30_000
"""ms. Over it: a request that takes longer to arrive: HTTP 408 and the end."""

MESSAGE_MS: Final = 10_000
"""ms. Over it: a WebSocket message that takes longer to arrive, to the second: close bad_message (3500)."""

FRAGMENTS: Final = 128
"""Over it: frames of one WebSocket message, empty ones too: close 1008."""

CONTROL_FRAMES: Final = 50
"""Over it: WebSocket pings and unasked pongs at once, a fifth of that more each second: close too_fast (1008)."""

SOCKETIO_BYTES: Final = 262_144
"""bytes. Over it: what a Socket.IO client sends at once: HTTP 413, or WebSocket close 1009."""

SOCKETIO_PACKETS: Final = 1_000
"""Over it: packets of one Socket.IO connection at once, a fifth of that more each second: it is closed."""

AUTH_MS: Final = 5_000
"""ms. Over it: close auth_timeout (3503)."""

GRACE_MS: Final = 25_000
"""ms. Over it: after a token's end without a new one: close token_expired (3506)."""

CONNECTIONS: Final = 50_000
"""Over it: TCP connections: error too_many_connections (429); 1% and 10 further on they are cut at once."""

CONNECTIONS_PER_ADDRESS: Final = 10_000
"""Over it: TCP connections of one IPv4 address or IPv6 /64: cut at once."""

CONNECTIONS_PER_PRINCIPAL: Final = 20_000
"""Over it: live connections of one principal to one node: error too_many_connections (429)."""

PENDING_PER_ADDRESS: Final = 2_000
"""Over it: WebSockets of one such address that brought no token yet: error too_many_connections (429)."""

CHANNELS_PER_MINUTE: Final = 6_000
"""Over it: channels that one principal begins at one node: error rate_limited for events that would begin one more."""

IGNORED_REFUSALS: Final = 200
"""Over it: messages over a rate limit in a row, each second one forgiven: close too_fast (1008)."""

UNSENT_BYTES: Final = 268_435_456
"""bytes. Over it: what is unread in all connections, half received or on its way to the store: the worst readers are closed overloaded_node (1013) down to three quarters, new viewers get error overloaded (503)."""

HEARTBEAT_MS: Final = 25_000
"""ms. Over it: nothing heard for 1.6 times this: close heartbeat_timeout (3001)."""

OUTBOX_BYTES: Final = 1_048_576
"""bytes. Over it: deliveries pause (of class coalesce at three quarters, of latest at half) and go on when the viewer has read."""

BACKLOG_EVENTS: Final = 10_000
"""Over it: events of a channel that a late viewer must not miss: close slow_consumer (3008); it resumes as a replay."""

BACKLOG_BYTES: Final = 1_048_576
"""bytes. Over it: of a tenant's events that are kept at hand for late viewers, further ones are read from the store when they are needed; frames take as much again."""

STALL_MS: Final = 30_000
"""ms. Over it: a full outbox that does not drain: close slow_consumer (3008); an HTTP answer of which nothing is read for this, 1.2 × pollWaitMs and 2 × heartbeatMs is cut."""

REPLAY_EVENTS: Final = 300
"""Over it: replay goes on in further pages."""

REPLAY_BYTES: Final = 262_144
"""bytes. Over it: replay goes on in further pages."""

REPLAY_TURN_EVENTS: Final = 2_000
"""Over it: replay to all connections goes on in the next turn of the event loop; an event counts once, and once more for each KiB."""

REPLAY_CACHE_BYTES: Final = 1_048_576
"""bytes. Over it: of a tenant's pages that were read in the last 10 s, the oldest is read again when it is needed; their frames take as much again, and as much at most for each way of compressing that is in use."""

STATE_BYTES: Final = 262_144
"""bytes. Over it: a channel's folded state is left out of subscriptions to states: error payload_too_big, once."""

TAIL_EVENTS: Final = 512
"""Over it: older events are read from the store."""

TAIL_BYTES: Final = 1_048_576
"""bytes. Over it: older events are read from the store."""

TAILS_BYTES: Final = 67_108_864
"""bytes. Over it: of all channels of a tenant together: they keep their newest event in memory, silent ones none."""

INFLIGHT_APPENDS: Final = 100_000
"""Over it: error overloaded with retryAfterMs."""

INFLIGHT_APPEND_BYTES: Final = 67_108_864
"""bytes. Over it: error overloaded with retryAfterMs."""

PAGE_EVENTS: Final = 1_000
"""Over it: an HTTP history page ends; `next` continues."""

PAST_EVENTS: Final = 500_000
"""Over it: a state at a time begins with the newest so many events of its channel, and says so."""

PAST_BYTES: Final = 33_554_432
"""bytes. Over it: states of the past and columns of timelines that are kept at hand, those not asked for the longest are made again."""

TIMELINE_EVENTS: Final = 25_000
"""Over it: a page of a timeline ends; `from` says where it begins."""

POLL_WAIT_MS: Final = 55_000
"""ms. Over it: a longer wait is shortened to this."""

BAD_MESSAGES: Final = 50
"""Over it: invalid messages in a row: close too_many_errors (3504)."""

DIRECT_BYTES: Final = 16_384
"""bytes. Over it: a direct message: error payload_too_big."""

SESSION_AGENTS: Final = 64
"""Over it: agents of a session that is to start: error payload_too_big."""

SESSIONS_AT_WORK: Final = 1_000
"""Over it: sessions of a tenant that have started and not stopped: error overloaded for one more."""

STOP_GRACE_MS: Final = 30_000
"""ms. Over it: a process of a session that was told to stop, or that was lost, is said to have failed."""

DRAIN_MS: Final = 2_000
"""ms. Over it: a node that stops while others go on no longer listens; until then it only says that it is not ready, so that load balancers notice."""

STEERING_KEPT_MS: Final = 604_800_000
"""ms. Over it: a command or checkpoint that ended so long ago is forgotten, and its id may be used again."""

PRESENCE_MEMBERS: Final = 1_000
"""Over it: members of a channel, at all nodes: error too_many_members."""

PRESENCE_KEPT: Final = 128
"""Over it: members that one connection keeps: error too_many_members."""

PRESENCE_STATE_BYTES: Final = 4_096
"""bytes. Over it: a member's state as JSON: error payload_too_big."""

PRESENCE_BYTES: Final = 67_108_864
"""bytes. Over it: of what a tenant's members say, to the character: error overloaded with retryAfterMs."""

PRESENCE_LISTED: Final = 200
"""Over it: members in one answer: those longest there, and `total`."""

PRESENCE_LINGER_MS: Final = 5_000
"""ms. Over it: a member without a connection has left."""

DRIVER_GONE_MS: Final = 30_000
"""ms. Over it: who drives and is not there has left: driver_changed."""

IDEMPOTENCY_MS: Final = 300_000
"""ms. Over it: the same idempotency key makes a new event."""

IDEMPOTENCY_KEYS: Final = 10_000
"""Over it: per channel: the oldest keys are forgotten first."""
