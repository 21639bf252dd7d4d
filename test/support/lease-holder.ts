/**
 * A producer in a process of its own: takes the lease of an agent's channel, says that it runs, then renews and publishes in
 * turn. Each answer is a line of JSON; it ends at the first refusal by the gateway, after having tried both.
 */
const [url = "", token = "", agentId = "", producer = "", ttl = "2000", how = ""] = process.argv.slice(2);
const ttlMs = Number(ttl);

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

async function ask(method: string, path: string, body: unknown): Promise<{ status: number; body: never }> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await fetch(url + path, { method, headers, body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as never };
}

const lease = (more: object): Promise<{ status: number; body: { epoch: number; error?: { name: string } } }> =>
  ask("PUT", `/v1/leases/agent:${agentId}`, { producer, ttlMs, ...more });

const taken = await lease({ takeOver: how === "takeOver" });
const { epoch } = taken.body;
say({ took: epoch, error: taken.body.error?.name });

for (let seq = 1; taken.status === 200; seq++) {
  const event = {
    type: seq === 1 ? "agent_status" : "agent_log",
    data: { agentId, status: "running", message: `line ${seq}` },
    metadata: { producer: { id: producer, epoch, seq } },
  };
  try {
    const renewed = await lease({ epoch });
    const published = await ask("POST", "/v1/events", [event]);
    const [result] = (published.body as { results: Array<{ error?: { name: string } }> }).results;
    const refusals = { renewed: renewed.body.error?.name, published: result?.error?.name };
    say({ seq, ...refusals });
    if (refusals.renewed !== undefined || refusals.published !== undefined) break;
  } catch {
    // The gateway is away; its address stays.
    say({ seq: --seq, away: true });
  }
  await new Promise((resolve) => setTimeout(resolve, ttlMs / 8));
}
