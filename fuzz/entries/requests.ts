/** HTTP requests that are proper HTTP, with anything in path, query, headers and body. */
import { ok } from "node:assert";
import fc from "fast-check";
import { sharedEntry } from "../entry.ts";
import { anyJson, jsonText } from "../inputs/json.ts";
import { frameText, message } from "../inputs/messages.ts";
import { channel, goodChannel, pattern } from "../inputs/names.ts";
import { mutated, oddTexts } from "../inputs/text.ts";
import { openBystander } from "../live/bystander.ts";
import { exchange } from "../live/exchange.ts";
import { openGateway, token } from "../live/gateway.ts";
import { checkResponse, readResponse } from "../live/responses.ts";

interface Case {
  method: string;
  path: string;
  query: ReadonlyArray<readonly [string, string]>;
  headers: ReadonlyArray<readonly [string, string]>;
  body: string;
}

/** Percent-encoded, also what need not be; a lone surrogate becomes U+FFFD. */
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());
const name = fc.oneof(goodChannel, channel).map(encoded);

const path = fc.oneof(
  { weight: 4, arbitrary: name.map((one) => `/v1/channels/${one}/events`) },
  { weight: 2, arbitrary: name.map((one) => `/v1/channels/${one}`) },
  { weight: 2, arbitrary: fc.oneof(fc.constant("p1"), channel).map((id) => `/v1/processes/${encoded(id)}/logs`) },
  { weight: 6, arbitrary: fc.constantFrom("/v1/events", "/v1/stream", "/v1/poll", "/v1/channels", "/v1/search") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "/v1/info",
      "/health/live",
      "/health/ready",
      "/openapi.json",
      "/",
      "/v1/ws",
      "/v1/tickets",
      "/ws/executions",
      "/orchestrate/sessions",
      "/orchestrate/status/s1",
    ),
  },
  {
    weight: 1,
    arbitrary: mutated(fc.constantFrom("/v1/channels/global/events", "/v1/events", "/assets/x.js"), [
      "/",
      "%2f",
      "%",
      "//",
    ]).map(
      // Only what stands in a target at all; the rest is for the entry `upgrade`.
      (text) => `/${text.replace(/[^!-"$->@-~]/g, "")}`,
    ),
  },
);

const since = mutated(fc.constantFrom("earliest", "now", "last:1", "last:300", "e:0", "e:9007199254740991"), [
  ":",
  "last:",
]);
const query = fc.array(
  fc.oneof(
    fc.tuple(fc.constant("since"), since),
    fc.tuple(fc.constant("channel"), fc.oneof(goodChannel, channel, pattern)),
    fc.tuple(fc.constant("pattern"), pattern),
    fc.tuple(
      fc.constantFrom("limit", "wait", "waitMs"),
      fc.constantFrom("0", "1", "10", "1000", "1001", "-1", "1e3", "0.5", "NaN", "", "x"),
    ),
    fc.tuple(fc.constant("types"), fc.constantFrom("note", "agent_status,note", ",", "__proto__", "")),
    fc.tuple(
      fc.constantFrom("q", "after", "before"),
      fc.oneof(fc.constantFrom('"a b"', "a*", "*", "NEAR(", "a OR"), fc.constantFrom(...oddTexts)),
    ),
    fc.tuple(fc.constantFrom("follow", "snapshot", "ansi"), fc.constantFrom("0", "1", "true", "false", "2", "")),
    fc.tuple(fc.constant("format"), fc.constantFrom("text", "events", "html")),
    fc.tuple(fc.constantFrom("token", "access_token", "ticket", ...oddTexts), fc.constantFrom(...oddTexts)),
  ),
  { maxLength: 4 },
);

/** Values that Node lets into a header. */
const headerValue = fc
  .oneof(fc.constantFrom(...oddTexts), fc.string({ maxLength: 12 }))
  .map((text) => text.replace(/[^\t -~]/g, "").trim());
const cursor = mutated(fc.constantFrom("e:1", "e*global*1", "e*agent:a*0*agent:b*2;f*global*1"), ["*", ";"]).map(
  (text) => text.replace(/[^ -~]/g, "").trim(),
);
const headers = fc.array(
  fc.oneof(
    fc.tuple(
      fc.constant("accept"),
      fc.constantFrom(
        "text/event-stream",
        "text/plain",
        "*/*",
        "application/json",
        "text/html",
        "text/event-stream;q=0, */*",
      ),
    ),
    fc.tuple(fc.constant("last-event-id"), fc.oneof(cursor, headerValue)),
    fc.tuple(fc.constantFrom("content-encoding"), fc.constantFrom("gzip", "identity", "gzip, gzip", "")),
    fc.tuple(
      fc.constantFrom("origin", "sec-fetch-site", "cookie", "expect", "__proto__", "constructor", "x-forwarded-for"),
      headerValue,
    ),
  ),
  { maxLength: 2 },
);
const credentials = fc.oneof(
  { weight: 12, arbitrary: fc.constant([["authorization", `Bearer ${token}`]] as const) },
  { weight: 1, arbitrary: headerValue.map((value) => [["authorization", value]] as const) },
  { weight: 1, arbitrary: fc.constant([] as const) },
);
const mediaType = fc.oneof(
  { weight: 12, arbitrary: fc.constant("application/json") },
  { weight: 3, arbitrary: fc.constantFrom("application/cloudevents+json", "application/cloudevents-batch+json") },
  fc.constantFrom(
    "text/plain",
    "application/json; charset=utf-8",
    "application/json;charset=utf-16",
    "application/jsonx",
    "a",
    "application/json, text/plain",
  ),
);
const list = fc.array(message, { minLength: 1, maxLength: 4 });
const poll = fc.oneof(
  { weight: 6, arbitrary: fc.record<Record<string, unknown>>({ messages: list, waitMs: fc.nat(9) }) },
  fc.record<Record<string, unknown>>({ messages: anyJson, waitMs: anyJson }, { requiredKeys: [] }),
);
const word = fc.oneof(fc.constantFrom("a", "s1", ...oddTexts), anyJson);
const start = fc.record<Record<string, unknown>>(
  {
    project: word,
    objective: word,
    agents: fc.oneof(
      word,
      fc.array(fc.oneof(word, fc.record({ name: word, recipe: word, args: anyJson })), { maxLength: 3 }),
    ),
    session_id: word,
  },
  { requiredKeys: [] },
);
const body = fc.oneof(frameText, jsonText(list), jsonText(poll), fc.constant(""));

