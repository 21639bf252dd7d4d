/** A7 Tokens that end while their connection lives, with the real client and a real gateway in its own process. */
import { createHmac, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient, type LinkState, type TransportName } from "@signalbox/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { post } from "./support/http.ts";
import { until } from "./support/until.ts";

const secret = randomBytes(32).toString("hex");
const dataDir = mkdtempSync(join(tmpdir(), "signalbox-expiry-"));
/** From the warning, which comes at once, a busy machine has that and the token's own 4 s to bring another. */
const graceMs = 3_000;
let gateway: Gateway;

beforeAll(async () => {
  const issuer = { issuer: "https://id.test", audience: "signalbox", keys: [{ alg: "HS256", secret }] };
  writeFileSync(join(dataDir, "signalbox.config.json"), JSON.stringify({ jwt: [issuer], limits: { graceMs } }));
  gateway = await startGateway({ dataDir });
});
afterAll(async () => {
  await gateway.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A viewer's token that ends at `expS` (seconds since 1970). */
function tokenUntil(expS: number): string {
  const claims = {
    iss: "https://id.test",
    aud: "signalbox",
    sub: "ann",
    iat: Math.floor(Date.now() / 1_000),
    exp: expS,
  };
  const text = `${base64url({ alg: "HS256" })}.${base64url({ ...claims, signalbox: { role: "viewer" } })}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

test("A7 refreshed in place nothing is missed, and the link never breaks; not refreshed it closes for good", async () => {
  const soonS = Math.floor(Date.now() / 1_000) + 4;
  const closesMs = soonS * 1_000 + graceMs;
  const tokens = [tokenUntil(soonS), tokenUntil(soonS + 3_600)];
  const states: Array<LinkState["state"]> = [];
  const seen: unknown[] = [];
  const refreshing = createClient({ url: gateway.url, token: () => tokens.shift() ?? "", transports: ["websocket"] });
  const stubborn = createClient({ url: gateway.url, token: tokenUntil(soonS), transports: ["websocket"] });
  refreshing.link.subscribe(() => states.push(refreshing.link.snapshot().state));
  refreshing.watch("agent:a", { since: "earliest", onEvent: ({ data }) => seen.push((data as { n: number }).n) });
  stubborn.watch("agent:a", {});
  await until("both are live", () => [refreshing, stubborn].every(({ link }) => link.snapshot().state === "live"));

  let n = 0;
  const publishOne = (): Promise<unknown> =>
    post(gateway, "/v1/events", { type: "note", channel: "agent:a", data: { n: ++n } });
  // Through the warning, the end and the grace, and as long again.
  await until("the old token is long over", async () => {
    await publishOne();
    return Date.now() > closesMs + 1_000;
  });
  await until("everything arrived", () => seen.length === n);
  expect(seen).toEqual(Array.from({ length: n }, (_, i) => i + 1));
  expect(tokens).toEqual([]);
  expect(states.slice(states.indexOf("live")).filter((state) => state !== "live")).toEqual([]);
  await until("the other one stopped", () => stubborn.link.snapshot().state === "stopped");
  expect(stubborn.link.snapshot()).toMatchObject({ state: "stopped", reason: { code: 3506, name: "token_expired" } });
  refreshing.close();
  stubborn.close();
});

interface Follower {
  client: Client;
  seen: number[];
  reasons: Set<string>;
  /** How often the token function was asked while it had not answered yet. */
  overlaps: number;
  asked: number;
}

/** Follows a channel from its first event, with a token function that counts. */
function follower(transport: TransportName, channel: string, next: (asked: number) => string): Follower {
  let asking = 0;
  const token = async (): Promise<string> => {
    if (asking++ > 0) follower.overlaps++;
    try {
      await new Promise((resolve) => setImmediate(resolve));
      return next(++follower.asked);
    } finally {
      asking--;
    }
  };
  const client = createClient({ url: gateway.url, token, transports: [transport] });
  const follower: Follower = { client, seen: [], reasons: new Set(), overlaps: 0, asked: 0 };
  client.link.subscribe(() => {
    const { reason } = client.link.snapshot();
    if (reason) follower.reasons.add(reason.name);
  });
  client.watch(channel, {
    since: "earliest",
    onEvent: ({ data }) => follower.seen.push((data as { n: number }).n),
    onGap: (_, gap) => follower.reasons.add(`gap ${gap.reason}`),
  });
  return follower;
}

test("A7 a token function keeps every transport going over the end of its tokens; one that fails for a while says so", async () => {
  const channel = "agent:b";
  const soonS = Math.floor(Date.now() / 1_000) + 4;
  const closesMs = soonS * 1_000 + graceMs;
  const later = tokenUntil(soonS + 3_600);
  const inTime = (asked: number): string => (asked === 1 ? tokenUntil(soonS) : later);
  // The login service is away for as long as the first token and its grace last.
  const tooLate = (asked: number): string => {
    if (asked > 1 && Date.now() < closesMs) throw new Error("login service is away");
    return inTime(asked);
  };
  const transports = ["websocket", "sse", "poll"] as const;
  const good = transports.map((transport) => follower(transport, channel, inTime));
  const late = transports.map((transport) => follower(transport, channel, tooLate));
  const all = [...good, ...late];
  await until("all are live", () => all.every(({ client }) => client.link.snapshot().state === "live"));
  let n = 0;
  await until("the first tokens are long over", async () => {
    await post(gateway, "/v1/events", { type: "note", channel, data: { n: ++n } });
    // Requests of the program meet the refused token beside the link, several at once.
    if (n % 10 === 0)
      await Promise.allSettled(all.flatMap(({ client }) => [1, 2].map(() => client.request("/v1/channels"))));
    return Date.now() > closesMs + 1_000;
  });
  const expected = Array.from({ length: n }, (_, i) => i + 1);
  await until("everything arrived", () => all.every(({ seen }) => seen.length >= n));
  const isWell = ({ state, reason }: LinkState): boolean => state === "live" && reason === undefined;
  await until("all links are well", () => all.every(({ client }) => isWell(client.link.snapshot())));
  for (const { client, seen, overlaps, reasons } of all) {
    expect(seen).toEqual(expected);
    expect(overlaps).toBe(0);
    expect([...reasons].filter((reason) => reason.startsWith("gap"))).toEqual([]);
    client.close();
  }
  // Renewed in time, no link broke on any transport.
  expect(good.map(({ reasons }) => [...reasons])).toEqual([[], [], []]);
  for (const { reasons } of late) expect([...reasons]).toContain("token_failed");
});
