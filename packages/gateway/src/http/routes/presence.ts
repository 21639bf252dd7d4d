/** GET /v1/channels/{channel}/presence: who is there, for those who are not. */
import { channelError } from "@signalbox/core";
import Type from "typebox";
import type { Node } from "../../node.ts";
import type { App } from "../app.ts";
import { Refused } from "../errors.ts";
import { permit } from "../permit.ts";
import { answers } from "../schemas.ts";

const memberSchema = Type.Object({
  memberId: Type.String(),
  principal: Type.Object({ kind: Type.String(), id: Type.String() }),
  name: Type.Optional(Type.String()),
  state: Type.Optional(Type.Unknown({ description: "What it looks at and does." })),
  sinceMs: Type.Integer({ description: "Milliseconds since 1970." }),
});

export function presenceRoutes(app: App, node: Node): void {
  app.get(
    "/v1/channels/:channel/presence",
    {
      schema: {
        summary: "Who is in a channel",
        params: Type.Object({ channel: Type.String() }),
        response: answers(
          Type.Object({
            channel: Type.String(),
            revision: Type.String({ description: "Another one: the members are others." }),
            members: Type.Array(memberSchema, {
              description: `Those here longest, at most ${node.limits.presenceListed}.`,
            }),
            total: Type.Integer(),
          }),
        ),
      },
    },
    async (request) => {
      const { principal } = request;
      const { channel } = request.params;
      const error = channelError(channel, node.namespaces);
      if (error !== undefined) throw new Refused(error);
      permit(principal, "presence", channel);
      const { presence } = node.tenants.of(principal).hub;
      await new Promise<void>((resolve) => presence.whenMet(resolve));
      return { channel, ...presence.list(channel, node.hiding.viewOf(principal)) };
    },
  );
}
