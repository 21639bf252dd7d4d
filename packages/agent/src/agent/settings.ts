/** What an agent is given, and the shapes of what it says. */
import type { Client } from "@signalbox/client";
import type { ErrorData, EventData, EventType } from "@signalbox/protocol";
import type { Asker } from "../ask.ts";
import type { Declared } from "./declaration.ts";

export type AgentStatus = EventData["agent_status"]["status"];

/** What an event of this type says beside the agent's id. */
export type Said<Type extends EventType> = Omit<EventData[Type], "agentId">;

/** Types whose data names an agent, but for steps of commands and checkpoints: those have methods of their own. */
export type AgentEvent = {
  [Type in EventType]: "agentId" extends keyof EventData[Type]
    ? Type extends `checkpoint_${string}` | "agent_commands"
      ? never
      : Type
    : never;
}[EventType];

export interface AgentSettings {
  agentId: string;
  /** What kind of agent it is, such as coder. */
  agentType?: string;
  /** How people call it. */
  name?: string;
  /** The session it belongs to, and whose memory it writes. */
  sessionId?: string;
  /** As its lease and events name it; agentId if absent. Two that must not replace each other have different names. */
  producer?: string;
  /** It is lost when nothing was heard of it for so long; 15,000 if absent. */
  ttlMs?: number;
  /** It is stuck when it says that it is running and publishes nothing for so long; never if absent. */
  progressMs?: number;
  /** Even if another producer is at work as this agent. */
  takeOver?: boolean;
  /** `root`: where spools are. `maxBytes`: when log lines and metrics are left out; 1 GiB if absent. */
  spool?: { root?: string; maxBytes?: number };
  /** Another process is at work as this agent now: nothing more is published here. */
  onFenced?: (holder: { producer: string; epoch: number } | undefined) => void;
  /** The gateway refused an event, or the declaration of the commands, for good. */
  onRefused?: (error: Pick<ErrorData, "message" | "help">) => void;
}

/** What an agent stands on. */
export interface AgentGround extends Asker {
  client: Pick<Client, "request" | "fetch" | "watch">;
  url: string;
  root: string;
}

export interface CommandOptions extends Omit<Declared, "name"> {
  /** Does not wait for other commands. */
  parallel?: boolean;
}

export interface ChildOptions
  extends Pick<AgentSettings, "agentType" | "name" | "progressMs" | "onFenced" | "onRefused"> {}
