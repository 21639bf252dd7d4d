/** A connection's interest in every channel of a pattern, now and to come. */
import type { Position, Since, SubscribeData } from "@signalbox/protocol";
import type { Interests } from "./interests.ts";
import type { Owner } from "./owner.ts";
import type { Begin } from "./resume.ts";
import type { Session } from "./session.ts";

interface Asked {
  data: SubscribeData;
  owner: Owner;
  correlationId: string | undefined;
}

export class PatternSubscription {
  readonly name: string;
  readonly session: Session;
  /** What it wants of each channel. */
  readonly owner: Owner;
  readonly since: Since;
  readonly positions: Readonly<Record<string, Position>>;
  readonly snapshot: boolean | string;
  readonly correlationId: string | undefined;
  /** Channels committed to while the existing ones are being listed, with the offset before that commit. */
  listing: Map<string, number> | undefined = new Map();
  joined = 0;
  /** Unsubscribed, while its channels were being listed perhaps. */
  left = false;
  /** The request was answered. */
  announced = false;
  /** Nothing of it is denied: no channel needs to be looked at. */
  #coversAll = false;
  /** The answer said how many channels there are. */
  counted = false;

  readonly #interests: Interests;

  constructor(name: string, session: Session, interests: Interests, { data, owner, correlationId }: Asked) {
    this.name = name;
    this.session = session;
    this.#interests = interests;
    this.owner = owner;
    this.since = data.since ?? "now";
    this.positions = data.positions ?? {};
    this.snapshot = data.snapshot ?? false;
    this.correlationId = correlationId;
    this.rightsChanged();
  }

  rightsChanged(): void {
    const { rights } = this.session;
    this.#coversAll = rights.covers("subscribe", this.name) && rights.covers("history", this.name);
  }

  allows(channel: string): boolean {
    return this.#coversAll || this.session.rights.may("subscribe", channel);
  }

  get limit(): number {
    return this.session.limits.patternChannels;
  }

  get full(): boolean {
    return this.joined >= this.limit;
  }

  /** A channel that existed when the pattern was subscribed. */
  joinKnown(channel: string): void {
    this.#join(channel, this.#begin(channel, this.since));
  }

  /** A channel seen for the first time with the commit after `offset`. */
  joinNew(channel: string, offset: number): void {
    const from = { from: offset };
    if (this.#mayRead(channel))
      this.#join(channel, this.#begin(channel, this.since === "earliest" ? "earliest" : from));
    else this.#join(channel, { since: from, snapshot: false });
  }

  /** A channel that it has already counts once. */
  #join(channel: string, begin: Begin): void {
    if (this.#interests.join(this, channel, begin)) this.joined++;
  }

  /** Without the right to its history a channel begins now. */
  #begin(channel: string, since: Begin["since"]): Begin {
    if (!this.#mayRead(channel)) return { since: "now", snapshot: false };
    const resumed = Object.hasOwn(this.positions, channel) ? this.positions[channel] : undefined;
    return { since: resumed ?? since, snapshot: this.snapshot };
  }

  #mayRead(channel: string): boolean {
    return this.#coversAll || this.session.rights.may("history", channel);
  }
}
