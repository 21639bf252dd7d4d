/**
 * B11 in Chromium: links that decide, the service worker, the settings. No push service can be reached from here: pushes are given to
 * the worker by the browser's own tools, and only the browser's asking for a subscription is replaced.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDashboard, startBrowser } from "./support/browser.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer, post } from "./support/http.ts";
import { subscriberAt } from "./support/notify/push-service.ts";
import { Sink } from "./support/notify/sink.ts";
import { until } from "./support/until.ts";

let sink: Sink;
let folder: string;
let gateway: Gateway;
let browser: Browser;

beforeAll(async () => {
  sink = await Sink.open();
  folder = mkdtempSync(join(tmpdir(), "signalbox-notify-"));
  const config = join(folder, "gateway.json");
  writeFileSync(config, JSON.stringify({ notifications: { allow: ["127.0.0.1"] } }));
  [gateway, browser] = await Promise.all([startGateway({ args: ["--config", config] }), startBrowser()]);
  await post(gateway, "/v1/notifications/webhooks", { url: `${sink.url}/all`, delayMs: 0 });
});

afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  await sink?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Checkpoint {
  state: string;
  decision?: string;
  decidedBy?: string;
}

const checkpoint = async (id: string): Promise<Checkpoint> =>
  (await (await fetch(`${gateway.url}/v1/checkpoints/${id}`, { headers: bearer(gateway.token) })).json()) as Checkpoint;

/** Asks, and gives the links that came by webhook. */
async function links(id: string, more: object = {}): Promise<Record<string, string>> {
  await post(gateway, "/v1/checkpoints", {
    ...{
      checkpointId: id,
      channel: "agent:coder",
      title: `Deploy ${id} <b>now</b>?`,
      checkpointData: { run: "x".repeat(900) },
    },
    ...more,
  });
  const dataOf = (body: Buffer) =>
    JSON.parse(String(body)).data as { checkpointId: string; links: Record<string, string> };
  let found: Record<string, string> | undefined;
  await until(`${id} is told`, () => {
    found = sink.received.map(({ body }) => dataOf(body)).find((one) => one.checkpointId === id)?.links;
    return found !== undefined;
  });
  return found ?? {};
}

test("B11 a link shows what it is about, decides once when it is pressed, and says so the second time", async () => {
  const { approve = "" } = await links("linked");
  // What mail scanners and previews do.
  for (let times = 0; times < 3; times++) expect((await fetch(approve)).status).toBe(200);
  expect(await checkpoint("linked")).toMatchObject({ state: "open" });
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, javaScriptEnabled: false });
  const page = await context.newPage();
  const answer = await page.goto(approve);
  expect(answer?.headers()["content-security-policy"]).toMatch(
    /^default-src 'none'; style-src 'sha256-[^;]+; form-action 'self'/,
  );
  await page.getByRole("heading", { name: "Approve?" }).waitFor();
  expect(await page.getByText("Deploy linked <b>now</b>?").count()).toBe(1);
  // The style is taken, and nothing is wider than the phone.
  const button = page.getByRole("button", { name: "Approve" });
  expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(48);
  expect(await page.locator("main").boundingBox()).toMatchObject({ x: 0, width: 390 });
  await button.click();
  await page.getByRole("heading", { name: "Approved" }).waitFor();
  expect(await checkpoint("linked")).toMatchObject({ state: "decided", decision: "approve", decidedBy: "user:admin" });
  await page.goto(approve);
  await page.getByRole("heading", { name: "This link was used already" }).waitFor();
  expect(await page.getByText("Approved by user:admin").count()).toBe(1);
  await context.close();
  expect(gateway.logs()).not.toContain(new URL(approve).pathname.slice("/decide/".length));
});