/** Messages where they belong. */
const posted: fc.Arbitrary<Case> = fc
  .oneof(
    fc.tuple(fc.constant("/v1/events"), frameText),
    fc.tuple(fc.constant("/v1/stream"), jsonText(list)),
    fc.tuple(fc.constant("/v1/poll"), jsonText(poll)),
    fc.tuple(fc.constantFrom("/orchestrate/start", "/orchestrate/stop"), jsonText(start)),
    fc.tuple(
      fc.constant("/v1/poll"),
      poll.map((value) => JSON.stringify(value)),
    ),
  )
  .map(([path, text]) => ({
    method: "POST",
    path,
    query: [],
    headers: [
      ["authorization", `Bearer ${token}`],
      ["content-type", "application/json"],
    ],
    body: text,
  }));

const anything: fc.Arbitrary<Case> = fc
  .record({
    method: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom("GET", "POST") },
      fc.constantFrom("HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"),
    ),
    path,
    query,
    headers,
    credentials,
    mediaType,
    body,
  })
  .map(({ method, path, query, headers, credentials, mediaType, body }) => {
    const reads = method === "POST" || method === "PUT" || method === "PATCH" || body.length % 7 === 0;
    return {
      method,
      path,
      query,
      headers: [...credentials, ...headers, ...(reads ? ([["content-type", mediaType]] as const) : [])],
      body: reads ? body : "",
    };
  });

const cases = fc.oneof({ weight: 2, arbitrary: anything }, posted);

const queryText = (query: Case["query"]): string =>
  query.length === 0 ? "" : `?${query.map(([key, value]) => `${encoded(key)}=${encoded(value)}`).join("&")}`;

export const requests = sharedEntry({
  name: "requests",
  about: "HTTP requests: history, streams, polls, publishing, lists, search",
  parsers: [
    "packages/gateway/src/http/front.ts",
    "packages/gateway/src/http/body.ts",
    "packages/gateway/src/http/validation.ts",
    "packages/gateway/src/http/errors.ts",
    "packages/gateway/src/http/routes/events.ts",
    "packages/gateway/src/http/routes/history.ts",
    "packages/gateway/src/http/routes/channels.ts",
    "packages/gateway/src/http/routes/process-logs.ts",
    "packages/gateway/src/transports/sse/index.ts",
    "packages/gateway/src/transports/stream/index.ts",
    "packages/gateway/src/transports/poll/index.ts",
    "packages/gateway/src/transports/poll/collector.ts",
    "packages/gateway/src/surfaces/orchestrate/routes.ts",
    "packages/gateway/src/surfaces/orchestrate/order.ts",
  ],
  batch: 250,
  cases,
  open: async () => {
    const gateway = await openGateway();
    const bystander = await openBystander(gateway);
    const tryOne = async ({ method, path, query, headers, body }: Case): Promise<void> => {
      const payload = Buffer.from(body);
      const lines = [
        `${method} ${path}${queryText(query)} HTTP/1.1`,
        `host: ${gateway.host}:${gateway.port}`,
        "connection: close",
        ...headers.map(([key, value]) => `${key}: ${value}`),
        ...(body === "" && method !== "POST" ? [] : [`content-length: ${payload.length}`]),
      ];
      const pieces = [Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), payload])];
      const isHead = method === "HEAD";
      const { bytes, early } = await exchange(gateway, {
        pieces,
        leave: "end",
        enough: (received) => isEnough(received, isHead),
      });
      const response = readResponse(bytes);
      ok(response !== undefined || early, "there is an answer");
      if (response === undefined) return;
      checkResponse(isHead ? { ...response, whole: false } : response);
      const known = headers.some(([key, value]) => key === "authorization" && value === `Bearer ${token}`);
      if (/^\/(v1|orchestrate)\//.test(path)) ok(known || response.status !== 200, `${path} was given without a token`);
    };
    return {
      judge: async (batch) => {
        await Promise.all(batch.map(tryOne));
        await bystander.check();
      },
      close: async () => {
        bystander.close();
        await gateway.close();
      },
    };
  },
});

/** Of a stream its beginning, of everything else the whole. */
function isEnough(received: Buffer, isHead: boolean): boolean {
  const response = readResponse(received);
  if (response === undefined) return false;
  return isHead || response.whole || response.headers.get("content-type")?.startsWith("text/event-stream") === true;
}
