/** Checkpoints over HTTP: asking, waiting for the decision, deciding, finding the open ones. */
import { randomUUID } from "node:crypto";
import { type Checkpoint, checkpointIsOpen, type Principal } from "@signalbox/core";
import { matchesPattern } from "@signalbox/protocol";
import Type from "typebox";
import type { Node } from "../../node.ts";
import type { App } from "../app.ts";
import { broken } from "../errors.ts";
import { answers, positionSchema } from "../schemas.ts";
import { findLife, idOfKey, listLives, membersOf, publishStep, tell, waitForEnd } from "../steering.ts";
import { checkPattern } from "./channels.ts";

const defaultLimit = 100;

const decision = Type.Enum(["approve", "deny"]);

const checkpointSchema = Type.Object({
  checkpointId: Type.String(),
  channel: Type.String(),
  state: Type.String({ description: "open, decided, expired or withdrawn." }),
  checkpointData: Type.Unknown(),
  payloadHash: Type.String(),
  requestedBy: Type.String(),
  requestedAt: Type.Integer({ description: "Milliseconds since 1970, as all times." }),
  deadline: Type.Integer(),
  default: decision,
  approvals: Type.Integer({ description: "People who must approve." }),
  approvedBy: Type.Array(Type.String()),
  decision: Type.Optional(decision),
  decidedBy: Type.Optional(Type.String()),
  decidedAt: Type.Optional(Type.Integer()),
  answer: Type.Optional(Type.Unknown()),
  reason: Type.Optional(Type.String()),
  applied: Type.Optional(Type.Unknown({ description: "{at, outcome?}: the asker acted." })),
  eventId: Type.String({ description: "Of the event that asked." }),
  position: Type.Optional(positionSchema),
});

const params = Type.Object({ id: Type.String({ pattern: "^[A-Za-z0-9._~-]{1,64}$" }) });

const maySee =
  ({ rights }: Principal) =>
  ({ channel, requestedBy }: Checkpoint, by: string): boolean =>
    requestedBy === by || rights.may("history", channel) || rights.may("approve", channel);

export function checkpointRoutes(app: App, node: Node): void {
  const { limits } = node;
  const told = async (principal: Principal, id: string) =>
    tell(node, principal, await findLife(node, principal, { kind: "checkpoint", id, isVisible: maySee(principal) }));

  app.post(
    "/v1/checkpoints",
    {
      schema: {
        summary: "Asks people to decide",
        description:
          "The same checkpointId (or Idempotency-Key) with the same payload again is the same checkpoint: 200.",
        body: Type.Object({
          checkpointData: Type.Unknown({ description: "What is to be decided." }),
          channel: Type.Optional(Type.String({ description: "execution:ID of executionId if absent." })),
          checkpointId: Type.Optional(Type.String()),
          executionId: Type.Optional(Type.String()),
          title: Type.Optional(Type.String()),
          deadline: Type.Optional(Type.Union([Type.Integer(), Type.String()])),
          default: Type.Optional(decision),
          roles: Type.Optional(Type.Array(Type.String())),
          approvals: Type.Optional(Type.Integer({ minimum: 1, maximum: 5 })),
          notRequester: Type.Optional(Type.Boolean()),
          answerSchema: Type.Optional(Type.Unknown()),
        }),
        response: { ...answers(checkpointSchema), 201: checkpointSchema },
      },
    },
    async (request, reply) => {
      const { channel, checkpointId = idOfKey(node, request) ?? randomUUID(), ...data } = membersOf(request, node);
      if (channel !== undefined && typeof channel !== "string") throw broken("/channel", "must be a string");
      const { duplicate } = await publishStep(node, request, {
        type: "checkpoint_required",
        ...(channel === undefined ? {} : { channel }),
        data: { ...data, checkpointId },
      });
      if (!duplicate) reply.code(201);
      return told(request.principal, String(checkpointId));
    },
  );

  app.get(
    "/v1/checkpoints/:id",
    {
      schema: {
        summary: "A checkpoint, waited for if asked",
        params,
        querystring: Type.Object({
          wait: Type.Optional(Type.Number({ minimum: 0, description: "Seconds until it is decided, at most 55." })),
        }),
        response: answers(checkpointSchema),
      },
    },
    async (request, reply) => {
      const { principal } = request;
      const { id } = request.params;
      const waitS = request.query.wait ?? 0;
      const wanted = { kind: "checkpoint", id, isVisible: maySee(principal), isOpen: checkpointIsOpen, waitS } as const;
      return tell(node, principal, await waitForEnd(node, request, reply, wanted));
    },
  );

  app.post(
    "/v1/checkpoints/:id/decision",
    {
      schema: {
        summary: "Decides a checkpoint",
        description: "The first decision stands; later ones get already_decided with who decided what.",
        params,
        body: Type.Object({
          decision,
          answer: Type.Optional(Type.Unknown()),
          reason: Type.Optional(Type.String()),
          payloadHash: Type.Optional(Type.String({ description: "Of what was looked at: another is refused." })),
        }),
        response: answers(checkpointSchema),
      },
    },
    async (request) => {
      const { id: checkpointId } = request.params;
      const eventId = idOfKey(node, request);
      await publishStep(node, request, {
        type: "checkpoint_decided",
        ...(eventId === undefined ? {} : { id: eventId }),
        data: { ...membersOf(request, node), checkpointId },
      });
      return told(request.principal, checkpointId);
    },
  );

  app.get(
    "/v1/checkpoints",
    {
      schema: {
        summary: "Checkpoints by id",
        description: "A page may hold fewer than its limit, even none, and still have a next.",
        querystring: Type.Object({
          state: Type.Optional(Type.String({ description: "open, decided, expired or withdrawn; all if absent." })),
          channel: Type.Optional(Type.String({ description: "A channel or a pattern; all if absent." })),
          after: Type.Optional(Type.String({ description: "An earlier answer's next." })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.pageEvents, description: "100 if absent." })),
        }),
        response: answers(
          Type.Object({ checkpoints: Type.Array(checkpointSchema), next: Type.Optional(Type.String()) }),
        ),
      },
    },
    async (request) => {
      const { principal } = request;
      const { state, channel, after = "", limit = Math.min(defaultLimit, limits.pageEvents) } = request.query;
      if (channel !== undefined) checkPattern(channel, node);
      const isVisible = maySee(principal);
      const isWanted = (checkpoint: Checkpoint, by: string): boolean =>
        (channel === undefined || matchesPattern(channel, checkpoint.channel)) &&
        (state === undefined || checkpoint.state === state) &&
        isVisible(checkpoint, by);
      const asked = { kind: "checkpoint", prefix: "", after, limit, open: state === "open", isWanted } as const;
      const { lives, next } = await listLives(node, principal, asked);
      const checkpoints = lives.map((life) => tell(node, principal, life));
      return next === undefined ? { checkpoints } : { checkpoints, next };
    },
  );
}
