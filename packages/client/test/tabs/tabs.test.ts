/** Tabs that share one connection, on a model browser and a model gateway: docs/offline.md as tests. */
import type { Publication } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { createTabClient } from "../../src/tabs/tabs.ts";
import type { Client, WatchOptions } from "../../src/types.ts";
import { ModelGateway } from "../support/model-gateway.ts";
import { ModelBrowser, type Page } from "./model-browser.ts";

const channel = "process:p1";

function follow(client: Client, name = channel, options: WatchOptions = { since: "earliest" }) {
  const seen: Publication[] = [];
  const watch = client.watch(name, { ...options, onEvent: (event) => seen.push(event) });
  return { watch, seen, numbers: () => seen.map(({ data }) => (data as { n: number }).n) };
}

async function three() {
  const gateway = new ModelGateway();
  const browser = new ModelBrowser(gateway);
  const pages = [browser.open(), browser.open(), browser.open()] as [Page, Page, Page];
  await browser.rest();
  return { gateway, browser, pages };
}

const publish = (gateway: ModelGateway, from: number, to: number): void => {
  for (let n = from; n <= to; n++) gateway.publish(channel, n);
};

/** All at once. */
function burst(gateway: ModelGateway, from: number, to: number): void {
  const history = gateway.history(channel);
  for (let n = from; n < to; n++) history.events.push({ offset: ++history.top, n, type: "tick" });
  gateway.publish(channel, to);
}

describe("one connection", () => {
  test("serves all tabs, each from where it wants to begin, and each event once", async () => {
    const { gateway, browser, pages } = await three();
    publish(gateway, 1, 3);
    const all = pages.map(({ client }) => follow(client));
    const late = follow(pages[1].client, channel, { since: { last: 1 } });
    const pattern = follow(pages[2].client, "process:*", { since: "now", filter: { types: ["tick"] } });
    await browser.rest();
    publish(gateway, 4, 5);
    // The link's state is told at most once a frame.
    await browser.pass(1_000);
    expect(gateway.connections.size).toBe(1);
    for (const { numbers } of all) expect(numbers()).toEqual([1, 2, 3, 4, 5]);
    expect([late.numbers(), pattern.numbers()]).toEqual([
      [3, 4, 5],
      [4, 5],
    ]);
    expect(all[0]?.watch.state()).toMatchObject({ status: "live", position: { offset: 5 } });
    expect(pages.map(({ client }) => client.link.snapshot().state)).toEqual(["live", "live", "live"]);
  });

  test("carries what each publishes, and tells each what became of its own", async () => {
    const { gateway, browser, pages } = await three();
    const outcomes = pages.map(({ client }, n) => client.publish({ type: "tick", channel, data: { n } }));
    await browser.rest();
    expect(await Promise.all(outcomes)).toMatchObject([{ offset: 1 }, { offset: 2 }, { offset: 3 }]);
    expect(gateway.connections.size).toBe(1);
  });

  test("a watch that is refused, stopped or folded is as in a client alone", async () => {
    const { gateway, browser, pages } = await three();
    publish(gateway, 1, 2);
    const [, page] = pages;
    const store = page.client.channel<number>(channel, {
      ...{ name: "count", version: 1, initial: () => 0 },
      apply: (count) => count + 1,
    });
    const stop = store.subscribe(() => {});
    const { watch, numbers } = follow(page.client);
    await browser.rest();
    watch.stop();
    publish(gateway, 3, 3);
    await browser.rest();
    expect([store.snapshot().state, numbers()]).toEqual([3, [1, 2]]);
    stop();
  });

  test("a tab that is closed is forgotten, so that nothing is watched for nobody", async () => {
    const { gateway, browser, pages } = await three();
    follow(pages[2].client);
    await browser.rest();
    browser.close(pages[2]);
    await browser.rest();
    await browser.pass(2_000);
    publish(gateway, 1, 1);
    expect([...gateway.connections].map(({ queue }) => queue.filter(({ channel: of }) => of))).toEqual([[]]);
  });

  test("a leader whose timers are late, as a hidden page's are, connects again when the others ask", async () => {
    const { gateway, browser, pages } = await three();
    const [leader, second] = pages;
    const { numbers } = follow(second.client);
    await browser.rest();
    leader.transport.cut();
    publish(gateway, 1, 1);
    await browser.rest();
    // Its clock goes on, and its timers do not.
    leader.clock.skip(30_000);
    await browser.passIn(second, 6_000);
    expect(numbers()).toEqual([1]);
  });

  test("without what it takes a tab has a client of its own", () => {
    const client = createTabClient({ url: "http://gateway.test", as: "ada" });
    expect(client.link.snapshot().state).toBe("idle");
    client.close();
  });
});

describe("take-over", () => {
  test.each(["close", "kill", "freeze"] as const)(
    "%s of the leader: the others go on, and nothing is lost or doubled",
    async (how) => {
      const { gateway, browser, pages } = await three();
      const [leader, second, third] = pages;
      publish(gateway, 1, 2);
      const all = [second, third].map(({ client }) => follow(client));
      const now = follow(third.client, "process:*", { since: "now" });
      await browser.rest();
      if (how === "close") leader.client.close();
      else if (how === "kill") browser.close(leader);
      else leader.frozen = true;
      publish(gateway, 3, 4);
      const outcome = second.client.publish({ type: "tick", channel, data: { n: 5 } });
      await browser.pass(30_000);
      publish(gateway, 6, 6);
      await browser.rest();
      expect(await outcome).toMatchObject({ offset: 5 });
      leader.frozen = false;
      await browser.pass(10_000);
      publish(gateway, 7, 7);
      await browser.rest();
      for (const { numbers } of all) expect(numbers()).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(now.numbers()).toEqual([3, 4, 5, 6, 7]);
      expect(gateway.connections.size).toBe(1);
    },
  );

  test("a tab that was frozen so long that it was given up goes on from where it is", async () => {
    const { gateway, browser, pages } = await three();
    const [, second] = pages;
    const { numbers } = follow(second.client);
    await browser.rest();
    second.frozen = true;
    burst(gateway, 1, 21_000);
    await browser.rest();
    const waiting = second.inbox.length;
    burst(gateway, 21_001, 42_000);
    await browser.rest();
    expect(second.inbox.length).toBe(waiting);
    second.frozen = false;
    await browser.pass(6_000);
    expect(numbers()).toEqual(Array.from({ length: 42_000 }, (_, n) => n + 1));
  });
});
