/** Which steps (§9) are acts that people want to look up later, and what of each is written down. Pure. */
import { canonicalJson, type StepOutcome } from "@signalbox/core";
import type { Act } from "./entry.ts";

/** Of each type the members that are written down beside who, whom and when. Nothing that could be long or secret. */
const membersOf: ReadonlyMap<string, readonly string[]> = new Map([
  ["command_queued", ["name", "group", "expiresAt"]],
  ["command_cancelled", []],
  ["command_expired", []],
  ["checkpoint_decided", ["decision", "payloadHash"]],
  ["checkpoint_approved", ["approvals", "needed", "payloadHash"]],
  ["checkpoint_expired", ["default"]],
  ["checkpoint_withdrawn", []],
  ["lease_held", ["producer", "epoch", "previous"]],
  ["lease_lost", ["producer", "epoch", "reason"]],
  ["agent_status", ["status", "previousStatus", "producer", "epoch"]],
  ["driver_changed", ["driver", "previous", "how"]],
  ["budget_set", ["limits", "warnAt", "pauseAt", "cancelAt", "round"]],
  ["budget_paused", ["share", "round", "given"]],
  ["budget_cancelled", ["share", "round", "given"]],
]);

const ids = ["commandId", "checkpointId"] as const;
/** More of a text is left out. */
const textCharacters = 200;

/** `undefined`: nobody will ask who did this. `sha256` gives hex. */
export function actOf(outcome: StepOutcome, sha256: (text: string) => string): Act | undefined {
  const { principal, address, isOwn, type, result } = outcome;
  const members = membersOf.get(type);
  if (members === undefined) return undefined;
  const data: Readonly<Record<string, unknown>> = { ...Object(outcome.data) };
  const isRefused = "error" in result;
  if (!isRefused && !isAct(type, data)) return undefined;
  const details: Record<string, unknown> = {};
  for (const name of members) if (data[name] !== undefined) details[name] = short(data[name]);
  // What was ordered can be proved by who has it, and read by nobody else.
  if (type === "command_queued" && data.args !== undefined)
    details.argsHash = `sha256:${sha256(canonicalJson(data.args))}`;
  const channel = outcome.channel ?? textOf(data.target) ?? textOf(data.scope);
  const about = ids.map((name) => textOf(data[name])).find((id) => id !== undefined);
  const by = isOwn ? undefined : broughtBy(principal);
  return {
    who: isOwn ? (textOf(data.by) ?? "gateway") : `${principal.kind}:${principal.id}`,
    ...(address === undefined || isOwn ? {} : { address }),
    ...(by === undefined ? {} : { by }),
    what: type,
    ...(channel === undefined ? {} : { target: channel }),
    ...(about === undefined ? {} : { about }),
    ...(isRefused || result.offset === undefined ? {} : { event: `${result.epoch}:${result.offset}` }),
    result: isRefused ? result.error.name : "ok",
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
}

/** The key somebody came with, or who issued the token. */
export function broughtBy({ keyId, issuer }: { keyId?: string; issuer?: string }): string | undefined {
  return keyId !== undefined ? `key:${keyId}` : issuer;
}

function isAct(type: string, data: Readonly<Record<string, unknown>>): boolean {
  if (type === "agent_status") return data.status === "lost";
  if (type !== "lease_held") return true;
  // One that begins work takes a lease each time; what is looked up later is who took it from whom.
  const previous: Readonly<Record<string, unknown>> = { ...Object(data.previous) };
  return previous.state === "held" && previous.producer !== data.producer;
}

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value.slice(0, 256) : undefined;

const short = (value: unknown): unknown =>
  typeof value === "string" && value.length > textCharacters ? `${value.slice(0, textCharacters)}…` : value;
