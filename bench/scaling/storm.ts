/** What happens when many clients lose their node at once: a simulation in steps of events, from a seed. Pure. */
import { seeded } from "../load/random.ts";
import type { Parameters } from "./figures.ts";

export interface Storm {
  name: string;
  /** Those that are left, and what comes back to them. */
  nodes: number;
  clients: number;
  /** Clients that each of these nodes had before: it follows their channels still, a minute after they left. */
  before: number;
  /** How clients choose their moment. */
  comeBack: "at once" | "by themselves" | "as told";
  /** Channels that a client watches, of so many. */
  watched: number;
  channels: number;
  /** Events that each channel had meanwhile. */
  missed: number;
  seed: number;
}

export interface Outcome {
  /** The most that one node was asked for in a second. */
  peakConnectsPerS: number;
  /** Seconds after the loss. */
  halfBackS: number;
  allBackS: number;
  /** Attempts that gave up waiting for an answer, and tried again later. */
  gaveUp: number;
  /** Reads of history in the worst second: one for each channel that a node did not follow before. */
  peakReadsPerS: number;
}

/** Spec §3.7: a random time between 0.5 s and twice as much with each attempt, 20 s at most. */
const backoff = { leastMs: 500, mostMs: 20_000 };
/** A gateway that goes tells clients a moment: 0.5 s, and 4 ms for each of its connections, 1.5 s to 20 s. */
const told = { leastMs: 500, perClientMs: 4, spreadLeastMs: 1_500, spreadMostMs: 20_000 };
/** A client waits so long for the answer to an attempt. */
const patienceMs = 10_000;

/** Milliseconds on one clock; nodes answer one client after the other, each chosen by chance. */
export function storm(
  { nodes, clients, before, comeBack, watched, channels, missed, seed }: Storm,
  figures: Parameters,
): Outcome {
  const random = seeded(seed);
  const spreadMs = Math.min(told.spreadMostMs, Math.max(told.spreadLeastMs, clients * told.perClientMs));
  const first = (): number => {
    if (comeBack === "at once") return 0;
    return comeBack === "as told" ? told.leastMs + random() * spreadMs : backoffMs(0, random());
  };
  const serviceMs = (figures.connectUs + watched * missed * figures.replayUs) / 1_000 / figures.headroom;
  const connects = Array.from({ length: nodes }, () => new PerSecond());
  const reads = new PerSecond();
  const channel = (): number => Math.floor(random() * channels);
  const followed = Array.from(
    { length: nodes },
    () => new Set(Array.from({ length: before * watched }, () => channel())),
  );
  /** When each node has done what it was asked for so far. */
  const freeMs = new Array<number>(nodes).fill(0);
  const back: number[] = [];
  let gaveUp = 0;

  // In rounds: those who gave up come back when the others of their round are served, or nearly so.
  let waiting = Array.from({ length: clients }, () => ({ atMs: first(), attempt: 0 }));
  while (waiting.length > 0) {
    waiting.sort((a, b) => a.atMs - b.atMs);
    const again: typeof waiting = [];
    for (const { atMs, attempt } of waiting) {
      const node = Math.floor(random() * nodes);
      connects[node]?.add(atMs);
      const begins = Math.max(atMs, freeMs[node] ?? 0);
      if (begins + serviceMs > atMs + patienceMs) {
        gaveUp++;
        again.push({ atMs: atMs + patienceMs + backoffMs(attempt + 1, random()), attempt: attempt + 1 });
        continue;
      }
      freeMs[node] = begins + serviceMs;
      back.push(begins + serviceMs);
      for (let n = 0; n < watched; n++) {
        const one = channel();
        if (followed[node]?.has(one) !== false) continue;
        followed[node].add(one);
        reads.add(begins);
      }
    }
    waiting = again;
  }
  back.sort((a, b) => a - b);
  return {
    peakConnectsPerS: Math.max(...connects.map(({ most }) => most)),
    halfBackS: (back[Math.floor(back.length / 2)] ?? 0) / 1_000,
    allBackS: (back.at(-1) ?? 0) / 1_000,
    gaveUp,
    peakReadsPerS: reads.most,
  };
}

/** `attempt` counts from 0, after which a client waits up to twice the least. */
const backoffMs = (attempt: number, random: number): number =>
  backoff.leastMs + random * (Math.min(backoff.mostMs, backoff.leastMs * 2 ** (attempt + 1)) - backoff.leastMs);

class PerSecond {
  readonly #counts = new Map<number, number>();

  add(atMs: number): void {
    const second = Math.floor(atMs / 1_000);
    this.#counts.set(second, (this.#counts.get(second) ?? 0) + 1);
  }

  get most(): number {
    return Math.max(0, ...this.#counts.values());
  }
}
