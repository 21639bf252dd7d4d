/** A gateway in memory, straight from spec/protocol.md §4 and §5: no network, no time, answers at once. */
import type { Filter, Message, Position, PublishResult, Since, SubscriptionUpdate } from "@signalbox/protocol";
import { matchesPattern } from "@signalbox/protocol";

export interface Kept {
  offset: number;
  n: number;
  type: string;
}

export interface History {
  epoch: string;
  /** Newest offset ever given in this epoch. */
  top: number;
  /** Oldest first; a prefix may be trimmed. */
  events: Kept[];
}

interface Delivery {
  sent: number;
  skipped: boolean;
  /** Names that asked for it, with their filters. */
  owners: Map<string, Filter | undefined>;
}

interface Request {
  id: string;
  type: string;
  channel?: string;
  metadata?: { idempotencyKey?: string };
  data: {
    channel?: string;
    since?: Since;
    positions?: Record<string, Position>;
    filter?: Filter;
    snapshot?: boolean | string;
    n?: number;
  };
}

export class ModelGateway {
  readonly histories = new Map<string, History>();
  readonly connections = new Set<Connection>();
  /** By idempotency key. */
  readonly published = new Map<string, PublishResult>();
  /** These channels have two snapshots: `list`, the main one, of all `n` that are kept, and `count`, of how many there were. */
  readonly folded = new Set<string>();
  /** Publishes refused with a temporary error from now on. */
  refuseNext = 0;
  #epochs = 0;
  #ids = 0;

  newId(): string {
    return `g${++this.#ids}`;
  }

  history(channel: string): History {
    let history = this.histories.get(channel);
    if (!history) {
      history = { epoch: this.#newEpoch(), top: 0, events: [] };
      this.histories.set(channel, history);
    }
    return history;
  }

  publish(channel: string, n: number, type = "tick"): Kept {
    const history = this.history(channel);
    const kept = { offset: ++history.top, n, type };
    history.events.push(kept);
    for (const connection of this.connections) {
      if (kept.offset === 1) connection.born(channel);
      connection.pump(channel);
    }
    return kept;
  }

  /** Retention removes the oldest `count`. */
  trim(channel: string, count: number): void {
    this.history(channel).events.splice(0, count);
  }

  /** History could not be kept: a new epoch begins. */
  renew(channel: string): void {
    const history = this.history(channel);
    const before = history.epoch;
    history.epoch = this.#newEpoch();
    history.top = 0;
    history.events = [];
    for (const connection of this.connections) connection.renewed(channel, before);
  }

  connect(): Connection {
    const connection = new Connection(this);
    this.connections.add(connection);
    return connection;
  }

  #newEpoch(): string {
    return `e${++this.#epochs}`;
  }
}

export class Connection {
  /** Sent, not yet read by the client. */
  readonly queue: Message[] = [];
  readonly #gateway: ModelGateway;
  readonly #deliveries = new Map<string, Delivery>();
  readonly #patterns = new Map<string, Request["data"]>();

  constructor(gateway: ModelGateway) {
    this.#gateway = gateway;
  }

  end(): void {
    this.#gateway.connections.delete(this);
  }

  receive(text: string): void {
    const message = JSON.parse(text) as Request;
    const { id, type, data } = message;
    const channel = data?.channel ?? "";
    if (type === "connect") this.#say("connect", { node: "model", heartbeatMs: 25_000 }, id);
    else if (type === "ping") this.#say("pong", {}, id);
    else if (type === "subscribe") this.#subscribe(channel, data, id);
    else if (type === "unsubscribe") this.#unsubscribe(channel, id);
    else this.#published(message);
  }

  pump(channel: string): void {
    const delivery = this.#deliveries.get(channel);
    const history = this.#gateway.history(channel);
    if (!delivery) return;
    for (const { offset, n, type } of history.events) {
      if (offset <= delivery.sent) continue;
      if (offset > delivery.sent + 1) this.#trimmed(channel, delivery, offset - 1);
      delivery.sent = offset;
      if (![...delivery.owners.values()].some((filter) => !filter?.types || filter.types.includes(type))) {
        delivery.skipped = true;
        continue;
      }
      if (delivery.skipped) this.#update({ channel, state: "position", epoch: history.epoch, offset: offset - 1 });
      delivery.skipped = false;
      const id = this.#gateway.newId();
      this.queue.push({ id, type, timestamp: 0, channel, epoch: history.epoch, offset, data: { n } });
    }
    if (delivery.skipped) this.#update({ channel, state: "position", epoch: history.epoch, offset: delivery.sent });
    delivery.skipped = false;
    if (delivery.sent < history.top) this.#trimmed(channel, delivery, history.top);
  }

