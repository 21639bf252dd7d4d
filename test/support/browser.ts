/** The system's Chromium, with a fresh profile. */
import { type Browser, chromium, type Page } from "playwright-core";
import { chromiumNames, chromiumSwitches, programPath } from "../../scripts/setup-system.ts";
import type { Gateway } from "./gateway.ts";

export function startBrowser(): Promise<Browser> {
  const executablePath = programPath(chromiumNames);
  if (executablePath === undefined) throw new Error("No Chromium on PATH; `npm test` installs it on Debian.");
  return chromium.launch({ executablePath, args: [...chromiumSwitches] });
}

/** A page of the dashboard in a context of its own, which came in with the token and had a live link. */
export async function openDashboard(
  browser: Browser,
  { url, token: admin }: Gateway,
  path: string,
  token = admin,
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 800 } });
  const page = await context.newPage();
  await page.goto(`${url}/#token=${token}`);
  await page.locator("[data-testid=link-state]:visible[data-state=live]").waitFor();
  await page.goto(`${url}${path}`);
  return page;
}
