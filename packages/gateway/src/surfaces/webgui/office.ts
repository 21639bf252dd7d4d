/** Which node reads: a lease in Redis, held by one, taken over by another when it is given up or runs out. */
import { randomBytes } from "node:crypto";
import type { Link } from "./links.ts";

/** Milliseconds. A node that dies is followed by another after at most this and a tick of a second. */
const ttlMs = 4_000;
/** Clocks of two machines run at slightly different speeds. */
const marginMs = 500;
/** How long it is remembered when somebody listened last. */
const rememberedMs = 7 * 86_400_000;

/**
 * Takes or renews the lease for ARGV[1], by force where ARGV[3] is 1. Answers whether it is held, and how many milliseconds ago a
 * node said last that it listens: by Redis' own clock, since nodes' clocks differ.
 */
const hold = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last = tonumber(redis.call('GET', KEYS[2]) or now)
redis.call('SET', KEYS[2], now, 'PX', ARGV[4])
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] and ARGV[3] ~= '1' then return {0, now - last} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {1, now - last}`;

const giveUp = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

export class Office {
  /** Tells this process from all others. */
  readonly holder: string;
  readonly keys: [string, string];
  /** Where nodes share no store there is one at a time, and what holds the lease is its dead predecessor. */
  #forces: boolean;
  #term = 0;
  /** The lease is held until then for certain, on a clock that nobody sets. */
  #untilMs = 0;

  constructor({ node, prefix, group, forces }: { node: string; prefix: string; group: string; forces: boolean }) {
    this.holder = `${node}.${randomBytes(6).toString("base64url")}`;
    // In braces: both in one slot of a cluster.
    const place = `{${prefix}-reader:${group}}`;
    this.keys = [`${place}:lease`, `${place}:listened`];
    this.#forces = forces;
  }

  get isHeld(): boolean {
    return performance.now() < this.#untilMs;
  }

  /** Counts the times in office. */
  get term(): number {
    return this.#term;
  }

  /** Takes or renews it, unless another has it. `silentMs`: for so long no node had said that it listens. */
  async hold(link: Link): Promise<{ isHeld: boolean; silentMs: number }> {
    const askedMs = performance.now();
    const args = [this.holder, String(ttlMs), this.#forces ? "1" : "0", String(rememberedMs)];
    const answer: unknown = await link.run((client) => client.eval(hold, { keys: this.keys, arguments: args }));
    const [held, silentMs = 0] = Array.isArray(answer) ? answer.map(Number) : [];
    const isHeld = held === 1;
    if (!isHeld) this.lose();
    else {
      this.#forces = false;
      this.#untilMs = askedMs + ttlMs - marginMs;
    }
    return { isHeld, silentMs };
  }

  /** It is not held from now on, whatever becomes of the promise. */
  async giveUp(link: Link): Promise<void> {
    this.lose();
    const keys = this.keys.slice(0, 1);
    await link.run((client) => client.eval(giveUp, { keys, arguments: [this.holder] }));
  }

  /** This node counts it as another's. */
  lose(): void {
    this.#untilMs = 0;
    this.#term++;
  }
}
