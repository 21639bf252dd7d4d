/** What a key may do, in words and as the gateway takes it: pure. */

export interface Capability {
  channels: string;
  verbs: string[];
  commands?: string[];
}

/** As `POST /v1/keys` takes it. */
export interface NewKey {
  name: string;
  role?: string[];
  capabilities?: Capability[];
  agentId?: string;
  expiresAtMs?: number;
}

export interface Preset {
  name: string;
  label: string;
  says: string;
  /** It needs an agent's id. */
  ofAgent?: true;
  role?: string;
}

export const presets: readonly Preset[] = [
  {
    name: "viewer",
    role: "viewer",
    label: "Watch everything",
    says: "sees all channels but people's own; changes nothing",
  },
  {
    ...{ name: "agent", role: "agent", ofAgent: true, label: "Be one agent" },
    says: "publishes and reads as one agent, and what it starts; nothing else",
  },
  {
    ...{ name: "operator", role: "operator", label: "Steer agents" },
    says: "sees everything and gives commands; decides nothing",
  },
  {
    ...{ name: "approver", role: "approver", label: "Decide approvals" },
    says: "sees everything and decides what waits; gives no commands",
  },
  { name: "admin", role: "admin", label: "Everything", says: "all of it, keys and connections included" },
  { name: "own", label: "Rights of your own", says: "channel patterns and verbs, as you write them" },
];

export const verbs = ["subscribe", "history", "publish", "presence", "command", "approve", "admin"] as const;

export const ends: ReadonlyArray<readonly [label: string, ms: number | undefined]> = [
  ["in 12 hours", 43_200_000],
  ["in 7 days", 604_800_000],
  ["in 30 days", 2_592_000_000],
  ["in 90 days", 7_776_000_000],
  ["never", undefined],
];

export interface KeyDraft {
  name: string;
  preset: string;
  agentId: string;
  /** Of rights of one's own. */
  channels: string;
  verbs: readonly string[];
  /** Index in `ends`. */
  end: number;
}

/** What to ask for, or what is missing. */
export function newKeyOf(draft: KeyDraft, nowMs: number): NewKey | string {
  const name = draft.name.trim();
  if (name === "") return "Say what people will call it.";
  const preset = presets.find((one) => one.name === draft.preset);
  if (preset === undefined) return "Choose what it may do.";
  const key: NewKey = { name };
  if (preset.role !== undefined) key.role = [preset.role];
  else {
    const channels = draft.channels
      .split(/[\s,]+/)
      .filter((one, at, all) => one !== "" && (one !== "," || at < all.length));
    if (channels.length === 0) return "Name the channels, such as agent:* or session:s1.";
    if (draft.verbs.length === 0) return "Choose at least one verb.";
    key.capabilities = channels.map((one) => ({ channels: one, verbs: [...draft.verbs] }));
  }
  if (preset.ofAgent) {
    if (draft.agentId.trim() === "") return "Name the agent that it speaks as.";
    key.agentId = draft.agentId.trim();
  }
  const ms = ends[draft.end]?.[1];
  if (ms !== undefined) key.expiresAtMs = nowMs + ms;
  return key;
}

/** As it is written after --capability, and as a person may read it. */
const capabilityText = ({ channels, verbs: named, commands }: Capability): string =>
  `${named.map((verb) => (verb === "command" && commands !== undefined ? `command(${commands.join(",")})` : verb)).join(", ")} on ${channels}`;

export interface KeyInfo {
  id: string;
  prefix: string;
  name: string;
  subject: string;
  kind: string;
  roles: string[];
  capabilities: Capability[];
  agentId?: string;
  createdAtMs: number;
  expiresAtMs?: number;
  revokedAtMs?: number;
}

export const rightsText = ({
  roles,
  capabilities,
  agentId,
}: Pick<KeyInfo, "roles" | "capabilities" | "agentId">): string =>
  [...roles, ...capabilities.map(capabilityText), ...(agentId === undefined ? [] : [`as ${agentId} only`])].join("; ");

export type KeyState = "works" | "expired" | "revoked";

export const stateOf = ({ revokedAtMs, expiresAtMs }: KeyInfo, nowMs: number): KeyState => {
  if (revokedAtMs !== undefined) return "revoked";
  return expiresAtMs !== undefined && expiresAtMs <= nowMs ? "expired" : "works";
};
