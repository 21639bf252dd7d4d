/** GET /v1/channels/{channel}/events: a page of history, waited for if asked. */
import { channelError } from "@signalbox/core";
import Type from "typebox";
import { addressOf } from "../../http/address.ts";
import type { Node } from "../../node.ts";
import { parseSince } from "../../transports/since.ts";
import type { App } from "../app.ts";
import { Refused } from "../errors.ts";
import { historyJson, readHistory } from "../history.ts";
import { permit } from "../permit.ts";
import { answers, gapSchema, messageSchema, positionSchema } from "../schemas.ts";
import { abortSignal, waitForNews } from "../wait.ts";

const defaultLimit = 300;

export function historyRoutes(app: App, node: Node): void {
  const { limits } = node;
  app.get(
    "/v1/channels/:channel/events",
    {
      schema: {
        summary: "A page of a channel's history",
        description:
          "With wait and nothing new, the answer is delayed until something comes. With Accept: text/event-stream the " +
          "same address streams: each id is a position, Last-Event-ID resumes.",
        produces: ["application/json", "text/event-stream"],
        params: Type.Object({ channel: Type.String() }),
        querystring: Type.Object({
          since: Type.Optional(Type.String({ description: "EPOCH:OFFSET, earliest (default), now or last:N." })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.pageEvents, description: "300 if absent." })),
          wait: Type.Optional(Type.Number({ minimum: 0, description: "Seconds, at most 55." })),
          types: Type.Optional(Type.String({ description: "Event types, separated by commas." })),
        }),
        response: answers(
          Type.Object({
            channel: Type.String(),
            epoch: Type.String(),
            top: Type.Integer({ description: "Newest offset." }),
            floor: Type.Integer({ description: "Oldest kept offset." }),
            events: Type.Array(messageSchema),
            next: positionSchema,
            gap: Type.Optional(gapSchema),
          }),
        ),
      },
    },
    async (request, reply) => {
      const { channel } = request.params;
      const error = channelError(channel, node.namespaces);
      if (error !== undefined) throw new Refused(error);
      const { principal } = request;
      permit(principal, "history", channel);
      const { engine } = node.tenants.of(principal);
      const { limit = Math.min(defaultLimit, limits.pageEvents), wait = 0, types: named } = request.query;
      const types = named === undefined || named === "" ? undefined : named.split(",");
      const query = { view: node.hiding.viewOf(principal), channel, limit, types: types && new Set(types) };
      const since = parseSince(request.query.since ?? "earliest", "/query/since");
      const waitMs = Math.min(wait * 1_000, limits.pollWaitMs);

      let page = await readHistory(engine, limits, { ...query, since });
      if (waitMs > 0 && page.events.length === 0 && page.gap === undefined && page.next.offset === page.top) {
        const asker = { principal, address: addressOf(request.raw, node), signal: abortSignal(reply.raw) };
        // Being told of what comes is a right of its own.
        permit(principal, "subscribe", channel);
        await waitForNews(node, { channel, since: page.next, types, waitMs, ...asker });
        page = await readHistory(engine, limits, { ...query, since: page.next });
      }
      return reply.type("application/json; charset=utf-8").send(historyJson(page));
    },
  );
}
