/**
 * The channels that a node follows over a broker: out of answers to its own appends and of what others are heard to keep, one
 * sequence per channel, each event once and in the order of offsets. What does not come by itself is not waited for long: then the
 * store is asked where the channel stands, and whoever watches reads on from there.
 */
import type { Position } from "@signalbox/protocol";

export interface FollowingPorts<Event> {
  /** The next events of a channel, without a hole to those before. */
  tell(channel: string, events: readonly Event[]): void;
  /** The store says that the channel stands here: what lies between this and what was told is to be read. */
  stands(channel: string, position: Position): void;
  /** Asks the store where the channel stands; the answer is `found`. */
  look(channel: string): void;
  after(ms: number, run: () => void): void;
  /** Milliseconds of a clock that nobody sets. */
  steadyMs(): number;
}

interface Followed<Event> {
  epoch: string;
  /** The newest that was told. */
  top: number;
  /** The store has not said yet where the channel stands. */
  starting: boolean;
  /** It was asked, and has not answered. */
  looking: boolean;
  /** Something came while it was being asked: the answer may be older. */
  again: boolean;
  /** Waits for what comes before it, by offset. */
  ahead: Map<number, Event>;
  /** Of other epochs than the one that is known. */
  strange: Event[];
  lookedMs: number;
}

/** An answer may overtake what another node kept just before: that is most often here a moment later. */
const holeMs = 50;
/** A store that could not say is asked again. */
const againMs = 1_000;
/** So many wait for what comes before them; beyond these the store is read. */
const aheadKept = 1_000;

export class Following<Event extends { readonly epoch: string; readonly offset: number }> {
  readonly #ports: FollowingPorts<Event>;
  /** Looked at last comes last. */
  readonly #channels = new Map<string, Followed<Event>>();

  constructor(ports: FollowingPorts<Event>) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#channels.size;
  }

  has(channel: string): boolean {
    return this.#channels.has(channel);
  }

  /** It was told, or is in what was. */
  knows(channel: string, epoch: string, offset: number): boolean {
    const followed = this.#channels.get(channel);
    return followed !== undefined && followed.epoch === epoch && offset <= followed.top;
  }

  /** The channel is being followed from now on. `known`: where those who watch believe that it stands. */
  begin(channel: string, known?: Position): void {
    if (this.#channels.has(channel)) return;
    const { epoch, offset: top } = known ?? { epoch: "", offset: 0 };
    this.#channels.set(channel, {
      ...{ epoch, top, starting: true, looking: true, again: false },
      ...{ ahead: new Map(), strange: [], lookedMs: this.#ports.steadyMs() },
    });
  }

  end(channel: string): void {
    this.#channels.delete(channel);
  }

  /** An event that somebody kept. False: the channel is not followed. */
  take(channel: string, event: Event): boolean {
    const followed = this.#channels.get(channel);
    if (followed === undefined) return false;
    const { epoch, offset } = event;
    if (epoch !== followed.epoch) {
      if (followed.strange.length < aheadKept) followed.strange.push(event);
      this.#look(channel, followed);
    } else if (offset === followed.top + 1) {
      followed.top = offset;
      if (followed.ahead.size === 0) this.#ports.tell(channel, [event]);
      else this.#ports.tell(channel, [event, ...this.#next(followed)]);
    } else if (offset > followed.top) {
      const isFirst = followed.ahead.size === 0;
      if (followed.ahead.size < aheadKept) followed.ahead.set(offset, event);
      if (isFirst) this.#ports.after(holeMs, () => this.#mind(channel, followed));
    }
    return true;
  }

  /** Where the store says that the channel stands; `undefined`: that could not be found out, and is to be asked again. */
  found(channel: string, position: Position | undefined): void {
    const followed = this.#channels.get(channel);
    if (followed === undefined) return;
    followed.looking = false;
    if (position === undefined) {
      this.#ports.after(againMs, () => {
        if (this.#channels.get(channel) === followed) this.#look(channel, followed);
      });
      return;
    }
    const isKnown = followed.epoch !== "";
    followed.starting = false;
    const { epoch, offset } = position;
    if (epoch !== followed.epoch || offset > followed.top) {
      if (epoch !== followed.epoch) followed.ahead.clear();
      followed.epoch = epoch;
      followed.top = offset;
      for (const ahead of followed.ahead.keys()) if (ahead <= offset) followed.ahead.delete(ahead);
      if (isKnown) this.#ports.stands(channel, position);
    }
    const strange = followed.strange.splice(0);
    const { again } = followed;
    followed.again = false;
    for (const event of strange) if (event.epoch === epoch) this.take(channel, event);
    const more = this.#next(followed);
    if (more.length > 0) this.#ports.tell(channel, more);
    // Those of another epoch are of one that is over, unless they came while the store was being asked.
    const isNewer = again && strange.some((event) => event.epoch !== epoch);
    if (isNewer) {
      followed.strange.push(...strange.filter((event) => event.epoch !== epoch));
      this.#look(channel, followed);
    }
    if (followed.ahead.size > 0) this.#ports.after(holeMs, () => this.#mind(channel, followed));
  }

  /** Something may have been missed, of these channels or of all. */
  lookAt(channels: Iterable<string> = [...this.#channels.keys()]): void {
    for (const channel of channels) {
      const followed = this.#channels.get(channel);
      if (followed !== undefined) this.#look(channel, followed);
    }
  }

  /** Looks at those that nobody looked at for so long, the longest ago first, at most so many. */
  prove(olderMs: number, most: number): void {
    const before = this.#ports.steadyMs() - olderMs;
    let looked = 0;
    for (const [channel, followed] of this.#channels) {
      if (followed.lookedMs > before || looked >= most) return;
      looked++;
      // One that is being looked at for so long was never answered.
      followed.looking = false;
      this.#look(channel, followed);
    }
  }

  #look(channel: string, followed: Followed<Event>): void {
    if (followed.looking) {
      followed.again = true;
      return;
    }
    followed.looking = true;
    followed.lookedMs = this.#ports.steadyMs();
    this.#channels.delete(channel);
    this.#channels.set(channel, followed);
    this.#ports.look(channel);
  }

  /** What came too early is still waiting. */
  #mind(channel: string, followed: Followed<Event>): void {
    if (this.#channels.get(channel) === followed && followed.ahead.size > 0) this.#look(channel, followed);
  }

  #next(followed: Followed<Event>): Event[] {
    const events: Event[] = [];
    for (;;) {
      const event = followed.ahead.get(followed.top + 1);
      if (event === undefined) return events;
      followed.ahead.delete(event.offset);
      followed.top = event.offset;
      events.push(event);
    }
  }
}
