/** /v1/channels/{channel}/driver: who drives it, taking, giving and releasing. */
import { channelError, forbidden, lifeOf, type Principal, type Register } from "@signalbox/core";
import Type from "typebox";
import type { Node } from "../../node.ts";
import type { App } from "../app.ts";
import { ask } from "../ask.ts";
import { Refused } from "../errors.ts";
import { answers } from "../schemas.ts";
import { membersOf, publishStep } from "../steering.ts";

const driverSchema = Type.Object({
  channel: Type.String(),
  driver: Type.Union([Type.String(), Type.Null()], { description: "KIND:ID; null: nobody." }),
  how: Type.Optional(Type.String({ description: "took, gave, released or left." })),
  previous: Type.Optional(Type.String()),
  by: Type.Optional(Type.String({ description: "Who did it." })),
  since: Type.Optional(Type.Integer({ description: "Milliseconds since 1970." })),
});

const params = Type.Object({ channel: Type.String() });
const seeing = ["subscribe", "history", "presence", "command"] as const;

export function driverRoutes(app: App, node: Node): void {
  const type = "driver_changed";
  const driverOf = async (principal: Principal, channel: string) => {
    const { engine } = node.tenants.of(principal);
    const { register } = await ask<{ register: Register | undefined }>((done) =>
      engine.register(`driver/${channel}`, done),
    );
    return (register && lifeOf("driver", register)?.state) ?? { channel, driver: null };
  };

  app.get(
    "/v1/channels/:channel/driver",
    { schema: { summary: "Who drives a channel", params, response: answers(driverSchema) } },
    async (request) => {
      const { principal } = request;
      const { channel } = request.params;
      const error = channelError(channel, node.namespaces);
      if (error !== undefined) throw new Refused(error);
      if (!seeing.some((verb) => principal.rights.may(verb, channel)))
        throw new Refused(forbidden("subscribe", channel));
      return driverOf(principal, channel);
    },
  );

  app.put(
    "/v1/channels/:channel/driver",
    {
      schema: {
        summary: "Takes a channel to drive it, or gives it to somebody",
        params,
        body: Type.Object({
          driver: Type.Optional(Type.String({ description: "KIND:ID; who asks if absent." })),
          take: Type.Optional(Type.Boolean({ description: "Even if somebody else drives." })),
        }),
        response: answers(driverSchema),
      },
    },
    async (request) => {
      const { channel } = request.params;
      await publishStep(node, request, { type, channel, data: { ...membersOf(request, node), channel } });
      return driverOf(request.principal, channel);
    },
  );

  app.delete(
    "/v1/channels/:channel/driver",
    {
      schema: {
        summary: "Stops driving a channel",
        params,
        querystring: Type.Object({
          take: Type.Optional(Type.Boolean({ description: "Even if somebody else drives." })),
        }),
        response: answers(driverSchema),
      },
    },
    async (request) => {
      const { channel } = request.params;
      const take = request.query.take === undefined ? {} : { take: request.query.take };
      await publishStep(node, request, { type, channel, data: { channel, driver: null, ...take } });
      return driverOf(request.principal, channel);
    },
  );
}
