/** GET /v1/audit: who did what to whom (spec §18). */
import { setTimeout as pause } from "node:timers/promises";
import { parsePosition } from "@signalbox/protocol";
import Type from "typebox";
import { type AuditFilter, type AuditPage, readBackward, readForward } from "../../audit/reading.ts";
import type { Trail } from "../../audit/trail.ts";
import type { Node } from "../../node.ts";
import { parseSince } from "../../transports/since.ts";
import { administer } from "../administer.ts";
import type { App } from "../app.ts";
import { refused } from "../errors.ts";
import { answers } from "../schemas.ts";

const defaultLimit = 100;
/** What other nodes kept is looked for so often. */
const lookMs = 1_000;

const entrySchema = Type.Object({
  position: Type.String({ description: "EPOCH:OFFSET in the audit." }),
  at: Type.Integer({ description: "Milliseconds since 1970." }),
  node: Type.String(),
  who: Type.String({ description: "KIND:ID; gateway: by itself; nobody: no token was accepted." }),
  address: Type.Optional(Type.String()),
  by: Type.Optional(Type.String({ description: "key:ID, or who issued the token." })),
  what: Type.String(),
  target: Type.Optional(Type.String({ description: "A channel, key, principal or connection." })),
  about: Type.Optional(Type.String({ description: "Id of a command, checkpoint or connection." })),
  event: Type.Optional(Type.String({ description: "Position of the event in its channel." })),
  result: Type.String({ description: "ok, or the name of the error." }),
  details: Type.Optional(Type.Unknown()),
  lost: Type.Optional(Type.Integer({ description: "Acts before this one that were only counted." })),
  previous: Type.String({ description: "Hash of the entry before; empty for the first of an epoch." }),
  hash: Type.String({ description: "SHA-256 of the entry without position and hash, as RFC 8785 spells it." }),
});

export function auditRoutes(app: App, node: Node): void {
  const { limits, audit } = node;
  const schema = {
    summary: "Who did what to whom",
    description:
      "Newest first, before `before` if given; with since oldest first after it. `next` goes on in the same direction. A page may " +
      "hold fewer than its limit, even none, and more be true. Takes the right admin on all channels.",
    querystring: Type.Object({
      since: Type.Optional(Type.String({ description: "EPOCH:OFFSET, earliest, now or last:N." })),
      before: Type.Optional(Type.String({ description: "EPOCH:OFFSET, exclusive." })),
      who: Type.Optional(Type.String({ description: "KIND:ID; with * at its end, what begins so." })),
      what: Type.Optional(Type.String({ description: "Names of acts, separated by commas." })),
      target: Type.Optional(Type.String({ description: "With * at its end, what begins so." })),
      about: Type.Optional(Type.String({ description: "Id of a command, checkpoint or connection." })),
      result: Type.Optional(Type.String({ description: "ok, refused, or the name of an error." })),
      fromMs: Type.Optional(Type.Integer({ minimum: 0 })),
      untilMs: Type.Optional(Type.Integer({ minimum: 0 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.pageEvents, description: "100 if absent." })),
      wait: Type.Optional(Type.Number({ minimum: 0, description: "With since: seconds, at most 55." })),
    }),
    response: answers(
      Type.Object({
        epoch: Type.String(),
        floor: Type.Integer({ description: "Oldest kept offset." }),
        top: Type.Integer({ description: "Newest offset." }),
        entries: Type.Array(entrySchema),
        next: Type.String({ description: "EPOCH:OFFSET." }),
        more: Type.Boolean({ description: "There may be more in that direction now." }),
        gap: Type.Optional(Type.Enum(["trimmed", "epoch_changed"], { description: "Why something is missing." })),
      }),
    ),
  };
  app.get("/v1/audit", { schema }, async (request, reply) => {
    const { principal, query } = request;
    administer(principal);
    const { since, before, what, wait = 0, limit = Math.min(defaultLimit, limits.pageEvents) } = query;
    if (since !== undefined && before !== undefined) {
      throw refused("invalid_message", "since or before, not both", { path: "/query/before", rule: "not with since" });
    }
    const { who, target, about, result, fromMs, untilMs } = query;
    const filter: AuditFilter = Object.fromEntries(
      Object.entries({ who, target, about, result, fromMs, untilMs }).filter(([, value]) => value !== undefined),
    );
    if (what !== undefined && what !== "") filter.what = new Set(what.split(","));
    const trail = audit.of(principal.tenant);
    if (since === undefined) return readBackward(trail, positionOf(before), limit, filter);
    const forward = async (from: ReturnType<typeof parseSince>): Promise<AuditPage> => {
      const page = await readForward(trail, from, limit, filter);
      if (page === "beyond") throw refused("position_beyond_head", "the audit ends before that position");
      return page;
    };
    let page = await forward(parseSince(since, "/query/since"));
    const untilSteady = performance.now() + Math.min(wait * 1_000, limits.pollWaitMs);
    const gone = new AbortController();
    reply.raw.once("close", () => gone.abort());
    while (page.entries.length === 0 && page.gap === undefined && !gone.signal.aborted && !node.health.draining) {
      const leftMs = untilSteady - performance.now();
      if (leftMs <= 0) break;
      // What is to be looked through is no reason to wait.
      if (!page.more) await news(trail, audit.isShared ? Math.min(leftMs, lookMs) : leftMs, gone.signal);
      page = await forward(positionOf(page.next) ?? "now");
    }
    return page;
  });
}

function positionOf(text: string | undefined): { epoch: string; offset: number } | undefined {
  if (text === undefined) return undefined;
  const position = parsePosition(text);
  if (position !== undefined) return position;
  throw refused("invalid_position", "/query/before must be EPOCH:OFFSET", { path: "/query/before" });
}

/** Resolves when this node kept something, after a while, or when nobody waits any longer. */
async function news(trail: Trail, ms: number, gone: AbortSignal): Promise<void> {
  const waiting = new AbortController();
  const end = (): void => waiting.abort();
  const stop = trail.watch(end);
  gone.addEventListener("abort", end);
  await pause(ms, undefined, { signal: waiting.signal, ref: false }).catch(() => {});
  gone.removeEventListener("abort", end);
  stop();
}
