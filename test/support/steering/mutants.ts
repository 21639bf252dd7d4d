/** Faults seeded into a running system, at its ports: what the checker must see, and by which invariant at least. */
import type { Appended, Entry, RegisterChange, Store } from "@signalbox/core";
import type { InvariantName } from "@signalbox/testkit/history";
import type { Keep, StoreFault } from "./gateway-here.ts";

export interface Mutant {
  name: string;
  caughtBy: InvariantName;
  store?: StoreFault;
  /** What everybody is told of an answer: the request's path and body, the answer's body. */
  answer?(path: string, sent: string, body: Body): Body;
}

type Body = Record<string, unknown>;

/** Every so-manieth time. */
function every(count: number): () => boolean {
  let calls = 0;
  return () => ++calls % count === 0;
}

const isNote = ({ type }: Entry): boolean => type === "note";

/** An OK for what is not kept, where it would have been. */
async function pretend(store: Store, { channel }: Entry): Promise<Appended> {
  const top = (await store.info(channel))?.top ?? 0;
  return { ok: true, epoch: store.epoch, offset: top + 1, duplicate: false };
}

/** Drops entries after giving them an OK. */
const dropping =
  (isDropped: (entry: Entry) => boolean) =>
  async (batch: readonly Entry[], keep: Keep, store: Store): Promise<Appended[]> => {
    const dropped = batch.map(isDropped);
    const kept = await keep(batch.filter((_, index) => !dropped[index]));
    const answers: Appended[] = [];
    for (const [index, entry] of batch.entries()) {
      const answer = dropped[index] ? await pretend(store, entry) : kept.shift();
      if (answer !== undefined) answers.push(answer);
    }
    return answers;
  };

/** Changes entries before they are kept. */
const changing =
  (change: (entry: Entry) => Entry) =>
  (batch: readonly Entry[], keep: Keep): Promise<Appended[]> =>
    keep(batch.map(change));

const withoutRegister = ({ register: _register, ...entry }: Entry): Entry => entry;

const withRegister = (entry: Entry, change: (register: RegisterChange) => RegisterChange): Entry =>
  entry.register === undefined ? entry : { ...entry, register: change(entry.register) };

/** Keeps the event on the disk, and not the change of state that belongs to it. */
const torn = (isTorn: (entry: Entry) => boolean): StoreFault => ({
  write: (batch, write) => write(batch.map((entry) => (isTorn(entry) ? withoutRegister(entry) : entry))),
});

const isInterruption = ({ body }: Entry): boolean => body.includes('"code":"interrupted"');

