/** The tabs of one browser in memory: lines between them, locks, freezing. A test says when messages arrive. */
import type { Bus, Line, ToLeader, ToTab } from "../../src/tabs/bus.ts";
import { createTabClient } from "../../src/tabs/tabs.ts";
import type { Client } from "../../src/types.ts";
import { type FakeClock, fakeClock } from "../support/fake-clock.ts";
import type { ModelGateway } from "../support/model-gateway.ts";
import { ModelTransport, settled } from "../support/model-transport.ts";

interface Lock {
  page: Page;
  grant: () => void;
  lost: () => void;
}

export class Page {
  readonly client: Client;
  readonly transport: ModelTransport;
  readonly clock: FakeClock = fakeClock();
  /** Messages and other news that wait for its event loop. */
  readonly inbox: Array<() => void> = [];
  frozen = false;
  closed = false;

  constructor(browser: ModelBrowser, gateway: ModelGateway, name: string) {
    this.transport = new ModelTransport(gateway);
    let ids = 0;
    this.client = createTabClient(
      { url: "http://gateway.test", as: "ada" },
      {
        bus: browser.busOf(this),
        transports: [this.transport],
        clock: this.clock,
        random: () => 0.5,
        unique: () => `${name}.${++ids}`,
        onWake: () => () => {},
        fetch: () => Promise.reject(new Error("no network")),
      },
    );
  }
}

export class ModelBrowser {
  readonly pages: Page[] = [];
  readonly gateway: ModelGateway;
  readonly #hearers = new Map<string, Set<{ page: Page; hear: (message: never) => void }>>();
  readonly #locks = new Map<string, Lock[]>();
  #names = 0;

  constructor(gateway: ModelGateway) {
    this.gateway = gateway;
  }

  open(): Page {
    const page = new Page(this, this.gateway, `t${++this.#names}`);
    this.pages.push(page);
    return page;
  }

  /** As when its tab is closed: nothing of it runs any more. */
  close(page: Page): void {
    page.closed = true;
    page.transport.cut();
    this.pages.splice(this.pages.indexOf(page), 1);
    for (const all of this.#hearers.values()) for (const one of all) if (one.page === page) all.delete(one);
    for (const name of this.#locks.keys()) this.#leave(name, (lock) => lock.page === page);
  }

  /** Everything that can happen without time passing does. */
  async rest(): Promise<void> {
    for (let rounds = 0; rounds < 10_000; rounds++) {
      await settled();
      const page = this.pages.find(({ frozen, inbox }) => !frozen && inbox.length > 0);
      if (page) page.inbox.shift()?.();
      else {
        for (const { frozen, transport } of this.pages) if (!frozen) transport.deliver();
        await settled();
        if (!this.pages.some(({ frozen, inbox, transport }) => !frozen && (inbox.length > 0 || transport.waits)))
          return;
      }
    }
    throw new Error("the tabs talk without end");
  }

  /** Time passes in one page only. */
  async passIn(page: Page, ms: number): Promise<void> {
    page.clock.pass(ms);
    await this.rest();
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1_000) {
      for (const { frozen, clock } of [...this.pages]) if (!frozen) clock.pass(Math.min(1_000, left));
      await this.rest();
    }
  }

  busOf(page: Page): Bus {
    const line = <Message>(to: string): Line<Message> => ({
      post: (message) => {
        for (const one of this.#hearers.get(to) ?? []) {
          const copy = structuredClone(message);
          one.page.inbox.push(() => this.#hearers.get(to)?.has(one) && one.hear(copy as never));
        }
      },
      close() {},
    });
    const hear = (at: string, listener: (message: never) => void): (() => void) => {
      const all = this.#hearers.get(at) ?? new Set();
      this.#hearers.set(at, all);
      const one = { page, hear: listener };
      all.add(one);
      return () => all.delete(one);
    };
    return {
      toLeader: () => line<ToLeader>("leader"),
      toTab: (tab) => line<ToTab>(tab ?? "tabs"),
      asLeader: (listener) => hear("leader", listener),
      asTab(tab, listener) {
        const stops = [hear("tabs", listener), hear(tab, listener)];
        return () => {
          for (const stop of stops) stop();
        };
      },
      lead: (leave, take) =>
        new Promise((resolve, reject) => {
          const held = new AbortController();
          const lock: Lock = { page, grant: () => resolve(held.signal), lost: () => held.abort() };
          leave.addEventListener("abort", () => {
            this.#leave("leader", (one) => one === lock);
            held.abort();
            reject(leave.reason);
          });
          if (take) this.#leave("leader", (_, place) => place === 0, lock);
          else this.#ask("leader", lock);
        }),
      live: (tab) => {
        const lock: Lock = { page, grant() {}, lost() {} };
        this.#ask(tab, lock);
        return () => this.#leave(tab, (one) => one === lock);
      },
      whenGone: (tab, gone, leave) => {
        const lock: Lock = {
          page,
          grant: () => {
            this.#leave(tab, (one) => one === lock);
            gone();
          },
          lost() {},
        };
        leave.addEventListener("abort", () => this.#leave(tab, (one) => one === lock));
        this.#ask(tab, lock);
      },
    };
  }

  #ask(name: string, lock: Lock): void {
    const all = this.#locks.get(name) ?? [];
    this.#locks.set(name, all);
    all.push(lock);
    if (all.length === 1) lock.page.inbox.push(lock.grant);
  }

  /** `next`: takes the first place. */
  #leave(name: string, leaves: (lock: Lock, place: number) => boolean, next?: Lock): void {
    const all = this.#locks.get(name) ?? [];
    const [first] = all;
    const kept = all.filter((lock, place) => !leaves(lock, place));
    if (first && !kept.includes(first)) first.page.inbox.push(first.lost);
    if (next) kept.unshift(next);
    this.#locks.set(name, kept);
    const [now] = kept;
    if (now && now !== first) now.page.inbox.push(now.grant);
  }
}
