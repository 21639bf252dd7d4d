/** A7 Tokens that end while their connection lives, with the real client and a real gateway in its own process. */
import { createHmac, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient, type LinkState } from "@signalbox/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { post } from "./support/http.ts";
import { until } from "./support/until.ts";

const secret = randomBytes(32).toString("hex");
const dataDir = mkdtempSync(join(tmpdir(), "signalbox-expiry-"));
const graceMs = 1_000;
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
  const soonS = Math.floor(Date.now() / 1_000) + 2;
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
    return Date.now() > closesMs + 2_000;
  });
  await until("everything arrived", () => seen.length === n);
  expect(seen).toEqual(Array.from({ length: n }, (_, i) => i + 1));
  expect(tokens).toEqual([]);
  expect(states.slice(states.indexOf("live")).filter((state) => state !== "live")).toEqual([]);
  expect(stubborn.link.snapshot()).toMatchObject({ state: "stopped", reason: { code: 3506, name: "token_expired" } });
  refreshing.close();
  stubborn.close();
});
