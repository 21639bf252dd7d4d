/**
 * The fleet's page with 1,000 agents whose states change, in each of its shapes, at rest and while somebody scrolls:
 * node --conditions=source bench/browser/fleet-page.ts
 */
import { startGateway } from "../../test/support/gateway.ts";
import { beginAgents, changeAgents } from "../load/agent-states.ts";
import { openDashboardPage } from "./dashboard.ts";

const agents = 1_000;
const perSecond = 500;
const windowMs = 10_000;
const row = "[data-testid=fleet-row]";

const gateway = await startGateway();
try {
  const { url, token, port } = gateway;
  const fleet = { url, token, agents, perSecond };
  await beginAgents(fleet);
  for (const path of ["/", "/?view=board", "/?view=table", "/?view=table&sort=-updated"]) {
    const page = await openDashboardPage({ port, token, path, shown: row });
    for (const scrolled of [undefined, row]) {
      const stop = changeAgents(fleet);
      const felt = await page.measure(windowMs, scrolled);
      const changes = await stop();
      const figures = Object.entries(felt).map(([name, value]) => [name, Math.round(value * 10) / 10]);
      console.log(path, scrolled ? "scrolled" : "still", changes, JSON.stringify(Object.fromEntries(figures)));
    }
    await page.close();
  }
} finally {
  await gateway.stop();
}
