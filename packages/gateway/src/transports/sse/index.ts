/** Channels as Server-Sent Events: one channel under its own address, several under /v1/events. */
import { type ChannelInfo, channelError, errorData, listWithin, namespaceError, type Principal } from "@signalbox/core";
import { type Draft, type ErrorData, isPattern, matchesPattern, namespaceOf, type Since } from "@signalbox/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import Type from "typebox";
import { addressOf } from "../../http/address.ts";
import type { App } from "../../http/app.ts";
import { ask } from "../../http/ask.ts";
import { Refused, refused } from "../../http/errors.ts";
import type { Node } from "../../node.ts";
import { parseSince } from "../since.ts";
import type { Transport } from "../transport.ts";
import { admitViewer, quietMs, type Rendering, Viewer } from "../viewer.ts";
import { Cursor, cursorLength, parseCursor } from "./cursor.ts";
import { eventSourceRendering, positionId } from "./rendering.ts";

/** A stream's cursor has the position of each of its channels, and must fit in a header. */
const channelsPerStream = 128;
/** EventSource comes back after this; spread, so that not all come back at once. */
const retryMs = (): number => 1_000 + Math.random() * 2_000;

const oneQuery = Type.Object({
  since: Type.Optional(Type.String()),
  types: Type.Optional(Type.String()),
});

const manyQuery = Type.Object({
  channel: Type.Union([Type.String(), Type.Array(Type.String(), { maxItems: channelsPerStream })], {
    description: "A channel or pattern; may be given several times.",
  }),
  since: Type.Optional(
    Type.String({ description: "Where channels without a position begin: earliest, now (default), last:N." }),
  ),
  types: Type.Optional(Type.String({ description: "Event types, separated by commas." })),
});

export class SseTransport implements Transport {
  readonly name = "sse";
  readonly #viewers = new Set<Viewer>();

  routes(app: App, node: Node): void {
    node.load.add(this.name, this.#viewers);
    node.sweep.add(() => {
      for (const viewer of this.#viewers) viewer.beat(quietMs(node.limits.heartbeatMs));
    });
    app.get(
      "/v1/channels/:channel/events",
      {
        schema: { hide: true, params: Type.Object({ channel: Type.String() }), querystring: oneQuery },
        constraints: { accept: "text/event-stream" },
      },
      (request, reply) => {
        const { channel } = request.params;
        checkName(channel, node);
        const resumed = lastEventId(request);
        const since = parseSince(
          resumed ?? request.query.since ?? "earliest",
          resumed ? "/headers/last-event-id" : "/query/since",
        );
        const filter = filterOf(request.query.types);
        this.#open(node, request, reply, eventSourceRendering(positionId, retryMs()), [
          { id: "1", type: "subscribe", data: { channel, since, ...filter } },
        ]);
      },
    );
    app.get(
      "/v1/events",
      {
        schema: {
          querystring: manyQuery,
          summary: "Streams several channels and patterns as Server-Sent Events",
          description:
            "Each id is a cursor with the position of every channel so far; Last-Event-ID resumes them all. At most " +
            `${channelsPerStream} channels.`,
          produces: ["text/event-stream"],
        },
      },
      async (request, reply) => {
        const { channel, types, since = "now" } = request.query;
        const names = [...new Set(typeof channel === "string" ? [channel] : channel)];
        for (const name of names) checkName(name, node);
        const resumed = lastEventId(request);
        const cursor = resumed === undefined ? new Cursor() : parseCursor(resumed);
        if (cursor === undefined) throw refused("invalid_position", "Last-Event-ID is not a cursor of this address");
        await checkCount(names, node, request.principal);
        const begin = parseSince(since, "/query/since");
        const drafts = subscriptions(names, cursor, resumed === undefined ? begin : "earliest", filterOf(types));
        this.#open(node, request, reply, cursorRendering(cursor), drafts);
      },
    );
  }

  close(): void {
    for (const viewer of this.#viewers) viewer.end();
  }

  #open(node: Node, request: FastifyRequest, reply: FastifyReply, rendering: Rendering, drafts: Draft[]): void {
    admitViewer(node, addressOf(request.raw, node));
    reply.hijack();
    const who = { principal: request.principal, address: addressOf(request.raw, node) };
    const options = { node, transport: this.name, ...who, response: reply.raw, rendering, answers: drafts.length };
    new Viewer(options, this.#viewers).accept(drafts);
  }
}

function lastEventId(request: FastifyRequest): string | undefined {
  const header = request.headers["last-event-id"];
  return typeof header === "string" && header !== "" ? header : undefined;
}

function checkName(name: string, node: Node): void {
  const pattern = isPattern(name);
  if (name === "*") return;
  const error = pattern ? namespaceError(namespaceOf(name), node.namespaces) : channelError(name, node.namespaces);
  if (error !== undefined) throw new Refused(error);
}

async function checkCount(names: readonly string[], node: Node, principal: Principal): Promise<void> {
  const { engine } = node.tenants.of(principal);
  const list: Parameters<typeof listWithin>[0] = (part, after, limit, done) => engine.list(part, after, limit, done);
  let count = 0;
  for (const name of names) {
    const parts = principal.rights.within("subscribe", name);
    const limit = channelsPerStream + 1;
    count += isPattern(name)
      ? (await ask<ChannelInfo[]>((done) => listWithin(list, parts, "", limit, done))).length
      : 1;
  }
  if (count > channelsPerStream) throw new Refused(tooMany());
}

const tooMany = (): ErrorData =>
  errorData("too_many_subscriptions", `one stream has at most ${channelsPerStream} channels`, {
    limit: channelsPerStream,
  });

const filterOf = (types: string | undefined): { filter?: { types: string[] } } =>
  types === undefined || types === "" ? {} : { filter: { types: types.split(",") } };

/** `since`: where channels begin that the cursor does not know. After a break those are new, so all of them is. */
function subscriptions(
  names: readonly string[],
  cursor: Cursor,
  since: Since,
  filter: { filter?: { types: string[] } },
): Draft[] {
  const known = cursor.positions();
  return names.map((channel, index) => {
    const begin = isPattern(channel)
      ? { since, positions: Object.fromEntries([...known].filter(([name]) => matchesPattern(channel, name))) }
      : { since: known.get(channel) ?? since };
    return { id: String(index + 1), type: "subscribe", data: { channel, ...begin, ...filter } };
  });
}

/** Patterns grow while they are watched: over the limit the stream says so and ends. */
function cursorRendering(cursor: Cursor): Rendering {
  let length = 0;
  const rendering = eventSourceRendering((channel, position) => {
    cursor.set(channel, position);
    const text = cursor.toString();
    length = text.length;
    return text;
  }, retryMs());
  const over = (): ErrorData | undefined =>
    cursor.size > channelsPerStream || length > cursorLength ? tooMany() : undefined;
  return { ...rendering, over };
}
