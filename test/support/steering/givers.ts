/** Who gives commands: by both ways, sometimes twice, sometimes for a short time, sometimes only to take them back. */
import { type Answer, type Asker, outcomeOf } from "./asker.ts";
import { between, type Chance, oneOf } from "./chance.ts";

const ends: ReadonlySet<unknown> = new Set(["done", "failed", "expired", "cancelled"]);
const longMs = 120_000;
const restMs = 20;

/** Gives one after the other until it is told to stop, and sees each to its end. */
export async function giveCommands(
  asker: Asker,
  agents: readonly string[],
  random: Chance,
  isStopped: () => boolean,
): Promise<void> {
  for (let n = 1; !isStopped(); n++) {
    const commandId = `${asker.options.name}-${n}`;
    const target = `agent:${oneOf(random, agents)}`;
    const data = { commandId, target, name: "work", args: { n, fails: random() < 0.1 } };
    const ttlMs = random() < 0.15 ? between(random, 50, 1_500) : longMs;
    const isEvent = random() < 0.5;
    const give = (): Promise<Answer> => {
      const wanted = {
        op: "give",
        id: commandId,
        type: "command_queued",
        channel: target,
        subject: commandId,
      } as const;
      return asker.settle({ ...wanted, data }, async () =>
        isEvent
          ? asker.publish({ type: "command_queued", id: commandId, channel: target, data: { ...data, ttlMs } })
          : outcomeOf(await asker.request("POST", "/v1/commands", { ...data, ttlMs })),
      );
    };
    await give();
    if (random() < 0.15) await give();
    if (random() < 0.1) await takeBack(asker, commandId, target);
    await seeToItsEnd(asker, commandId);
    await asker.pause(restMs);
  }
}

function takeBack(asker: Asker, commandId: string, channel: string): Promise<Answer> {
  const wanted = { op: "cancel", type: "command_cancelled", channel, subject: commandId, data: { commandId } } as const;
  return asker.settle(wanted, async () => {
    const answer = outcomeOf(await asker.request("POST", `/v1/commands/${commandId}/cancel`, {}));
    // The answer's position is that of the command's first event.
    return answer.did === "ok" ? { did: "ok", body: answer.body } : answer;
  });
}

async function seeToItsEnd(asker: Asker, id: string): Promise<void> {
  for (;;) {
    const { status, body } = await asker.read(`/v1/commands/${id}?wait=5`);
    // The checker says what it means that it is not there.
    if (status === 404) return;
    if (!ends.has(body.state)) continue;
    asker.options.recorder.record({ what: "told", of: "command", id, state: String(body.state) });
    return;
  }
}

/** Publishes plain events with keys, now and then twice. */
export async function publishNotes(asker: Asker, random: Chance, isStopped: () => boolean): Promise<void> {
  const channel = "workflow:notes";
  for (let n = 1; !isStopped(); n++) {
    const id = `${asker.options.name}-${n}`;
    const data = { text: "x".repeat(between(random, 0, 300)) };
    const event = { type: "note", id, channel, data, metadata: { idempotencyKey: id } };
    const publish = (): Promise<Answer> =>
      asker.settle({ op: "publish", id, type: "note", channel, data }, () => asker.publish(event));
    await publish();
    if (random() < 0.1) await publish();
    await asker.pause(restMs);
  }
}
