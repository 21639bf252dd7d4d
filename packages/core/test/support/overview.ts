/** A client that watches states: it keeps what it was told, and cries out at anything that does not fit. */
import type { ChannelState, ErrorData, Message, SubscriptionUpdate } from "@signalbox/protocol";
import type { Outbox, Principal, Session, StateMessages } from "../../src/index.ts";
import { applyPatch } from "./apply-patch.ts";
import type { FakeNode } from "./fake-node.ts";

export class OverviewClient implements Outbox {
  waitingBytes = 0;
  stalled = false;
  session: Session | undefined;
  /** As they are now, with patches applied: by channel, those of patterns by pattern and channel too. */
  readonly had = new Map<string, ChannelState>();
  readonly #byName = new Map<string, Map<string, ChannelState>>();
  readonly answers: SubscriptionUpdate[] = [];
  readonly errors: ErrorData[] = [];
  readonly faults: string[] = [];
  readonly given: StateMessages[] = [];
  patched = 0;
  whole = 0;
  bytes = 0;

  constructor(node: FakeNode, principal: Principal) {
    this.session = node.hub.open(this, principal, { transport: "test" });
  }

  ask(channel: string, more: object = {}): this {
    this.session?.accept([{ type: "subscribe", id: "s", data: { channel, states: true, ...more } }]);
    return this;
  }

  leave(channel: string): void {
    this.session?.accept([{ type: "unsubscribe", id: "u", data: { channel, states: true } }]);
  }

  token(token: string): void {
    this.session?.accept([{ type: "auth_request", id: "t", data: { token } }]);
  }

  drain(): void {
    this.stalled = false;
    this.waitingBytes = 0;
    this.session?.drained();
  }

  /** `name`: of which subscription, where there are several. */
  stateOf(channel: string, name?: string): unknown {
    const of = name === undefined ? this.had : this.#byName.get(name);
    return of?.get(channel)?.state;
  }

  /** Subscriptions that began, and have not ended. */
  running(): Set<string> {
    const names = new Set<string>();
    for (const { channel, pattern, state } of this.answers) {
      if (pattern !== undefined) continue;
      if (state === "subscribed") names.add(channel);
      else names.delete(channel);
    }
    return names;
  }

  publication(): void {
    this.faults.push("an event");
  }

  states(messages: StateMessages): void {
    if (this.session?.full("latest") === true) this.faults.push("more than there was room for");
    if (this.stalled) this.waitingBytes += messages.size;
    this.bytes += messages.size;
    this.given.push(messages);
    for (const text of messages.texts) {
      const message = JSON.parse(text) as Message;
      if (message.type === "error") this.errors.push(message.data as ErrorData);
      else this.#take(message.data as ChannelState);
    }
  }

  #take(told: ChannelState): void {
    const { channel, epoch, offset, since, patch } = told;
    const name = told.pattern ?? channel;
    const of = this.#byName.get(name) ?? new Map<string, ChannelState>();
    this.#byName.set(name, of);
    const before = of.get(channel);
    if (patch !== undefined && before?.epoch === epoch && before.offset >= offset)
      this.faults.push(`${channel} ${offset} after ${before.offset}`);
    if (patch === undefined) {
      this.whole++;
      of.set(channel, told);
    } else if (before?.offset !== since || before?.epoch !== epoch) {
      this.faults.push(`${channel}: a patch on ${since}, had ${before?.epoch}:${before?.offset}`);
    } else {
      this.patched++;
      of.set(channel, { ...told, state: applyPatch(before?.state, patch) });
    }
    this.had.set(channel, of.get(channel) ?? told);
  }

  control(message: Message): void {
    if (message.type === "subscription_update") {
      const update = message.data as SubscriptionUpdate;
      this.answers.push(update);
      if (update.state === "unsubscribed") {
        this.had.delete(update.channel);
        if (update.pattern === undefined) this.#byName.delete(update.channel);
        else this.#byName.get(update.pattern)?.delete(update.channel);
      }
    }
    if (message.type === "error") this.errors.push(message.data as ErrorData);
  }

  close(): void {
    this.session = undefined;
  }
}
