/** Roles: names for sets of capabilities, as data. Configuration may change them and add its own. */
import { isChannel, isPattern } from "@signalbox/protocol";
import type { Identity } from "./identity.ts";
import { compileRights, type Rights } from "./rights.ts";
import type { Capability, Verb } from "./verbs.ts";

/**
 * Capabilities per role. In a role's `channels`, `{id}` is the principal's id, `{agentId}` the agent its token is bound to,
 * and `{shared}` every namespace the gateway knows except `user`, whose channels are somebody's own.
 */
export type RoleTable = Readonly<Record<string, readonly Capability[]>>;

const watch: readonly Verb[] = ["subscribe", "history", "presence"];
const work: readonly Verb[] = ["publish", "subscribe", "history", "presence"];

const viewer: readonly Capability[] = [
  { channels: "{shared}", verbs: watch },
  { channels: "user:{id}", verbs: watch },
];

export const defaultRoles: RoleTable = {
  viewer,
  operator: [
    ...viewer,
    { channels: "{shared}", verbs: ["command"] },
    // What people say themselves. Never in an agent's or a process's place.
    { channels: "session:*", verbs: ["publish"] },
    { channels: "workflow:*", verbs: ["publish"] },
    { channels: "user:*", verbs: ["publish"] },
    { channels: "global", verbs: ["publish"] },
    // That they have seen something, and want to hear no more of it.
    { channels: "alerts", verbs: ["publish"] },
  ],
  approver: [...viewer, { channels: "{shared}", verbs: ["approve"] }],
  agent: [
    { channels: "agent:{agentId}", verbs: work },
    { channels: "agent:{agentId}/*", verbs: work },
    // Work that carries the agent's id in its name is the agent's to read as well.
    { channels: "session:{agentId}/*", verbs: work },
    { channels: "process:{agentId}/*", verbs: work },
    { channels: "execution:{agentId}/*", verbs: work },
    { channels: "browser:{agentId}/*", verbs: work },
    { channels: "workflow:{agentId}/*", verbs: work },
    // Other work it may add to, but not read: see README.md.
    { channels: "session:*", verbs: ["publish"] },
    { channels: "process:*", verbs: ["publish"] },
    { channels: "execution:*", verbs: ["publish"] },
    { channels: "browser:*", verbs: ["publish"] },
    { channels: "workflow:*", verbs: ["publish"] },
  ],
  admin: [{ channels: "*", verbs: ["admin"] }],
};

/** Text that can stand inside a channel's name and can be neither a pattern nor another namespace. */
const namePart = /^[A-Za-z0-9._~:/@+=,-]{1,200}$/;

/** Everything an identity is granted: by its roles, then by itself. Roles nobody defined grant nothing. */
export function capabilitiesOf(identity: Identity, roles: RoleTable, namespaces: readonly string[]): Capability[] {
  const granted: Capability[] = [];
  for (const role of new Set(identity.roles)) {
    for (const { channels, ...what } of Object.hasOwn(roles, role) ? (roles[role] ?? []) : []) {
      for (const filled of fill(channels, identity, namespaces)) granted.push({ channels: filled, ...what });
    }
  }
  return [...granted, ...identity.capabilities];
}

/** The rights of an identity: its roles and its own capabilities together, bound to its agent if it has one. */
export function rightsOf(identity: Identity, roles: RoleTable, namespaces: readonly string[]): Rights {
  const { agentId } = identity;
  return compileRights(capabilitiesOf(identity, roles, namespaces), agentId === undefined ? {} : { agentId });
}

/** None if a place cannot be filled: a role without its agent grants less, not more. */
function fill(channels: string, { id, agentId }: Identity, namespaces: readonly string[]): string[] {
  if (channels === "{shared}") {
    const shared = namespaces.filter((namespace) => namespace !== "user");
    return shared.flatMap((namespace) => [namespace, `${namespace}:*`]);
  }
  let filled = channels;
  for (const [place, value] of [
    ["{id}", id],
    ["{agentId}", agentId],
  ] as const) {
    if (!filled.includes(place)) continue;
    if (value === undefined || !namePart.test(value)) return [];
    filled = filled.replaceAll(place, () => value);
  }
  return isChannel(filled) || isPattern(filled) ? [filled] : [];
}
