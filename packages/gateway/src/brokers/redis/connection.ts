/** Commands to the primary that has a key, wherever it is now. */
import { StoreAway } from "@signalbox/core";
import { ErrorReply } from "redis";
import { Line, LineGone } from "./line.ts";
import { Link, type LinkOptions, type Words } from "./link.ts";
import { times } from "./options.ts";
import type { Reach } from "./reach.ts";
import type { Servers } from "./servers.ts";
import { slotOf } from "./slot.ts";

export interface ConnectionOptions {
  servers: Servers;
  link: LinkOptions;
  reach: Reach;
  /** Sent first on every link, and before anybody else's commands. */
  first: readonly Words[];
  /** Milliseconds between attempts to connect at most; default `times.backoffMost`. */
  backoffMostMs?: number;
}

/** A command that was not run is tried again at most so often: about two seconds. */
const mostTurns = 8;

/** Milliseconds before the second attempt; before the third twice as long, and so on. */
const againMs = 50;

/** Redis 6 puts what a command in a script answered into a longer sentence. */
const inScript = /^ERR Error running script .*?: -/;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #lines = new Map<string, Line>();
  /** Links to servers that a slot is being moved to. */
  readonly #asked = new Map<string, Promise<Link>>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Rejects when the shard of this key is not there within the time of a connect: a process that starts has much else to do. */
  async start(key: string): Promise<void> {
    const untilMs = performance.now() + times.connect;
    for (;;) {
      try {
        await this.#line(slotOf(key)).up();
        return;
      } catch (error) {
        if (performance.now() >= untilMs) throw error;
      }
      await pause(times.backoffLeast);
    }
  }

  /**
   * Rejects with StoreAway when it may or may not have been done, and when it was refused for now; with redis' `ErrorReply` when
   * the server does not do it. `again` is called before it is sent another time: then it comes behind what was sent since.
   */
  send(key: string, words: Words, again?: () => void): Promise<unknown> {
    let line: Line;
    try {
      line = this.#line(slotOf(key));
    } catch (error) {
      return Promise.reject(error);
    }
    // In the order in which they came, as long as nothing is amiss.
    const sent = line.link?.send(words) ?? line.up().then((link) => link.send(words));
    return sent.catch((error: unknown) => this.#further(key, words, error, again));
  }

  /** Something is elsewhere now. A primary that was relieved keeps its links. */
  moved(): void {
    for (const [shard, line] of this.#lines) {
      const { link } = line;
      if (link === undefined) line.hurry();
      else if (!this.#options.servers.isAt(shard, link.address)) line.drop(link, "the primary is another server now");
    }
  }

  close(): void {
    for (const line of this.#lines.values()) line.close();
    this.#lines.clear();
    for (const asked of this.#asked.values()) asked.then((link) => link.close()).catch(() => {});
    this.#asked.clear();
  }

  #line(slot: number): Line {
    const shard = this.#options.servers.shardOf(slot);
    const known = this.#lines.get(shard);
    if (known !== undefined) return known;
    const name = `commands ${shard}`;
    const line = new Line({
      open: () => this.#options.servers.open(shard),
      mostMs: this.#options.backoffMostMs,
      onUp: (link) => {
        for (const words of this.#options.first) link.send(words).catch(() => {});
        this.#options.reach.up(name);
      },
      onAway: (why) => this.#options.reach.away(name, why),
      onGone: () => {
        this.#lines.delete(shard);
        this.#options.reach.up(name);
      },
    });
    this.#lines.set(shard, line);
    return line;
  }

  /** What a reply says was not run goes where it belongs, or is tried again a little later. */
  async #further(key: string, words: Words, first: unknown, again?: () => void): Promise<unknown> {
    let error = first;
    for (let turn = 1; turn <= mostTurns; turn++) {
      const reply = error instanceof ErrorReply ? error.message.replace(inScript, "") : "";
      const [word = "", , to = ""] = reply.split(" ");
      if (error instanceof LineGone) {
        // Nothing was sent. Another line leads to who has the slot now.
      } else if (word === "MOVED" || word === "READONLY") {
        await this.#options.servers.look().catch(() => {});
        if (turn > 1 || word === "READONLY") await pause(turn * againMs);
      } else if (word === "TRYAGAIN") {
        await pause(turn * againMs);
      } else if (word !== "ASK") {
        break;
      }
      again?.();
      try {
        if (word === "ASK") return await this.#ask(to, words);
        return await (await this.#line(slotOf(key)).up()).send(words);
      } catch (next) {
        error = next;
      }
    }
    if (error instanceof LineGone) throw new StoreAway("the Redis Cluster is changing");
    throw error;
  }

  /** The server that takes over a slot answers for a key of it only when it is told that its owner sent us. */
  async #ask(to: string, words: Words): Promise<unknown> {
    const colon = to.lastIndexOf(":");
    const address = { host: to.slice(0, colon), port: Number(to.slice(colon + 1)) };
    const known = this.#asked.get(to) ?? Link.open(address, this.#options.link);
    this.#asked.set(to, known);
    try {
      const link = await known;
      link.onLost = () => this.#asked.delete(to);
      const [, reply] = await Promise.all([link.send(["ASKING"]), link.send(words)]);
      return reply;
    } catch (error) {
      if (!(error instanceof ErrorReply)) this.#asked.delete(to);
      throw error;
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