test("B11 what a link is not: of another payload, by hand, from another page, or after the right to it is gone", async () => {
  const { approve = "", deny = "" } = await links("guarded");
  const press = (url: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(url, { method: "POST", headers: { accept: "application/json", ...headers } });
  const forged = [
    approve.replace(/.$/, (last) => (last === "A" ? "B" : "A")),
    `${approve}A`,
    approve.slice(0, -8),
    `${gateway.url}/decide/a.b`,
  ];
  for (const url of forged) expect([url, (await press(url)).status]).toEqual([url, 404]);
  expect((await press(approve, { origin: "https://evil.example" })).status).toBe(403);
  expect(await checkpoint("guarded")).toMatchObject({ state: "open" });
  expect((await press(deny)).status).toBe(200);
  expect(await checkpoint("guarded")).toMatchObject({ decision: "deny" });
  expect((await press(approve)).status).toBe(410);
  expect(await links("grave", { risk: "critical" })).toEqual({ open: `${gateway.url}/approvals?id=grave` });
});

interface Worker {
  context: BrowserContext;
  page: Page;
  cdp: CDPSession;
  registrationId: string;
}

async function withWorker(): Promise<Worker> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 800 } });
  await context.grantPermissions(["notifications"], { origin: gateway.url });
  const page = await context.newPage();
  await page.goto(`${gateway.url}/approvals`);
  const cdp = await context.newCDPSession(page);
  let registrationId = "";
  cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
    registrationId = registrations.find((one) => !one.isDeleted)?.registrationId ?? registrationId;
  });
  await cdp.send("ServiceWorker.enable");
  await page.evaluate(async () => {
    const policies = Reflect.get(globalThis, "trustedTypes");
    const policy = policies.createPolicy("test", { createScriptURL: (url: string) => url });
    await navigator.serviceWorker.register(policy.createScriptURL("/sw.js"), { scope: "/" });
    await navigator.serviceWorker.ready;
  });
  await until("the worker is registered", () => registrationId !== "");
  return { context, page, cdp, registrationId };
}

const shown = (page: Page): Promise<Array<{ title: string; body: string; tag: string }>> =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    return (await registration.getNotifications()).map(({ title, body, tag }) => ({ title, body, tag }));
  });

test("B11 the service worker shows what waits, decides with its links, and takes away what is over", async () => {
  const { context, page, cdp, registrationId } = await withWorker();
  const push = (note: object): Promise<unknown> =>
    cdp.send("ServiceWorker.deliverPushMessage", { origin: gateway.url, registrationId, data: JSON.stringify(note) });
  /** DevTools drops a push for a worker that is about to stop; a push service would bring it again. */
  const give = async (note: object, isSo: () => Promise<boolean>): Promise<void> => {
    for (let isDone = false; !isDone; ) {
      await push(note);
      isDone = await expect
        .poll(isSo, { timeout: 5_000 })
        .toBe(true)
        .then(
          () => true,
          () => false,
        );
    }
  };
  const { approve = "", deny = "", open = "" } = await links("pushed");
  const below = (url: string): string => new URL(url).href.slice(gateway.url.length + 1);
  const note = { id: "n_1", what: "opened", title: "Deploy?", text: "coder asks", deadline: Date.now() + 60_000 };
  const paths = { open: below(open), approve: below(approve), deny: below(deny) };
  await give({ ...note, links: paths }, async () => (await shown(page)).length === 1);
  expect(await shown(page)).toMatchObject([
    { title: "Deploy?", body: expect.stringMatching(/^coder asks\nUntil /), tag: "n_1" },
  ]);
  const another = { ...note, id: "n_2", title: "Another?", links: { open: below(open) } };
  await give(another, async () => (await shown(page)).length === 2);
  const over = { ...note, what: "withdrawn", links: { open: below(open) } };
  await give(over, async () => (await shown(page)).length === 1);
  expect((await shown(page))[0]?.tag).toBe("n_2");

  // A press on a button of a notification, as the browser would tell of it.
  // Under an id of its own, as always: the browser may still be busy to take away what had the same.
  await give({ ...note, id: "n_3", links: paths }, async () => (await shown(page)).length === 2);
  const [worker] = context.serviceWorkers();
  if (worker === undefined) throw new Error("there is no service worker");
  const press = (action: string, tag: string): Promise<void> =>
    worker.evaluate(
      async ([action, tag]) => {
        const { registration } = self as unknown as { registration: ServiceWorkerRegistration };
        const [notification] = await registration.getNotifications({ tag: String(tag) });
        const Pressed = Reflect.get(self, "NotificationEvent");
        self.dispatchEvent(new Pressed("notificationclick", { notification, action }));
      },
      [action, tag],
    );
  await press("approve", "n_3");
  await until("it is decided", async () => (await checkpoint("pushed")).state === "decided");
  expect(await checkpoint("pushed")).toMatchObject({ decision: "approve", decidedBy: "user:admin" });
  await until("it says so", async () => (await shown(page)).some(({ title }) => title === "Approved: Deploy?"));
  await context.close();
});

