/**
 * The fleet's page with 1,000 agents whose states change, in each of its shapes, while somebody scrolls:
 * node --conditions=source bench/browser/fleet-page.ts
 */
import { openDashboard, startBrowser } from "../../test/support/browser.ts";
import { startGateway } from "../../test/support/gateway.ts";
import { beginAgents, changeAgents } from "../load/agent-states.ts";
import { frameTimes } from "./frame-times.ts";

const agents = 1_000;
const perSecond = 500;
const forMs = 10_000;

const gateway = await startGateway();
const browser = await startBrowser();
try {
  const fleet = { url: gateway.url, token: gateway.token, agents, perSecond };
  await beginAgents(fleet);
  for (const path of ["/", "/?view=board", "/?view=table", "/?view=table&sort=-updated"]) {
    for (const isScrolling of [false, true]) {
      const page = await openDashboard(browser, gateway, path);
      await page.getByText(`of ${agents.toLocaleString("en")}`).waitFor();
      const stop = changeAgents(fleet);
      const scroll = async (): Promise<void> => {
        await page.locator("[data-testid=fleet-row]").nth(3).hover();
        const end = performance.now() + forMs;
        for (let turn = 0; performance.now() < end; turn++) await page.mouse.wheel(0, turn % 100 < 50 ? 120 : -120);
      };
      const times = await frameTimes(page, forMs, isScrolling ? scroll : undefined);
      const changes = await stop();
      const rounded = Object.fromEntries(
        Object.entries(times).map(([name, value]) => [name, Number(value.toFixed(3))]),
      );
      console.log(JSON.stringify({ path, isScrolling, changes, ...rounded }));
      await page.context().close();
    }
  }
} finally {
  await browser.close();
  await gateway.stop();
}
