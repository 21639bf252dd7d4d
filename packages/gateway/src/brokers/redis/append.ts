/**
 * Entries on their way to Redis: what is published within one turn of the event loop goes there as few calls of one script,
 * each of one tenant's entries in their order. Many calls are on their way at once.
 */
import type { Appended, Entry, NamespaceOptions, RegisterChange } from "@signalbox/core";
import { StoreAway } from "@signalbox/core";
import { limits } from "@signalbox/protocol";
import { storedNamespace } from "../../stores/names.ts";
import { unknownNamespace } from "../../stores/volatile-channels.ts";
import type { Bounded } from "./commands.ts";
import type { RedisDurability } from "./durability.ts";
import { encodeName, type Keys, type OwnedName, ownedName } from "./keys.ts";
import { appendedOf, joinCounts, list, texts } from "./replies.ts";
import { scripts } from "./scripts.ts";

export interface ScriptContext {
  keys: Keys;
  namespaces: Readonly<Record<string, NamespaceOptions>>;
  /** Milliseconds since 1970. */
  nowMs: () => number;
  /** An epoch nobody has seen. */
  newEpoch: () => string;
}

/** With which every script on a tenant begins. */
export const beginning = ({ nowMs, newEpoch }: ScriptContext): string[] => [String(Math.floor(nowMs())), newEpoch()];

/** A channel as scripts take it. Of a namespace that is not declared nothing is trimmed. */
export function channelArgs({ namespaces }: ScriptContext, { name }: OwnedName): string[] {
  const namespace = storedNamespace(name);
  const options = Object.hasOwn(namespaces, namespace) ? namespaces[namespace] : undefined;
  const { count = -1, bytes = 0, ageMs = 0 } = options?.retention ?? {};
  return [encodeName(name), ...[count, bytes, ageMs].map(String), options?.reducer === undefined ? "0" : "1"];
}

/** Together a few milliseconds of Redis' time, so that others get their turn. */
const callEntries = 128;
const callBytes = 262_144;

interface Waiting {
  results: Appended[];
  /** Entries without an answer. */
  open: number;
  resolve(results: Appended[]): void;
  reject(error: unknown): void;
}

interface Item {
  entry: Entry;
  owned: OwnedName;
  waiting: Waiting;
  index: number;
}

export interface AppendOptions extends ScriptContext {
  commands: Bounded;
  durability: RedisDurability;
  /** This node's name, which notices carry. */
  node: () => string;
  /** `SPUBLISH` where Pub/Sub is sharded. */
  publish: "PUBLISH" | "SPUBLISH";
  /** The epoch of a tenant's untouched channels, as last seen. */
  seen(owned: OwnedName, epoch: string): void;
}

const overloaded = {
  ok: false,
  code: "overloaded",
  message: "too much waits for Redis",
  details: { retryAfterMs: 1_000 },
} as const satisfies Appended;

export class Appending {
  readonly #options: AppendOptions;
  #items: Item[] = [];
  /** Calls on their way. */
  readonly #underway = new Set<Promise<void>>();

  constructor(options: AppendOptions) {
    this.#options = options;
  }

