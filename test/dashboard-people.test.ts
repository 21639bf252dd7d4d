/** W9 in the page: who is here and what they look at, following, who drives, notes and selections. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDashboard, startBrowser } from "./support/browser.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { history, post } from "./support/http.ts";
import { issuer, tokenOf } from "./support/issuer.ts";

let folder: string;
let gateway: Gateway;
let browser: Browser;
let ada: Page;
let bob: Page;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-dashboard-people-"));
  const config = join(folder, "signalbox.config.json");
  writeFileSync(config, JSON.stringify({ jwt: [issuer] }));
  gateway = await startGateway({ dataDir: join(folder, "data"), args: ["--config", config] });
  browser = await startBrowser();
  await post(gateway, "/v1/events", [
    { type: "agent_status", data: { agentId: "coder", status: "running" } },
    { type: "session_started", data: { sessionId: "s1", name: "Checkout" } },
    { type: "process_started", data: { processId: "p1", command: "npm" } },
  ]);
  const page = (who: string) => openDashboard(browser, gateway, "/", tokenOf(who, { role: "operator" }));
  [ada, bob] = await Promise.all([page("ada"), page("bob")]);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const here = (page: Page) => page.locator("[data-testid=here]");
const person = (page: Page, name: string) => page.locator(`[data-testid=person][data-principal="user:${name}"]`);
const pathOf = (page: Page): string => new URL(page.url()).pathname + new URL(page.url()).search;
/** As people go: by what is in the page. */
const visit = (page: Page, name: string) =>
  page.getByRole("navigation", { name: "Views" }).getByRole("link", { name, exact: true }).click();

test("W9 two people see each other and what they look at; one with two pages is one; who hides is seen, but not where", async () => {
  await here(ada).getByText("2 are here").waitFor();
  await visit(bob, "Sessions");
  await here(ada).click();
  await person(ada, "bob").getByText("Sessions").waitFor();
  await person(ada, "ada").getByText("(you)").waitFor();
  const second = await bob.context().newPage();
  await second.goto(`${gateway.url}/processes/p1?line=3`);
  await person(ada, "bob").getByText("Process p1, line 3").waitFor();
  await here(ada).getByText("2 are here").waitFor();
  await second.close();
  await person(ada, "bob").getByText("Sessions").waitFor();
  await here(bob).click();
  await bob.getByText("Do not show where I look").click();
  await person(ada, "bob").getByText("does not show where they look").waitFor();
  await bob.getByText("Do not show where I look").click();
  await person(ada, "bob").getByText("Sessions").waitFor();
  await bob.keyboard.press("Escape");
  await ada.keyboard.press("Escape");
});

test("W9 who follows goes where the other goes, until they go somewhere themselves", async () => {
  await here(ada).click();
  await person(ada, "bob").click();
  const bar = ada.locator("[data-testid=following]");
  await bar.getByText("Following bob").waitFor();
  await expect.poll(() => pathOf(ada)).toBe("/sessions");
  await visit(bob, "Approvals");
  await expect.poll(() => pathOf(ada)).toBe("/approvals");
  await bob.goto(`${gateway.url}/agents/coder?unknown=1`);
  await expect.poll(() => pathOf(ada)).toMatch(/^\/agents\/coder/);
  await ada.keyboard.press("Escape");
  await bar.waitFor({ state: "detached" });
  await visit(bob, "Sessions");
  await here(ada).click();
  await person(ada, "bob").getByText("Sessions").waitFor();
  expect(pathOf(ada)).toMatch(/^\/agents\/coder/);
  await person(ada, "bob").click();
  await expect.poll(() => pathOf(ada)).toBe("/sessions");
  await visit(ada, "Processes");
  await bar.waitFor({ state: "detached" });
});

