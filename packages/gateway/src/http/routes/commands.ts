/** Commands over HTTP: giving one, waiting for its end, taking it back, finding them. */
import { randomUUID } from "node:crypto";
import { type Command, commandIsOpen, type Life, type Principal } from "@signalbox/core";
import { type Draft, isPattern, matchesPattern, type PublishResult } from "@signalbox/protocol";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import type { Node } from "../../node.ts";
import type { App } from "../app.ts";
import { broken, refused } from "../errors.ts";
import { permitted } from "../permit.ts";
import { answers, positionSchema } from "../schemas.ts";
import { findLife, idOfKey, listLives, membersOf, publishStep, publishSteps, tell, waitForEnd } from "../steering.ts";
import { checkPattern } from "./channels.ts";
import { heldChannels } from "./leases.ts";

/** Channels that get a command of a group, at most. */
const groupAtMost = 10_000;
const defaultLimit = 100;
/** Commands of a group looked at in one go. */
const surveyed = 1_000;
/** Ids in a group are the group's, a dot, and 16 characters for the agent. */
const groupId = /^[A-Za-z0-9_~-]{1,47}$/;

const commandSchema = Type.Object({
  commandId: Type.String(),
  target: Type.String(),
  name: Type.String(),
  args: Type.Optional(Type.Unknown()),
  state: Type.String({ description: "queued, delivered, started, done, failed, expired or cancelled." }),
  issuedBy: Type.String(),
  issuedAt: Type.Integer({ description: "Milliseconds since 1970, as all times." }),
  expiresAt: Type.Integer(),
  group: Type.Optional(Type.String()),
  attempts: Type.Integer({ description: "Deliveries so far." }),
  startedAt: Type.Optional(Type.Integer()),
  endedAt: Type.Optional(Type.Integer()),
  result: Type.Optional(Type.Unknown()),
  error: Type.Optional(Type.String()),
  code: Type.Optional(Type.String()),
  progress: Type.Optional(Type.Number()),
  message: Type.Optional(Type.String()),
  eventId: Type.String({ description: "Of the event that gave it." }),
  position: Type.Optional(positionSchema),
});

const group = Type.Object({
  group: Type.String(),
  commands: Type.Array(
    Type.Object({ commandId: Type.String(), target: Type.String(), error: Type.Optional(Type.Unknown()) }),
  ),
});

const params = Type.Object({ id: Type.String({ pattern: "^[A-Za-z0-9._~-]{1,64}$" }) });

export const maySeeCommand =
  (principal: Principal) =>
  ({ target, issuedBy, name }: Command, by: string): boolean =>
    issuedBy === by || principal.rights.may("history", target) || principal.rights.mayCommand(target, name);

export function commandRoutes(app: App, node: Node): void {
  const { limits } = node;
  const told = async (principal: Principal, id: string) =>
    tell(
      node,
      principal,
      await findLife(node, principal, { kind: "command", id, isVisible: maySeeCommand(principal) }),
    );

  app.post(
    "/v1/commands",
    {
      schema: {
        summary: "Gives a command to an agent, or to all of a pattern",
        description:
          "The same commandId (or Idempotency-Key) with the same command again is the same command. With a pattern as target " +
          "each channel of it whose lease is held gets a command of its own.",
        body: Type.Object({
          target: Type.String({ description: "A channel, such as agent:coder-001, or a pattern." }),
          name: Type.String(),
          commandId: Type.Optional(Type.String()),
          args: Type.Optional(Type.Unknown()),
          ttlMs: Type.Optional(Type.Number({ description: "600000 if absent." })),
        }),
        response: { ...answers(commandSchema), 202: Type.Union([commandSchema, group]) },
      },
    },
    async (request, reply) => {
      const { commandId = idOfKey(node, request) ?? randomUUID(), ...data } = membersOf(request, node);
      const { target } = data;
      reply.code(202);
      if (typeof target === "string" && isPattern(target)) return giveAll(node, request, target, commandId, data);
      await publishStep(node, request, { type: "command_queued", data: { ...data, commandId } });
      return told(request.principal, String(commandId));
    },
  );

  app.get(
    "/v1/commands/:id",
    {
      schema: {
        summary: "A command, waited for if asked",
        params,
        querystring: Type.Object({
          wait: Type.Optional(Type.Number({ minimum: 0, description: "Seconds until its end, at most 55." })),
        }),
        response: answers(commandSchema),
      },
    },
    async (request, reply) => {
      const { principal } = request;
      const { id } = request.params;
      const waitS = request.query.wait ?? 0;
      const wanted = {
        kind: "command",
        id,
        isVisible: maySeeCommand(principal),
        isOpen: commandIsOpen,
        waitS,
      } as const;
      return tell(node, principal, await waitForEnd(node, request, reply, wanted));
    },
  );

  app.post(
    "/v1/commands/:id/cancel",
    {
      schema: {
        summary: "Takes a command back that was not begun",
        params,
        body: Type.Object({ reason: Type.Optional(Type.String()) }),
        response: answers(commandSchema),
      },
    },
    async (request) => {
      const { id: commandId } = request.params;
      const { reason } = request.body === undefined || request.body === null ? {} : membersOf(request, node);
      const data = reason === undefined ? { commandId } : { commandId, reason };
      await publishStep(node, request, { type: "command_cancelled", data });
      return told(request.principal, commandId);
    },
  );

  app.get(
    "/v1/commands",
    {
      schema: {
        summary: "Commands by id",
        description:
          "A page may hold fewer than its limit, even none, and still have a next. With group: counts by state.",
        querystring: Type.Object({
          target: Type.Optional(Type.String({ description: "A channel or a pattern; all if absent." })),
          state: Type.Optional(Type.String({ description: "open, ended, or one state; all if absent." })),
          group: Type.Optional(Type.String()),
          after: Type.Optional(Type.String({ description: "An earlier answer's next." })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.pageEvents, description: "100 if absent." })),
        }),
        response: answers(
          Type.Object({
            commands: Type.Array(commandSchema),
            next: Type.Optional(Type.String()),
            counts: Type.Optional(Type.Unknown()),
          }),
        ),
      },
    },
    async (request) => {
      const { principal } = request;
      const {
        target,
        state,
        group: ofGroup,
        after = "",
        limit = Math.min(defaultLimit, limits.pageEvents),
      } = request.query;
      if (target !== undefined) checkPattern(target, node);
      const isVisible = maySeeCommand(principal);
      const isWanted = (command: Command, by: string): boolean =>
        (target === undefined || matchesPattern(target, command.target)) && isVisible(command, by);
      if (ofGroup !== undefined) {
        const isShown = (command: Command): boolean => command.commandId > after && isInState(command, state);
        const { counts, lives, isMore } = await surveyGroup(node, principal, ofGroup, { isWanted, isShown, limit });
        return {
          commands: lives.map((life) => tell(node, principal, life)),
          ...(isMore ? { next: lives.at(-1)?.state.commandId } : {}),
          counts,
        };
      }
      const { lives, next } = await listLives(node, principal, {
        ...{ kind: "command", prefix: "", after, limit, open: state === "open" },
        isWanted: (command, by) => isInState(command, state) && isWanted(command, by),
      });
      const commands = lives.map((life) => tell(node, principal, life));
      return next === undefined ? { commands } : { commands, next };
    },
  );
}

