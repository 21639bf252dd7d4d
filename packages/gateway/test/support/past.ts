/** A channel's history with clocks that are wrong now and then, and what it folds to. */
import { type Reducer as AnyReducer, reducers } from "@signalbox/core";
import type { FoldedEvent } from "@signalbox/core/reducers";

type Reducer = AnyReducer<unknown>;

function named(name: string): Reducer {
  const reducer = reducers.get(name);
  if (reducer === undefined) throw new Error(`no reducer ${name}`);
  return reducer;
}

export const agents = named("agent");
export const tdd = named("tdd");

/** Numbers that look random, the same in each run. */
export function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
}

export const base = 1_700_000_000_000;

/** Most come in order; some clocks are wrong by a while. */
export function eventsOf(count: number, seed: number): Array<FoldedEvent & { channel: string; type: string }> {
  const random = chance(seed);
  const statuses = ["running", "idle", "waiting_approval", "done", "failed"];
  return Array.from({ length: count }, (_, at) => {
    const timestamp = base + at * 10 + (random(20) === 0 ? random(2_000) - 1_000 : 0);
    const failing = random(3);
    const kinds = [
      { type: "agent_status", data: { agentId: "a", status: statuses[random(5)], currentTask: { id: `t${at}` } } },
      { type: "agent_usage", data: { agentId: "a", inputTokens: random(1_000), costUsd: random(100) / 100 } },
      { type: "test_result", data: { agentId: "a", total: 9, passing: 9 - failing, failing } },
    ];
    return { channel: "agent:a", timestamp, ...(kinds[random(3)] ?? { type: "note", data: {} }) };
  });
}

export const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

export function fold(reducer: Reducer, events: FoldedEvent[], atMs: number): unknown {
  let state: unknown = reducer.initial("agent:a");
  for (const [index, event] of events.entries()) {
    if (event.timestamp > atMs) continue;
    state = reducer.apply(state, { ...event, offset: index + 1 });
  }
  return plain(state);
}
