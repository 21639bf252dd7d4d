/** Every limit, its default and what happens over it. docs/reference/limits.md is made from this table. */

export interface Limit {
  default: number;
  unit: "bytes" | "ms" | "count";
  over: string;
}

export const limits = {
  frameBytes: { default: 1_048_576, unit: "bytes", over: "WebSocket: close 1009; HTTP: error payload_too_big (413)" },
  batchMessages: { default: 1_000, unit: "count", over: "error invalid_message for the whole frame or body" },
  jsonDepth: { default: 32, unit: "count", over: "error invalid_message" },
  jsonKeys: {
    default: 1_000,
    unit: "count",
    over: "error invalid_message; keys are counted over the whole message, except positions of a subscribe",
  },
  jsonItems: {
    default: 100_000,
    unit: "count",
    over: "error invalid_message; items of lists are counted over the whole frame or body",
  },
  subscriptions: { default: 512, unit: "count", over: "error too_many_subscriptions; a pattern counts as one" },
  patternChannels: {
    default: 10_000,
    unit: "count",
    over: "the subscription says `truncated: true` and serves the first ones by name",
  },
  headerBytes: {
    default: 16_384,
    unit: "bytes",
    over: "HTTP 431; a WebSocket message before the token was accepted: close 1009",
  },
  headerMs: {
    default: 10_000,
    unit: "ms",
    over: "headers, or a TLS handshake, that take longer: HTTP 408 and the end",
  },
  requestMs: { default: 30_000, unit: "ms", over: "a request that takes longer to arrive: HTTP 408 and the end" },
  messageMs: {
    default: 10_000,
    unit: "ms",
    over: "a WebSocket message that takes longer to arrive, to the second: close bad_message (3500)",
  },
  fragments: { default: 128, unit: "count", over: "frames of one WebSocket message, empty ones too: close 1008" },
  controlFrames: {
    default: 50,
    unit: "count",
    over: "WebSocket pings and unasked pongs at once, a fifth of that more each second: close too_fast (1008)",
  },
  socketioBytes: {
    default: 262_144,
    unit: "bytes",
    over: "what a Socket.IO client sends at once: HTTP 413, or WebSocket close 1009",
  },
  socketioPackets: {
    default: 1_000,
    unit: "count",
    over: "packets of one Socket.IO connection at once, a fifth of that more each second: it is closed",
  },
  authMs: { default: 5_000, unit: "ms", over: "close auth_timeout (3503)" },
  graceMs: { default: 25_000, unit: "ms", over: "after a token's end without a new one: close token_expired (3506)" },
  connections: {
    default: 50_000,
    unit: "count",
    over: "TCP connections: error too_many_connections (429); 1% and 10 further on they are cut at once",
  },
  connectionsPerAddress: {
    default: 10_000,
    unit: "count",
    over: "TCP connections of one IPv4 address or IPv6 /64: cut at once",
  },
  connectionsPerPrincipal: {
    default: 20_000,
    unit: "count",
    over: "live connections of one principal to one node: error too_many_connections (429)",
  },
  pendingPerAddress: {
    default: 2_000,
    unit: "count",
    over: "WebSockets of one such address that brought no token yet: error too_many_connections (429)",
  },
  channelsPerMinute: {
    default: 6_000,
    unit: "count",
    over: "channels that one principal begins at one node: error rate_limited for events that would begin one more",
  },
  ignoredRefusals: {
    default: 200,
    unit: "count",
    over: "messages over a rate limit in a row, each second one forgiven: close too_fast (1008)",
  },
  unsentBytes: {
    default: 268_435_456,
    unit: "bytes",
    over: "what is unread in all connections, half received or on its way to the store: the worst readers are closed overloaded_node (1013) down to three quarters, new viewers get error overloaded (503)",
  },
  heartbeatMs: {
    default: 25_000,
    unit: "ms",
    over: "nothing heard for 1.6 times this: close heartbeat_timeout (3001)",
  },
  outboxBytes: {
    default: 1_048_576,
    unit: "bytes",
    over: "deliveries pause (of class coalesce at three quarters, of latest at half) and go on when the viewer has read",
  },
  backlogEvents: {
    default: 10_000,
    unit: "count",
    over: "events of a channel that a late viewer must not miss: close slow_consumer (3008); it resumes as a replay",
  },
  backlogBytes: {
    default: 1_048_576,
    unit: "bytes",
    over: "of a tenant's events that are kept at hand for late viewers, further ones are read from the store when they are needed; frames take as much again",
  },
  stallMs: {
    default: 30_000,
    unit: "ms",
    over: "a full outbox that does not drain: close slow_consumer (3008); an HTTP answer of which nothing is read for this, 1.2 × pollWaitMs and 2 × heartbeatMs is cut",
  },
  replayEvents: { default: 300, unit: "count", over: "replay goes on in further pages" },
  replayBytes: { default: 262_144, unit: "bytes", over: "replay goes on in further pages" },
  replayTurnEvents: {
    default: 2_000,
    unit: "count",
    over: "replay to all connections goes on in the next turn of the event loop; an event counts once, and once more for each KiB",
  },
  replayCacheBytes: {
    default: 1_048_576,
    unit: "bytes",
    over: "of a tenant's pages that were read in the last 10 s, the oldest is read again when it is needed; their frames take as much again, and as much at most for each way of compressing that is in use",
  },
  stateBytes: {
    default: 262_144,
    unit: "bytes",
    over: "a channel's folded state is left out of subscriptions to states: error payload_too_big, once",
  },
  tailEvents: { default: 512, unit: "count", over: "older events are read from the store" },
  tailBytes: { default: 1_048_576, unit: "bytes", over: "older events are read from the store" },
  tailsBytes: {
    default: 67_108_864,
    unit: "bytes",
    over: "of all channels of a tenant together: they keep their newest event in memory, silent ones none",
  },
  inflightAppends: { default: 100_000, unit: "count", over: "error overloaded with retryAfterMs" },
  inflightAppendBytes: { default: 67_108_864, unit: "bytes", over: "error overloaded with retryAfterMs" },
  pageEvents: { default: 1_000, unit: "count", over: "an HTTP history page ends; `next` continues" },
  pastEvents: {
    default: 500_000,
    unit: "count",
    over: "a state at a time begins with the newest so many events of its channel, and says so",
  },
  pastBytes: {
    default: 33_554_432,
    unit: "bytes",
    over: "states of the past and columns of timelines that are kept at hand, those not asked for the longest are made again",
  },
  timelineEvents: { default: 25_000, unit: "count", over: "a page of a timeline ends; `from` says where it begins" },
  pollWaitMs: { default: 55_000, unit: "ms", over: "a longer wait is shortened to this" },
  badMessages: { default: 50, unit: "count", over: "invalid messages in a row: close too_many_errors (3504)" },
  directBytes: { default: 16_384, unit: "bytes", over: "a direct message: error payload_too_big" },
  sessionAgents: { default: 64, unit: "count", over: "agents of a session that is to start: error payload_too_big" },
  sessionsAtWork: {
    default: 1_000,
    unit: "count",
    over: "sessions of a tenant that have started and not stopped: error overloaded for one more",
  },
  stopGraceMs: {
    default: 30_000,
    unit: "ms",
    over: "a process of a session that was told to stop, or that was lost, is said to have failed",
  },
  drainMs: {
    default: 2_000,
    unit: "ms",
    over: "a node that stops while others go on no longer listens; until then it only says that it is not ready, so that load balancers notice",
  },
  steeringKeptMs: {
    default: 604_800_000,
    unit: "ms",
    over: "a command or checkpoint that ended so long ago is forgotten, and its id may be used again",
  },
  presenceMembers: {
    default: 1_000,
    unit: "count",
    over: "members of a channel, at all nodes: error too_many_members",
  },
  presenceKept: { default: 128, unit: "count", over: "members that one connection keeps: error too_many_members" },
  presenceStateBytes: { default: 4_096, unit: "bytes", over: "a member's state as JSON: error payload_too_big" },
  presenceBytes: {
    default: 67_108_864,
    unit: "bytes",
    over: "of what a tenant's members say, to the character: error overloaded with retryAfterMs",
  },
  presenceListed: { default: 200, unit: "count", over: "members in one answer: those longest there, and `total`" },
  presenceLingerMs: { default: 5_000, unit: "ms", over: "a member without a connection has left" },
  driverGoneMs: { default: 30_000, unit: "ms", over: "who drives and is not there has left: driver_changed" },
  idempotencyMs: { default: 300_000, unit: "ms", over: "the same idempotency key makes a new event" },
  idempotencyKeys: { default: 10_000, unit: "count", over: "per channel: the oldest keys are forgotten first" },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof limits;
export type Limits = Record<LimitName, number>;

export const defaultLimits: Limits = Object.fromEntries(
  Object.entries(limits).map(([name, limit]) => [name, limit.default]),
) as Limits;

/** How fast messages may come: units that come back per second, and how many may be taken at once after a rest. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** Messages per second. Over it: error rate_limited (429) with retryAfterMs. Others are set under `rates` in the configuration. */
export const defaultRates = {
  principal: { perSecond: 200_000, burst: 400_000 },
  types: {
    auth_request: { perSecond: 5, burst: 50 },
    subscribe: { perSecond: 5_000, burst: 50_000 },
    unsubscribe: { perSecond: 5_000, burst: 50_000 },
    direct: { perSecond: 20, burst: 100 },
    // Each may be told to everybody who is there.
    presence: { perSecond: 5_000, burst: 50_000 },
  },
} as const satisfies { principal: RateLimit; types: Record<string, RateLimit> };
