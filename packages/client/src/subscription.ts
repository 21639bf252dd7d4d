/** What the gateway is asked for by one name, for all watches of that name. */
import type { Position, SubscribeData, SubscriptionUpdate } from "@signalbox/protocol";
import type { Watching } from "./watching.ts";

/**
 * Characters of positions in one request, for the gateway's limit of 1 MiB: about 7,000 channels. The rest of a pattern
 * comes from its first event again, and what was had is dropped.
 */
const positionsRoom = 500_000;

export class Subscription {
  readonly name: string;
  readonly pattern: boolean;
  readonly watches = new Set<Watching>();
  /** The id of the `subscribe` that has no answer yet. */
  request: string | undefined;
  /** The gateway has it on the present link, or will once it reads what was sent. */
  held = false;
  /** It must be asked (again), but not before `askAtMs`. */
  due = true;
  askAtMs = 0;
  /** Faults and temporary refusals in a row, and when the last one was. */
  tries = 0;
  triedMs = 0;
  /** The watches that begin where the present request says. */
  #starting: readonly Watching[] = [];
  #earliest = false;
  #filter = "";
  /** Of a pattern: channels begun since it was asked, and how many there are. */
  #begun = 0;
  #channels = Number.POSITIVE_INFINITY;

  constructor(first: Watching) {
    this.name = first.name;
    this.pattern = first.pattern;
  }

  add(watch: Watching): void {
    // What comes already may be all that this watch wants.
    const same = !this.#filter || this.#filter === keyOf(watch.options.filter);
    for (const other of this.watches) {
      if (!watch.complete && watch.since === "now" && other.answered && other.synced) watch.join(other, same);
    }
    this.watches.add(watch);
    if (!watch.answered || !same || watch.options.complete) this.due = true;
    else watch.asked = false;
  }

  unlink(): void {
    this.request = undefined;
    this.held = false;
    this.due = true;
    this.askAtMs = 0;
  }

  /** The next request. Watches that begin differently wait for the one after it. */
  ask(id: string): SubscribeData {
    const watches = [...this.watches];
    for (const watch of watches) watch.unsync();
    const news = watches.filter((watch) => !watch.complete);
    const since = news[0]?.since ?? "earliest";
    this.request = id;
    this.held = true;
    this.due = false;
    this.#begun = 0;
    this.#channels = Number.POSITIVE_INFINITY;
    this.#earliest = since === "earliest";
    // One snapshot comes with an answer: those who want another wait for the next one.
    const wishes = [...news.slice(0, 1), ...watches].filter((watch) => watch.wantsSnapshot);
    // Who has its own gets it again, where that is one state only: else a gap on a slow link comes without, and asking then replays all.
    const wish = (wishes[0] ?? (this.pattern ? undefined : watches.find(folds)))?.options.snapshot;
    for (const watch of watches) watch.asked = watch.options.snapshot === wish;
    this.#starting = news.filter(
      (watch) => keyOf(watch.since) === keyOf(since) && (watch.asked || !watch.wantsSnapshot),
    );

    const data: SubscribeData = { channel: this.name, since };
    const positions: Record<string, Position> = {};
    let room = positionsRoom;
    for (const channel of watches[0]?.places.keys() ?? []) {
      room -= channel.length + 50;
      if (room < 0) break;
      const lowest = lowestOf(watches.map((watch) => watch.places.get(channel)));
      if (lowest?.epoch) positions[channel] = { epoch: lowest.epoch, offset: lowest.offset };
    }
    if (this.pattern) data.positions = positions;
    else if (!news.length) data.since = positions[this.name] ?? since;

    const filter = watches[0]?.options.filter;
    this.#filter = watches.every((watch) => keyOf(watch.options.filter) === keyOf(filter)) ? keyOf(filter) : "";
    if (this.#filter && filter) data.filter = filter;
    if (wish) data.snapshot = wish;
    if (watches.some((watch) => watch.options.complete)) data.complete = true;
    return data;
  }

  /** A channel's delivery begins. False: it must be asked again, because some watch begins elsewhere. */
  begin(update: SubscriptionUpdate): boolean {
    let whole = true;
    for (const watch of this.watches) {
      if (watch.asked === undefined) continue;
      const starts = this.#starting.includes(watch);
      if (starts || watch.complete || watch.places.has(update.channel)) {
        whole = watch.begin(update, starts || this.#earliest) && whole;
      }
    }
    this.#begun++;
    return (this.pattern ? this.#begun < this.#channels || this.#listed() : this.#listed()) && whole;
  }

  /** The answer for a pattern; its channels begin one by one. False: as above. */
  announce({ channels, truncated = false }: SubscriptionUpdate): boolean {
    for (const watch of this.watches) watch.truncated = truncated;
    // Absent while the gateway still looks: then it comes in a second answer.
    this.#channels = channels ?? this.#channels;
    return this.#begun < this.#channels || this.#listed();
  }

  /** All channels of the present request have begun. False: another request is needed for other watches. */
  #listed(): boolean {
    let whole = true;
    for (const watch of this.watches) {
      if (watch.asked === undefined) continue;
      if (this.#starting.includes(watch)) watch.complete = true;
      if (watch.complete && (watch.asked || !watch.wantsSnapshot)) {
        watch.wantsSnapshot = false;
        watch.answered = true;
      } else whole = false;
    }
    return whole;
  }
}

const folds = ({ options }: Watching): unknown => options.snapshot;

const keyOf = (value: unknown): string => JSON.stringify(value) ?? "";

/** `undefined` unless every watch has one. */
const lowestOf = (positions: ReadonlyArray<Position | undefined>): Position | undefined =>
  positions.reduce((low, next) => low && next && (low.epoch === next.epoch && low.offset <= next.offset ? low : next));
