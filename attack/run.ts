/** Runs attack after attack, each between two quiet times, and judges what the healthy client noticed. */
import type { AttackFigures } from "./attacker/tally.ts";
import type { Attack } from "./attacks/attack.ts";
import { type LoopDelay, lifeOf, type Target } from "./gateway/target.ts";
import type { HealthyFigures } from "./healthy/figures.ts";
import { attackOnce, type Healthy } from "./processes.ts";
import { type Resources, watch } from "./resources.ts";

export interface Phase {
  healthy: HealthyFigures;
  resources?: Resources;
  loopDelay?: LoopDelay;
}

export interface Outcome {
  attack: string;
  about: string;
  figures: AttackFigures;
  /** The quiet time right before. */
  before: Phase;
  /** The same attack on another gateway of this machine: what it costs to share the machine with it. Undefined with --url. */
  elsewhere: Phase | undefined;
  during: Phase;
  /** The quiet time right after. */
  after: Phase;
  /** What must not be, in sentences. */
  failures: string[];
}

/** What all unread connections may hold (256 MiB), and as much again for everything else. */
const growthBytes = 512 * 1_048_576;
/** Connections of an attack that has ended need a moment to be forgotten. */
const settleMs = 1_000;

export interface Run {
  target: Target;
  /** Another gateway, that the healthy client has nothing to do with. */
  decoy: Target | undefined;
  healthy: Healthy;
  seconds: number;
  /** The attacker's own address. */
  from: string | undefined;
  progress(text: string): void;
}

/** Throws when the gateway or the healthy client is gone, as nothing can be measured any more. */
export async function runAttacks(
  attacks: readonly Attack[],
  run: Run,
  done: (outcome: Outcome) => void,
): Promise<void> {
  const { target, seconds, progress } = run;
  const life = await lifeOf(target);
  progress(`quiet: ${seconds} s`);
  await measure(run, () => pause(settleMs));
  let before = await quiet(run);
  for (const { name, about } of attacks) {
    progress(`${name}: ${about}`);
    const faultsBefore = target.faults().length;
    const attackOn = ({ host, port, attackerToken: token }: Target): Promise<AttackFigures> =>
      attackOnce({ attack: name, host, port, token, from: run.from, seconds });
    const { decoy } = run;
    const elsewhere = decoy && (await measure(run, () => attackOn(decoy))).phase;
    if (elsewhere !== undefined) await pause(settleMs);
    const { phase: during, result: figures } = await measure(run, () => attackOn(target));
    await pause(settleMs);
    // The time to settle belongs to nobody, but what was lost in it does.
    const settling = await run.healthy.figures();
    const after = await quiet(run);
    const lifeNow = await lifeOf(target).catch((error: unknown) => String(error));
    const outcome: Outcome = {
      attack: name,
      about,
      figures,
      before,
      elsewhere,
      during,
      after,
      failures: [
        ...target.faults().slice(faultsBefore),
        ...(lifeNow === life ? [] : [`not the same gateway any more: ${lifeNow}`]),
        ...[elsewhere?.healthy, during.healthy, settling, after.healthy]
          .filter((one) => one !== undefined)
          .flatMap(wrongsOf),
        ...grown(before.resources, during.resources),
        ...(Object.keys(figures.sent).length > 0 ? [] : ["the attack sent nothing"]),
      ],
    };
    progress(`  ${summary(outcome)}`);
    done(outcome);
    if (target.ended) throw new Error("the gateway has ended");
    before = after;
  }
}

const quiet = async (run: Run): Promise<Phase> => (await measure(run, () => pause(run.seconds * 1000))).phase;

async function measure<Result>(run: Run, act: () => Promise<Result>): Promise<{ phase: Phase; result: Result }> {
  await run.target.loopDelay();
  const end = watch(run.target.pid);
  try {
    const result = await act();
    const healthy = await run.healthy.figures();
    const resources = end();
    const loopDelay = await run.target.loopDelay();
    const phase = { healthy, ...(resources && { resources }), ...(loopDelay && { loopDelay }) };
    return { phase, result };
  } finally {
    end();
  }
}

function wrongsOf({ lost, repeated, refused, cut, subscribesFailed }: HealthyFigures): string[] {
  const wrongs: [number, string][] = [
    [lost, "events did not reach the healthy client"],
    [repeated, "events reached the healthy client twice or out of order"],
    [refused, "events of the healthy client were refused"],
    [cut, "connections of the healthy client were cut"],
    [subscribesFailed, "times the healthy client could not connect and subscribe"],
  ];
  return wrongs.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
}

function grown(before: Resources | undefined, during: Resources | undefined): string[] {
  if (before === undefined || during === undefined) return [];
  const bytes = during.peakBytes - before.afterBytes;
  return bytes <= growthBytes ? [] : [`the gateway grew by ${Math.round(bytes / 1_048_576)} MiB`];
}

function summary({ before, elsewhere, during, after, failures }: Outcome): string {
  const p99s = [before, during, after].map(({ healthy }) => healthy.deliver.p99Ms).join(" → ");
  const beside =
    elsewhere === undefined ? "" : `, ${elsewhere.healthy.deliver.p99Ms} ms while another gateway was attacked`;
  return [`p99 ${p99s} ms${beside}`, ...failures.map((why) => `FAILED: ${why}`)].join("; ");
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
