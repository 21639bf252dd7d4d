/** EXPERIENCE "the first two minutes": `npm start`, the printed link, a fleet that moves, a doctor that agrees. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBrowser } from "./support/browser.ts";
import { cli } from "./support/cli.ts";
import { withoutOurs } from "./support/gateway.ts";

const root = resolve(import.meta.dirname, "..");

let folder: string;
let browser: Browser;
let page: Page;
let link: string;
let stop: () => Promise<string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-first-"));
  ({ link, stop } = await npmStart());
  browser = await startBrowser();
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
});

afterAll(async () => {
  await browser?.close();
  const output = await stop?.();
  rmSync(folder, { recursive: true, force: true });
  // npm itself dies of the signal; the gateway under it must not.
  expect(output, "Ctrl-C").toContain("the gateway has stopped");
});

/** `npm start` as a newcomer types it: the Node that npm finds first on a plain PATH, not the one of this test. */
async function npmStart(): Promise<{ link: string; stop: () => Promise<string> }> {
  const path = (process.env.PATH ?? "").split(delimiter).filter((part) => !part.includes("node_modules"));
  const child = spawn("npm", ["start", "--silent"], {
    cwd: root,
    env: {
      ...withoutOurs(process.env),
      PATH: path.join(delimiter),
      SIGNALBOX_PORT: "0",
      SIGNALBOX_DATA_DIR: join(folder, "data"),
    },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const ended = once(child, "close").then(() => output);
  const found = await new Promise<string>((resolve, reject) => {
    const look = (text: string): void => {
      output += text;
      const [match] = output.match(/http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]+/) ?? [];
      if (match !== undefined) resolve(match);
    };
    child.stdout.setEncoding("utf8").on("data", look);
    child.stderr.setEncoding("utf8").on("data", look);
    void ended.then(() => reject(new Error(`npm start ended\n${output}`)));
  });
  return {
    link: found,
    stop: () => {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGINT");
      return ended;
    },
  };
}

const connection = () => {
  const { origin, hash } = new URL(link);
  return { SIGNALBOX_URL: origin, SIGNALBOX_TOKEN: hash.slice("#token=".length) };
};

test("the printed link opens an empty fleet that says what to do, and takes the token out of the address", async () => {
  await page.goto(link);
  await page.locator("[data-testid=link-state]:visible[data-state=live]").waitFor();
  expect(page.url()).not.toContain("token");
  await page.getByText("signalbox run --").first().waitFor();
});

test.each(["/agents", "/sessions"])("what the empty page %s tells to type works as typed", async (address) => {
  await page.goto(`${new URL(link).origin}${address}`);
  const typed = await page.locator("code", { hasText: "npx signalbox" }).first().innerText();
  const main = join(root, "packages/cli/src/main.ts");
  const child = spawn(
    "sh",
    ["-c", typed.replace("npx signalbox", `"${process.execPath}" --conditions=source "${main}"`)],
    {
      cwd: folder,
      env: { ...withoutOurs(process.env), ...connection() },
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  expect(await once(child, "close"), typed).toEqual([0, null]);
  await page.getByRole("table").waitFor();
});

test("signalbox demo puts real work on the screen within 30 seconds", { timeout: 90_000 }, async () => {
  const demo = cli(["demo", "--seconds", "25"], { cwd: folder, env: connection() });
  await page.goto(new URL(link).origin);
  // What was published above; then three agents, their session, and at least one process that they run.
  await page.locator("[data-testid=fleet-row]").nth(6).waitFor({ timeout: 30_000 });
  expect(await demo.ended, demo.stderr()).toBe(0);
});

test("signalbox doctor finds everything in order", async () => {
  const doctor = cli(["doctor", "--json", "--data-dir", join(folder, "data")], { cwd: folder, env: connection() });
  const code = await doctor.ended;
  expect(code, doctor.stdout()).toBe(0);
});

test("a command's output is on the page while it runs", async () => {
  const run = cli(["run", "--id", "hello", "--", "sh", "-c", "echo first; echo second >&2; exit 3"], {
    cwd: folder,
    env: connection(),
  });
  expect(await run.ended).toBe(3);
  expect(run.stdout()).toBe("first\n");
  await page.goto(`${new URL(link).origin}/processes/hello`);
  await page.locator('[data-testid=log] [data-line="2"]').waitFor();
  expect(await page.locator("[data-testid=log] .log-text").allInnerTexts()).toContain("second");
  await page.locator("[data-testid=process-state][data-status=failed]").waitFor();
});

test("D5 a view that opens late shows what one shows that never left", async () => {
  await page.goto(new URL(link).origin);
  await page.locator("[data-testid=fleet-row]").nth(4).waitFor();
  const run = cli(["run", "--id", "later", "--", "sh", "-c", "echo one; echo two; exit 1"], {
    cwd: folder,
    env: connection(),
  });
  await run.ended;
  const late = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await late.goto(link);
  for (const view of [page, late]) await view.locator('[data-key="process:later"][data-condition=failed]').waitFor();
  const rows = (view: Page): Promise<string[]> =>
    view
      .locator("[data-testid=fleet-row]")
      .evaluateAll((all) => all.map((row) => `${row.getAttribute("data-key")} ${row.getAttribute("data-condition")}`));
  expect((await rows(late)).sort()).toEqual((await rows(page)).sort());
  await late.close();
});
