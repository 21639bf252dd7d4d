/** GET /v1/channels/{channel}/steering: what a page needs to offer people what they may do, and say why not the rest. */
import { channelError, leaseIsHeld } from "@signalbox/core";
import Type from "typebox";
import type { Node } from "../../node.ts";
import type { App } from "../app.ts";
import { Refused, refused } from "../errors.ts";
import { answers } from "../schemas.ts";
import { lookUp } from "../steering.ts";

/** What is understood by whoever did not declare anything else (§10.5). */
const standard = ["pause", "resume", "cancel", "input", "set_config", "restart"].map((name) => ({ name }));

const schema = Type.Object({
  channel: Type.String(),
  declared: Type.Boolean({ description: "The agent said what it understands; else these are the standard commands." }),
  commands: Type.Array(
    Type.Object({
      name: Type.String(),
      title: Type.Optional(Type.String()),
      description: Type.Optional(Type.String()),
      args: Type.Optional(Type.Unknown({ description: "JSON Schema of its arguments." })),
      confirm: Type.Optional(Type.Boolean({ description: "People are asked before it is given." })),
      allowed: Type.Boolean({ description: "Who asks may give it." }),
    }),
  ),
  approve: Type.Boolean({ description: "Who asks may decide checkpoints of this channel." }),
  lease: Type.Optional(
    Type.Object({ producer: Type.String(), epoch: Type.Integer() }, { description: "Who is at work; absent: nobody." }),
  ),
});

export function steeringRoutes(app: App, node: Node): void {
  app.get(
    "/v1/channels/:channel/steering",
    {
      schema: {
        summary: "Which commands a channel understands, which of them this token may give, and who is at work there",
        params: Type.Object({ channel: Type.String() }),
        response: answers(schema),
      },
    },
    async ({ params: { channel }, principal }) => {
      const error = channelError(channel, node.namespaces);
      if (error !== undefined) throw new Refused(error);
      const { rights } = principal;
      const approve = rights.may("approve", channel);
      if (!approve && !rights.may("history", channel) && !rights.may("command", channel)) {
        throw refused("not_found", `there is no ${channel}`);
      }
      const [declaration, lease] = await Promise.all([
        lookUp(node, principal, "commands", channel),
        lookUp(node, principal, "lease", channel),
      ]);
      const view = node.hiding.viewOf(principal);
      const commands = (declaration?.state.commands ?? standard).map((command) => ({
        ...command,
        allowed: rights.mayCommand(channel, command.name),
      }));
      const answer = { channel, declared: declaration !== undefined, commands, approve };
      const shown = view === undefined ? answer : { ...answer, ...Object(view.state(answer)) };
      if (lease === undefined || !leaseIsHeld(lease.state)) return shown;
      const { producer, epoch } = lease.state;
      return { ...shown, lease: { producer, epoch } };
    },
  );
}
