/** A fleet in one line: how many do what, what waits for people, what was used. */
import { Approvals, Fleet, type FleetKind, type FleetMember, type OpenCheckpoint } from "@signalbox/core/reducers";
import { counted, duration } from "../text/describe.ts";
import type { States } from "./rows.ts";
import { inside, listIn, numberIn, textIn } from "./values.ts";

const kinds: ReadonlyMap<string, FleetKind> = new Map([
  ["agent", "agent"],
  ["session", "session"],
  ["process", "process"],
]);

export class Summary {
  readonly #fleet = new Fleet();
  readonly #approvals = new Approvals();
  #states: States = new Map();

  /** Looks only at what is another since the last time. */
  take(states: States): void {
    for (const channel of this.#states.keys()) {
      if (states.has(channel)) continue;
      this.#fleet.remove(channel);
      this.#approvals.remove(channel);
    }
    for (const [channel, state] of states) {
      if (this.#states.get(channel) === state) continue;
      const member = memberOf(channel, state);
      if (member === undefined) this.#fleet.remove(channel);
      else this.#fleet.upsert(channel, member);
      this.#approvals.upsert(channel, { checkpoints: listIn(state, "checkpoints").flatMap(checkpointOf) });
    }
    this.#states = states;
  }

  line(nowMs: number): string {
    const { counts, waiting, oldestWaiting, usage } = this.#fleet.figures();
    const running = (["agent", "session", "process"] as const)
      .map((kind): [FleetKind, number] => [kind, counts[kind].get("running") ?? 0])
      .filter(([, count]) => count > 0)
      .map(([kind, count]) => counted(count, kind, kind === "process" ? "processes" : `${kind}s`));
    const [next] = this.#approvals.open;
    const left = next?.deadline === undefined ? "" : `, the next within ${duration(next.deadline - nowMs)}`;
    return [
      counted(this.#states.size, "channel"),
      running.length === 0 ? "" : `${running.join(", ")} running`,
      oldestWaiting === undefined
        ? ""
        : `${waiting} waiting for people, up to ${duration(nowMs - oldestWaiting.since)}`,
      next === undefined ? "" : `${counted(this.#approvals.open.length, "approval")} open${left}`,
      usage.costUsd === 0 ? "" : `$${usage.costUsd.toFixed(2)} used`,
    ]
      .filter(Boolean)
      .join(" · ");
  }
}

function memberOf(channel: string, state: unknown): FleetMember | undefined {
  const kind = kinds.get(channel.slice(0, channel.indexOf(":")));
  const status = textIn(state, "status");
  if (kind === undefined || status === undefined) return undefined;
  const statusSince = numberIn(state, "statusSince");
  if (kind === "agent") return { kind, status, statusSince, usage: usageOf(state) };
  return kind === "session" ? { kind, status, statusSince } : { kind, status };
}

function usageOf(state: unknown): Extract<FleetMember, { kind: "agent" }>["usage"] {
  const usage = inside(state, "usage");
  const figure = (name: string): number => numberIn(usage, name) ?? 0;
  return {
    inputTokens: figure("inputTokens"),
    cachedInputTokens: figure("cachedInputTokens"),
    outputTokens: figure("outputTokens"),
    costUsd: figure("costUsd"),
    seconds: figure("seconds"),
  };
}

function checkpointOf(value: unknown): OpenCheckpoint[] {
  const checkpointId = textIn(value, "checkpointId");
  if (checkpointId === undefined) return [];
  return [
    {
      checkpointId,
      title: textIn(value, "title"),
      risk: textIn(value, "risk"),
      requestedBy: textIn(value, "requestedBy") ?? "",
      payloadHash: textIn(value, "payloadHash") ?? "",
      deadline: numberIn(value, "deadline"),
      requestedAt: numberIn(value, "requestedAt") ?? 0,
      needed: numberIn(value, "needed") ?? 1,
      approvedBy: [],
    },
  ];
}
