/** The one tab that has the connection serves the others, and itself like them. */
import type { Client, Watch } from "../types.ts";
import type { Bus, Line, ToLeader, Told, ToTab } from "./bus.ts";

/** Events that a tab may be sent and not have taken: a frozen one keeps them all in memory. */
const untakenMost = 20_000;

interface Tab {
  readonly round: number;
  readonly line: Line<ToTab>;
  readonly watches: Map<number, Watch>;
  readonly leave: AbortController;
  told: Told[];
  /** Watches whose first answer is in `told`. */
  answered: number[];
  untaken: number;
}

export class Leader {
  readonly #id: string;
  readonly #bus: Bus;
  readonly #client: Client;
  readonly #nowMs: () => number;
  readonly #tabs = new Map<string, Tab>();
  readonly #stops: Array<() => void> = [];

  constructor(id: string, bus: Bus, client: Client, nowMs: () => number) {
    this.#id = id;
    this.#nowMs = nowMs;
    this.#bus = bus;
    this.#client = client;
    this.#stops.push(bus.asLeader((message) => this.#heard(message)));
    this.#stops.push(
      client.link.subscribe(() => {
        const link = client.link.snapshot();
        for (const tab of this.#tabs.values()) this.#tell(tab, { what: "link", link });
      }),
    );
    const all = bus.toTab(undefined);
    all.post({ leader: id, told: [{ what: "lead" }] });
    all.close();
  }

  /** No tab is told how its publishes ended here: another leader will send them again. */
  end(): void {
    for (const stop of this.#stops) stop();
    for (const name of [...this.#tabs.keys()]) this.#forget(name);
    this.#client.close();
  }

  #heard({ tab: name, round, leader, say }: ToLeader): void {
    // It knows of none, or of one that is no more.
    if (leader !== this.#id) {
      this.#answer(name, { what: "lead" });
      return;
    }
    if (say.what === "hello") this.#welcome(name, round);
    const tab = this.#tabs.get(name);
    if (tab?.round === round) this.#do(name, tab, say);
    // It was given up and does not know yet.
    else if (!tab) this.#answer(name, { what: "dropped" }, round);
  }

  #do(name: string, tab: Tab, say: ToLeader["say"]): void {
    if (say.what === "watch") this.#watch(tab, say);
    else if (say.what === "publish") void this.#publish(tab, say);
    else if (say.what === "took") tab.untaken -= say.events;
    else if (say.what === "beat") this.#beat(tab);
    else if (say.what === "connect") this.#client.connect();
    else if (say.what === "wake") this.#client.wake();
    else if (say.what === "bye") this.#forget(name);
    else if (say.what === "stop") {
      tab.watches.get(say.id)?.stop();
      tab.watches.delete(say.id);
    }
  }

  /** The timers of a hidden page may be a minute late; what tabs in sight say is not. */
  #beat(tab: Tab): void {
    this.#tell(tab, { what: "lead" });
    const { state, retryAtMs } = this.#client.link.snapshot();
    if (state === "waiting" && retryAtMs !== undefined && retryAtMs <= this.#nowMs()) this.#client.wake();
  }

  #welcome(name: string, round: number): void {
    this.#forget(name);
    const leave = new AbortController();
    const tab: Tab = {
      round,
      line: this.#bus.toTab(name),
      watches: new Map(),
      leave,
      told: [],
      answered: [],
      untaken: 0,
    };
    this.#tabs.set(name, tab);
    this.#bus.whenGone(name, () => this.#tabs.get(name) === tab && this.#forget(name), leave.signal);
    this.#tell(tab, { what: "link", link: this.#client.link.snapshot() });
  }

  #watch(tab: Tab, { id, channel, ask }: Extract<ToLeader["say"], { what: "watch" }>): void {
    let answered = false;
    const watch = this.#client.watch(channel, {
      ...ask,
      onEvents: (events) => this.#tell(tab, { what: "events", id, events }),
      onSnapshot: (of, snapshot) => this.#tell(tab, { what: "snapshot", id, channel: of, snapshot }),
      onNoSnapshot: (of) => this.#tell(tab, { what: "bare", id, channel: of }),
      onGap: (of, gap) => this.#tell(tab, { what: "gap", id, channel: of, gap }),
      onError: (error) => this.#tell(tab, { what: "error", id, error }),
      onState: (state) => {
        const first = !answered && (state.status === "live" || state.status === "catching_up");
        answered ||= first;
        if (first) tab.answered.push(id);
        this.#tell(tab, { what: "state", id, state });
      },
    });
    tab.watches.set(id, watch);
  }

  async #publish(tab: Tab, { id, draft }: Extract<ToLeader["say"], { what: "publish" }>): Promise<void> {
    const [outcome] = await this.#client.publishAll([draft]);
    if (outcome) this.#tell(tab, { what: "outcome", id, outcome: "error" in outcome ? outcome.error : outcome });
  }

  #tell(tab: Tab, told: Told): void {
    if (tab.leave.signal.aborted) return;
    tab.told.push(told);
    if (told.what === "events") tab.untaken += told.events.length;
    // What is told in one go goes in one piece, so that no half of it arrives.
    if (tab.told.length === 1) queueMicrotask(() => this.#flush(tab));
  }

  #flush(tab: Tab): void {
    const { told, answered, round, untaken } = tab;
    tab.told = [];
    tab.answered = [];
    if (tab.leave.signal.aborted) return;
    // Behind all events that were told: these are where the watch is after them.
    for (const id of answered) {
      const watch = tab.watches.get(id);
      if (watch) told.push({ what: "positions", id, positions: watch.positions() });
    }
    tab.line.post({ leader: this.#id, round, told });
    if (untaken <= untakenMost) return;
    for (const [name, one] of this.#tabs) if (one === tab) this.#forget(name);
  }

  #answer(name: string, told: Told, round?: number): void {
    const line = this.#bus.toTab(name);
    line.post({ leader: this.#id, ...(round !== undefined && { round }), told: [told] });
    line.close();
  }

  #forget(name: string): void {
    const tab = this.#tabs.get(name);
    this.#tabs.delete(name);
    tab?.leave.abort();
    for (const watch of tab?.watches.values() ?? []) watch.stop();
    tab?.line.close();
  }
}
