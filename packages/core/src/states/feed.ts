/**
 * The states of one channel or pattern at one rate, for all who asked for just that. Whoever is not behind in a channel
 * has been told the state that is held here; what changes is encoded once, and given to all of them.
 */
import type { Snapshot } from "@signalbox/protocol";
import type { View } from "../hide/index.ts";
import { type Failure, hasFailed } from "../hub-ports.ts";
import type { Snapshots } from "../snapshots.ts";
import type { Turns } from "../turns.ts";
import { StateMessages } from "./messages.ts";
import { type Telling, ToldState } from "./told-state.ts";
import type { StateWatcher } from "./watcher.ts";

/** Channels whose states are being loaded for a feed at a time. */
const loadsAtOnce = 64;
/** So many characters are handed over together; then is looked whether there is room for more. */
export const pieceSize = 16_384;
/** Of a state that nobody was told before. */
const unknownSize = 1_024;

/** What became of a channel's state since the last beat. */
export interface Change {
  readonly channel: string;
  /** What everybody who is not behind was told; `undefined`: nobody was told anything. */
  readonly before: ToldState | undefined;
  readonly now: ToldState;
}

interface FeedOptions {
  /** Tells it from every other feed. */
  key: string;
  /** Pattern or channel. */
  name: string;
  /** Milliseconds between two beats. */
  periodMs: number;
  /** Of the steady clock. */
  nowMs: number;
  telling: Telling;
  snapshots: Snapshots;
  turns: Turns;
  /** Something is to be told at its next beat. */
  due(feed: Feed): void;
}

export class Feed {
  readonly key: string;
  readonly name: string;
  readonly periodMs: number;
  readonly watchers = new Set<StateWatcher>();
  /** When it last told of changes. */
  beatMs: number;
  readonly #options: FeedOptions;
  readonly #told = new Map<string, ToldState>();
  /** Changed since the last beat. */
  #dirty = new Set<string>();
  /** Changed before the last beat, and not looked at yet. */
  #beating: string[] = [];
  readonly #loading = new Set<string>();
  /** They go on when something was looked up. */
  readonly #waiting = new Set<StateWatcher>();

  constructor(options: FeedOptions) {
    this.#options = options;
    this.key = options.key;
    this.name = options.name;
    this.periodMs = options.periodMs;
    // The first states are told as they are; a client that comes again and again (a poll) is no faster than others.
    this.beatMs = options.nowMs;
  }

  get dirty(): boolean {
    return this.#dirty.size > 0;
  }

  /** The channels of which somebody was told. */
  get known(): Iterable<string> {
    return this.#told.keys();
  }

  holds(channel: string): boolean {
    return this.#told.has(channel);
  }

  /** The channel's state is another, most likely. */
  changed(channel: string): void {
    this.#dirty.add(channel);
  }

  /** Tells what changed, in turns. */
  beat(nowMs: number): void {
    // What changed faster than it could be told is told in the next beat.
    if (this.#beating.length > 0) return;
    this.beatMs = nowMs;
    this.#beating = [...this.#dirty].reverse();
    this.#dirty = new Set();
    this.#takeTurn();
  }

  /**
   * What its watchers were told of this channel. `undefined`: it is being looked up, and they are told to go on when it
   * is there, or that there is none.
   */
  look(channel: string, watcher: StateWatcher): ToldState | undefined {
    const told = this.#told.get(channel);
    if (told !== undefined) return told;
    this.#waiting.add(watcher);
    if (this.#loading.has(channel) || this.#loading.size >= loadsAtOnce) return undefined;
    this.#loading.add(channel);
    this.#options.snapshots.get(channel, undefined, (answer) => {
      this.#loading.delete(channel);
      if (!hasFailed(answer) && answer.snapshot !== undefined && answer.snapshot.offset > 0) {
        // A beat may have told it while it was being looked up.
        if (!this.#told.has(channel)) {
          this.#told.set(channel, new ToldState(channel, answer.snapshot, this.#options.telling));
          // It was created since they were told what there is, and no beat has told them yet.
          for (const one of [...this.watchers]) one.appeared(channel);
        }
      } else for (const one of [...this.watchers]) one.without(channel, hasFailed(answer) ? answer : undefined);
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const one of waiting) one.pump();
    });
    return this.#told.get(channel);
  }

  leave(watcher: StateWatcher): void {
    this.watchers.delete(watcher);
    this.#waiting.delete(watcher);
  }

  #takeTurn(): void {
    this.#options.turns.take(this, (room) => this.#tell(room));
  }

  /** Encodes and hands over some of what changed. */
  #tell(room: number): number {
    let used = 0;
    let changes: Change[] = [];
    let size = 0;
    const piece = (): void => {
      if (changes.length > 0) used += this.#give(changes);
      changes = [];
      size = 0;
    };
    while (this.#beating.length > 0 && used < room && this.watchers.size > 0) {
      let later = false;
      const channel = this.#beating.pop() ?? "";
      used++;
      this.#options.snapshots.get(channel, undefined, (answer) => {
        const change = this.#changeOf(channel, answer);
        if (change === undefined) return;
        if (later) this.#give([change]);
        else {
          changes.push(change);
          size += change.before?.size ?? unknownSize;
        }
      });
      later = true;
      if (size >= pieceSize) piece();
    }
    piece();
    if (this.watchers.size === 0) this.#beating = [];
    if (this.#beating.length > 0) this.#takeTurn();
    else if (this.dirty) this.#options.due(this);
    return used;
  }

  /** What there is to tell of a channel that changed, which from now on counts as told. */
  #changeOf(channel: string, answer: { snapshot: Snapshot | undefined } | Failure): Change | undefined {
    if (hasFailed(answer)) {
      // Whoever has nothing of it yet is told so by `look`; for all others the next beat tries again.
      this.changed(channel);
      this.#options.due(this);
      return undefined;
    }
    const { snapshot } = answer;
    const before = this.#told.get(channel);
    if (snapshot === undefined || snapshot.offset === 0) return undefined;
    if (before?.snapshot.epoch === snapshot.epoch && before.snapshot.state === snapshot.state) return undefined;
    const now = new ToldState(channel, snapshot, this.#options.telling);
    this.#told.set(channel, now);
    return { channel, before, now };
  }

  /** Hands changes to everybody; those who see the same get the same object. */
  #give(changes: readonly Change[]): number {
    const made = new Map<View | undefined, { patched?: StateMessages; whole?: StateMessages }>();
    const messagesFor = (view: View | undefined, patches: boolean): StateMessages => {
      const one = made.get(view) ?? {};
      made.set(view, one);
      const key = patches ? "patched" : "whole";
      one[key] ??= new StateMessages(textsOf(changes, view, patches));
      return one[key];
    };
    for (const watcher of [...this.watchers]) watcher.take(changes, messagesFor);
    return this.watchers.size;
  }
}

export const textOf = ({ before, now }: Change, view: View | undefined, patches: boolean): string =>
  before === undefined ? now.whole(view) : now.after(before, view, patches);

const textsOf = (changes: readonly Change[], view: View | undefined, patches: boolean): string[] =>
  changes.map((change) => textOf(change, view, patches)).filter((text) => text !== "");
