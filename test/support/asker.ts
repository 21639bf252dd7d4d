/**
 * An agent in a process of its own that asks people: the questions are its argument, as JSON. It says what it has read, a
 * line of JSON each, and for each line on its input that it has acted on the next decision.
 */
import { createInterface } from "node:readline";

interface Told {
  checkpointId: string;
  channel: string;
  state: string;
  decision?: string;
}

const [url = "", token = "", questions = "[]"] = process.argv.slice(2);

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

async function ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  const response = await fetch(url + path, init);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function question(body: unknown): Promise<void> {
  let told = await ask<Told>("POST", "/v1/checkpoints", body);
  say({ asked: told.checkpointId });
  while (told.state === "open") told = await ask("GET", `/v1/checkpoints/${told.checkpointId}?wait=20`);
  say(told);
  if ((await lines.next()).done) return;
  const { checkpointId, channel, decision } = told;
  const data = { checkpointId, decision, outcome: { done: checkpointId } };
  await ask("POST", "/v1/events", [{ type: "checkpoint_applied", channel, data }]);
}

await Promise.all((JSON.parse(questions) as unknown[]).map(question));
