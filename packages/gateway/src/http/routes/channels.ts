/** GET /v1/channels and /v1/channels/{channel}: what there is, how far it goes, what state it is in. */
import { type ChannelInfo, channelError, namespaceError } from "@signalbox/core";
import { isPattern, namespaceOf, type Snapshot } from "@signalbox/protocol";
import Type from "typebox";
import type { Node } from "../../node.ts";
import type { App } from "../app.ts";
import { ask } from "../ask.ts";
import { Refused, refused } from "../errors.ts";
import { answers } from "../schemas.ts";

const defaultLimit = 100;

const channelSchema = Type.Object({
  channel: Type.String(),
  epoch: Type.String(),
  offset: Type.Integer({ description: "Newest offset." }),
  oldest: Type.Integer({ description: "Oldest kept offset; offset + 1 when nothing is kept." }),
  bytes: Type.Integer({ description: "Bytes of the kept events." }),
  createdMs: Type.Integer(),
  updatedMs: Type.Integer(),
  subscribers: Type.Integer({ description: "Connections to this node that watch it." }),
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
      const found = await ask<ChannelInfo[]>((done) => node.engine.list(pattern, after, limit, done));
      const channels = await Promise.all(found.map((info) => describe(info, node, snapshot)));
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
        response: answers(channelSchema),
      },
    },
    async (request) => {
      const { channel } = request.params;
      const error = channelError(channel, node.namespaces);
      if (error !== undefined) throw new Refused(error);
      const info = await ask<ChannelInfo>((done) => node.engine.info(channel, done));
      if (info.top === 0) throw refused("not_found", `nothing was ever published to ${channel}`);
      return describe(info, node, true);
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

async function describe(info: ChannelInfo, node: Node, withSnapshot: boolean) {
  const { channel, epoch, top, floor, bytes, createdMs, updatedMs } = info;
  const subscribers = node.hub.subscribers(channel);
  const all = { channel, epoch, offset: top, oldest: floor, bytes, createdMs, updatedMs, subscribers };
  if (!withSnapshot) return all;
  const { snapshot } = await ask<{ snapshot: Snapshot | undefined }>((done) => node.hub.snapshot(channel, done));
  return snapshot === undefined ? all : { ...all, snapshot };
}
