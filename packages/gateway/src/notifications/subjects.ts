/** What people are told of: a checkpoint that waits, an agent in trouble. Looked up anew each time, as it stands then. */
import { type Checkpoint, checkpointIsOpen, lifeOf, type Matter, type Principal, type Register } from "@signalbox/core";
import type { Snapshot } from "@signalbox/protocol";
import { ask } from "../http/ask.ts";
import type { Node } from "../node.ts";
import { plainName, storedTenant, tenantPrefix } from "../stores/names.ts";

export type Subject =
  | { readonly matter: "needs_you"; readonly isOpen: boolean; readonly checkpoint: Checkpoint }
  | { readonly matter: "trouble"; readonly isOpen: boolean; readonly channel: string; readonly agent: AgentFacts };

export interface AgentFacts {
  readonly agentId: string;
  readonly name?: unknown;
  readonly status: string;
  readonly reason?: unknown;
}

const troubled: ReadonlySet<string> = new Set(["lost", "stuck", "failed", "error", "offline"]);

export const isTrouble = (status: unknown): boolean => typeof status === "string" && troubled.has(status);

export const aboutCheckpoint = (tenant: string | undefined, id: string): string =>
  `${tenantPrefix(tenant)}checkpoint/${id}`;
export const aboutAgent = (tenant: string | undefined, channel: string): string =>
  `${tenantPrefix(tenant)}trouble/${channel}`;
export const tenantOf = (about: string): string | undefined => storedTenant(about);
export const matterOf = (about: string): Matter => (plainName(about).startsWith("trouble/") ? "trouble" : "needs_you");

/** `undefined`: it is forgotten. Rejects while the store is away. */
export async function lookUpSubject({ tenants }: Pick<Node, "tenants">, about: string): Promise<Subject | undefined> {
  const tenant = tenantOf(about);
  const { engine, hub } = tenants.of({ tenant });
  const name = plainName(about);
  if (matterOf(about) === "needs_you") {
    const { register } = await ask<{ register: Register | undefined }>((done) => engine.register(name, done));
    const life = register && lifeOf("checkpoint", register);
    return life && { matter: "needs_you", isOpen: checkpointIsOpen(life.state), checkpoint: life.state };
  }
  const channel = name.slice("trouble/".length);
  const { snapshot } = await ask<{ snapshot: Snapshot | undefined }>((done) => hub.snapshot(channel, undefined, done));
  const state = snapshot?.state as
    | Partial<{ agentId: string; name: string; status: string; reason: string }>
    | undefined;
  if (state === undefined) return undefined;
  const { agentId = channel.slice("agent:".length), status = "unknown", name: called, reason } = state;
  const agent = { agentId, status, name: called, reason };
  return { matter: "trouble", isOpen: isTrouble(status), channel, agent };
}

export const channelOf = (subject: Subject): string =>
  subject.matter === "needs_you" ? subject.checkpoint.channel : subject.channel;

/** May this person be told? Of what is to be decided only those who can decide it. */
export function concerns(subject: Subject, { rights, roles, kind, id }: Principal): boolean {
  if (subject.matter === "trouble") return rights.may("subscribe", subject.channel);
  const { checkpoint } = subject;
  const isAsker = checkpoint.notRequester === true && checkpoint.requestedBy === `${kind}:${id}`;
  const hasRole = checkpoint.roles === undefined || checkpoint.roles.some((role) => roles.includes(role));
  return rights.may("approve", checkpoint.channel) && hasRole && !isAsker;
}