interface Survey {
  /** Those that are counted. */
  isWanted(command: Command, by: string): boolean;
  /** Of those, which are shown; at most `limit`. */
  isShown(command: Command, by: string): boolean;
  limit: number;
}

/** Counts all commands of a group by their states, and tells some of them, by id. */
export async function surveyGroup(
  node: Node,
  principal: Principal,
  ofGroup: string,
  { isWanted, isShown, limit }: Survey,
): Promise<{ counts: Record<string, number>; lives: Array<Life<Command>>; isMore: boolean }> {
  const counts: Record<string, number> = {};
  const shown: Array<Life<Command>> = [];
  const by = node.tenants.of(principal).hub.steering.byOf(principal);
  let isMore = false;
  for (let after: string | undefined = ""; after !== undefined; ) {
    const asked = { kind: "command", prefix: `${ofGroup}.`, after, limit: surveyed, open: false, isWanted } as const;
    const page: Awaited<ReturnType<typeof listLives<"command">>> = await listLives(node, principal, asked);
    for (const life of page.lives) {
      counts[life.state.state] = (counts[life.state.state] ?? 0) + 1;
      if (!isShown(life.state, by)) continue;
      if (shown.length < limit) shown.push(life);
      else isMore = true;
    }
    after = page.next;
  }
  return { counts, lives: shown, isMore };
}

function isInState(command: Command, state: string | undefined): boolean {
  if (state === undefined) return true;
  if (state === "open" || state === "ended") return commandIsOpen(command) === (state === "open");
  return command.state === state;
}

/** Each channel of the pattern that somebody is at work on: whose lease is held. */
async function giveAll(
  node: Node,
  request: FastifyRequest,
  pattern: string,
  id: unknown,
  data: Record<string, unknown>,
) {
  checkPattern(pattern, node);
  if (typeof id !== "string" || !groupId.test(id)) throw broken("/commandId", `must match ${groupId.source}`);
  const { principal } = request;
  const { engine } = node.tenants.of(principal);
  // Who may command nobody there is told so.
  permitted(principal, "command", pattern);
  const isWanted = (channel: string): boolean => principal.rights.mayCommand(channel, String(data.name));
  const targets = await heldChannels(node, principal, pattern, groupAtMost, isWanted);
  if (targets.length > groupAtMost) {
    throw refused("payload_too_big", `a group has at most ${groupAtMost} commands`, { limit: groupAtMost });
  }
  const drafts = targets.map((target): Draft => {
    const commandId = `${id}.${engine.sha256(target).slice(0, 16)}`;
    return { type: "command_queued", data: { ...data, target, commandId, group: id } };
  });
  const results: PublishResult[] = [];
  const { batchMessages } = node.limits;
  for (let from = 0; from < drafts.length; from += batchMessages) {
    results.push(...(await publishSteps(node, request, drafts.slice(from, from + batchMessages))));
  }
  const commands = results.map((result: PublishResult, index) => ({
    commandId: `${id}.${engine.sha256(targets[index] ?? "").slice(0, 16)}`,
    target: targets[index],
    ...("error" in result ? { error: result.error } : {}),
  }));
  return { group: id, commands };
}
