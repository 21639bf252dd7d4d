/** Who publishes numbered notes all the time, who watches them over every transport, and what both write down. */
import { setTimeout as pause } from "node:timers/promises";
import { createClient, type TransportName } from "@signalbox/client";
import { Recorder } from "@signalbox/testkit/history";
import { tokenOf } from "../issuer.ts";
import { Asker } from "../steering/asker.ts";
import { between, type Chance, chance } from "../steering/chance.ts";
import { until } from "../until.ts";

interface TrafficOptions {
  url: string;
  /** Of the journals. */
  folder: string;
  seed: number;
  publishers: number;
  channels: readonly string[];
  /** Of each transport. */
  viewers: number;
  /** From one event of a publisher to its next; milliseconds. */
  restMs: number;
}

const transports: readonly TransportName[] = ["websocket", "sse", "poll"];

interface Viewer {
  readonly name: string;
  /** When the newest event that it has of a channel was published first, in steady time. */
  readonly newestMs: Map<string, number>;
  readonly at: Map<string, { epoch: string; offset: number }>;
  close(): void;
}

export class Traffic {
  readonly #options: TrafficOptions;
  readonly #over = new AbortController();
  readonly #sent: Recorder;
  readonly #seen: Recorder;
  readonly #publishedMs = new Map<string, number>();
  readonly #viewers: Viewer[] = [];
  readonly #publishing: Promise<unknown>;
  /** Refusals and failures of viewers: there should be none. */
  readonly problems: string[] = [];
  #stopping = false;
  #published = 0;

  constructor(options: TrafficOptions) {
    const { folder, seed, publishers, viewers } = options;
    this.#options = options;
    this.#sent = new Recorder({ folder, process: "publishers", seed });
    this.#seen = new Recorder({ folder, process: "viewers", seed });
    for (const transport of transports) {
      for (let n = 1; n <= viewers; n++) this.#viewers.push(this.#view(`${transport} ${n}`, transport));
    }
    const all = Array.from({ length: publishers }, (_, n) => this.#publish(`p${n + 1}`));
    this.#publishing = Promise.all(all);
    // Whoever stops it hears of it.
    this.#publishing.catch(() => {});
  }

  /** Events with an OK. */
  get published(): number {
    return this.#published;
  }

  /** Once every viewer has an event of every channel that was published from now on. */
  async goesOn(what: string): Promise<void> {
    const sinceMs = steadyMs();
    const { channels } = this.#options;
    const behind = (): string[] =>
      this.#viewers.flatMap(({ name, newestMs }) =>
        channels.filter((channel) => (newestMs.get(channel) ?? 0) < sinceMs).map((channel) => `${name} ${channel}`),
      );
    await until(`every viewer goes on ${what}`, () => behind().length === 0, 60_000).catch((error: Error) => {
      throw new Error(`${error.message}: ${behind().join(", ")}`);
    });
  }

  /** Once so many more events have their OK. */
  async more(events: number): Promise<void> {
    const enough = this.#published + events;
    await until(`${events} more events`, () => this.#published >= enough, 60_000);
  }

  /** Ends what publishes; resolves when every viewer has everything that has an OK. */
  async end(head: (channel: string) => Promise<{ epoch: string; offset: number }>): Promise<void> {
    this.#stopping = true;
    await this.#publishing;
    for (const channel of this.#options.channels) {
      const top = await head(channel);
      const behind = (): string[] =>
        this.#viewers
          .filter(({ at }) => {
            const stands = at.get(channel);
            return stands?.epoch !== top.epoch || stands.offset < top.offset;
          })
          .map(({ name, at }) => `${name} at ${JSON.stringify(at.get(channel))}`);
      await until(`every viewer has all of ${channel}`, () => behind().length === 0, 60_000).catch((error: Error) => {
        throw new Error(`${error.message}, up to ${JSON.stringify(top)}: ${behind().join(", ")}`);
      });
    }
  }

  async close(): Promise<void> {
    this.#stopping = true;
    this.#over.abort();
    for (const viewer of this.#viewers) viewer.close();
    await Promise.allSettled([this.#publishing]);
  }

  async #publish(name: string): Promise<void> {
    const { url, seed, channels, restMs } = this.#options;
    const token = tokenOf(name, { role: "operator" });
    const around = { reached: () => {}, settled: () => {} };
    const { signal } = this.#over;
    const by = `user:${name}`;
    const asker = new Asker({ name, by, token, url: () => url, signal, recorder: this.#sent, ...around });
    const random: Chance = chance(seed, name);
    for (let n = 1; !this.#stopping; n++) {
      const channel = channels[between(random, 0, channels.length - 1)] ?? "";
      const id = `${name}-${n}`;
      const data = { text: "x".repeat(between(random, 0, 300)) };
      const event = { type: "note", id, channel, data, metadata: { idempotencyKey: id } };
      this.#publishedMs.set(id, steadyMs());
      const answer = await asker.settle({ op: "publish", id, type: "note", channel, data }, () => asker.publish(event));
      if (answer.did === "refused") this.problems.push(`${id} was refused: ${answer.error}`);
      else this.#published++;
      await pause(restMs, undefined, { signal });
    }
  }

  #view(name: string, transport: TransportName): Viewer {
    const { url, channels } = this.#options;
    const token = tokenOf(`viewer ${name}`, { role: "viewer" });
    const newestMs = new Map<string, number>();
    const at = new Map<string, { epoch: string; offset: number }>();
    const client = createClient({ url, token, transports: [transport] });
    for (const channel of channels) {
      client.watch(channel, {
        since: "earliest",
        complete: true,
        onEvent: ({ epoch, offset, id }) => {
          this.#seen.record({ what: "seen", viewer: name, channel, epoch, offset, id });
          at.set(channel, { epoch, offset });
          const publishedMs = this.#publishedMs.get(id) ?? 0;
          if (publishedMs > (newestMs.get(channel) ?? 0)) newestMs.set(channel, publishedMs);
        },
        onGap: (_channel, { reason, epoch, from, to }) => {
          const told = { what: "gap", viewer: name, channel, reason, epoch, from } as const;
          this.#seen.record(to === undefined ? told : { ...told, to });
        },
        onError: (error) => this.problems.push(`${name}: ${JSON.stringify(error)}`),
      });
    }
    return { name, newestMs, at, close: () => client.close() };
  }
}

const steadyMs = (): number => Number(process.hrtime.bigint()) / 1e6;
