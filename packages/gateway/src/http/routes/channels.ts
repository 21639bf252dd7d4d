/** GET /v1/channels and /v1/channels/{channel}: what there is, how far it goes, what state it is in. */
import {
  type ChannelInfo,
  channelError,
  type Hub,
  listWithin,
  namespaceError,
  type Principal,
  reducerOf,
  reducers,
  type View,
} from "@signalbox/core";
import { isPattern, namespaceOf, type Snapshot } from "@signalbox/protocol";
import Type from "typebox";
import type { Node } from "../../node.ts";
import { PastStates } from "../../past/past-states.ts";
import type { App } from "../app.ts";
import { ask } from "../ask.ts";
import { Refused, refused } from "../errors.ts";
import { permitted } from "../permit.ts";
import { answers } from "../schemas.ts";
import { abortSignal } from "../wait.ts";

const defaultLimit = 100;

type List = Parameters<typeof listWithin>[0];

const demandSchema = Type.Object(
  {
    viewers: Type.Integer({ description: "Connections that its events are delivered to, but its producer's." }),
    maxWidth: Type.Optional(Type.Integer({ description: "The widest that any of them shows frames, in pixels." })),
    maxHz: Type.Optional(Type.Number({ description: "The most a second that any of them wants." })),
  },
  { description: "What is wanted of its producer, at this node. Of one channel only." },
);

const channelSchema = Type.Object({
  channel: Type.String(),
  epoch: Type.String(),
  offset: Type.Integer({ description: "Newest offset." }),
  oldest: Type.Integer({ description: "Oldest kept offset; offset + 1 when nothing is kept." }),
  bytes: Type.Integer({ description: "Bytes of the kept events." }),
  createdMs: Type.Integer(),
  updatedMs: Type.Integer(),
  subscribers: Type.Integer({ description: "Connections to the node that answers that watch it." }),
  demand: Type.Optional(demandSchema),
  snapshot: Type.Optional(Type.Unknown({ description: "{reducer, version, epoch, offset, state}" })),
  past: Type.Optional(
    Type.Object(
      {
        at: Type.Integer({ description: "The time that was asked for." }),
        from: Type.Integer({ description: "The first event that was looked at: older ones are no longer kept." }),
      },
      { description: "With at: the snapshot is of that time." },
    ),
  ),
});

const at = Type.Optional(
  Type.Integer({ minimum: 0, description: "The state at this time instead of now, milliseconds since 1970." }),
);

