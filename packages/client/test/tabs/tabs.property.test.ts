/** Whichever tab leads, closes, freezes or is cut off: every watch gets every event once and in order, every publish is kept once. */
import type { Publication } from "@signalbox/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ModelGateway } from "../support/model-gateway.ts";
import { ModelBrowser, type Page } from "./model-browser.ts";

const channels = ["process:a", "process:b", "agent:c"] as const;
const who = fc.nat(3);

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("others publish" as const), channel: fc.constantFrom(...channels) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("publish" as const), who, channel: fc.constantFrom(...channels) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("watch" as const),
      who,
      name: fc.constantFrom<string>(...channels, "process:*", "agent:*"),
      since: fc.constantFrom("earliest" as const, "now" as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("close" as const, "kill" as const, "cut" as const), who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("freeze" as const, "thaw" as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("open" as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("hear" as const), who, messages: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("rest" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.constantFrom(500, 6_000, 25_000) }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

interface Follower {
  page: Page;
  name: string;
  since: "earliest" | "now";
  seen: Publication[];
}

interface Sent {
  n: number;
  channel: string;
  page: Page;
  kept: boolean;
}

class Run {
  readonly #gateway = new ModelGateway();
  readonly #browser = new ModelBrowser(this.#gateway);
  readonly #followers: Follower[] = [];
  readonly #published: Sent[] = [];
  readonly #ended = new Set<Page>();
  #n = 0;

  constructor() {
    for (const _ of [1, 2, 3]) this.#browser.open();
  }

  async step(one: Step): Promise<void> {
    if (one.do === "others publish") this.#gateway.publish(one.channel, ++this.#n);
    else if (one.do === "rest") await this.#browser.rest();
    else if (one.do === "pass") await this.#browser.pass(one.ms);
    else if (one.do === "open") {
      if (this.#browser.pages.length < 4) this.#browser.open();
    } else {
      const page = this.#browser.pages[one.who];
      if (page && !this.#ended.has(page)) this.#on(page, one);
    }
    await Promise.resolve();
  }

  #on(page: Page, one: Exclude<Step, { do: "others publish" | "rest" | "pass" | "open" }>): void {
    if (one.do === "publish") this.#publish(page, one.channel);
    else if (one.do === "watch") {
      const { name, since } = one;
      const follower: Follower = { page, name, since, seen: [] };
      page.client.watch(name, { since, onEvent: (event) => follower.seen.push(event) });
      this.#followers.push(follower);
    } else if (one.do === "close") {
      page.client.close();
      this.#ended.add(page);
    } else if (one.do === "kill") {
      this.#browser.close(page);
      this.#ended.add(page);
    } else if (one.do === "cut") page.transport.cut();
    else if (one.do === "freeze") page.frozen = true;
    else if (one.do === "thaw") page.frozen = false;
    else if (one.do === "hear" && !page.frozen) {
      page.transport.deliver();
      for (let message = 0; message < one.messages; message++) page.inbox.shift()?.();
    }
  }

  #publish(page: Page, channel: string): void {
    const message = { n: ++this.#n, channel, page, kept: false };
    this.#published.push(message);
    void page.client.publish({ type: "tick", channel, data: { n: message.n } }).then(
      () => {
        message.kept = true;
      },
      () => {},
    );
  }

  /** All that still live are well again, and one event more is told to everybody. */
  async end(): Promise<void> {
    for (const page of this.#browser.pages) page.frozen = false;
    if (this.#browser.pages.every((page) => this.#ended.has(page))) this.#browser.open();
    for (let rounds = 0; rounds < 4; rounds++) await this.#browser.pass(30_000);
    for (const channel of channels) this.#gateway.publish(channel, ++this.#n);
    await this.#browser.pass(30_000);
    expect(this.#gateway.connections.size, "one connection").toBeLessThanOrEqual(1);
    for (const follower of this.#followers) this.#checkFollower(follower);
    for (const message of this.#published) this.#checkPublished(message);
    for (const channel of channels) this.#checkOrder(channel);
  }

  #checkFollower({ page, name, since, seen }: Follower): void {
    for (const channel of channels) {
      if (name !== channel && !(name.endsWith("*") && channel.startsWith(name.slice(0, -1)))) continue;
      const offsets = seen.filter((event) => event.channel === channel).map(({ offset }) => offset);
      const first = offsets[0] ?? 0;
      expect(offsets, `${name} ${since}: contiguous`).toEqual(offsets.map((_, index) => first + index));
      if (this.#ended.has(page)) continue;
      if (since === "earliest") expect(first, `${name}: from the first`).toBe(1);
      expect(offsets.at(-1), `${name} ${since}: to the last`).toBe(this.#gateway.history(channel).top);
    }
  }

  #checkPublished({ n, channel, page, kept }: Sent): void {
    const times = this.#gateway.history(channel).events.filter((event) => event.n === n).length;
    expect(times, `${n} is kept at most once`).toBeLessThanOrEqual(1);
    if (kept || !this.#ended.has(page)) expect([times, kept], `${n} is kept, and said to be`).toEqual([1, true]);
  }

  /** What one tab published in a channel is there in its order. */
  #checkOrder(channel: string): void {
    const { events } = this.#gateway.history(channel);
    const pages = new Map(this.#published.map(({ n, page }) => [n, page]));
    for (const page of new Set(pages.values())) {
      const own = events.flatMap(({ n }) => (pages.get(n) === page ? [n] : []));
      expect(own).toEqual([...own].sort((a, b) => a - b));
    }
  }
}

test("B1 whichever tab leads, each event is told once and in order, and each publish is kept once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const run = new Run();
      for (const one of steps) await run.step(one);
      await run.end();
    }),
    { numRuns: 200 },
  );
}, 60_000);
