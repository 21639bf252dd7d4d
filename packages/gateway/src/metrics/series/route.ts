/** GET /v1/metrics/series: what the figures of a node were, for those who may see how the gateway is. */
import type { Principal, Tally } from "@signalbox/core";
import Type from "typebox";
import type { App } from "../../http/app.ts";
import { refused } from "../../http/errors.ts";
import { answers } from "../../http/schemas.ts";
import type { Node } from "../../node.ts";
import { markOf } from "../../nodes/peers.ts";
import type { Series } from "./series.ts";

/** Milliseconds: how long connections last. */
const boundsMs = [1_000, 10_000, 60_000, 300_000, 900_000, 3_600_000, 14_400_000, 86_400_000];

const figures = Type.Array(Type.Union([Type.Number(), Type.Null()]));

const answerSchema = Type.Object({
  node: Type.String({ description: "Whose figures they are." }),
  startedMs: Type.Integer({ description: "When it began; nothing is known from before. Milliseconds since 1970." }),
  stepMs: Type.Integer(),
  keptMs: Type.Integer({ description: "How far back figures of this step are kept." }),
  names: Type.Array(Type.String(), { description: "All that there are." }),
  at: Type.Array(Type.Integer(), { description: "The end of each step." }),
  series: Type.Unsafe<Record<string, Array<number | null>>>({
    type: "object",
    additionalProperties: figures,
    description: "By name, a figure for each time; null: not known.",
  }),
  ended: Type.Unsafe<Record<string, number[]>>({
    type: "object",
    additionalProperties: Type.Array(Type.Integer()),
    description:
      "Connections that have ended since the start, by transport: how many were open for at most each of boundsMs, then all.",
  }),
  boundsMs: Type.Array(Type.Integer()),
});

interface SeriesRouteOptions {
  series: Series;
  tally: Tally;
  startedMs: number;
  may(principal: Principal): boolean;
}

export function seriesRoutes(app: App, node: Node, { series, tally, startedMs, may }: SeriesRouteOptions): void {
  const schema = {
    summary: "What a node's figures were",
    description:
      "Every 5 s for an hour, every minute for a day; in memory, from the node's start. For tokens that administer, or have the role monitor.",
    querystring: Type.Object({
      names: Type.Optional(
        Type.String({ maxLength: 4_000, description: "Names, with commas between; * at an end. All if absent." }),
      ),
      from: Type.Optional(
        Type.Integer({ minimum: 0, description: "Only steps that end after it. Milliseconds since 1970." }),
      ),
      step: Type.Optional(Type.Integer({ enum: [5, 60], description: "Seconds. 5 if absent." })),
      node: Type.Optional(Type.String({ description: "The node's name; the one that is asked if absent." })),
    }),
    response: answers(answerSchema),
  };
  app.get("/v1/metrics/series", { schema }, async (request, reply) => {
    const { principal, query, raw } = request;
    if (!may(principal)) throw refused("forbidden", "this takes the role monitor, or admin");
    const { names = "*", from = 0, step = 5, node: wanted = node.name } = query;
    if (wanted !== node.name) {
      await node.peers?.list();
      const elsewhere = node.forward?.elsewhere(`${markOf(wanted)}.`, raw);
      if (node.forward === undefined || elsewhere === undefined || !node.peers?.marks.includes(elsewhere)) {
        throw refused("not_found", "there is no such node");
      }
      reply.hijack();
      node.forward.request(elsewhere, raw, reply.raw, () => {
        reply.raw.writeHead(404, { "content-type": "application/json; charset=utf-8" });
        reply.raw.end(JSON.stringify({ error: refused("not_found", "there is no such node").error }));
      });
      return reply;
    }
    const ended = Object.fromEntries([...tally.ended].map(([transport, one]) => [transport, one.upTo(boundsMs)]));
    const found = series.read(names.split(","), from, step * 1_000);
    return { node: node.name, startedMs, ...found, ended, boundsMs };
  });
}
