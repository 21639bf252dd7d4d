/**
 * Where a subscription begins: the answer to `subscribe`, said once what is missing is known.
 *
 * The channel's live commits are noted from the moment of asking; reading, merging and joining live without a seam is
 * the subscription's `pump`.
 */
import type { ErrorData, Gap, Since, Snapshot, SubscriptionUpdate } from "@signalbox/protocol";
import type { Channel } from "./channel.ts";
import { errorData } from "./errors.ts";
import type { Hub } from "./hub.ts";
import { type Done, hasFailed } from "./hub-ports.ts";
import type { Session } from "./session.ts";
import type { Subscription } from "./subscription.ts";

export interface Begin {
  /** `from`: after that offset of whatever epoch the channel has. */
  since: Since | { from: number };
  /** Of the namespace's main reducer, or of the one with this name. */
  snapshot: boolean | string;
  correlationId?: string | undefined;
  /** Its `subscribe` has its answer. */
  answered?: boolean;
  /** The pattern that brought the channel. */
  pattern?: string;
  /** The store was asked about a position that this node does not know. */
  looked?: boolean;
}

/** `lenient`: what retention removed before `offset` was not asked for, so its absence is no gap. */
export interface Start {
  offset: number;
  lenient: boolean;
  gap?: Gap;
}

/** Where `since` lies in a history of `epoch` with head `top`; "beyond" when it cannot lie there. */
export function planStart(since: Begin["since"], epoch: string, top: number): Start | "beyond" {
  if (since === "now") return { offset: top, lenient: true };
  if (since === "earliest") return { offset: 0, lenient: true };
  if ("last" in since) return { offset: Math.max(0, top - since.last), lenient: true };
  if ("from" in since) return { offset: Math.min(since.from, top), lenient: false };
  if (since.epoch !== epoch) {
    const gap: Gap = { reason: "epoch_changed", epoch: since.epoch, from: since.offset + 1 };
    return { offset: 0, lenient: true, gap };
  }
  return since.offset > top ? "beyond" : { offset: since.offset, lenient: false };
}

/** Whoever comes from another node may have seen there what this one has not heard of yet. */
const isAhead = (since: Begin["since"], epoch: string, top: number): boolean =>
  typeof since === "object" && "epoch" in since && (since.epoch !== epoch || since.offset > top);

/** An answer to `subscribe` takes as long as delivering so many shared events. */
const answerUnits = 20;

/** Begins a delivery for one of its owners: plan, look for gaps, answer, go. */
export function beginSubscription(
  hub: Hub,
  session: Session,
  subscription: Subscription,
  owner: string,
  begin: Begin,
): void {
  const { channel } = subscription;
  const give = (error: ErrorData): void => session.abandon(subscription, owner, error, begin.correlationId);
  /** Runs a step unless the subscription ended meanwhile; begins again if another history took this one's place. */
  const step = (epoch: string | undefined, then: () => void): void => {
    if (!session.gone && !subscription.dead && subscription.owners.has(owner)) {
      if (epoch !== undefined && epoch !== channel.epoch) beginSubscription(hub, session, subscription, owner, begin);
      else then();
    }
    session.end();
  };

  /** The same when others have had their turn: one page may answer thousands. */
  const inTurn = (epoch: string, then: () => void): void =>
    hub.turns.take(session, () => {
      step(epoch, then);
      return answerUnits;
    });

  session.begin();
  hub.whenReady(channel, (failure) =>
    step(undefined, () => {
      if (failure !== undefined) {
        give(errorData(failure.failed, failure.message, { ...failure.details, channel: channel.name }));
        return;
      }
      const { name, epoch, top } = channel;
      if (hub.ports.isShared && begin.looked !== true && isAhead(begin.since, epoch, top)) {
        begin.looked = true;
        session.begin();
        hub.look(channel, (failed) =>
          step(undefined, () => {
            if (failed === undefined) beginSubscription(hub, session, subscription, owner, begin);
            else give(errorData(failed.failed, failed.message, { ...failed.details, channel: name }));
          }),
        );
        return;
      }
      const start = planStart(begin.since, epoch, top);
      if (start === "beyond") {
        const details = { channel: name, epoch, offset: top };
        give(errorData("position_beyond_head", `${name} ends at ${epoch}:${top}`, details));
        return;
      }
      session.begin();
      findGap(hub, channel, start, (found) =>
        inTurn(epoch, () => {
          if (hasFailed(found)) {
            give(errorData(found.failed, found.message, { ...found.details, channel: name }));
            return;
          }
          if (begin.snapshot === false && found.gap === undefined) {
            say(session, subscription, found, begin, undefined);
            return;
          }
          session.begin();
          hub.snapshot(name, typeof begin.snapshot === "string" ? begin.snapshot : undefined, (folded) =>
            step(epoch, () =>
              say(
                session,
                subscription,
                found,
                begin,
                hasFailed(folded) ? undefined : session.seenState(folded.snapshot),
              ),
            ),
          );
        }),
      );
    }),
  );
}

/** Looks whether retention removed what follows the start. */
function findGap(hub: Hub, channel: Channel, start: Start, done: Done<Start>): void {
  if (start.offset + 1 >= channel.tailFloor) {
    done(start);
    return;
  }
  // The page that is needed next: whoever begins nearby looks at the same one.
  hub.history.read(channel, start.offset, (page) => {
    if (hasFailed(page) || page.floor <= start.offset + 1) {
      done(hasFailed(page) ? page : start);
      return;
    }
    const offset = page.floor - 1;
    if (start.lenient) {
      done({ ...start, offset });
      return;
    }
    const from = start.offset + 1;
    hub.ports.trimmed(channel.name, from, offset, (trimmed) => {
      const counted = hasFailed(trimmed) ? {} : trimmed;
      done({ offset, lenient: false, gap: { reason: "trimmed", epoch: page.epoch, from, to: offset, ...counted } });
    });
  });
}

/** The answer to `subscribe`; publications follow it. */
function say(
  session: Session,
  subscription: Subscription,
  start: Start,
  begin: Begin,
  snapshot: Snapshot | undefined,
): void {
  const { channel } = subscription;
  const { offset, gap } = start;
  const update: SubscriptionUpdate = {
    channel: channel.name,
    state: "subscribed",
    epoch: channel.epoch,
    offset,
    recovered: gap === undefined,
    head: channel.top,
  };
  if (begin.pattern !== undefined) update.pattern = begin.pattern;
  if (gap !== undefined) update.gap = gap;
  if (snapshot !== undefined) update.snapshot = snapshot;
  begin.answered = true;
  session.update(update, begin.correlationId);
  subscription.startAt(offset);
}
