/** The subscriptions to states of one connection. */
import { type ErrorData, isPattern, type SubscribeData } from "@signalbox/protocol";
import { errorData } from "../errors.ts";
import { forbidden } from "../rights/forbidden.ts";
import type { Session } from "../session.ts";
import type { Overviews } from "./overviews.ts";
import { mayWatch, type StateWatcher } from "./watcher.ts";

/** What says where events begin, or which of them are wanted, says nothing about states. */
const notForStates = ["since", "filter", "snapshot", "events"] as const;

export class AskedStates {
  readonly #overviews: Overviews;
  readonly #session: Session;
  readonly #watchers = new Map<string, { watcher: StateWatcher; data: SubscribeData }>();

  constructor(overviews: Overviews, session: Session) {
    this.#overviews = overviews;
    this.#session = session;
  }

  get size(): number {
    return this.#watchers.size;
  }

  get names(): Iterable<string> {
    return this.#watchers.keys();
  }

  begin(name: string, data: SubscribeData, correlationId: string | undefined): void {
    const watcher = this.#overviews.watch(this.#session, name, data, correlationId);
    // It may have failed at once. Positions are of the beginning only.
    if (!watcher.left) this.#watchers.set(name, { watcher, data: { ...data, positions: {} } });
  }

  unsubscribe(name: string, correlationId: string | undefined): void {
    const watcher = this.#watchers.get(name)?.watcher;
    if (watcher === undefined) {
      this.#session.error(errorData("not_subscribed", `the states of ${name} are not subscribed`), correlationId);
      return;
    }
    // A subscribe that was overtaken has its answer too.
    if (!watcher.answered) {
      watcher.update({ state: "unsubscribed" }, watcher.correlationId);
    }
    this.forget(watcher);
    watcher.update({ state: "unsubscribed" }, correlationId);
  }

  /** What is no longer allowed ends; what is allowed begins again, since more may be seen of it, or less. */
  rightsChanged(): void {
    const { rights } = this.#session;
    for (const [name, { watcher, data }] of [...this.#watchers]) {
      const may = touches(name, this.#session);
      if (may)
        for (const channel of this.#lost(watcher))
          watcher.update({ channel, pattern: name, state: "unsubscribed", reason: "forbidden" });
      const { answered, correlationId } = watcher;
      // The next one joins first: what its feed was told so far stays known.
      if (may) this.begin(name, data, answered ? undefined : correlationId);
      this.forget(watcher);
      if (may) continue;
      if (answered) watcher.unsubscribed("forbidden");
      else
        this.#session.error(
          forbidden(rights.touches("subscribe", name) ? "history" : "subscribe", name),
          correlationId,
        );
    }
  }

  /** The outbox has room again. */
  drained(): void {
    for (const { watcher } of this.#watchers.values()) watcher.pump();
  }

  forget(watcher: StateWatcher): void {
    if (this.#watchers.get(watcher.name)?.watcher === watcher) this.#watchers.delete(watcher.name);
    this.#overviews.leave(watcher);
  }

  /** The connection is gone. */
  end(): void {
    for (const { watcher } of [...this.#watchers.values()]) this.forget(watcher);
  }

  refuse(name: string, data: SubscribeData): ErrorData | undefined {
    const unfit = notForStates.find((member) => data[member] !== undefined);
    if (unfit !== undefined) {
      const where = { path: `/data/${unfit}`, rule: "must be absent with states" };
      return errorData("invalid_message", `${where.path} ${where.rule}`, where);
    }
    if (this.#watchers.has(name)) {
      return errorData("already_subscribed", `the states of ${name} are subscribed already`);
    }
    if (touches(name, this.#session)) return undefined;
    return forbidden(this.#session.rights.touches("subscribe", name) ? "history" : "subscribe", name);
  }

  /** Channels whose states it could be sent, and may not see any more. */
  #lost(watcher: StateWatcher): string[] {
    const { rights } = this.#session;
    if (!isPattern(watcher.name)) return [];
    return [...watcher.feed.known].filter((channel) => watcher.allows(channel) && !mayWatch(rights, channel));
  }
}

/** A pattern is denied as a whole only when nothing of it could be allowed. */
const touches = (name: string, { rights }: Session): boolean =>
  rights.touches("subscribe", name) && rights.touches("history", name);
