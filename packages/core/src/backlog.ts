/**
 * What a channel's late subscriptions have before them: one list for all, while somebody is late.
 *
 * The list has a mark for each event that must still be delivered (every lossless one, and the newest of each key of
 * class latest) and for each place where a late subscription stands. Everything else is only counted: each mark knows
 * how many events of every droppable type there were up to it, so that what lies between two marks is a subtraction.
 * A publication costs the same however many are late, and a late subscription costs its place at a mark.
 */
import type { Delivery, Droppable, Lanes } from "./lanes.ts";
import type { SharedPublication } from "./publication.ts";

/** Bytes of publications that may still be held, shared by all backlogs of a hub. */
export interface Room {
  leftBytes: number;
}

/** Whoever stands at a mark has everything up to it. */
export interface Standing {
  mark: Mark | undefined;
  /** Its place among those who stand there. */
  place: number;
  /** It is further behind than it may be: it must leave. */
  tooLate(): void;
  /** The list does not lead on to the channel's head any more: it must leave. */
  overtaken(): void;
}

/** A place in the channel: after an offset. */
export class Mark {
  readonly offset: number;
  /** Of the event at `offset`, if that is why the mark was made. */
  readonly type: string | undefined;
  readonly key: string | undefined;
  /** Events of each droppable type so far, this one included; types that came later are missing. */
  readonly counts: readonly number[];
  /** Its event must still be delivered to those before it. */
  kept = false;
  /** Held while there is room for it; else it is to be read again. */
  publication: SharedPublication | undefined;
  before: Mark | undefined;
  after: Mark | undefined;
  standing: Standing[] | undefined;

  constructor(offset: number, counts: readonly number[], type?: string, key?: string) {
    this.offset = offset;
    this.counts = counts;
    this.type = type;
    this.key = key;
  }
}

export interface Missed {
  type: string;
  delivery: Droppable;
  count: number;
}

export class Backlog {
  /** Newest offset counted. */
  top: number;
  /** Events that must still be delivered to somebody. */
  kept = 0;
  readonly #lanes: Lanes;
  readonly #room: Room;
  #first: Mark | undefined;
  #last: Mark | undefined;
  /** The newest event of each key. */
  readonly #newest = new Map<string, Mark>();
  readonly #types: Array<{ type: string; delivery: Droppable }> = [];
  readonly #places = new Map<string, number>();
  /** Events of each of these types since the backlog began. */
  readonly #counts: number[] = [];
  /** A copy of it that marks share until it changes. */
  #copy: readonly number[] | undefined;
  #newestLossless = 0;
  #newestCoalesce = 0;

  constructor(top: number, lanes: Lanes, room: Room) {
    this.top = top;
    this.#lanes = lanes;
    this.#room = room;
  }

  /** Nobody is late any more. */
  get empty(): boolean {
    return this.#first === undefined;
  }

  /** Takes the channel's next publication. */
  add(publication: SharedPublication): void {
    const delivery = this.#lanes.of(publication);
    this.top = publication.offset;
    if (delivery === "lossless") {
      this.#newestLossless = this.top;
      this.#keep(publication, undefined);
      return;
    }
    this.#count(publication.type, delivery);
    if (delivery === "coalesce") {
      this.#newestCoalesce = this.top;
      return;
    }
    const key = this.#lanes.keyOf(publication);
    const older = this.#newest.get(key);
    this.#newest.set(key, this.#keep(publication, key));
    if (older === undefined) return;
    this.#release(older);
    this.#tidy(older);
  }

  /** From now on it has to be told what comes after the newest offset. */
  enter(one: Standing): void {
    this.#stand(one, this.#head());
  }

  leave(one: Standing): void {
    const { mark } = one;
    if (mark === undefined) return;
    one.mark = undefined;
    this.#goFrom(mark, one);
  }

  /** It has everything up to `mark` now. */
  move(one: Standing, mark: Mark): void {
    const from = one.mark;
    if (from === undefined || from === mark) return;
    const { place } = one;
    this.#stand(one, mark);
    this.#goFrom(from, one, place);
  }

