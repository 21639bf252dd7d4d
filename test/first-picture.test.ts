/** What the page fetches after its first picture may come late or never: nothing moves, and all else works. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBrowser } from "./support/browser.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { until } from "./support/until.ts";

let gateway: Gateway;
let browser: Browser;
beforeAll(async () => {
  gateway = await startGateway();
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

const late = /\/(link-details|settings-menu)-[^/]+\.js$/;
const faces = ["link-state", "settings"] as const;

/** The empty fleet, live. */
async function open(page: Page): Promise<void> {
  await page.goto(`${gateway.url}/#token=${gateway.token}`);
  await page.locator("[data-testid=link-state]:visible[data-state=live]").waitFor();
}

const face = (page: Page, name: (typeof faces)[number]) => page.locator(`[data-testid=${name}]:visible`);

test.each([1_280, 390])(
  "at %i px menus look the same before and after they are fetched, and then open",
  async (width) => {
    const context = await browser.newContext({ viewport: { width, height: 844 } });
    const whole = await context.newPage();
    await open(whole);
    for (const name of faces) await face(whole, name).and(whole.locator(":enabled")).waitFor();
    const bare = await context.newPage();
    const refused: string[] = [];
    await bare.route(late, (route) => {
      refused.push(route.request().url());
      return route.abort();
    });
    await open(bare);
    // What could not be fetched is drawn anew once that is known.
    await until("both fetches were refused", () => refused.length === faces.length);
    for (const name of faces) {
      expect(await face(bare, name).isDisabled(), name).toBe(true);
      const place = await face(whole, name).boundingBox();
      await expect.poll(() => face(bare, name).boundingBox(), { message: name }).toEqual(place);
      const drawn = await face(whole, name).screenshot();
      await expect.poll(async () => (await face(bare, name).screenshot()).equals(drawn), { message: name }).toBe(true);
    }
    expect(refused).toHaveLength(faces.length);
    await face(whole, "settings").click();
    await whole.getByRole("menuitemradio", { name: "Compact" }).waitFor();
    await whole.keyboard.press("Escape");
    await face(whole, "link-state").click();
    await whole.getByRole("dialog").waitFor();
    await context.close();
  },
);
