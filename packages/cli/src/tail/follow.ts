/** Follows channels and patterns on one client, across lost links, until there is a reason to end. */
import type { Client, LinkState, Watch, WatchOptions } from "@signalbox/client";
import { isPattern, type Publication, type Since } from "@signalbox/protocol";
import { exitCodes, Failure, toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { sanitised } from "../text/sanitise.ts";
import type { Printer } from "./printer.ts";
import type { Positions } from "./resume-file.ts";

export interface FollowOptions {
  client: Client;
  url: string;
  targets: readonly string[];
  since: Since;
  /** Where channels go on that were followed before. */
  positions: Positions;
  types: string[] | undefined;
  /** Whether to show an event that was not asked for by its type. */
  shows: (event: Publication) => boolean;
  printer: Printer;
  /** End once a process has stopped. */
  untilStopped: boolean;
  /** Ends it from outside. */
  stop: AbortSignal;
  /** Called after something was printed. */
  onPositions: (positions: Positions) => void;
}

/** Resolves when it ended well; rejects with a Failure. */
export function follow(options: FollowOptions, io: Io): Promise<void> {
  return new Promise((resolve, reject) => {
    const following = new Following(options, io, (failure) => {
      following.end();
      if (failure === undefined) resolve();
      else reject(failure);
    });
    following.begin();
  });
}

class Following {
  readonly #options: FollowOptions;
  readonly #io: Io;
  readonly #finish: (failure?: Failure) => void;
  readonly #watches: Watch[] = [];
  /** Newest printed, by channel: overlapping targets bring an event to each. */
  readonly #printed = new Map<string, { epoch: string; offset: number }>();
  #ends: Array<() => void> = [];
  #wasLive = false;
  #saidOffline = false;

  constructor(options: FollowOptions, io: Io, finish: (failure?: Failure) => void) {
    this.#options = options;
    this.#io = io;
    this.#finish = finish;
  }

  begin(): void {
    const { client, targets, stop } = this.#options;
    const onStop = (): void => this.#finish();
    stop.addEventListener("abort", onStop);
    this.#ends = [
      client.link.subscribe(() => this.#onLink(client.link.snapshot())),
      () => stop.removeEventListener("abort", onStop),
    ];
    for (const target of targets) this.#watches.push(client.watch(target, this.#watchOptions(target)));
    if (stop.aborted) this.#finish();
  }

  end(): void {
    for (const end of this.#ends.splice(0)) end();
    this.#options.printer.end();
    this.#save();
    for (const watch of this.#watches) watch.stop();
  }

  #watchOptions(target: string): WatchOptions {
    const { since, positions, types, printer } = this.#options;
    const own = isPattern(target) ? undefined : positions[target];
    return {
      since: own ?? since,
      complete: true,
      ...(isPattern(target) ? { positions } : {}),
      ...(types === undefined ? {} : { filter: { types } }),
      onEvents: (events) => this.#onEvents(events),
      onGap: (channel, gap) => printer.gap(channel, gap),
      onError: (error) => this.#finish(toFailure(Object.assign(new Error(error.message), error))),
    };
  }

  #onEvents(events: readonly Publication[]): void {
    const fresh = events.filter((event) => this.#isFresh(event));
    const stopped = this.#options.untilStopped ? fresh.findIndex((event) => event.type === "process_stopped") : -1;
    const wanted = stopped < 0 ? fresh : fresh.slice(0, stopped + 1);
    const shown = wanted.filter(this.#options.shows);
    if (shown.length > 0) this.#options.printer.events(shown);
    this.#save();
    if (stopped >= 0) this.#finish();
  }

  #isFresh(event: Publication): boolean {
    const { channel, epoch, offset } = event;
    const last = this.#printed.get(channel);
    if (last?.epoch === epoch && offset <= last.offset) return false;
    this.#printed.set(channel, { epoch, offset });
    return true;
  }

  #save(): void {
    this.#options.onPositions(Object.assign({}, ...this.#watches.map((watch) => watch.positions())));
  }

  #onLink(link: LinkState): void {
    const { err } = this.#io;
    const why = sanitised(link.reason?.help ?? link.reason?.name ?? "no reason given");
    if (link.state === "live") {
      if (this.#saidOffline) err.line(err.paint.dim("── link is back, going on where it stopped ──"));
      this.#wasLive = true;
      this.#saidOffline = false;
    } else if (link.state === "stopped") {
      const notAllowed = link.reason?.name === "unauthorized" || link.reason?.name === "unauthenticated";
      const failure = `the gateway ended the connection (${link.reason?.name ?? "stopped"})`;
      this.#finish(new Failure(failure, why, notAllowed ? exitCodes.notAllowed : exitCodes.failure));
    } else if (link.state === "waiting" && !this.#saidOffline) {
      this.#saidOffline = true;
      const what = this.#wasLive ? "link lost" : `no link to ${this.#options.url}`;
      err.line(err.paint.dim(`── ${what} (${why}); trying again until it is back ──`));
    }
  }
}
