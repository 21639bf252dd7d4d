// Made from spec/codes.json by scripts/generate.ts: change that file, then run `npm run generate`.

export interface ErrorCode {
  number: number;
  /** May the same request succeed later? */
  temporary: boolean;
  /** HTTP status of the same error. */
  http: number;
  /** What to do. */
  help: string;
}

export interface CloseCode {
  number: number;
  help: string;
}

export const errorCodes = {
  invalid_message: {
    number: 100,
    temporary: false,
    http: 400,
    help: "The message breaks a rule; details.path and details.rule say which. Correct it and send it again.",
  },
  channel_required: {
    number: 101,
    temporary: false,
    http: 400,
    help: "Name a channel: it could not be derived from the event's data.",
  },
  invalid_channel: {
    number: 102,
    temporary: false,
    http: 400,
    help: "Use namespace:name with letters, digits and ._~:/@+=,- (a pattern may end in *).",
  },
  unknown_namespace: {
    number: 103,
    temporary: false,
    http: 400,
    help: "Use a namespace the gateway knows, or declare it in its configuration.",
  },
  invalid_position: {
    number: 104,
    temporary: false,
    http: 400,
    help: "A position is EPOCH:OFFSET (or {epoch, offset}) with a whole offset from 0 to 2^53-1.",
  },
  position_beyond_head: {
    number: 105,
    temporary: false,
    http: 409,
    help: "This history ends before your position; details has the real top. Drop the position and subscribe again.",
  },
  already_subscribed: {
    number: 106,
    temporary: false,
    http: 409,
    help: "This connection already has that subscription; unsubscribe first to change it.",
  },
  not_subscribed: {
    number: 107,
    temporary: false,
    http: 404,
    help: "This connection has no such subscription.",
  },
  too_many_subscriptions: {
    number: 108,
    temporary: false,
    http: 429,
    help: "Use a pattern, or a second connection.",
  },
  payload_too_big: {
    number: 109,
    temporary: false,
    http: 413,
    help: "Send a smaller message; details.limitBytes is the most.",
  },
  fenced: {
    number: 110,
    temporary: false,
    http: 403,
    help: "A newer producer epoch exists (details.epoch): another instance took over. Stop publishing.",
  },
  sequence_gap: {
    number: 111,
    temporary: false,
    http: 409,
    help: "Send the missing sequence first (details.expected), or begin a new producer epoch at 1.",
  },
  forbidden: {
    number: 112,
    temporary: false,
    http: 403,
    help: "This token does not allow it; details may say which verb on which channel is missing. Ask whoever manages access for a role or capability that has it.",
  },
  not_found: {
    number: 113,
    temporary: false,
    http: 404,
    help: "There is nothing at that address.",
  },
  unsupported: {
    number: 114,
    temporary: false,
    http: 501,
    help: "This gateway does not offer that; see /openapi.json for what it offers.",
  },
  unauthenticated: {
    number: 115,
    temporary: false,
    http: 401,
    help: "Send a valid token: Authorization: Bearer TOKEN, or auth_request as the first message.",
  },
  forbidden_origin: {
    number: 116,
    temporary: false,
    http: 403,
    help: "Add the page's origin to allowedOrigins in the gateway's configuration.",
  },
  forbidden_host: {
    number: 117,
    temporary: false,
    http: 403,
    help: "Add this host name to allowedHosts in the gateway's configuration.",
  },
  unsupported_media_type: {
    number: 118,
    temporary: false,
    http: 415,
    help: "Send application/json (or a CloudEvents media type) without content encoding.",
  },
  wrong_state: {
    number: 119,
    temporary: false,
    http: 409,
    help: "What it is about is in another state (details.state) than this step needs. Look at it again before anything else is done.",
  },
  already_decided: {
    number: 120,
    temporary: false,
    http: 409,
    help: "The first decision stands: details says which, by whom and when.",
  },
  already_exists: {
    number: 121,
    temporary: false,
    http: 409,
    help: "This id is taken by something else; choose another one.",
  },
  payload_changed: {
    number: 122,
    temporary: false,
    http: 409,
    help: "The decision was about another payload than the one that waits (details.payloadHash). Look at the present one and decide again.",
  },
  leased: {
    number: 123,
    temporary: false,
    http: 409,
    help: "Another producer holds this lease (details.producer). Wait until it ends, or say takeOver: true to end it.",
  },
  not_driving: {
    number: 130,
    temporary: false,
    http: 409,
    help: "Somebody else drives (details.driver). Ask them to give it to you, or publish driver_changed with take: true.",
  },
  too_many_members: {
    number: 131,
    temporary: false,
    http: 429,
    help: "This channel, or this connection, has as many members as it may (details.limit). Leave with those that are not needed.",
  },
  head_moved: {
    number: 132,
    temporary: false,
    http: 409,
    help: "The channel's newest event is not where metadata.expected says: details has its real position. Read what came since, then send it again with that position, or not at all.",
  },
  unavailable: {
    number: 200,
    temporary: true,
    http: 503,
    help: "The store cannot take writes now. Keep the event and try again after details.retryAfterMs.",
  },
  overloaded: {
    number: 201,
    temporary: true,
    http: 503,
    help: "Too much is waiting. Try again after details.retryAfterMs.",
  },
  rate_limited: {
    number: 202,
    temporary: true,
    http: 429,
    help: "Slow down. Try again after details.retryAfterMs.",
  },
  too_many_connections: {
    number: 204,
    temporary: true,
    http: 429,
    help: "Too many connections are open for this principal, address or gateway; close some, or try again after details.retryAfterMs.",
  },
  conflict: {
    number: 205,
    temporary: true,
    http: 503,
    help: "Others changed it at the same moment, again and again; nothing was kept. Try again.",
  },
  internal: {
    number: 203,
    temporary: true,
    http: 500,
    help: "A fault of the gateway; its log has the cause under the same id. Trying again is safe.",
  },
} as const satisfies Record<string, ErrorCode>;

