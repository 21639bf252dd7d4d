/** What a gateway has counted, in Prometheus text. Read when it is asked for: counting costs nothing extra. */
import type { Tally } from "@signalbox/core";
import { Counter, Gauge, Registry } from "prom-client";
import type { Load } from "../load.ts";
import type { Slowness } from "../tenants.ts";
import { processMetrics } from "./process.ts";
import type { WebguiCounted } from "./webgui.ts";
import { webguiMetrics } from "./webgui.ts";

/** No label ever holds a tenant, a channel or a principal: who reads metrics need not know them (A48). */
export interface Counted {
  readonly version: string;
  readonly ready: boolean;
  readonly tally: Tally;
  /** Publications that were compressed for those who wanted that. */
  readonly compressed: number;
  readonly sessions: number;
  readonly subscriptions: number;
  readonly channels: number;
  readonly inflight: number;
  readonly inflightBytes: number;
  /** Requests and connections turned away, by the name of the error, since the start. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Messages of RabbitMQ by what became of them; `undefined`: none is read. */
  readonly amqp: Readonly<Record<string, number>> | undefined;
  readonly load: Pick<Load, "connections" | "unsentBytes" | "shed">;
  readonly slowness: Slowness;
  /** Channels of which it hears what other nodes keep. */
  readonly following: number;
  /** Whether the store that nodes share can be reached; one of its own always can. */
  readonly storeReachable: boolean;
  /** How often something that other nodes said may have been missed, so that the store was asked. */
  readonly missed: number;
  /** That share the store, this one included; rejects while nobody can know. */
  nodes(): Promise<number>;
  /** Undefined: it is not configured. */
  readonly webgui: WebguiCounted | undefined;
}

export class Metrics {
  /** One of its own, so that two gateways in a process do not mix. */
  readonly #register = new Registry();
  readonly #counted: () => Counted;
  readonly #stop: () => void;

