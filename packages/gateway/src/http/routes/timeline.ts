/** GET /v1/channels/{channel}/timeline: what swim-lanes draw, in columns. */
import { channelError } from "@signalbox/core";
import Type from "typebox";
import type { Node } from "../../node.ts";
import { Timelines } from "../../past/timelines.ts";
import type { App } from "../app.ts";
import { Refused } from "../errors.ts";
import { permit } from "../permit.ts";
import { answers } from "../schemas.ts";

const numbers = (description: string) => Type.Array(Type.Integer(), { description });

const blockSchema = Type.Object({
  first: Type.Integer({ description: "The first offset that was looked at." }),
  last: Type.Integer({ description: "The last one." }),
  start: Type.Integer({ description: "Time of the first row, milliseconds since 1970." }),
  offsets: numbers("Of each row: steps of the offset, from first."),
  times: numbers("Steps of the time, from start."),
  kinds: numbers("0 state, 1 tool, 2 step, 3 task, 4 process, 5 command, 6 approval, 7 phase, 8 tests, 9 error."),
  ids: numbers("Index into texts: what begins and ends together has one."),
  states: numbers("Index into texts."),
  labels: numbers("Index into texts."),
  whose: numbers("Index into texts: the agent that the event names."),
  durations: numbers("Milliseconds; -1: not said."),
  texts: Type.Array(Type.String()),
});

export function timelineRoutes(app: App, node: Node): void {
  const { limits } = node;
  const timelines = new Timelines(limits);
  app.get(
    "/v1/channels/:channel/timeline",
    {
      schema: {
        summary: "What swim-lanes draw of a channel, in columns",
        params: Type.Object({ channel: Type.String() }),
        querystring: Type.Object({
          to: Type.Optional(Type.Integer({ minimum: 1, description: "The last offset; the newest if absent." })),
          limit: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: limits.timelineEvents,
              description: "Events to look at, the newest of them; all that a page has if absent.",
            }),
          ),
        }),
        response: answers(
          Type.Object({
            channel: Type.String(),
            epoch: Type.String(),
            floor: Type.Integer({ description: "Oldest kept offset." }),
            top: Type.Integer({ description: "Newest offset." }),
            from: Type.Integer({ description: "Where this page begins; from - 1 is the `to` of the one before." }),
            to: Type.Integer(),
            blocks: Type.Array(blockSchema),
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
      const { to, limit = limits.timelineEvents } = request.query;
      const { engine } = node.tenants.of(principal);
      const view = node.hiding.viewOf(principal);
      const text = await timelines.of({ engine, tenant: principal.tenant, channel, to, limit, view });
      return reply.type("application/json; charset=utf-8").send(text);
    },
  );
}
