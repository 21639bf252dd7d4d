/** A client as plain as can be: it keeps positions, and cries out at anything the protocol does not allow. */
import type { Gap, Message, SubscribeData, SubscriptionUpdate } from "@signalbox/protocol";
import type { Outbox, Principal, Session, SharedPublication, StateMessages } from "../../src/index.ts";
import { admin, type FakeNode } from "./fake-node.ts";

export interface Seen {
  epoch: string;
  offset: number;
  data: unknown;
}

export class Viewer implements Outbox {
  waitingBytes = 0;
  closedWith: string | undefined;
  settledTimes = 0;
  session: Session | undefined;
  readonly controls: Message[] = [];
  readonly seen = new Map<string, Seen[]>();
  readonly positions = new Map<string, { epoch: string; offset: number }>();
  readonly gaps: Array<Gap & { channel: string }> = [];
  readonly faults: string[] = [];
  readonly passed: SharedPublication[] = [];
  /** Bytes given to a viewer that stalls stay waiting. */
  stalled = false;
  readonly #node: FakeNode;

  constructor(node: FakeNode) {
    this.#node = node;
  }

  open(principal: Principal | undefined = admin): this {
    this.waitingBytes = 0;
    this.closedWith = undefined;
    this.session = this.#node.hub.open(this, principal, { transport: "test" });
    return this;
  }

  subscribe(data: SubscribeData, id = "s"): this {
    this.session?.accept([{ type: "subscribe", id, data }]);
    return this;
  }

  /** Subscribes from where it stands; from the start where it never was. */
  resume(channel: string): this {
    return this.subscribe({ channel, since: this.positions.get(channel) ?? { epoch: this.#node.epoch, offset: 0 } });
  }

  cut(): void {
    this.session?.closed();
    this.session = undefined;
  }

  drain(): void {
    this.waitingBytes = 0;
    this.session?.drained();
  }

  offsets(channel: string): number[] {
    return (this.seen.get(channel) ?? []).map(({ offset }) => offset);
  }

  updates(state: SubscriptionUpdate["state"]): SubscriptionUpdate[] {
    return this.controls
      .filter(({ type }) => type === "subscription_update")
      .map(({ data }) => data as SubscriptionUpdate)
      .filter((update) => update.state === state);
  }

  errors(): string[] {
    return this.controls.filter(({ type }) => type === "error").map(({ data }) => (data as { name: string }).name);
  }

  publication(publication: SharedPublication): void {
    if (this.stalled) this.waitingBytes += publication.json.length;
    if (publication.offset === 0) {
      this.passed.push(publication);
      return;
    }
    const { channel, epoch, offset } = publication;
    const position = this.positions.get(channel);
    if (position === undefined || position.epoch !== epoch || offset !== position.offset + 1) {
      this.faults.push(`${channel} ${epoch}:${offset} after ${position?.epoch}:${position?.offset}`);
    }
    this.positions.set(channel, { epoch, offset });
    const seen = this.seen.get(channel) ?? [];
    seen.push({ epoch, offset, data: (JSON.parse(publication.json) as Message).data });
    this.seen.set(channel, seen);
  }

  control(message: Message): void {
    this.controls.push(message);
    if (message.type !== "subscription_update") return;
    const update = message.data as SubscriptionUpdate;
    if (update.channel.endsWith("*")) return;
    if (update.gap !== undefined) this.gaps.push({ ...update.gap, channel: update.channel });
    if (update.state === "unsubscribed") return;
    this.#move(update);
  }

  states(messages: StateMessages): void {
    if (this.stalled) this.waitingBytes += messages.size;
    for (const text of messages.texts) this.controls.push(JSON.parse(text) as Message);
  }

  close(code: string): void {
    this.closedWith = code;
    this.session = undefined;
  }

  settled(): void {
    this.settledTimes++;
  }

  /** An update may move the position only as far as its gap, or its statement about skipped offsets, explains. */
  #move(update: SubscriptionUpdate): void {
    const { channel, epoch, offset, gap, state } = update;
    const position = this.positions.get(channel);
    if (position !== undefined && state !== "position") {
      const from = gap?.from ?? position.offset + 1;
      const explained =
        gap?.reason === "epoch_changed"
          ? gap.epoch === position.epoch && from === position.offset + 1
          : gap === undefined
            ? epoch === position.epoch && (offset === position.offset || state === "subscribed")
            : gap.epoch === position.epoch && from === position.offset + 1 && gap.to === offset;
      if (!explained) this.faults.push(`${JSON.stringify(update)} at ${position.epoch}:${position.offset}`);
    }
    this.positions.set(channel, { epoch, offset });
  }
}
