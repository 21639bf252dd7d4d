/**
 * §13 with a real gateway, two people in real Chromium pages and a producer in a process of its own: they see each other, a lost
 * network is not seen, a killed gateway costs nobody; the producer learns whether anybody watches; one of them drives.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createClient, type TransportName } from "@signalbox/client";
import { presence } from "@signalbox/client/presence";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBrowser } from "./support/browser.ts";
import { cli } from "./support/cli.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { history } from "./support/http.ts";
import { pageScript } from "./support/page-script.ts";
import { type ProxyServer, startProxy } from "./support/proxy.ts";
import { until } from "./support/until.ts";

/** What a page has: `page.come(…)`, whose guest the test then asks. */
const entry = `import { createClient } from "CLIENT/index.ts";
import { presence } from "CLIENT/presence.ts";
export function come(url, token, channel, name) {
  const client = createClient({ url, token, backoff: { minMs: 50, maxMs: 200 } });
  const here = presence(client, channel, { name, state: { step: 0 } });
  const seen = [];
  here.subscribe(() => {
    const { status, members } = here.snapshot();
    seen.push({ status, members: members.map(({ name, state }) => name + " " + state?.step) });
  });
  const drivers = [];
  client.watch("agent:coder", {
    filter: { types: ["driver_changed"] },
    onEvent: ({ data }) => drivers.push(data.how + " " + data.driver),
  });
  let watch;
  globalThis.guest = {
    seen,
    drivers,
    set: (step) => here.set({ step }),
    look: (channel) => void (watch = client.watch(channel, { onEvent: () => {} })),
    away: () => watch.stop(),
    ask: (path, method, body) =>
      client.request(path, { method, body }).then((answer) => answer, ({ name, details }) => ({ refused: name, details })),
  };
}`;

interface Guest {
  seen: Array<{ status: string; members: string[] }>;
  drivers: string[];
  set(step: number): void;
  look(channel: string): void;
  away(): void;
  ask(path: string, method: string, body?: unknown): Promise<Record<string, unknown>>;
}
declare const guest: Guest;

let folder: string;
let gateway: Gateway;
let proxy: ProxyServer;
let browser: Browser;
let script: string;
const tokens = new Map<string, string>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-presence-"));
  const target = { port: 0 };
  proxy = await startProxy(target);
  const config = join(folder, "signalbox.config.json");
  const limits = { driverGoneMs: 3_000 };
  const host = new URL(proxy.url).host;
  writeFileSync(config, JSON.stringify({ allowedHosts: [host], allowedOrigins: [proxy.url], limits }));
  const dataDir = join(folder, "data");
  gateway = await startGateway({ dataDir, args: ["--config", config] });
  target.port = gateway.port;
  for (const name of ["ada", "bob"]) {
    const key = ["keys", "create", name, "--role", "operator", "--kind", "user", "--subject", name];
    const made = cli([...key, "--json", "--data-dir", dataDir], { cwd: folder });
    expect(await made.ended, made.stderr()).toBe(0);
    tokens.set(name, (JSON.parse(made.stdout()) as { token: string }).token);
  }
  [browser, script] = await Promise.all([startBrowser(), pageScript(entry)]);
});