  append(batch: readonly Entry[]): Promise<Appended[]> {
    const { namespaces, commands } = this.#options;
    if (batch.length === 0) return Promise.resolve([]);
    if (commands.isFull) return Promise.resolve(batch.map(() => overloaded));
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { results: [], open: 0, resolve, reject };
      // After the sockets of this turn were read; with nothing else to do that is at once.
      if (this.#items.length === 0) setImmediate(() => this.#flush());
      for (const [index, entry] of batch.entries()) {
        if (!Object.hasOwn(namespaces, storedNamespace(entry.channel))) {
          waiting.results[index] = unknownNamespace(entry.channel);
          continue;
        }
        waiting.open++;
        this.#items.push({ entry, owned: ownedName(entry.channel), waiting, index });
      }
      if (waiting.open === 0) resolve(waiting.results);
    });
  }

  /** Resolves when all that was accepted has its answer. */
  async settled(): Promise<void> {
    this.#flush();
    await Promise.all(this.#underway);
  }

  #flush(): void {
    const byTenant = new Map<string, Item[]>();
    for (const item of this.#items) {
      const of = byTenant.get(item.owned.tenant);
      if (of === undefined) byTenant.set(item.owned.tenant, [item]);
      else of.push(item);
    }
    this.#items = [];
    for (const [tenant, items] of byTenant) this.#send(tenant, items);
  }

  #send(tenant: string, items: readonly Item[]): void {
    // Sent again, it comes behind the question whether it is confirmed.
    let isLate = false;
    const again = (): void => {
      isLate = true;
    };
    const sent = slices(items).map((slice) => ({ slice, done: this.#call(tenant, slice, again) }));
    const confirmed = this.#confirmed(tenant).then(async (isAsked) => {
      await Promise.allSettled(sent.map(({ done }) => done));
      if (isAsked && isLate) throw new StoreAway("the event may be kept, but nobody was asked to confirm it");
    });
    for (const { slice, done } of sent) {
      const underway = Promise.all([done, confirmed])
        .then(([results]) => give(slice, results))
        .catch((error: unknown) => {
          for (const { waiting } of slice) waiting.reject(error);
        })
        .then(() => void this.#underway.delete(underway));
      this.#underway.add(underway);
    }
    // Each of them is looked at where its slice is; none is unhandled meanwhile.
    confirmed.catch(() => {});
  }

  async #call(tenant: string, slice: readonly Item[], again: () => void): Promise<Appended[]> {
    const { commands, keys, seen, node, publish } = this.#options;
    const numbers = new Map<string, number>();
    const called: string[] = keys.ofTenant(tenant);
    const channels: string[] = [];
    const entries: string[] = [];
    for (const { entry, owned } of slice) {
      let number = numbers.get(owned.name);
      if (number === undefined) {
        number = numbers.size + 1;
        numbers.set(owned.name, number);
        called.push(...keys.ofChannel(owned));
        const [member = "", ...options] = channelArgs(this.#options, owned);
        channels.push(member, keys.live(owned), ...options);
      }
      packEntry(entries, entry, number);
    }
    const { idempotencyMs, idempotencyKeys, steeringKeptMs } = limits;
    const windows = [idempotencyMs, idempotencyKeys, steeringKeptMs].map((limit) => String(limit.default));
    const shared = [...beginning(this.#options), node(), publish, keys.notices(tenant), ...windows];
    const args = [...shared, String(numbers.size), ...channels, ...entries];
    const [root, epochs, results] = list(await commands.send({ script: scripts.append, keys: called, args, again }));
    const [first] = slice;
    if (first !== undefined) seen(first.owned, String(root));
    const epochOf = texts(epochs);
    const answers = list(results);
    return slice.map(({ entry, owned }, i) => {
      const epoch = epochOf[(numbers.get(owned.name) ?? 1) - 1] ?? "";
      return appendedOf(answers[i], epoch, entry.producer);
    });
  }

  /** When all that went before over the same connection is as durable as it must be; false: nobody has to be asked. */
  async #confirmed(tenant: string): Promise<boolean> {
    const { commands, durability, keys } = this.#options;
    if (durability.mode === "async") return false;
    const { mode, replicas, timeoutMs } = durability;
    const [key = ""] = keys.ofTenant(tenant);
    const numbers = mode === "wait" ? [replicas, timeoutMs] : [1, replicas, timeoutMs];
    const reply = await commands.send({ key, words: [mode.toUpperCase(), ...numbers.map(String)] });
    const [local, confirmed] = mode === "wait" ? [1, Number(reply)] : list(reply).map(Number);
    if (local === 1 && (confirmed ?? 0) >= replicas) return true;
    const got =
      mode === "wait" ? `${confirmed}` : `${confirmed}, and the primary's disk ${local === 1 ? "too" : "not"}`;
    throw new StoreAway(
      `the event may be kept, but only ${got} of ${replicas} replicas confirmed it within ${timeoutMs} ms`,
    );
  }
}

/** In their order, each small enough for one call. */
function slices(items: readonly Item[]): Item[][] {
  const all: Item[][] = [];
  let slice: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = item.entry.body.length + (item.entry.register?.value?.length ?? 0);
    if (slice.length >= callEntries || (slice.length > 0 && bytes + size > callBytes)) {
      all.push(slice);
      slice = [];
      bytes = 0;
    }
    slice.push(item);
    bytes += size;
  }
  all.push(slice);
  return all;
}

function give(slice: readonly Item[], results: readonly Appended[]): void {
  for (const [i, { waiting, index }] of slice.entries()) {
    const result = results[i];
    if (result === undefined) continue;
    waiting.results[index] = result;
    if (--waiting.open === 0) waiting.resolve(waiting.results);
  }
}

/** Lone surrogates have no UTF-8; JSON has escapes for them. */
const quoted = (text: string): string => JSON.stringify(text);

/** The bits of lua/append.lua, in the order in which what they announce follows. */
const bits = { key: 1, producer: 2, expected: 4, mustExist: 8, register: 16, adds: 32 } as const;

/** `number`: of its channel in this call. */
function packEntry(into: string[], entry: Entry, number: number): void {
  const { type, timestampMs, body, idempotencyKey, producer, expected, mustExist, register, adds } = entry;
  const flags =
    (idempotencyKey === undefined ? 0 : bits.key) |
    (producer === undefined ? 0 : bits.producer) |
    (expected === undefined ? 0 : bits.expected) |
    (mustExist ? bits.mustExist : 0) |
    (register === undefined ? 0 : bits.register) |
    (adds === undefined ? 0 : bits.adds);
  into.push(String(flags), String(number), `${timestampMs} ${type}`, body);
  if (flags === 0) return;
  if (idempotencyKey !== undefined) into.push(quoted(idempotencyKey));
  if (producer !== undefined) into.push(quoted(producer.id), String(producer.epoch), String(producer.seq));
  if (expected !== undefined) into.push(expected.epoch, String(expected.offset));
  if (register !== undefined) packRegister(into, register);
  if (adds === undefined) return;
  into.push(String(adds.length));
  for (const { key, amounts } of adds) into.push(encodeName(ownedName(key).name), amounts.join(","));
}

function packRegister(into: string[], { key, from, value, open, counts, fence }: RegisterChange): void {
  into.push(encodeName(ownedName(key).name), String(from), value === undefined ? "0" : "1", value ?? "");
  into.push(open ? "1" : "0", counts === undefined ? "" : joinCounts(counts));
  const producers = fence?.producers ?? [];
  into.push(String(fence?.epoch ?? 0), String(producers.length), ...producers.map(quoted));
}
