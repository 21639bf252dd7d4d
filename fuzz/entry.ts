/** What an entry of the fuzzer is: how cases are made, and who says what is wrong with the code's answer. */
import fc from "fast-check";

/** A case that the code got wrong, as small as it could be made. */
export interface Finding {
  /** The case as a JavaScript literal. */
  input: string;
  why: string;
  /** Number of the first case of its batch. */
  from: number;
}

export interface BatchResult {
  finding: Finding | undefined;
  /** CPU milliseconds of the slowest case; of the whole batch where cases run at once. */
  slowestMs: number;
}

/** Runs batches of cases against code that was set up for them. */
export interface Runner {
  /** Cases `from` to `from + count - 1` of this seed. */
  batch(seed: number, from: number, count: number): Promise<BatchResult>;
  close(): Promise<void>;
}

export interface Entry {
  readonly name: string;
  readonly about: string;
  /** Cases that are made, and judged, together. */
  readonly batch: number;
  /** Whether the cases of a batch run at once, so that only a batch's time can be told. */
  readonly together: boolean;
  /** Sources whose coverage is of interest. */
  readonly parsers: readonly string[];
  open(): Promise<Runner>;
}

interface Described {
  name: string;
  about: string;
  parsers: readonly string[];
}

/** Shrinking ends after this, with the smallest case so far. */
const shrinkMs = 30_000;
const shownCharacters = 4_000;

/** An entry whose cases are judged one after the other, at once. `check` throws for a wrong answer. */
export function pureEntry<Case>(entry: Described & { cases: fc.Arbitrary<Case>; check: (one: Case) => void }): Entry {
  const { cases, check, ...described } = entry;
  const judge = (batch: readonly Case[]): number => {
    let slowest = 0;
    for (const one of batch) {
      const before = process.threadCpuUsage();
      check(one);
      const { user, system } = process.threadCpuUsage(before);
      slowest = Math.max(slowest, user + system);
    }
    return slowest / 1_000;
  };
  const runner: Runner = {
    batch: (seed, from, count) => run(cases, async (batch) => judge(batch), seed, from, count),
    close: async () => {},
  };
  return { ...described, batch: 1_000, together: false, open: async () => runner };
}

/** Judges a batch of cases that run at once. Rejects for a wrong answer. */
export interface Judge<Case> {
  judge(batch: readonly Case[]): Promise<void>;
  close(): Promise<void>;
}

/** An entry whose cases are judged together: a batch shares what is waited for. */
export function sharedEntry<Case>(
  entry: Described & { batch: number; cases: fc.Arbitrary<Case>; open: () => Promise<Judge<Case>> },
): Entry {
  const { cases, open, ...described } = entry;
  return {
    ...described,
    together: true,
    open: async () => {
      const judge = await open();
      const timed = async (batch: readonly Case[]): Promise<number> => {
        const before = process.cpuUsage();
        await judge.judge(batch);
        const { user, system } = process.cpuUsage(before);
        return (user + system) / 1_000;
      };
      return {
        batch: (seed, from, count) => run(cases, timed, seed, from, count),
        close: () => judge.close(),
      };
    },
  };
}

async function run<Case>(
  cases: fc.Arbitrary<Case>,
  judge: (batch: readonly Case[]) => Promise<number>,
  seed: number,
  from: number,
  count: number,
): Promise<BatchResult> {
  // Each batch has a seed of its own, so that it can be made again without those before it.
  const own = (seed ^ Math.imul(from + 1, 0x9e3779b1)) | 0;
  const batch = fc.sample(cases, { seed: own, numRuns: count });
  try {
    return { finding: undefined, slowestMs: await judge(batch) };
  } catch (error) {
    const single = fc.asyncProperty(cases, async (one) => {
      await judge([one]);
    });
    const shrunk = await fc.check(single, { seed: own, numRuns: count, interruptAfterTimeLimit: shrinkMs });
    const [smallest] = shrunk.counterexample ?? [];
    const input =
      shrunk.failed && shrunk.counterexample !== null
        ? fc.stringify(smallest)
        : `${count} cases, and none of them alone: ${fc.stringify(batch)}`;
    const why = shrunk.failed ? shrunk.errorInstance : error;
    return {
      finding: { input: input.slice(0, shownCharacters), why: wordsOf(why ?? error), from },
      slowestMs: 0,
    };
  }
}

const wordsOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message).slice(0, shownCharacters) : String(error);
