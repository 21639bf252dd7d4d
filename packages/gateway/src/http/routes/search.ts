/** GET /v1/search: full-text search over what is kept, newest first. */
import { type SearchQuery, type SearchResult, SharedPublication } from "@signalbox/core";
import Type from "typebox";
import type { Node } from "../../node.ts";
import type { App } from "../app.ts";
import { ask } from "../ask.ts";
import { refused } from "../errors.ts";
import { permitted } from "../permit.ts";
import { answers, messageSchema } from "../schemas.ts";
import { checkPattern } from "./channels.ts";

const defaultLimit = 100;

export function searchRoutes(app: App, node: Node): void {
  app.get(
    "/v1/search",
    {
      schema: {
        summary: "Events that contain all words",
        querystring: Type.Object({
          q: Type.String({
            minLength: 1,
            maxLength: 500,
            description: 'Words; "quoted phrases" and a trailing * are allowed.',
          }),
          channel: Type.Optional(Type.String({ description: "A channel or pattern; all channels if absent." })),
          types: Type.Optional(Type.String({ description: "Event types, separated by commas." })),
          limit: Type.Optional(
            Type.Integer({ minimum: 1, maximum: node.limits.pageEvents, description: "100 if absent." }),
          ),
          before: Type.Optional(Type.String({ description: "An earlier answer's next." })),
        }),
        response: answers(Type.Object({ hits: Type.Array(messageSchema), next: Type.Optional(Type.String()) })),
      },
    },
    async (request, reply) => {
      const { q, channel, types, limit = Math.min(defaultLimit, node.limits.pageEvents), before } = request.query;
      const { engine } = node.tenants.of(request.principal);
      if (!engine.canSearch) throw refused("unsupported", "this gateway's store cannot search");
      if (channel !== undefined) checkPattern(channel, node);
      // Finding an event by what is hidden in it would tell it.
      if (node.hiding.viewOf(request.principal) !== undefined) {
        throw refused("forbidden", "who has hidden members cannot search");
      }
      const channels = permitted(request.principal, "history", channel ?? "*");
      const query: SearchQuery = { text: q, limit, channels };
      if (types !== undefined && types !== "") query.types = types.split(",");
      if (before !== undefined) query.before = before;
      const { hits, next } = await ask<SearchResult>((done) => engine.search(query, done));
      const found = hits.map((hit) => new SharedPublication(hit.channel, hit.epoch, hit).json);
      const tail = next === undefined ? "" : `,"next":${JSON.stringify(next)}`;
      return reply.type("application/json; charset=utf-8").send(`{"hits":[${found.join(",")}]${tail}}`);
    },
  );
}