test("B11 the settings turn a browser on and off, and keep webhooks", async () => {
  const subscriber = subscriberAt(`${sink.url}/push/browser`);
  const page = await openDashboard(browser, gateway, "/");
  await page.context().grantPermissions(["notifications"], { origin: gateway.url });
  // Chromium has no push service here: what it would answer is given to the page.
  await page.addInitScript(({ endpoint, keys }) => {
    let kept: unknown = null;
    const made = {
      options: { applicationServerKey: null },
      toJSON: () => ({ endpoint, keys }),
      unsubscribe: async () => {
        kept = null;
        return true;
      },
    };
    PushManager.prototype.getSubscription = async () => kept as PushSubscription | null;
    PushManager.prototype.subscribe = async () => {
      kept = made;
      return made as unknown as PushSubscription;
    };
  }, subscriber);
  await page.goto(`${gateway.url}/settings?section=notifications`);
  await page.getByText("Off in this browser").waitFor();
  await page.getByLabel("If it still waits").first().selectOption("0");
  await page.getByRole("button", { name: "Turn on in this browser" }).click();
  await page.getByText("On in this browser").waitFor();
  const browsers = page.getByRole("list", { name: "Your browsers" });
  await browsers.getByText("Chrome on Linux").waitFor();
  await browsers.getByRole("button", { name: "Test" }).click();
  const [told] = await sink.at("/push/browser", 1);
  expect(subscriber.read(told?.body ?? Buffer.alloc(0))).toMatchObject({ what: "test", links: { open: "settings" } });
  await browsers.getByText("last told").waitFor();
  await page.getByRole("button", { name: "Turn off in this browser" }).click();
  await page.getByText("Off in this browser").waitFor();
  await browsers.waitFor({ state: "detached" });

  await page.getByRole("button", { name: "Add a webhook" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Address").fill("https://10.0.0.7/hook");
  await dialog.getByRole("button", { name: "Add" }).click();
  await dialog.getByRole("alert").getByText("not on the public internet").waitFor();
  await dialog.getByLabel("Address").fill(`${sink.url}/added`);
  await dialog.getByRole("button", { name: "Add" }).click();
  await page
    .getByRole("dialog", { name: "The webhook's secret" })
    .getByText(/^whsec_/)
    .waitFor();
  await page.getByRole("button", { name: "I have it" }).click();
  const added = page.getByRole("list", { name: "Your webhooks" }).locator("li").filter({ hasText: "/added" });
  await added.getByRole("button", { name: "Test" }).click();
  await sink.at("/added", 1);
  await added.getByRole("button", { name: "Deliveries" }).click();
  await added.getByRole("table").getByText("taken (204)").waitFor();
  await added.getByRole("button", { name: "Pause" }).click();
  await added.getByText("paused").waitFor();
  await added.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Remove it" }).click();
  await added.waitFor({ state: "detached" });
  await page.context().close();
});
