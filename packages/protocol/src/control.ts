/** Schemas of the control messages: what clients may send is checked, what the gateway sends is described. */
import Type, { type Static } from "typebox";
import { errorCodes } from "./codes.ts";
import { list, steeringId, table, text, whole } from "./events/fields.ts";
import { type ControlData, type ControlType, isControlType } from "./messages.ts";
import { type Checked, checker } from "./validate.ts";

/** A namespace, a colon and 200 characters, and `*`. */
const channel = (description: string) => Type.String({ minLength: 1, maxLength: 240, description });

const epoch = () => Type.String({ pattern: "^[A-Za-z0-9_-]{1,64}$", description: "Changes when history was lost." });

const position = Type.Object({ epoch: epoch(), offset: whole("The newest event already had; 0 before the first.") });

const since = Type.Union(
  [position, Type.Enum(["earliest", "now"]), Type.Object({ last: whole("The newest so many events.", 1) })],
  {
    title: "{epoch, offset}, earliest, now or {last: n}",
    description: "Where the subscription begins; now if absent.",
  },
);

const tagValue = Type.String({ maxLength: 256 });

const filter = Type.Object(
  {
    types: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 64, description: "One of these types." }),
    ),
    tags: Type.Optional(
      Type.Unsafe<Record<string, string | string[]>>({
        type: "object",
        maxProperties: 16,
        propertyNames: { maxLength: 64 },
        additionalProperties: Type.Union([tagValue, Type.Array(tagValue, { maxItems: 64 })], {
          title: "a string or at most 64 strings",
        }),
        description: "Each of these tags with its value, or one of its values.",
      }),
    ),
  },
  { description: "Which events of the channel are wanted; all conditions must hold." },
);

const subscribe = Type.Object(
  {
    channel: Type.Optional(channel("A channel or a pattern such as agent:*.")),
    resource: Type.Optional(Type.String({ minLength: 1, maxLength: 32, description: "Instead: a namespace." })),
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: "With resource: the name in it." })),
    events: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
        maxItems: 64,
        description: "With resource: the types wanted; status is short for agent_status.",
      }),
    ),
    since: Type.Optional(since),
    positions: Type.Optional(table(position, "With a pattern: where channels that are already known resume.")),
    filter: Type.Optional(filter),
    snapshot: Type.Optional(
      Type.Union([Type.Boolean(), Type.String({ minLength: 1, maxLength: 64 })], {
        title: "true, false or a reducer's name",
        description: "Also send the channel's folded state, or the one that this reducer makes.",
      }),
    ),
    complete: Type.Optional(
      Type.Boolean({ description: "Leave nothing out however slowly this client reads; it falls behind instead." }),
    ),
    states: Type.Optional(Type.Boolean({ description: "No events: the channels' folded states instead." })),
    maxHz: Type.Optional(
      Type.Number({
        minimum: 0.01,
        maximum: 60,
        description: "Publications, or changed states, come at most so many times a second, together.",
      }),
    ),
    maxWidth: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 16_384,
        description: "How wide frames are shown here, in pixels: producers are told the most that anybody wants.",
      }),
    ),
    patches: Type.Optional(Type.Boolean({ description: "With states: later ones may come as JSON Patches." })),
  },
  {
    anyOf: [{ required: ["channel"] }, { required: ["resource", "id"] }],
    title: "an object with a channel, or with a resource and an id",
  },
);

const principal = Type.Object({
  kind: Type.Enum(["user", "agent", "service"], { description: "What it is." }),
  id: text("Its id."),
});

const demand = {
  viewers: whole("Connections that its events are delivered to."),
  maxWidth: Type.Optional(
    whole("The widest that any of them shows frames, in pixels; absent: as wide as they are.", 1),
  ),
  maxHz: Type.Optional(
    Type.Number({ minimum: 0, description: "The most a second that any of them wants; absent: all." }),
  ),
};

const memberName = Type.String({ maxLength: 128, description: "How people call it." });

const memberState = table(Type.Unknown(), "What it looks at and does: view, selection, cursor.");

const gap = Type.Object(
  {
    reason: Type.Enum(["trimmed", "epoch_changed", "position_beyond_head", "slow"], { description: "Why." }),
    epoch: text("The epoch that from and to count in."),
    from: whole("The first offset that is not coming."),
    to: Type.Optional(whole("The last one; absent when nobody can know.")),
    counts: Type.Optional(table(whole("Events."), "Missing events by type.")),
    countsFrom: Type.Optional(whole("The counts begin here: at or before from.")),
  },
  { description: "What is not coming." },
);

