/**
 * An agent in a process of its own: takes its lease, uses tokens, and does what it is told. Everything it publishes is sent
 * until it is answered, and now and then once more. Each answer is a line of JSON. How: `obedient` pauses when it is
 * told to, `stubborn` says that it did and goes on, `idle` uses nothing, `deaf` uses nothing and takes no commands.
 */
const [url = "", token = "", agentId = "", how = "", sessionId = ""] = process.argv.slice(2);
const channel = `agent:${agentId}`;
const producer = agentId;

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Result {
  duplicate?: boolean;
  error?: { name: string };
}

/** What the asked routes answer, all in one. */
interface Body {
  epoch: number;
  results: Result[];
  commands: Array<{ commandId: string; name: string }>;
}

/** Until the gateway is there and answers. */
async function ask(method: string, path: string, body?: unknown): Promise<Body> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  for (;;) {
    try {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(url + path, { method, headers, ...sent });
      const answer = (await response.json()) as Body;
      if (response.status !== 503) return answer;
    } catch {
      // The gateway is away; its address stays.
    }
    await pause(20);
  }
}

const { epoch } = await ask("PUT", `/v1/leases/${channel}`, { producer, ttlMs: 60_000 });
say({ took: epoch });

let seq = 0;

async function publish(type: string, data: object): Promise<Result> {
  const about = { producer: { id: producer, epoch, seq: ++seq } };
  const event = { id: `${agentId}-${seq}`, type, channel, data, metadata: about };
  const { results } = await ask("POST", "/v1/events", event);
  const [again] = seq % 5 === 0 ? (await ask("POST", "/v1/events", event)).results : [];
  const [result = {}] = results;
  if (again !== undefined && again.duplicate !== true && result.error === undefined) say({ wrong: "kept twice", seq });
  if (result.error !== undefined) {
    // Its number was not taken.
    seq--;
    say({ refused: type, error: result.error.name });
  }
  return result;
}

let isPaused = how === "idle" || how === "deaf";
let isCancelled = false;
for (let used = 0; !isCancelled; ) {
  if (!isPaused) {
    const tokens = 500 + (seq % 7) * 100;
    const { error } = await publish("agent_usage", {
      agentId,
      sessionId,
      inputTokens: 400,
      outputTokens: tokens - 400,
    });
    if (error === undefined) used += tokens;
    say({ used, tokens });
  }
  await ask("PUT", `/v1/leases/${channel}`, { producer, epoch });
  const { commands } = await ask("GET", `/v1/commands?target=${channel}&state=open`);
  for (const { commandId, name } of how === "deaf" ? [] : commands) {
    const { error } = await publish("command_started", { commandId });
    if (error !== undefined) continue;
    await publish("command_done", { commandId, result: { used } });
    if (name === "pause" && how === "obedient") isPaused = true;
    isCancelled ||= name === "cancel";
    say({ did: name, commandId, used });
  }
  await pause(10);
}
