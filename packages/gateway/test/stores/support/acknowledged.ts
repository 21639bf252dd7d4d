/** What the killed processes were told, held against what a store has. */
import type { Store } from "@signalbox/core";
import { entryOf, namespaces, type Publisher, publishers, registerOf } from "./load.ts";

interface Progress {
  publisher: Publisher;
  /** Everything up to here was acknowledged. */
  acked: number;
  /** Offsets of acknowledged events that were not looked at yet, by seq. */
  offsets: Map<number, number>;
  /** Offset of the last acknowledged event; 0 when unknown. */
  ackedAt: number;
  /** Last seq met in the channel. */
  met: number;
  /** Retention removed events that were not looked at: the next seq met may be any later one. */
  blind: boolean;
}

/** Events that each new process sends again: as after a reconnect. */
const repeated = 5;

export class Acknowledged {
  epoch: string | undefined;
  total = 0;
  suppressed = 0;
  /** Kept without an acknowledgement that arrived: allowed, but only once each. */
  unacknowledged = 0;
  trimmed = 0;
  readonly #progress = new Map<string, Progress>(
    publishers.map((publisher) => [
      publisher.id,
      { publisher, acked: 0, offsets: new Map(), ackedAt: 0, met: 0, blind: false },
    ]),
  );
  readonly #checked = new Map<string, number>();
  readonly #floors = new Map<string, number>();

  /** Where each publisher goes on: a little before what it knows to be kept. */
  starts(): number[] {
    return [...this.#progress.values()].map(({ acked }) => Math.max(1, acked + 1 - repeated));
  }

  /** A line of the killed process; returns the events acknowledged by it. */
  take(line: string): number {
    const [what, subject = "", seqText, offsetText, kind] = line.split(" ");
    if (what === "open") {
      this.epoch ??= subject;
      must(this.epoch === subject, `epoch ${subject} after ${this.epoch}`);
      return 0;
    }
    const progress = this.#of(subject);
    const [seq, offset] = [Number(seqText), Number(offsetText)];
    const before = progress.offsets.get(seq);
    if (kind === "again") this.suppressed++;
    must(before === undefined || offset === 0 || offset === before, `${line}, but it was at ${before}`);
    must(kind === "again" || seq > progress.acked, `${line} was acknowledged before`);
    must(seq <= progress.acked + 1, `${line} after ${progress.acked}`);
    if (seq > progress.acked) {
      progress.acked = seq;
      this.total++;
      progress.ackedAt = offset;
      if (offset > 0) progress.offsets.set(seq, offset);
    }
    return 1;
  }

  /** Reads what is new since the last check. */
  async check(store: Store): Promise<void> {
    must(store.epoch === (this.epoch ?? store.epoch), `epoch ${store.epoch} after ${this.epoch}`);
    for (const channel of new Set(publishers.map((publisher) => publisher.channel)))
      await this.#checkChannel(store, channel);
    for (const { publisher, acked, ackedAt, offsets, met } of this.#progress.values()) {
      const trimmed = ackedAt < (this.#floors.get(publisher.channel) ?? 1);
      must(met >= acked || trimmed, `${publisher.id} has ${met} events, ${acked} were acknowledged`);
      if (publisher.registers && !trimmed) {
        const register = await store.register(registerOf(publisher.id));
        // Both or neither: an event and the change it made.
        must((register?.version ?? 0) === met, `${publisher.id} has ${met} events, its register ${register?.version}`);
        must((register?.value ?? "0") === String(met), `${publisher.id}: ${register?.value} after ${met}`);
        must(
          (register?.counts?.[0] ?? 0) === met,
          `${publisher.id} has ${met} events, ${register?.counts} were counted`,
        );
      }
      offsets.clear();
    }
  }

  async #checkChannel(store: Store, channel: string): Promise<void> {
    const before = this.#checked.get(channel) ?? 0;
    const { top } = await store.read(channel, 0, 1, 1);
    must(top >= before, `${channel} ends at ${top}, after ${before}`);
    const count = namespaces[channel.slice(0, channel.indexOf(":"))]?.retention.count ?? 0;
    for (let next = before + 1; next <= top; ) {
      const { floor, events } = await store.read(channel, next - 1, 1_000, 10_000_000);
      must(floor <= Math.max(1, top - count + 1), `${channel} was trimmed to ${floor}, its top is ${top}`);
      must(events.length > 0, `${channel} has nothing at ${next} of ${top}`);
      // Retention goes on while this reads.
      if (floor > next) {
        this.trimmed += floor - next;
        next = floor;
        for (const progress of this.#progress.values()) progress.blind ||= progress.publisher.channel === channel;
      }
      this.#floors.set(channel, floor);
      for (const { offset, body } of events) {
        must(offset === next, `${channel}: ${offset} instead of ${next}`);
        this.#meet(channel, offset, body);
        next++;
      }
    }
    this.#checked.set(channel, top);
  }

  #meet(channel: string, offset: number, body: string): void {
    const { data } = JSON.parse(body);
    const progress = this.#of(data.publisher);
    must(progress.publisher.channel === channel, `${data.publisher} in ${channel}`);
    must(body === entryOf(progress.publisher, data.seq).body, `${channel} ${offset} has another body`);
    // Each once and in order: a repeat or a hole would break the count.
    must(
      data.seq === progress.met + 1 || (progress.blind && data.seq > progress.met),
      `${channel} ${offset}: seq ${data.seq} after ${progress.met}`,
    );
    progress.met = data.seq;
    progress.blind = false;
    const acknowledgedAt = progress.offsets.get(data.seq);
    must(
      acknowledgedAt === undefined || acknowledgedAt === offset,
      `seq ${data.seq} is at ${offset}, not ${acknowledgedAt}`,
    );
    if (data.seq > progress.acked) this.unacknowledged++;
  }

  #of(id: string): Progress {
    const progress = this.#progress.get(id);
    if (progress === undefined) throw new Error(`no publisher ${id}`);
    return progress;
  }
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}