const snapshot = Type.Object(
  {
    reducer: text("Which reducer made it."),
    version: whole("The reducer's version."),
    epoch: text("Epoch of offset."),
    offset: whole("The last event that is folded in."),
    state: Type.Unknown({ description: "The channel's state." }),
  },
  { description: "The channel's folded state." },
);

const patchOperation = Type.Union(
  [
    Type.Object({
      op: Type.Enum(["add", "replace"], { description: "What is done." }),
      path: text("A JSON Pointer into the state."),
      value: Type.Unknown({ description: "What stands there then." }),
    }),
    Type.Object({ op: Type.Literal("remove"), path: text("A JSON Pointer into the state.") }),
  ],
  { title: "an operation of RFC 6902" },
);

const errorData = Type.Object({
  name: Type.Unsafe<keyof typeof errorCodes>({
    type: "string",
    examples: Object.keys(errorCodes),
    description: "A row of docs/reference/codes.md.",
  }),
  number: whole("The row's number."),
  message: text("What happened."),
  temporary: Type.Boolean({ description: "The same may succeed later." }),
  help: text("What to do."),
  details: Type.Optional(table(Type.Unknown(), "path, rule, retryAfterMs, expected and the like.")),
});

/** JSON Schema of the data of every control message. */
export const controlSchemas = {
  connect: Type.Object({
    client: Type.Optional(Type.String({ maxLength: 256, description: "From a client: what it is." })),
    compression: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 32 }), {
        maxItems: 8,
        description: "From a client: codecs it reads, such as gzip; from the gateway: those in force from now on.",
      }),
    ),
    node: Type.Optional(text("From the gateway: which node answers.")),
    version: Type.Optional(text("From the gateway: its version.")),
    heartbeatMs: Type.Optional(whole("From the gateway: it speaks at least this often.")),
    limits: Type.Optional(table(Type.Number(), "From the gateway: see docs/reference/limits.md.")),
    principal: Type.Optional(principal),
    chunks: Type.Optional(
      Type.Boolean({
        description: "From a client: it takes large messages in chunks. From the gateway: they come so.",
      }),
    ),
  }),
  disconnect: Type.Object({
    reason: Type.Optional(Type.String({ maxLength: 256, description: "Why." })),
    reconnectAfterMs: Type.Optional(whole("From the gateway: when to come back.")),
  }),
  ping: Type.Unsafe<Record<string, unknown>>({ type: "object" }),
  pong: Type.Object({
    queuedBytes: Type.Optional(whole("From the gateway: given to this connection, and not seen to be taken.")),
    windowBytes: Type.Optional(whole("How many bytes that may be.")),
    behind: Type.Optional(whole("How many of its subscriptions are behind their channel.")),
    dropped: Type.Optional(
      Type.Object(
        { coalesce: whole("Events of class coalesce."), latest: whole("Events of class latest.") },
        { description: "What it was told in gaps slow that it would not get." },
      ),
    ),
  }),
  auth_request: Type.Object({ token: Type.String({ minLength: 1, maxLength: 16_384, description: "The token." }) }),
  auth_success: Type.Object({
    principal,
    expiresAt: Type.Optional(whole("When the token ends, in milliseconds since 1970.")),
  }),
  auth_failure: errorData,
  auth_expiring: Type.Object({
    expiresAt: whole("When the token ends, in milliseconds since 1970."),
    closesAt: whole("When the connection is closed unless a new token came."),
  }),
  subscribe,
  unsubscribe: Type.Object({
    channel: channel("The channel or pattern, as it was subscribed."),
    states: Type.Optional(Type.Boolean({ description: "The subscription to its states ends." })),
  }),
  subscription_update: Type.Object({
    channel: channel("The channel or pattern."),
    pattern: Type.Optional(text("The pattern this channel was joined through.")),
    state: Type.Enum(["subscribed", "position", "gap", "unsubscribed"], { description: "What changed." }),
    epoch: text("Epoch of offset."),
    offset: whole("Everything up to here was sent, skipped by the filter, or is in the gap."),
    recovered: Type.Optional(Type.Boolean({ description: "With subscribed: nothing after since is missing." })),
    head: Type.Optional(whole("With subscribed: the channel's newest offset now.")),
    gap: Type.Optional(gap),
    snapshot: Type.Optional(snapshot),
    states: Type.Optional(Type.Boolean({ description: "It is about a subscription to states." })),
    channels: Type.Optional(whole("For a pattern, or with states: how many channels it joined.")),
    truncated: Type.Optional(Type.Boolean({ description: "For a pattern: the limit cut that." })),
    reason: Type.Optional(text("With unsubscribed: why.")),
  }),
  channel_state: Type.Object({
    channel: channel("Whose state it is."),
    pattern: Type.Optional(text("The pattern it was asked for by.")),
    reducer: text("Which reducer made it."),
    version: whole("The reducer's version."),
    epoch: text("Epoch of offset."),
    offset: whole("The last event that is folded in."),
    state: Type.Optional(Type.Unknown({ description: "The whole state." })),
    since: Type.Optional(whole("With patch: the offset of the state that it changes.")),
    patch: Type.Optional(list(patchOperation, "Instead of state: what changed.")),
  }),
  lease: Type.Object({
    channel: channel("The channel that the producer works on."),
    producer: Type.String({ pattern: "^[\\x21-\\x7e]{1,128}$", description: "As its events name it." }),
    epoch: Type.Optional(whole("Absent: the next one begins. Its own: it is renewed.", 1)),
    ttlMs: Type.Optional(
      Type.Integer({ minimum: 1_000, maximum: 3_600_000, description: "Without a renewal it lasts so long." }),
    ),
    progressMs: Type.Optional(
      Type.Integer({
        minimum: 1_000,
        maximum: 86_400_000,
        description: "A running agent that publishes nothing for so long is stuck.",
      }),
    ),
    takeOver: Type.Optional(Type.Boolean({ description: "Even if another producer holds it." })),
    release: Type.Optional(Type.Boolean({ description: "With its epoch: it ends." })),
    demand: Type.Optional(Type.Object(demand, { description: "As it knows it: the same is not told at first." })),
    state: Type.Optional(Type.Enum(["held", "released", "lost"], { description: "From the gateway." })),
  }),
  presence: Type.Object({
    channel: channel("Where it is."),
    memberId: Type.Optional(steeringId("Tells members apart; absent: the gateway gives one.")),
    name: Type.Optional(memberName),
    state: Type.Optional(memberState),
    leave: Type.Optional(Type.Boolean({ description: "It ends." })),
    revision: Type.Optional(
      Type.String({ maxLength: 256, description: "Which state of the channel's members this is, or is known." }),
    ),
    members: Type.Optional(
      list(
        Type.Object({
          memberId: text("Tells members apart."),
          principal,
          name: Type.Optional(memberName),
          state: Type.Optional(memberState),
          sinceMs: whole("Since when it is here, in milliseconds since 1970."),
        }),
        "From the gateway: those here longest, at most 200.",
      ),
    ),
    total: Type.Optional(whole("From the gateway: how many there are.")),
    reason: Type.Optional(text("From the gateway, with leave: why it ended.")),
  }),
  demand: Type.Object({ channel: channel("The channel that the lease is of."), ...demand }),
  ack: Type.Object({
    results: list(
      Type.Union(
        [
          Type.Object({
            id: text("The event's id."),
            channel: channel("Where it was published."),
            epoch: text("Epoch of offset."),
            offset: Type.Optional(whole("Its offset; absent for a duplicate whose offset is no longer known.")),
            duplicate: Type.Boolean({ description: "It was kept before." }),
          }),
          Type.Object({ id: text("The event's id."), error: errorData }),
        ],
        { title: "an accepted event's position, or its error" },
      ),
      "One result per event, in the order they were sent.",
    ),
  }),
  error: errorData,
};