export function channelRoutes(app: App, node: Node): void {
  const { limits } = node;
  const past = new PastStates(limits);
  app.get(
    "/v1/channels",
    {
      schema: {
        summary: "Channels by name",
        querystring: Type.Object({
          pattern: Type.Optional(Type.String({ description: "Such as agent:*; all channels if absent." })),
          after: Type.Optional(Type.String({ description: "An earlier answer's next." })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.pageEvents, description: "100 if absent." })),
          snapshot: Type.Optional(Type.Boolean({ description: "Also give each channel's folded state." })),
          at,
        }),
        response: answers(Type.Object({ channels: Type.Array(channelSchema), next: Type.Optional(Type.String()) })),
      },
    },
    async (request, reply) => {
      const {
        pattern = "*",
        after = "",
        limit = Math.min(defaultLimit, limits.pageEvents),
        snapshot = false,
        at,
      } = request.query;
      checkPattern(pattern, node);
      const { hub, engine } = node.tenants.of(request.principal);
      const parts = permitted(request.principal, "history", pattern);
      const view = node.hiding.viewOf(request.principal);
      const list: List = (part, from, most, done) => engine.list(part, from, most, done);
      const found = await ask<ChannelInfo[]>((done) => listWithin(list, parts, after, limit, done));
      const signal = abortSignal(reply.raw);
      const { principal } = request;
      const channels =
        snapshot && at !== undefined
          ? await inTurn(found, (info) => withPast(past, info, { node, principal, at, signal }))
          : await Promise.all(
              found.map((info) => (snapshot ? withSnapshot(info, { hub, view }) : describe(info, hub))),
            );
      const last = found.at(-1);
      return { channels, ...(found.length === limit && last !== undefined ? { next: last.channel } : {}) };
    },
  );
  app.get(
    "/v1/channels/:channel",
    {
      schema: {
        summary: "One channel, with its folded state",
        params: Type.Object({ channel: Type.String() }),
        querystring: Type.Object({
          reducer: Type.Optional(
            Type.String({ minLength: 1, maxLength: 64, description: "Whose state; the main one's if absent." }),
          ),
          at,
        }),
        response: answers(channelSchema),
      },
    },
    async (request, reply) => {
      const { channel } = request.params;
      const { reducer, at } = request.query;
      const error = channelError(channel, node.namespaces);
      if (error !== undefined) throw new Refused(error);
      const { principal } = request;
      const { hub, engine } = node.tenants.of(principal);
      const info = await ask<ChannelInfo>((done) => engine.info(channel, done));
      if (info.top === 0 || !principal.rights.may("history", channel)) {
        throw refused("not_found", `nothing was ever published to ${channel}`);
      }
      if (at !== undefined) {
        return withPast(past, info, { node, principal, reducer, at, signal: abortSignal(reply.raw) });
      }
      const described = await withSnapshot(info, { hub, reducer, view: node.hiding.viewOf(principal) });
      return { ...described, demand: hub.demand(channel) };
    },
  );
}

export function checkPattern(pattern: string, node: Node): void {
  if (pattern === "*") return;
  const error = isPattern(pattern)
    ? namespaceError(namespaceOf(pattern), node.namespaces)
    : channelError(pattern, node.namespaces);
  if (error !== undefined) throw new Refused(error);
}

function describe({ channel, epoch, top, floor, bytes, createdMs, updatedMs }: ChannelInfo, hub: Hub) {
  const subscribers = hub.subscribers(channel);
  return { channel, epoch, offset: top, oldest: floor, bytes, createdMs, updatedMs, subscribers };
}

/** Without one if its namespace has no such reducer. */
async function withSnapshot(
  info: ChannelInfo,
  { hub, reducer, view }: { hub: Hub; reducer?: string | undefined; view: View | undefined },
) {
  const all = describe(info, hub);
  const { snapshot } = await ask<{ snapshot: Snapshot | undefined }>((done) =>
    hub.snapshot(info.channel, reducer, done),
  );
  if (snapshot === undefined) return all;
  return { ...all, snapshot: view === undefined ? snapshot : { ...snapshot, state: view.state(snapshot.state) } };
}

interface PastOptions {
  node: Node;
  principal: Principal;
  reducer?: string | undefined;
  at: number;
  signal: AbortSignal;
}

/** Without a snapshot if its namespace has no such reducer. */
async function withPast(past: PastStates, info: ChannelInfo, { node, principal, at, signal, ...named }: PastOptions) {
  const { hub, engine } = node.tenants.of(principal);
  const { channel } = info;
  const all = describe(info, hub);
  const reducer = reducerOf(channel, named.reducer, node.namespaces, reducers);
  if (reducer === undefined) return all;
  const found = await past.at({ engine, tenant: principal.tenant, channel, reducer, atMs: at, signal });
  const { epoch, offset, from } = found;
  const view = node.hiding.viewOf(principal);
  const state = view === undefined ? found.state : view.state(found.state);
  const { name, version } = reducer;
  return { ...all, snapshot: { reducer: name, version, epoch, offset, state }, past: { at, from } };
}

/** One after the other: a page of them takes one of the turns that there are. */
async function inTurn<Item, Result>(items: readonly Item[], make: (item: Item) => Promise<Result>): Promise<Result[]> {
  const made: Result[] = [];
  for (const item of items) made.push(await make(item));
  return made;
}