export type ErrorName = keyof typeof errorCodes;

export const closeCodes = {
  too_fast: { number: 1008, help: "More was sent than is allowed, and refusals were ignored; the client is at fault." },
  overloaded_node: {
    number: 1013,
    help: "More was unread than this gateway can hold, and this connection was among the worst; reconnect after a pause and resume.",
  },
  going_away: { number: 3000, help: "The gateway restarts; reconnect after the hinted delay and resume." },
  heartbeat_timeout: { number: 3001, help: "Nothing was heard for too long; reconnect and resume." },
  slow_consumer: { number: 3008, help: "Client read too slowly; resume from the last position." },
  internal_error: { number: 3010, help: "A fault of the gateway; reconnect and resume." },
  disconnected: {
    number: 3011,
    help: "Somebody who administers the gateway ended this connection; reconnect after the hinted delay and resume.",
  },
  bad_message: { number: 3500, help: "A frame was not UTF-8 text holding a JSON message; the client is at fault." },
  unauthorized: { number: 3501, help: "Token missing or rejected; get a new one." },
  frame_too_big: { number: 3502, help: "A frame was over the limit; send smaller ones." },
  auth_timeout: { number: 3503, help: "No token arrived in time; send auth_request at once after connecting." },
  too_many_errors: { number: 3504, help: "Too many invalid messages in a row; the client is at fault." },
  goodbye: { number: 3505, help: "The client said disconnect." },
  token_expired: { number: 3506, help: "The token ended and no new one came in time; get a new one." },
  revoked: { number: 3507, help: "The token, key or principal was revoked; ask whoever manages access." },
} as const satisfies Record<string, CloseCode>;

export type CloseName = keyof typeof closeCodes;

/** Of the numbers that WebSocket itself defines: the fault is in what was sent and would come again. */
const standardStops: readonly number[] = [1002, 1003, 1007, 1008, 1009, 1010];

/** The range says what a client must do, so that it is right about codes it has never met. */
export const mayReconnect = (closeNumber: number): boolean =>
  closeNumber < 3000
    ? !standardStops.includes(closeNumber)
    : closeNumber < 3500 || (closeNumber >= 4000 && closeNumber < 4500);