/** Functions: some count. */
export const mutants: ReadonlyArray<() => Mutant> = [
  () => {
    const isDue = every(10);
    const append = dropping((entry) => isNote(entry) && isDue());
    return { name: "drops an event after its OK", caughtBy: "I1 lost", store: { append } };
  },
  () => ({
    name: "gives the OK before the commit",
    caughtBy: "I1 lost",
    store: { write: (batch, write) => void setTimeout(() => write(batch), 100) },
  }),
  () => ({
    name: "keeps a command with other arguments",
    caughtBy: "I1 lost",
    store: {
      append: changing((entry) =>
        entry.type === "command_queued" ? { ...entry, body: entry.body.replace('"fails":false', '"fails":0') } : entry,
      ),
    },
  }),
  () => ({
    name: "begins every channel anew at a restart",
    caughtBy: "I1 lost",
    store: { epoch: (life) => `life${life}` },
  }),
  () => {
    const isDue = every(10);
    const append = async (batch: readonly Entry[], keep: Keep): Promise<Appended[]> => {
      const answers = await keep(batch);
      const isOff = batch.every(isNote) && isDue();
      return answers.map((answer) =>
        isOff && answer.ok && answer.offset !== undefined ? { ...answer, offset: answer.offset + 1 } : answer,
      );
    };
    return { name: "says a position that is another event's", caughtBy: "I3 positions", store: { append } };
  },
  () => {
    const isDue = every(10);
    const append = async (batch: readonly Entry[], keep: Keep): Promise<Appended[]> => {
      const answers = await keep(batch);
      const ghosts = batch.filter(isNote).map(({ idempotencyKey: _key, ...entry }) => {
        const id = `${entry.id}-ghost`;
        return { ...entry, id, body: entry.body.replace(`"${entry.id}"`, `"${id}"`) };
      });
      if (ghosts.length > 0 && isDue()) await keep(ghosts);
      return answers;
    };
    return { name: "keeps an event that nobody sent", caughtBy: "I2 unexpected", store: { append } };
  },
  () => ({
    name: "forgets idempotency keys",
    caughtBy: "I5 duplicates",
    store: { append: changing(({ idempotencyKey: _key, ...entry }) => entry) },
  }),
  () => ({
    name: "never keeps that a time is up",
    caughtBy: "I9 stuck",
    store: { append: dropping(({ type }) => type === "command_expired" || type === "checkpoint_expired") },
  }),
  () => ({
    name: "forgets at a restart that commands were begun",
    caughtBy: "I12 executions",
    store: torn(({ type }) => type === "command_started" || type === "command_done"),
  }),
  () => ({
    name: "tells the agent of an approval before there is one",
    caughtBy: "I12 approvals",
    answer: (path, _sent, body) =>
      path.includes("/v1/checkpoints/") && path.includes("wait=")
        ? { ...body, state: "decided", decision: "approve", decidedBy: "user:ada" }
        : body,
  }),
  () => ({
    name: "forgets decisions at a restart",
    caughtBy: "I12 decisions",
    store: torn(({ type }) => type === "checkpoint_decided"),
  }),
  () => ({
    name: "tells who comes too late of somebody else",
    caughtBy: "I12 decisions",
    answer: (_path, _sent, body) => {
      const error = body.error as { name: string; details: Body } | undefined;
      if (error?.name !== "already_decided") return body;
      return { ...body, error: { ...error, details: { ...error.details, decidedBy: "user:nobody" } } };
    },
  }),
  () => ({
    name: "changes the end of a command",
    caughtBy: "I12 ended",
    store: {
      append: changing((entry) =>
        withRegister(entry, (register) => ({
          ...register,
          ...(entry.type === "command_done" && register.value !== undefined
            ? { value: register.value.replace('"state":"done"', '"state":"failed"') }
            : {}),
        })),
      ),
    },
  }),
  () => ({
    name: "never keeps that a command was interrupted",
    caughtBy: "I12 interrupts",
    store: { append: dropping(isInterruption) },
  }),
  () => ({
    name: "forgets at a restart that commands were given",
    caughtBy: "I12 missing",
    store: torn(({ type }) => type === "command_queued"),
  }),
  () => ({
    name: "forgets at a restart which steps were taken",
    caughtBy: "I14 retries",
    store: {
      register: (found) => {
        const { steps, ...kept } = JSON.parse(found.value) as { steps: unknown[] };
        return { ...found, value: JSON.stringify({ ...kept, steps: steps.slice(0, 1) }) };
      },
    },
  }),
  () => ({
    name: "lets a second life carry out what an earlier one began",
    caughtBy: "I12 executions",
    store: { append: dropping(isInterruption) },
    answer: (path, sent, body) => {
      if (path.includes("state=open") && Array.isArray(body.commands)) {
        return { ...body, commands: body.commands.map((command: Body) => ({ ...command, state: "queued" })) };
      }
      const [result] = (body.results ?? []) as Array<{ id: string; error?: unknown }>;
      if (!/command_(delivered|started)/.test(sent) || result?.error === undefined) return body;
      return { results: [{ id: result.id, channel: "", duplicate: false }] };
    },
  }),
];

/** `fetch` as a mutant answers. */
export const fetchOf =
  ({ answer }: Pick<Mutant, "answer">): typeof fetch =>
  async (input, init) => {
    const response = await fetch(input, init);
    if (answer === undefined) return response;
    const body = answer(String(input), String(init?.body ?? ""), (await response.json()) as Body);
    return Response.json(body, { status: "results" in body ? 200 : response.status });
  };
