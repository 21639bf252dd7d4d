/**
 * An agent or a runner in a process of its own, as small as one can be: holds the lease of its channel and carries out what
 * it is told, a step for each line on its input; or asks a question and waits for the decision. It says what it does, a
 * line of JSON each.
 */
import { createInterface } from "node:readline";

const [url = "", token = "", how = "", channel = "", id = ""] = process.argv.slice(2);
const ttlMs = 3_000;
const producer = "obedient";

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

async function ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  const response = await fetch(url + path, init);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}

async function obey(): Promise<void> {
  const lease = `/v1/leases/${channel}`;
  const { epoch } = await ask<{ epoch: number }>("PUT", lease, { producer, ttlMs });
  setInterval(() => void ask("PUT", lease, { producer, ttlMs, epoch }).catch(() => process.exit(1)), ttlMs / 3);
  say({ holds: channel });
  let seq = 0;
  const step = async (type: string, data: object): Promise<void> => {
    await ask("POST", "/v1/events", [
      { type, channel, data, metadata: { producer: { id: producer, epoch, seq: ++seq } } },
    ]);
    say({ did: type });
  };
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  for (;;) {
    const path = `/v1/commands?target=${channel}&state=queued`;
    const { commands } = await ask<{ commands: Array<{ commandId: string; name: string; args?: unknown }> }>(
      "GET",
      path,
    );
    for (const { commandId, name, args } of commands) {
      await step("command_delivered", { commandId });
      await lines.next();
      await step("command_started", { commandId });
      await lines.next();
      await step("command_progress", { commandId, progress: 50, message: `doing ${name}` });
      await lines.next();
      if (name === "cancel")
        await step("command_failed", { commandId, error: "It does not want to", code: "stubborn" });
      else await step("command_done", { commandId, result: { name, args } });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function question(): Promise<void> {
  const body = {
    ...{ channel, checkpointId: id, title: "Deploy to production?", risk: "high", deadline: Date.now() + 3_600_000 },
    checkpointData: { command: "terraform apply", note: "<img src=x onerror=alert(1)>", replicas: 2 },
    answerSchema: { type: "object", properties: { replicas: { type: "integer", title: "Replicas" } } },
  };
  let checkpoint = await ask<{ state: string; decision?: string; decidedBy?: string }>("POST", "/v1/checkpoints", body);
  say({ asked: id });
  while (checkpoint.state === "open") checkpoint = await ask("GET", `/v1/checkpoints/${id}?wait=20`);
  say(checkpoint);
}

await (how === "ask" ? question() : obey());