/** Fails to compile when a schema and the type of messages.ts part, in a field, its type or its being optional. */
type Fits<A, B> = [A, B] extends [B, A] ? true : never;
type Filled<T> = T extends object ? { [K in keyof T]-?: Filled<T[K]> } : T;
type Same<A, B> = Fits<A, B> & Fits<Filled<A>, Filled<B>>;
const sameAsMessages: { [T in ControlType]: Same<Static<(typeof controlSchemas)[T]>, ControlData[T]> } = {
  connect: true,
  disconnect: true,
  ping: true,
  pong: true,
  auth_request: true,
  auth_success: true,
  auth_failure: true,
  auth_expiring: true,
  subscribe: true,
  unsubscribe: true,
  subscription_update: true,
  channel_state: true,
  lease: true,
  presence: true,
  demand: true,
  ack: true,
  error: true,
};

export const controlTypes: readonly ControlType[] = Object.keys(sameAsMessages).filter(isControlType);

const sentByClients = [
  "connect",
  "disconnect",
  "ping",
  "pong",
  "auth_request",
  "subscribe",
  "unsubscribe",
  "lease",
  "presence",
] as const;

const checks: ReadonlyMap<string, (data: unknown) => Checked> = new Map(
  sentByClients.map((type) => [type, checker(controlSchemas[type], "/data")]),
);

/** Checks the data of a control message that a client sent; types that only the gateway sends are refused. */
export function checkControl(type: string, data: unknown): Checked {
  return checks.get(type)?.(data) ?? { ok: false, path: "/type", rule: "must be a type that clients send" };
}