test("W9 what others say of where they look leads nowhere but to views", async () => {
  const hostile = "//evil.example/x";
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/v1/ws`, [
    "signalbox.v1",
    `signalbox.token.${tokenOf("mallory", { role: "viewer" })}`,
  ]);
  await new Promise((opened) => socket.addEventListener("open", opened));
  socket.send(JSON.stringify({ type: "presence", data: { channel: "global", state: { at: hostile, movedMs: 1 } } }));
  await here(ada).getByText("3 are here").waitFor();
  await here(ada).click();
  await person(ada, "mallory").getByText("does not show where they look").waitFor();
  await person(ada, "mallory").click();
  await ada.locator("[data-testid=following]").getByText("does not show where they look").waitFor();
  expect(ada.url()).toBe(`${gateway.url}/processes`);
  socket.close();
  // Who has left is not followed any more.
  await ada.locator("[data-testid=following]").waitFor({ state: "detached" });
});

test("W9 one drives: others see who, take over after they were asked, hand over and release", async () => {
  for (const page of [ada, bob]) await page.goto(`${gateway.url}/agents/coder`);
  const driver = (page: Page) => page.locator("[data-testid=driver]");
  await driver(ada).getByRole("button", { name: "Drive…" }).click();
  await ada.getByRole("button", { name: "Drive it" }).click();
  await driver(ada).getByText("you", { exact: true }).waitFor();
  await driver(bob).getByText("ada", { exact: true }).waitFor();
  await driver(bob).getByRole("button", { name: "Take over…" }).click();
  await bob.getByText("ada drives it now, and what they type is refused from then on.").waitFor();
  await bob.getByRole("button", { name: "Take over", exact: true }).click();
  await driver(ada).getByText("bob", { exact: true }).waitFor();
  await driver(bob).getByRole("button", { name: "Hand over…" }).click();
  await bob.getByRole("menuitem", { name: "ada" }).click();
  await bob.getByRole("button", { name: "Hand it to ada" }).click();
  await driver(ada).getByText("you", { exact: true }).waitFor();
  await driver(ada).getByRole("button", { name: "Release…" }).click();
  await ada.getByRole("button", { name: "Release it" }).click();
  for (const page of [ada, bob]) await driver(page).getByText("nobody", { exact: true }).waitFor();
  const changes = (await history(gateway, "agent:coder")).filter(({ type }) => type === "driver_changed");
  expect(changes.map(({ data }) => (data as { how: string }).how)).toEqual(["took", "took", "gave", "released"]);
});

test("W9 notes and selections of a session are seen by all, with who and when; a note has versions", async () => {
  for (const page of [ada, bob]) await page.goto(`${gateway.url}/sessions/s1?tab=notes`);
  await ada.getByLabel("Write a note").fill("It went wrong <b>here</b>.");
  await ada.getByRole("button", { name: "Write", exact: true }).click();
  const note = bob.locator("[data-testid=note]");
  await note.getByText("It went wrong <b>here</b>.").waitFor();
  await note.getByText("ada", { exact: true }).waitFor();
  await note.getByRole("button", { name: "Edit" }).click();
  await bob.getByLabel("The note").fill("It went wrong before.");
  await bob.getByRole("button", { name: "Save" }).click();
  const theirs = ada.locator("[data-testid=note]");
  await theirs.getByText("It went wrong before.").waitFor();
  await theirs.getByText("bob", { exact: true }).waitFor();
  await theirs.getByRole("button", { name: "version 2" }).click();
  await theirs.locator("[data-testid=versions]").getByText("It went wrong <b>here</b>.").waitFor();

  await bob.getByRole("heading", { name: "Checkout" }).selectText();
  await bob.getByRole("button", { name: "Point at what I selected" }).click();
  const pointed = ada.locator("[data-testid=selection][data-by='user:bob']");
  await pointed.getByText("“Checkout”").waitFor();
  await pointed.getByRole("button", { name: "Session s1" }).waitFor();
  await bob.getByRole("button", { name: "Point at nothing" }).click();
  await pointed.waitFor({ state: "detached" });
  await theirs.getByRole("button", { name: "Remove" }).click();
  await ada.getByRole("button", { name: "Remove it" }).click();
  await note.waitFor({ state: "detached" });
});