afterAll(async () => {
  await browser?.close();
  await proxy?.close();
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A page of somebody's, in the channel. */
async function come(url: string, channel: string, name: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${url}/health/live`);
  await page.evaluate(
    `${script};page.come(location.origin, ${JSON.stringify(tokens.get(name))}, "${channel}", "${name}")`,
  );
  return page;
}

const newest = async (page: Page): Promise<Guest["seen"][number] | undefined> => page.evaluate(() => guest.seen.at(-1));

/** Until the page shows these members, and is there itself. */
const shows = (page: Page, ...members: string[]): Promise<void> =>
  until(`a page shows ${members.join(", ")}`, async () => {
    const now = await newest(page);
    return now?.status === "present" && now.members.toSorted().join() === members.join();
  });

describe("W9 who is here", () => {
  test("two pages see each other; a network that is lost and comes back in time is not seen; a killed gateway costs nobody", async () => {
    const channel = "session:s1";
    const ada = await come(proxy.url, channel, "ada");
    const bob = await come(gateway.url, channel, "bob");
    await Promise.all([shows(ada, "ada 0", "bob 0"), shows(bob, "ada 0", "bob 0")]);
    await bob.evaluate(() => guest.set(1));
    await shows(ada, "ada 0", "bob 1");

    const before = await bob.evaluate(() => guest.seen.length);
    proxy.cut();
    await until("ada knows that her network is gone", async () => (await newest(ada))?.status === "offline");
    proxy.mend();
    await shows(ada, "ada 0", "bob 1");
    // What she does now is told after whatever was told before it.
    await ada.evaluate(() => guest.set(7));
    await shows(bob, "ada 7", "bob 1");
    const seen = (await bob.evaluate(() => guest.seen)).slice(before);
    expect(seen.filter(({ members }) => members.length !== 2)).toEqual([]);

    await gateway.kill9();
    await gateway.restart();
    await Promise.all([shows(ada, "ada 7", "bob 1"), shows(bob, "ada 7", "bob 1")]);

    await ada.close();
    await shows(bob, "bob 1");
    await bob.close();
  });

  test.each<TransportName>(["websocket", "sse", "poll"])(
    "over %s: there, changing, back after the gateway was killed, gone",
    async (transport) => {
      const channel = `session:${transport}`;
      const backoff = { minMs: 50, maxMs: 200 };
      const { url } = gateway;
      const client = createClient({ url, token: tokens.get("ada") ?? "", transports: [transport], backoff });
      const other = createClient({ url, token: tokens.get("bob") ?? "", backoff });
      try {
        const here = presence(client, channel, { name: "ada", state: { n: 0 } });
        const there = presence(other, channel, { name: "bob" });
        const sees = (who: typeof here, name: string, n?: number) =>
          until(`${name} ${n} is seen`, () => {
            const { status, members } = who.snapshot();
            const found = members.find((member) => member.name === name);
            return status === "present" && found !== undefined && (n === undefined || found.state?.n === n);
          });
        await Promise.all([sees(there, "ada", 0), sees(here, "bob")]);
        for (let n = 1; n <= 20; n++) here.set({ n });
        await Promise.all([sees(there, "ada", 20), sees(here, "ada", 20)]);
        await gateway.kill9();
        await gateway.restart();
        there.set({ n: 5 });
        await Promise.all([sees(there, "ada", 20), sees(here, "bob", 5)]);
        here.leave();
        await until("ada has left", () => there.snapshot().members.every(({ name }) => name !== "ada"));
        expect(there.snapshot().total).toBe(1);
      } finally {
        client.close();
        other.close();
      }
    },
  );
});

describe("B6 what is wanted", () => {
  test("reaches the producer when the first viewer comes, when the last one goes, and after the gateway was killed", async () => {
    const camera = spawn(
      process.execPath,
      ["--conditions=source", join(import.meta.dirname, "support/camera.ts"), gateway.url, gateway.token, "browser:b1"],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const told: Array<{ viewers?: number }> = [];
    createInterface({ input: camera.stdout }).on("line", (line) => told.push(JSON.parse(line)));
    const knows = (viewers: number | undefined): Promise<void> =>
      until(`the camera knows of ${viewers} viewers`, () => told.at(-1)?.viewers === viewers && told.length > 0);
    try {
      await knows(0);
      const [ada, bob] = await Promise.all(["ada", "bob"].map((name) => come(gateway.url, "browser:b1", name)));
      if (ada === undefined || bob === undefined) throw new Error("no pages");
      await Promise.all([shows(ada, "ada 0", "bob 0"), shows(bob, "ada 0", "bob 0")]);
      // Being here is not watching.
      expect(told.at(-1)).toMatchObject({ viewers: 0 });
      await ada.evaluate(() => guest.look("browser:b1"));
      await knows(1);
      await bob.evaluate(() => guest.look("browser:*"));
      await knows(2);
      await ada.evaluate(() => guest.away());
      await knows(1);
      await gateway.kill9();
      await knows(undefined);
      await gateway.restart();
      await knows(1);
      await bob.close();
      await knows(0);
      await ada.close();
    } finally {
      await end(camera);
    }
  });
});

describe("W9, X4 who drives", () => {
  test("one drives, the input of the other is refused; it is taken over and handed over; who is gone has left", async () => {
    const channel = "agent:coder";
    const driver = `/v1/channels/${channel}/driver`;
    const [ada, bob] = await Promise.all(["ada", "bob"].map((name) => come(gateway.url, channel, name)));
    if (ada === undefined || bob === undefined) throw new Error("no pages");
    const ask = (page: Page, path: string, method: string, body: unknown) =>
      page.evaluate(([p, m, b]) => guest.ask(p, m, b), [path, method, body] as const);
    const input = (page: Page) =>
      ask(page, "/v1/commands", "POST", { target: channel, name: "input", args: { text: "x" } });
    const refusedBy = (name: string) => ({ refused: "not_driving", details: { driver: `user:${name}` } });
    await Promise.all([shows(ada, "ada 0", "bob 0"), shows(bob, "ada 0", "bob 0")]);

    expect(await ask(ada, driver, "PUT", {})).toMatchObject({ driver: "user:ada", how: "took" });
    expect(await input(ada)).toMatchObject({ state: "queued", issuedBy: "user:ada" });
    expect(await input(bob)).toEqual(refusedBy("ada"));
    expect(await ask(bob, driver, "PUT", {})).toEqual(refusedBy("ada"));
    expect(await ask(bob, driver, "PUT", { take: true })).toMatchObject({ driver: "user:bob", previous: "user:ada" });
    expect(await input(ada)).toEqual(refusedBy("bob"));
    expect(await ask(bob, driver, "PUT", { driver: "user:ada" })).toMatchObject({ driver: "user:ada", how: "gave" });
    expect(await input(bob)).toEqual(refusedBy("ada"));

    // She is there: however long it takes, she drives, also after the gateway was killed.
    await gateway.kill9();
    await gateway.restart();
    await shows(ada, "ada 0", "bob 0");
    expect(await input(bob)).toEqual(refusedBy("ada"));
    const changes = ["took user:ada", "took user:bob", "gave user:ada"];
    for (const page of [ada, bob]) {
      await until("each page saw who drives", async () => (await page.evaluate(() => guest.drivers)).length === 3);
      expect(await page.evaluate(() => guest.drivers)).toEqual(changes);
    }
    await ada.close();
    await gateway.kill9();
    await gateway.restart();
    await until("she has left", async () => (await bob.evaluate(() => guest.drivers)).length === 4);
    expect((await bob.evaluate(() => guest.drivers)).at(-1)).toBe("left null");
    expect(await input(bob)).toMatchObject({ state: "queued" });
    const kept = (await history(gateway, channel)).filter(({ type }) => type === "driver_changed");
    expect(kept).toHaveLength(4);
    await bob.close();
  });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