  /** `counted` is asked once for each figure of a scrape. */
  constructor(counted: () => Counted) {
    this.#counted = counted;
    this.#stop = processMetrics(this.#register);
    this.#gauge("signalbox_ready", "1 while it takes requests.", ({ ready }) => (ready ? 1 : 0));
    this.#gauge("signalbox_store_reachable", "1 while the store can be reached.", (counted) =>
      counted.storeReachable ? 1 : 0,
    );
    this.#nodes();
    this.#gauge("signalbox_following_channels", "Channels followed over Redis.", ({ following }) => following);
    this.#counter("signalbox_missed_total", "Times that the link to other nodes was down.", ({ missed }) => missed);
    this.#gauge("signalbox_sessions", "Connections, streams and waiting polls.", ({ sessions }) => sessions);
    this.#gauge(
      "signalbox_subscriptions",
      "Channels being delivered to somebody.",
      ({ subscriptions }) => subscriptions,
    );
    this.#gauge("signalbox_channels", "Channels held in memory.", ({ channels }) => channels);
    this.#gauge("signalbox_inflight_events", "Events on their way to the disk.", ({ inflight }) => inflight);
    this.#gauge("signalbox_inflight_bytes", "And their bytes.", ({ inflightBytes }) => inflightBytes);
    this.#gauge("signalbox_unsent_bytes", "What waited to be read at the last look.", ({ load }) => load.unsentBytes);
    this.#counter("signalbox_shed_total", "Connections closed because too much waited.", ({ load }) => load.shed);
    this.#slowness();
    this.#byTransport();
    this.#counter("signalbox_events_kept_total", "Events that were kept.", ({ tally }) => tally.kept);
    this.#counter("signalbox_deliveries_total", "Publications given to sessions.", ({ tally }) => tally.delivered);
    this.#counter(
      "signalbox_compressions_total",
      "Publications compressed, once for each codec.",
      ({ compressed }) => compressed,
    );
    this.#counter(
      "signalbox_dropped_coalesce_total",
      "Events of class coalesce that slow viewers were told of in gaps instead.",
      ({ tally }) => tally.dropped.coalesce,
    );
    this.#counter(
      "signalbox_dropped_latest_total",
      "Events of class latest, outdated by newer ones, that slow viewers were told of in gaps instead.",
      ({ tally }) => tally.dropped.latest,
    );
    this.#counter(
      "signalbox_slow_closes_total",
      "Connections closed because they read too slowly.",
      ({ tally }) => tally.slowCloses,
    );
    this.#byError("signalbox_events_refused_total", "Events that were not taken.", ({ tally }) => tally.refused);
    this.#byError("signalbox_refusals_total", "Requests and connections turned away.", ({ refusals }) => refusals);
    this.#amqp();
    webguiMetrics(this.#register, () => counted().webgui);
    const about = {
      name: "signalbox_info",
      help: "Its version.",
      labelNames: ["version"],
      registers: [this.#register],
    };
    new Gauge(about).set({ version: counted().version }, 1);
  }

  get contentType(): string {
    return this.#register.contentType;
  }

  text(): Promise<string> {
    return this.#register.metrics();
  }

  close(): void {
    this.#stop();
    this.#register.clear();
  }

  #gauge(name: string, help: string, read: (counted: Counted) => number): void {
    const counted = this.#counted;
    new Gauge({
      name,
      help,
      registers: [this.#register],
      collect() {
        this.set(read(counted()));
      },
    });
  }

  /** While the store is away it stays what it was. */
  #nodes(): void {
    const counted = this.#counted;
    new Gauge({
      name: "signalbox_nodes",
      help: "Nodes that share the store, this one included.",
      registers: [this.#register],
      async collect() {
        await counted()
          .nodes()
          .then((nodes) => this.set(nodes))
          .catch(() => {});
      },
    });
  }

  /** All three from one look at the connections. */
  #slowness(): void {
    const counted = this.#counted;
    const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers: [this.#register] });
    // Read first, since gauges are read in the order in which they were made.
    new Gauge({
      name: "signalbox_queued_bytes",
      help: "Given to connections, and not seen to be taken.",
      registers: [this.#register],
      collect() {
        const { slowness } = counted();
        this.set(slowness.queuedBytes);
        behind.set(slowness.behind);
        slow.set(slowness.slow);
      },
    });
    const behind = gauge("signalbox_subscriptions_behind", "Subscriptions behind their channel.");
    const slow = gauge("signalbox_slow_connections", "Connections with subscriptions that are behind.");
  }

  #byTransport(): void {
    const counted = this.#counted;
    new Gauge({
      name: "signalbox_connections",
      help: "Open connections of each transport; tcp: all.",
      labelNames: ["transport"],
      registers: [this.#register],
      collect() {
        for (const [transport, open] of Object.entries(counted().load.connections)) this.set({ transport }, open);
      },
    });
  }

  #amqp(): void {
    const counted = this.#counted;
    new Counter({
      name: "signalbox_amqp_messages_total",
      help: "Messages of RabbitMQ that were answered.",
      labelNames: ["outcome"],
      registers: [this.#register],
      collect() {
        this.reset();
        for (const [outcome, count] of Object.entries(counted().amqp ?? {})) this.inc({ outcome }, count);
      },
    });
  }

  #counter(name: string, help: string, read: (counted: Counted) => number): void {
    const counted = this.#counted;
    new Counter({
      name,
      help,
      registers: [this.#register],
      collect() {
        this.reset();
        this.inc(read(counted()));
      },
    });
  }

  #byError(name: string, help: string, read: (counted: Counted) => ReadonlyMap<string, number>): void {
    const counted = this.#counted;
    new Counter({
      name,
      help,
      labelNames: ["error"],
      registers: [this.#register],
      collect() {
        this.reset();
        for (const [error, count] of read(counted())) this.inc({ error }, count);
      },
    });
  }
}
