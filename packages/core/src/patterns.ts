/** The patterns of one node: each is joined to the channels it finds, and to those that begin later. */
import { namespaceOf } from "@signalbox/protocol";
import { errorData } from "./errors.ts";
import { type HubPorts, hasFailed } from "./hub-ports.ts";
import type { PatternSubscription } from "./pattern.ts";
import type { SharedPublication } from "./publication.ts";
import { listWithin } from "./rights/listing.ts";

const listPage = 500;

interface PatternsOptions {
  list: HubPorts["list"];
  /** Is the channel's head known here? */
  stands(channel: string): boolean;
  /** Where the channel stands, known without asking. */
  standing(channel: string, epoch: string, top: number): void;
}

export class Patterns {
  readonly #options: PatternsOptions;
  /** By namespace; those of `*` under "*". */
  readonly #patterns = new Map<string, Set<PatternSubscription>>();

  constructor(options: PatternsOptions) {
    this.#options = options;
  }

  join(pattern: PatternSubscription): void {
    const key = keyOf(pattern);
    const set = this.#patterns.get(key) ?? new Set();
    set.add(pattern);
    this.#patterns.set(key, set);
    this.list(pattern);
  }

  /** Joins the pattern to every channel it finds; again when its session may see more than before. */
  list(pattern: PatternSubscription): void {
    pattern.session.begin();
    this.#list(pattern, pattern.session.rights.within("subscribe", pattern.name), "");
  }

  leave(pattern: PatternSubscription): void {
    pattern.left = true;
    const key = keyOf(pattern);
    const set = this.#patterns.get(key);
    set?.delete(pattern);
    if (set?.size === 0) this.#patterns.delete(key);
  }

  /** The first event of a channel, or the first seen here. */
  offer({ channel, epoch, offset }: Pick<SharedPublication, "channel" | "epoch" | "offset">): void {
    if (this.#patterns.size === 0) return;
    const before = offset - 1;
    for (const pattern of [...this.#matching(channel)]) {
      if (!pattern.allows(channel)) continue;
      if (pattern.listing !== undefined) {
        if (!pattern.listing.has(channel)) pattern.listing.set(channel, before);
      } else if (!pattern.full) {
        this.#options.standing(channel, epoch, before);
        pattern.joinNew(channel, before);
      }
    }
  }

  *#matching(channel: string): Iterable<PatternSubscription> {
    for (const key of [namespaceOf(channel), "*"]) {
      for (const pattern of this.#patterns.get(key) ?? []) {
        if (channel.startsWith(pattern.name.slice(0, -1))) yield pattern;
      }
    }
  }

  /** Pages through the channels a pattern finds, then takes up those that appeared meanwhile. */
  #list(pattern: PatternSubscription, parts: readonly string[], after: string): void {
    const { session } = pattern;
    const { list, stands, standing } = this.#options;
    listWithin(list, parts, after, listPage, (page) => {
      if (session.gone || pattern.left) {
        session.end();
        return;
      }
      if (hasFailed(page)) {
        session.error(errorData(page.failed, page.message, page.details), pattern.correlationId);
        session.end();
        return;
      }
      if (after === "" && !pattern.announced) announce(pattern, page.length < listPage ? page.length : undefined);
      for (const { channel, epoch, top } of page) {
        if (pattern.full) break;
        // Committed to since the listing began: taken up at its end, with the offset before that commit.
        if (pattern.listing?.has(channel)) continue;
        // Without subscribers here the listed head is current, or the node finds out: no need to ask for it again.
        if (!stands(channel)) standing(channel, epoch, top);
        pattern.joinKnown(channel);
      }
      const last = page.at(-1);
      if (last !== undefined && page.length === listPage && !pattern.full) this.#list(pattern, parts, last.channel);
      else listed(pattern, page.length === listPage);
    });
  }
}

const keyOf = ({ name }: PatternSubscription): string => (name === "*" ? "*" : namespaceOf(name));

function announce(pattern: PatternSubscription, channels: number | undefined): void {
  const { name, session, correlationId } = pattern;
  pattern.announced = true;
  pattern.counted = channels !== undefined;
  session.update(
    { channel: name, state: "subscribed", epoch: "", offset: 0, ...(channels === undefined ? {} : { channels }) },
    correlationId,
  );
}

function listed(pattern: PatternSubscription, more: boolean): void {
  const appeared = pattern.listing ?? new Map<string, number>();
  pattern.listing = undefined;
  for (const [channel, offset] of appeared) if (!pattern.full) pattern.joinNew(channel, offset);
  const truncated = pattern.full && more;
  if (truncated || !pattern.counted) {
    const { name, session, joined } = pattern;
    const channels = { channels: joined, ...(truncated ? { truncated } : {}) };
    session.update({ channel: name, state: "subscribed", epoch: "", offset: 0, ...channels });
  }
  pattern.session.end();
}
