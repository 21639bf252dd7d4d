/** GET /v1/channels and /v1/channels/{channel}: what there is, how far it goes, what state it is in. */
import { type ChannelInfo, channelError, type Hub, listWithin, namespaceError, type View } from "@signalbox/core";
import { isPattern, namespaceOf, type Snapshot } from "@signalbox/protocol";
import Type from "typebox";
import type { Node } from "../../node.ts";
import type { App } from "../app.ts";
import { ask } from "../ask.ts";
import { Refused, refused } from "../errors.ts";
import { permitted } from "../permit.ts";
import { answers } from "../schemas.ts";

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
});

export function channelRoutes(app: App, node: Node): void {
  const { limits } = node;
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
        }),
        response: answers(Type.Object({ channels: Type.Array(channelSchema), next: Type.Optional(Type.String()) })),
      },
    },
    async (request) => {
      const {
        pattern = "*",
        after = "",
        limit = Math.min(defaultLimit, limits.pageEvents),
        snapshot = false,
      } = request.query;
      checkPattern(pattern, node);
      const { hub, engine } = node.tenants.of(request.principal);
      const parts = permitted(request.principal, "history", pattern);
      const view = node.hiding.viewOf(request.principal);
      const list: List = (part, from, most, done) => engine.list(part, from, most, done);
      const found = await ask<ChannelInfo[]>((done) => listWithin(list, parts, after, limit, done));
      const channels = await Promise.all(
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
        }),
        response: answers(channelSchema),
      },
    },
    async (request) => {
      const { channel } = request.params;
      const { reducer } = request.query;
      const error = channelError(channel, node.namespaces);
      if (error !== undefined) throw new Refused(error);
      const { principal } = request;
      const { hub, engine } = node.tenants.of(principal);
      const info = await ask<ChannelInfo>((done) => engine.info(channel, done));
      if (info.top === 0 || !principal.rights.may("history", channel)) {
        throw refused("not_found", `nothing was ever published to ${channel}`);
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