  born(channel: string): void {
    for (const [pattern, data] of this.#patterns) {
      // After a new beginning the channel is there already.
      if (!matchesPattern(pattern, channel) || this.#deliveries.get(channel)?.owners.has(pattern)) continue;
      this.#own(channel, pattern, { ...data, since: "earliest" }, undefined);
    }
  }

  renewed(channel: string, before: string): void {
    const delivery = this.#deliveries.get(channel);
    if (!delivery) return;
    const { epoch } = this.#gateway.history(channel);
    const gap = { reason: "epoch_changed" as const, epoch: before, from: delivery.sent + 1 };
    delivery.sent = 0;
    delivery.skipped = false;
    this.#update({ channel, state: "gap", epoch, offset: 0, gap });
  }

  #trimmed(channel: string, delivery: Delivery, to: number): void {
    const { epoch } = this.#gateway.history(channel);
    const gap = { reason: "trimmed" as const, epoch, from: delivery.sent + 1, to };
    delivery.sent = to;
    this.#update({ channel, state: "gap", epoch, offset: to, gap });
  }

  #subscribe(name: string, data: Request["data"], id: string): void {
    if (this.#patterns.has(name) || this.#deliveries.get(name)?.owners.has(name)) {
      this.#error("already_subscribed", id, false);
    } else if (name.endsWith("*")) {
      const channels: string[] = [];
      for (const [channel, { top }] of this.#gateway.histories) {
        if (top > 0 && matchesPattern(name, channel)) channels.push(channel);
      }
      this.#patterns.set(name, data);
      this.#update({ channel: name, state: "subscribed", epoch: "", offset: 0, channels: channels.length }, id);
      for (const channel of channels) {
        this.#own(channel, name, { ...data, since: data.positions?.[channel] ?? data.since ?? "now" }, undefined);
      }
    } else this.#own(name, name, data, id);
  }

  #own(channel: string, owner: string, data: Request["data"], id: string | undefined): void {
    const { since = "now", filter, snapshot } = data;
    const { epoch, top, events } = this.#gateway.history(channel);
    const floor = events[0]?.offset ?? top + 1;
    let offset = top;
    let gap: SubscriptionUpdate["gap"];
    if (since === "earliest") offset = floor - 1;
    else if (since === "now") offset = top;
    else if ("last" in since) offset = Math.max(floor - 1, top - since.last);
    else if (since.epoch !== epoch) {
      offset = floor - 1;
      gap = { reason: "epoch_changed", epoch: since.epoch, from: since.offset + 1 };
    } else if (since.offset > top) {
      this.#error("position_beyond_head", id, false, { channel, epoch, offset: top });
      return;
    } else if (since.offset + 1 < floor) {
      offset = floor - 1;
      gap = { reason: "trimmed", epoch, from: since.offset + 1, to: offset };
    } else offset = since.offset;
    const delivery = this.#deliveries.get(channel) ?? {
      sent: Number.POSITIVE_INFINITY,
      skipped: false,
      owners: new Map(),
    };
    this.#deliveries.set(channel, delivery);
    delivery.owners.set(owner, filter);
    const update: SubscriptionUpdate = { channel, state: "subscribed", epoch, offset, recovered: !gap, head: top };
    if (owner !== channel) update.pattern = owner;
    if (gap) update.gap = gap;
    if ((snapshot || gap) && this.#gateway.folded.has(channel)) {
      const reducer = typeof snapshot === "string" ? snapshot : "list";
      const place = { reducer, version: 1, epoch, offset: top };
      if (reducer === "list") update.snapshot = { ...place, state: events.map(({ n }) => n) };
      if (reducer === "count") update.snapshot = { ...place, state: top };
    }
    this.#update(update, id);
    // Only ever back: what is on its way stays so.
    delivery.sent = Math.min(delivery.sent, offset);
    this.pump(channel);
  }

  #unsubscribe(name: string, id: string): void {
    this.#patterns.delete(name);
    for (const [channel, { owners }] of this.#deliveries) {
      if (matchesPattern(name, channel)) owners.delete(name);
      if (owners.size === 0) this.#deliveries.delete(channel);
    }
    this.#update({ channel: name, state: "unsubscribed", epoch: "", offset: 0 }, id);
  }

  #published({ id, type, channel = "", metadata, data }: Request): void {
    const key = metadata?.idempotencyKey ?? "";
    const before = this.#gateway.published.get(key);
    let result = before && { ...before, duplicate: true };
    if (!result && this.#gateway.refuseNext > 0) {
      this.#gateway.refuseNext--;
      const error = { name: "unavailable" as const, number: 200, message: "", temporary: true, help: "" };
      this.#say("ack", { results: [{ id, error }] }, id);
      return;
    }
    if (!result) {
      const { offset } = this.#gateway.publish(channel, data?.n ?? 0, type);
      result = { id, channel, epoch: this.#gateway.history(channel).epoch, offset, duplicate: false };
      this.#gateway.published.set(key, result);
    }
    this.#say("ack", { results: [result] }, id);
  }

  #error(name: string, id: string | undefined, temporary: boolean, details?: Record<string, unknown>): void {
    this.#say("error", { name, number: 0, message: name, temporary, help: "", details }, id);
  }

  #update(update: SubscriptionUpdate, id?: string): void {
    this.#say("subscription_update", update, id);
  }

  #say(type: string, data: unknown, correlationId?: string): void {
    const message: Message = { id: this.#gateway.newId(), type, timestamp: 0, data };
    this.queue.push(correlationId === undefined ? message : { ...message, metadata: { correlationId } });
  }
}
