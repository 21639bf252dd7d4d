/**
 * R1 R2 with everything above it: while Redis is away what is published is refused for now or waits with its agent, who is
 * connected stays so, nodes say what they lack and keep their memory; when it is back all of it goes on by itself.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAgent } from "@signalbox/agent";
import { createClient } from "@signalbox/client";
import type { Publication } from "@signalbox/protocol";
import { expect, test } from "vitest";
import { allReady } from "./support/cluster/faults.ts";
import { inPlace } from "./support/cluster/place.ts";
import type { Gateway } from "./support/gateway.ts";
import { history } from "./support/http.ts";
import { tokenOf } from "./support/issuer.ts";
import { startRedis } from "./support/redis/index.ts";
import { until } from "./support/until.ts";

interface Refused {
  status: number;
  retryAfter: string | null;
  error: { name: string; temporary: boolean };
}

async function publish({ url, token }: { url: string; token: string }, events: unknown): Promise<Refused> {
  const answer = await fetch(`${url}/v1/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(events),
  });
  const { results, error } = (await answer.json()) as {
    results?: Array<{ error: Refused["error"] }>;
    error?: Refused["error"];
  };
  const found = error ?? results?.[0]?.error;
  if (found === undefined) throw new Error(`it was kept (${answer.status})`);
  return { status: answer.status, retryAfter: answer.headers.get("retry-after"), error: found };
}

const statusOf = async ({ url }: Gateway): Promise<string> => {
  const answer = await fetch(`${url}/health/ready`);
  return `${answer.status} ${((await answer.json()) as { status: string }).status}`;
};

test.each(["killed", "standing still"])(
  "with Redis %s: refused for now, spooled, connected, degraded, bounded; then all goes on",
  {
    timeout: 300_000,
  },
  async (how) => {
    const spool = mkdtempSync(join(tmpdir(), "signalbox-away-"));
    const inflightAppendBytes = 4_000_000;
    const config = { limits: { inflightAppendBytes } };
    const env = { NODE_OPTIONS: "--max-old-space-size=192" };
    await inPlace({ start: startRedis, count: 2, config, env }, async ({ store: redis, nodes }) => {
      const ends: Array<() => unknown> = [];
      try {
        const { url, token } = nodes;
        const agentToken = tokenOf("coder", { role: "agent", kind: "agent", agentId: "coder" });
        const agent = await startAgent({ url, token: agentToken, agentId: "coder", spool: { root: spool } });
        ends.push(() => agent.close());
        const seen: Publication[] = [];
        const links: string[] = [];
        for (const node of nodes.all) {
          const client = createClient({ url: node.url, token, transports: ["websocket"] });
          ends.push(() => client.close());
          client.link.subscribe(() => links.push(client.link.snapshot().state));
          client.watch("agent:coder", { since: "earliest", complete: true, onEvent: (event) => seen.push(event) });
        }
        const logged = (): string[] =>
          seen.flatMap(({ type, data }) => (type === "agent_log" ? [(data as { message: string }).message] : []));
        agent.log("info", "before");
        await until("both viewers have it", () => logged().length === 2);
        const before = links.length;

        if (how === "killed") await redis.kill();
        else await redis.pause();
        const lines = Array.from({ length: 500 }, (_, n) => `line ${n + 1}`);
        for (const line of lines) agent.log("info", line);
        const note = { type: "note", channel: "workflow:w" };
        for (const node of nodes.all) {
          const { status, retryAfter, error } = await publish(node, { ...note, data: {} });
          expect([status, error.name, error.temporary, Number(retryAfter) > 0]).toEqual([
            503,
            "unavailable",
            true,
            true,
          ]);
          await until("a node says what it lacks", async () => (await statusOf(node)) === "200 degraded");
        }
        const [node] = nodes.all;
        if (node === undefined) throw new Error("there is no node");
        // 300 MB, which is more than a node of this test may hold, if it kept them.
        const much = { ...note, data: { text: "x".repeat(100_000) } };
        const names = new Set<string>();
        for (let round = 1; round <= 30; round++) {
          const refused = await Promise.all(Array.from({ length: 100 }, () => publish(node, much)));
          for (const { error } of refused) names.add(`${error.name} ${error.temporary}`);
        }
        expect([...names].filter((name) => name !== "unavailable true" && name !== "overloaded true")).toEqual([]);
        expect(links.slice(before)).toEqual([]);

        if (how === "killed") await redis.start();
        else redis.resume();
        await allReady(nodes);
        await until("both viewers have all", () => logged().filter((line) => line === lines.at(-1)).length === 2);
        expect(links.slice(before)).toEqual([]);
        const kept = (await history(node, "agent:coder"))
          .filter(({ type }) => type === "agent_log")
          .map(({ data }) => (data as { message: string }).message);
        expect(kept).toEqual(["before", ...lines]);
      } finally {
        for (const end of ends.reverse()) await end();
        rmSync(spool, { recursive: true, force: true });
      }
    });
  },
);