  /** It has everything before the event of `next` now; `undefined`: everything, and leaves. */
  moveBefore(one: Standing, next: Mark | undefined): void {
    if (next === undefined) this.leave(one);
    else this.move(one, this.#justBefore(next));
  }

  /** The droppable events after `from` and before that of `next` (`undefined`: all), by type. */
  *missed(from: Mark, next: Mark | undefined): Iterable<Missed> {
    const counts = next === undefined ? this.#counts : this.#countsBefore(next);
    for (const [place, { type, delivery }] of this.#types.entries()) {
      const count = (counts[place] ?? 0) - (from.counts[place] ?? 0);
      if (count > 0) yield { type, delivery, count };
    }
  }

  /** The most important class of what comes after the offset. */
  laneAfter(offset: number): Delivery {
    if (this.#newestLossless > offset) return "lossless";
    return this.#newestCoalesce > offset ? "coalesce" : "latest";
  }

  /** An event of class latest, after some mark where somebody stands, has a newer one of its key. */
  isSuperseded(publication: SharedPublication): boolean {
    return (this.#newest.get(this.#lanes.keyOf(publication))?.offset ?? 0) > publication.offset;
  }

  /** Those who are furthest behind. */
  lastOnes(): Standing[] {
    return [...(this.#first?.standing ?? [])];
  }

  #head(): Mark {
    return this.#last?.offset === this.top ? this.#last : this.#append(new Mark(this.top, this.#counted()));
  }

  #justBefore(mark: Mark): Mark {
    const { before } = mark;
    if (before?.offset === mark.offset - 1) return before;
    const made = new Mark(mark.offset - 1, this.#countsBefore(mark));
    made.before = before;
    made.after = mark;
    mark.before = made;
    if (before !== undefined) before.after = made;
    return made;
  }

  /** The counts before a lossless event are those after it. */
  #countsBefore({ type, counts }: Mark): readonly number[] {
    const place = type === undefined ? undefined : this.#places.get(type);
    return place === undefined ? counts : counts.with(place, (counts[place] ?? 0) - 1);
  }

  #keep(publication: SharedPublication, key: string | undefined): Mark {
    const mark = this.#append(new Mark(publication.offset, this.#counted(), publication.type, key));
    mark.kept = true;
    this.kept++;
    if (this.#room.leftBytes >= publication.json.length) {
      this.#room.leftBytes -= publication.json.length;
      mark.publication = publication;
    }
    return mark;
  }

  /** Its event needs not be delivered to anybody any more. */
  #release(mark: Mark): void {
    if (!mark.kept) return;
    mark.kept = false;
    this.kept--;
    this.#room.leftBytes += mark.publication?.json.length ?? 0;
    mark.publication = undefined;
    if (mark.key !== undefined && this.#newest.get(mark.key) === mark) this.#newest.delete(mark.key);
  }

  #stand(one: Standing, mark: Mark): void {
    mark.standing ??= [];
    one.mark = mark;
    one.place = mark.standing.length;
    mark.standing.push(one);
  }

  #goFrom(mark: Mark, one: Standing, place = one.place): void {
    const last = mark.standing?.pop();
    if (last !== undefined && last !== one && mark.standing !== undefined) {
      mark.standing[place] = last;
      last.place = place;
    }
    this.#tidy(mark);
  }

  /** Takes a mark out that nobody needs, and what only those needed who stood there. */
  #tidy(mark: Mark): void {
    if (isStoodAt(mark)) return;
    if (mark !== this.#first) {
      if (!mark.kept) this.#unlink(mark);
      return;
    }
    // Nobody stands before the first one.
    while (this.#first !== undefined && !isStoodAt(this.#first)) {
      this.#release(this.#first);
      this.#unlink(this.#first);
    }
    if (this.#first !== undefined) this.#release(this.#first);
  }

  #append(mark: Mark): Mark {
    mark.before = this.#last;
    if (this.#last === undefined) this.#first = mark;
    else this.#last.after = mark;
    this.#last = mark;
    return mark;
  }

  #unlink({ before, after }: Mark): void {
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
  }

  #count(type: string, delivery: Droppable): void {
    let place = this.#places.get(type);
    if (place === undefined) {
      place = this.#types.push({ type, delivery }) - 1;
      this.#places.set(type, place);
      this.#counts.push(0);
    }
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#copy = undefined;
  }

  #counted(): readonly number[] {
    this.#copy ??= [...this.#counts];
    return this.#copy;
  }
}

const isStoodAt = ({ standing }: Mark): boolean => standing !== undefined && standing.length > 0;
