/** A connection's interest in every channel of a pattern, now and to come. */
import type { Position, Since, SubscribeData } from "@signalbox/protocol";
import type { Test } from "./filter.ts";
import type { Session } from "./session.ts";

export class PatternSubscription {
  readonly name: string;
  readonly session: Session;
  readonly filter: Test | undefined;
  readonly since: Since;
  readonly positions: Readonly<Record<string, Position>>;
  readonly snapshot: boolean;
  readonly correlationId: string | undefined;
  /** Channels committed to while the existing ones are being listed, with the offset before that commit. */
  listing: Map<string, number> | undefined = new Map();
  joined = 0;
  /** The answer said how many channels there are. */
  counted = false;

  constructor(
    name: string,
    session: Session,
    filter: Test | undefined,
    data: SubscribeData,
    correlationId: string | undefined,
  ) {
    this.name = name;
    this.session = session;
    this.filter = filter;
    this.since = data.since ?? "now";
    this.positions = data.positions ?? {};
    this.snapshot = data.snapshot ?? false;
    this.correlationId = correlationId;
  }

  get limit(): number {
    return this.session.limits.patternChannels;
  }

  get full(): boolean {
    return this.joined >= this.limit;
  }

  /** A channel that existed when the pattern was subscribed. */
  joinKnown(channel: string): void {
    this.joined++;
    const resumed = Object.hasOwn(this.positions, channel) ? this.positions[channel] : undefined;
    this.session.join(this, channel, { since: resumed ?? this.since, snapshot: this.snapshot });
  }

  /** A channel seen for the first time with the commit after `offset`. */
  joinNew(channel: string, offset: number): void {
    this.joined++;
    const resumed = Object.hasOwn(this.positions, channel) ? this.positions[channel] : undefined;
    const since = resumed ?? (this.since === "earliest" ? "earliest" : { from: offset });
    this.session.join(this, channel, { since, snapshot: this.snapshot });
  }
}
