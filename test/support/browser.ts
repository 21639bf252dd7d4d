/** The system's Chromium, with a fresh profile. */
import { type Browser, chromium } from "playwright-core";
import { chromiumNames, programPath } from "../../scripts/setup-system.ts";

export function startBrowser(): Promise<Browser> {
  const executablePath = programPath(chromiumNames);
  if (executablePath === undefined) throw new Error("No Chromium on PATH; `npm test` installs it on Debian.");
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
