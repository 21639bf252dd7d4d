/** Runs a Session against a ModelGateway, step by step, as a test wants it. */
import type { Message } from "@signalbox/protocol";
import type { Effect, WatchEffect } from "../../src/effects.ts";
import { Ladder } from "../../src/ladder.ts";
import { defaultQueue, Outbox } from "../../src/outbox.ts";
import { Session, type SessionOptions } from "../../src/session.ts";
import type { Cause } from "../../src/transport.ts";
import type { TransportName } from "../../src/types.ts";
import type { Connection, ModelGateway } from "./model-gateway.ts";

export const ways: SessionOptions["ways"] = [
  { name: "websocket", duplex: true, quietMs: 0 },
  { name: "sse", duplex: false, quietMs: 15_000 },
  { name: "poll", duplex: false, quietMs: 25_000 },
];

export interface HostOptions extends Partial<SessionOptions> {
  queue?: { messages: number; bytes: number };
}

interface HostLink {
  readonly link: number;
  readonly transport: TransportName;
  connection: Connection | undefined;
  /** Of a stream: the new one, that follows once it speaks. */
  coming: Connection | undefined;
  /** Answers to what was posted beside a stream or poll. */
  readonly posted: Message[];
  /** Of a poll: it waits for news. */
  waits: boolean;
}

export class SessionHost {
  readonly session: Session;
  readonly gateway: ModelGateway;
  /** All effects so far, except those a link carried out. */
  readonly log: Effect[] = [];
  /** Wanted by the session, oldest first. */
  readonly links: HostLink[] = [];
  nowMs = 1_000_000;

  constructor(gateway: ModelGateway, { queue = defaultQueue, ...given }: HostOptions = {}) {
    const options = { ways, ...given };
    this.gateway = gateway;
    let ids = 0;
    const newId = (): string => `c${++ids}`;
    this.session = new Session({
      ladder: new Ladder(options.ways),
      name: "test",
      backoff: { minMs: 500, maxMs: 20_000 },
      canRenew: false,
      random: () => 0.5,
      newId,
      outbox: (tell, newId, delayMs) => new Outbox(queue, tell, newId, delayMs),
      ...options,
    });
  }

  /** Tells a fact, and carries out what follows. */
  fact<Answer>(tell: (session: Session, nowMs: number) => Answer): Answer {
    const answer = tell(this.session, this.nowMs);
    this.session.flush(this.nowMs);
    for (let effects = this.session.takeEffects(); effects.length > 0; effects = this.session.takeEffects()) {
      for (const effect of effects) this.#carryOut(effect);
    }
    return answer;
  }

  /** Lets time pass, tick by tick as the session asks for it. */
  pass(ms: number): void {
    const until = this.nowMs + ms;
    for (let rounds = 0; rounds < 10_000; rounds++) {
      const next = this.session.nextMs();
      if (next > until) break;
      this.nowMs = Math.max(this.nowMs, next);
      this.fact((session, nowMs) => session.tick(nowMs));
      if (rounds === 9_999) throw new Error("the session ticks without end");
    }
    this.nowMs = until;
  }

  /** The newest link that has not begun: the gateway lets it in. */
  accept(): void {
    const link = this.links.find(({ connection }) => !connection);
    if (!link) return;
    this.fact((session, nowMs) => session.dialing(link.link, nowMs));
    link.connection = this.#begin(link);
  }

  /** It is not let in. */
  refuse(cause: Cause): void {
    const link = this.links.find(({ connection }) => !connection);
    if (link) this.close(link.link, cause);
  }

  /** Up to `count` messages reach the session, from each link in turn. */
  deliver(count = Number.POSITIVE_INFINITY): void {
    for (let left = count; left > 0; left--) {
      let some = false;
      for (const link of [...this.links]) some = this.#deliverOne(link) || some;
      if (!some) return;
    }
  }

  cut(cause: Cause = {}): void {
    const link = this.links.find(({ connection }) => connection);
    if (link) this.close(link.link, cause);
  }

  close(link: number, cause: Cause): void {
    this.#forget(link);
    this.fact((session, nowMs) => session.closed(link, cause, nowMs));
  }

  /** Of one watch, what it was told. */
  told(watch: WatchEffect["watch"]): WatchEffect[] {
    return this.log.filter((effect): effect is WatchEffect => "watch" in effect && effect.watch === watch);
  }

  #deliverOne(link: HostLink): boolean {
    const { coming, posted } = link;
    const [ack] = posted.splice(0, 1);
    if (ack) {
      const { results } = ack.data as { results: [] };
      this.fact((session, nowMs) => session.acked(link.link, results, nowMs));
      return true;
    }
    if (link.waits && !link.connection?.queue.some(isNews)) return false;
    let message: Message | undefined;
    if (coming?.queue.length) {
      link.connection?.end();
      link.connection = coming;
      link.coming = undefined;
      message = coming.queue.shift();
    } else message = link.connection?.queue.shift();
    if (!message) return false;
    const received = message;
    this.fact((session, nowMs) => session.received(link.link, [received], nowMs));
    // A poll ends with its answer, and the next one begins.
    if (link.transport === "poll" && link.connection?.queue.length === 0 && this.links.includes(link)) {
      link.connection.end();
      link.connection = this.#begin(link);
    }
    return true;
  }

  #begin(link: HostLink): Connection {
    const connection = this.gateway.connect();
    const { texts, fresh } = this.fact((session, nowMs) => session.opening(link.link, nowMs));
    link.waits = link.transport === "poll" && !fresh;
    for (const text of texts) connection.receive(text);
    return connection;
  }

  #forget(link: number): void {
    const index = this.links.findIndex((each) => each.link === link);
    const [gone] = index < 0 ? [] : this.links.splice(index, 1);
    gone?.connection?.end();
    gone?.coming?.end();
  }

  #carryOut(effect: Effect): void {
    const link = "link" in effect ? this.links.find((each) => each.link === effect.link) : undefined;
    if (effect.do === "open") {
      const { link: number, transport } = effect;
      this.links.push({ link: number, transport, connection: undefined, coming: undefined, posted: [], waits: false });
    } else if (effect.do === "drop") this.#forget(effect.link);
    else if (effect.do === "send") {
      for (const { text } of effect.batch) link?.connection?.receive(text);
      const queue = link?.connection?.queue ?? [];
      // Beside a stream each request has its own answer.
      if (link?.transport === "websocket") return;
      for (const ack of queue.filter(({ type }) => type === "ack")) {
        link?.posted.push(ack);
        queue.splice(queue.indexOf(ack), 1);
      }
    } else if (effect.do === "restart") {
      if (!link?.connection) return;
      if (link.transport === "poll") {
        link.connection.end();
        link.connection = this.#begin(link);
      } else {
        link.coming?.end();
        link.coming = this.#begin(link);
      }
    } else {
      this.log.push(effect.do === "events" ? { ...effect, events: [...effect.events] } : effect);
    }
  }
}

/** What ends a poll: all but the answers that only repeat where it stands. */
const isNews = ({ type, data }: Message): boolean =>
  type !== "connect" && !(type === "subscription_update" && (data as { state: string }).state === "subscribed");
