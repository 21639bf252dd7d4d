/** Leases over HTTP: taking, renewing, ending one, and who is at work where. */
import { type Lease, leaseIsHeld, type Principal } from "@signalbox/core";
import { type LeaseData, matchesPattern } from "@signalbox/protocol";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import { catalogue } from "../../catalogue.ts";
import type { Node } from "../../node.ts";
import { addressOf } from "../address.ts";
import type { App } from "../app.ts";
import { ask } from "../ask.ts";
import { broken, refusedBy } from "../errors.ts";
import { answers, positionSchema } from "../schemas.ts";
import { findLife, listLives, membersOf, tell } from "../steering.ts";
import { checkPattern } from "./channels.ts";

const defaultLimit = 100;

const leaseSchema = Type.Object({
  channel: Type.String(),
  producer: Type.String(),
  epoch: Type.Integer(),
  ttlMs: Type.Integer(),
  progressMs: Type.Optional(Type.Integer()),
  state: Type.String({ description: "held, released or lost." }),
  by: Type.String({ description: "Who took it." }),
  since: Type.Integer({ description: "Milliseconds since 1970, as all times." }),
  endedAt: Type.Optional(Type.Integer()),
  eventId: Type.String({ description: "Of the event that made the channel's first lease." }),
  position: Type.Optional(positionSchema),
});

const answerSchema = Type.Object({
  channel: Type.String(),
  producer: Type.String(),
  epoch: Type.Integer(),
  ttlMs: Type.Optional(Type.Integer()),
  progressMs: Type.Optional(Type.Integer()),
  state: Type.String(),
});

const params = Type.Object({ channel: Type.String() });

const maySee =
  ({ rights }: Principal) =>
  ({ channel }: Lease): boolean =>
    rights.may("history", channel) || rights.may("subscribe", channel) || rights.may("publish", channel);

export function leaseRoutes(app: App, node: Node): void {
  const { limits } = node;

  app.put(
    "/v1/leases/:channel",
    {
      schema: {
        summary: "Says that a producer is at work on a channel",
        description:
          "Without epoch it begins the producer's next one, and older ones are fenced; with its own epoch it renews the lease.",
        params,
        body: Type.Object({
          producer: Type.String({ description: "As its events name it." }),
          epoch: Type.Optional(Type.Integer({ minimum: 1 })),
          ttlMs: Type.Optional(
            Type.Integer({
              minimum: 1_000,
              maximum: 3_600_000,
              description: "15000 if absent; without a renewal it lasts so long.",
            }),
          ),
          progressMs: Type.Optional(
            Type.Integer({
              minimum: 1_000,
              description: "A running agent that publishes nothing for so long is stuck.",
            }),
          ),
          takeOver: Type.Optional(Type.Boolean({ description: "Even if another producer holds it." })),
        }),
        response: answers(answerSchema),
      },
    },
    async (request) => {
      const { release: _release, ...given } = membersOf(request, node);
      return lease(node, request, { ...given, channel: request.params.channel });
    },
  );

  app.delete(
    "/v1/leases/:channel",
    {
      schema: {
        summary: "Ends a lease",
        params,
        querystring: Type.Object({ producer: Type.String(), epoch: Type.Integer({ minimum: 1 }) }),
        response: answers(answerSchema),
      },
    },
    async (request) => {
      const { producer, epoch } = request.query;
      return lease(node, request, { channel: request.params.channel, producer, epoch, release: true });
    },
  );

  app.get(
    "/v1/leases/:channel",
    { schema: { summary: "A channel's newest lease", params, response: answers(leaseSchema) } },
    async (request) => {
      const { principal } = request;
      const { channel } = request.params;
      return tell(
        node,
        principal,
        await findLife(node, principal, { kind: "lease", id: channel, isVisible: maySee(principal) }),
      );
    },
  );

  app.get(
    "/v1/leases",
    {
      schema: {
        summary: "Leases by channel",
        description: "A page may hold fewer than its limit, even none, and still have a next.",
        querystring: Type.Object({
          channel: Type.Optional(Type.String({ description: "A channel or a pattern; all if absent." })),
          state: Type.Optional(Type.String({ description: "held, released or lost; all if absent." })),
          after: Type.Optional(Type.String({ description: "An earlier answer's next." })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.pageEvents, description: "100 if absent." })),
        }),
        response: answers(Type.Object({ leases: Type.Array(leaseSchema), next: Type.Optional(Type.String()) })),
      },
    },
    async (request) => {
      const { principal } = request;
      const { channel, state, after = "", limit = Math.min(defaultLimit, limits.pageEvents) } = request.query;
      if (channel !== undefined) checkPattern(channel, node);
      const isVisible = maySee(principal);
      const isWanted = (one: Lease): boolean =>
        (channel === undefined || matchesPattern(channel, one.channel)) &&
        (state === undefined || one.state === state) &&
        isVisible(one);
      const prefix = (channel ?? "").replace(/\*$/, "");
      const asked = { kind: "lease", prefix, after, limit, open: state === "held", isWanted } as const;
      const { lives, next } = await listLives(node, principal, asked);
      const leases = lives.map((life) => tell(node, principal, life));
      return next === undefined ? { leases } : { leases, next };
    },
  );
}

/** The channels of a pattern whose lease is held and that are wanted: at most one more than `most`. */
export async function heldChannels(
  node: Node,
  principal: Principal,
  pattern: string,
  most: number,
  isWanted: (channel: string) => boolean,
): Promise<string[]> {
  const found: string[] = [];
  for (let after = ""; found.length <= most; ) {
    const { lives, next } = await listLives(node, principal, {
      ...{ kind: "lease", prefix: pattern.replace(/\*$/, ""), after, limit: most + 1 - found.length, open: true },
      isWanted: (one) => leaseIsHeld(one) && matchesPattern(pattern, one.channel) && isWanted(one.channel),
    });
    found.push(...lives.map(({ state }) => state.channel));
    if (next === undefined) break;
    after = next;
  }
  return found;
}

function lease(node: Node, request: FastifyRequest, given: Record<string, unknown>): Promise<LeaseData> {
  const checked = catalogue.checkControl("lease", given);
  if (!checked.ok) throw broken(checked.path.replace(/^\/data/, ""), checked.rule);
  const { principal } = request;
  const actor = { principal, address: addressOf(request.raw, node) };
  const { hub, engine } = node.tenants.of(principal);
  const limited = hub.overRate(principal, actor.address, "lease", engine.steadyMs());
  if (limited !== undefined) throw refusedBy(limited);
  // Checked just now.
  const data = given as unknown as LeaseData;
  return ask<LeaseData>((done) => hub.steering.leases.ask(data, actor, done));
}
