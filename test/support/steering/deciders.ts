/** Who decides: several at once about the same, over HTTP, over WebSocket and with `signalbox approve`. */
import { cli } from "../cli.ts";
import { type Asker, type Outcome, outcomeOf, placed } from "./asker.ts";
import { between, type Chance, oneOf } from "./chance.ts";

export type Decide = (asker: Asker, checkpointId: string, decision: string) => Promise<Outcome>;

/** The same person with the same key: the same decision. */
export const byHttp: Decide = async (asker, id, decision) => {
  const path = `/v1/checkpoints/${id}/decision`;
  const answer = await asker.request("POST", path, { decision }, `decision of ${id}`);
  const outcome = outcomeOf(answer);
  if (outcome.did !== "ok") return outcome;
  const { state, decision: stands, decidedBy } = answer?.body ?? {};
  const told = { state: String(state), decision: String(stands), decidedBy: String(decidedBy) };
  asker.options.recorder.record({ what: "told", of: "checkpoint", id, ...told });
  // The answer's position is that of the question.
  return { did: "ok", body: outcome.body };
};

export const byWebSocket: Decide = (asker, id, decision) => {
  const { by, token, url } = asker.options;
  const socket = new WebSocket(`${url().replace("http", "ws")}/v1/ws`, ["signalbox.v1", `signalbox.token.${token}`]);
  const outcome = new Promise<Outcome>((resolve) => {
    socket.addEventListener("close", () => resolve({ did: "unknown", why: "closed" }));
    socket.addEventListener("error", () => resolve({ did: "unknown", why: "no connection" }));
    socket.addEventListener("open", () => {
      const data = { checkpointId: id, decision };
      socket.send(JSON.stringify({ type: "checkpoint_decided", id: `${by}~${id}`, data }));
    });
    socket.addEventListener("message", ({ data }) => {
      for (const message of [JSON.parse(String(data))].flat()) {
        if (message.type === "error") resolve(outcomeOf({ status: 400, body: { error: message.data } }));
        if (message.type !== "ack") continue;
        const [result] = message.data.results;
        const { error } = result;
        resolve(
          error === undefined ? placed(result, result.duplicate, result) : outcomeOf({ status: 409, body: { error } }),
        );
      }
    });
  });
  return outcome.finally(() => socket.close());
};

/** A process of the command line; it knows no ids of its own, so an answer that was lost is asked for anew. */
export const byCommandLine =
  (cwd: string): Decide =>
  async (asker, id) => {
    const { url, token } = asker.options;
    const running = cli(["approve", id], { cwd, env: { SIGNALBOX_URL: url(), SIGNALBOX_TOKEN: token } });
    const code = await running.ended;
    if (code === 0) return { did: "ok", body: undefined };
    const [, decision, decidedBy] = /(approve|deny) by (\S+) stands/.exec(running.stderr()) ?? [];
    if (decidedBy === undefined) return { did: "unknown", why: running.stderr().slice(0, 200) };
    return { did: "refused", error: "already_decided", details: { decision, decidedBy } };
  };

export interface Person {
  asker: Asker;
  decide: Decide;
  /** Does its decision have an id of its own, the same in each attempt? */
  repeats: boolean;
  /** Decides every so-manieth. */
  every: number;
}

interface Waiting {
  checkpointId: string;
  channel: string;
  checkpointData: { alone?: boolean };
}

/** Watches what is open; of each question one in three people or so says something, all at about the same time. */
export async function decide(
  watcher: Asker,
  people: readonly Person[],
  random: Chance,
  isStopped: () => boolean,
): Promise<void> {
  const deciding = new Set<Promise<unknown>>();
  const seen = new Set<string>();
  const busy = new Set<Person>();
  while (!isStopped()) {
    const { body } = await watcher.read("/v1/checkpoints?state=open&limit=100");
    for (const { checkpointId, channel, checkpointData } of body.checkpoints as Waiting[]) {
      if (seen.has(checkpointId) || checkpointData.alone) continue;
      seen.add(checkpointId);
      const sure = oneOf(
        random,
        people.filter(({ repeats }) => repeats),
      );
      for (const person of people) {
        if (person !== sure && (random() * person.every >= 1 || (!person.repeats && busy.has(person)))) continue;
        const decision = random() < 0.7 ? "approve" : "deny";
        if (!person.repeats) busy.add(person);
        const one = say(person, checkpointId, channel, decision, between(random, 0, 10)).then(() => {
          busy.delete(person);
          deciding.delete(one);
        });
        deciding.add(one);
        // Where it ends before anybody waits for it, its failure is found at the end.
        one.catch(() => {});
      }
    }
    await watcher.pause(30);
  }
  await Promise.all(deciding);
}

async function say(
  { asker, decide, repeats }: Person,
  subject: string,
  channel: string,
  says: string,
  afterMs: number,
) {
  await asker.pause(afterMs);
  const decision = repeats ? says : "approve";
  const wanted = { op: "decide", type: "checkpoint_decided", channel, subject } as const;
  const id = repeats ? { id: `${asker.options.by}~${subject}` } : {};
  const data = { checkpointId: subject, decision };
  await asker.settle({ ...wanted, ...id, data }, () => decide(asker, subject, decision));
}
